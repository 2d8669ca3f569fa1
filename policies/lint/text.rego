package lintel.lint

import data.lintel.lib

# warns holds for what does not block: warnings, and errors that are not the change's own.
warns(item) if item.severity == "warning"

warns(item) if {
	item.severity == "error"
	not item.may
}

# of_item is the finding of a linter's finding. The tool and its rule come first, since they are what people search for.
of_item(id, item) := {
	"rule": id,
	"path": item.path,
	"line": item.line,
	"end_line": item.end_line,
	"message": concat("", [who(item), said(item), aside(item)]),
	"remedy": remedy(item),
	"subject": item.key,
	"source": {"tool": item.tool, "rule": item.rule, "help": item.help},
	"suggestion": item.suggestion,
}

who(item) := sprintf("%s %s: ", [item.tool, item.rule]) if {
	item.rule != ""
} else := sprintf("%s: ", [item.tool])

said(item) := item.message if {
	item.message != ""
} else := "it does not say what is wrong."

# aside says what a reader could not see: why an old line is shown, and who made the report.
aside(item) := concat("", [place(item), author(item)])

place(item) := " (The tool could not read the file, so nothing else in it was checked.)" if {
	item.blind
} else := " (The changed lines of this file are not known.)" if {
	item.place == "unknown"
} else := " (The merge base does not have it.)" if {
	item.new
	item.place != "added"
} else := " (The change did not touch this line.)" if {
	item.place in {"context", "elsewhere", "outside"}
} else := ""

author(item) := " (Reported by a run of the author's own code.)" if {
	item.author
} else := ""

remedy(item) := "Take the tool's correction, or run its own fixer." if {
	item.suggestion != null
} else := sprintf("Correct it, or suppress it in the tool's own way with a reason. To weigh the rule otherwise, set %s under lint.severity.", [weighed(item)])

weighed(item) := sprintf("%s/%s", [item.tool, item.rule]) if {
	item.rule != ""
} else := item.tool

# beyond says what is not listed one by one.
beyond := array.concat(more_listed, uncounted)

beyond_errors := array.concat(
	[sprintf("%s that this change brought in are not listed one by one. Of all that are not: %s.", [number(input.lint.more_blocking, "error more", "errors more"), counts]) |
		input.lint.more_blocking > 0
	],
	[sprintf("%s beyond what is read of a report, so nobody has looked where.", [number(input.lint.uncounted_errors, "error is", "errors are")]) |
		input.lint.uncounted_errors > 0
	],
)

more_listed := [sprintf("%s not listed one by one: %s.", [number(input.lint.more, "finding more is", "findings more are"), counts])] if {
	input.lint.more > 0
} else := []

uncounted := [sprintf("%s beyond what is read of a report.", [findings(input.lint.uncounted)])] if {
	input.lint.uncounted > 0
} else := []

counts := concat(", ", [sprintf("%d of %s", [entry.count, trim_space(sprintf("%s %s", [entry.tool, entry.rule]))]) | some entry in input.lint.rest])

report_name(report) := sprintf("The lint report %s%s", [report.source, flagged(report)])

report_called(report) := sprintf("the lint report %s%s", [report.source, flagged(report)])

flagged(report) := sprintf(" (%s)", [report.flag]) if {
	report.flag != ""
} else := ""

report_subject(report) := concat(" ", [report.flag, report.source])

names(report) := listed(report.unresolved, report.unresolved_more)

listed(texts, more) := concat(", ", array.concat(array.slice(texts, 0, 5), others)) if {
	left := (count(texts) - count(array.slice(texts, 0, 5))) + more
	others := [sprintf("and %d more", [n]) | some n in [left]; n > 0]
}

# heads are the reports of the head.
heads := [report | some report in input.lint.reports; not report.base]

judged_by_findings := ["lint/error", "lint/warning", "lint/notice", "lint/unread"]

judged_by_reports := array.concat(
	["lint/tool-failed", "lint/unreadable", "lint/other-commit", "lint/foreign-report", "lint/unmatched", "lint/partial"],
	[rule | some rule in ["lint/required-tool"]; count(input.lint.missing) == 0],
)

# parts are what was not used of a report. Errors that lint/unmatched speaks of are not told twice.
parts(report) := array.concat(
	array.concat(
		["it names no tool that ran" | count(report.tools) == 0],
		[sprintf("%s about names that mean no file for certain (%s)", [findings(n), names(report)]) |
			n := report.unplaced - report.unmatched_errors
			n > 0
		],
	),
	array.concat(
		[sprintf("%s not what the format asks for", [entries(report.skipped)]) | report.skipped > 0],
		[sprintf("%s beyond the limit", [findings(report.more)]) | report.more > 0],
	),
)

findings(n) := number(n, "finding is", "findings are")

entries(n) := number(n, "entry is", "entries are")

number(n, one, many) := sprintf("%d %s", [n, one]) if {
	n == 1
} else := sprintf("%d %s", [n, many])

only_unread := input.lint.unread[0] if {
	count(input.lint.unread) == 1
	input.lint.unread_more == 0
} else := ""

# checkout_hint says how a job gets the head, where every job has to.
checkout_hint := " (in GitHub Actions: check out github.event.pull_request.head.sha)" if {
	lib.noun == "pull request"
} else := ""

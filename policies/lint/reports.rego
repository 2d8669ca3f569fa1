package lintel.lint

import data.lintel.lib

# METADATA
# title: Required linter did not report
# description: >-
#   `lint.required` names tools of which a report must be there. A tool that did not run, failed, or reported about another commit proves nothing, and
#   nothing is guessed for it.
# custom:
#   id: lint/required-tool
#   passes: Every required linter has reported
#   severity: error
#   mode: warn
#   measured: {why: "It reads reports of CI, which no clone has."}
#   remedy: Open the log of the job that runs the tool, fix it and run it again.
#   reads: [reports, settings]
#   merge_queue: carry
#   off: No tool is required; it is silent then anyway.
#   missing: This rule is about missing input. It fails, in its own mode, until a report of each required tool is there.
#   options: [lint.required]
#   examples:
#     good: ["golangci-lint is required, and its report of the head has no findings."]
#     bad: ["eslint is required, and its report says that it crashed."]
deny contains finding if {
	some missing in input.lint.missing
	finding := {
		"rule": rego.metadata.rule().custom.id,
		"path": "",
		"line": 0,
		"end_line": 0,
		"message": sprintf("%s is required (lint.required), and %s.", [missing.tool, missing.why]),
		"remedy": concat(" ", [
			"Open the log of the job that runs it, fix it, and let it send its report for this commit.",
			"If the job runs later than this check, name its report under reports.expect in .github/lintel.yml, so that the check waits for it.",
		]),
		"subject": missing.tool,
	}
}

# METADATA
# title: Linter failed
# description: >-
#   The tool itself failed, so what it did not find proves nothing. This rule is about tools that are not required; lint/required-tool is about the others.
# custom:
#   id: lint/tool-failed
#   passes: No linter failed
#   severity: warning
#   mode: warn
#   measured: {why: "It reads reports of CI, which no clone has."}
#   remedy: Open the log of the job that runs the tool. To make its failure block, name the tool under lint.required.
#   reads: [reports, settings]
#   merge_queue: carry
#   off: A linter that crashes is watched elsewhere.
#   missing: A tool without a report has not failed. Name it under lint.required to miss it.
#   options: [lint.required]
#   examples:
#     good: ["The tool ran to its end and found nothing."]
#     bad: ["SARIF says executionSuccessful: false."]
deny contains finding if {
	some tool in input.lint.tools
	tool.failed
	not tool.required
	finding := {
		"rule": rego.metadata.rule().custom.id,
		"path": "",
		"line": 0,
		"end_line": 0,
		"message": sprintf("%s failed, so it may not have looked at everything: %s.", [tool.name, trim_right(tool.why, ". \n")]),
		"remedy": "Open the log of the job that runs it. To make its failure block, name the tool under lint.required in .github/lintel.yml.",
		"subject": tool.name,
	}
}

# METADATA
# title: Unreadable lint report
# description: >-
#   A report arrived that is not what its format asks for, or is larger than the limits. Half a report is no evidence, so none of it is used.
# custom:
#   id: lint/unreadable
#   passes: Every lint report could be read
#   stands_in: true
#   severity: error
#   mode: warn
#   measured: {why: "It reads reports of CI, which no clone has."}
#   remedy: Let the tool write the report anew, in one of the formats that are read, and send it whole.
#   reads: [reports, settings]
#   merge_queue: carry
#   off: Hardly ever; a report that cannot be read is otherwise hidden.
#   missing: This rule is about missing input. It fails, in its own mode, while a report that arrived for the head cannot be read.
#   options: []
#   examples:
#     good: ["A SARIF file of 4 MB."]
#     bad: ["The upload was cut in the middle."]
deny contains finding if {
	some report in input.lint.reports
	report.unreadable
	not report.base
	finding := {
		"rule": rego.metadata.rule().custom.id,
		"path": "",
		"line": 0,
		"end_line": 0,
		"message": sprintf("%s cannot be read: %s.", [report_name(report), trim_right(report.why, ".")]),
		"remedy": "Let the tool write its report anew and send it whole. docs/lint.md lists the formats and the limits.",
		"subject": report_subject(report),
	}
}

# METADATA
# title: Lint report of another commit
# description: >-
#   The report's lines are those of other files than the head's, so they cannot be found on the change. It is left out, and does not stand for the tool.
# custom:
#   id: lint/other-commit
#   passes: Every lint report is of this commit
#   severity: warning
#   mode: warn
#   measured: {why: "It reads reports of CI, which no clone has."}
#   remedy: Run the linter on the head of the pull request and send its report for that commit.
#   reads: [reports, settings]
#   merge_queue: skip
#   off: CI reports merge commits by design, and their lines are close enough for you.
#   missing: A report that does not say which commit it is of is taken to be of the head.
#   options: []
#   examples:
#     good: ["A report of the head."]
#     bad: ["A report of the push before."]
deny contains finding if {
	some report in input.lint.reports
	not report.counts
	not report.unreadable
	not report.base
	finding := {
		"rule": rego.metadata.rule().custom.id,
		"path": "",
		"line": 0,
		"end_line": 0,
		"message": sprintf("%s is not used: %s.", [report_name(report), report.why]),
		"remedy": sprintf("Run the linter on the head of the %s%s, and send the report for that commit.", [lib.noun, checkout_hint]),
		"subject": report_subject(report),
	}
}

# METADATA
# title: Lint report names no file of this repository
# description: >-
#   None of the report's file names means a file at the head for certain, so nothing that it found can be placed. It would pass without having been looked at.
# custom:
#   id: lint/foreign-report
#   passes: Lint reports name files of this repository
#   severity: error
#   mode: warn
#   measured: {why: "It reads reports of CI, which no clone has."}
#   remedy: Let the tool write names relative to the repository's root, or run it where the repository is checked out.
#   reads: [files, reports, settings]
#   merge_queue: carry
#   off: Hardly ever; it says that paths need a root.
#   missing: When the list of all files is not known, names that are not those of changed files are taken to be of unchanged ones.
#   options: []
#   examples:
#     good: ["Names below /home/runner/work/shop/shop, where Actions checks out."]
#     bad: ["Every name begins with the folder of another repository."]
deny contains finding if {
	some report in input.lint.reports
	report.counts
	report.foreign
	not report.base
	finding := {
		"rule": rego.metadata.rule().custom.id,
		"path": "",
		"line": 0,
		"end_line": 0,
		"message": sprintf("No name in %s means a file of this repository: %s.", [report_called(report), names(report)]),
		"remedy": "Let the tool write names relative to the repository's root. docs/lint.md says how names are matched.",
		"subject": report_subject(report),
	}
}

# METADATA
# title: Lint errors that cannot be placed
# description: >-
#   Errors of the report stand under names that may mean a changed file, and as well another one: a linter that ran in a folder calls its files by names that
#   the repository's root or another folder has too. Nobody can say whether the change brought them in, so they are not taken for old.
# custom:
#   id: lint/unmatched
#   passes: Every lint error could be placed
#   severity: error
#   mode: warn
#   measured: {why: "It reads reports of CI, which no clone has."}
#   remedy: Name the folder that the linter runs in under lint.roots, or let it write names from the repository's root.
#   reads: [files, reports, settings]
#   merge_queue: carry
#   off: Your linters report files outside of the repository on purpose.
#   missing: When the list of all files is not known, names that may mean a changed file are counted here too. Without a report it abstains.
#   options: [lint.roots, lint.fixes, lint.severity]
#   examples:
#     good: ["golangci-lint ran in svc, lint.roots has svc, and its main.go means svc/main.go."]
#     bad: ["golangci-lint ran in svc and names main.go, which the root has too; svc/main.go is changed on that line."]
deny contains finding if {
	some report in input.lint.reports
	report.counts
	not report.base
	not report.foreign
	report.unmatched_errors > 0
	finding := {
		"rule": rego.metadata.rule().custom.id,
		"path": "",
		"line": 0,
		"end_line": 0,
		"message": sprintf("%s in %s under names that may mean a changed file or another one: %s.", [
			number(report.unmatched_errors, "error stands", "errors stand"), report_called(report), listed(report.unmatched, report.unmatched_more),
		]),
		"remedy": concat(" ", [
			"Name the folder that the linter runs in under lint.roots in .github/lintel.yml (\".\" is the root), replace beginnings of names with lint.fixes,",
			"or let the linter write names from the repository's root.",
		]),
		"subject": report_subject(report),
	}
}

# METADATA
# title: Lint report read in part
# description: >-
#   Some of the report could not be used: names that mean no file of the repository, entries that are not what the format asks for, or more findings than are kept.
# custom:
#   id: lint/partial
#   passes: Lint reports were read whole
#   severity: warning
#   mode: warn
#   measured: {why: "It reads reports of CI, which no clone has."}
#   remedy: Correct what the message names, so that nothing the linter found is overlooked.
#   reads: [files, reports, settings]
#   merge_queue: carry
#   off: Your reports are always larger than the limit and the first findings are enough.
#   missing: What could not be used is counted and named; errors beyond the limits are lint/error.
#   options: []
#   examples:
#     good: ["Each name means a file."]
#     bad: ["3 of 400 findings are about files that are not in the repository."]
deny contains finding if {
	some report in input.lint.reports
	report.counts
	not report.base
	not report.foreign
	count(parts(report)) > 0
	finding := {
		"rule": rego.metadata.rule().custom.id,
		"path": "",
		"line": 0,
		"end_line": 0,
		"message": sprintf("%s was read in part: %s.", [report_name(report), concat("; ", parts(report))]),
		"remedy": "Names should be relative to the repository's root, and each entry as its format asks for. docs/lint.md says how names are matched and what the limits are.",
		"subject": report_subject(report),
	}
}

# METADATA
# title: Errors in files whose changed lines are not known
# description: >-
#   The forge did not deliver the changed lines of a file in which a linter reports errors, so nobody can say whether the change brought them in. They are
#   shown, and not taken for old.
# custom:
#   id: lint/unread
#   passes: The changed lines of files with errors are known
#   severity: error
#   mode: warn
#   measured: {why: "It reads reports of CI, which no clone has."}
#   remedy: Split the change so that the forge can deliver it, correct the errors, or name the file under lint.ignore.
#   reads: [files, reports, settings]
#   merge_queue: carry
#   off: Very large files without a diff are normal here.
#   missing: This rule is about missing input. It fails, in its own mode, while such errors are there.
#   options: [lint.ignore]
#   examples:
#     good: ["A file without a patch in which no error was found."]
#     bad: ["An error in a file of 30,000 changed lines, of which the forge sent none."]
deny contains finding if {
	count(input.lint.unread) > 0
	finding := {
		"rule": rego.metadata.rule().custom.id,
		"path": only_unread,
		"line": 0,
		"end_line": 0,
		"message": sprintf("A linter reports errors in files whose changed lines are not known: %s.", [listed(input.lint.unread, input.lint.unread_more)]),
		"remedy": sprintf(
			"%s; if it stays, split the change, correct the errors, or name generated files under lint.ignore in .github/lintel.yml.",
			[lib.recheck],
		),
		"subject": "unread",
	}
}

# Without a report nothing was measured, and no rule of this family says that all is well. lint/required-tool speaks when one is required.
abstain contains {"rule": rule, "reason": "No lint report was handed in."} if {
	count(heads) == 0
	some rule in array.concat(judged_by_findings, judged_by_reports)
}

abstain contains {"rule": rule, "reason": "No lint report of this commit could be used."} if {
	count(heads) > 0
	every report in heads {
		not report.counts
	}
	some rule in judged_by_findings
}

package lintel.lint_test

import data.lintel.lint

# clean is a report of one tool that found nothing.
clean := {
	"reports": [report_of({})],
	"reports_more": 0,
	"tools": [tool_of({})],
	"missing": [],
	"findings": [],
	"more": 0,
	"more_blocking": 0,
	"rest": [],
	"outside": 0,
	"known": 0,
	"ignored": 0,
	"uncounted": 0,
	"uncounted_errors": 0,
	"unread": [],
	"unread_more": 0,
}

report_of(differs) := object.union(
	{
		"source": "out.sarif", "flag": "", "format": "sarif", "tools": ["eslint"], "base": false, "trust": "full", "counts": true, "why": "", "unreadable": false,
		"findings": 0, "skipped": 0, "more": 0, "unresolved": [], "unresolved_more": 0, "unplaced": 0, "unmatched": [], "unmatched_more": 0, "unmatched_errors": 0,
		"foreign": false, "notes": [],
	},
	differs,
)

tool_of(differs) := object.union({"name": "eslint", "failed": false, "why": "", "required": false, "compared": false}, differs)

item_of(differs) := object.union(
	{
		"tool": "eslint", "rule": "no-var", "severity": "error", "path": "src/a.js", "line": 3, "end_line": 3, "message": "Unexpected var.", "help": "",
		"place": "added", "new": false, "blind": false, "may": true, "author": false, "key": "k1", "suggestion": null,
	},
	differs,
)

of(differs) := {"lint": object.union(clean, differs)}

# said gives the one finding of an input.
said(document) := finding if {
	findings := lint.deny with input as document
	count(findings) == 1
	some finding in findings
}

silent(document) if {
	findings := lint.deny with input as document
	count(findings) == 0
}

test_nothing if silent(of({}))

test_nothing_at_all if silent(of({"reports": [], "tools": []}))

# abstained gives the rules that abstain, by reason.
abstained(document) := {reason: rules |
	all := lint.abstain with input as document
	some entry in all
	reason := entry.reason
	rules := {other.rule | some other in all; other.reason == reason}
}

test_measured_does_not_abstain if abstained(of({})) == {}

test_no_report_abstains if {
	all := abstained(of({"reports": [], "tools": []}))
	count(all) == 1
	count(all["No lint report was handed in."]) == 11
	"lint/error" in all["No lint report was handed in."]
	"lint/required-tool" in all["No lint report was handed in."]
}

test_report_of_the_base_alone_abstains if {
	all := abstained(of({"reports": [report_of({"base": true})], "tools": []}))
	count(all["No lint report was handed in."]) == 11
}

test_required_without_report_does_not_abstain if {
	document := of({"reports": [], "tools": [], "missing": [{"tool": "ruff", "why": "there is no report of it"}]})
	said(document).rule == "lint/required-tool"
	all := abstained(document)
	not "lint/required-tool" in all["No lint report was handed in."]
}

test_no_usable_report_abstains if {
	all := abstained(of({"reports": [report_of({"counts": false, "why": "it was made at 1, but the head is 2"})]}))
	all == {"No lint report of this commit could be used.": {"lint/error", "lint/warning", "lint/notice", "lint/unread"}}
}

test_unmatched if {
	finding := said(of({"reports": [report_of({"unplaced": 2, "unresolved": ["main.go"], "unmatched": ["main.go"], "unmatched_errors": 2})]}))
	finding.rule == "lint/unmatched"
	finding.message == "2 errors stand in the lint report out.sarif under names that may mean a changed file or another one: main.go."
	contains(finding.remedy, "lint.roots")
	finding.path == ""
}

test_unmatched_of_a_report_that_does_not_count if {
	silent(of({"reports": [report_of({"base": true, "unplaced": 2, "unmatched": ["main.go"], "unmatched_errors": 2}), report_of({})]}))
	finding := said(of({"reports": [report_of({"foreign": true, "unplaced": 2, "unmatched": ["main.go"], "unmatched_errors": 2})]}))
	finding.rule == "lint/foreign-report"
}

test_no_tool if {
	finding := said(of({"reports": [report_of({"tools": []})]}))
	finding.rule == "lint/partial"
	contains(finding.message, "it names no tool that ran")
}

test_error if {
	finding := said(of({"findings": [item_of({"help": "https://eslint.org/docs/latest/rules/no-var"})]}))
	finding.rule == "lint/error"
	finding.path == "src/a.js"
	finding.line == 3
	finding.message == "eslint no-var: Unexpected var."
	finding.source == {"tool": "eslint", "rule": "no-var", "help": "https://eslint.org/docs/latest/rules/no-var"}
	finding.suggestion == null
	finding.subject == "k1"
	contains(finding.remedy, "set eslint/no-var under lint.severity")
}

test_error_without_words if {
	finding := said(of({"findings": [item_of({"rule": "", "message": ""})]}))
	finding.message == "eslint: it does not say what is wrong."
	contains(finding.remedy, "set eslint under lint.severity")
}

test_suggestion if {
	suggestion := {"line": 3, "end_line": 3, "text": "let a;\n"}
	finding := said(of({"findings": [item_of({"suggestion": suggestion})]}))
	finding.suggestion == suggestion
	startswith(finding.remedy, "Take the tool's correction")
}

test_error_of_others_lines if {
	finding := said(of({"findings": [item_of({"may": false, "place": "context"})]}))
	finding.rule == "lint/warning"
	endswith(finding.message, "(The change did not touch this line.)")
}

test_error_of_unknown_lines if {
	findings := lint.deny with input as of({"findings": [item_of({"may": false, "place": "unknown"})], "unread": ["src/a.js"]})
	{finding.rule | some finding in findings} == {"lint/warning", "lint/unread"}
	some finding in findings
	finding.rule == "lint/unread"
	finding.path == "src/a.js"
	contains(finding.message, "src/a.js.")
}

test_unread_files if {
	finding := said(of({"unread": ["a", "b", "c", "d", "e", "f"], "unread_more": 4}))
	finding.path == ""
	contains(finding.message, "a, b, c, d, e, and 5 more.")
}

test_new_elsewhere if {
	finding := said(of({"findings": [item_of({"place": "elsewhere", "new": true})]}))
	finding.rule == "lint/error"
	endswith(finding.message, "(The merge base does not have it.)")
}

test_blind if {
	finding := said(of({"findings": [item_of({"blind": true})]}))
	contains(finding.message, "so nothing else in it was checked")
}

test_author if {
	finding := said(of({"findings": [item_of({"author": true})]}))
	endswith(finding.message, "(Reported by a run of the author's own code.)")
}

test_warning_and_notice if {
	findings := lint.deny with input as of({"findings": [item_of({"severity": "warning"}), item_of({"severity": "notice", "key": "k2"})]})
	{finding.rule | some finding in findings} == {"lint/warning", "lint/notice"}
}

test_more if {
	rest := [{"tool": "eslint", "rule": "no-var", "severity": "error", "count": 7}, {"tool": "x", "rule": "", "severity": "notice", "count": 2}]
	finding := said(of({"more": 9, "more_blocking": 7, "rest": rest}))
	finding.rule == "lint/error"
	finding.message == "7 errors more that this change brought in are not listed one by one. Of all that are not: 7 of eslint no-var, 2 of x."
	warning := said(of({"more": 9, "rest": rest}))
	warning.rule == "lint/warning"
	warning.message == "9 findings more are not listed one by one: 7 of eslint no-var, 2 of x."
}

test_uncounted if {
	finding := said(of({"uncounted": 9, "uncounted_errors": 3}))
	finding.rule == "lint/error"
	contains(finding.message, "3 errors are beyond what is read")
	warning := said(of({"uncounted": 9}))
	warning.rule == "lint/warning"
	warning.message == "9 findings are beyond what is read of a report."
}

test_required if {
	finding := said(of({"missing": [{"tool": "ruff", "why": "there is no report of it"}]}))
	finding.rule == "lint/required-tool"
	finding.message == "ruff is required (lint.required), and there is no report of it."
	finding.subject == "ruff"
}

test_required_and_failed if {
	finding := said(of({"tools": [tool_of({"failed": true, "required": true, "why": "boom"})], "missing": [{"tool": "eslint", "why": "it failed: boom"}]}))
	finding.rule == "lint/required-tool"
}

test_failed if {
	finding := said(of({"tools": [tool_of({"failed": true, "why": "out of memory."})]}))
	finding.rule == "lint/tool-failed"
	finding.message == "eslint failed, so it may not have looked at everything: out of memory."
}

test_unreadable if {
	finding := said(of({"reports": [report_of({"counts": false, "unreadable": true, "why": "byte 3: the report ends too early", "flag": "web"})]}))
	finding.rule == "lint/unreadable"
	finding.message == "The lint report out.sarif (web) cannot be read: byte 3: the report ends too early."
	silent(of({"reports": [report_of({"counts": false, "unreadable": true, "base": true})]}))
}

test_other_commit if {
	finding := said(of({"reports": [report_of({"counts": false, "why": "it was made at 1, but the head is 2"})]}))
	finding.rule == "lint/other-commit"
	silent(of({"reports": [report_of({"counts": false, "base": true})]}))
}

test_foreign if {
	finding := said(of({"reports": [report_of({"foreign": true, "unplaced": 3, "unresolved": ["/x/a.js"]})]}))
	finding.rule == "lint/foreign-report"
	finding.message == "No name in the lint report out.sarif means a file of this repository: /x/a.js."
}

test_partial if {
	finding := said(of({"reports": [report_of({"unplaced": 3, "skipped": 1, "more": 2, "unresolved": ["/x/a.js"]})]}))
	finding.rule == "lint/partial"
	finding.message == concat("", [
		"The lint report out.sarif was read in part: 3 findings are about names that mean no file for certain (/x/a.js); ",
		"1 entry is not what the format asks for; 2 findings are beyond the limit.",
	])
}

test_hostile_text if {
	evil := "x\n::error::y @team <img> %d"
	finding := said(of({"findings": [item_of({"message": evil, "tool": evil, "rule": evil, "path": evil})]}))
	contains(finding.message, evil)
	finding.path == evil
}

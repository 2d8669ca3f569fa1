# METADATA
# title: What linters find on a change
# description: >-
#   CI runs linters, scanners and formatters and sends their reports; these rules judge what the change itself brought in: findings on lines that it adds,
#   or that the merge base did not have. An error blocks, a warning or notice does not; `lint.severity` gives tools and rules other weights. Without a report
#   and without a required tool nothing is measured, and these rules abstain.
package lintel.lint

# METADATA
# title: Linter error
# description: >-
#   The linter calls it an error, and the change brought it in: it stands on an added line or in an added file, the merge base's report does not have it, or
#   the tool could not even read the changed file.
# custom:
#   id: lint/error
#   passes: No linter error on the changed lines
#   severity: error
#   mode: warn
#   measured: {why: "It reads reports of CI, which no clone has."}
#   remedy: Correct the line, or suppress the finding in the way of the tool, with a reason beside it.
#   reads: [files, reports, settings]
#   merge_queue: carry
#   off: The linter's own check blocks already.
#   missing: Without a report it abstains. Where the changed lines are not known lint/unread says so; a required tool without a report is lint/required-tool.
#   options: [lint.filter, lint.new_only, lint.severity, lint.ignore]
#   examples:
#     good: ["An error on a line that the change left as it was."]
#     bad: ["ESLint finds no-unused-vars, as an error, on an added line."]
deny contains finding if {
	some item in input.lint.findings
	item.severity == "error"
	item.may
	finding := of_item(rego.metadata.rule().custom.id, item)
}

# METADATA
# custom:
#   id: lint/error
deny contains finding if {
	count(beyond_errors) > 0
	finding := {
		"rule": rego.metadata.rule().custom.id,
		"path": "",
		"line": 0,
		"end_line": 0,
		"message": concat(" ", beyond_errors),
		"remedy": "Solve the findings that are listed first; the next report shows the rest. The linter's own output has all of them.",
		"subject": "more",
	}
}

# METADATA
# title: Linter warning
# description: >-
#   The linter does not call it an error, or it does but the line is not one of the change's own. It is worth a look and never blocks.
# custom:
#   id: lint/warning
#   passes: No linter warning on the changed lines
#   severity: warning
#   mode: warn
#   measured: {why: "It reads reports of CI, which no clone has."}
#   remedy: Decide whether the linter is right. If it never is, switch its rule off under lint.severity.
#   reads: [files, reports, settings]
#   merge_queue: carry
#   off: Warnings of your linters are not meant to be read.
#   missing: Without a report it abstains.
#   options: [lint.filter, lint.new_only, lint.severity, lint.ignore]
#   examples:
#     good: ["A warning outside of the diff, with lint.filter at added."]
#     bad: ["A scanner warns about an added line."]
deny contains finding if {
	some item in input.lint.findings
	warns(item)
	finding := of_item(rego.metadata.rule().custom.id, item)
}

# METADATA
# custom:
#   id: lint/warning
deny contains finding if {
	count(beyond_errors) == 0
	count(beyond) > 0
	finding := {
		"rule": rego.metadata.rule().custom.id,
		"path": "",
		"line": 0,
		"end_line": 0,
		"message": concat(" ", beyond),
		"remedy": "The linter's own output has all of them. Rules that nobody follows are better switched off under lint.severity.",
		"subject": "more",
	}
}

# METADATA
# title: Linter notice
# description: >-
#   The linter calls it a note. It is shown where the change touched the line, and never blocks.
# custom:
#   id: lint/notice
#   passes: No linter notice on the changed lines
#   severity: notice
#   mode: warn
#   measured: {why: "It reads reports of CI, which no clone has."}
#   remedy: Decide whether to act on it.
#   reads: [files, reports, settings]
#   merge_queue: carry
#   off: Notices of your linters are not meant to be read.
#   missing: Without a report it abstains.
#   options: [lint.filter, lint.new_only, lint.severity, lint.ignore]
#   examples:
#     good: ["A note on a line that the change left as it was."]
#     bad: ["A note about an added line."]
deny contains finding if {
	some item in input.lint.findings
	item.severity == "notice"
	finding := of_item(rego.metadata.rule().custom.id, item)
}

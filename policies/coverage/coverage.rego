# METADATA
# title: Test coverage of a change
# description: >-
#   Teams keep what they add tested when a pull request says at once which added lines no test reaches. The numbers are those of the reports that CI makes; a
#   line that no report measured is neither covered nor uncovered, and a report that is missing, is of another commit or measures nothing is named and
#   never taken for a good one. How it counts is in [coverage](../coverage.md). Without a report these rules abstain and the family is not measured; that
#   blocks nothing, unless the settings require a report.
package lintel.coverage

# METADATA
# title: The added lines are not covered well enough
# description: >-
#   Of the added lines that the reports measured, too few are reached by a test. Lines reached without all their branches are not covered. The rate is
#   compared without rounding. A change with fewer measured lines than `coverage.patch.min_lines` is not refused.
# custom:
#   id: coverage/patch
#   passes: Tests cover enough of the added lines
#   severity: error
#   mode: warn
#   measured: {why: "It reads reports of CI, which no clone has."}
#   remedy: Add tests that reach the lines, and let CI report again.
#   reads: [files, attributes, reports, settings]
#   merge_queue: carry
#   off: Coverage is watched and not asked for; informational says the same and keeps the numbers.
#   missing: It abstains without lines that could be read; without a report too, and coverage/missing speaks when one is required.
#   options: [coverage.patch.min, coverage.patch.threshold, coverage.patch.min_lines, coverage.patch.informational, coverage.ignore, coverage.absent]
#   examples:
#     good: ["10 added lines, of which the report measured 6 and tests reach 5, with 80 % asked for."]
#     bad: ["10 added lines, of which the report measured 6 and tests reach 4, with 80 % asked for."]
deny contains finding if {
	input.coverage.patch.outcome == "missed"
	not options.patch.informational
	finding := {
		"rule": rego.metadata.rule().custom.id,
		"path": "",
		"line": 0,
		"end_line": 0,
		"message": sentences([patch_text, absent_text, worst_text, trust_text]),
		"remedy": sentences([write_tests, "Then let CI report again."]),
		"subject": "patch",
	}
}

# A rule that had no report to judge by says so: its silence is no pass.
abstain contains {"rule": rule, "reason": without_reason} if {
	not input.coverage.reported
	some rule in without_report
}

abstain contains {"rule": "coverage/patch", "reason": reason} if {
	input.coverage.reported
	count(input.coverage.unknown_lines) > 0
	input.coverage.patch.outcome != "missed"
	options.patch.min > 0
	reason := sprintf("The added lines of %s could not be read, so the rate of the others settles nothing.", [unknown_files])
}

# METADATA
# title: Added lines that no test reaches
# description: >-
#   Points at the added lines that keep the change, one of its flags or one of its paths below what the settings ask for: at most 20 places, those of the
#   files with most of them first.
# custom:
#   id: coverage/uncovered
#   passes: No uncovered line is needed to reach the target
#   severity: notice
#   mode: warn
#   measured: {why: "It reads reports of CI, which no clone has."}
#   remedy: Add a test that reaches these lines.
#   reads: [files, attributes, reports, settings]
#   merge_queue: carry
#   off: Your editor or another tool points at uncovered lines already.
#   missing: Without a report it abstains.
#   options: [coverage.patch.min, coverage.ignore]
#   examples:
#     good: ["A change that reaches what the settings ask for; its few uncovered lines stand in the check's table alone."]
#     bad: ["Lines 12 to 18 of a new function in a change below the least rate."]
deny contains finding if {
	wanting
	some i, place in array.slice(places, 0, 20)
	finding := {
		"rule": rego.metadata.rule().custom.id,
		"path": place.file.path,
		"line": place.range.from,
		"end_line": place.range.to,
		"message": place_text(place),
		"remedy": place_remedy(place.file),
		"subject": sprintf("%d", [place.range.from]),
	}
}

# METADATA
# title: The project is not covered well enough
# description: >-
#   The project's rate is below the least one, or further below that of the merge base than the settings tolerate. Removing covered lines is no loss
#   (`coverage.project.adjust_base`). Only flags that both sides have are compared, or that are carried forward.
# custom:
#   id: coverage/project
#   passes: The project is covered well enough
#   severity: error
#   mode: warn
#   measured: {why: "It reads reports of CI, which no clone has."}
#   remedy: Add tests for what the change touches, or bring back those that it removed.
#   reads: [files, attributes, reports, settings]
#   merge_queue: carry
#   off: Reports come for parts of the project alone, so that the whole has no meaning.
#   missing: Without a report of the merge base it abstains on the drop, and the least rate is still judged. Without a report of the head it abstains.
#   options: [coverage.project.min, coverage.project.max_drop, coverage.project.adjust_base, coverage.project.informational, coverage.flags]
#   examples:
#     good: ["80 % at the merge base and 79.8 % at the head, with a drop of 0.5 points tolerated."]
#     bad: ["80 % at the merge base and 75 % at the head after tests were deleted."]
deny contains finding if {
	not options.project.informational
	some subject, text in project_texts
	finding := {
		"rule": rego.metadata.rule().custom.id,
		"path": "",
		"line": 0,
		"end_line": 0,
		"message": sentences([text, left_out_text, trust_text]),
		"remedy": sentences([project_remedy, "Then let CI report again."]),
		"subject": subject,
	}
}

abstain contains {"rule": "coverage/project", "reason": reason} if {
	input.coverage.reported
	not input.coverage.project.compared
	options.project.max_drop < 100
	reason := sprintf("%s, so nobody can say whether coverage drops.%s", [no_base, left_out_hint])
}

# METADATA
# title: A flag is not covered well enough
# description: >-
#   One part of the tests, by the flag of its reports, is below what `coverage.flags` asks of it.
# custom:
#   id: coverage/flag
#   passes: Every flag is covered well enough
#   severity: error
#   mode: warn
#   measured: {why: "It reads reports of CI, which no clone has."}
#   remedy: Add tests of this part that reach the lines.
#   reads: [files, attributes, reports, settings]
#   merge_queue: carry
#   off: Flags name kinds of tests that nobody asks a rate of.
#   missing: Without a report of the flag it abstains; coverage/missing speaks when one is required.
#   options: [coverage.flags]
#   examples:
#     good: ["The unit tests reach 90 % of the added lines, with 80 % asked of the flag unit."]
#     bad: ["The unit tests reach 60 % of the added lines, with 80 % asked of the flag unit."]
deny contains finding if {
	some part in input.coverage.flags
	part.reported
	some subject, text in part_texts(part, options.flags[part.name])
	finding := {
		"rule": rego.metadata.rule().custom.id,
		"path": "",
		"line": 0,
		"end_line": 0,
		"message": sentences([sprintf("Flag %s: %s", [part.name, text]), trust_text]),
		"remedy": sentences([sprintf("Add tests to what is reported as %s.", [part.name]), write_tests]),
		"subject": sprintf("%s %s", [part.name, subject]),
	}
}

abstain contains {"rule": "coverage/flag", "reason": reason} if {
	input.coverage.reported
	lost := [part.name | some part in input.coverage.flags; part.asked; not part.reported; not part.carried]
	count(lost) > 0
	not options.required
	reason := sprintf("No report of the head counts for the flags %s.", [concat(", ", lost)])
}

# METADATA
# title: A part of the repository is not covered well enough
# description: >-
#   The files of one pattern are below what `coverage.paths` asks of them.
# custom:
#   id: coverage/path
#   passes: Every part of the repository is covered well enough
#   severity: error
#   mode: warn
#   measured: {why: "It reads reports of CI, which no clone has."}
#   remedy: Add tests that reach the lines below this path.
#   reads: [files, attributes, reports, settings]
#   merge_queue: carry
#   off: No path has a target of its own; it is silent then anyway.
#   missing: Without a report it abstains.
#   options: [coverage.paths]
#   examples:
#     good: ["A change that adds nothing below billing/, with 95 % asked for there."]
#     bad: ["A change that adds 10 lines below billing/ of which tests reach 5, with 95 % asked for there."]
deny contains finding if {
	some part in input.coverage.paths
	some subject, text in part_texts(part, options.paths[part.name])
	finding := {
		"rule": rego.metadata.rule().custom.id,
		"path": "",
		"line": 0,
		"end_line": 0,
		"message": sentences([sprintf("Below %s: %s", [part.name, text]), trust_text]),
		"remedy": sentences([write_tests, "Then let CI report again."]),
		"subject": sprintf("%s %s", [part.name, subject]),
	}
}

# METADATA
# title: Coverage is below target (not blocking)
# description: >-
#   The rate is below what the settings ask for, and they say that this does not block: the numbers are informational, or the change has too few
#   measured lines to be judged by.
# custom:
#   id: coverage/below-target
#   passes: No coverage target is missed without blocking
#   severity: notice
#   mode: warn
#   measured: {why: "It reads reports of CI, which no clone has."}
#   remedy: Nothing has to be done; a test would still be good.
#   reads: [files, attributes, reports, settings]
#   merge_queue: carry
#   off: The check's table of coverage is enough.
#   missing: Without a report it abstains.
#   options: [coverage.patch.informational, coverage.patch.min_lines, coverage.project.informational]
#   examples:
#     good: ["A change whose only measured line is covered."]
#     bad: ["A change of one measured line that no test reaches, with five lines needed for a judgement."]
deny contains finding if {
	some subject, text in lenient
	finding := {
		"rule": rego.metadata.rule().custom.id,
		"path": "",
		"line": 0,
		"end_line": 0,
		"message": sentences([text, trust_text]),
		"remedy": "Nothing has to be done; a test would still be good.",
		"subject": subject,
	}
}

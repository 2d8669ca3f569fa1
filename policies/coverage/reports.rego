package lintel.coverage

# METADATA
# title: There is no coverage report
# description: >-
#   The settings require a report, and none of the head of this change counts. What nobody measured is not taken for covered.
# custom:
#   id: coverage/missing
#   passes: No required coverage report is missing
#   severity: error
#   mode: warn
#   measured: {why: "It reads reports of CI, which no clone has."}
#   remedy: Let CI report the coverage of this commit.
#   reads: [reports, settings]
#   merge_queue: carry
#   off: A report is welcome and never required.
#   missing: This rule is about missing input. Without `coverage.required` it abstains when no report was handed in.
#   options: [coverage.required, coverage.flags]
#   examples:
#     good: ["A repository that does not require reports, and a change without one."]
#     bad: ["A repository that requires reports, and a change whose job that uploads them has failed."]
deny contains finding if {
	options.required
	some subject, text in missing
	finding := {
		"rule": rego.metadata.rule().custom.id,
		"path": "",
		"line": 0,
		"end_line": 0,
		"message": text,
		"remedy": concat(" ", [
			"Look at the CI job that makes the report: it must run for this commit, end well, and hand the report to Lintel.",
			"To judge changes without a report, set coverage.required to false in .github/lintel.yml on the base branch.",
		]),
		"subject": subject,
	}
}

# METADATA
# title: A coverage report proves nothing
# description: >-
#   A report of this change cannot be read, was measured at another commit, or measures no file of the repository. Its line numbers mean nothing here, so it
#   does not count, and what it would have shown is not guessed.
# custom:
#   id: coverage/unusable
#   passes: Every coverage report counts
#   stands_in: true
#   severity: error
#   mode: warn
#   measured: {why: "It reads reports of CI, which no clone has."}
#   remedy: Fix the job that makes the report, and report again.
#   reads: [reports, settings]
#   merge_queue: carry
#   off: Hardly ever; a report that proves nothing is otherwise hidden.
#   missing: This rule is about reports that are there. Without any it abstains; one that is missing is the business of coverage/missing.
#   options: [coverage.fixes, coverage.roots]
#   examples:
#     good: ["A report of the head that measures files of the repository."]
#     bad: ["A report of the commit before the last push.", "A report whose paths are all of a machine that is gone."]
deny contains finding if {
	some r in array.slice(unusable, 0, 20)
	finding := {
		"rule": rego.metadata.rule().custom.id,
		"path": "",
		"line": 0,
		"end_line": 0,
		"message": sprintf("The %s does not count: %s.", [named(r), trim_suffix(r.why, ".")]),
		"remedy": unusable_remedy(r),
		"subject": sprintf("%s %s %v", [r.source, r.flag, r.base]),
	}
}

# METADATA
# title: Reports name changed files in a way that matches none
# description: >-
#   The reports know files by paths that mean no file of the repository, and changed source files that no report knows have the same names. More of the changed
#   files than the settings tolerate may be measured under such a path, so the rate of the others settles nothing.
# custom:
#   id: coverage/unmatched
#   passes: Changed files are found in the reports
#   severity: error
#   mode: warn
#   measured: {why: "It reads reports of CI, which no clone has."}
#   remedy: Say in coverage.fixes or coverage.roots how the report's paths become those of the repository.
#   reads: [files, reports, settings]
#   merge_queue: carry
#   off: Reports name generated files on purpose; leaving these paths out says more.
#   missing: This rule is about missing input. Without a report it abstains.
#   options: [coverage.unmatched_max, coverage.fixes, coverage.roots]
#   examples:
#     good: ["A report with paths of a generated folder that the repository does not have."]
#     bad: ["A report that calls the changed file src/cart.ts by /build/x/cart.ts, where three folders have a cart.ts."]
deny contains finding if {
	input.coverage.unmatched.over
	finding := {
		"rule": rego.metadata.rule().custom.id,
		"path": "",
		"line": 0,
		"end_line": 0,
		"message": sentences([meant_text, unmatched_text]),
		"remedy": fix_remedy,
		"subject": "unmatched",
	}
}

# METADATA
# title: Paths of reports that match no file
# description: >-
#   Some paths of the reports mean no file of the repository, or could mean several. What was measured of them does not count.
# custom:
#   id: coverage/unresolved
#   passes: Every path of the reports is a file of the repository
#   severity: warning
#   mode: warn
#   measured: {why: "It reads reports of CI, which no clone has."}
#   remedy: Say in coverage.fixes or coverage.roots how the report's paths become those of the repository.
#   reads: [files, reports, settings]
#   merge_queue: carry
#   off: Reports hold files of other repositories on purpose.
#   missing: This rule is about missing input. Without a report it abstains.
#   options: [coverage.fixes, coverage.roots, coverage.unmatched_max]
#   examples:
#     good: ["A report whose paths are all of the repository."]
#     bad: ["A report with the paths of files that a build makes elsewhere."]
deny contains finding if {
	input.coverage.reported
	not input.coverage.unmatched.over
	count(input.coverage.unmatched.names) > 0
	finding := {
		"rule": rego.metadata.rule().custom.id,
		"path": "",
		"line": 0,
		"end_line": 0,
		"message": sentences([unmatched_text, some_meant_text]),
		"remedy": fix_remedy,
		"subject": "unresolved",
	}
}

# METADATA
# title: Changed source files that no report knows
# description: >-
#   These files run, and no report measured them, so nobody knows whether tests reach them. They are not part of the rate.
# custom:
#   id: coverage/absent
#   passes: Every changed source file is known to a report
#   severity: warning
#   mode: warn
#   measured: {why: "It reads reports of CI, which no clone has."}
#   remedy: Have the tests load these files so that they are measured, or name them under coverage.ignore.
#   reads: [files, attributes, reports, settings]
#   merge_queue: carry
#   off: Sources without any test are normal here, such as scripts and examples.
#   missing: This rule is about missing input. Without a report it abstains.
#   options: [coverage.absent, coverage.ignore]
#   examples:
#     good: ["A changed page of documentation."]
#     bad: ["A new folder of the service that no test imports."]
deny contains finding if {
	count(uncounted) > 0
	finding := {
		"rule": rego.metadata.rule().custom.id,
		"path": only([a.path | some a in uncounted], input.coverage.absent_more),
		"line": 0,
		"end_line": 0,
		"message": sprintf(
			"No report knows %s, so their added lines are neither covered nor uncovered.",
			[names([a.path | some a in uncounted], input.coverage.absent_more)],
		),
		"remedy": concat(" ", [
			"Have the tests load them, or have the tool measure files that no test loads.",
			"To count their lines as uncovered, set coverage.absent to count_uncovered; to leave them out, name them under coverage.ignore in .github/lintel.yml.",
		]),
		"subject": "absent",
	}
}

# METADATA
# title: The coverage numbers can be influenced by the author
# description: >-
#   The numbers were made by code of the change's own author, as in a pull request from a fork, or the change edits the CI workflow or the configuration that
#   decides how coverage is measured. They count, and a reviewer should know.
# custom:
#   id: coverage/trust
#   passes: Nothing says that the author made the coverage numbers
#   severity: notice
#   mode: warn
#   measured: {why: "It reads reports of CI, which no clone has."}
#   remedy: Read what the change does to CI and to the coverage configuration before you rely on the numbers.
#   reads: [files, reports, settings]
#   merge_queue: carry
#   off: Everybody who can open a pull request may also push to the base branch.
#   missing: Without a report it abstains. A report of which nobody said who could have written it is taken for the author's.
#   options: [coverage.mode]
#   examples:
#     good: ["A report from the base repository's own workflow."]
#     bad: ["A pull request that edits .github/workflows/test.yml.", "A report of a fork's run."]
deny contains finding if {
	input.coverage.reported
	count(input.coverage.trust_why) > 0
	finding := {
		"rule": rego.metadata.rule().custom.id,
		"path": "",
		"line": 0,
		"end_line": 0,
		"message": concat(" ", input.coverage.trust_why),
		"remedy": "Read what the change does to CI and to the coverage configuration before you rely on the numbers.",
		"subject": input.coverage.trust,
	}
}

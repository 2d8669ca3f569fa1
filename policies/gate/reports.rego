package lintel.gate

import data.lintel.lib

# METADATA
# title: A report that is required is missing
# description: >-
#   The settings say that the verdict needs this report of CI, and the waiting for it is over: CI said that it has sent everything, or the deadline has
#   passed. What nobody measured cannot be judged, so the change does not pass. A required check that Lintel runs itself and that has no result is such a
#   report, too: it crashed, was ended for a limit, or is not allowed on this server.
# custom:
#   id: gate/report-required
#   passes: No required report is missing
#   severity: error
#   mode: enforce
#   remedy: Look at the CI job that sends the report, and run it again. When the report arrives, the change is judged anew.
#   reads: [files, reports, settings]
#   merge_queue: recheck
#   missing: This rule is about missing input. A report that arrived and could not be read is missing too. In a merge group nothing is waited for.
#   options: [checks, reports.expect, reports.deadline]
#   examples:
#     good: ["reports: {expect: [{kind: coverage, flag: unit, required: true}]}, and the report has arrived."]
#     bad: ["The same, and the job that sends it failed before its upload."]
deny contains finding if {
	some missing in missing_reports
	missing.required
	finding := {
		"rule": rego.metadata.rule().custom.id,
		"path": "",
		"line": 0,
		"end_line": 0,
		"message": sprintf("%s It is required, so the change does not pass without it.", [missing_text(missing)]),
		"remedy": missing_remedy(missing),
		"subject": report_name(missing),
	}
}

# METADATA
# title: A report that was expected is missing
# description: >-
#   The settings expect this report of CI, and the waiting for it is over. The rules that would have read it abstain; nothing else is refused for it. To
#   have a missing report block, write required with it. A check that Lintel runs itself and that has no result is such a report, too.
# custom:
#   id: gate/report-missing
#   passes: No expected report is missing
#   severity: warning
#   mode: enforce
#   remedy: Look at the CI job that sends the report, and run it again. When the report arrives, the change is judged anew.
#   reads: [files, reports, settings]
#   merge_queue: recheck
#   missing: This rule is about missing input. A report that arrived and could not be read is missing too. In a merge group nothing is waited for.
#   options: [checks, reports.expect, reports.deadline, reports.finalise]
#   examples:
#     good: ["reports: {expect: [{kind: lint}]}, and the report has arrived."]
#     bad: ["The same, and the job that sends it was skipped."]
deny contains finding if {
	some missing in missing_reports
	not missing.required
	finding := {
		"rule": rego.metadata.rule().custom.id,
		"path": "",
		"line": 0,
		"end_line": 0,
		"message": missing_text(missing),
		"remedy": missing_remedy(missing),
		"subject": report_name(missing),
	}
}

# METADATA
# custom:
#   id: gate/report-missing
deny contains finding if {
	input.reports.closed == "deadline"
	input.reports.finalise
	input.change.kind == "pull_request"
	finding := {
		"rule": rego.metadata.rule().custom.id,
		"path": "",
		"line": 0,
		"end_line": 0,
		"message": sprintf("CI did not say within %s that it has sent everything, so more reports may be missing than those that are named.", [input.reports.deadline]),
		"remedy": "Let the last job of CI run lintel report finalise, or set reports.finalise to false.",
		"subject": "finalise",
	}
}

# missing_reports is empty while the waiting lasts: what has not come yet is not missing.
missing_reports := [r | some r in input.reports.missing; input.reports.closed != ""]

missing_text(missing) := sprintf("The check %s %s.%s", [missing.flag, want_of_result(missing), because_of(missing)]) if {
	is_check(missing)
} else := sprintf("The %s%s %s.%s", [report_name(missing), of_job(missing), lateness(missing), because_of(missing)])

# is_check tells the result of a check that Lintel runs itself. Facts of before have no such field.
is_check(missing) if object.get(missing, "check", false)

want_of_result(missing) := sprintf("has no result: %s", [trim_right(missing.problem, ".")]) if {
	missing.problem != ""
} else := "was not run" if {
	input.change.kind == "local"
} else := "had no result when the merge queue asked" if {
	input.change.kind == "merge_group"
} else := sprintf("had no result within %s", [input.reports.deadline])

report_name(missing) := sprintf("check %s", [missing.flag]) if {
	is_check(missing)
} else := sprintf("%s report with the flag %s", [missing.kind, missing.flag]) if {
	missing.flag != ""
} else := sprintf("%s report", [missing.kind])

of_job(missing) := sprintf(" of the job %s", [missing.job]) if {
	missing.job != ""
} else := ""

lateness(missing) := sprintf("arrived and could not be read: %s", [trim_right(missing.problem, ".")]) if {
	missing.problem != ""
} else := sprintf("was given in %d of its %d parts", [missing.have, missing.parts]) if {
	input.change.kind == "local"
	missing.have > 0
} else := "was not given" if {
	input.change.kind == "local"
} else := sprintf("arrived in %d of its %d parts", [missing.have, missing.parts]) if {
	missing.have > 0
} else := "had not arrived when CI said that it had sent everything" if {
	input.reports.closed == "finalised"
} else := "had not arrived when the merge queue asked" if {
	input.change.kind == "merge_group"
} else := sprintf("did not arrive within %s", [input.reports.deadline])

because_of(missing) := sprintf(" It is expected because the change touches %s%s.", [concat(", ", missing.because), and_more(missing.because_more)]) if {
	count(missing.because) > 0
} else := ""

and_more(n) := sprintf(" and %d more", [n]) if {
	n > 0
} else := ""

missing_remedy(missing) := "Run it with --run-checks." if {
	is_check(missing)
	missing.problem == ""
	input.change.kind == "local"
} else := "Run the tool yourself to see more. What it cannot have in a sandbox, and what an operator may allow, is in docs/checks.md." if {
	is_check(missing)
	missing.problem != ""
} else := sprintf("%s. If it stays, whoever runs Lintel finds the reason in its log.", [lib.recheck]) if {
	is_check(missing)
} else := sprintf("Give it with --report %s:auto:FILE%s.", [missing.kind, file_flag(missing)]) if {
	input.change.kind == "local"
} else := sprintf("Look at %s: did it run, and did its step \"lintel report upload --kind %s%s\" succeed? When the report arrives, the change is judged anew.", [
	whose_job(missing),
	missing.kind,
	with_flag(missing),
])

file_flag(missing) := sprintf(",flag=%s", [missing.flag]) if {
	missing.flag != ""
} else := ""

whose_job(missing) := sprintf("the job %s of CI", [missing.job]) if {
	missing.job != ""
} else := "the job of CI that sends it"

with_flag(missing) := sprintf(" --flag %s", [missing.flag]) if {
	missing.flag != ""
} else := ""

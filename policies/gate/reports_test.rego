package lintel.gate_test

import data.lintel.gate

# waiting is an input with one expected report that has not come.
waiting(closed, members) := object.union(whole, {
	"change": {"kind": "pull_request"},
	"reports": {"closed": closed, "deadline": "30m", "finalise": false, "missing": [object.union(
		{"kind": "coverage", "flag": "unit", "job": "", "required": false, "because": [], "because_more": 0, "problem": "", "parts": 1, "have": 0},
		members,
	)]},
})

test_a_report_that_may_still_come_is_not_missing if {
	count(gate.deny) == 0 with input as waiting("", {"required": true})
}

test_missing_at_the_deadline_is_said if {
	finding := said(waiting("deadline", {"job": "test (unit)", "because": ["web/a.ts", "web/b.ts"], "because_more": 3}))
	finding.rule == "gate/report-missing"
	finding.message == concat("", [
		"The coverage report with the flag unit of the job test (unit) did not arrive within 30m. ",
		"It is expected because the change touches web/a.ts, web/b.ts and 3 more.",
	])
	startswith(finding.remedy, "Look at the job test (unit) of CI: did it run, and did its step \"lintel report upload --kind coverage --flag unit\" succeed?")
}

test_missing_when_ci_is_done if {
	finding := said(waiting("finalised", {"flag": ""}))
	finding.message == "The coverage report had not arrived when CI said that it had sent everything."
	startswith(finding.remedy, "Look at the job of CI that sends it: did it run, and did its step \"lintel report upload --kind coverage\" succeed?")
}

test_required_refuses if {
	finding := said(waiting("deadline", {"required": true}))
	finding.rule == "gate/report-required"
	endswith(finding.message, "within 30m. It is required, so the change does not pass without it.")
}

test_unreadable_is_missing if {
	finding := said(waiting("deadline", {"problem": "line 3: no such mode."}))
	finding.message == "The coverage report with the flag unit arrived and could not be read: line 3: no such mode."
}

test_parts_are_missing if {
	finding := said(waiting("deadline", {"parts": 8, "have": 3}))
	finding.message == "The coverage report with the flag unit arrived in 3 of its 8 parts."
	local := said(object.union(waiting("deadline", {"parts": 8, "have": 3}), {"change": {"kind": "local"}}))
	local.message == "The coverage report with the flag unit was given in 3 of its 8 parts."
}

test_not_given_to_check if {
	finding := said(object.union(waiting("deadline", {"kind": "lint"}), {"change": {"kind": "local"}}))
	finding.message == "The lint report with the flag unit was not given."
	finding.remedy == "Give it with --report lint:auto:FILE,flag=unit."
	plain := said(object.union(waiting("deadline", {"flag": ""}), {"change": {"kind": "local"}}))
	plain.remedy == "Give it with --report coverage:auto:FILE."
}

test_a_check_without_a_result_is_said if {
	own := {"kind": "lint", "flag": "eslint", "check": true}
	crashed := said(waiting("complete", object.union(own, {"required": true, "problem": "it ended with status 2 (finished); its last lines: x."})))
	crashed.rule == "gate/report-required"
	crashed.message == concat("", [
		"The check eslint has no result: it ended with status 2 (finished); its last lines: x. ",
		"It is required, so the change does not pass without it.",
	])
	startswith(crashed.remedy, "Run the tool yourself")
	crashed.subject == "check eslint"
	late := said(waiting("deadline", own))
	late.rule == "gate/report-missing"
	late.message == "The check eslint had no result within 30m."
	local := said(object.union(waiting("deadline", own), {"change": {"kind": "local"}}))
	local.message == "The check eslint was not run."
	local.remedy == "Run it with --run-checks."
}

test_merge_group_does_not_wait if {
	finding := said(object.union(waiting("deadline", {}), {"change": {"kind": "merge_group"}}))
	finding.message == "The coverage report with the flag unit had not arrived when the merge queue asked."
}

test_ci_never_said_that_it_is_done if {
	finding := said(object.union(whole, {
		"change": {"kind": "pull_request"},
		"reports": {"closed": "deadline", "deadline": "2h", "finalise": true, "missing": []},
	}))
	finding.rule == "gate/report-missing"
	startswith(finding.message, "CI did not say within 2h")
}

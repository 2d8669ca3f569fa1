package lintel.gate_test

ended := {"name": "size", "mode": "enforce", "rollout": 25, "until": "2026-11-30", "state": "ended"}

experiments(all) := having("controls", {"experiments": all, "lines": {"size": 4}})

test_a_rollout_that_has_ended if {
	finding := said(experiments([ended]))
	finding.rule == "gate/rollout-ended"
	[finding.path, finding.line] == [".github/lintel.yml", 4]
	finding.message == concat("", [
		"The rollout of size ended on 2026-11-30: its mode enforce no longer holds, and what would hold without it does.",
	])
	startswith(finding.remedy, "In .github/lintel.yml, give it a later day")
}

test_a_rollout_says_who_answers_for_it if {
	finding := said(experiments([object.union(ended, {"name": "lint", "otherwise": "shadow", "owner": "platform", "reason": "We try."})]))
	finding.line == 0
	endswith(finding.message, "no longer holds, and shadow holds. Owner: platform. Reason: We try.")
}

test_a_rollout_of_the_floor if {
	finding := said(experiments([object.union(ended, {"floor": true})]))
	[finding.path, finding.line] == ["", 0]
	contains(finding.message, "The rollout of size by the organisation's floor ended")
	contains(finding.message, "and the floor asks for nothing.")
	startswith(finding.remedy, "In the organisation's file,")
}

test_rollouts_that_have_not_ended_are_silent if {
	count(data.lintel.gate.deny) == 0 with input as experiments([
	object.union(ended, {"state": state}) |
		some state in ["applies", "outside", "early"]
	])
}

moved := {"rule": "size/too-large", "was": "shadow", "would_be": "enforce", "summary": "would have blocked 1 of the last 9 pull requests"}

test_a_rule_that_would_block_brings_its_evidence if {
	finding := said(proposal({"moves": [moved]}))
	finding.rule == "gate/rollout-evidence"
	finding.message == concat("", [
		"The proposed settings let a rule block that does not block now: ",
		"size/too-large, shadow now, would have blocked 1 of the last 9 pull requests.",
	])
}

test_many_rules_that_would_block if {
	finding := said(proposal({"moves": [moved | some _ in numbers.range(1, 12)]}))
	startswith(finding.message, "The proposed settings let 12 rules block that do not block now: size/too-large,")
	endswith(finding.message, "; and 2 more.")
}

test_a_rollout_that_is_not_known if {
	finding := said(experiments([object.union(ended, {"state": "unknown"}), object.union(ended, {"state": "unknown", "name": "lint"})]))
	finding.rule == "gate/rollout-unknown"
	startswith(finding.message, "lint (enforce), size (enforce): rolled out to a part of the repositories.")
}

raised := {"rule": "size/too-large", "summary": "would have blocked 3 of the last 9 pull requests"}

organisation_with(more) := {"controls": {"proposed_organisation": {
	"path": "lintel.yml", "errors": [], "summary": "",
	"moves": [raised], "more_moves": more,
}}}

test_a_floor_brings_its_evidence if {
	finding := said(organisation_with(0))
	[finding.rule, finding.path] == ["gate/rollout-evidence", "lintel.yml"]
	finding.message == concat("", [
		"In repositories where it holds, this file lets a rule block that does not block now: ",
		"size/too-large would have blocked 3 of the last 9 pull requests.",
	])
}

test_a_floor_of_many_rules if {
	finding := said(organisation_with(4))
	contains(finding.message, "lets 5 rules block that do not block now: size/too-large")
	endswith(finding.message, "; and 4 more.")
}

package lintel.gate_test

noisy := {"rule": "size/large-file", "decided": 60, "unwanted": 32, "demoted": false}

heard(all) := having("controls", {"noisy": all, "proposed": {"removed": false, "errors": [], "changes": [], "changes_more": 0}})

test_a_noisy_rule_is_proposed_to_warn if {
	finding := said(heard([noisy]))
	finding.rule == "gate/noisy-rules"
	finding.message == concat(" ", [
		"Findings that people did not want, of those decided in 28 days:",
		"size/large-file 32 of 60, so it should warn and not block.",
	])
	contains(finding.remedy, "{demote: off}")
}

test_a_demoted_rule_is_said_to_warn if {
	contains(said(heard([object.union(noisy, {"demoted": true})])).message, "so it warns and does not block here")
}

test_noise_is_heard_with_the_settings_alone if {
	count(data.lintel.gate.deny) == 0 with input as having("controls", {"noisy": [noisy], "proposed": null})
	count(data.lintel.gate.deny) == 0 with input as heard([])
}

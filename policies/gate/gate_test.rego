package lintel.gate_test

import data.lintel.gate

test_file_list_complete if {
	count(gate.deny) == 0 with input as {"files": {"listed": 3, "total": 3, "complete": true}}
}

test_file_list_incomplete if {
	some finding in gate.deny with input as {"files": {"listed": 3000, "total": 4000, "complete": false}}
	finding.rule == "gate/file-list"
	contains(finding.message, "3000 of 4000")
}

package lintel.lib_test

import data.lintel.lib

test_pull_request if {
	lib.noun == "pull request" with input as {"change": {"kind": "pull_request"}}
	lib.noun == "pull request" with input as {}
}

test_merge_request if lib.noun == "merge request" with input as {"change": {"noun": "merge request"}}

test_recheck if {
	[lib.recheck, lib.recheck_too, lib.recheck_check] == ["Press Re-check", "press Re-check", "Press Re-check on the check"] with input as {}
	said := [lib.recheck, lib.recheck_too, lib.recheck_check] with input as {"change": {"noun": "merge request"}}
	said == ["Comment /lintel recheck", "comment /lintel recheck", "Comment /lintel recheck"]
}

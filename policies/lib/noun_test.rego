package lintel.lib_test

import data.lintel.lib

test_pull_request if {
	lib.noun == "pull request" with input as {"change": {"kind": "pull_request"}}
	lib.noun == "pull request" with input as {}
}

test_merge_request if lib.noun == "merge request" with input as {"change": {"noun": "merge request"}}

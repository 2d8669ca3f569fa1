package lintel.tests_test

import data.lintel.tests

# of is the policy input of a change with these parts.
of(parts) := {
	"files": {"complete": true},
	"coverage": {"files": object.get(parts, "covered", [])},
	"tests": object.union(
		{
			"kind": "fix", "announced": false, "changed": [], "changed_more": 0, "sources": [], "functions": [], "functions_more": 0, "sources_more": 0, "marks": [], "marks_more": 0,
			"removed": [], "removed_more": 0, "added": 0, "less": 0, "unread": [], "unread_more": 0,
		},
		parts,
	),
}

mark(parts) := object.union(
	{
		"kind": "skipped", "path": "a.test.ts", "line": 7, "word": ".skip", "name": "adds `up`", "existing": true, "ticket": false,
	},
	parts,
)

source(parts) := object.union(
	{
		"path": "cart.go", "state": "none", "why": "", "test": "cart_test.go", "logic": 40, "line": 3, "branches": 4,
		"functions": ["Total", "Tax", "Refund", "Rebate"], "new": false,
	},
	parts,
)

gone(parts) := object.union(
	{
		"path": "cart_test.go", "file": true, "source": "cart.go", "tests": ["TestA", "TestB", "TestC", "TestD"], "more": 1, "line": 3,
	},
	parts,
)

# says are the findings of a rule.
says(id, facts) := [f | some f in tests.deny with input as facts; f.rule == id]

rules(facts) := {f.rule | some f in tests.deny with input as facts}

test_nothing_to_say if {
	count(tests.deny) == 0 with input as of({})
	count(tests.abstain) == 0 with input as of({})
}

test_a_focused_test if {
	[f] := says("tests/focused", of({"marks": [mark({"kind": "focused", "word": ".only"})]}))
	f.message == "`.only` focuses `adds 'up'`, so other tests do not run."
	f.path == "a.test.ts"
	f.line == 7
}

test_a_skipped_test if {
	[f] := says("tests/skipped", of({"marks": [mark({"name": ""})]}))
	f.message == "`.skip` skips a test, which ran before, and no issue is named."
	rules(of({"marks": [mark({"existing": false})]})) == {"tests/skipped-new"}
}

test_an_issue_is_enough if {
	rules(of({"marks": [mark({"ticket": true}), mark({"ticket": true, "existing": false})]})) == set()
}

test_a_change_that_says_so_itself if {
	rules(of({"announced": true, "marks": [mark({})]})) == set()
	rules(of({"announced": true, "marks": [mark({"existing": false})]})) == {"tests/skipped-new"}
}

test_a_removed_file if {
	[f] := says("tests/removed-file", of({"removed": [gone({})]}))
	f.message == "This file goes with 5 tests, and `cart.go` stays: `TestA`, `TestB`, `TestC` and 2 more."
	[g] := says("tests/removed-file", of({"removed": [gone({"tests": ["TestA"], "more": 0})]}))
	g.message == "This file goes with 1 test, and `cart.go` stays: `TestA`."
}

test_removed_tests if {
	[f] := says("tests/removed", of({"removed": [gone({"file": false, "source": ""})]}))
	f.message == "This change removes 5 tests and adds none: `TestA`, `TestB`, `TestC` and 2 more."
}

test_removed_with_others_in_their_place if {
	rules(of({"added": 1, "removed": [gone({"file": false})]})) == set()
}

test_removed_with_their_logic if {
	rules(of({"less": 1, "removed": [gone({"file": false})]})) == set()
	rules(of({"kind": "other", "removed": [gone({"file": false}), gone({})]})) == set()
}

test_missing if {
	[f] := says("tests/missing", of({"sources": [source({})]}))
	f.message == concat("", [
		"40 new lines of logic (`Total`, `Tax`, `Refund` and 1 more) come without a test. ",
		"No test of this file is known; one would be expected at `cart_test.go`.",
	])
	f.line == 3
}

test_missing_of_several if {
	[f] := says("tests/missing", of({"sources": [source({"functions": []}), source({"path": "b.go"})]}))
	endswith(f.message, " So does 1 more file.")
	[g] := says("tests/missing", of({"sources": [source({}), source({"path": "b.go"}), source({"path": "c.go"})]}))
	endswith(g.message, " So do 2 more files.")
}

test_unchanged if {
	[f] := says("tests/unchanged", of({"sources": [source({"state": "exists", "functions": []})]}))
	f.message == "40 new lines of logic come without a test. `cart_test.go` tests this file and stays as it is."
}

test_only_fixes_and_features_that_decide_something if {
	rules(of({"kind": "other", "sources": [source({})]})) == set()
	rules(of({"kind": "unknown", "sources": [source({})]})) == set()
	rules(of({"sources": [source({"branches": 1})]})) == set()
}

test_a_change_with_tests_is_enough if {
	every state in ["none", "exists", "changed", "not_judged"] {
		rules(of({"changed": ["web/a.test.ts"], "sources": [source({"state": state})]})) == set()
	}
}

function := {"path": "cart.go", "name": "Total", "line": 3, "first": 5, "last": 9}

covered(from, to, partial) := [{"path": "cart.go", "known": true, "uncovered": [{"from": from, "to": to, "partial": partial}]}]

test_uncovered if {
	[f] := says("tests/uncovered", of({"functions": [function], "covered": covered(4, 9, false)}))
	f.message == "No test reaches what this change adds to `Total` (cart.go:3)."
	f.line == 3
}

test_a_function_that_a_test_reaches if {
	rules(of({"functions": [function], "covered": covered(6, 9, false)})) == set()
	rules(of({"functions": [function], "covered": covered(4, 8, false)})) == set()
	rules(of({"functions": [function], "covered": covered(4, 9, true)})) == set()
	rules(of({"functions": [function]})) == set()
}

test_unread if {
	[f] := says("tests/unread", of({"unread": [{"path": "a.go", "why": "its diff is too large"}]}))
	f.message == "Tests of this file were not judged: its diff is too large."
}

test_an_incomplete_list_abstains if {
	open := object.union(of({}), {"files": {"complete": false}})
	count(tests.abstain) == 8 with input as open
}

package lintel.ownership_test

import data.lintel.ownership

lint(over) := {"ownership": {"groups": [], "lint": object.union(
	{
		"path": ".github/CODEOWNERS", "state": "present", "reason": "", "rules": 9,
		"invalid": [], "more_invalid": 0, "owners": [], "more_owners": 0, "unmatched": [], "more_unmatched": 0,
		"shadowed": [], "more_shadowed": 0, "tree": {"complete": true, "reason": ""}, "unjudged": [],
		"untouched": {"invalid": 1, "owners": 1, "unmatched": 1, "shadowed": 1},
	},
	over,
)}}

lint_only(over) := finding if {
	found := ownership.deny with input as lint(over)
	count(found) == 1
	some finding in found
}

test_lint_clean if {
	count(ownership.deny) == 0 with input as lint({})
	count(ownership.abstain) == 0 with input as lint({})
}

test_lint_not_touched if {
	count(ownership.deny) == 0 with input as {"ownership": {"groups": [], "lint": null}}
	count(ownership.abstain) == 0 with input as {"ownership": {"groups": [], "lint": null}}
}

test_lint_syntax if {
	f := lint_only({"invalid": [{
		"line": 4, "column": 2, "kind": "Invalid pattern", "source": "!%s",
		"message": "a pattern cannot be negated with !", "suggestion": "write it otherwise",
	}]})
	f.rule == "ownership/codeowners-syntax"
	f.path == ".github/CODEOWNERS"
	f.line == 4
	f.subject == "!%s"
	f.message == "Invalid pattern in line 4, column 2, at \"!%s\": a pattern cannot be negated with !. GitHub skips the whole line."
	f.remedy == "Write it otherwise."
}

test_lint_unavailable if {
	f := lint_only({"state": "unavailable", "reason": "too large"})
	f.rule == "ownership/codeowners-syntax"
	f.line == 0
	contains(f.message, "too large")
}

lint_owner(state, alone) := {"line": 3, "column": 7, "pattern": "/api/", "owner": "@Ghost", "state": state, "reason": "so it is", "alone": alone}

test_lint_owner if {
	f := lint_only({"owners": [lint_owner("missing", true)]})
	f.rule == "ownership/codeowners-owner"
	f.line == 3
	f.subject == "/api/ @ghost"
	startswith(f.message, "@Ghost in line 3 (/api/) cannot approve: so it is. No other owner of the line can either")
	startswith(f.remedy, "Correct the name @Ghost")
}

test_lint_owner_with_others if {
	endswith(lint_only({"owners": [lint_owner("missing", false)]}).message, "so it is.")
}

test_lint_owner_remedies if {
	startswith(lint_only({"owners": [lint_owner("no_write", false)]}).remedy, "Give @Ghost write access")
	startswith(lint_only({"owners": [lint_owner("empty", false)]}).remedy, "Add members")
	startswith(lint_only({"owners": [lint_owner("unresolved", false)]}).remedy, "Write @login")
}

test_lint_owner_unjudged if {
	some a in ownership.abstain with input as lint({"unjudged": ["@acme/hidden", "@x"]})
	a == {"rule": "ownership/codeowners-owner", "reason": "It could not be read who these owners are: @acme/hidden, @x."}
}

test_lint_unmatched if {
	f := lint_only({"unmatched": [{"line": 5, "pattern": "/doc/"}]})
	f.rule == "ownership/codeowners-unmatched"
	f.line == 5
	f.message == "\"/doc/\" in line 5 matches no file at the head of this change."
}

test_lint_unmatched_hints if {
	endswith(lint_only({"unmatched": [{"line": 5, "pattern": "/"}]}).message, "A lone slash never does; * takes all files.")
	endswith(lint_only({"unmatched": [{"line": 5, "pattern": "/a//b"}]}).message, "Two slashes in a row never do.")
	endswith(lint_only({"unmatched": [{"line": 5, "pattern": "/a/*"}]}).message, "not those further down.")
}

test_lint_unmatched_without_tree if {
	some a in ownership.abstain with input as lint({"tree": {"complete": false, "reason": "it was not read"}})
	a.rule == "ownership/codeowners-unmatched"
	contains(a.reason, "it was not read")
}

shadow(over) := object.union(
	{"by": {"line": 9, "pattern": "*"}, "lines": [{"line": 2, "pattern": "/api/"}], "more": 0, "partly": false},
	over,
)

test_lint_shadowed if {
	f := lint_only({"shadowed": [shadow({})]})
	f.rule == "ownership/codeowners-shadowed"
	f.line == 2
	f.message == "\"/api/\" in line 2 never wins: all its files are taken by line 9 \"*\" further down."
	f.remedy == "Move line 2 below line 9, or remove it."
}

test_lint_shadowed_by_several if {
	contains(lint_only({"shadowed": [shadow({"partly": true})]}).message, "by several later lines, most of them by line 9 \"*\"")
}

test_lint_shadowing_many if {
	f := lint_only({"shadowed": [shadow({"lines": [{"line": 2, "pattern": "a"}, {"line": 3, "pattern": "b"}], "more": 4})]})
	f.line == 9
	f.message == "\"*\" in line 9 makes 6 earlier lines useless: line 2 \"a\", line 3 \"b\" and 4 more."
	f.remedy == "Move line 9 above the lines it beats, or remove them."
}

test_lint_removed if {
	f := lint_only({"state": "removed"})
	f.rule == "ownership/codeowners-removed"
	contains(f.message, "takes .github/CODEOWNERS away")
}

test_lint_more if {
	every key, rule in {
		"more_invalid": "ownership/codeowners-syntax", "more_owners": "ownership/codeowners-owner",
		"more_unmatched": "ownership/codeowners-unmatched", "more_shadowed": "ownership/codeowners-shadowed",
	} {
		f := lint_only({key: 12})
		f.rule == rule
		contains(f.message, "12 more")
	}
}

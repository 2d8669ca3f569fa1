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
	f.subject == "lines"
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
	f := lint_only({"shadowed": [shadow({"partly": true, "others": [line(12, "/api/a/"), line(14, "`x`\n")], "more_others": 3, "below": 20})]})
	f.message == concat("", [
		"\"/api/\" in line 2 never wins: all its files are taken by later lines, most of them by line 9 \"*\", ",
		"others by line 12 \"/api/a/\", line 14 \"`x`\n\" and 3 more.",
	])
	f.remedy == "Move line 2 below line 20, or remove it."
}

test_lint_shadowing_many if {
	f := lint_only({"shadowed": [shadow({"lines": [line(2, "a"), line(3, "b")], "more": 4})]})
	f.line == 9
	f.message == "6 lines never win (line 2 \"a\", line 3 \"b\" and 4 more): all their files are taken by line 9 \"*\" further down."
	f.remedy == "Move line 9 above the lines it beats, or remove them."
}

test_lint_shadowed_by_the_same if {
	f := lint_only({"shadowed": [shadow({"same": true})]})
	f.message == "\"/api/\" in line 2 never wins: line 9 \"*\" further down has the same reach, and the last one counts."
	f.remedy == "Keep one of the lines 2 and 9, with the owners that are meant."
}

test_lint_shadowed_with_the_same_owners if {
	lint_only({"shadowed": [shadow({"agree": true})]}).remedy == "Remove line 2: line 9 names the same owners."
	lint_only({"shadowed": [shadow({"agree": true, "partly": true, "lines": [line(2, "a"), line(3, "b")]})]}).remedy == "Remove lines 2, 3: the lines that win name the same owners."
}

test_lint_shadows_of_several_kinds if {
	f := lint_only({"shadowed": [shadow({}), shadow({"lines": [line(3, "b"), line(4, "c")], "by": line(8, "d"), "partly": true, "below": 8})], "more_shadowed": 1})
	f.line == 2
	f.message == concat("", [
		"4 lines never win: line 2 \"/api/\" (all its files are taken by line 9 \"*\" further down); ",
		"line 3 \"b\", line 4 \"c\" (all their files are taken by line 8 \"d\" further down); and 1 more.",
	])
	f.remedy == "Move line 2 below line 9, or remove it. Move lines 3, 4 below line 8, or remove them."
}

line(n, pattern) := {"line": n, "pattern": pattern}

# Each rule says all its places in one finding, ten of them by name.
test_lint_one_finding if {
	some n in [2, 30]
	every key, c in {
		"invalid": {"rule": "ownership/codeowners-syntax", "what": "lines are invalid", "at": {"line": 4, "column": 2, "kind": "K", "source": "`\u202e", "message": "m", "suggestion": "s"}},
		"owners": {"rule": "ownership/codeowners-owner", "what": "owners cannot approve", "at": lint_owner("missing", true)},
		"unmatched": {"rule": "ownership/codeowners-unmatched", "what": "lines match no file", "at": line(7, "/x/*")},
		"shadowed": {"rule": "ownership/codeowners-shadowed", "what": "lines never win", "at": shadow({})},
	} {
		f := lint_only({key: [c.at | some _ in numbers.range(1, n)], sprintf("more_%s", [key]): 5})
		f.rule == c.rule
		startswith(f.message, sprintf("%d %s", [n + 5, c.what]))
		contains(f.message, sprintf("; and %d more.", [(n + 5) - min([n, 10])]))
	}
}

test_lint_removed if {
	f := lint_only({"state": "removed"})
	f.rule == "ownership/codeowners-removed"
	contains(f.message, "takes .github/CODEOWNERS away")
}

test_lint_removal_that_is_announced if {
	count(ownership.deny) == 0 with input as lint({"state": "removed", "announced": true})
}

package lintel.ownership_test

import data.lintel.ownership

# facts is a change that nobody objects to; over replaces parts of it.
facts(over) := object.union(
	{
		"file": {"state": "present", "path": "CODEOWNERS", "ref": "main", "sha": "b1", "reason": "", "rules": 3, "invalid": 0},
		"files": {"changed": 1, "owned": 1, "approved": 1, "waived": 0, "pending": 0, "unowned": 0, "unmatched": 0},
		"head": "def5678def5678", "author": "ann", "reviews": {"complete": true, "reason": "", "asked": true},
		"approvers": [], "more_approvers": 0,
		"groups": [], "more_groups": 0,
		"unowned": {"count": 0, "examples": []}, "unmatched": {"count": 0, "examples": []},
		"unblock": {"people": [], "more": 0, "smallest": true, "stuck": 0},
		"changes_requested": [], "more_changes_requested": 0, "skipped": [], "forms": [], "left": {"count": 0, "examples": []}, "ineligible": [], "more_ineligible": 0, "lint": null,
	},
	over,
)

world(over) := {
	"ownership": facts(over), "change": {"kind": "pull_request"},
	"settings": {"ownership": {"require_owners": false, "sole_owner": "block", "fallback_team": "", "keep_approvals": true}},
}

owner(name, state, reason) := {"name": name, "kind": "user", "state": state, "reason": reason, "people": 1, "assumed": false}

group(over) := object.union(
	{
		"key": "@bob", "status": "pending", "owners": [owner("@bob", "eligible", "")], "more_owners": 0,
		"lines": [{"line": 3, "pattern": "/api/"}], "more_lines": 0,
		"files": {"count": 1, "examples": ["api/a.go"]}, "waiting": {"count": 1, "examples": ["api/a.go"]},
		"approvals": [], "void": [], "more_void": 0, "sole_author": false, "fallback": "",
		"candidates": ["bob"], "more_candidates": 0, "reason": "", "unplaced": [],
	},
	over,
)

void(why, over) := object.union(
	{
		"login": "bob", "commit": "abc1234abc1234", "why": why, "detail": "", "files": {"count": 1, "examples": ["api/a.go"]},
		"since": {"commits": 2, "rewritten": false, "last": "def5678def5678", "subject": "fix: x"},
	},
	over,
)

# only is the one finding of a change with these facts.
only(over) := finding if {
	found := ownership.deny with input as world(over)
	count(found) == 1
	some finding in found
}

message(over) := only(over).message

remedy(over) := only(over).remedy

test_nothing_to_say if {
	count(ownership.deny) == 0 with input as world({"groups": [group({"status": "approved"}), group({"status": "waived"})]})
	count(ownership.abstain) == 0 with input as world({})
}

test_no_facts_no_findings if {
	count(ownership.deny) == 0 with input as {}
}

test_approval_pending if {
	finding := only({"groups": [group({})], "unblock": {"people": ["bob"], "more": 0, "smallest": true, "stuck": 0}})
	finding.rule == "ownership/approval"
	finding.subject == "@bob"
	finding.message == "1 file needs an approval by @bob (CODEOWNERS line 3 \"/api/\"): api/a.go."
	finding.remedy == "Ask bob for a review."
}

test_approval_many if {
	f := only({"groups": [group({
		"owners": [owner("@acme/api", "eligible", ""), owner("@ghost", "missing", "there is no such user")], "more_owners": 2,
		"lines": [{"line": n, "pattern": "x"} | some n in [1, 2, 3, 4, 5]], "more_lines": 4,
		"files": {"count": 12, "examples": ["a", "b"]}, "waiting": {"count": 9, "examples": ["a", "b"]},
		"approvals": [{"login": "kim", "commit": "h", "current": true, "files": 3, "assumed": false}],
		"candidates": ["bob", "carol", "dora", "emil", "fay"], "more_candidates": 7,
	})]})
	f.message == concat("", [
		"9 files need an approval by one of @acme/api, @ghost and 2 more (CODEOWNERS line 1 \"x\", line 2 \"x\", line 3 \"x\" and 6 more): a, b and 7 more.",
		" Approved already: 3 of 12 files, by kim. Not counted among the owners: @ghost, since there is no such user.",
	])
	f.remedy == "Ask bob (or carol, dora, emil and 8 more) for a review."
}

test_smallest_set if {
	found := ownership.deny with input as world({
		"groups": [group({"candidates": ["carol", "bob"]}), group({"key": "@z", "candidates": ["zoe"]})],
		"unblock": {"people": ["bob", "zoe"], "more": 1, "smallest": true, "stuck": 0},
	})
	{f.remedy | some f in found} == {
		"Ask bob (or carol) for a review. The smallest set of people who can approve the whole change: bob, zoe and 1 more.",
		"Ask zoe for a review. The smallest set of people who can approve the whole change: bob, zoe and 1 more.",
	}
}

test_smallest_set_is_honest if {
	found := ownership.deny with input as world({
		"groups": [group({}), group({"key": "@z"})],
		"unblock": {"people": ["bob"], "more": 0, "smallest": false, "stuck": 1},
	})
	every f in found {
		endswith(f.remedy, "A small set of people who can approve all that a review can unblock: bob.")
	}
}

test_more_groups if {
	found := ownership.deny with input as world({"groups": [group({})], "more_groups": 7})
	some f in found
	f.subject == "more"
	contains(f.message, "7 more sets of owners")
}

test_more_groups_that_are_settled if {
	count(ownership.deny) == 0 with input as world({"groups": [group({"status": "approved"})], "more_groups": 7})
}

voids := {
	"changed": "bob approved abc1234, but api/a.go changed since (2 later commits, the last def5678 \"fix: x\").",
	"not_in_diff": "bob approved abc1234; api/a.go came into the change after that (2 later commits, the last def5678 \"fix: x\").",
	"opaque": "bob approved abc1234; whether api/a.go is still the same cannot be told, as its content is not known (2 later commits, the last def5678 \"fix: x\").",
	"gone": "bob approved abc1234, but that cannot be compared with what is here now: no such commit.",
	"older_head": concat("", [
		"bob approved abc1234, which is not the head any more (2 later commits, the last def5678 \"fix: x\");",
		" the settings count approvals of the head alone (ownership.keep_approvals).",
	]),
	"cannot_push": "bob approved without write access to the repository, which does not count.",
	"push_unread": "bob approved, but it could not be read whether bob may push: no such commit.",
	"author": "bob is the author, whose own approval does not count.",
	"dismissed": "The last review of bob was dismissed.",
	"something_new": "The approval of bob does not count (something_new).",
}

test_every_void_is_explained if {
	every why, text in voids {
		endswith(message({"groups": [group({"void": [void(why, {"detail": "no such commit"})]})]}), text)
	}
}

test_old_approval_asks_again if {
	every why in ["changed", "not_in_diff", "opaque", "gone", "older_head"] {
		remedy({"groups": [group({"void": [void(why, {})]})]}) == "Ask bob for a review of what is here now."
	}
	remedy({"groups": [group({"void": [void("dismissed", {})]})]}) == "Ask bob for a review."
}

test_which_push if {
	endswith(
		message({"groups": [group({"void": [void("changed", {"since": {"commits": 1, "rewritten": false, "last": "fff0000fff", "subject": "fix: y"}})]})]}),
		"changed since (1 later commit: fff0000 \"fix: y\").",
	)
	endswith(
		message({"groups": [group({"void": [void("changed", {"since": {"commits": 0, "rewritten": true, "last": "", "subject": ""}})]})]}),
		"changed since (the history was rewritten; the head is now def5678).",
	)
	endswith(
		message({"groups": [group({"void": [void("changed", {"since": {"commits": 0, "rewritten": false, "last": "", "subject": ""}})]})]}),
		"changed since.",
	)
}

test_push_is_told_once if {
	text := message({"groups": [group({"void": [void("changed", {}), void("not_in_diff", {}), void("changed", {"login": "kim"})]})]})
	count(indexof_n(text, "2 later commits")) == 2
}

test_more_voids if {
	four := [void("dismissed", {"login": login}) | some login in ["a", "b", "c", "d"]]
	endswith(message({"groups": [group({"void": four})]}), "1 more approval does not count.")
	endswith(message({"groups": [group({"void": four, "more_void": 2})]}), "3 more approvals do not count.")
}

test_gone_without_commit if {
	contains(message({"groups": [group({"void": [void("gone", {"commit": "", "detail": "unknown"})]})]}), "bob approved, but that cannot be compared")
}

test_sole_author if {
	f := only({"groups": [group({"status": "sole", "sole_author": true, "candidates": []})]})
	f.rule == "ownership/approval"
	contains(f.message, "Nobody can approve api/a.go (CODEOWNERS line 3 \"/api/\"): the author ann is the only owner")
	contains(f.remedy, "Add a second owner to line 3 of CODEOWNERS on main")
	contains(f.remedy, "ownership.sole_owner \"waive\"")
}

test_fallback_pending if {
	contains(
		message({"groups": [group({"sole_author": true, "fallback": "@acme/leads", "candidates": ["zed"]})]}),
		"an approval by @acme/leads (which stands in, since the author is the only owner)",
	)
}

test_fallback_unusable if {
	f := only({"groups": [group({"status": "undecidable", "fallback": "@acme/leads", "reason": "the team has no members", "candidates": []})]})
	contains(f.message, "the fallback team @acme/leads cannot stand in: the team has no members")
	contains(f.remedy, "ownership.fallback_team")
}

undecided := group({
	"status": "undecidable", "owners": [owner("@acme/api", "unread", "timeout")], "reason": "the team could not be read: timeout",
	"candidates": [], "unplaced": ["bob"],
})

test_undecidable if {
	f := only({"groups": [undecided]})
	contains(f.message, "It cannot be told who may approve api/a.go")
	contains(f.message, "the team could not be read: timeout. bob approved the head, but it is not known whether that is an owner.")
	contains(f.remedy, "Members: read")
}

test_undecidable_on_a_laptop if {
	found := ownership.deny with input as object.union(world({"groups": [undecided]}), {"change": {"kind": "local"}})
	some f in found
	contains(f.remedy, "--teams FILE")
}

test_hostile_text_stays_text if {
	f := only({"groups": [group({"waiting": {"count": 1, "examples": ["%s%d](http://x) `@all`\n# x"]}, "lines": [{"line": 1, "pattern": "%v"}]})]})
	contains(f.message, "%s%d](http://x) `@all`\n# x")
	contains(f.message, "\"%v\"")
}

objection := {
	"login": "Bob", "commit": "abc1234abc", "current": false, "owners": ["@acme/api", "@bob"], "files": {"count": 7, "examples": ["a", "b"]},
}

test_changes_requested if {
	f := only({"changes_requested": [objection]})
	f.rule == "ownership/changes-requested"
	f.subject == "bob"
	f.message == concat("", [
		"Bob asked for changes at abc1234 (the head is now def5678), as an owner (@acme/api, @bob) of 7 files (a, b and 5 more).",
		" The request stands until Bob approves or it is dismissed.",
	])
}

test_changes_requested_at_head if {
	startswith(message({"changes_requested": [object.union(objection, {"current": true})]}), "Bob asked for changes at abc1234, as")
	startswith(message({"changes_requested": [object.union(objection, {"current": true, "commit": ""})]}), "Bob asked for changes, as")
}

test_more_changes_requested if {
	message({"more_changes_requested": 3}) == "3 more owners ask for changes."
}

test_reviews_unread if {
	f := only({"reviews": {"complete": false, "reason": "HTTP 502"}})
	f.rule == "ownership/changes-requested"
	contains(f.message, "HTTP 502")
}

test_reviews_unread_and_nothing_owned if {
	count(ownership.deny) == 0 with input as world({"reviews": {"complete": false, "reason": "HTTP 502"}, "files": {"owned": 0}})
}

test_unavailable if {
	f := only({"file": {"state": "unavailable", "reason": "HTTP 502", "ref": ""}})
	f.rule == "ownership/unavailable"
	f.path == "CODEOWNERS"
	contains(f.message, "on the base branch cannot be used: HTTP 502.")
	startswith(f.remedy, "Ask for the check again")
}

test_too_large if {
	startswith(remedy({"file": {"state": "unavailable", "reason": "CODEOWNERS has 3 MB or more"}}), "Make the file smaller than 3 MB on main")
}

test_absent_passes if {
	count(ownership.deny) == 0 with input as world({"file": {"state": "absent", "path": ""}, "unmatched": {"count": 1, "examples": ["a"]}})
}

test_nobody if {
	f := only({"groups": [group({"status": "nobody", "owners": [owner("@ghost", "missing", "there is no such user")], "candidates": []})]})
	f.rule == "ownership/unresolvable-owner"
	f.message == "No owner of api/a.go (CODEOWNERS line 3 \"/api/\") can approve: @ghost (there is no such user)."
	contains(f.remedy, "Correct line 3 of CODEOWNERS on main")
}

ineligible(state, alone) := object.union(owner("@Ghost", state, "so it is"), {
	"alone": alone, "lines": [{"line": 1, "pattern": "a"}, {"line": 2, "pattern": "b"}], "files": {"count": 2, "examples": ["x", "y"]},
})

test_ineligible if {
	f := only({"ineligible": [ineligible("missing", false)]})
	f.rule == "ownership/ineligible-owner"
	f.subject == "owners"
	f.message == "@Ghost, an owner of 2 files (x, y) (CODEOWNERS line 1 \"a\", line 2 \"b\"), cannot approve: so it is."
	f.remedy == "Take @Ghost out of lines 1, 2 of CODEOWNERS on main, or give it write access."
}

test_ineligible_remedies if {
	startswith(remedy({"ineligible": [ineligible("empty", false)]}), "Add members")
	startswith(remedy({"ineligible": [ineligible("unresolved", false)]}), "Write @login")
	startswith(remedy({"ineligible": [ineligible("unread", false)]}), "Nothing needs to be done")
}

test_ineligible_owners_in_one_finding if {
	some n in [2, 30]
	f := only({"ineligible": [ineligible("missing", false) | some _ in numbers.range(1, n)], "more_ineligible": 4})
	startswith(f.message, sprintf("%d owners of changed files cannot approve: @Ghost, an owner of 2 files (x, y) (CODEOWNERS line 1 ", [n + 4]))
	endswith(f.message, sprintf(", since so it is; and %d more.", [(n + 4) - min([n, 10])]))
	f.remedy == "Take @Ghost out of lines 1, 2 of CODEOWNERS on main, or give it write access."
}

test_ineligible_hostile if {
	contains(message({"ineligible": [object.union(ineligible("missing", false), {"name": "@`x`\n\u202e"})]}), "@`x`\n\u202e, an owner of")
}

test_ineligible_told_by_the_group if {
	count(ownership.deny) == 0 with input as world({"ineligible": [ineligible("missing", true)]})
}

require_owners(over) := object.union(world(over), {"settings": {"ownership": {"require_owners": true}}})

test_unowned if {
	found := ownership.deny with input as require_owners({"unmatched": {"count": 1, "examples": ["tools/new.sh"]}})
	some f in found
	f.rule == "ownership/unowned"
	f.message == "CODEOWNERS on main has no line for tools/new.sh."
}

test_unowned_without_a_file if {
	found := ownership.deny with input as require_owners({"file": {"state": "absent", "path": ""}, "unmatched": {"count": 1, "examples": ["a"]}})
	some f in found
	f.message == "There is no CODEOWNERS file on main, so nobody owns a."
	contains(f.remedy, ".github/CODEOWNERS")
}

test_unowned_not_asked_for if {
	count(ownership.deny) == 0 with input as world({"unmatched": {"count": 1, "examples": ["a"]}})
}

test_explicitly_unowned_is_owned_enough if {
	count(ownership.deny) == 0 with input as require_owners({"unowned": {"count": 3, "examples": ["gen/a"]}})
}

approved_by(login, assumed) := group({
	"key": login, "status": "approved",
	"approvals": [{"login": login, "commit": "h", "current": true, "files": 1, "assumed": assumed}],
})

test_assumed_approval if {
	f := only({"groups": [approved_by("zoe", true), approved_by("bob", true), approved_by("ann", false)]})
	f.rule == "ownership/assumed-approval"
	contains(f.message, "count on trust: bob, zoe.")
}

test_known_approval if {
	count(ownership.deny) == 0 with input as world({"groups": [approved_by("bob", false)]})
}

unasked_world(over) := world(object.union(
	{
		"reviews": {"complete": false, "reason": "no forge was asked who has approved", "asked": false},
		"groups": [group({"unasked": true})],
		"unblock": {"people": ["bob"], "teams": ["@acme/web"], "more": 0, "smallest": true, "stuck": 0},
	},
	over,
))

test_unasked_reviews_refuse_nothing if {
	count(ownership.deny) == 0 with input as unasked_world({})
	said := {a.rule: a.reason | some a in ownership.abstain} with input as unasked_world({})
	said["ownership/approval"] == concat("", [
		"Who has approved is not known here. 1 file needs an owner's approval:",
		" ask bob and a member of @acme/web, the fewest who can approve all of it.",
	])
	said["ownership/changes-requested"] == "Who has asked for changes is not known here."
}

test_unasked_nobody_to_name if {
	over := {"groups": [group({"unasked": true, "status": "undecidable"})], "unblock": {"people": [], "teams": [], "more": 0, "smallest": true, "stuck": 1}}
	some a in ownership.abstain with input as unasked_world(over)
	a.rule == "ownership/approval"
	contains(a.reason, "1 file needs an owner's approval (@bob).")
}

test_unasked_sole_author if {
	some a in ownership.abstain with input as unasked_world({"groups": [group({"unasked": true, "status": "sole"})]})
	contains(a.reason, "The author ann is the only owner of api/a.go")
}

test_unasked_team if {
	over := {"groups": [object.union(undecided, {"unasked": true})]}
	count(ownership.deny) == 0 with input as world(over)
	some a in ownership.abstain with input as world(over)
	a.rule == "ownership/approval"
	contains(a.reason, "@acme/api, timeout")
	contains(a.reason, "Members: read")
	contains(a.reason, "bob approved the head")
}

test_asked_and_pending_is_refused if {
	only({"groups": [group({"unasked": false})]}).rule == "ownership/approval"
}

needs(over) := {"needs": object.union({"approvals": 1, "each": false, "more": 1, "owners": [], "exempt": ""}, over)}

test_two_approvals if {
	f := only({
		"groups": [group(object.union(needs({"approvals": 2}), {
			"approvals": [{"login": "kim", "commit": "h", "current": true, "files": 1, "assumed": false}],
			"candidates": ["bob", "carol"],
		}))],
		"unblock": {"people": ["bob"], "more": 0, "smallest": true, "stuck": 0},
	})
	f.message == "1 file needs 2 approvals by @bob (CODEOWNERS line 3 \"/api/\"): api/a.go. Approved already by kim. Missing: 1 more."
	f.remedy == "Ask bob for a review."
}

test_each_owner if {
	f := only({
		"groups": [group(object.union(needs({"each": true, "owners": ["@acme/api"]}), {
			"owners": [owner("@bob", "eligible", ""), owner("@acme/api", "eligible", "")], "candidates": ["carol", "dora"],
		}))],
		"unblock": {"people": ["carol", "dora"], "more": 0, "smallest": true, "stuck": 0},
	})
	contains(f.message, "1 file needs an approval by each of @bob, @acme/api (")
	endswith(f.message, "Missing: 1 more; an approval by @acme/api.")
	f.remedy == "Ask carol and dora for a review."
}

test_short if {
	f := only({"groups": [group(object.union(needs({"approvals": 3, "more": 2}), {"status": "short"}))]})
	f.rule == "ownership/approval"
	contains(f.message, "needs 3 approvals by @bob")
	contains(f.message, "no review can unblock this")
	contains(f.remedy, "ownership.approvals")
}

test_exempt if {
	f := only({"groups": [group(object.union(needs({"exempt": "the label emergency"}), {"status": "exempt"}))]})
	f.rule == "ownership/exempt"
	f.message == "1 file passes without an owner's approval by the label emergency: api/a.go."
}

test_pusher_voids if {
	endswith(message({"groups": [group({"void": [void("pushed", {})]})]}), "bob approved and wrote a commit of this change; the settings do not count that (ownership.count_pushers).")
	contains(message({"groups": [group({"void": [void("commits_unread", {})]})]}), "not all commits are known")
}

test_skipped_line if {
	f := only({
		"skipped": [{
			"line": 2, "column": 8, "kind": "Invalid owner", "source": "@bad!", "pattern": "/docs/", "message": "this is not a name", "suggestion": "write @user",
			"files": {"count": 1, "examples": ["docs/%s"]},
		}],
		"more_skipped": 0,
	})
	f.rule == "ownership/skipped-line"
	contains(f.message, "line 2 takes docs/%s, but \"@bad!\" cannot be read: this is not a name.")
	f.remedy == "Correct line 2 of CODEOWNERS on main: write @user."
}

test_left_owners if {
	f := only({"left": {"count": 1, "examples": ["src/memory-git.ts"]}})
	f.rule == "ownership/left-owners"
	startswith(f.message, "src/memory-git.ts had owners under the old name")
}

form_line(over) := object.union(
	{
		"line": 3, "pattern": "/café.md", "spelled": `"/caf\u00e9.md"`, "form": "composed", "name": `"cafe\u0301.md"`, "name_form": "decomposed",
		"files": {"count": 1, "examples": ["café.md"]}, "owners": ["@ann"],
	},
	over,
)

test_other_form if {
	f := only({"forms": [form_line({})], "more_forms": 0})
	f.rule == "ownership/other-form"
	f.message == concat("", [
		"GitHub compares names byte by byte, so lines of CODEOWNERS on main miss files that look like theirs: line 3 \"/café.md\" (@ann) looks as if it took ",
		`café.md, but it is written composed ("/caf\u00e9.md") and the name decomposed ("cafe\u0301.md").`,
	])
	startswith(f.remedy, "Copy the name as 'git ls-files -z' prints it into line 3")
	startswith(only({"forms": [form_line({"name_form": "composed", "form": "decomposed"})], "more_forms": 0}).remedy, "Write line 3 of CODEOWNERS on main anew")
	many := only({"forms": [form_line({"pattern": "`\n\u202e", "owners": []}) | some _ in numbers.range(1, 10)], "more_forms": 2})
	endswith(many.message, "; and 9 more.")
}

test_left_lines if {
	left := {"left": {"count": 1, "examples": ["b.ts"]}, "left_lines": [{"line": 3, "pattern": "/a`.ts", "empty": true}]}
	f := only(left)
	f.message == concat("", [
		"b.ts had owners under the old name (CODEOWNERS line 3 \"/a`.ts\"); no line of CODEOWNERS on main matches the new one, ",
		"so after the merge nobody owns it. Line 3 matches no file any more.",
	])
	f.remedy == "Write the new name in line 3 of CODEOWNERS in this change."
	g := only({"left": left.left, "left_lines": [{"line": 3, "pattern": "/src/", "empty": false}]})
	endswith(g.message, "nobody owns it.")
	g.remedy == "Add a line for the new name to CODEOWNERS in this change."
}

waived_needs(over) := object.union(
	{"approvals": 1, "each": false, "teams": 1, "more": 1, "more_teams": 0, "owners": [], "exempt": "", "waiver": ""},
	over,
)

test_broken_waiver if {
	f := only({"groups": [group({"needs": waived_needs({"waiver": "commit abc1234 is by `x`\n@all"})})]})
	f.rule == "ownership/approval"
	endswith(f.message, "(ownership.waive), but not here: commit abc1234 is by `x`\n@all.")
	every status in ["pending", "short", "undecidable"] {
		contains(message({"groups": [group({"status": status, "needs": waived_needs({"waiver": "a reason"})})]}), "a reason")
	}
}

test_waiver_that_holds if {
	f := only({"groups": [group({"status": "exempt", "needs": waived_needs({"exempt": "ownership.waive for d[bot]"})})]})
	f.rule == "ownership/exempt"
	f.message == "1 file passes without an owner's approval by ownership.waive for d[bot]: api/a.go."
	endswith(f.remedy, "change ownership.waive on the base branch.")
}

test_broken_waiver_where_nobody_was_asked if {
	reasons := ownership.abstain with input as world({
		"groups": [group({"unasked": true, "needs": waived_needs({"waiver": "a reason"})})],
		"reviews": {"complete": false, "asked": false, "reason": "no forge was asked"},
	})
	some a in reasons
	a.rule == "ownership/approval"
	endswith(a.reason, "but not here: a reason.")
}

test_different_owners if {
	g := group({
		"owners": [owner("@acme/api", "eligible", ""), owner("@acme/web", "eligible", "")], "candidates": ["bob", "dora"],
		"needs": waived_needs({"approvals": 2, "teams": 2, "more": 1, "more_teams": 1}),
	})
	f := only({"groups": [g], "unblock": {"people": ["dora"], "more": 0, "smallest": true, "stuck": 0}})
	contains(f.message, "needs 2 approvals by one of @acme/api, @acme/web, by people of 2 different owners of the line (CODEOWNERS line 3")
	contains(f.message, "Missing: 1 more; somebody who speaks for 1 more of the owners; who is in two teams speaks for one.")
	f.remedy == "Ask dora for a review."
	contains(message({"groups": [object.union(g, {"status": "short"})]}), "do not stand behind 2 different owners of the line")
}

risky(level, needed, over) := object.union(world(over), {
	"risk": {"level": level, "score": 14, "reasons": [{"text": "640 new lines"}, {"text": "1 migration of stored data"}]},
	"settings": {"ownership": {"by_risk": needed}},
})

approver(login) := {"login": login, "assumed": false}

test_by_risk_too_few if {
	deny := ownership.deny with input as risky("high", {"medium": 0, "high": 2}, {"approvers": [approver("bob")]})
	some finding in deny
	count(deny) == 1
	finding.rule == "ownership/by-risk"
	finding.message == concat(" ", [
		"This change is of high risk (score 14: 640 new lines; 1 migration of stored data) and needs 2 approvals;",
		"it has 1 approval as it is now: bob.",
	])
	finding.remedy == concat(" ", [
		"Ask 1 more person with write access for a review of the change as it is now,",
		"or split it so that less is at stake at once.",
	])
}

test_by_risk_nobody_and_unread if {
	deny := ownership.deny with input as risky("medium", {"medium": 1, "high": 2}, {"reviews": {
		"complete": false,
		"reason": "a page is missing",
		"asked": true,
	}})
	some finding in deny
	finding.rule == "ownership/by-risk"
	contains(finding.message, "needs 1 approval; nobody approves it as it is now. Not all reviews could be read (a page is missing)")
}

test_by_risk_enough if {
	count(ownership.deny) == 0 with input as risky("high", {"medium": 0, "high": 2}, {"approvers": [approver("bob"), approver("eve")]})
	count(ownership.deny) == 0 with input as risky("low", {"medium": 1, "high": 2}, {})
	count(ownership.deny) == 0 with input as risky("medium", {"medium": 0, "high": 2}, {})
}

test_by_risk_nobody_asked if {
	w := risky("high", {"medium": 0, "high": 2}, {
		"reviews": {"complete": false, "reason": "nobody was asked", "asked": false},
		"files": {"owned": 0},
	})
	count(ownership.deny) == 0 with input as w
	ownership.abstain == {{"rule": "ownership/by-risk", "reason": "Who has approved is not known here."}} with input as w
}

package lintel.commits_test

import data.lintel.commits

lists := [
	"header", "title", "type", "scope", "subject", "subject_case",
	"header_length", "body", "unfinished", "sign_off", "ticket", "invisible",
]

clean := {
	"judged": "commits", "because": "the repository allows merging without a squash",
	"title_wanted": false, "title_known": true, "total": 2, "listed": 2, "complete": true,
	"style": "conventional", "landing_known": true, "habits": [], "types": ["build", "feat", "fix"],
	"commits_needed": true, "unread": [], "ticket_abstains": false,
	"problems": {name: [] | some name in lists},
}

settings := {"commits": {
	"types": ["build", "feat", "fix"], "scopes": [], "tickets": ["PROJ"], "remediation": false,
}}

facts(values) := {
	"change": {"merge_base": "0123456789abcdef0123456789abcdef01234567"},
	"settings": settings,
	"commits": object.union(clean, values),
}

# with_problem is the facts with one problem in one list.
with_problem(list, values) := facts({"problems": {list: [problem(values)]}})

problem(values) := object.union(
	{
		"where": "commit", "sha": "abcdef0123456789", "last": true, "header": "feat: x", "kind": "",
		"got": "", "want": "", "line": 0, "count": 0, "limit": 0,
	},
	values,
)

hostile := "feat: <b>@team</b> `x` %s %d \"quoted\" [x](y)"

# said is true when the one finding is of the rule, and its message and remedy hold the texts.
said(deny, rule, message, remedy) if {
	count(deny) == 1
	some finding in deny
	finding.rule == rule
	contains(finding.message, message)
	contains(finding.remedy, remedy)
	finding.subject != ""
	not contains(finding.message, "%!")
	not contains(finding.remedy, "%!")
}

test_clean if {
	count(commits.deny) == 0 with input as facts({})
	count(commits.abstain) == 0 with input as facts({})
}

# Every rule: it fires, and hostile text stays what it is.
test_fires[name] if {
	some name, c in {
		"header": {"list": "header", "kind": "no_type", "rule": "commits/header", "message": "does not begin with a type"},
		"title": {"list": "title", "kind": "no_type", "rule": "commits/title", "message": "does not begin with a type"},
		"type case": {"list": "type", "kind": "case", "rule": "commits/type", "message": "must be lower case"},
		"type": {"list": "type", "kind": "unknown", "rule": "commits/type", "message": "not one of build, feat, fix"},
		"scope missing": {"list": "scope", "kind": "missing", "rule": "commits/scope", "message": "has no scope"},
		"scope padded": {"list": "scope", "kind": "padded", "rule": "commits/scope", "message": "spaces around"},
		"scope": {"list": "scope", "kind": "unknown", "rule": "commits/scope", "message": "not listed"},
		"full stop": {"list": "subject", "kind": "full_stop", "rule": "commits/subject", "message": "full stop"},
		"case": {"list": "subject_case", "kind": "case", "rule": "commits/subject-case", "message": "wanted is"},
		"length": {"list": "header_length", "kind": "length", "rule": "commits/header-length", "message": "characters in its header"},
		"body glued": {"list": "body", "kind": "body_glued", "rule": "commits/body", "message": "blank line must stand between"},
		"footer glued": {"list": "body", "kind": "footer_glued", "rule": "commits/body", "message": "glued"},
		"breaking": {"list": "body", "kind": "breaking_form", "rule": "commits/body", "message": "BREAKING CHANGE: "},
		"body line": {"list": "body", "kind": "body_line", "rule": "commits/body", "message": "in the body"},
		"footer line": {"list": "body", "kind": "footer_line", "rule": "commits/body", "message": "in the footers"},
		"fixup": {"list": "unfinished", "kind": "fixup", "rule": "commits/fixup", "message": "folded"},
		"wip": {"list": "unfinished", "kind": "wip", "rule": "commits/fixup", "message": "not finished"},
		"draft": {"list": "unfinished", "kind": "draft", "rule": "commits/fixup", "message": "not finished"},
		"sign-off missing": {"list": "sign_off", "kind": "missing", "rule": "commits/sign-off", "message": "has no sign-off"},
		"sign-off of another": {"list": "sign_off", "kind": "mismatch", "rule": "commits/sign-off", "message": "neither its author"},
		"email": {"list": "sign_off", "kind": "email", "rule": "commits/sign-off", "message": "not a valid address"},
		"ticket": {"list": "ticket", "kind": "commit", "rule": "commits/ticket", "message": "such as PROJ-12"},
		"invisible": {"list": "invisible", "kind": "bidi", "rule": "commits/invisible", "message": "reverses the order"},
	}
	values := {"kind": c.kind, "header": hostile, "got": hostile, "want": hostile}
	said(commits.deny, c.rule, c.message, "") with input as with_problem(c.list, values)
	some finding in commits.deny with input as with_problem(c.list, values)
	contains(finding.message, hostile)
	finding.remedy != ""
}

test_every_header_fault_has_words if {
	kinds := [
		"empty", "leading_space", "no_type", "no_colon", "no_space", "space_before", "two_spaces",
		"empty_scope", "scope_form", "bang_before_scope", "empty_subject", "emoji", "wide_colon", "bad_type",
	]
	every kind in kinds {
		some finding in commits.deny with input as with_problem("header", {"kind": kind})
		not contains(finding.message, sprintf("header: %s.", [kind]))
	}
}

test_header_shows_what_is_wanted if {
	said(commits.deny, "commits/header", "Wanted: \"feat: x\".", "git commit --amend") with input as with_problem(
		"header",
		{"kind": "no_space", "header": "feat:x", "want": "feat: x"},
	)
}

test_header_example_uses_the_types if {
	values := {"commits": {"types": ["add"]}}
	said(commits.deny, "commits/header", "as in \"add: add a coupon field\"", "") with input as object.union(
		with_problem("header", {"kind": "no_type"}),
		values,
	)
}

test_empty_message_is_named_by_its_sha if {
	said(commits.deny, "commits/header", "Commit abcdef0 is not", "") with input as with_problem("header", {"kind": "empty", "header": ""})
}

test_older_commit_is_reworded_by_rebase if {
	said(commits.deny, "commits/header", "", "git rebase -i 0123456789ab\"") with input as with_problem(
		"header",
		{"kind": "no_type", "last": false},
	)
}

test_rebase_without_merge_base if {
	said(commits.deny, "commits/header", "", "the commit your branch started from") with input as object.union(
		with_problem("header", {"kind": "no_type", "last": false}),
		{"change": {"merge_base": ""}},
	)
}

test_title_says_why_and_how if {
	values := {
		"because": "squash is the only way to merge",
		"problems": {"title": [problem({"where": "title", "sha": "", "kind": "no_space", "header": "feat:x", "want": "feat: x"})]},
	}
	said(commits.deny, "commits/title", "because squash is the only way to merge.", "for example to \"feat: x\"") with input as facts(values)
}

test_title_type if {
	values := {"where": "title", "sha": "", "kind": "unknown", "header": "feature: x", "got": "feature", "want": "feat"}
	said(commits.deny, "commits/type", "Did you mean \"feat\"?", "Edit the title") with input as with_problem("type", values)
}

test_both_says_so if {
	values := {"judged": "both", "because": "the repository's merge settings are hidden", "problems": {"type": [problem({"kind": "unknown"})]}}
	said(commits.deny, "commits/type", "both judged because the repository's merge settings are hidden.", "") with input as facts(values)
}

test_title_unknown_abstains if {
	some a in commits.abstain with input as facts({"title_wanted": true, "title_known": false})
	a.rule == "commits/title"
	contains(a.reason, "not known")
	count(commits.deny) == 0 with input as facts({"title_wanted": true, "title_known": false})
}

test_title_known_does_not_abstain if {
	count(commits.abstain) == 0 with input as facts({"title_wanted": true, "title_known": true})
}

test_complete_list_nobody_needs_does_not_abstain if {
	count(commits.abstain) == 0 with input as facts({"complete": true, "commits_needed": false})
}

test_header_example_prefers_feat if {
	said(commits.deny, "commits/header", "as in \"feat: add a coupon field\"", "") with input as with_problem("header", {"kind": "no_type"})
}

test_title_not_wanted_does_not_abstain if {
	count(commits.abstain) == 0 with input as facts({"title_wanted": false, "title_known": false})
}

test_scopes_are_listed if {
	values := {"settings": {"commits": {"scopes": ["api", "cart"]}}}
	said(commits.deny, "commits/scope", "Allowed: api, cart. Did you mean \"cart\"?", "") with input as object.union(
		with_problem("scope", {"kind": "unknown", "got": "crat", "want": "cart"}),
		values,
	)
}

test_length_counts if {
	said(commits.deny, "commits/header-length", "118 characters in its header, 18 more than the 100 allowed", "") with input as with_problem(
		"header_length",
		{"kind": "length", "count": 118, "limit": 100},
	)
}

test_lines_are_counted if {
	said(commits.deny, "commits/body", "line 5 has 159 characters in the body, more than the 100 allowed.", "") with input as with_problem("body", long_lines(1))
	said(commits.deny, "commits/body", "allowed, and so has 1 more line.", "") with input as with_problem("body", long_lines(2))
	said(commits.deny, "commits/body", "allowed, and so have 3 more lines.", "") with input as with_problem("body", long_lines(4))
}

long_lines(n) := {"kind": "body_line", "line": 5, "got": "159", "count": n, "limit": 100}

test_more_counts_the_rest if {
	values := {"where": "more", "sha": "", "header": "", "last": false, "count": 7}
	every list, kind in {"header": "no_type", "body": "body_line", "sign_off": "missing", "ticket": "commit", "unfinished": "wip", "invisible": "bidi"} {
		some finding in commits.deny with input as with_problem(list, object.union(values, {"kind": kind}))
		finding.message == "7 more commits have the same problem."
		finding.remedy != ""
	}
}

test_more_counts_one if {
	values := {"where": "more", "sha": "", "header": "", "last": false, "count": 1, "kind": "email"}
	said(commits.deny, "commits/sign-off", "1 more commit has the same problem.", "--reset-author") with input as with_problem("sign_off", values)
}

test_fixup_is_squashed_by_git if {
	said(commits.deny, "commits/fixup", "fixup!", "git rebase -i --autosquash 0123456789ab") with input as with_problem(
		"unfinished",
		{"kind": "fixup", "got": "fixup!"},
	)
}

test_draft_title if {
	values := {"where": "title", "sha": "", "kind": "draft", "got": "Draft:", "header": "Draft: x"}
	said(commits.deny, "commits/fixup", "Draft:", "out of the title") with input as with_problem("unfinished", values)
}

test_last_commit_is_signed_by_amending if {
	said(commits.deny, "commits/sign-off", "Signed-off-by: Ada <ada@example.org>", "--amend --no-edit --signoff") with input as with_problem(
		"sign_off",
		{"kind": "missing", "want": "Ada <ada@example.org>"},
	)
}

test_older_commit_is_signed_by_rebase if {
	said(commits.deny, "commits/sign-off", "", "git rebase --signoff 0123456789ab") with input as with_problem(
		"sign_off",
		{"kind": "mismatch", "last": false},
	)
}

test_remediation_is_offered_when_allowed if {
	given := with_problem("sign_off", {"kind": "missing", "want": "Ada <ada@example.org>"})
	sentence := "I, Ada <ada@example.org>, hereby add my Signed-off-by to this commit: abcdef0123456789"
	said(commits.deny, "commits/sign-off", "", sentence) with input as object.union(given, {"settings": {"commits": {"remediation": true}}})
	not said(commits.deny, "commits/sign-off", "", "hereby") with input as given
}

test_ticket_anywhere if {
	values := {"where": "change", "sha": "", "kind": "any", "header": "feat: x", "got": "PROJ-7"}
	said(commits.deny, "commits/ticket", "case-sensitive: write PROJ-7", "Edit the title") with input as with_problem("ticket", values)
}

test_ticket_in_title if {
	values := {"where": "title", "sha": "", "kind": "title"}
	said(commits.deny, "commits/ticket", "The title \"feat: x\" names no ticket", "Edit the title") with input as with_problem("ticket", values)
}

test_ticket_abstains_without_title if {
	some a in commits.abstain with input as facts({"ticket_abstains": true})
	a.rule == "commits/ticket"
}

test_incomplete_list_is_refused if {
	values := {"complete": false, "unread": [problem({"where": "change", "sha": "", "header": "", "kind": "list", "got": "the list is cut", "count": 250, "limit": 300})]}
	said(commits.deny, "commits/incomplete", "250 of 300 commits could be read: the list is cut", "split the change") with input as facts(values)
	count(commits.abstain) == 0 with input as facts(values)
}

test_long_message_is_refused if {
	values := {"unread": [problem({"kind": "message", "count": 10485760, "limit": 1048576})]}
	said(commits.deny, "commits/incomplete", "10485760 bytes; only the first 1048576", "--amend") with input as facts(values)
}

test_incomplete_list_nobody_needs if {
	values := {"complete": false, "commits_needed": false, "listed": 250, "total": 300}
	count(commits.deny) == 0 with input as facts(values)
	some a in commits.abstain with input as facts(values)
	a.rule == "commits/invisible"
	contains(a.reason, "250 of 300")
}

test_invisible_says_what_and_where if {
	said(commits.deny, "commits/invisible", "a character of no width (U+200B) in line 3", "by hand") with input as with_problem(
		"invisible",
		{"kind": "zero_width", "got": "U+200B", "line": 3},
	)
}

# A rebase gives new SHAs, and the finding stays the same finding.
test_subject_survives_a_rebase if {
	some a in commits.deny with input as with_problem("header", {"kind": "no_type", "sha": "aaaa"})
	some b in commits.deny with input as with_problem("header", {"kind": "no_type", "sha": "bbbb"})
	a.subject == b.subject
}

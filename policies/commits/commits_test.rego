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
		"invisible": {"list": "invisible", "kind": "bidi", "rule": "commits/invisible", "message": "steers the direction"},
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
		"no_component", "component_space", "no_emoji", "no_ticket", "ticket_case", "other_project", "no_match",
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

# unmade is the problem of a message whose commit is not made yet.
unmade(list, values) := with_problem(list, object.union({"sha": "", "last": false}, values))

test_message_without_a_commit if {
	some f in commits.deny with input as unmade("header", {"kind": "colon", "header": "Wishlist", "want": "feat: wishlist"})
	startswith(f.message, "The message \"Wishlist\" ")
	startswith(f.remedy, "Correct the message: ")
}

test_message_without_a_commit_says_nothing_of_titles if {
	some f in commits.deny with input as object.union(
		unmade("header", {"kind": "colon", "header": "Wishlist"}),
		{"commits": {"landing_known": false, "judged": "commits"}},
	)
	not contains(f.message, "title")
}

test_two_problems_of_a_message if {
	some f in commits.deny with input as facts({"problems": {"body": [
		problem({"sha": "", "kind": "body_glued", "line": 3}),
		problem({"sha": "", "kind": "footer_glued", "line": 4}),
	]}})
	contains(f.message, "the message \"feat: x\"")
	startswith(f.remedy, "Correct the message: ")
}

test_message_without_a_sign_off if {
	some f in commits.deny with input as unmade("sign_off", {"kind": "missing", "want": "Ann <ann@example.com>"})
	startswith(f.remedy, "Commit again with \"git commit --signoff\".")
}

test_message_of_an_author_without_an_address if {
	some f in commits.deny with input as unmade("sign_off", {"kind": "email", "got": "ann"})
	startswith(f.remedy, "Set your address with \"git config user.email\" and commit again")
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
		"because": "squash is the only way to merge", "judged": "title",
		"problems": {"title": [problem({"where": "title", "sha": "", "kind": "no_space", "header": "feat:x", "want": "feat: x"})]},
	}
	said(commits.deny, "commits/title", "because squash is the only way to merge.", "for example to \"feat: x\"") with input as facts(values)
}

test_title_type if {
	values := {"where": "title", "sha": "", "kind": "unknown", "header": "feature: x", "got": "feature", "want": "feat"}
	said(commits.deny, "commits/type", "did you mean \"feat\"?", "Edit the title") with input as with_problem("type", values)
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
	said(commits.deny, "commits/scope", "(did you mean \"cart\"?). Allowed: api, cart.", "") with input as object.union(
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

# Several problems are one finding: what they are, how many, the first ten by id and header, and how many more.
places(list, n, kind, more) := facts({"problems": {list: array.concat(
	[problem({"kind": kind, "sha": sprintf("%d000000f", [i]), "last": false, "got": "got", "want": "want"}) | some i in numbers.range(1, n)],
	[problem({"where": "more", "sha": "", "header": "", "last": false, "count": more, "kind": kind}) | more > 0],
)}})

test_many_are_one_finding if {
	every list, kind in {
		"header": "no_type", "title": "no_type", "type": "unknown", "scope": "unknown", "subject": "full_stop", "subject_case": "sentence", "header_length": "length",
		"body": "body_line", "sign_off": "missing", "ticket": "commit", "unfinished": "wip", "invisible": "bidi",
	} {
		count(commits.deny) == 1 with input as places(list, 12, kind, 7)
		some finding in commits.deny with input as places(list, 12, kind, 7)
		contains(finding.message, "(19): 1000000 \"feat: x\"")
		contains(finding.message, "10000000 \"feat: x\"") == false
		contains(finding.message, "; and 9 more.")
		count(split(finding.message, "\"feat: x\"")) == 11
		finding.remedy != ""
	}
}

test_few_are_all_named if {
	said(commits.deny, "commits/subject", "(2): 1000000 \"feat: x\"; 2000000 \"feat: x\".", "before each of these commits") with input as places("subject", 2, "full_stop", 0)
}

test_kinds_in_a_list if {
	every c in [
		["header", "no_type", "(the header does not begin with a type and a colon; wanted: \"want\")"],
		["type", "case", "(\"got\" (did you mean \"want\"?))"],
		["scope", "missing", "(no scope)"],
		["scope", "padded", "(\"got\" should be \"want\")"],
		["subject_case", "sentence", "(\"want\", not \"got\")"],
		["unfinished", "fixup", "(marked \"got\")"],
		["sign_off", "missing", "(none by want)"],
		["sign_off", "name", "(by got, not by want)"],
		["sign_off", "email", "(the email \"got\" is not valid)"],
		["ticket", "commit", "(write got)"],
		["invisible", "encoding", "(a byte that is not UTF-8 (got) in line 0)"],
	] {
		some finding in commits.deny with input as places(c[0], 3, c[1], 0)
		contains(finding.message, c[2])
	}
}

test_title_and_commit_in_one_list if {
	list := [
		problem({"kind": "unknown", "got": "x"}),
		problem({"where": "title", "sha": "", "kind": "unknown", "got": "y"}),
	]
	said(commits.deny, "commits/type", "(2): abcdef0 \"feat: x\" (\"x\"); the title \"feat: x\" (\"y\").", "git commit --amend") with input as facts({"problems": {"type": list}})
	said(commits.deny, "commits/type", "", "Edit the title of the pull request.") with input as facts({"problems": {"type": list}})
}

test_plain_items if {
	list := [problem({"kind": "no_type"}), problem({"kind": "no_type", "header": ""}), problem({"where": "more", "sha": "", "count": 1, "kind": "no_type"})]
	said(commits.deny, "commits/header", "Not a conventional header (3): abcdef0 \"feat: x\" (the header does not begin", "") with input as facts({"problems": {"header": list}})
	said(commits.deny, "commits/header", "; and 1 more. Wanted: type(scope)", "") with input as facts({"problems": {"header": list}})
	tickets := [problem({"kind": "commit"}), problem({"kind": "commit", "sha": "1234567890"})]
	said(commits.deny, "commits/ticket", "(2): abcdef0 \"feat: x\"; 1234567 \"feat: x\".", "git rebase") with input as facts({"problems": {"ticket": tickets}})
}

test_messages_that_are_too_long_are_one_finding if {
	list := [problem({"kind": "message", "count": 10485760, "limit": 1048576}), problem({"kind": "message", "sha": "1234567890", "count": 5, "limit": 1})]
	said(commits.deny, "commits/incomplete", "Messages that were not read to their end (2): abcdef0 \"feat: x\" (10485760 bytes);", "git rebase") with input as facts({"unread": list})
}

# Only the first rule that speaks says why, and nothing is claimed that nobody knows.
test_context_is_said_once if {
	values := {"judged": "both", "because": "of that", "problems": {"header": [problem({"kind": "no_type"})], "subject": [problem({"kind": "full_stop"})]}}
	count([f | some f in commits.deny; contains(f.message, "because of that")]) == 1 with input as facts(values)
}

test_unknown_landing_claims_nothing if {
	values := {"landing_known": false, "because": "it is not known", "problems": {"header": [problem({"kind": "no_type"})]}}
	said(commits.deny, "commits/header", "The commits are judged because it is not known; the title is not known.", "") with input as facts(values)
}

test_styles_say_what_is_wanted if {
	every style, text in {
		"component": "component: subject", "gitmoji": "an emoji and the subject", "ticket": "PROJ-12 Read one", "custom": "matches ^x", "conventional": "type(scope): subject",
	} {
		values := {"settings": {"commits": {"pattern": "^x"}}, "commits": {"style": style}}
		said(commits.deny, "commits/header", text, "") with input as object.union(with_problem("header", {"kind": "no_match"}), values)
	}
}

test_ticket_without_listed_projects if {
	values := {"settings": {"commits": {"tickets": []}}, "commits": {"style": "ticket"}}
	said(commits.deny, "commits/header", "ABC-12 Read one", "") with input as object.union(with_problem("header", {"kind": "no_ticket"}), values)
}

test_sign_off_says_what_differs if {
	said(commits.deny, "commits/sign-off", "the name is not", "") with input as with_problem("sign_off", {"kind": "name"})
	said(commits.deny, "commits/sign-off", "the email is not", "") with input as with_problem("sign_off", {"kind": "address"})
}

test_unfinished_of_both_kinds if {
	list := [problem({"kind": "fixup", "got": "fixup!"}), problem({"kind": "wip", "got": "WIP", "sha": "1234567890"})]
	said(commits.deny, "commits/fixup", "(marked \"fixup!\"); 1234567", "autosquash") with input as facts({"problems": {"unfinished": list}})
	said(commits.deny, "commits/fixup", "", "When the work is ready: Run \"git commit --amend\"") with input as facts({"problems": {"unfinished": list}})
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

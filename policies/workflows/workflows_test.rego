package lintel.workflows_test

import data.lintel.workflows

# of is the policy input of a change with these parts.
of(parts) := {
	"files": {"complete": true},
	"workflows": object.union({"files": [], "files_more": 0, "findings": [], "more": 0, "known": 0}, parts),
}

item(audit) := {
	"audit": audit, "path": ".github/workflows/ci.yml", "line": 7, "end_line": 8, "message": "It is dangerous.", "remedy": "Do this.", "subject": "build",
	"suggestion": {"line": 7, "end_line": 7, "text": "x\n"},
}

judged := {"path": ".github/workflows/ci.yml", "kind": "workflow", "judged": true, "why": "", "compared": true}

# says are the findings of a rule.
says(id, facts) := [f | some f in workflows.deny with input as facts; f.rule == id]

test_nothing_to_say if {
	count(workflows.deny) == 0 with input as of({"files": [judged]})
	count(workflows.abstain) == 0 with input as of({"files": [judged]})
}

test_a_finding_keeps_its_place_and_its_words if {
	says("workflows/unpinned-action", of({"findings": [item("unpinned-uses")]})) == [{
		"rule": "workflows/unpinned-action", "path": ".github/workflows/ci.yml", "line": 7, "end_line": 8, "message": "It is dangerous.", "remedy": "Do this.",
		"subject": "build", "suggestion": {"line": 7, "end_line": 7, "text": "x\n"},
	}]
}

# rules are the rule of each audit.
rules := {
	"untrusted-checkout": "workflows/untrusted-checkout",
	"head-checkout": "workflows/head-checkout",
	"artifact-poisoning": "workflows/artifact-poisoning",
	"dangerous-trigger": "workflows/dangerous-trigger",
	"template-injection": "workflows/template-injection",
	"unpinned-uses": "workflows/unpinned-action",
	"unpinned-images": "workflows/unpinned-image",
	"lookalike-action": "workflows/lookalike-action",
	"excessive-permissions": "workflows/excessive-permissions",
	"secrets-inherit": "workflows/inherited-secrets",
	"all-secrets": "workflows/all-secrets",
	"hard-coded-credentials": "workflows/hard-coded-credentials",
	"kept-credentials": "workflows/kept-credentials",
	"environment-write": "workflows/environment-write",
	"spoofable-condition": "workflows/spoofable-condition",
	"unsound-contains": "workflows/unsound-contains",
	"self-hosted": "workflows/self-hosted",
	"insecure-commands": "workflows/insecure-commands",
	"cache-in-release": "workflows/cache-in-release",
	"widened-permission": "workflows/widened-permission",
	"unredacted-secret": "workflows/unredacted-secret",
	"indexed-secrets": "workflows/indexed-secrets",
	"obfuscation": "workflows/obfuscation",
	"unsound-ternary": "workflows/unsound-ternary",
	"trusted-publishing": "workflows/trusted-publishing",
	"version-comment": "workflows/version-comment",
	"archived-action": "workflows/archived-action",
	"unpinned-tool": "workflows/unpinned-tool",
	"app-token": "workflows/app-token",
	"loose-package": "workflows/loose-package",
	"dependabot-cooldown": "workflows/dependabot-cooldown",
	"dependabot-execution": "workflows/dependabot-execution",
	"syntax": "workflows/syntax",
}

test_every_audit_has_its_rule if {
	every audit, id in rules {
		{f.rule | some f in workflows.deny with input as of({"findings": [item(audit)]})} == {id}
	}
}

test_a_file_that_was_not_judged_is_named if {
	unread := {"path": "a/action.yml", "kind": "action", "judged": false, "why": "it was not read", "compared": false}
	[f] := says("workflows/unread", of({"files": [unread]}))
	f.path == "a/action.yml"
	f.message == "This file was not judged: it was not read."
}

test_the_file_of_another_ci_is_named if {
	other := {"path": ".gitlab-ci.yml", "kind": "other", "judged": false, "why": "only GitHub Actions and Dependabot are judged", "compared": false}
	[f] := says("workflows/other-ci", of({"files": [other]}))
	f.path == ".gitlab-ci.yml"
	says("workflows/unread", of({"files": [other]})) == []
}

test_what_is_no_workflow_is_not_named if {
	none := {"path": "a/action.yml", "kind": "action", "judged": false, "why": "", "compared": false}
	says("workflows/unread", of({"files": [none]})) == []
}

test_what_is_not_listed_is_counted if {
	[f] := says("workflows/unread", of({"more": 3, "files_more": 1}))
	f.message == "3 findings and 1 files more are not listed here."
}

test_an_incomplete_list_abstains if {
	open := object.union(of({}), {"files": {"complete": false}})
	count(workflows.abstain) == count(rules) + 1 with input as open
	some a in workflows.abstain with input as open
	a.rule == "workflows/syntax"
}

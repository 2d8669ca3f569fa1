package lintel.gate_test

import data.lintel.gate

# whole is an input that no rule of the gate objects to.
whole := {
	"change": {"base": {"ref": "main", "sha": "b"}, "group": null},
	"controls": {
		"source": "file",
		"path": ".github/lintel.yml",
		"ref": "main",
		"sha": "b",
		"in_force": "f00",
		"reason": "",
		"substituted": "",
		"errors": [],
		"proposed": null,
	},
	"files": {"total": 3, "listed": 3, "complete": true},
	"gaps": [],
}

# having is whole with other members of one of its objects.
having(key, members) := object.union(whole, {key: members})

# said gives the one finding that the gate has on an input.
said(document) := finding if {
	findings := gate.deny with input as document
	count(findings) == 1
	some finding in findings
}

errors(n) := [{"line": i, "column": 2, "message": sprintf("error %d", [i])} | some i in numbers.range(1, n)]

proposal(members) := having("controls", {"proposed": object.union({"removed": false, "errors": [], "changes": [], "changes_more": 0}, members)})

test_nothing_to_say if {
	count(gate.deny) == 0 with input as whole
}

test_file_list if {
	finding := said(object.union(
		having("files", {"total": 4000, "listed": 3000, "complete": false}),
		{"gaps": [{"fact": "diff.files", "reason": "the forge lists 3,000", "path": ""}, {"fact": "reviews", "reason": "x", "path": ""}]},
	))
	finding.rule == "gate/file-list"
	finding.message == "Only 3000 of the 4000 changed files could be read (the forge lists 3,000). The files that are missing were not judged."
	startswith(finding.remedy, "Split the change")
}

test_file_list_of_a_small_change if {
	finding := said(having("files", {"total": 3, "listed": 2, "complete": false}))
	finding.message == "Only 2 of the 3 changed files could be read. The files that are missing were not judged."
	startswith(finding.remedy, "Press Re-check")
}

test_no_settings if {
	finding := said(having("controls", {"source": "none", "reason": "the file could not be read: HTTP 500"}))
	finding.rule == "gate/settings"
	finding.message == "the file could not be read: HTTP 500."
	finding.line == 0
	contains(finding.remedy, "the branch main")
}

test_no_valid_settings_lists_the_errors if {
	finding := said(having("controls", {"source": "none", "reason": "it is not valid", "errors": errors(7)}))
	finding.line == 1
	startswith(finding.message, "it is not valid. Line 1, column 2: error 1. Line 2")
	endswith(finding.message, "error 5. And 2 more.")
}

test_last_good_settings if {
	finding := said(having("controls", {"source": "last_good", "reason": "it is not valid", "errors": errors(1)}))
	finding.rule == "gate/settings-last-good"
	finding.message == "it is not valid. Line 1, column 2: error 1."
	contains(finding.remedy, "blob id f00")
}

test_proposed_errors_each_have_their_line if {
	findings := gate.deny with input as proposal({"errors": array.concat(errors(2), [{"line": 0, "column": 0, "message": "what is this?"}])})
	{[f.rule, f.line, f.message] | some f in findings} == {
		["gate/settings-proposed", 1, "Line 1, column 2: error 1."],
		["gate/settings-proposed", 2, "Line 2, column 2: error 2."],
		["gate/settings-proposed", 0, "The file: what is this?"],
	}
}

test_preview if {
	finding := said(proposal({"changes": [
		{"rule": "commits/header", "path": "", "was": "warn", "would_be": "block", "message": "No type."},
		{"rule": "size/lines", "path": "a.go", "was": "none", "would_be": "shadow", "message": "Large"},
		{"rule": "size/files", "path": "", "was": "block", "would_be": "none", "message": "Many."},
	]}))
	finding.rule == "gate/settings-preview"
	finding.message == concat("", [
		"Under the proposed settings this change would be judged differently: ",
		"commits/header would block and warns now (No type); ",
		"size/lines on a.go would be recorded in shadow and says nothing now (Large); ",
		"size/files would say nothing and blocks now (Many).",
	])
}

test_preview_of_a_removed_file if {
	change := {"rule": "commits/header", "path": "", "was": "block", "would_be": "warn", "message": "x"}
	finding := said(proposal({"removed": true, "changes": [change | some _ in numbers.range(1, 21)], "changes_more": 4}))
	startswith(finding.message, "Under the default settings, which hold when .github/lintel.yml is gone, this change")
	endswith(finding.message, "; and 5 more.")
}

test_preview_without_a_difference_is_silent if {
	count(gate.deny) == 0 with input as proposal({})
}

test_no_preview_of_invalid_settings if {
	said(proposal({"errors": errors(1), "changes": [{}]})).rule == "gate/settings-proposed"
}

organised(members) := having("controls", {"proposed_organisation": object.union({"path": "lintel.yml", "errors": [], "summary": ""}, members)})

test_errors_of_the_organisations_file if {
	finding := said(organised({"errors": errors(1)}))
	[finding.rule, finding.path, finding.line] == ["gate/organisation-proposed", "lintel.yml", 1]
	finding.message == "Line 1, column 2: error 1."
}

test_preview_of_the_organisations_file if {
	finding := said(organised({"summary": "would turn 3 green checks red"}))
	[finding.rule, finding.message] == ["gate/organisation-preview", "Merged, this file would turn 3 green checks red."]
}

test_controls_of_the_default_branch if {
	finding := said(object.union(
		having("controls", {"substituted": "it is not protected"}),
		{"change": {"base": {"ref": "evil](x) @all\n", "sha": "b"}}},
	))
	finding.rule == "gate/controls"
	finding.message == "Settings and CODEOWNERS were read from the branch main, not from the base branch evil](x) @all\n: it is not protected."
}

test_merge_group if {
	finding := said(having("change", {"group": {"head": "0123456789", "base": "b", "ref": "q", "problem": "its branch is gone"}}))
	finding.rule == "gate/merge-group"
	finding.message == "The merge group 0123456 cannot be judged: its branch is gone."
}

test_sound_merge_group if {
	count(gate.deny) == 0 with input as having("change", {"group": {"head": "0", "base": "b", "ref": "q", "problem": ""}})
}

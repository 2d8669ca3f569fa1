# METADATA
# title: The evaluation itself
# description: >-
#   These rules are about whether the change could be judged at all, and by which settings. They are always on and no setting switches them off: they
#   enforce as soon as any rule of another family enforces, or when no settings could be established; otherwise they warn. The operator's `gate: warn`
#   lowers them like every other rule.
package lintel.gate

import data.lintel.lib

# METADATA
# title: The list of changed files is incomplete
# description: >-
#   A file that was not read was not judged, so a change with missing files could carry anything past the rules. Lintel compares the list it read with the
#   number of changed files that the forge reports; GitHub lists 3,000 files at most.
# custom:
#   id: gate/file-list
#   passes: Every changed file was read
#   severity: error
#   mode: enforce
#   remedy: Split the change so that its file list can be read whole, or press Re-check when the forge had a fault.
#   reads: [files]
#   merge_queue: recheck
#   missing: This rule is about missing input. An incomplete list fails the check as long as any rule enforces.
#   options: []
#   examples:
#     good: ["A change of 2,999 files, all of them listed."]
#     bad: ["A change of 4,000 files of which the forge lists 3,000."]
deny contains finding if {
	not input.files.complete
	finding := {
		"rule": rego.metadata.rule().custom.id,
		"path": "",
		"line": 0,
		"end_line": 0,
		"message": sprintf(
			"Only %d of the %d changed files could be read%s. The files that are missing were not judged.",
			[input.files.listed, input.files.total, because("diff.files")],
		),
		"remedy": file_list_remedy,
		"subject": "files",
	}
}

file_list_remedy := "Split the change into parts of fewer than 3,000 files: a forge lists no more." if input.files.total > 3000

file_list_remedy := concat(" ", [
	sprintf("%s, or push again.", [lib.recheck_check]),
	"If the list stays incomplete, split the change into smaller parts.",
]) if {
	input.files.total <= 3000
}

# METADATA
# title: There are no valid settings
# description: >-
#   The settings file on the base branch is invalid or could not be read, and no older valid version of it was found. Nobody knows what this repository
#   wants to block, so nothing is let through.
# custom:
#   id: gate/settings
#   passes: Valid settings were found
#   severity: error
#   mode: enforce
#   remedy: Correct .github/lintel.yml on the base branch. Somebody who may bypass the check has to merge the correction.
#   reads: [settings]
#   merge_queue: recheck
#   missing: A settings file that cannot be read is never taken for an absent one. This rule fails the check and says why the file could not be read.
#   options: []
#   examples:
#     good: ["A valid .github/lintel.yml on the base branch.", "No .github/lintel.yml at all: every rule then warns."]
#     bad: ["The first .github/lintel.yml of a repository has a misspelt key."]
deny contains finding if {
	input.controls.source == "none"
	finding := {
		"rule": rego.metadata.rule().custom.id,
		"path": settings_path,
		"line": first_line(input.controls.errors),
		"end_line": 0,
		"message": concat("", [sentence(input.controls.reason), listing(input.controls.errors)]),
		"remedy": sprintf(
			"Correct %s on the branch %s; somebody who may bypass the check has to merge that. If the file could not be read, %s.",
			[settings_path, input.controls.ref, lib.recheck_too],
		),
		"subject": "none",
	}
}

# METADATA
# title: Older settings are in force
# description: >-
#   The settings file on the base branch is invalid. The newest valid version on that branch's history stays in force, so an error in the file neither opens
#   nor closes the gate; but what was meant to change has not changed.
# custom:
#   id: gate/settings-last-good
#   passes: The newest settings are in force
#   severity: warning
#   mode: enforce
#   remedy: Correct .github/lintel.yml on the base branch.
#   reads: [settings]
#   merge_queue: recheck
#   missing: If the history cannot be read either, gate/settings fails the check.
#   options: []
#   examples:
#     good: ["A valid .github/lintel.yml on the base branch."]
#     bad: ["A merged change misspelt a key; the version before it stays in force."]
deny contains finding if {
	input.controls.source == "last_good"
	finding := {
		"rule": rego.metadata.rule().custom.id,
		"path": settings_path,
		"line": first_line(input.controls.errors),
		"end_line": 0,
		"message": concat("", [sentence(input.controls.reason), listing(input.controls.errors)]),
		"remedy": sprintf(
			"Correct %s on the branch %s. Until then the version with blob id %s holds.",
			[settings_path, input.controls.ref, input.controls.in_force],
		),
		"subject": "last_good",
	}
}

# METADATA
# title: This change makes the settings invalid
# description: >-
#   The settings file of this change has an error. Merged, it would not come into force: the settings of before would stay, silently for whoever expects the
#   new ones.
# custom:
#   id: gate/settings-proposed
#   passes: The change leaves the settings valid
#   severity: error
#   mode: enforce
#   remedy: Correct the line that the message names. docs/settings.md lists every key; the published JSON Schema checks the file in an editor.
#   reads: [files, settings]
#   merge_queue: recheck
#   missing: If the proposed file cannot be read, that is its error.
#   options: []
#   examples:
#     good: ["size: { fail_over: 800 }"]
#     bad: ["size: { fail_ovr: 800 }"]
deny contains finding if {
	some problem in input.controls.proposed.errors
	finding := {
		"rule": rego.metadata.rule().custom.id,
		"path": settings_path,
		"line": problem.line,
		"end_line": 0,
		"message": sentence(sprintf("%s: %s", [place(problem), problem.message])),
		"remedy": "Correct this line; docs/settings.md lists every key with its values. Until the file is valid, the settings of before stay in force.",
		"subject": problem.message,
	}
}

# METADATA
# title: The proposed settings would judge this change differently
# description: >-
#   A change is judged by the settings of its base branch, never by its own. This is what the settings it brings would say of the change itself, so that
#   their effect is seen before they are merged.
# custom:
#   id: gate/settings-preview
#   passes: Proposed settings, if any, judge this change the same
#   severity: notice
#   mode: enforce
#   remedy: Nothing has to be done. Read whether the difference is what you want.
#   reads: [files, settings]
#   merge_queue: skip
#   missing: Without valid proposed settings there is no preview; gate/settings-proposed says what is wrong with them.
#   options: []
#   examples:
#     good: ["The proposed settings give this change the same verdict; nothing is said."]
#     bad: ["The proposed settings raise commits/header from warn to enforce, and this change has such a finding."]
deny contains finding if {
	proposed := input.controls.proposed
	count(proposed.errors) == 0
	count(proposed.changes) > 0
	finding := {
		"rule": rego.metadata.rule().custom.id,
		"path": settings_path,
		"line": 0,
		"end_line": 0,
		"message": sprintf("Under %s this change would be judged differently: %s.", [
			proposed_name(proposed),
			concat("; ", array.concat([difference(d) | some d in array.slice(proposed.changes, 0, 20)], more_changes(proposed))),
		]),
		"remedy": "Nothing has to be done: the settings of the base branch judge this change. Read whether the difference is what you want.",
		"subject": "preview",
	}
}

# METADATA
# title: This change makes the organisation's settings invalid
# description: >-
#   The organisation's settings file of this change has an error. Merged, it would not come into force: the version of before would stay, in every repository of
#   the organisation.
# custom:
#   id: gate/organisation-proposed
#   passes: The change leaves the organisation's settings valid
#   severity: error
#   mode: enforce
#   remedy: Correct the line that the message names. docs/organisation.md says what stands below defaults, floor and targets.
#   reads: [files, settings]
#   merge_queue: recheck
#   missing: If the proposed file cannot be read, that is its error.
#   options: []
#   examples:
#     good: ["floor: { commits: { mode: enforce } }"]
#     bad: ["flor: { commits: { mode: enforce } }"]
deny contains finding if {
	some problem in input.controls.proposed_organisation.errors
	finding := {
		"rule": rego.metadata.rule().custom.id,
		"path": input.controls.proposed_organisation.path,
		"line": problem.line,
		"end_line": 0,
		"message": sentence(sprintf("%s: %s", [place(problem), problem.message])),
		"remedy": "Correct this line; docs/organisation.md has every key. Until the file is valid, the version of before stays in force.",
		"subject": problem.message,
	}
}

# METADATA
# title: What the organisation's proposed settings would do
# description: >-
#   A change of the organisation's settings file is judged again on the newest pull requests of the organisation's repositories, by the facts that were stored
#   with their verdicts, so that its blast radius is seen before it is merged.
# custom:
#   id: gate/organisation-preview
#   passes: The change leaves the organisation's settings alone
#   severity: notice
#   mode: enforce
#   remedy: Nothing has to be done. Read whether the checks that would turn red are those that you want to.
#   reads: [files, settings]
#   merge_queue: skip
#   missing: Pull requests whose facts are not kept any more are counted as such.
#   options: []
#   examples:
#     good: ["The change leaves the organisation's file alone; nothing is said."]
#     bad: ["The proposed floor would turn 14 green checks red in 6 repositories."]
deny contains finding if {
	proposed := input.controls.proposed_organisation
	proposed.summary != ""
	finding := {
		"rule": rego.metadata.rule().custom.id,
		"path": proposed.path,
		"line": 0,
		"end_line": 0,
		"message": sprintf("Merged, this file %s.", [proposed.summary]),
		"remedy": "Nothing has to be done: the file takes effect after it is merged, in the waves that it names. Read whether this is what you want.",
		"subject": "organisation preview",
	}
}

# METADATA
# title: The rules were taken from the default branch
# description: >-
#   Settings, CODEOWNERS and policies come from the base branch only if it is the default branch, protected, or named in the server's file. Otherwise
#   anybody who can push to the base branch could write the rules that judge the next change into it, so they are taken from the default branch.
# custom:
#   id: gate/controls
#   passes: The rules come from the base branch
#   severity: notice
#   mode: enforce
#   remedy: Nothing has to be done. To have a branch rule itself, protect it on the forge or name it in the server's file.
#   reads: [base, controls]
#   merge_queue: recheck
#   missing: If it is not known whether the base branch is protected, it counts as not protected.
#   options: []
#   examples:
#     good: ["A change into the default branch or into a protected release branch."]
#     bad: ["The second change of a stack, whose base branch is the unprotected branch of the first."]
deny contains finding if {
	input.controls.substituted != ""
	finding := {
		"rule": rego.metadata.rule().custom.id,
		"path": "",
		"line": 0,
		"end_line": 0,
		"message": sprintf(
			"Settings and CODEOWNERS were read from the branch %s, not from the base branch %s: %s.",
			[input.controls.ref, input.change.base.ref, trim_right(input.controls.substituted, ".")],
		),
		"remedy": sprintf(
			"Nothing has to be done. If the branch %s shall have its own rules, protect it or name it in the server's file.",
			[input.change.base.ref],
		),
		"subject": input.change.base.ref,
	}
}

# METADATA
# title: The merge group cannot be trusted
# description: >-
#   A merge group is judged by the pull request it is made of. If its branch is gone, stands on another base or carries foreign commits, what would be
#   merged is not what was judged.
# custom:
#   id: gate/merge-group
#   passes: The merge group, if there is one, can be trusted
#   severity: error
#   mode: enforce
#   remedy: Remove the pull request from the merge queue and add it again.
#   reads: [group]
#   merge_queue: recheck
#   missing: A merge group whose pull request cannot be found or read fails.
#   options: []
#   examples:
#     good: ["A merge group made of one pull request on the tip of its base branch."]
#     bad: ["A branch named like a merge group that somebody pushed by hand."]
deny contains finding if {
	problem := input.change.group.problem
	problem != ""
	finding := {
		"rule": rego.metadata.rule().custom.id,
		"path": "",
		"line": 0,
		"end_line": 0,
		"message": sprintf("The merge group %s cannot be judged: %s.", [substring(input.change.group.head, 0, 7), trim_right(problem, ".")]),
		"remedy": sprintf("Remove the %s from the merge queue and add it again, so that the forge builds a new group.", [lib.noun]),
		"subject": "group",
	}
}

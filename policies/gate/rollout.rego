package lintel.gate

# METADATA
# title: A rollout has ended
# description: >-
#   The settings give a family or a rule a mode until a day, and that day has passed. What holds since then is what would hold without the mode, or the mode
#   that `otherwise` names. Somebody has to decide how it goes on; until then every check says so.
# custom:
#   id: gate/rollout-ended
#   passes: No rollout has ended
#   severity: warning
#   mode: enforce
#   remedy: Give the rollout a later day, make its mode hold for good by removing `until`, or remove it.
#   reads: [settings]
#   merge_queue: recheck
#   missing: Without valid settings there is no rollout; gate/settings says what is wrong with them.
#   options: []
#   examples:
#     good: ["size: {mode: enforce, rollout: 25, until: 2099-12-31}"]
#     bad: ["size: {mode: enforce, rollout: 25, until: 2020-12-31}"]
deny contains finding if {
	some experiment in input.controls.experiments
	experiment.state == "ended"
	finding := {
		"rule": rego.metadata.rule().custom.id,
		"path": experiment_path(experiment),
		"line": experiment_line(experiment),
		"end_line": 0,
		"message": sentence(sprintf("The rollout of %s%s ended on %s: its mode %s no longer holds, and %s%s%s", [
			experiment.name,
			by_floor(experiment),
			experiment.until,
			experiment.mode,
			fallback(experiment),
			answers("Owner", object.get(experiment, "owner", "")),
			answers("Reason", object.get(experiment, "reason", "")),
		])),
		"remedy": sprintf(
			"In %s, give it a later day, make the mode hold for good by removing until, or remove it.",
			[experiment_file(experiment)],
		),
		"subject": sprintf("%s %v", [experiment.name, experiment.until]),
	}
}

experiment_path(experiment) := "" if {
	experiment.floor
} else := settings_path

experiment_line(experiment) := line if {
	not experiment.floor
	line := input.controls.lines[experiment.name]
} else := 0

experiment_file(experiment) := "the organisation's file" if {
	experiment.floor
} else := settings_path

by_floor(experiment) := " by the organisation's floor" if {
	experiment.floor
} else := ""

fallback(experiment) := sprintf("%s holds", [experiment.otherwise]) if {
	experiment.otherwise
} else := "the floor asks for nothing" if {
	experiment.floor
} else := "what would hold without it does"

answers(word, said) := sprintf(". %s: %s", [word, trim_right(said, ".")]) if {
	said != ""
} else := ""

# METADATA
# title: It is not known whether a rollout applies here
# description: >-
#   A mode holds in a part of the repositories, which are chosen by their ids, and the id of this one is not known: the change was read on a laptop or in a
#   CI job, and not from the forge. The rollout counts as not applying; the server may judge otherwise.
# custom:
#   id: gate/rollout-unknown
#   passes: Every rollout is known to apply or not
#   severity: notice
#   mode: enforce
#   remedy: Nothing has to be done. To judge as a chosen repository, give settings without the rollout with --settings.
#   reads: [settings]
#   merge_queue: skip
#   missing: This rule is about missing input.
#   options: []
#   examples:
#     good: ["size: {mode: enforce, rollout: 25} on a server, which knows the repository."]
#     bad: ["size: {mode: enforce, rollout: 25} with lintel check on a laptop."]
deny contains finding if {
	unknown := sort([sprintf("%s (%s)", [e.name, e.mode]) | some e in input.controls.experiments; e.state == "unknown"])
	count(unknown) > 0
	finding := {
		"rule": rego.metadata.rule().custom.id,
		"path": "",
		"line": 0,
		"end_line": 0,
		"message": sprintf("%s: rolled out to a part of the repositories. Whether to this one is not known here; it counts as not.", [
			concat(", ", unknown),
		]),
		"remedy": "Nothing has to be done. A check on the forge knows the repository and may judge otherwise.",
		"subject": "unknown",
	}
}

# METADATA
# title: The proposed settings let rules block
# description: >-
#   The settings of this change, or the organisation's file in it, give rules the power to block that do not have it now. This says what each of them would
#   have blocked among the last 200 pull requests of the repository or the organisation, by the verdicts that Lintel stored, so that whoever merges the settings knows. docs/rollout.md explains the numbers.
# custom:
#   id: gate/rollout-evidence
#   passes: Proposed settings, if any, let no further rule block
#   severity: notice
#   mode: enforce
#   remedy: Nothing has to be done. Read whether the rules block what they should; rollout begins with a part of the repositories.
#   reads: [settings]
#   merge_queue: skip
#   missing: Where no verdicts are stored, as on a laptop, nothing is said. A rule that was not judged so far has no evidence, and that is said.
#   options: []
#   examples:
#     good: ["The proposed settings move size from shadow to warn."]
#     bad: ["The proposed settings move size from shadow to enforce."]
deny contains finding if {
	some told in evidence
	finding := object.union(told, {
		"rule": rego.metadata.rule().custom.id,
		"line": 0,
		"end_line": 0,
	})
}

evidence contains {
	"path": settings_path,
	"message": sprintf("The proposed settings let %s%s.", [told_of(moves, count(moves)), further(count(moves) - 10)]),
	"remedy": concat(" ", [
		"Nothing has to be done: this change is not judged by its own settings.",
		"Read whether the rules block what they should; rollout: 25 begins with a quarter of the repositories.",
	]),
	"subject": "evidence",
} if {
	moves := [object.union(m, {"told": sprintf("%s, %s now, %s", [m.rule, m.was, m.summary])}) | some m in input.controls.proposed.moves]
	count(moves) > 0
}

evidence contains {
	"path": proposed.path,
	"message": sprintf("In repositories where it holds, this file lets %s%s.", [told_of(moves, count(moves) + more), further(more)]),
	"remedy": "Nothing has to be done. Read whether the rules block what they should; rollout: 25 begins with a quarter of the repositories.",
	"subject": "evidence of the organisation",
} if {
	proposed := input.controls.proposed_organisation
	more := object.get(proposed, "more_moves", 0)
	moves := [object.union(m, {"told": sprintf("%s %s", [m.rule, m.summary])}) | some m in proposed.moves]
	count(moves) > 0
}

told_of(moves, n) := sprintf("%s: %s", [gaining(n), concat("; ", [m.told | some m in array.slice(moves, 0, 10)])])

gaining(n) := "a rule block that does not block now" if {
	n == 1
} else := sprintf("%d rules block that do not block now", [n])

further(n) := sprintf("; and %d more", [n]) if {
	n > 0
} else := ""

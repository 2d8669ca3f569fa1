package lintel.gate

# METADATA
# title: People do not want what some rules find
# description: >-
#   The change touches the settings, and there are rules of whose findings more than 10 % were unwanted in this repository, even at the lower end of the
#   interval, of 50 decided findings or more in 28 days. Such a rule should warn and not block. docs/scorecards.md explains the numbers.
# custom:
#   id: gate/noisy-rules
#   passes: People want what the rules find, as far as is known
#   severity: notice
#   mode: enforce
#   remedy: Nothing has to be done. Let the rule warn, or write demote off beside it to keep its power to block.
#   reads: [settings]
#   merge_queue: skip
#   missing: Where no outcomes are stored, as on a laptop, nothing is said.
#   options: [demote]
#   examples:
#     good: ["The change touches the settings, and every rule's findings are wanted."]
#     bad: ["32 of 60 decided findings of size/large-file were unwanted in 28 days."]
deny contains finding if {
	input.controls.proposed != null
	noisy := object.get(input.controls, "noisy", [])
	count(noisy) > 0
	finding := {
		"rule": rego.metadata.rule().custom.id,
		"path": settings_path,
		"line": 0,
		"end_line": 0,
		"message": sprintf("Findings that people did not want, of those decided in 28 days: %s.", [
			concat("; ", [sprintf("%s %d of %d, %s", [n.rule, n.unwanted, n.decided, fallen(n)]) | some n in noisy]),
		]),
		"remedy": concat(" ", [
			"Nothing has to be done.",
			"Under rules, {mode: warn} lets a rule warn, and {demote: off} keeps its power to block.",
		]),
		"subject": "noisy",
	}
}

fallen(noisy) := "so it warns and does not block here" if {
	noisy.demoted
} else := "so it should warn and not block"

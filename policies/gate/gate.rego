# METADATA
# title: The evaluation itself
# description: >-
#   Rules about whether a change could be judged at all.
package lintel.gate

# METADATA
# title: The list of changed files is incomplete
# description: >-
#   A file that was not read was not judged, so a change with missing files could carry anything past the rules.
# custom:
#   id: gate/file-list
#   severity: error
#   mode: enforce
#   remedy: Split the change so that its file list can be read whole.
#   reads: [files]
#   merge_queue: recheck
#   missing: This rule is about missing input; it fails the check.
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
		"message": sprintf("%d of %d changed files could be read.", [input.files.listed, input.files.total]),
		"remedy": "Split the change so that its file list can be read whole, then push again.",
		"subject": "files",
	}
}

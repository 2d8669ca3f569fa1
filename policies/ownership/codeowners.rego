package lintel.ownership

# METADATA
# title: A CODEOWNERS line is invalid
# description: >-
#   GitHub skips a line that it cannot read and says so only in the file's own view, so the files fall to an earlier line or to nobody. Unlike in
#   .gitignore, `!` and `[ ]` do not work, `\#` does not begin a name with #, and `***` is refused. Judged when a change touches the file, for the lines it wrote.
# custom:
#   id: ownership/codeowners-syntax
#   passes: The change writes no invalid CODEOWNERS line
#   severity: error
#   mode: enforce
#   measured: {right: 0, labelled: 0, fired: 0, changes: 12719, date: "2026-11-28",
#     why: "GitHub ignores such a line, and with it an owner."}
#   remedy: Correct the line as the finding says.
#   reads: [files, controls]
#   merge_queue: skip
#   off: Hardly ever; a line that GitHub skips protects nothing.
#   missing: A proposed file that is too large or cannot be read is refused, because GitHub would not load it either.
#   options: []
#   examples:
#     good: ["/docs/ @acme/docs", "a\\ b.txt @alice", "/gen/ # nobody"]
#     bad: ["!/docs/ @alice", "/docs/[ab] @alice", "/docs/ alice", "***/*.rb @alice"]
deny contains finding if {
	invalid := input.ownership.lint.invalid
	invalid_total > 0
	finding := lint_finding(rego.metadata.rule().custom.id, first_line(invalid), invalid_text(invalid), invalid_remedy(invalid))
}

# METADATA
# custom:
#   id: ownership/codeowners-syntax
deny contains finding if {
	input.ownership.lint.state == "unavailable"
	finding := {
		"rule": rego.metadata.rule().custom.id,
		"path": input.ownership.lint.path,
		"line": 0,
		"end_line": 0,
		"message": sprintf("The proposed %s cannot be judged: %s.", [input.ownership.lint.path, input.ownership.lint.reason]),
		"remedy": "Keep the file below 3 MB, for example with fewer, wider patterns; then push again.",
		"subject": "file",
	}
}

# METADATA
# title: A CODEOWNERS line names an owner who cannot approve
# description: >-
#   The user or team does not exist, is hidden, has no write access or no members. GitHub drops the owner without a word.
#   When none of the line's owners can approve, every later change to its files is refused. Judged for the lines that a change wrote.
# custom:
#   id: ownership/codeowners-owner
#   passes: New CODEOWNERS lines name no owner who cannot approve
#   severity: warning
#   mode: warn
#   measured: {right: 0, labelled: 0, fired: 0, changes: 12719, date: "2026-11-28"}
#   remedy: Correct the name, or give the user or team write access to the repository first.
#   reads: [files, teams, controls]
#   merge_queue: skip
#   off: Owners are named before they get access.
#   missing: Owners who could not be read are not judged; the rule says which.
#   options: []
#   examples:
#     good: ["/api/ @acme/api, where the team may push and has members."]
#     bad: ["/api/ @acme/apii", "/api/ @reader, who may only read."]
deny contains finding if {
	owners := input.ownership.lint.owners
	owners_total > 0
	finding := lint_finding(rego.metadata.rule().custom.id, first_line(owners), lint_owners_text(owners), remedies([lint_owner_remedy(o) | some o in owners]))
}

abstain contains {"rule": "ownership/codeowners-owner", "reason": reason} if {
	count(input.ownership.lint.unjudged) > 0
	reason := sprintf("It could not be read who these owners are: %s.", [concat(", ", input.ownership.lint.unjudged)])
}

# METADATA
# title: A CODEOWNERS line matches no file
# description: >-
#   No file of the change's head has a path that the pattern takes: most often a misspelled or moved directory, a wrong case, or a pattern that only
#   .gitignore knows. Its owners are asked about nothing. Judged for the lines that a change wrote.
# custom:
#   id: ownership/codeowners-unmatched
#   passes: No new CODEOWNERS line matches nothing
#   severity: warning
#   mode: warn
#   measured: {right: 6, labelled: 6, all: true, fired: 5, changes: 158149, date: "2026-11-29"}
#   remedy: Correct the pattern, or remove the line.
#   reads: [files, controls]
#   merge_queue: skip
#   off: Lines are written for files that are yet to come.
#   missing: Without the list of all files at the head the rule abstains.
#   options: []
#   examples:
#     good: ["/docs/ @acme/docs, and a file docs/guide.md."]
#     bad: ["/doc/ @acme/docs, where the directory is docs.", "/Docs/ @acme/docs, where the directory is docs."]
deny contains finding if {
	lines := input.ownership.lint.unmatched
	unmatched_total > 0
	remedy := "Correct the pattern (upper and lower case count, and an inner or leading slash binds it to the root), or remove the line."
	finding := lint_finding(rego.metadata.rule().custom.id, first_line(lines), unmatched_lines_text(lines), remedy)
}

abstain contains {"rule": "ownership/codeowners-unmatched", "reason": reason} if {
	input.ownership.lint.state == "present"
	not input.ownership.lint.tree.complete
	reason := sprintf("The lines could not be held against the files at the head: %s.", [input.ownership.lint.tree.reason])
}

# METADATA
# title: A CODEOWNERS line never wins
# description: >-
#   The last matching line wins. Every file that the useless line takes is taken by a later one too, so its owners are asked about nothing.
#   General patterns belong at the top of the file and special ones below. Judged when a change wrote the line or the one that beats it.
# custom:
#   id: ownership/codeowners-shadowed
#   passes: The change leaves no new CODEOWNERS line useless
#   severity: warning
#   mode: warn
#   measured: {right: 6, labelled: 7, all: true, fired: 7, changes: 158149, date: "2026-11-29"}
#   remedy: Move the special line below the general one, or remove it.
#   reads: [files, controls]
#   merge_queue: skip
#   off: Your file has general lines on purpose below special ones.
#   missing: Without the list of all files at the head only lines with the very same reach are reported.
#   options: []
#   examples:
#     good: ["* @acme/all, and below it /docs/ @acme/docs."]
#     bad: ["/docs/ @acme/docs, and below it * @acme/all.", "/docs/ @alice, and below it /docs/ @bob: only the last counts."]
deny contains finding if {
	shadows := input.ownership.lint.shadowed
	shadowed_total > 0
	finding := lint_finding(rego.metadata.rule().custom.id, shadow_line(shadows), shadows_text(shadows), remedies([shadow_remedy(s) | some s in shadows]))
}

# METADATA
# title: The change removes CODEOWNERS
# description: >-
#   After the merge no CODEOWNERS file is left in any of GitHub's three places, so nothing has owners any more and ownership/approval passes every change.
#   The owners of the file must approve this change as any other. Nothing is said where the title names CODEOWNERS: then nobody overlooks it.
# custom:
#   id: ownership/codeowners-removed
#   passes: CODEOWNERS is not removed
#   severity: warning
#   mode: warn
#   measured: {right: 1, labelled: 1, all: true, fired: 1, changes: 313530, date: "2026-11-29",
#     why: "Two merges of a maintained branch by hand, which were no pull requests, are left out."}
#   remedy: Keep the file, or move it to .github/CODEOWNERS, CODEOWNERS or docs/CODEOWNERS.
#   reads: [files, controls]
#   merge_queue: skip
#   off: CODEOWNERS is generated and comes and goes.
#   missing: A file at the head that could not be read is reported by ownership/codeowners-syntax.
#   options: []
#   examples:
#     good: ["CODEOWNERS moves to .github/CODEOWNERS."]
#     bad: ["CODEOWNERS moves to owners/CODEOWNERS."]
deny contains finding if {
	input.ownership.lint.state == "removed"
	not object.get(input.ownership.lint, "announced", false)
	finding := {
		"rule": rego.metadata.rule().custom.id,
		"path": "",
		"line": 0,
		"end_line": 0,
		"message": sprintf("This change takes %s away and leaves no CODEOWNERS file: from then on no file has owners.", [input.ownership.lint.path]),
		"remedy": "If that is not meant, keep the file, or move it to .github/CODEOWNERS, CODEOWNERS or docs/CODEOWNERS.",
		"subject": "removed",
	}
}

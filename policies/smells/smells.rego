# METADATA
# title: What a change makes worse in its code
# description: >-
#   These rules read changed source files whole, at both ends of the diff, and report only what the change brings in or makes worse: functions that
#   become long or complex, copied blocks, and what was left over on added lines. Generated and vendored files are not judged, and tests only for
#   text that does not show. Go is read by its own parser; other languages by a scanner that finds nothing where it does not see, and says so.
package lintel.smells

# METADATA
# title: Function becomes too long
# description: >-
#   The change makes a function longer by a quarter or more, and longer than the limit. Long functions are read in pieces, and bugs hide
#   between them. A long list of simple steps is not reported, and neither is what another rule of functions reports of the same one.
# custom:
#   id: smells/long-function
#   passes: No function becomes too long
#   severity: warning
#   mode: shadow
#   measured: {right: 18, labelled: 38, fired: 71, changes: 9803, date: "2026-11-28",
#     why: "Half of its findings are one case or one option more. Length alone says too little."}
#   remedy: >-
#     Move a step of it with a name of its own into another function.
#   reads: [files, contents, settings]
#   merge_queue: carry
#   off: >-
#     Functions here are long by nature, such as tables of cases.
#   missing: A file that could not be read is named by smells/unread; while the list of files is incomplete it abstains.
#   options: [smells.function_lines]
#   examples:
#     good: ['A function grows from 60 to 80 lines.']
#     bad: ['A function grows from 70 to 130 lines.']
deny contains finding if {
	some item in input.smells.functions
	long(item)
	finding := of_function(rego.metadata.rule().custom.id, item, item.lines, "lines", input.settings.smells.function_lines)
}

# METADATA
# title: Control structures become nested too deep
# description: >-
#   The change puts control structures deeper into each other than the limit, by a quarter or more. Whoever reads the innermost line must
#   remember every condition around it. A function that becomes too complex as well is reported once, by that rule.
# custom:
#   id: smells/deep-nesting
#   passes: No function becomes nested too deep
#   severity: warning
#   mode: shadow
#   measured: {right: 27, labelled: 31, fired: 12, changes: 21936, date: "2026-11-30"}
#   remedy: >-
#     Return early, or give the inner block a function of its own.
#   reads: [files, hinted_contents, settings]
#   merge_queue: carry
#   off: >-
#     A linter reports the same.
#   missing: A file that could not be read is named by smells/unread; while the list of files is incomplete it abstains.
#   options: [smells.nesting]
#   examples:
#     good: ['An if in a loop in an if.']
#     bad: ['An if in a loop in a switch in a loop in an if in an if.']
deny contains finding if {
	some item in input.smells.functions
	deep(item)
	finding := of_function(rego.metadata.rule().custom.id, item, item.nesting, "levels of nesting", input.settings.smells.nesting)
}

# METADATA
# title: Function becomes too complex
# description: >-
#   The change raises a function's cognitive complexity above the limit, by a quarter or more. It counts each break in the flow, and weighs
#   it by how deep it stands.
# custom:
#   id: smells/complex-function
#   passes: No function becomes too complex
#   severity: warning
#   mode: warn
#   measured: {right: 45, labelled: 55, fired: 261, changes: 21936, date: "2026-11-29"}
#   remedy: >-
#     Split it along its conditions, or return early, so that less must be remembered at once.
#   reads: [files, hinted_contents, settings]
#   merge_queue: carry
#   off: >-
#     A linter reports the same.
#   missing: A file that could not be read is named by smells/unread; while the list of files is incomplete it abstains.
#   options: [smells.cognitive]
#   examples:
#     good: ['A function goes from 8 to 14.']
#     bad: ['A function goes from 20 to 44.']
deny contains finding if {
	some item in input.smells.functions
	tangled(item)
	finding := of_function(rego.metadata.rule().custom.id, item, item.cognitive, "cognitive complexity", input.settings.smells.cognitive)
}

# METADATA
# title: Function gets too many paths
# description: >-
#   The change raises a function's cyclomatic complexity above the limit, by a quarter or more: the number of paths that a test would have
#   to take. A function that another rule reports, and a flat list of cases, is not reported.
# custom:
#   id: smells/many-paths
#   passes: No function gets too many paths
#   severity: warning
#   mode: shadow
#   measured: {right: 15, labelled: 33, fired: 45, changes: 21936, date: "2026-11-29",
#     why: "What the other rules of functions leave to it is mostly a list of cases."}
#   remedy: >-
#     Split it, or replace the branches by a table.
#   reads: [files, hinted_contents, settings]
#   merge_queue: carry
#   off: >-
#     smells/complex-function says enough; a flat switch counts much here.
#   missing: A file that could not be read is named by smells/unread; while the list of files is incomplete it abstains.
#   options: [smells.cyclomatic]
#   examples:
#     good: ['A function goes from 8 to 14.']
#     bad: ['A function goes from 20 to 34.']
deny contains finding if {
	some item in input.smells.functions
	not tangled(item)
	not deep(item)
	not long(item)
	involved(item)
	worsened(item.cyclomatic, input.settings.smells.cyclomatic)
	finding := of_function(rego.metadata.rule().custom.id, item, item.cyclomatic, "cyclomatic complexity", input.settings.smells.cyclomatic)
}

# METADATA
# title: Function takes too many parameters
# description: >-
#   The change gives a function more parameters than the limit, by a quarter or more. Callers mix them up, and every further need adds
#   another. Constructors take what they need and are not reported.
# custom:
#   id: smells/many-parameters
#   passes: No function takes too many parameters
#   severity: warning
#   mode: shadow
#   measured: {right: 17, labelled: 38, fired: 23, changes: 19535, date: "2026-11-29",
#     why: "Overrides and functions that build one thing take what they are given."}
#   remedy: >-
#     Group what belongs together in a value of its own.
#   reads: [files, contents, settings]
#   merge_queue: carry
#   off: >-
#     Constructors here take their dependencies as parameters.
#   missing: A file that could not be read is named by smells/unread; while the list of files is incomplete it abstains.
#   options: [smells.parameters]
#   examples:
#     good: ['A function with four parameters.']
#     bad: ['A function goes from 6 to 9 parameters.']
deny contains finding if {
	some item in input.smells.functions
	not constructs(item)
	worsened(item.parameters, input.settings.smells.parameters)
	finding := of_function(rego.metadata.rule().custom.id, item, item.parameters, "parameters", input.settings.smells.parameters)
}

# METADATA
# title: A block of code is copied
# description: >-
#   The change adds a block of code that stands a second time in the files that it changes, line by line. A bug in one is a bug in both, and
#   only one will be fixed.
# custom:
#   id: smells/duplicate
#   passes: No block of code is copied
#   severity: warning
#   mode: shadow
#   measured: {right: 28, labelled: 40, fired: 34, changes: 21936, date: "2026-11-29",
#     why: "Of the labels that were not seen while the rule was corrected, 6 of 13 are right: files that exist once for each version of a tool are copies too."}
#   remedy: >-
#     Make one function of both.
#   reads: [files, contents, settings]
#   merge_queue: carry
#   off: >-
#     Copies are meant here, such as versions of an interface side by side.
#   missing: A file that could not be read is named by smells/unread; while the list of files is incomplete it abstains.
#   options: [smells.duplicate_lines]
#   examples:
#     good: ['Two functions call a third one for what they share.']
#     bad: ['Twenty equal lines in two handlers.']
deny contains finding if {
	some item in input.smells.duplicates
	finding := {
		"rule": rego.metadata.rule().custom.id,
		"path": item.path,
		"line": item.line,
		"end_line": item.end_line,
		"message": sprintf("These %d lines of code are also in %s, lines %d to %d.", [item.lines, item.other_path, item.other_line, item.other_end_line]),
		"remedy": "",
		"subject": item.other_path,
	}
}

# METADATA
# title: A breakpoint is left over
# description: >-
#   The change adds a call or a statement that stops for a debugger, or prints a value and ends. It was for the author alone.
# custom:
#   id: smells/breakpoint
#   passes: No breakpoint is left over
#   severity: error
#   mode: warn
#   measured: {right: 2, labelled: 2, all: true, fired: 1, changes: 11487, date: "2026-11-29",
#     why: "What it finds stops a program, or prints a value that nobody asked for."}
#   remedy: >-
#     Take it out.
#   reads: [files, hinted_contents, settings]
#   merge_queue: carry
#   off: >-
#     Never; a file that needs it belongs under smells.exclude.
#   missing: A file that could not be read is named by smells/unread; while the list of files is incomplete it abstains.
#   options: []
#   examples:
#     good: ['A call of the logger.']
#     bad: ['debugger; in a function of a web page.']
deny contains finding if {
	some item in input.smells.found
	item.kind == "breakpoint"
	finding := of_item(rego.metadata.rule().custom.id, item, sprintf("%s is left over from debugging.", [item.what]))
}

# METADATA
# title: Output is left over
# description: >-
#   The change adds a call that prints to the terminal, in a file that printed nothing before and is no program, script or example. It is
#   often left over from debugging.
# custom:
#   id: smells/print
#   passes: No output is left over
#   severity: notice
#   mode: shadow
#   measured: {right: 9, labelled: 44, fired: 11, changes: 19535, date: "2026-11-29",
#     why: "Each of them reported a failure on purpose."}
#   remedy: >-
#     Take it out, or use the project's logger.
#   reads: [files, contents, settings]
#   merge_queue: carry
#   off: >-
#     The code prints on purpose, as most of a command line does.
#   missing: A file that could not be read is named by smells/unread; while the list of files is incomplete it abstains.
#   options: []
#   examples:
#     good: ['fmt.Println in package main.']
#     bad: ['console.log(user) in a component that printed nothing before.']
deny contains finding if {
	some item in input.smells.found
	item.kind == "print"
	finding := of_item(rego.metadata.rule().custom.id, item, sprintf("%s prints to the terminal, in a file that did not before.", [item.what]))
}

# METADATA
# title: A check is switched off without a reason
# description: >-
#   The change switches off a linter's or a compiler's check on a line, and says not why. The next person cannot tell whether it still
#   holds.
# custom:
#   id: smells/suppression
#   passes: Every new suppression has a reason
#   severity: notice
#   mode: shadow
#   measured: {right: 4, labelled: 43, fired: 98, changes: 7402, date: "2026-11-29",
#     why: "Projects name the check, and take that for the reason."}
#   remedy: >-
#     Write the reason beside it, or solve what the check says.
#   reads: [files, contents, settings]
#   merge_queue: carry
#   off: >-
#     Suppressions are common here and need no reason.
#   missing: A file that could not be read is named by smells/unread; while the list of files is incomplete it abstains.
#   options: []
#   examples:
#     good: ['//nolint:gosec // the path is a constant']
#     bad: ['# noqa: E501']
deny contains finding if {
	some item in input.smells.found
	item.kind == "suppression"
	finding := of_item(rego.metadata.rule().custom.id, item, sprintf("%s switches a check off, and no reason stands beside it.", [item.what]))
}

# METADATA
# title: All checks are switched off
# description: >-
#   The change switches off every check of a line or a file, not a named one, and says not why. It also hides what nobody has thought of.
# custom:
#   id: smells/blanket-suppression
#   passes: No new suppression covers all checks
#   severity: warning
#   mode: shadow
#   measured: {right: 1, labelled: 37, fired: 14, changes: 21936, date: "2026-11-29",
#     why: "Most were the custom of their file."}
#   remedy: >-
#     Name the check that is meant, and say why.
#   reads: [files, contents, settings]
#   merge_queue: carry
#   off: >-
#     Suppressions without names are the custom here.
#   missing: A file that could not be read is named by smells/unread; while the list of files is incomplete it abstains.
#   options: []
#   examples:
#     good: ['# type: ignore[attr-defined]']
#     bad: ['# type: ignore']
deny contains finding if {
	some item in input.smells.found
	item.kind == "blanket-suppression"
	finding := of_item(rego.metadata.rule().custom.id, item, sprintf("%s switches off every check here, and no reason stands beside it.", [item.what]))
}

# METADATA
# title: Marks of a merge conflict
# description: >-
#   The change adds the three marks that git leaves in a file whose merge was not finished.
# custom:
#   id: smells/conflict
#   passes: No marks of a merge conflict are added
#   severity: error
#   mode: warn
#   measured: {right: 0, labelled: 0, fired: 0, changes: 9803, date: "2026-11-28",
#     why: "Three marks in their order are no code of any language."}
#   remedy: >-
#     Finish the merge: choose one side, and take the marks out.
#   reads: [files, settings]
#   merge_queue: carry
#   off: >-
#     Never; texts about merges belong under smells.exclude.
#   missing: A file that could not be read is named by smells/unread; while the list of files is incomplete it abstains.
#   options: []
#   examples:
#     good: ['A line of equals signs below a heading.']
#     bad: ['A file with both sides of a merge between <<<<<<< and >>>>>>>.']
deny contains finding if {
	some item in input.smells.found
	item.kind == "conflict"
	finding := of_item(rego.metadata.rule().custom.id, item, "These lines are marks of a merge that was not finished.")
}

# METADATA
# title: A note without a ticket
# description: >-
#   The change adds a TODO, FIXME or HACK that names no ticket. What is only in a comment is planned by nobody. With commits.tickets one of
#   those keys counts; else any ticket, link, version, or a name in brackets does.
# custom:
#   id: smells/todo
#   passes: Every new note names a ticket
#   severity: notice
#   mode: shadow
#   measured: {right: 12, labelled: 37, fired: 94, changes: 7402, date: "2026-11-29",
#     why: "Most say what may come later, and nobody there asks for a ticket."}
#   remedy: >-
#     Name the ticket, or solve it now.
#   reads: [files, contents, settings]
#   merge_queue: carry
#   off: >-
#     Notes without tickets are the custom here.
#   missing: A file that could not be read is named by smells/unread; while the list of files is incomplete it abstains.
#   options: [commits.tickets]
#   examples:
#     good: ['// TODO(SHOP-12): round at the end']
#     bad: ['// TODO: round']
deny contains finding if {
	some item in input.smells.found
	item.kind == "todo"
	finding := of_item(rego.metadata.rule().custom.id, item, sprintf("%s names no ticket.", [item.what]))
}

# METADATA
# title: Code in a comment
# description: >-
#   The change adds a comment of three or more lines that are nearly all code. Version control keeps old code; a reader cannot know whether
#   it still works.
# custom:
#   id: smells/commented-code
#   passes: No code in comments is added
#   severity: notice
#   mode: shadow
#   measured: {right: 27, labelled: 34, fired: 4, changes: 21936, date: "2026-11-30"}
#   remedy: >-
#     Take it out, or say in words what it is for.
#   reads: [files, contents, settings]
#   merge_queue: carry
#   off: >-
#     Examples stand in comments of this kind here.
#   missing: A file that could not be read is named by smells/unread; while the list of files is incomplete it abstains.
#   options: []
#   examples:
#     good: ['A comment that explains a step.']
#     bad: ['Three statements, each behind a comment mark.']
deny contains finding if {
	some item in input.smells.found
	item.kind == "commented-code"
	finding := of_item(rego.metadata.rule().custom.id, item, "These comment lines are code.")
}

# METADATA
# title: An error is dropped
# description: >-
#   The change looks at an error of Go and drops it: the branch for it is empty, or returns success. A comment in the branch says that it is
#   meant, and is enough.
# custom:
#   id: smells/swallowed-error
#   passes: No new error is dropped
#   severity: warning
#   mode: shadow
#   measured: {right: 15, labelled: 23, all: true, fired: 19, changes: 29103, date: "2026-11-29",
#     why: "Walks of a tree that leave out what they cannot read are meant, and seldom say so."}
#   remedy: >-
#     Return the error, or write beside it why it does not matter.
#   reads: [files, hinted_contents, settings]
#   merge_queue: carry
#   off: >-
#     Another linter reports the same.
#   missing: A file that could not be read is named by smells/unread; while the list of files is incomplete it abstains.
#   options: []
#   examples:
#     good: ['if err != nil { return fmt.Errorf("read: %w", err) }']
#     bad: ['if err != nil { return nil }']
deny contains finding if {
	some item in input.smells.found
	item.kind == "swallowed-error"
	finding := of_item(rego.metadata.rule().custom.id, item, sprintf("The error is dropped: %s.", [item.what]))
}

# METADATA
# title: Text that does not show
# description: >-
#   The change adds text that a reviewer does not see as it is: characters that do not show or turn the line around, a name that mixes
#   letters of two scripts, or orders to a language model in a comment of HTML.
# custom:
#   id: smells/hidden-text
#   passes: No hidden text is added
#   severity: warning
#   mode: warn
#   measured: {right: 1, labelled: 1, all: true, fired: 1, changes: 26357, date: "2026-11-29",
#     why: "It is about attacks, and nobody attacked these repositories. What scripts need between words, and translations, is left out."}
#   remedy: >-
#     Take it out; where it is meant, write it as an escape.
#   reads: [files, body, settings]
#   merge_queue: carry
#   off: >-
#     Never; files in languages that need such characters belong under smells.exclude.
#   missing: A file that could not be read is named by smells/unread; while the list of files is incomplete it abstains.
#   options: []
#   examples:
#     good: ['An escape such as \u200b in a string.']
#     bad: ['A name with a Cyrillic letter among Latin ones.']
deny contains finding if {
	some item in input.smells.found
	item.kind == "hidden-text"
	finding := of_item(rego.metadata.rule().custom.id, item, sprintf("Here are %s.", [item.what]))
}

# METADATA
# title: Not every file was judged
# description: >-
#   Changed source files could not be read whole, or do not balance, so functions and lines in them were not judged.
# custom:
#   id: smells/unread
#   passes: Every changed source file was judged
#   severity: notice
#   mode: shadow
#   measured: {right: 0, labelled: 0, fired: 15, changes: 9803, date: "2026-11-28",
#     why: "It names files that are too large or that the scanner cannot read. No author can do anything about that; the facts have the list."}
#   stands_in: true
#   remedy: >-
#     Look at these files as a reviewer; no rule has.
#   reads: [files, settings]
#   merge_queue: carry
#   off: >-
#     Files that the scanner cannot read are common here.
#   missing: That is what it is about.
#   options: []
#   examples:
#     good: ['A changed file of 400 lines.']
#     bad: ['A changed file of Go that does not parse.']
deny contains finding if {
	count(unread_parts) > 0
	finding := {
		"rule": rego.metadata.rule().custom.id,
		"path": only_path,
		"line": 0,
		"end_line": 0,
		"message": sprintf("Not everything was judged: %s.", [concat("; ", unread_parts)]),
		"remedy": "",
		"subject": "unread",
	}
}

abstain contains {
	"rule": sprintf("smells/%s", [rule]),
	"reason": "The list of changed files is incomplete, so code may be missing from it.",
} if {
	not input.files.complete
	some rule in array.concat(whole_rules, ["conflict", "hidden-text"])
}

abstain contains {
	"rule": sprintf("smells/%s", [rule]),
	"reason": "Changed files are read whole once the settings give this family or a rule of it a mode.",
} if {
	input.files.complete
	input.smells.skipped > 0
	some rule in whole_rules
	not rule in hinted_rules
}

abstain contains {
	"rule": sprintf("smells/%s", [rule]),
	"reason": "Changed files are read whole once the settings give this family or a rule of it a mode.",
} if {
	input.files.complete
	input.smells.skipped_hinted > 0
	some rule in hinted_rules
}

# The rules that can only find something where changed lines hint at it.
hinted_rules := ["deep-nesting", "complex-function", "many-paths", "breakpoint", "swallowed-error"]

# The rules that judge files as a whole.
whole_rules := [
	"long-function",
	"deep-nesting",
	"complex-function",
	"many-paths",
	"many-parameters",
	"duplicate",
	"breakpoint",
	"print",
	"suppression",
	"blanket-suppression",
	"todo",
	"commented-code",
	"swallowed-error",
]

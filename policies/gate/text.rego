package lintel.gate

# The most errors that one message lists.
listed := 5

settings_path := input.controls.path

# because gives the reasons of the gaps of one fact, as the end of a sentence.
because(fact) := text if {
	reasons := sort({gap.reason | some gap in input.gaps; gap.fact == fact; gap.reason != ""})
	count(reasons) > 0
	text := sprintf(" (%s)", [concat("; ", array.slice(reasons, 0, listed))])
} else := ""

# listing gives the first errors of a settings file, each with its place, as further sentences.
listing(errors) := "" if count(errors) == 0

listing(errors) := text if {
	count(errors) > 0
	lines := [sentence(sprintf("%s: %s", [place(e), e.message])) | some e in array.slice(errors, 0, listed)]
	text := sprintf(" %s%s", [concat(" ", lines), more_errors(errors)])
}

more_errors(errors) := sprintf(" And %d more.", [count(errors) - listed]) if {
	count(errors) > listed
} else := ""

# sentence ends text with a full stop, unless it has an end of its own.
sentence(text) := text if {
	regex.match(`[.!?]$`, text)
} else := concat("", [text, "."])

place(problem) := sprintf("Line %d, column %d", [problem.line, problem.column]) if {
	problem.line > 0
} else := "The file"

first_line(errors) := errors[0].line if {
	count(errors) > 0
} else := 0

proposed_name(proposed) := sprintf("the default settings, which hold when %s is gone,", [settings_path]) if {
	proposed.removed
} else := "the proposed settings"

difference(d) := sprintf("%s%s %s (%s)", [d.rule, of_path(d.path), effect_of(d), trim_right(d.message, ".")])

of_path(path) := sprintf(" on %s", [path]) if {
	path != ""
} else := ""

effect_of(d) := sprintf("would %s and says nothing now", [verb[d.would_be]]) if {
	d.was == "none"
} else := sprintf("would say nothing and %s now", [present[d.was]]) if {
	d.would_be == "none"
} else := sprintf("would %s and %s now", [verb[d.would_be], present[d.was]])

verb := {"shadow": "be recorded in shadow", "warn": "warn", "block": "block"}

present := {"shadow": "is recorded in shadow", "warn": "warns", "block": "blocks"}

more_changes(proposed) := [sprintf("and %d more", [n])] if {
	n := (count(proposed.changes) + proposed.changes_more) - 20
	n > 0
} else := []

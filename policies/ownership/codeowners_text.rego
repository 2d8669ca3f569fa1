package lintel.ownership

# max_places is how many lines of a CODEOWNERS file one finding names; the rest is counted.
max_places := 10

sentence(text) := sprintf("%s%s", [upper(substring(text, 0, 1)), substring(text, 1, -1)])

# lint_finding is the one finding of a rule about the lines of a proposed CODEOWNERS file; it stands at the first of them.
lint_finding(rule, line, message, remedy) := {
	"rule": rule,
	"path": input.ownership.lint.path,
	"line": line,
	"end_line": line,
	"message": message,
	"remedy": remedy,
	"subject": "lines",
}

# first_line is the line of the first of a list of places.
first_line(places) := places[0].line

# shadow_line is the useless line, or the one that beats several.
shadow_line(shadows) := shadows[0].lines[0].line if {
	count(shadows) > 1
} else := shadows[0].lines[0].line if {
	losers(shadows[0]) == 1
} else := shadows[0].by.line

# told gives "what: a; b and 3 more."
told(what, items, total) := sprintf("%s: %s%s.", [what, concat("; ", array.slice(items, 0, max_places)), rest(items, total)])

rest(items, total) := sprintf("; and %d more", [more]) if {
	more := total - min([count(items), max_places])
	more > 0
} else := ""

# remedies gives each of some remedies once, in order, three at most.
remedies(all) := concat(" ", array.slice(once, 0, few)) if {
	once := [text | some i, text in all; not text in array.slice(all, 0, i)]
}

on_gitlab if input.ownership.dialect == "gitlab"

skip_text := "GitLab does not follow it" if {
	on_gitlab
} else := "GitHub skips the whole line"

skip_all_text := "GitLab follows them in part or not at all" if {
	on_gitlab
} else := "GitHub skips them whole"

line_text(line) := sprintf("line %d \"%s\"", [line.line, line.pattern])

invalid_text(invalid) := sprintf("%s in line %d, column %d, at \"%s\": %s. %s.", [
	invalid[0].kind,
	invalid[0].line,
	invalid[0].column,
	invalid[0].source,
	invalid[0].message,
	skip_text,
]) if {
	invalid_total == 1
} else := told(
	sprintf("%d lines are invalid, and %s", [invalid_total, skip_all_text]),
	[sprintf("line %d, column %d, at \"%s\" (%s)", [i.line, i.column, i.source, i.message]) | some i in invalid],
	invalid_total,
)

invalid_remedy(invalid) := sprintf("%s.", [sentence(invalid[0].suggestion)]) if {
	invalid_total == 1
} else := remedies([sprintf("Line %d: %s.", [i.line, i.suggestion]) | some i in invalid])

invalid_total := count(input.ownership.lint.invalid) + input.ownership.lint.more_invalid

owners_total := count(input.ownership.lint.owners) + input.ownership.lint.more_owners

lint_owners_text(owners) := sprintf("%s in line %d (%s) cannot approve: %s.%s", [
	owners[0].owner,
	owners[0].line,
	owners[0].pattern,
	owners[0].reason,
	alone_text(owners[0]),
]) if {
	owners_total == 1
} else := told(
	sprintf("%d owners cannot approve", [owners_total]),
	[sprintf("%s in line %d (%s), since %s%s", [o.owner, o.line, o.pattern, o.reason, alone_words(o)]) | some o in owners],
	owners_total,
)

alone_text(owner) := " No other owner of the line can either, so every change to its files would be refused." if {
	owner.alone
} else := ""

alone_words(owner) := ", as no other owner of the line can" if {
	owner.alone
} else := ""

lint_owner_remedy(owner) := sprintf("Write @login in place of %s.", [owner.owner]) if {
	owner.state == "unresolved"
} else := sprintf("Add members to %s, or name another owner.", [owner.owner]) if {
	owner.state == "empty"
} else := sprintf("Give %s write access to the repository, or name another owner.", [owner.owner]) if {
	owner.state == "no_write"
} else := sprintf("Correct the name %s, or name another owner. A team is written @organisation/team-name and must be visible.", [owner.owner])

unmatched_total := count(input.ownership.lint.unmatched) + input.ownership.lint.more_unmatched

unmatched_lines_text(lines) := sprintf("\"%s\" in line %d matches no file at the head of this change.%s", [
	lines[0].pattern,
	lines[0].line,
	pattern_hint(lines[0].pattern),
]) if {
	unmatched_total == 1
} else := sprintf("%s%s", [
	told(sprintf("%d lines match no file at the head of this change", [unmatched_total]), [line_text(l) | some l in lines], unmatched_total),
	concat("", {pattern_hint(l.pattern) | some l in lines}),
])

# pattern_hint explains the patterns that never match anything.
pattern_hint(pattern) := " A lone slash never does; * takes all files." if {
	pattern == "/"
} else := " Two slashes in a row never do." if {
	contains(pattern, "//")
} else := " A pattern that ends in /* takes the files of that directory alone, not those further down." if {
	endswith(pattern, "/*")
} else := ""

shadowed_total := sum([n | some s in input.ownership.lint.shadowed; n := losers(s)]) + input.ownership.lint.more_shadowed

shadows_text(shadows) := shadow_text(shadows[0]) if {
	count(shadows) == 1
	input.ownership.lint.more_shadowed == 0
} else := told(sprintf("%d lines never win", [shadowed_total]), [shadow_words(s) | some s in shadows], shadowed_total_groups)

shadowed_total_groups := count(input.ownership.lint.shadowed) + input.ownership.lint.more_shadowed

shadow_text(s) := sprintf("\"%s\" in line %d never wins: %s.", [s.lines[0].pattern, s.lines[0].line, taken_by(s)]) if {
	losers(s) == 1
} else := sprintf("%d lines never win (%s): %s.", [losers(s), loser_names(s), taken_by(s)])

# shadow_words is the same in a list.
shadow_words(s) := sprintf("%s (%s)", [loser_names(s), taken_by(s)])

losers(s) := count(s.lines) + s.more

loser_names(s) := some_of([line_text(l) | some l in s.lines], s.more)

# taken_by says which lines take the files, the one that takes most of them first.
taken_by(s) := sprintf("%s further down has the same reach, and the last one counts", [line_text(s.by)]) if {
	object.get(s, "same", false)
} else := sprintf("all %s files are taken by later lines, most of them by %s, others by %s", [whose(s), line_text(s.by), others_text(s)]) if {
	s.partly
	count(object.get(s, "others", [])) > 0
} else := sprintf("all %s files are taken by %s further down", [whose(s), line_text(s.by)])

whose(s) := "its" if {
	losers(s) == 1
} else := "their"

others_text(s) := some_of([line_text(l) | some l in array.slice(s.others, 0, few)], s.more_others + (count(s.others) - min([count(s.others), few])))

# shadow_remedy never asks for what would change nothing: lines of one reach cannot both win, and lines of one set of owners need not.
shadow_remedy(s) := sprintf("Remove %s: %s the same owners.", [loser_numbers(s), winner_names(s)]) if {
	object.get(s, "agree", false)
} else := sprintf("Keep one of the lines %s and %d, with the owners that are meant.", [number_list(s), s.by.line]) if {
	object.get(s, "same", false)
} else := sprintf("Move line %d above the lines it beats, or remove them.", [s.by.line]) if {
	not s.partly
	losers(s) > 1
} else := sprintf("Move %s below line %d, or remove %s.", [loser_numbers(s), object.get(s, "below", s.by.line), it_or_them(s)])

winner_names(s) := "the lines that win name" if {
	s.partly
} else := sprintf("line %d names", [s.by.line])

it_or_them(s) := "it" if {
	losers(s) == 1
} else := "them"

loser_numbers(s) := sprintf("line %d", [s.lines[0].line]) if {
	losers(s) == 1
} else := sprintf("lines %s", [number_list(s)])

number_list(s) := some_of([format_int(l.line, 10) | some l in s.lines], s.more)

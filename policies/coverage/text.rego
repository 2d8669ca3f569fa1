package lintel.coverage

import data.lintel.lib

options := input.settings.coverage

sentences(parts) := concat(" ", [part | some part in parts; part != ""])

kinds(1, one, _) := sprintf("1 %s", [one])

kinds(n, _, many) := sprintf("%d %s", [n, many]) if n != 1

# names gives the first of a list, and counts the others.
names(list, more) := concat(", ", array.concat(array.slice(list, 0, 5), others)) if {
	rest := (count(list) + more) - min([count(list), 5])
	others := [sprintf("and %d more", [rest]) | rest > 0]
}

only(list, 0) := list[0] if {
	count(list) == 1
} else := ""

rate(lines) := sprintf("%s (%d of %d)", [lines.percent, lines.hits, lines.measured])

partial(lines) := sprintf(", %s reached without all branches", [kinds(lines.partials, "line is", "lines are")]) if {
	lines.partials > 0
} else := ""

threshold := sprintf(", less %v points of tolerance", [options.patch.threshold]) if {
	options.patch.threshold > 0
} else := ""

patch_text := sprintf(
	"Tests cover %s of the added lines that were measured%s; %v %% is asked for%s.",
	[rate(input.coverage.patch.lines), partial(input.coverage.patch.lines), options.patch.min, threshold],
)

counted := [a.path | some a in input.coverage.absent; a.counted]

uncounted := [a | some a in input.coverage.absent; not a.counted]

absent_text := sprintf("No report knows %s; their added lines count as uncovered.", [names(counted, 0)]) if {
	count(counted) > 0
} else := ""

# open are the changed files with uncovered lines, in the order of the facts: most of them first.
open := [f | some f in input.coverage.files; count(f.uncovered) > 0]

worst_text := sprintf("Uncovered: %s.", [concat("; ", array.concat([spots(f) | some f in array.slice(open, 0, 5)], rest))]) if {
	count(open) > 0
	more := (count(open) - 5) + input.coverage.files_more
	rest := [sprintf("and %s more", [kinds(more, "file", "files")]) | more > 0]
} else := ""

spots(f) := sprintf("%s %s", [f.path, concat(", ", array.concat([span(r) | some r in array.slice(f.uncovered, 0, 5)], rest))]) if {
	more := (count(f.uncovered) - 5) + f.uncovered_more
	rest := [sprintf("and %d more places", [more]) | more > 0]
}

span(r) := sprintf("%d", [r.from]) if r.from == r.to

span(r) := sprintf("%d-%d", [r.from, r.to]) if r.from != r.to

write_tests := sprintf("Add tests that reach these lines, for example in %s.", [names(tests, 0)]) if {
	tests := array.slice([f.test | some i, f in open; f.test != ""; not named_before(i)], 0, 3)
	count(tests) > 0
} else := "Add tests that reach these lines."

named_before(i) if {
	some j, f in open
	j < i
	f.test == open[i].test
}

trust_text := "Some of these numbers were made by the author's own code." if {
	input.coverage.trust == "author"
} else := "The change edits what makes these numbers." if {
	input.coverage.trust == "reduced"
} else := ""

unknown_files := names(input.coverage.unknown_lines, input.coverage.unknown_lines_more)

# wanting holds when the added lines are below something that is asked for.
wanting if input.coverage.patch.outcome in {"missed", "advisory"}

wanting if {
	some part in array.concat(input.coverage.flags, input.coverage.paths)
	part.asked
	part.patch.outcome in {"missed", "advisory"}
}

places := [{"file": f, "range": r} | some f in array.slice(open, 0, 20); some r in f.uncovered]

place_text(place) := sprintf("%s reached, but not in all %s branches.%s", [lines_are(place.range), its(place.range), unmeasured(place.file)]) if {
	place.range.partial
} else := sprintf("%s not reached by any test.%s", [lines_are(place.range), unmeasured(place.file)])

lines_are(r) := sprintf("Line %d is", [r.from]) if {
	r.from == r.to
} else := sprintf("Lines %d to %d are", [r.from, r.to])

its(r) := "its" if {
	r.from == r.to
} else := "their"

unmeasured(f) := " No report knows this file." if {
	not f.known
} else := ""

place_remedy(f) := sprintf("Add a test that reaches them, for example in %s.", [f.test]) if {
	f.test != ""
} else := "Add a test that reaches them; no test file was found near this one."

project_texts["floor"] := sprintf("Tests cover %s of all measured lines; at least %v %% is asked for.", [rate(input.coverage.project.head), options.project.min]) if {
	input.coverage.project.below_min
}

project_texts["drop"] := drop_text(input.coverage.project, options.project.max_drop) if input.coverage.project.dropped

drop_text(p, most) := sprintf(
	"Coverage of the project changes by %s points, from %s at the merge base to %s; a drop of %v is tolerated.%s",
	[p.change, rate(p.base), rate(p.compared_head), most, carried_text(p)],
)

carried_text(p) := sprintf(" The numbers of %s are the merge base's, as far as lines did not change.", [flag_names(p.carried)]) if {
	count(p.carried) > 0
} else := ""

left_out_text := sprintf("Not compared, as only one side has them: %s.", [flag_names(input.coverage.project.left_out)]) if {
	input.coverage.project.compared
	count(input.coverage.project.left_out) > 0
} else := ""

flag_names(list) := concat(", ", [flag_name(f) | some f in list])

flag_name("") := "reports without a flag"

flag_name(f) := sprintf("flag %s", [f]) if f != ""

project_remedy := "Add tests for what the change touches, or bring back those that it removed." if {
	count(open) == 0
} else := write_tests

no_base := "There is no report of the merge base" if {
	not input.coverage.base_reported
} else := "The merge base and the head have no flag in common"

left_out_hint := sprintf(" Only one side has %s.", [flag_names(input.coverage.project.left_out)]) if {
	input.coverage.base_reported
} else := " Reports are needed for the commits of the base branch too."

part_texts(part, asked) := {subject: text |
	part.asked
	some subject, text in object.union_n([part_patch(part, asked), part_floor(part, asked), part_drop(part, asked)])
}

part_patch(part, asked) := {"patch": sprintf("tests cover %s of the added lines that were measured; %v %% is asked for.", [rate(part.patch.lines), asked.patch])} if {
	part.patch.outcome == "missed"
} else := {}

part_floor(part, asked) := {"floor": sprintf("tests cover %s of all measured lines; at least %v %% is asked for.", [rate(part.project.head), asked.project])} if {
	part.project.below_min
} else := {}

part_drop(part, asked) := {"drop": sprintf(
	"coverage changes by %s points, from %s at the merge base to %s; a drop of %v is tolerated.",
	[part.project.change, rate(part.project.base), rate(part.project.compared_head), object.get(asked, "max_drop", 0)],
)} if {
	part.project.dropped
} else := {}

lenient["patch"] := sprintf("%s It is shown for information alone.", [patch_text]) if {
	input.coverage.patch.outcome == "missed"
	options.patch.informational
}

lenient["few"] := sprintf("%s A change is judged from %s on.", [patch_text, kinds(options.patch.min_lines, "measured line", "measured lines")]) if {
	input.coverage.patch.outcome == "advisory"
}

lenient[sprintf("project %s", [subject])] := sprintf("%s It is shown for information alone.", [text]) if {
	options.project.informational
	some subject, text in project_texts
}

missing["head"] := sprintf("No coverage report of this commit counts, and the settings require one.%s", [given]) if not input.coverage.reported

missing[sprintf("flag %s", [part.name])] := sprintf("No coverage report of the flag %s counts for this commit, and the settings require one.", [part.name]) if {
	input.coverage.reported
	some part in input.coverage.flags
	part.asked
	not part.reported
	not part.carried
}

given := " No report was given." if {
	count(input.coverage.reports) == 0
} else := sprintf(" %s given.", [kinds(count(input.coverage.reports) + input.coverage.reports_more, "report was", "reports were")])

unusable := [r | some r in input.coverage.reports; not r.counts; not r.replaced]

named(r) := concat(" ", [part |
	some part in [side(r), "report", r.source, in_flag(r)]
	part != ""
])

side(r) := "merge base's" if {
	r.base
} else := "coverage"

in_flag(r) := sprintf("(flag %s)", [r.flag]) if {
	r.flag != ""
} else := ""

unusable_remedy(r) := fix_remedy if {
	r.unmatched > 0
} else := sprintf("Let CI measure the commit that is judged, and report again.%s", [checkout_hint]) if {
	some said in ["another version of the files", "it was measured at"]
	contains(r.why, said)
} else := "Look at the log of the job that makes the report, and report again."

unmatched_text := sprintf("%s of the reports %s no file of the repository: %s.%s", [
	kinds(total, "path", "paths"), means(total),
	names(input.coverage.unmatched.names, input.coverage.unmatched.more), no_tree,
]) if {
	total := count(input.coverage.unmatched.names) + input.coverage.unmatched.more
}

means(1) := "means"

means(n) := "mean" if n != 1

no_tree := " The files of the repository could not be listed, so only exact paths were matched." if {
	not input.coverage.unmatched.tree
} else := ""

meant_total := count(input.coverage.unmatched.meant) + input.coverage.unmatched.meant_more

meant_text := sprintf(
	"%d of the %s may be measured under a path that means no file: %s. At most %v %% may.",
	[meant_total, kinds(input.coverage.unmatched.sources, "changed source file", "changed source files"), names(input.coverage.unmatched.meant, input.coverage.unmatched.meant_more), options.unmatched_max],
)

some_meant_text := sprintf("Changed files that may be meant: %s.", [names(input.coverage.unmatched.meant, input.coverage.unmatched.meant_more)]) if {
	meant_total > 0
} else := ""

fix_remedy := concat(" ", [
	"Say how the report's paths become those of the repository: coverage.fixes in .github/lintel.yml replaces their beginnings (\"/build/app/::\"),",
	"coverage.roots names the folders that they are relative to (\"web/src\").",
])

# without_report are the rules that have nothing to judge when no report of the head counts.
without_report := {
	"coverage/patch", "coverage/uncovered", "coverage/project", "coverage/flag", "coverage/path", "coverage/below-target",
	"coverage/unresolved", "coverage/absent", "coverage/trust",
} | given_none

given_none := {"coverage/unusable", "coverage/unmatched"} | unrequired if {
	count(input.coverage.reports) == 0
} else := set()

unrequired := {"coverage/missing"} if {
	not options.required
} else := set()

without_reason := "No coverage report was handed in." if {
	count(input.coverage.reports) == 0
} else := "No coverage report of this commit counts."

# checkout_hint says how a job gets the head, where every job has to.
checkout_hint := " In GitHub Actions, check out github.event.pull_request.head.sha." if {
	lib.noun == "pull request"
} else := ""

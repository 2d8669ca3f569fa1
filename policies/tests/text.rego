package lintel.tests

# of_mark is the finding of a line that focuses or skips tests.
of_mark(id, m, message) := {
	"rule": id,
	"path": m.path,
	"line": m.line,
	"end_line": m.line,
	"message": message,
	"remedy": "",
	"subject": concat(" ", [m.word, m.name]),
}

called(m) := code(m.name) if {
	m.name != ""
} else := "a test"

code(s) := concat("", ["`", replace(s, "`", "'"), "`"])

tests_counted(r) := "1 test" if {
	count(r.tests) + r.more == 1
} else := sprintf("%d tests", [count(r.tests) + r.more])

# names are the first three, and how many more there are.
names(r) := concat("", [listed(r.tests), rest((count(r.tests) + r.more) - 3)])

listed(all) := concat(", ", [code(n) | some i, n in all; i < 3])

rest(n) := sprintf(" and %d more", [n]) if {
	n > 0
} else := ""

# leading is the source with most new logic of a state, where the change touches no test at all; nothing otherwise.
leading(state) := {first} if {
	all := wanting(state)
	count(all) > 0
	first := all[0]
} else := set()

of_source(id, s, state) := {
	"rule": id,
	"path": s.path,
	"line": s.line,
	"end_line": s.line,
	"message": concat("", [
		sprintf("%d new lines of logic%s come without a test. ", [s.logic, functions(s)]),
		known(s, state), others(state),
	]),
	"remedy": "",
	"subject": "",
}

functions(s) := sprintf(" (%s%s)", [listed(s.functions), rest(count(s.functions) - 3)]) if {
	count(s.functions) > 0
} else := ""

# wanting are the sources of a state that want tests: of a fix or a feature that touches none at all.
wanting(state) := [s | some s in input.tests.sources; s.state == state; s.branches > 1] if {
	count(input.tests.changed) == 0
	input.tests.kind in {"fix", "feature"}
} else := []

# uncovered are the functions of which a report says that no added line was reached.
uncovered := [f |
	some f in input.tests.functions
	some c in input.coverage.files
	c.path == f.path
	c.known
	some r in c.uncovered
	not r.partial
	r.from <= f.first
	r.to >= f.last
]

# skipped are the marks that skip a test without naming an issue.
skipped := [m | some m in input.tests.marks; m.kind == "skipped"; not m.ticket]

# alone says that the change adds no test and takes no logic away.
alone if {
	input.tests.added == 0
	input.tests.less == 0
	input.tests.kind != "other"
}

known(s, "exists") := sprintf("%s tests this file and stays as it is.", [code(s.test)])

known(s, "none") := sprintf("No test of this file is known; one would be expected at %s.", [code(s.test)])

others(state) := sprintf(" So do %d more files.", [n]) if {
	n := count(wanting(state)) - 1
	n > 1
} else := " So does 1 more file." if {
	count(wanting(state)) == 2
} else := ""

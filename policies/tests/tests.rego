# METADATA
# title: Tests of a change
# description: >-
#   New logic wants tests with it, and tests that run keep running. These rules know by the customs of each language where the tests of a source file
#   stand, and say of a changed source one of three things: its tests come with the change, they exist and stay as they are, or none is known. They judge
#   code that people write; generated files, configuration, entry points, examples and scripts want no tests.
package lintel.tests

# METADATA
# title: One focused test keeps all others from running
# description: >-
#   The change adds `.only`, `fit`, `fdescribe`, `FIt` or the like. A test runner then runs that test alone, and CI passes without the others.
# custom:
#   id: tests/focused
#   passes: No test is focused
#   severity: error
#   mode: warn
#   measured: {right: 7, labelled: 7, all: true, fired: 6, changes: 13531, date: "2026-11-29",
#     why: "Makers of test runners, whose tests are about these words, were left out."}
#   remedy: Remove the mark; it is meant for the time of writing.
#   reads: [files, settings]
#   merge_queue: carry
#   off: CI refuses focused tests itself, as by forbidOnly.
#   missing: A file whose lines are not known is named by tests/unread; while the list of files is incomplete it abstains.
#   options: [tests.exempt]
#   examples:
#     good: ['it("adds up", add)']
#     bad: ['it.only("adds up", add)']
deny contains finding if {
	some m in input.tests.marks
	m.kind == "focused"
	finding := of_mark(
		rego.metadata.rule().custom.id, m,
		sprintf("%s focuses %s, so other tests do not run.", [code(m.word), called(m)]),
	)
}

# METADATA
# title: A test that ran is skipped now
# description: >-
#   The change skips a test that was there before, in all cases, and names no issue beside it. What it tested is tested no more, and nothing reminds
#   anybody of it. A skip under a condition is none, and neither is one that only moves. A change whose title says that it skips tests is not reported.
# custom:
#   id: tests/skipped
#   passes: No test that ran is skipped without an issue
#   severity: warning
#   mode: warn
#   measured: {right: 52, labelled: 55, fired: 8, changes: 21650, date: "2026-11-29",
#     why: "Makers of test runners, whose tests are about these words, were left out."}
#   remedy: Repair the test, or name beside the mark the issue in which it will be.
#   reads: [files, settings]
#   merge_queue: carry
#   off: Skipped tests are tracked otherwise.
#   missing: A file whose lines are not known is named by tests/unread; while the list of files is incomplete it abstains.
#   options: [tests.exempt]
#   examples:
#     good: ['@Disabled("until #412 is solved") above a test.']
#     bad: ['@Disabled above a test that ran.']
deny contains finding if {
	not input.tests.announced
	some m in skipped
	m.existing
	finding := of_mark(
		rego.metadata.rule().custom.id, m,
		sprintf("%s skips %s, which ran before, and no issue is named.", [code(m.word), called(m)]),
	)
}

# METADATA
# title: A new test is skipped from the start
# description: >-
#   The change adds a test that never runs, and names no issue beside it.
# custom:
#   id: tests/skipped-new
#   passes: No new test is skipped from the start
#   severity: notice
#   mode: shadow
#   measured: {right: 8, labelled: 40, fired: 7, changes: 11847, date: "2026-11-29"}
#   remedy: Let it run, or name beside the mark the issue in which it will.
#   reads: [files, settings]
#   merge_queue: carry
#   off: Tests that are run by hand are skipped by custom.
#   missing: A file whose lines are not known is named by tests/unread; while the list of files is incomplete it abstains.
#   options: [tests.exempt]
#   examples:
#     good: ['A new test that runs.']
#     bad: ['A new test below #[ignore].']
deny contains finding if {
	some m in skipped
	not m.existing
	finding := of_mark(
		rego.metadata.rule().custom.id, m,
		sprintf("%s skips %s, which is new, and no issue is named.", [code(m.word), called(m)]),
	)
}

# METADATA
# title: The tests of a file go, and the file stays
# description: >-
#   The change removes a file of tests. The source that it tested by its name is still there, the tests are added nowhere else, and the
#   change takes no logic away.
# custom:
#   id: tests/removed-file
#   passes: No file of tests is removed whose source stays
#   severity: warning
#   mode: shadow
#   measured: {right: 0, labelled: 0, fired: 0, changes: 11847, date: "2026-11-28"}
#   remedy: Keep the tests, or say in the description which ones take their place.
#   reads: [files, contents, settings]
#   merge_queue: carry
#   off: Tests are reorganised often, under other names.
#   missing: Where it is not known whether the source stays it is silent; while the list of files is incomplete it abstains.
#   options: [tests.exempt]
#   examples:
#     good: ['cart.go and cart_test.go are removed together.']
#     bad: ['cart_test.go is removed, cart.go stays.']
deny contains finding if {
	alone
	some r in input.tests.removed
	r.file
	finding := {
		"rule": rego.metadata.rule().custom.id,
		"path": r.path,
		"line": 0,
		"end_line": 0,
		"message": sprintf("This file goes with %s, and %s stays: %s.", [tests_counted(r), code(r.source), names(r)]),
		"remedy": "",
		"subject": "",
	}
}

# METADATA
# title: Tests go while what they test stays
# description: >-
#   The change removes tests from a file that stays, adds no test, and takes no logic away.
# custom:
#   id: tests/removed
#   passes: No tests are removed without others in their place
#   severity: notice
#   mode: shadow
#   measured: {right: 4, labelled: 30, fired: 5, changes: 21650, date: "2026-11-30"}
#   remedy: Keep the tests, or say in the description which ones take their place.
#   reads: [files, settings]
#   merge_queue: carry
#   off: Tests are reorganised often, under other names.
#   missing: A file whose lines are not known is named by tests/unread; while the list of files is incomplete it abstains.
#   options: [tests.exempt]
#   examples:
#     good: ['A test is renamed.']
#     bad: ['TestRefund is removed, and nothing else changes.']
deny contains finding if {
	alone
	some r in input.tests.removed
	not r.file
	finding := {
		"rule": rego.metadata.rule().custom.id,
		"path": r.path,
		"line": 0,
		"end_line": 0,
		"message": sprintf("This change removes %s and adds none: %s.", [tests_counted(r), names(r)]),
		"remedy": "",
		"subject": "tests",
	}
}

# METADATA
# title: New logic without a test, and none is known
# description: >-
#   A fix or a feature, by its title, adds logic to a source file that decides something, and touches no test at all. No test of the file stands where
#   custom or the settings would have it.
# custom:
#   id: tests/missing
#   passes: New logic comes with tests, or has some
#   severity: warning
#   mode: shadow
#   measured: {right: 23, labelled: 47, fired: 47, changes: 11847, date: "2026-11-28"}
#   remedy: Add a test of the new behaviour; where tests stand elsewhere, name the place in tests.places.
#   reads: [files, contents, attributes, title, settings]
#   merge_queue: carry
#   off: Coverage is measured and judged, which says more.
#   missing: Of a file of which it is not known it says nothing, and the facts say why; while the list of files is incomplete it abstains.
#   options: [tests.min_lines, tests.exempt, tests.places]
#   examples:
#     good: ['cart.go gets 40 lines of logic, and cart_test.go changes with it.']
#     bad: ['cart.go gets 40 lines of logic; there is no cart_test.go, and no test changes.']
deny contains finding if {
	some first in leading("none")
	finding := of_source(rego.metadata.rule().custom.id, first, "none")
}

# METADATA
# title: New logic, and its tests stay as they are
# description: >-
#   A fix or a feature, by its title, adds logic that decides something to a source file that has tests, and touches no test at all.
# custom:
#   id: tests/unchanged
#   passes: Tests change with the logic that they test
#   severity: notice
#   mode: shadow
#   measured: {right: 20, labelled: 30, fired: 23, changes: 21650, date: "2026-11-30"}
#   remedy: Add a case for the new behaviour to the tests that exist.
#   reads: [files, contents, attributes, title, settings]
#   merge_queue: carry
#   off: Coverage is measured and judged, which says more.
#   missing: Of a file of which it is not known it says nothing, and the facts say why; while the list of files is incomplete it abstains.
#   options: [tests.min_lines, tests.exempt, tests.places]
#   examples:
#     good: ['cart.go gets 40 lines of logic, and cart_test.go changes with it.']
#     bad: ['cart.go gets 40 lines of logic, and cart_test.go stays as it is.']
deny contains finding if {
	some first in leading("exists")
	finding := of_source(rego.metadata.rule().custom.id, first, "exists")
}

# METADATA
# title: A changed function that no test reaches
# description: >-
#   By the reports of coverage, no test reached any of the lines that the change adds to the function. The functions are known where the settings expect a
#   report of coverage, for the first twenty changed sources in languages whose functions Lintel reads.
# custom:
#   id: tests/uncovered
#   passes: Tests reach every changed function
#   severity: notice
#   mode: warn
#   measured: {right: 0, labelled: 0, fired: 0, changes: 0, date: "2026-11-28", why: A clone has no reports of coverage.}
#   remedy: Add a test that calls it.
#   reads: [files, contents, attributes, reports, settings]
#   merge_queue: carry
#   off: The rate of coverage is enough.
#   missing: Without a report it says nothing, and coverage says so; while the list of files is incomplete it abstains.
#   options: [tests.exempt]
#   examples:
#     good: ['Total gets ten lines, and a test reaches one of them.']
#     bad: ['Total gets ten lines, and no test reaches any.']
deny contains finding if {
	count(uncovered) > 0
	first := uncovered[0]
	finding := {
		"rule": rego.metadata.rule().custom.id,
		"path": first.path,
		"line": first.line,
		"end_line": first.line,
		"message": sprintf("No test reaches what this change adds to %s%s.", [
			concat(", ", [sprintf("%s (%s:%d)", [code(f.name), f.path, f.line]) | some i, f in uncovered; i < 5]),
			rest(count(uncovered) - 5),
		]),
		"remedy": "",
		"subject": "",
	}
}

# METADATA
# title: What could not be judged about tests
# description: >-
#   The lines of a changed source or test file are not known. Nothing was found there because nothing was looked at.
# custom:
#   id: tests/unread
#   passes: Every changed source and test was judged
#   severity: notice
#   mode: warn
#   measured: {right: 0, labelled: 9, fired: 3, changes: 21650, date: "2026-11-28",
#     why: "It names what no rule looked at. Silence would be taken for a pass."}
#   remedy: Look at the file as a reviewer; no rule has.
#   reads: [files, settings]
#   merge_queue: carry
#   off: Large files are reviewed otherwise.
#   missing: That is what it is about.
#   stands_in: true
#   options: []
#   examples:
#     good: ['A source file of 200 changed lines.']
#     bad: ['A source file whose diff GitHub does not show.']
deny contains finding if {
	some u in input.tests.unread
	finding := {
		"rule": rego.metadata.rule().custom.id,
		"path": u.path,
		"line": 0,
		"end_line": 0,
		"message": sprintf("Tests of this file were not judged: %s.", [u.why]),
		"remedy": "",
		"subject": "",
	}
}

abstain contains {
	"rule": rule,
	"reason": "The list of changed files is incomplete, so tests may be missing from it.",
} if {
	not input.files.complete
	some rule in [
		"tests/focused",
		"tests/skipped",
		"tests/skipped-new",
		"tests/removed-file",
		"tests/removed",
		"tests/missing",
		"tests/unchanged",
		"tests/uncovered",
	]
}

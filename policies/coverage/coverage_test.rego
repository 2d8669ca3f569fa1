package lintel.coverage_test

import data.lintel.coverage

lines(hits, partials, misses, percent) := {"measured": (hits + partials) + misses, "hits": hits, "partials": partials, "misses": misses, "percent": percent}

nothing := lines(0, 0, 0, "no lines")

project := {
	"head": nothing, "below_min": false, "compared": false, "compared_head": nothing, "base": nothing, "adjusted": nothing, "dropped": false, "change": "",
	"carried": [], "left_out": [],
}

unmatched := {"names": [], "more": 0, "sources": 2, "meant": [], "meant_more": 0, "over": false, "tree": true}

# silent_facts are those of a change without any report.
silent_facts := {
	"reported": false, "base_reported": false, "trust": "full", "trust_why": [], "reports": [], "reports_more": 0,
	"patch": {"lines": nothing, "outcome": "not_affected"}, "project": project, "flags": [], "paths": [], "files": [], "files_more": 0,
	"absent": [], "absent_more": 0, "unmatched": unmatched, "unknown_lines": [], "unknown_lines_more": 0, "notes": [], "notes_more": 0,
}

usual := {
	"patch": {"min": 80, "threshold": 0, "min_lines": 5, "informational": false},
	"project": {"min": 0, "max_drop": 0.5, "adjust_base": true, "informational": false},
	"required": false, "absent": "auto", "unmatched_max": 50, "ignore": [], "roots": [], "fixes": [], "flags": {}, "paths": {},
}

file(path, uncovered) := {"path": path, "added": 9, "lines": lines(1, 0, 2, "33.33 %"), "known": true, "uncovered": uncovered, "uncovered_more": 0, "test": "cart/cart_test.go"}

range(from, to) := {"from": from, "to": to, "partial": false}

fine := object.union(silent_facts, {
	"reported": true, "base_reported": true, "patch": {"lines": lines(5, 0, 0, "100 %"), "outcome": "met"},
	"project": object.union(project, {"compared": true, "change": "+0.00"}), "files": [file("cart/cart.go", [])],
})

missed := {
	"patch": {"lines": lines(4, 1, 1, "66.66 %"), "outcome": "missed"},
	"files": [
		object.union(file("cart/cart.go", [range(11, 11), object.union(range(13, 15), {"partial": true})]), {"uncovered_more": 2}),
		object.union(file("web/a.ts", [range(3, 9)]), {"test": "", "known": false}),
	],
}

of(facts, options) := {"coverage": object.union(fine, facts), "settings": {"coverage": object.union(usual, options)}}

only_silent(facts, options) := {"coverage": object.union(silent_facts, facts), "settings": {"coverage": object.union(usual, options)}}

by(document, rule) := [f | some f in coverage.deny with input as document; f.rule == rule]

said(document, rule) := by(document, rule)[0] if count(by(document, rule)) == 1

quiet(document) if {
	count(coverage.deny) == 0 with input as document
	count(coverage.abstain) == 0 with input as document
}

abstains(document) := {a.rule: a.reason | some a in coverage.abstain with input as document}

test_no_report_is_not_measured if {
	document := only_silent({"flags": [part("unit", {"reported": false})]}, {})
	count(coverage.deny) == 0 with input as document
	said := abstains(document)
	count(said) == 12
	every _, reason in said { reason == "No coverage report was handed in." }
}

test_no_report_though_required if {
	document := only_silent({}, {"required": true})
	{f.rule | some f in coverage.deny with input as document} == {"coverage/missing"}
	said := abstains(document)
	count(said) == 11
	not said["coverage/missing"]
}

test_no_report_counts if {
	stale := {"source": "u1", "flag": "", "format": "go", "sha": "x", "base": false, "trust": "full", "counts": false, "replaced": false, "why": "it is old", "files": 0, "unmatched": 0}
	document := only_silent({"reports": [stale]}, {})
	{f.rule | some f in coverage.deny with input as document} == {"coverage/unusable"}
	said := abstains(document)
	said["coverage/patch"] == "No coverage report of this commit counts."
	not said["coverage/unusable"]
	not said["coverage/unmatched"]
}

test_covered if quiet(of({}, {}))

test_patch if {
	finding := said(of(missed, {}), "coverage/patch")
	finding.message == concat(" ", [
		"Tests cover 66.66 % (4 of 6) of the added lines that were measured, 1 line is reached without all branches; 80 % is asked for.",
		"Uncovered: cart/cart.go 11, 13-15; web/a.ts 3-9.",
	])
}

test_patch_tolerance_and_trust if {
	finding := said(of(object.union(missed, {"trust": "author", "trust_why": ["The report u1 was made by code of the change's own author."]}), {"patch": {"threshold": 2.5}}), "coverage/patch")
	contains(finding.message, "80 % is asked for, less 2.5 points of tolerance.")
	endswith(finding.message, "Some of these numbers were made by the author's own code.")
	startswith(finding.remedy, "Add tests that reach these lines, for example in cart/cart_test.go.")
}

test_patch_many_files if {
	many := [object.union(file(sprintf("f%d.go", [i]), [range(1, 1)]), {"test": ""}) | some i in numbers.range(1, 9)]
	finding := said(of(object.union(missed, {"files": many, "files_more": 3}), {}), "coverage/patch")
	contains(finding.message, "f5.go 1; and 7 files more.")
	startswith(finding.remedy, "Add tests that reach these lines. Then")
}

test_patch_of_absent_files if {
	absent := [{"path": "web/a.ts", "added": 7, "counted": true}]
	finding := said(of(object.union(missed, {"absent": absent}), {}), "coverage/patch")
	contains(finding.message, "No report knows web/a.ts; their added lines count as uncovered.")
	count(by(of(object.union(missed, {"absent": absent}), {}), "coverage/absent")) == 0
}

test_informational if {
	document := of(missed, {"patch": {"informational": true}})
	count(by(document, "coverage/patch")) == 0
	endswith(said(document, "coverage/below-target").message, "It is shown for information alone.")
}

test_few_lines if {
	document := of({"patch": {"lines": lines(0, 0, 1, "0 %"), "outcome": "advisory"}}, {})
	count(by(document, "coverage/patch")) == 0
	said(document, "coverage/below-target").message == concat(" ", [
		"Tests cover 0 % (0 of 1) of the added lines that were measured; 80 % is asked for.",
		"A change is judged from 5 measured lines on.",
	])
}

test_uncovered if {
	found := by(of(missed, {}), "coverage/uncovered")
	count(found) == 3
	{
		"cart/cart.go 11-11 Line 11 is not reached by any test.", "cart/cart.go 13-15 Lines 13 to 15 are reached, but not in all their branches.",
		"web/a.ts 3-9 Lines 3 to 9 are not reached by any test. No report knows this file.",
	} == {text |
		some f in found
		text := sprintf("%s %d-%d %s", [f.path, f.line, f.end_line, f.message])
	}
	{"Add a test that reaches them, for example in cart/cart_test.go.", "Add a test that reaches them; no test file was found near this one."} == {f.remedy | some f in found}
}

test_uncovered_is_bounded if {
	many := [file(sprintf("f%d.go", [i]), [object.union(range(1, 1), {"partial": true}), range(3, 3)]) | some i in numbers.range(1, 40)]
	count(by(of(object.union(missed, {"files": many}), {}), "coverage/uncovered")) == 20
}

test_uncovered_for_a_part if {
	facts := {"files": missed.files, "flags": [part("unit", {"patch": {"lines": lines(0, 0, 9, "0 %"), "outcome": "missed"}})]}
	count(by(of(facts, {"flags": {"unit": {"patch": 80}}}), "coverage/uncovered")) == 3
}

test_unknown_lines if {
	abstains(of({"unknown_lines": ["big.go"]}, {}))["coverage/patch"] == "The added lines of big.go could not be read, so the rate of the others settles nothing."
	count(abstains(of({"unknown_lines": ["big.go"]}, {"patch": {"min": 0}}))) == 0
}

compared(more) := {"project": object.union(project, object.union({"compared": true, "base": lines(80, 0, 20, "80 %"), "compared_head": lines(75, 0, 25, "75 %"), "change": "-5.00"}, more))}

test_project if {
	document := of(compared({"dropped": true, "below_min": true, "head": lines(75, 0, 25, "75 %"), "left_out": ["e2e", ""]}), {"project": {"min": 90}})
	found := {f.subject: f.message | some f in by(document, "coverage/project")}
	found.floor == "Tests cover 75 % (75 of 100) of all measured lines; at least 90 % is asked for. Not compared, as only one side has them: flag e2e, reports without a flag."
	startswith(found.drop, "Coverage of the project changes by -5.00 points, from 80 % (80 of 100) at the merge base to 75 % (75 of 100); a drop of 0.5 is tolerated.")
	every f in by(document, "coverage/project") { startswith(f.remedy, "Add tests for what the change touches, or bring back those that it removed.") }
}

test_project_carried if {
	finding := said(of(object.union(compared({"dropped": true, "carried": ["e2e"]}), {"files": missed.files, "trust": "reduced"}), {}), "coverage/project")
	contains(finding.message, "The numbers of flag e2e are the merge base's, as far as lines did not change.")
	endswith(finding.message, "The change edits what makes these numbers.")
	startswith(finding.remedy, "Add tests that reach these lines")
}

test_project_informational if {
	document := of(compared({"dropped": true}), {"project": {"informational": true}})
	count(by(document, "coverage/project")) == 0
	contains(said(document, "coverage/below-target").message, "a drop of 0.5 is tolerated. It is shown for information alone.")
}

test_no_base if {
	startswith(abstains(of({"base_reported": false, "project": project}, {}))["coverage/project"], "There is no report of the merge base, so nobody can say whether coverage drops. Reports are needed")
	abstains(of({"project": object.union(project, {"left_out": ["a", "b"]})}, {}))["coverage/project"] == "The merge base and the head have no flag in common, so nobody can say whether coverage drops. Only one side has flag a, flag b."
	count(abstains(of({"base_reported": false, "project": project}, {"project": {"max_drop": 100}}))) == 0
}

part(name, more) := object.union({"name": name, "asked": true, "reported": true, "carried": false, "patch": fine.patch, "project": project}, more)

bad_part(name) := part(name, {
	"patch": {"lines": lines(1, 0, 9, "10 %"), "outcome": "missed"},
	"project": object.union(compared({"dropped": true, "below_min": true, "head": lines(75, 0, 25, "75 %")}).project, {}),
})

test_flags if {
	asked := {"flags": {"unit": {"patch": 80, "project": 90, "max_drop": 1}, "e2e": {"patch": 80, "project": 0, "max_drop": null}}}
	document := of({"flags": [bad_part("unit"), part("e2e", {}), object.union(bad_part("other"), {"asked": false})]}, asked)
	found := {f.subject: f.message | some f in by(document, "coverage/flag")}
	found == {
		"unit patch": "Flag unit: tests cover 10 % (1 of 10) of the added lines that were measured; 80 % is asked for.",
		"unit floor": "Flag unit: tests cover 75 % (75 of 100) of all measured lines; at least 90 % is asked for.",
		"unit drop": "Flag unit: coverage changes by -5.00 points, from 80 % (80 of 100) at the merge base to 75 % (75 of 100); a drop of 1 is tolerated.",
	}
}

test_flag_without_report if {
	facts := {"flags": [part("unit", {"reported": false}), part("e2e", {"reported": false, "carried": true})]}
	abstains(of(facts, {}))["coverage/flag"] == "No report of the head counts for the flags unit."
	finding := said(of(facts, {"required": true}), "coverage/missing")
	finding.message == "No coverage report of the flag unit counts for this commit, and the settings require one."
	count(abstains(of(facts, {"required": true}))) == 0
}

test_paths if {
	document := of({"paths": [bad_part("billing/**"), part("web/**", {})]}, {"paths": {"billing/**": {"patch": 95, "project": 90}, "web/**": {"patch": 10, "project": 0}}})
	startswith(by(document, "coverage/path")[0].message, "Below billing/**: ")
	count(by(document, "coverage/path")) == 3
}

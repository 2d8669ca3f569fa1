package lintel.coverage_test

import data.lintel.coverage

report(more) := object.union(
	{"source": "unit.info", "flag": "", "format": "lcov", "sha": "", "base": false, "trust": "full", "counts": true, "replaced": false, "why": "", "files": 3, "unmatched": 0},
	more,
)

test_missing if {
	finding := said(only_silent({}, {"required": true}), "coverage/missing")
	finding.message == "No coverage report of this commit counts, and the settings require one. No report was given."
	given := said(only_silent({"reports": [report({"counts": false, "why": "x"}), report({"replaced": true, "counts": false})]}, {"required": true}), "coverage/missing")
	endswith(given.message, "2 reports were given.")
	count(by(of({}, {"required": true}), "coverage/missing")) == 0
}

test_unusable if {
	stale := report({"flag": "unit", "counts": false, "why": "it was measured at old, but the head is new"})
	foreign := report({"source": "b.xml", "base": true, "counts": false, "why": "none of its 2 paths means a file of the repository", "files": 0, "unmatched": 2})
	old := report({"source": "old.info", "counts": false, "why": "it was made of another version of the files: line 3 of a.c has another text in it"})
	bad := report({"source": "bad.info", "counts": false, "why": "it could not be read: line 3"})
	document := only_silent({"reports": [stale, foreign, old, bad, report({"counts": false, "replaced": true, "why": "a later report replaces it"})]}, {})
	found := {f.message: f.remedy | some f in by(document, "coverage/unusable")}
	count(found) == 4
	startswith(found["The coverage report old.info does not count: it was made of another version of the files: line 3 of a.c has another text in it."], "Let CI measure")
	startswith(found["The coverage report bad.info does not count: it could not be read: line 3."], "Look at the log")
	startswith(found["The coverage report unit.info (flag unit) does not count: it was measured at old, but the head is new."], "Let CI measure the commit that is judged")
	startswith(found["The merge base's report b.xml does not count: none of its 2 paths means a file of the repository."], "Say how")
}

test_unusable_is_bounded if {
	many := [report({"source": sprintf("%d", [i]), "counts": false, "why": "no"}) | some i in numbers.range(1, 90)]
	count(by(only_silent({"reports": many}, {}), "coverage/unusable")) == 20
}

test_unresolved if {
	finding := said(of({"unmatched": object.union(unmatched, {"names": ["/x/a.go"], "tree": false})}, {}), "coverage/unresolved")
	finding.message == "1 path of the reports means no file of the repository: /x/a.go. The files of the repository could not be listed, so only exact paths were matched."
	contains(finding.remedy, "coverage.fixes")
	some_meant := said(of({"unmatched": object.union(unmatched, {"names": ["/x/a.go", "b"], "more": 7, "meant": ["web/a.go"]})}, {}), "coverage/unresolved")
	some_meant.message == "9 paths of the reports mean no file of the repository: /x/a.go, b, and 7 more. Changed files that may be meant: web/a.go."
}

test_unmatched if {
	document := of({"unmatched": object.union(unmatched, {"names": ["/x/a.go"], "meant": ["web/a.go"], "meant_more": 1, "over": true})}, {})
	said(document, "coverage/unmatched").message == concat(" ", [
		"2 of the 2 changed source files may be measured under a path that means no file: web/a.go, and 1 more. At most 50 % may.",
		"1 path of the reports means no file of the repository: /x/a.go.",
	])
	count(by(document, "coverage/unresolved")) == 0
}

absent(path) := {"path": path, "added": 3, "counted": false}

test_absent if {
	one := said(of({"absent": [absent("web/a.ts"), {"path": "b.go", "added": 1, "counted": true}]}, {}), "coverage/absent")
	one.path == "web/a.ts"
	one.message == "No report knows web/a.ts, so their added lines are neither covered nor uncovered."
	two := said(of({"absent": [absent("web/a.ts"), absent("web/b.ts")]}, {}), "coverage/absent")
	two.path == ""
	contains(two.message, "web/a.ts, web/b.ts")
}

test_trust if {
	document := of({"trust": "reduced", "trust_why": ["The change edits .github/workflows/ci.yml, which decides how coverage is measured."]}, {})
	finding := said(document, "coverage/trust")
	startswith(finding.message, "The change edits .github/workflows/ci.yml")
	count(by(only_silent({"trust_why": ["x"]}, {}), "coverage/trust")) == 0
	count(coverage.abstain) == 0 with input as document
}

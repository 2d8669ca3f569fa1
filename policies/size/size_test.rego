package lintel.size_test

import data.lintel.size

none := {"files": [], "more": 0}

# small is a change that no rule objects to.
small := {
	"class": "S",
	"lines": 20,
	"additions": 15,
	"deletions": 5,
	"files": 2,
	"all_files": 3,
	"all_lines": 320,
	"documentation_lines": 0,
	"new": fresh(11),
	"largest": [{"path": "web/a.ts", "files": 1, "lines": 12}, {"path": "api/b.go", "files": 1, "lines": 8}],
	"folders": [{"path": "web", "files": 1, "lines": 12}, {"path": "api", "files": 1, "lines": 8}],
	"uncounted": [{"reason": "lock", "files": 1, "lines": 300, "paths": ["go.sum"], "more": 0}],
	"binaries": none,
	"products": none,
	"large": none,
	"large_before": none,
	"large_unsure": none,
	"twins": [],
	"twins_more": 0,
	"submodules": none,
	"complete": true,
	"files_complete": true,
	"unknown_lines": none,
	"unknown_bytes": none,
	"attributes": "",
	"notes": [],
	"notes_more": 0,
}

# fresh are new lines of two files.
fresh(n) := {
	"lines": n, "files": 2, "moved": 0, "repeated": 0, "swept": 0, "tests": 0,
	"largest": [{"path": "web/a.ts", "files": 1, "lines": 7}, {"path": "api/b.go", "files": 1, "lines": 4}],
	"folders": [{"path": "web", "files": 1, "lines": 7}, {"path": "api", "files": 1, "lines": 4}],
}

fresh_in(n, folders) := object.union(fresh(n), {"folders": folders})

limits := {"fail_over": 1000, "files_over": 0, "large_file": 1048576, "binaries": true}

# of is the policy input of a change and settings that differ from the usual ones by these members.
of(facts, options) := {"size": object.union(small, facts), "settings": {"size": object.union(limits, options)}}

# said gives the one finding of an input.
said(document) := finding if {
	findings := size.deny with input as document
	count(findings) == 1
	some finding in findings
}

silent(document) if {
	findings := size.deny with input as document
	count(findings) == 0
}

list(entries) := {"files": entries, "more": 0}

entry(path, bytes) := {"path": path, "bytes": bytes, "status": "added", "reason": ""}

test_small if silent(of({}, {}))

test_at_the_limit if silent(of({"lines": 99999, "new": fresh(1000)}, {}))

test_no_limits if {
	silent(of(
		{"lines": 99999, "new": fresh(99999), "files": 9999, "files_complete": false, "complete": false, "unknown_lines": list([entry("a", -1)])},
		{"fail_over": 0, "files_over": 0, "large_file": 0},
	))
}

test_too_large if {
	finding := said(of({"new": object.union(fresh(1001), {"tests": 40, "moved": 1})}, {}))
	finding.rule == "size/too-large"
	finding.message == concat(" ", [
		"This change has 1001 new lines to read in 2 files; the limit is 1000.",
		"Most are in web (7 lines), api (4 lines).",
		"Not counted: 40 lines (tests), 1 line (moved, or the same but for spaces), 300 lines in 1 file (lock files).",
	])
	startswith(finding.remedy, "Split it into pull requests that can be merged one after another, for example web on its own first, with its tests.")
	contains(finding.remedy, "linguist-generated")
	finding.subject == "lines"
}

test_too_large_in_one_folder if {
	finding := said(of({"new": fresh_in(1001, [{"path": "web", "files": 2, "lines": 1001}]), "uncounted": []}, {}))
	contains(finding.message, "Most are in web/a.ts (7 lines), api/b.go (4 lines).")
	not contains(finding.message, "Not counted")
	contains(finding.remedy, "preparation, then the change")
}

test_too_large_and_incomplete if {
	finding := said(of({"new": fresh(1001), "complete": false, "unknown_lines": list([entry("a", -1)])}, {}))
	finding.rule == "size/too-large"
	contains(finding.message, "has at least 1001 new lines")
}

test_too_large_and_files_missing if {
	findings := size.deny with input as of({"new": fresh(1001), "complete": false, "files_complete": false}, {"large_file": 0})
	count(findings) == 1
	some finding in findings
	contains(finding.message, "has at least 1001 new lines")
}

test_too_large_without_attributes if {
	finding := said(of({"new": fresh(1001), "complete": false, "attributes": "HTTP 500"}, {}))
	contains(finding.message, "Generated files may be among them, as .gitattributes was not fully applied: HTTP 500.")
}

test_too_many_files if {
	folders := [{"path": "web", "files": 1, "lines": 12}, {"path": "api", "files": 50, "lines": 8}]
	finding := said(of({"files": 51, "folders": folders}, {"files_over": 50}))
	finding.rule == "size/too-many-files"
	finding.message == "This change touches 51 files to read; the limit is 50. Most are in api (50 files), web (1 file)."
	silent(of({"files": 50}, {"files_over": 50}))
}

test_too_many_files_without_lines if {
	finding := said(of({"files": 51, "folders": []}, {"files_over": 50}))
	contains(finding.message, "Most are in one folder.")
}

# product is a list entry with what it is.
product(path, bytes, what) := object.union(entry(path, bytes), {"reason": what})

test_product_added if {
	finding := said(of({"products": list([product("bin/tool", 2048, "a program")])}, {}))
	finding.rule == "size/binary-added"
	finding.path == "bin/tool"
	finding.message == "This change adds 1 build product: bin/tool (a program, 2 KiB)."
	silent(of({"products": list([product("bin/tool", 2048, "a program")])}, {"binaries": false}))
}

test_pictures_are_silent if silent(of({"binaries": list([entry("logo.png", 2048)])}, {}))

test_many_products if {
	finding := said(of({"products": {"files": [product(sprintf("%d.o", [i]), -1, "an object file") | some i in numbers.range(1, 100)], "more": 5}}, {}))
	finding.path == ""
	startswith(finding.message, "This change adds 105 build products: 1.o (an object file), 2.o (an object file),")
	endswith(finding.message, "10.o (an object file), and 95 more.")
}

test_root_folder if {
	finding := said(of({"new": fresh_in(1001, [{"path": ".", "files": 1, "lines": 600}, {"path": "web", "files": 1, "lines": 401}])}, {}))
	contains(finding.message, "Most are in the root folder (600 lines), web (401 lines).")
	contains(finding.remedy, "preparation, then the change")
}

test_tests_are_not_first if {
	folders := [{"path": path, "files": 1, "lines": 300} | some path in ["tests/src", "src/__tests__", "docs", "api", "web"]]
	finding := said(of({"new": fresh_in(1001, folders)}, {}))
	contains(finding.remedy, "for example api on its own first, with its tests.")
}

test_twins if {
	twin := {"path": "docs/a.md", "other": "docs/A.md", "differs": "case"}
	finding := said(of({"twins": [twin], "twins_more": 2}, {}))
	finding.rule == "size/twin-names"
	finding.path == "docs/a.md"
	finding.message == "docs/a.md and docs/A.md differ only in upper and lower case, so that many systems take them for one file."
	endswith(finding.remedy, "There are 2 pairs more.")
	form := said(of({"twins": [object.union(twin, {"differs": "form"})]}, {}))
	contains(form.message, "the Unicode form of their letters")
}

test_suppressed if {
	left := [{"reason": "suppressed", "files": 1, "lines": 5001, "paths": ["a.sql"], "more": 0}]
	finding := said(of({"uncounted": left}, {}))
	finding.rule == "size/suppressed"
	finding.message == "5001 lines in 1 file do not count, because .gitattributes of the base branch suppresses their diff: a.sql."
	silent(of({"uncounted": [object.union(left[0], {"lines": 1000})]}, {}))
	silent(of({"uncounted": left}, {"fail_over": 0, "large_file": 0}))
}

test_large_unsure if {
	facts := {"large_unsure": list([entry("model.bin", 3670016)])}
	reasons := size.abstain with input as of(facts, {})
	reasons == {{"rule": "size/large-file", "reason": "It is not known whether these files were as large before: model.bin (3.5 MiB)."}}
	silent(of(facts, {}))
	bare := size.abstain with input as of({"large_unsure": list([entry("model.bin", -1)])}, {})
	some unknown in bare
	endswith(unknown.reason, ": model.bin.")
	none_left := size.abstain with input as of(facts, {"large_file": 0})
	count(none_left) == 0
	refused := size.abstain with input as of(object.union(facts, {"large": list([entry("b", 3670016)])}), {})
	count(refused) == 0
}

test_large_file if {
	finding := said(of({"large": list([entry("dump.sql", 3670016)])}, {}))
	finding.rule == "size/large-file"
	finding.path == "dump.sql"
	finding.message == "This file has 3.5 MiB (added); the limit is 1 MiB."
}

test_large_file_by_a_few_bytes if {
	finding := said(of({"large": list([entry("schema.json", 1048600)])}, {}))
	finding.message == "This file has 1048600 bytes, of which 24 are too many (added); the limit is 1 MiB."
}

test_large_files if {
	findings := size.deny with input as of({"large": {"files": [entry("a", 3670016), entry("b", 3670016)], "more": 2}}, {"large_file": 500})
	{finding.path | some finding in findings} == {"a", "b"}
	every finding in findings {
		contains(finding.message, "the limit is 500 bytes. 2 files more are as large.")
	}
}

test_unknown_lines if {
	file := {"path": "big.txt", "bytes": 5, "status": "modified", "reason": "the forge sent no patch"}
	finding := said(of({"complete": false, "unknown_lines": list([file])}, {}))
	finding.rule == "size/unknown"
	finding.path == "big.txt"
	finding.message == concat(" ", [
		"It cannot be said whether this change keeps the limit of lines (size.fail_over):",
		"the lines of big.txt (the forge sent no patch). What is known is 20 lines in 2 files.",
	])
}

test_unknown_bytes if {
	file := {"path": "a.bin", "bytes": -1, "status": "modified", "reason": "not read"}
	finding := said(of({"complete": false, "unknown_bytes": list([file])}, {}))
	finding.path == "a.bin"
	contains(finding.message, "the limit of bytes (size.large_file): the size of a.bin (not read).")
	silent(of({"complete": false, "unknown_bytes": list([file])}, {"large_file": 0}))
}

test_unknown_files if {
	finding := said(of({"complete": false, "files_complete": false}, {"files_over": 50}))
	finding.path == ""
	contains(finding.message, concat(" and ", [
		"the limit of bytes (size.large_file)",
		"the limit of files (size.files_over)",
		"the limit of lines (size.fail_over): the list of changed files is incomplete.",
	]))
}

test_unknown_attributes if {
	finding := said(of({"complete": false, "attributes": "HTTP 500"}, {}))
	finding.rule == "size/unknown"
	contains(finding.message, ".gitattributes: HTTP 500")
}

test_unknown_of_many if {
	some_files := [{"path": sprintf("%d", [i]), "bytes": -1, "status": "added", "reason": "x"} | some i in numbers.range(1, 100)]
	finding := said(of({"complete": false, "unknown_lines": {"files": some_files, "more": 7}}, {}))
	finding.path == ""
	contains(finding.message, "the lines of 1 (x), 2 (x), 3 (x), and 104 more.")
}

# A path is data: it cannot become a format or part of a rule.
test_hostile_text if {
	finding := said(of({"products": list([product("%d %s\n@all [x](y) </b>", 1, "a program")])}, {}))
	finding.path == "%d %s\n@all [x](y) </b>"
	finding.message == "This change adds 1 build product: %d %s\n@all [x](y) </b> (a program, 1 byte)."
}

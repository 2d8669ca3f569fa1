package lintel.dependencies_test

import data.lintel.dependencies

# quiet is a package that nothing is said of.
quiet := {
	"ecosystem": "npm", "name": "lodash", "kind": "bumped", "old": "4.17.20", "new": "4.17.21", "level": "patch",
	"direct": true, "new_direct": false, "held": false, "scope": "", "requirement": "", "path": "package.json", "line": 7, "files": 1,
	"by": [], "source": "", "new_source": false, "location": "", "host": "registry.example", "new_host": false,
	"sums": "", "new_script": false, "licence": "", "licence_refused": false, "licence_unknown": false, "resembles": "", "first_of_publisher": false,
	"denied": "", "unpinned": false, "announced": false, "own": false,
}

nothing := {
	"changes": [], "changes_more": 0, "totals": [], "brings_back": false, "mismatches": [], "mismatches_more": 0, "images": [], "images_more": 0,
	"vulnerable": [], "vulnerable_more": 0, "lookup": lookup,
	"submodules": [], "submodules_more": 0, "read": [], "read_more": 0, "unread": [], "unread_more": 0, "complete": true,
}

lookup := {
	"packages": 0, "database": "none", "problem": "", "newest": "", "age": 0, "lacking": [], "unversioned": 0, "uncompared": 0,
	"left": 0, "github": "off", "github_problem": "",
}

of(facts) := {"dependencies": object.union(nothing, facts)}

# change is the input of one package that differs from the quiet one by these members.
change(members) := of({"changes": [object.union(quiet, members)]})

said(document) := finding if {
	findings := dependencies.deny with input as document
	count(findings) == 1
	some finding in findings
}

silent(document) if {
	findings := dependencies.deny with input as document
	count(findings) == 0
}

test_quiet if silent(change({}))

test_nothing if silent(of({}))

test_new_direct if {
	finding := said(change({"new_direct": true, "kind": "added", "old": ""}))
	finding.rule == "dependencies/new-direct"
	finding.message == "This change adds 1 direct dependency: lodash 4.17.21."
	finding.path == "package.json"
	finding.line == 7
}

test_new_direct_of_the_same_house if {
	silent(change({"new_direct": true, "source": "path"}))
	silent(change({"new_direct": true, "source": "workspace"}))
	silent(change({"new_direct": true, "scope": "peer"}))
	silent(change({"new_direct": true, "held": true}))
	silent(change({"new_direct": true, "own": true}))
	silent(change({"new_direct": true, "name": "@types/node"}))
}

test_what_the_title_says if {
	major := {"level": "major", "new": "5.0.0"}
	said(change(major)).rule == "dependencies/major-bump"
	silent(change(object.union(major, {"announced": true})))
	silent(change(object.union(major, {"own": true})))
	silent(change(object.union(major, {"old": "v0.0.0-20260421141449-cbab7cf1e16d"})))
	silent(change({"kind": "downgraded", "announced": true}))
}

test_what_a_change_brings_back if {
	every members in [{"new_direct": true}, {"level": "major", "new": "5.0.0"}, {"kind": "downgraded"}] {
		silent(object.union(change(members), {"dependencies": object.union(change(members).dependencies, {"brings_back": true})}))
	}
}

test_many_new_direct if {
	many := [object.union(quiet, {"new_direct": true, "name": sprintf("p%d", [i]), "path": sprintf("%d/package.json", [i])}) |
		some i in numbers.range(1, 12)
	]
	finding := said(of({"changes": many}))
	startswith(finding.message, "This change adds 12 direct dependencies: p1 4.17.20 -> 4.17.21, ")
	endswith(finding.message, "and 2 more.")
	finding.path == ""
	finding.line == 0
}

test_major if {
	finding := said(change({"new": "5.0.0", "level": "major"}))
	finding.rule == "dependencies/major-bump"
	finding.message == "This change raises the major version of 1 direct dependency: lodash 4.17.20 -> 5.0.0."
	silent(change({"level": "major", "direct": false}))
}

test_downgrade if {
	finding := said(change({"kind": "downgraded", "new": "4.0.0"}))
	finding.rule == "dependencies/downgrade"
	finding.message == "This change takes 1 package back to older versions: lodash 4.17.20 -> 4.0.0."
}

test_unpinned if {
	finding := said(change({"unpinned": true, "old": "", "new": "", "line": 0}))
	finding.rule == "dependencies/unpinned"
	finding.message == "Nothing limits the version of 1 new requirement: lodash."
	finding.line == 0
}

test_checksum if {
	finding := said(change({"sums": "changed", "old": "4.17.21"}))
	finding.rule == "dependencies/checksum-changed"
	finding.message == "The checksum of lodash 4.17.21 changed, though the version did not."
	said(change({"sums": "missing"})).rule == "dependencies/checksum-missing"
}

test_source if {
	finding := said(change({"new_source": true, "source": "git", "location": "https://git.example.org/x.git"}))
	finding.rule == "dependencies/source"
	finding.message == "lodash 4.17.21 now comes from a git repository: https://git.example.org/x.git."
	said(change({"new_source": true, "source": "fork"})).message == "lodash 4.17.21 now comes from another module (replace in go.mod)."
}

test_one_source_of_many if {
	moved := {"new_source": true, "source": "git", "location": "https://git.example.org/x.git"}
	finding := said(of({"changes": [object.union(quiet, moved), object.union(quiet, object.union(moved, {"name": "more"}))]}))
	startswith(finding.message, "2 packages now come (lodash 4.17.20 -> 4.17.21, more 4.17.20 -> 4.17.21) from a git repository")
}

test_host if {
	finding := said(change({"new_host": true, "host": "npm.example.net"}))
	finding.rule == "dependencies/host"
	finding.message == "lodash 4.17.21 is downloaded from npm.example.net, from which nothing came before."
}

test_one_host_of_many if {
	foreign := object.union(quiet, {"new_host": true, "host": "npm.example.net"})
	document := of({"changes": [
		foreign,
		object.union(foreign, {"name": "more", "line": 9}),
		object.union(foreign, {"name": "else", "path": "web/package.json"}),
	]})
	findings := dependencies.deny with input as document
	{[f.path, f.line, f.subject] | some f in findings} == {
		["package.json", 7, "npm.example.net"], ["web/package.json", 7, "npm.example.net"],
	}
	messages := {f.message | some f in findings}
	"2 packages are (lodash 4.17.20 -> 4.17.21, more 4.17.20 -> 4.17.21) downloaded from npm.example.net, from which nothing came before." in messages
}

test_script if {
	finding := said(change({"new_script": true, "direct": false, "by": ["a", "b"]}))
	finding.rule == "dependencies/install-script"
	finding.message == "lodash 4.17.21 runs a program when it is installed (needed by a, b)."
}

test_look_alike if {
	finding := said(change({"resembles": "lodahs"}))
	finding.rule == "dependencies/look-alike"
	finding.message == "lodash 4.17.21 looks like lodahs, which the project has."
}

test_the_first_of_a_publisher if {
	finding := said(change({"first_of_publisher": true, "name": "@evil/button"}))
	finding.rule == "dependencies/new-publisher"
	finding.remedy == "Look at who publishes @evil/button."
	silent(change({"first_of_publisher": true, "own": true}))
	silent(change({"first_of_publisher": true, "held": true}))
}

test_denied if {
	finding := said(change({"denied": "npm:lodash"}))
	finding.rule == "dependencies/denied"
	finding.message == "lodash 4.17.21 is on the deny list, by \"npm:lodash\"."
}

test_licence if {
	finding := said(change({"licence_refused": true, "licence": "AGPL-3.0-only"}))
	finding.rule == "dependencies/licence"
	finding.message == "lodash 4.17.21 has the licence AGPL-3.0-only, which dependencies.licences does not allow."
	contains(said(change({"licence_unknown": true, "licence": "SEE x"})).message, "no SPDX expression")
}

mismatch(members) := of({"mismatches": [object.union(
	{
		"ecosystem": "npm", "name": "lodash", "requirement": "^5", "locked": "", "path": "web/package.json", "line": 7,
		"lock": "web/package-lock.json",
	},
	members,
)]})

test_mismatch if {
	finding := said(mismatch({}))
	finding.rule == "dependencies/lock-mismatch"
	finding.message == "web/package.json asks for lodash (^5), and web/package-lock.json does not have it."
	finding.remedy == "Run npm install in web and commit web/package-lock.json."
	said(mismatch({"locked": "4.17.21"})).message == "web/package.json asks for lodash (^5), and web/package-lock.json has 4.17.21."
	root := said(mismatch({"path": "pyproject.toml", "lock": "pdm.lock", "requirement": ""}))
	root.message == "pyproject.toml asks for lodash, and pdm.lock does not have it."
	root.remedy == "Run your package manager in the root folder and commit pdm.lock."
}

submodule(old, new) := said(of({"submodules": [{"path": "libs/x", "old": old, "new": new}]}))

test_submodule if {
	moved := submodule("1234567890123", "abcdefabcdefabc")
	moved.rule == "dependencies/submodule"
	moved.message == "The submodule libs/x points at abcdefabcd instead of 1234567890."
	submodule("", "abcdefabcdefabc").message == "The submodule libs/x is added, at abcdefabcd."
	contains(submodule("1234567890123", "").message, "is removed")
}

test_image if {
	finding := said(of({"images": [{"name": "golang", "tag": "1.26", "path": "Dockerfile", "line": 3}]}))
	finding.rule == "dependencies/image-digest"
	finding.message == "golang can become another image at any time: it is named by the tag 1.26 and not by digest."
	contains(said(of({"images": [{"name": "golang", "tag": "", "path": "Dockerfile", "line": 3}]})).message, "which means latest")
}

test_unread if {
	unread := {"path": "yarn.lock", "side": "head", "reason": "it is not UTF-8"}
	finding := said(of({"unread": [unread], "complete": false}))
	finding.rule == "dependencies/incomplete"
	finding.path == "yarn.lock"
	endswith(finding.message, "because 1 file could not be read: yarn.lock (head of the change: it is not UTF-8).")
	many := said(of({"unread": [unread, unread, unread, unread], "unread_more": 3}))
	endswith(many.message, "; and 4 more.")
}

package lintel.dependencies_test

import data.lintel.dependencies

fault := {
	"id": "GHSA-1111-2222-3333", "aliases": ["CVE-2026-1"], "malicious": false, "rating": "high", "score": "7.5",
	"summary": "It can be made to read any file", "fixed": "4.17.21", "sources": ["osv"],
}

package_at := {
	"ecosystem": "npm", "name": "lodash", "version": "4.17.20", "malicious": false, "advisories": [fault], "advisories_more": 0,
	"direct": true, "by": [], "path": "package.json", "line": 4,
}

day := object.union(lookup, {"packages": 1, "database": "read", "newest": "2026-03-01"})

vulnerable(members) := of({"vulnerable": [object.union(package_at, members)], "lookup": day})

test_vulnerable if {
	finding := said(vulnerable({}))
	finding.rule == "dependencies/vulnerable"
	finding.message == concat("", [
		"lodash 4.17.20 has 1 known vulnerability: GHSA-1111-2222-3333 (CVE-2026-1), severity high (CVSS 7.5), fixed in 4.17.21, ",
		"\"It can be made to read any file\". By the OSV database of 2026-03-01.",
	])
	finding.remedy == "Take lodash 4.17.21 or later."
	finding.path == "package.json"
	finding.line == 4
}

test_vulnerable_through_another if {
	finding := said(vulnerable({"direct": false, "by": ["grunt", "gulp"]}))
	contains(finding.message, "1 known vulnerability (needed by grunt, gulp): ")
	finding.remedy == "Take lodash 4.17.21 or later, by raising grunt or gulp, or by an override of your package manager."
}

test_vulnerable_not_stated if {
	bare := object.union(fault, {"rating": "", "score": "", "fixed": "", "summary": "", "aliases": []})
	finding := said(object.union(vulnerable({}), of({
		"vulnerable": [object.union(package_at, {"advisories": [bare], "advisories_more": 4, "version": ""})],
		"lookup": object.union(day, {"newest": "", "database": "none", "github": "read"}),
	})))
	finding.message == "lodash has 5 known vulnerabilities: GHSA-1111-2222-3333, severity not stated; and 2 more."
	startswith(finding.remedy, "At least one of these is fixed in no known version.")
}

test_vulnerable_several if {
	finding := said(vulnerable({"advisories": [fault, object.union(fault, {"id": "GHSA-x", "score": ""})]}))
	contains(finding.message, "; GHSA-x (CVE-2026-1), severity high, fixed in 4.17.21")
	finding.remedy == "Take versions behind those in which each is fixed."
}

test_malicious if {
	finding := said(vulnerable({"malicious": true, "advisories": [object.union(fault, {"id": "MAL-2026-7", "malicious": true})]}))
	finding.rule == "dependencies/malicious"
	startswith(finding.message, "lodash 4.17.20 is known to be malicious: MAL-2026-7 (CVE-2026-1), ")
}

test_more_vulnerable if {
	finding := said(of({"vulnerable_more": 3}))
	finding.message == "3 more packages with known vulnerabilities come in, beside those that are named."
}

abstains(document) := {a.rule | some a in dependencies.abstain with input as document}

both := {"dependencies/malicious", "dependencies/vulnerable"}

test_without_database if {
	document := of({"lookup": object.union(lookup, {"packages": 2})})
	silent(document)
	abstains(document) == both
	abstains(of({})) == set()
}

test_github_alone if abstains(of({"lookup": object.union(day, {"database": "none", "github": "read"})})) == set()

gap(members) := said(object.union(of({"lookup": object.union(day, members)}), {"settings": {"dependencies": {"advisories": {"max_age_days": 14}}}}))

test_old if {
	gap({"database": "old", "age": 40}).message == concat("", [
		"It is not known whether all packages that come in are harmless: ",
		"the newest record of the OSV database is 40 days old (2026-03-01), and 14 are allowed.",
	])
}

test_unreadable if {
	document := of({"lookup": object.union(day, {"database": "unreadable", "problem": "it is damaged"})})
	said(document).rule == "dependencies/advisories"
	abstains(document) == both
}

test_gaps if {
	contains(gap({"lacking": ["Hex", "Pub"]}).message, "made without Hex, Pub.")
	contains(gap({"uncompared": 1}).message, "the versions of 1 package do not compare")
	contains(gap({"left": 9}).message, "9 packages were not looked up")
	contains(gap({"github": "unread", "github_problem": "it is switched off"}).message, "GitHub gave no dependency review: it is switched off.")
	contains(gap({"github": "read", "github_problem": "one lock file is too large"}).message, "is not whole: one lock file is too large.")
}

test_nothing_to_look_up if silent(of({"lookup": object.union(day, {"packages": 0, "database": "old", "age": 40})}))

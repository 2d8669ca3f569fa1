package lintel.dependencies

# METADATA
# title: Malicious package
# description: >-
#   A package that the change brings in is known to be an attack itself: it steals, mines or destroys when it is installed or run. Such packages have ids that
#   begin with MAL- in the OSV database, by exact versions or, where nothing of the package is meant well, by all of them. What the base had already is not
#   named.
# custom:
#   id: dependencies/malicious
#   security: true
#   passes: No package is known to be malicious
#   severity: error
#   mode: enforce
#   measured: {right: 0, labelled: 0, fired: 0, changes: 23296, date: "2026-11-28",
#     why: "It reports what a database of advisories calls malicious, and no clone has one."}
#   remedy: Do not install it. Take it out, and renew every secret that a machine held on which it was installed.
#   reads: [files, settings]
#   merge_queue: recheck
#   off: Another gate refuses malicious packages.
#   missing: Without a database it abstains. What could not be looked up is named by dependencies/advisories.
#   options: [dependencies.exclude]
#   examples:
#     good: ["A package comes in that no record calls malicious."]
#     bad: ["event-stream 3.3.6 comes in, and a MAL- record names that version."]
deny contains finding if {
	some v in input.dependencies.vulnerable
	v.malicious
	finding := {
		"rule": rego.metadata.rule().custom.id,
		"path": v.path,
		"line": v.line,
		"end_line": 0,
		"message": sprintf("%s is known to be malicious%s: %s.%s", [version_of(v), pulled(v), advisories(v), of_day]),
		"remedy": sprintf("Do not install %s, and take it out. If it was installed anywhere, renew every secret that was within its reach there.", [v.name]),
		"subject": sprintf("%s %s", [v.ecosystem, v.name]),
	}
}

abstain contains {"rule": "dependencies/malicious", "reason": not_looked_up}

# METADATA
# title: Package with known vulnerabilities
# description: >-
#   A package version that the change adds, or moves to, has known vulnerabilities by the OSV database or by GitHub's dependency review. What was there before
#   and stays is not named: this is about what the change does. Records that are aliases of each other count once.
# custom:
#   id: dependencies/vulnerable
#   security: true
#   passes: No package with known vulnerabilities comes in
#   severity: warning
#   mode: warn
#   measured: {right: 0, labelled: 0, fired: 0, changes: 23296, date: "2026-11-28",
#     why: "It reports what a database of advisories names, and no clone has one."}
#   remedy: Take a version that is not affected.
#   reads: [files, settings]
#   merge_queue: recheck
#   off: Another tool reports vulnerabilities of the whole project.
#   missing: Without a database it abstains. What could not be looked up is named by dependencies/advisories.
#   options: [dependencies.exclude, dependencies.advisories.github]
#   examples:
#     good: ["lodash goes to 4.17.21, which no record names."]
#     bad: ["lodash comes in as 4.17.20, which GHSA-35jh-r3h4-6jhm names; fixed in 4.17.21."]
deny contains finding if {
	some v in input.dependencies.vulnerable
	not v.malicious
	finding := {
		"rule": rego.metadata.rule().custom.id,
		"path": v.path,
		"line": v.line,
		"end_line": 0,
		"message": sprintf("%s has %s%s: %s.%s", [
			version_of(v),
			kinds(count(v.advisories) + v.advisories_more, "known vulnerability", "known vulnerabilities"),
			pulled(v),
			advisories(v),
			of_day,
		]),
		"remedy": cure(v),
		"subject": sprintf("%s %s", [v.ecosystem, v.name]),
	}
}

# METADATA
# custom:
#   id: dependencies/vulnerable
deny contains finding if {
	input.dependencies.vulnerable_more > 0
	finding := {
		"rule": rego.metadata.rule().custom.id,
		"path": "",
		"line": 0,
		"end_line": 0,
		"message": sprintf("%s with known vulnerabilities come in, beside those that are named.", [kinds(input.dependencies.vulnerable_more, "more package", "more packages")]),
		"remedy": "Look at the named ones first. To see the rest, split the change.",
		"subject": "more",
	}
}

abstain contains {"rule": "dependencies/vulnerable", "reason": not_looked_up}

# METADATA
# title: Packages could not be looked up
# description: >-
#   The OSV database is older than the settings allow, damaged, or made without the ecosystem of a package that comes in, a version does not compare with those of a
#   record, or GitHub did not give its dependency review. What else was found is still named, and nothing is taken for harmless.
# custom:
#   id: dependencies/advisories
#   passes: Every package that comes in was looked up
#   severity: warning
#   mode: warn
#   measured: {right: 0, labelled: 0, fired: 0, changes: 23296, date: "2026-11-28",
#     why: "It says what is not known of a database that the settings name."}
#   remedy: Run lintel osv update, by a timer once a day.
#   reads: [files, settings]
#   merge_queue: recheck
#   off: Nobody relies on the lookup.
#   missing: This rule is about missing input. Without a database, and with none asked for, it is silent and the two rules that need one abstain.
#   options: [dependencies.advisories.max_age_days, dependencies.advisories.github]
#   examples:
#     good: ["The newest record of the database is of yesterday."]
#     bad: ["The newest record of the database is 40 days old, and 14 are allowed."]
deny contains finding if {
	lookup.packages > 0
	count(lookup_gaps) > 0
	finding := {
		"rule": rego.metadata.rule().custom.id,
		"path": "",
		"line": 0,
		"end_line": 0,
		"message": sprintf("It is not known whether all packages that come in are harmless: %s.", [concat("; ", lookup_gaps)]),
		"remedy": "Whoever runs Lintel makes the database anew with lintel osv update; docs/osv.md has a timer for it. What GitHub refuses is switched on there, or off under dependencies.advisories.github.",
		"subject": "lookup",
	}
}

lookup := input.dependencies.lookup

# not_looked_up is why nothing is known of the packages that come in.
not_looked_up := "No OSV database is configured, so that nobody looked up whether the packages are vulnerable or malicious." if {
	lookup.packages > 0
	lookup.database == "none"
	lookup.github == "off"
} else := sprintf("The OSV database could not be read: %s.", [lookup.problem]) if {
	lookup.packages > 0
	lookup.database == "unreadable"
	lookup.github != "read"
}

lookup_gaps := array.concat(
	array.concat(
		[sprintf("the newest record of the OSV database is %d days old (%s), and %d are allowed", [lookup.age, lookup.newest, allowed]) |
			lookup.database == "old"
			allowed := input.settings.dependencies.advisories.max_age_days
		],
		[sprintf("the OSV database could not be read: %s", [lookup.problem]) | lookup.database == "unreadable"],
	),
	array.concat(
		array.concat(
			[sprintf("the OSV database was made without %s", [concat(", ", lookup.lacking)]) | count(lookup.lacking) > 0],
			[sprintf("the versions of %s do not compare with those of records that name the package", [kinds(lookup.uncompared, "package", "packages")]) |
				lookup.uncompared > 0
			],
		),
		array.concat(
			[sprintf("%s were not looked up, because others came first", [kinds(lookup.left, "package", "packages")]) | lookup.left > 0],
			array.concat(
				[sprintf("GitHub gave no dependency review: %s", [lookup.github_problem]) | lookup.github == "unread"],
				[sprintf("GitHub's dependency review is not whole: %s", [lookup.github_problem]) |
					lookup.github == "read"
					lookup.github_problem != ""
				],
			),
		),
	),
)

# of_day says how old the knowledge is.
of_day := sprintf(" By the OSV database of %s.", [lookup.newest]) if lookup.newest != ""

else := ""

version_of(v) := sprintf("%s %s", [v.name, v.version]) if {
	v.version != ""
} else := v.name

# advisories names the first three faults of a package.
advisories(v) := concat("; ", array.concat(
	[advisory(a) | some a in array.slice(v.advisories, 0, 3)],
	[sprintf("and %d more", [n]) |
		n := (count(v.advisories) + v.advisories_more) - 3
		n > 0
	],
))

advisory(a) := concat(", ", array.concat(
	[id_of(a), rating(a)],
	array.concat(
		[sprintf("fixed in %s", [a.fixed]) | a.fixed != ""],
		[sprintf("\"%s\"", [a.summary]) | a.summary != ""],
	),
))

id_of(a) := sprintf("%s (%s)", [a.id, concat(", ", array.slice(a.aliases, 0, 3))]) if {
	count(a.aliases) > 0
} else := a.id

rating(a) := sprintf("severity %s (CVSS %s)", [a.rating, a.score]) if {
	a.rating != ""
	a.score != ""
} else := sprintf("severity %s", [a.rating]) if {
	a.rating != ""
} else := "severity not stated"

# cure is what to do about a vulnerable package. A version is named only when it ends every fault that is named.
cure(v) := sprintf("Take %s %s or later%s.", [v.name, v.advisories[0].fixed, through(v)]) if {
	count(v.advisories) == 1
	v.advisories_more == 0
	v.advisories[0].fixed != ""
} else := sprintf("Take versions behind those in which each is fixed%s.", [through(v)]) if {
	count([a | some a in v.advisories; a.fixed == ""]) == 0
} else := sprintf("At least one of these is fixed in no known version. Use something else than %s, or say in the description why it does not reach you.", [v.name])

through(v) := sprintf(", by raising %s, or by an override of your package manager", [concat(" or ", v.by)]) if {
	not v.direct
	count(v.by) > 0
} else := ""

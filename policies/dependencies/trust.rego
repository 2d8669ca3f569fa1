package lintel.dependencies

# METADATA
# title: Checksum of the same version changed
# description: >-
#   The lock file has another checksum for a version that it had already. A published version never changes: either the lock file was edited by hand, or
#   what would be downloaded is no longer what was reviewed.
# custom:
#   id: dependencies/checksum-changed
#   security: true
#   passes: Checksums of kept versions are the same
#   severity: error
#   mode: warn
#   measured: {right: 2, labelled: 2, all: true, fired: 2, changes: 15889, date: "2026-11-29"}
#   remedy: Do not merge before you know why. Let the package manager write the lock file anew from a clean cache.
#   reads: [files, settings]
#   merge_queue: recheck
#   off: A private registry publishes versions anew.
#   missing: Nothing is concluded from a file that was not read; dependencies/incomplete names it.
#   options: [dependencies.exclude]
#   examples:
#     good: ["lodash goes to 4.17.21 and gets the checksum of that version."]
#     bad: ["lodash stays at 4.17.21 and gets another checksum."]
deny contains finding if {
	some c in first_changes
	c.sums == "changed"
	finding := {
		"rule": rego.metadata.rule().custom.id,
		"path": c.path,
		"line": c.line,
		"end_line": 0,
		"message": sprintf("The checksum of %s changed, though the version did not.", [at(c)]),
		"remedy": "Find out why before you merge. Delete the entry, let the package manager write it anew from a clean cache, and compare it with the registry.",
		"subject": c.name,
	}
}

# METADATA
# title: Package without checksum
# description: >-
#   Nearly all packages of the lock file have a checksum, and this new one has none, so that nobody notices when another file is downloaded.
# custom:
#   id: dependencies/checksum-missing
#   security: true
#   passes: New packages have checksums
#   severity: warning
#   mode: warn
#   measured: {right: 0, labelled: 0, fired: 0, changes: 23296, date: "2026-11-28"}
#   remedy: Let the package manager write the entry anew.
#   reads: [files, settings]
#   merge_queue: recheck
#   off: A registry of your own gives no checksums.
#   missing: Nothing is concluded from a file that was not read; dependencies/incomplete names it.
#   options: [dependencies.exclude]
#   examples:
#     good: ["A new package with its integrity."]
#     bad: ["A new package in package-lock.json without integrity."]
deny contains finding if {
	some c in first_changes
	c.sums == "missing"
	finding := {
		"rule": rego.metadata.rule().custom.id,
		"path": c.path,
		"line": c.line,
		"end_line": 0,
		"message": sprintf("%s has no checksum, though nearly all others in %s have one.", [at(c), c.path]),
		"remedy": "Delete the entry and let the package manager write it anew; if its registry gives no checksum, ask why.",
		"subject": c.name,
	}
}

# METADATA
# title: Package from no registry
# description: >-
#   A package now comes from a git repository, an address, or another module in its place. What a branch or an address holds can change, no registry
#   withdraws it, and scanners do not know it.
# custom:
#   id: dependencies/source
#   security: true
#   passes: No package leaves its registry
#   severity: warning
#   mode: shadow
#   measured: {right: 17, labelled: 30, fired: 14, changes: 25626, date: "2026-11-29"}
#   remedy: Take the published version, or say in the description why not and until when.
#   reads: [files, settings]
#   merge_queue: recheck
#   off: Forks are how this project works.
#   missing: Nothing is concluded from a file that was not read; dependencies/incomplete names it.
#   options: [dependencies.exclude]
#   examples:
#     good: ["A package of the same workspace, by its path."]
#     bad: ["\"left-pad\": \"github:evil/left-pad\""]
deny contains finding if {
	some c in moved_sources
	finding := {
		"rule": rego.metadata.rule().custom.id,
		"path": c.packages[0].path,
		"line": c.packages[0].line,
		"end_line": 0,
		"message": sprintf("%s from %s%s.", [comes(c.packages), away[c.source], location(c)]),
		"remedy": "Take the published version if there is one. If not, name a full commit, and say in the description until when it is needed.",
		"subject": sprintf("%s %s", [c.source, c.location]),
	}
}

# METADATA
# title: Package from an unknown host
# description: >-
#   The lock file downloads from a host from which the base downloaded nothing, and which the settings do not name. In a new lock file the host of most packages
#   is taken for the registry, and the others stand out.
# custom:
#   id: dependencies/host
#   security: true
#   passes: Every package comes from a known host
#   severity: error
#   mode: shadow
#   measured: {right: 12, labelled: 12, all: true, fired: 2, changes: 27180, date: "2026-11-29",
#     why: "Two changes, six findings of each; the others name the same two hosts. Before, on other repositories, 1 of 6 was right."}
#   remedy: Name the host under dependencies.hosts if it is yours.
#   reads: [files, settings]
#   merge_queue: recheck
#   off: Many registries are in use and nobody keeps a list.
#   missing: Nothing is concluded from a file that was not read; dependencies/incomplete names it.
#   options: [dependencies.hosts]
#   examples:
#     good: ["A package from the registry of all others."]
#     bad: ["One package of many from registry.evil.example."]
deny contains finding if {
	some h in new_hosts
	finding := {
		"rule": rego.metadata.rule().custom.id,
		"path": h.packages[0].path,
		"line": h.packages[0].line,
		"end_line": 0,
		"message": sprintf("%s downloaded from %s, from which nothing came before.", [are(h.packages), h.host]),
		"remedy": "If this is a registry or mirror of yours, name it under dependencies.hosts in .github/lintel.yml. If not, let the package manager resolve from the registry that you use.",
		"subject": h.host,
	}
}

# METADATA
# title: Package runs a program when it is installed
# description: >-
#   Install scripts run on every laptop and in CI, with everything that is within reach there; most malicious packages use them. The lock file says so of
#   a package, and of no version of it before.
# custom:
#   id: dependencies/install-script
#   security: true
#   passes: No new install script
#   severity: warning
#   mode: warn
#   measured: {right: 57, labelled: 64, fired: 6, changes: 25626, date: "2026-11-29"}
#   remedy: Read the script, or install with --ignore-scripts and allow it by name.
#   reads: [files, settings]
#   merge_queue: recheck
#   off: Scripts are switched off, or allowed by a list.
#   missing: Only lock files of npm (version 2 and later) and of pnpm before version 9 say so, and pnpm not of optional packages. A lock file that is new itself is left out.
#   options: [dependencies.exclude]
#   examples:
#     good: ["A new package without install script."]
#     bad: ["A new package with hasInstallScript in package-lock.json."]
deny contains finding if {
	some c in first_changes
	c.new_script
	finding := {
		"rule": rego.metadata.rule().custom.id,
		"path": c.path,
		"line": c.line,
		"end_line": 0,
		"message": sprintf("%s runs a program when it is installed%s.", [at(c), pulled(c)]),
		"remedy": "Read the script (npm view NAME scripts), or install with --ignore-scripts and allow it by name where your package manager can.",
		"subject": c.name,
	}
}

# METADATA
# title: Name that looks like another package
# description: >-
#   The name of a new direct dependency differs by one letter from a package that the project has, or only in what joins its words, or in npm in its scope
#   alone where nothing had that scope. Names of one publisher, names that differ in a number, two well-known names (react and preact), and names shorter than
#   five letters are not compared.
# custom:
#   id: dependencies/look-alike
#   security: true
#   passes: No new name looks like another
#   severity: warning
#   mode: shadow
#   measured: {right: 2, labelled: 5, all: true, fired: 4, changes: 17942, date: "2026-11-29"}
#   remedy: See that the name is the one you mean.
#   reads: [files, settings]
#   merge_queue: recheck
#   off: Such names are common here.
#   missing: Only names that the base has are compared.
#   options: [dependencies.exclude]
#   examples:
#     good: ["react-dom is added beside react."]
#     bad: ["lodahs is added, and the project has lodash."]
deny contains finding if {
	some c in first_changes
	c.resembles != ""
	finding := {
		"rule": rego.metadata.rule().custom.id,
		"path": c.path,
		"line": c.line,
		"end_line": 0,
		"message": sprintf("%s looks like %s, which the project has.", [at(c), c.resembles]),
		"remedy": sprintf("See that %s is the one you mean, and no slip of the fingers that somebody waits for.", [c.name]),
		"subject": c.name,
	}
}

# METADATA
# title: First package of a publisher
# description: >-
#   A new direct dependency is the first of its scope in npm, its vendor in Packagist, its group in Maven or its owner in Go. Whoever has that name can
#   publish what the project runs from now on. Where the project had no package of the ecosystem all are the first, and nothing is said.
# custom:
#   id: dependencies/new-publisher
#   security: true
#   passes: Every new package is of a publisher that the project knows
#   severity: notice
#   mode: shadow
#   measured: {right: 9, labelled: 18, all: true, fired: 15, changes: 17942, date: "2026-11-29"}
#   remedy: Look at who the publisher is.
#   reads: [files, settings]
#   merge_queue: recheck
#   off: New publishers are common here.
#   missing: Only names that the base has are compared; names without a publisher in them say nothing. Where neither the forge nor a manifest's name says
#     whose the project is, as in a plain clone, it abstains.
#   options: [dependencies.exclude]
#   examples:
#     good: ["@acme/button is added, and the project has @acme/ui."]
#     bad: ["@evil/button is added, and the project has no package of @evil."]
deny contains finding if {
	not input.dependencies.brings_back
	some c in first_changes
	c.first_of_publisher
	not c.own
	not c.held
	finding := {
		"rule": rego.metadata.rule().custom.id,
		"path": c.path,
		"line": c.line,
		"end_line": 0,
		"message": sprintf("%s is the first package of its publisher here.", [at(c)]),
		"remedy": sprintf("Look at who publishes %s.", [c.name]),
		"subject": c.name,
	}
}

# METADATA
# title: Package is on the deny list
# description: >-
#   The settings name packages that nobody may bring in. To make the list block, set this rule to enforce.
# custom:
#   id: dependencies/denied
#   security: true
#   passes: No denied package
#   severity: error
#   mode: warn
#   measured: {right: 0, labelled: 0, fired: 0, changes: 23296, date: "2026-11-28",
#     why: "It asks only for what the settings name."}
#   remedy: Use something else, or change dependencies.deny on the base branch.
#   reads: [files, settings]
#   merge_queue: recheck
#   off: The list is kept elsewhere.
#   missing: Nothing is concluded from a file that was not read; dependencies/incomplete names it.
#   options: [dependencies.deny]
#   examples:
#     good: ["No package of the list is brought in."]
#     bad: ["event-stream 3.3.6 is brought in, and the list has npm:event-stream@3.3.6."]
deny contains finding if {
	some c in first_changes
	c.denied != ""
	finding := {
		"rule": rego.metadata.rule().custom.id,
		"path": c.path,
		"line": c.line,
		"end_line": 0,
		"message": sprintf("%s is on the deny list, by \"%s\"%s.", [at(c), c.denied, pulled(c)]),
		"remedy": "Take it out, or what brings it in. If the list is wrong, change dependencies.deny in .github/lintel.yml on the base branch first.",
		"subject": c.name,
	}
}

# METADATA
# title: Licence is not allowed
# description: >-
#   The lock file states a licence that the settings do not allow. Of alternatives (OR) one is enough. Only npm and Composer write licences into lock
#   files; nothing is said of other packages.
# custom:
#   id: dependencies/licence
#   passes: Licences are allowed
#   severity: error
#   mode: warn
#   measured: {right: 0, labelled: 0, fired: 0, changes: 23296, date: "2026-11-28",
#     why: "It asks only for what the settings name."}
#   remedy: Use something else, or ask whoever decides on licences.
#   reads: [files, settings]
#   merge_queue: recheck
#   off: Licences are judged elsewhere.
#   missing: A package of which no licence is stated is left out; one that is no SPDX expression is named.
#   options: [dependencies.licences.allow, dependencies.licences.deny]
#   examples:
#     good: ["MIT OR GPL-3.0-only, with MIT allowed."]
#     bad: ["AGPL-3.0-only, with MIT and Apache-2.0 allowed."]
deny contains finding if {
	some c in first_changes
	licence_bad(c)
	finding := {
		"rule": rego.metadata.rule().custom.id,
		"path": c.path,
		"line": c.line,
		"end_line": 0,
		"message": licence(c),
		"remedy": "Use something else, or ask whoever decides on licences; then change dependencies.licences in .github/lintel.yml on the base branch.",
		"subject": c.name,
	}
}

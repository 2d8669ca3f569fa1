# METADATA
# title: Packages that a project depends on
# description: >-
#   What a change does to the packages that the project depends on, by its manifests and lock files as they stand whole at the merge base and at the head,
#   never by the lines of a diff. Nothing is asked of a registry, so that the same change is judged equally today and later. Manifests and lock files below
#   folders of others (`vendor`, `node_modules`) and of tests' data are not read.
package lintel.dependencies

import data.lintel.lib

# METADATA
# title: Lock file does not fit the manifest
# description: >-
#   The manifest asks for a package that the lock file of the same folder does not have, or has in a version that the manifest does not allow. Installers
#   that hold to the lock file (npm ci, uv sync --locked, cargo build --locked, go build) fail, and others install what nobody reviewed. Only requirements
#   that the change itself made so are named.
# custom:
#   id: dependencies/lock-mismatch
#   passes: Lock files hold what the manifests ask for
#   severity: error
#   mode: warn
#   measured: {right: 26, labelled: 31, fired: 6, changes: 35429, date: "2026-11-29"}
#   remedy: Let the package manager write the lock file anew, and commit it together with the manifest.
#   reads: [files, settings]
#   merge_queue: recheck
#   off: Lock files are not committed.
#   missing: Nothing is concluded from a file that was not read; dependencies/incomplete names it.
#   options: [dependencies.exclude]
#   examples:
#     good: ["package.json asks for ^4.17.0, and package-lock.json has 4.17.21."]
#     bad: ["package.json asks for left-pad, and package-lock.json does not have it."]
deny contains finding if {
	some c in input.dependencies.mismatches
	finding := {
		"rule": rego.metadata.rule().custom.id,
		"path": c.path,
		"line": c.line,
		"end_line": 0,
		"message": mismatch(c),
		"remedy": sprintf("Run %s in %s and commit %s.", [installer(c.lock), folder(c.path), c.lock]),
		"subject": sprintf("%s %s", [c.lock, c.name]),
	}
}

# METADATA
# title: New direct dependency
# description: >-
#   The project asks for packages that it had not before, not even for the sake of others, as far as the files of the change say. Each is code of others
#   that runs with the rights of your own, and that somebody has to keep up to date. Packages of the repository's own owner, and what a merge of branches
#   or a revert brings, are not named.
# custom:
#   id: dependencies/new-direct
#   passes: No new direct dependency
#   severity: notice
#   mode: shadow
#   measured: {right: 23, labelled: 32, fired: 55, changes: 5966, date: "2026-11-28",
#     why: "None was false: the others are true and of no consequence. The check's table of packages shows what comes in all the same."}
#   remedy: Look at who keeps the package, how much of it you need, and what it brings in.
#   reads: [files, settings]
#   merge_queue: recheck
#   off: New packages are reviewed elsewhere.
#   missing: Nothing is concluded from a file that was not read; dependencies/incomplete names it.
#   options: [dependencies.exclude]
#   examples:
#     good: ["A package that the project has is raised."]
#     bad: ["package.json asks for left-pad for the first time."]
deny contains finding if {
	count(new_direct) > 0
	finding := {
		"rule": rego.metadata.rule().custom.id,
		"path": only_path(new_direct),
		"line": only_line(new_direct),
		"end_line": 0,
		"message": sprintf("This change adds %s: %s.", [kinds(count(new_direct), "direct dependency", "direct dependencies"), names(new_direct)]),
		"remedy": "Nothing has to be done. Look at who keeps each of them, how much of it you need, and what it brings in.",
		"subject": "new",
	}
}

# METADATA
# title: Major version of a direct dependency
# description: >-
#   The first number of a version says that something may break. Versions that begin with a year are left out. Packages that others brought in are not
#   named, and neither is one that the title of the change names with its new version, nor a package of the repository's own owner.
# custom:
#   id: dependencies/major-bump
#   passes: No direct dependency changes its major version
#   severity: notice
#   mode: warn
#   measured: {right: 57, labelled: 68, fired: 77, changes: 18099, date: "2026-11-29"}
#   remedy: Read what the new version breaks, and see that tests reach it.
#   reads: [files, settings]
#   merge_queue: recheck
#   off: Major versions are reviewed elsewhere.
#   missing: Nothing is concluded from a file that was not read; dependencies/incomplete names it.
#   options: [dependencies.exclude]
#   examples:
#     good: ["react goes from 18.2.0 to 18.3.1."]
#     bad: ["react goes from 18.2.0 to 19.0.0."]
deny contains finding if {
	count(majors) > 0
	finding := {
		"rule": rego.metadata.rule().custom.id,
		"path": only_path(majors),
		"line": only_line(majors),
		"end_line": 0,
		"message": sprintf("This change raises the major version of %s: %s.", [kinds(count(majors), "direct dependency", "direct dependencies"), names(majors)]),
		"remedy": "Read what the new versions break (their changelogs), and see that tests reach what uses them.",
		"subject": "major",
	}
}

# METADATA
# title: Dependency goes back to an older version
# description: >-
#   An older version brings back faults that were corrected, and is often the work of a merge that took the wrong side. A package that stands in several
#   versions goes back only if the newest of them does. Where the title says that something goes back, nothing is reported.
# custom:
#   id: dependencies/downgrade
#   passes: No dependency goes back
#   severity: warning
#   mode: shadow
#   measured: {right: 22, labelled: 37, fired: 20, changes: 18099, date: "2026-11-29"}
#   remedy: Say in the description why, or let the package manager resolve anew.
#   reads: [files, settings]
#   merge_queue: recheck
#   off: Versions go back often and on purpose.
#   missing: Nothing is concluded from a file that was not read; dependencies/incomplete names it.
#   options: [dependencies.exclude]
#   examples:
#     good: ["One of two versions of minimatch disappears."]
#     bad: ["lodash goes from 4.17.21 to 4.17.15."]
deny contains finding if {
	count(downgrades) > 0
	finding := {
		"rule": rego.metadata.rule().custom.id,
		"path": only_path(downgrades),
		"line": only_line(downgrades),
		"end_line": 0,
		"message": sprintf("This change takes %s back to older versions: %s.", [kinds(count(downgrades), "package", "packages"), names(downgrades)]),
		"remedy": "If it is meant, say why in the description. If not, let the package manager resolve anew on top of the base branch.",
		"subject": "downgrade",
	}
}

# METADATA
# title: Requirement without upper limit
# description: >-
#   A requirements.txt, or a package.json without lock file, is what is installed. A requirement without an upper limit takes whatever is newest on the
#   day, also a version that somebody published by a stolen account.
# custom:
#   id: dependencies/unpinned
#   passes: Every new requirement has a limit
#   severity: notice
#   mode: shadow
#   measured: {right: 1, labelled: 10, all: true, fired: 10, changes: 17942, date: "2026-11-29",
#     why: "Nine were of what builds the documentation. Before, on other repositories, 13 of 18 were right."}
#   remedy: Name a version (==), or let a tool such as pip-compile or npm write a lock file.
#   reads: [files, settings]
#   merge_queue: recheck
#   off: The project is a library, which must not limit what its users have.
#   missing: Nothing is concluded from a file that was not read; dependencies/incomplete names it.
#   options: [dependencies.exclude]
#   examples:
#     good: ["requests==2.32.3 is added to requirements.txt."]
#     bad: ["requests is added to requirements.txt."]
deny contains finding if {
	count(loose) > 0
	finding := {
		"rule": rego.metadata.rule().custom.id,
		"path": only_path(loose),
		"line": only_line(loose),
		"end_line": 0,
		"message": sprintf("Nothing limits the version of %s: %s.", [kinds(count(loose), "new requirement", "new requirements"), names(loose)]),
		"remedy": "Name a version, or let pip-compile, uv or npm write a lock file.",
		"subject": "unpinned",
	}
}

# METADATA
# title: Submodule points at another commit
# description: >-
#   A submodule is code of another repository, and its change is one line in the diff. It is easily taken along by git commit -a.
# custom:
#   id: dependencies/submodule
#   passes: No submodule moved
#   severity: notice
#   mode: shadow
#   measured: {right: 9, labelled: 39, fired: 92, changes: 35429, date: "2026-11-29",
#     why: "Most submodules are of the project's own owner, and the title says that they move."}
#   remedy: Look at what lies between the two commits.
#   reads: [files, settings]
#   merge_queue: carry
#   off: Submodules move often and by a tool.
#   missing: A commit that is not known is left out of the sentence.
#   options: []
#   examples:
#     good: ["A file beside the submodule is changed."]
#     bad: ["libs/parser points from 1a2b3c4 to 5d6e7f8."]
deny contains finding if {
	some c in input.dependencies.submodules
	finding := {
		"rule": rego.metadata.rule().custom.id,
		"path": c.path,
		"line": 0,
		"end_line": 0,
		"message": submodule(c),
		"remedy": "Look at what lies between the two commits: git submodule update, then git log in it. If it was not meant, reset it (git checkout BASE -- PATH).",
		"subject": c.path,
	}
}

# METADATA
# title: Base image without digest
# description: >-
#   A tag can be pointed at another image at any time, a digest cannot. Only images that the change adds or replaces are named.
# custom:
#   id: dependencies/image-digest
#   passes: New base images are named by digest
#   severity: notice
#   mode: shadow
#   measured: {right: 37, labelled: 39, fired: 21, changes: 25626, date: "2026-11-29"}
#   remedy: "Add the digest: image:tag@sha256:..."
#   reads: [files, settings]
#   merge_queue: recheck
#   off: Images are pinned where they are deployed, or rebuilt daily on purpose.
#   missing: An image whose name is an argument (ARG) is not known and left out.
#   options: [dependencies.exclude]
#   examples:
#     good: ["FROM golang:1.26@sha256:... is added."]
#     bad: ["FROM golang:latest is added."]
deny contains finding if {
	some c in input.dependencies.images
	finding := {
		"rule": rego.metadata.rule().custom.id,
		"path": c.path,
		"line": c.line,
		"end_line": 0,
		"message": sprintf("%s can become another image at any time: it is named by %s and not by digest.", [c.name, tag(c.tag)]),
		"remedy": sprintf("Write %s with the digest that \"docker buildx imagetools inspect\" shows behind it: NAME:TAG@sha256:...", [c.name]),
		"subject": sprintf("%s:%s", [c.name, c.tag]),
	}
}

# METADATA
# title: Dependencies could not be read
# description: >-
#   A manifest or lock file of the change could not be read: it is too large, broken, in another encoding, holds the marks of a merge, or names a package
#   twice. What it does to the dependencies is not known, and is not taken for nothing.
# custom:
#   id: dependencies/incomplete
#   passes: Manifests and lock files could be read
#   stands_in: true
#   severity: error
#   mode: warn
#   measured: {right: 2, labelled: 21, fired: 1, changes: 23296, date: "2026-11-29",
#     why: "It names what no rule looked at. Silence would be taken for a pass. Nineteen were lock files of pnpm that another tool laid out anew."}
#   remedy: Correct the file, or let its tool write it anew. Press Re-check if the forge did not deliver it.
#   reads: [files, settings]
#   merge_queue: recheck
#   off: Nobody judges dependencies by Lintel.
#   missing: This rule is about missing input.
#   options: [dependencies.exclude]
#   examples:
#     good: ["Every changed lock file could be read."]
#     bad: ["package-lock.json holds the marks of a merge."]
deny contains finding if {
	count(input.dependencies.unread) > 0
	finding := {
		"rule": rego.metadata.rule().custom.id,
		"path": only_path(input.dependencies.unread),
		"line": 0,
		"end_line": 0,
		"message": sprintf("It is not known what this change does to the dependencies, because %s could not be read: %s.", [kinds(count(input.dependencies.unread) + input.dependencies.unread_more, "file", "files"), unread]),
		"remedy": sprintf(
			"Correct the file, or let its tool write it anew. If the forge did not deliver it, %s. What nobody needs judged can be named under dependencies.exclude in .github/lintel.yml.",
			[lib.recheck_too],
		),
		"subject": "unread",
	}
}

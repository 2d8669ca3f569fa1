# METADATA
# title: Size of a change
# description: >-
#   Small changes are reviewed faster and better. Lines count when a person has to read them: generated, vendored, lock and snapshot files do not, by the
#   `.gitattributes` of the base branch, by their names, or by a generator's mark. Nor do removed files and files of which lines were only removed: what is
#   gone has nothing to read. Nor does prose: Markdown and its like, and what `.gitattributes` calls documentation. Files that the base's `.gitattributes` gives `-diff` or `binary` do not count either, as no diff of them is shown; the facts
#   list them under `uncounted` as "suppressed", and size/suppressed says so when they would have broken the limit. The classes are XS, S, M, L and XL;
#   their limits are settings.
package lintel.size

# METADATA
# title: The change is too large to review well
# description: >-
#   Reviewers find fewer faults the longer a change is, and long changes wait longer. The limit counts new lines: added ones of files that people have to
#   read. Removed lines do not count, nor empty ones, nor lines that the change removes elsewhere (moved, indented anew, given other line ends), nor lines that
#   it adds to another file as well, nor edits that sweep over the tree (at
#   most ten lines in three of four files, and in fifty at least), nor tests, by their names and folders.
# custom:
#   id: size/too-large
#   passes: Change is small enough to review
#   severity: error
#   mode: shadow
#   measured: {right: 143, labelled: 190, fired: 176, changes: 12719, date: "2026-11-28"}
#   remedy: Split the change into parts that can be merged one after another, or mark files that a tool writes as generated.
#   reads: [files, attributes, settings]
#   merge_queue: recheck
#   off: Large changes are normal, such as imports and vendored code; leaving these paths out says more.
#   missing: Lines that are known count; when they are below the limit and others are not known, size/unknown says so.
#   options: [size.fail_over, size.exclude]
#   examples:
#     good: ["A change of 400 lines of code, 900 lines of tests and 5,000 lines of go.sum, with the limit at 500.", "A package of 5,000 lines is removed."]
#     bad: ["A change of 1,400 new lines of code, with the limit at 500."]
deny contains finding if {
	over_lines
	finding := {
		"rule": rego.metadata.rule().custom.id,
		"path": "",
		"line": 0,
		"end_line": 0,
		"message": concat(" ", array.concat(
			[
				sprintf(
					"This change has %s%d new lines to read in %s; the limit is %d.",
					[at_least, input.size.new.lines, files(input.size.new.files), options.fail_over],
				),
				sprintf("Most are in %s.", [parts(leading)]),
			],
			array.concat(left_out, doubts),
		)),
		"remedy": split_remedy,
		"subject": "lines",
	}
}

# METADATA
# title: The change touches too many files
# description: >-
#   A change that is spread over many files is hard to hold in mind, even if each edit is short. Generated, vendored, lock, snapshot, binary and merely
#   renamed files do not count. There is no limit unless the settings give one.
# custom:
#   id: size/too-many-files
#   passes: Change touches few enough files
#   severity: error
#   mode: warn
#   measured: {right: 0, labelled: 0, fired: 0, changes: 12719, date: "2026-11-28", why: "It asks only for what the settings name."}
#   remedy: Split the change, for example the mechanical edits from those that need thought.
#   reads: [files, attributes, settings]
#   merge_queue: recheck
#   off: Wide mechanical changes are normal; the limit of lines remains.
#   missing: Files that are known count; when they are below the limit and others are not known, size/unknown says so.
#   options: [size.files_over, size.exclude]
#   examples:
#     good: ["A change of 20 files and 300 renames, with the limit at 50."]
#     bad: ["A change of 80 edited files, with the limit at 50."]
deny contains finding if {
	over_files
	finding := {
		"rule": rego.metadata.rule().custom.id,
		"path": "",
		"line": 0,
		"end_line": 0,
		"message": concat(" ", array.concat(
			[
				sprintf("This change touches %s%s to read; the limit is %d.", [at_least, files(input.size.files), options.files_over]),
				sprintf("Most are in %s.", [counts(busiest)]),
			],
			doubts,
		)),
		"remedy": files_remedy,
		"subject": "files",
	}
}

# METADATA
# title: Build products were added
# description: >-
#   Programs, object files, archives and local leftovers (databases, dumps, editor files) are made again by a build or downloaded; a repository keeps every
#   version of them for good, and nobody can review them. Pictures, fonts, sound, films, documents, what tests read and the wrappers of build tools are
#   commonly held in repositories, and nothing is said of them.
# custom:
#   id: size/binary-added
#   passes: No build products were added
#   severity: notice
#   mode: warn
#   measured: {right: 0, labelled: 0, fired: 0, changes: 12719, date: "2026-11-28"}
#   remedy: Check that each file is meant to be here. What can be built or downloaded is better left out.
#   reads: [files, settings]
#   merge_queue: carry
#   off: Binaries belong to the project, such as assets; naming their paths says more.
#   missing: Only files that are known to be binary are named. A file of which nothing is known is named by size/unknown.
#   options: [size.binaries, size.exclude]
#   examples:
#     good: ["A picture for the guide, a font, an archive under testdata/."]
#     bad: ["A compiled program was committed by mistake."]
deny contains finding if {
	options.binaries
	count(input.size.products.files) > 0
	finding := {
		"rule": rego.metadata.rule().custom.id,
		"path": only_path(input.size.products),
		"line": 0,
		"end_line": 0,
		"message": sprintf("This change adds %s: %s.", [kinds(total(input.size.products), "build product", "build products"), products]),
		"remedy": concat(" ", [
			"Check that they are meant to be here: what can be built or downloaded is better left out of the repository.",
			"To accept such files without this notice, name their paths under size.exclude in .github/lintel.yml.",
		]),
		"subject": "binaries",
	}
}

# METADATA
# title: A file is very large
# description: >-
#   A large file makes every clone slower for good: deleting it later does not take it out of the history. A file that was as large before the change is
#   not refused for an edit.
# custom:
#   id: size/large-file
#   passes: No file became too large
#   severity: error
#   mode: warn
#   measured: {right: 0, labelled: 0, fired: 0, changes: 12719, date: "2026-11-28"}
#   remedy: Keep the file out of the repository, for example in Git LFS or a package registry, or raise size.large_file.
#   reads: [files, settings]
#   merge_queue: recheck
#   off: Large data files belong to the project, or Git LFS holds them.
#   missing: >-
#     A binary or unread file whose size is not known is named by size/unknown. A text file of unknown size is judged by the lines that the diff shows. Of an
#     edited file whose size at the base is not known, the rule abstains.
#   options: [size.large_file, size.exclude]
#   examples:
#     good: ["A new image of 200 KiB, with the limit at 1 MiB.", "One line of a data file of 3 MiB is corrected."]
#     bad: ["A new database dump of 30 MiB, with the limit at 1 MiB."]
deny contains finding if {
	options.large_file > 0
	some file in input.size.large.files
	finding := {
		"rule": rego.metadata.rule().custom.id,
		"path": file.path,
		"line": 0,
		"end_line": 0,
		"message": sprintf("This file has %s (%s); the limit is %s.%s", [exact(file.bytes), file.status, bytes(options.large_file), more_large]),
		"remedy": concat(" ", [
			"Take the file out of the branch's commits, not only out of the last one (git rebase -i), as history keeps it for good.",
			"Store it with Git LFS, or where your builds download it from. If it belongs here, name it under size.exclude in .github/lintel.yml.",
		]),
		"subject": "",
	}
}

abstain contains {
	"rule": "size/large-file",
	"reason": sprintf("It is not known whether these files were as large before: %s.", [entries(input.size.large_unsure)]),
} if {
	options.large_file > 0
	count(input.size.large.files) == 0
	count(input.size.large_unsure.files) > 0
}

# METADATA
# title: Two files have one name to some systems
# description: >-
#   Names that differ only in the Unicode form of a letter (one composed character, or a letter and its accent) or in upper and lower case are one file on
#   most Macs and on Windows: a clone loses one of the two. Patterns in CODEOWNERS and .gitattributes compare bytes and match only one of them.
# custom:
#   id: size/twin-names
#   passes: Every new name is one of its own
#   severity: error
#   mode: warn
#   measured: {right: 0, labelled: 0, fired: 0, changes: 12719, date: "2026-11-28"}
#   remedy: Rename one of the two, or remove the one that is not meant.
#   reads: [files]
#   merge_queue: carry
#   off: Nobody checks the project out on macOS or Windows.
#   missing: Names are compared with those of the change, and with the whole tree where it was read.
#   options: []
#   examples:
#     good: ["docs/Résumé.md is added, and no other file has that name in another form."]
#     bad: ["README.md is there, and the change adds Readme.md beside it."]
deny contains finding if {
	some twin in input.size.twins
	finding := {
		"rule": rego.metadata.rule().custom.id,
		"path": twin.path,
		"line": 0,
		"end_line": 0,
		"message": sprintf("%s and %s differ only in %s, so that many systems take them for one file.", [twin.path, twin.other, difference_of[twin.differs]]),
		"remedy": sprintf("Rename one of the two (git mv), or remove the one that is not meant.%s", [more_twins]),
		"subject": twin.other,
	}
}

# METADATA
# title: Lines without a diff would break the limit
# description: >-
#   The base branch's .gitattributes gives these files -diff or binary, so no diff of them is shown and their lines do not count. When they alone are more
#   than the limit, this says so, that nobody takes the change for smaller than it is.
# custom:
#   id: size/suppressed
#   passes: Few lines are left out for want of a diff
#   severity: notice
#   mode: warn
#   measured: {right: 0, labelled: 0, fired: 0, changes: 12719, date: "2026-11-28"}
#   remedy: Nothing has to be done. If people should read these files, take -diff or binary out of .gitattributes.
#   reads: [attributes, files, settings]
#   merge_queue: carry
#   off: Files without a diff are reviewed elsewhere.
#   missing: Without .gitattributes nothing is left out by it, and size/unknown says that it could not be read.
#   options: [size.fail_over]
#   examples:
#     good: ["A changed icon, an SVG file with -diff."]
#     bad: ["5,001 lines of *.sql, which .gitattributes marks as binary, with the limit at 1,000."]
deny contains finding if {
	options.fail_over > 0
	some u in input.size.uncounted
	u.reason == "suppressed"
	u.lines > options.fail_over
	finding := {
		"rule": rego.metadata.rule().custom.id,
		"path": "",
		"line": 0,
		"end_line": 0,
		"message": sprintf("%s in %s do not count, because .gitattributes of the base branch suppresses their diff: %s.", [
			kinds(u.lines, "line", "lines"),
			files(u.files),
			concat(", ", array.slice(u.paths, 0, few)),
		]),
		"remedy": "Nothing has to be done. If people should read these files, take -diff or binary out of .gitattributes, or add \"diff\" for them.",
		"subject": "suppressed",
	}
}

# METADATA
# title: The size of the change is not known
# description: >-
#   The forge did not deliver everything that the size rules count, and what is known does not settle whether the limits hold. A limit that cannot be
#   checked is not taken for kept.
# custom:
#   id: size/unknown
#   passes: Size of the change is known
#   stands_in: true
#   severity: error
#   mode: warn
#   measured: {right: 0, labelled: 0, fired: 0, changes: 12719, date: "2026-11-28"}
#   remedy: Press Re-check; if it stays, split the change so that the forge can deliver it whole, or name the files under size.exclude.
#   reads: [files, attributes, settings]
#   merge_queue: recheck
#   off: No limit of size enforces.
#   missing: This rule is about missing input. It fails, in its own mode, when a limit is set and what is missing could break it.
#   options: [size.fail_over, size.files_over, size.large_file, size.exclude]
#   examples:
#     good: ["A file without a patch, but with line counts, in a change below the limits."]
#     bad: ["The forge lists 3,000 of 4,000 changed files."]
deny contains finding if {
	count(unsettled) > 0
	finding := {
		"rule": rego.metadata.rule().custom.id,
		"path": only_unknown,
		"line": 0,
		"end_line": 0,
		"message": sprintf(
			"It cannot be said whether this change keeps %s: %s. What is known is %d lines in %s.",
			[concat(" and ", sort(unsettled)), concat("; ", missing), input.size.lines, files(input.size.files)],
		),
		"remedy": unknown_remedy,
		"subject": "unknown",
	}
}

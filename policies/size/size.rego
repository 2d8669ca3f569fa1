# METADATA
# title: Size of a change
# description: >-
#   Small changes are reviewed faster and better. Lines count when a person has to read them: generated, vendored, lock and snapshot files do not, by the
#   `.gitattributes` of the base branch, by their names, or by a generator's mark. The classes are XS, S, M, L and XL; their limits are settings.
package lintel.size

# METADATA
# title: The change is too large to review well
# description: >-
#   Reviewers find fewer faults the longer a change is, and long changes wait longer. The limit counts added and removed lines that people have to read.
# custom:
#   id: size/too-large
#   severity: error
#   mode: warn
#   remedy: Split the change into parts that can be merged one after another, or mark files that a tool writes as generated.
#   reads: [files, attributes, settings]
#   merge_queue: recheck
#   missing: Lines that are known count; when they are below the limit and others are not known, size/unknown says so.
#   options: [size.fail_over, size.exclude]
#   examples:
#     good: ["A change of 400 lines of code and 5,000 lines of go.sum, with the limit at 1,000."]
#     bad: ["A change of 1,400 lines of code, with the limit at 1,000."]
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
					"This change has %s%d lines to read in %s (+%d -%d, class %s); the limit is %d.",
					[at_least, input.size.lines, files(input.size.files), input.size.additions, input.size.deletions, input.size.class, options.fail_over],
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
#   severity: error
#   mode: warn
#   remedy: Split the change, for example the mechanical edits from those that need thought.
#   reads: [files, attributes, settings]
#   merge_queue: recheck
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
# title: Binary files were added
# description: >-
#   Nobody can review a binary file, and a repository keeps every version of it for good. Often that is what is wanted, so this rule only points at them.
# custom:
#   id: size/binary-added
#   severity: notice
#   mode: warn
#   remedy: Check that each file is meant to be here. What can be built or downloaded is better left out.
#   reads: [files, settings]
#   merge_queue: carry
#   missing: Only files that are known to be binary are named. A file of which nothing is known is named by size/unknown.
#   options: [size.binaries, size.exclude]
#   examples:
#     good: ["An image under a path that size.exclude names."]
#     bad: ["A compiled program was committed by mistake."]
deny contains finding if {
	options.binaries
	count(input.size.binaries.files) > 0
	finding := {
		"rule": rego.metadata.rule().custom.id,
		"path": only_path(input.size.binaries),
		"line": 0,
		"end_line": 0,
		"message": sprintf("This change adds %s: %s.", [kinds(total(input.size.binaries), "binary file", "binary files"), entries(input.size.binaries)]),
		"remedy": concat(" ", [
			"Check that they are meant to be here: build products and downloads are better left out of the repository.",
			"To accept such files without this notice, name their paths under size.exclude in .github/lintel.yml.",
		]),
		"subject": "binaries",
	}
}

# METADATA
# title: A file is very large
# description: >-
#   A large file makes every clone slower for good: deleting it later does not take it out of the history.
# custom:
#   id: size/large-file
#   severity: error
#   mode: warn
#   remedy: Keep the file out of the repository, for example in Git LFS or a package registry, or raise size.large_file.
#   reads: [files, settings]
#   merge_queue: recheck
#   missing: A binary or unread file whose size is not known is named by size/unknown. A text file of unknown size is judged by the lines that the diff shows.
#   options: [size.large_file, size.exclude]
#   examples:
#     good: ["A new image of 200 KiB, with the limit at 1 MiB."]
#     bad: ["A new database dump of 30 MiB, with the limit at 1 MiB."]
deny contains finding if {
	options.large_file > 0
	some file in input.size.large.files
	finding := {
		"rule": rego.metadata.rule().custom.id,
		"path": file.path,
		"line": 0,
		"end_line": 0,
		"message": sprintf("This file has %s (%s); the limit is %s.%s", [bytes(file.bytes), file.status, bytes(options.large_file), more_large]),
		"remedy": concat(" ", [
			"Take the file out of the branch's commits, not only out of the last one (git rebase -i), as history keeps it for good.",
			"Store it with Git LFS, or where your builds download it from. If it belongs here, name it under size.exclude in .github/lintel.yml.",
		]),
		"subject": "",
	}
}

# METADATA
# title: The size of the change is not known
# description: >-
#   The forge did not deliver everything that the size rules count, and what is known does not settle whether the limits hold. A limit that cannot be
#   checked is not taken for kept.
# custom:
#   id: size/unknown
#   stands_in: true
#   severity: error
#   mode: warn
#   remedy: Press Re-check; if it stays, split the change so that the forge can deliver it whole, or name the files under size.exclude.
#   reads: [files, attributes, settings]
#   merge_queue: recheck
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

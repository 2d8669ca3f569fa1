package lintel.size

options := input.settings.size

over_lines if {
	options.fail_over > 0
	input.size.new.lines > options.fail_over
}

over_files if {
	options.files_over > 0
	input.size.files > options.files_over
}

# lines_open holds when what is missing could add lines, or take them away.
lines_open if not input.size.files_complete

lines_open if input.size.attributes != ""

lines_open if count(input.size.unknown_lines.files) > 0

files_open if not input.size.files_complete

files_open if input.size.attributes != ""

# unsettled names the limits of which nobody can say whether they hold.
unsettled contains "the limit of lines (size.fail_over)" if {
	options.fail_over > 0
	not over_lines
	lines_open
}

unsettled contains "the limit of files (size.files_over)" if {
	options.files_over > 0
	not over_files
	files_open
}

unsettled contains "the limit of bytes (size.large_file)" if {
	options.large_file > 0
	bytes_open
}

bytes_open if not input.size.files_complete

bytes_open if count(input.size.unknown_bytes.files) > 0

# missing says what is not known, in words.
missing := array.concat(
	array.concat(missing_files, missing_attributes),
	array.concat(
		missing_of("the lines of", input.size.unknown_lines),
		missing_of("the size of", input.size.unknown_bytes),
	),
)

missing_files := ["the list of changed files is incomplete"] if {
	not input.size.files_complete
} else := []

missing_attributes := [sprintf(".gitattributes: %s", [input.size.attributes])] if {
	input.size.attributes != ""
} else := []

missing_of(what, list) := [sprintf("%s %s", [what, unknown_entries(list)])] if {
	count(list.files) > 0
} else := []

# only_unknown is the one file that it is about, or nothing.
only_unknown := path if {
	input.size.files_complete
	input.size.attributes == ""
	paths := {file.path | some file in array.concat(input.size.unknown_lines.files, input.size.unknown_bytes.files)}
	count(paths) == 1
	input.size.unknown_lines.more + input.size.unknown_bytes.more == 0
	some path in paths
} else := ""

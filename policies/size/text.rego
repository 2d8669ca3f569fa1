package lintel.size

import data.lintel.lib

# A few of many: how much of a list a sentence holds.
few := 3

files(n) := kinds(n, "file", "files")

kinds(1, one, _) := sprintf("1 %s", [one])

kinds(n, _, many) := sprintf("%d %s", [n, many]) if n != 1

at_least := "at least " if {
	not input.size.files_complete
} else := "at least " if {
	count(input.size.unknown_lines.files) > 0
} else := ""

# leading are the folders with most lines, or the files when there is only one folder.
leading := array.slice(input.size.new.folders, 0, few) if {
	count(input.size.new.folders) > 1
} else := array.slice(input.size.new.largest, 0, few)

parts(list) := concat(", ", [sprintf("%s (%s)", [place(part.path), kinds(part.lines, "line", "lines")]) | some part in list])

# busiest are the folders with most files.
busiest := array.slice([folder | some n in sorted; some folder in input.size.folders; folder.files == n], 0, few) if {
	sorted := array.reverse(sort({folder.files | some folder in input.size.folders}))
}

counts(list) := concat(", ", [sprintf("%s (%s)", [place(part.path), files(part.files)]) | some part in list]) if {
	count(list) > 0
} else := "one folder"

# place is a folder as people say it.
place(".") := "the root folder"

place(path) := path if path != "."

# left_out says what did not count, so that nobody counts again.
left_out := [sprintf("Not counted: %s.", [concat(", ", reasons)])] if {
	reasons := array.concat(
		[sprintf("%s (%s)", [kinds(n, "line", "lines"), why]) | some [key, why] in old_lines; n := input.size.new[key]; n > 0],
		[sprintf("%s in %s (%s)", [kinds(u.lines, "line", "lines"), files(u.files), object.get(why_not, u.reason, u.reason)]) |
			some u in input.size.uncounted
			u.lines > 0
		],
	)
	count(reasons) > 0
} else := []

# old_lines are why added lines of counted files are not new, in the order in which they are told.
old_lines := [["tests", "tests"], ["moved", "moved, or the same but for spaces"], ["repeated", "the same as in another file"], ["swept", "edits that sweep over many files"]]

# doubts says when the numbers may be too high.
doubts := [sprintf("Generated files may be among them, as .gitattributes was not fully applied: %s.", [input.size.attributes])] if {
	input.size.attributes != ""
} else := []

tool_hint := concat(" ", [
	"Files that a tool writes do not count when the base branch's .gitattributes marks them, for example \"api/*.ts linguist-generated\",",
	"or when size.exclude in .github/lintel.yml names them.",
])

why_not := {
	"deletions": "only removed",
	"documentation": "prose",
	"suppressed": "no diff, by .gitattributes",
	"excluded": "by size.exclude",
	"lock": "lock files",
}

# apart are the folders that can stand on their own as a first part: no tests, as they would test what is not there, no documentation, not the root.
apart := [folder.path |
	some folder in input.size.new.folders
	folder.path != "."
	not regex.match(`(?i)(^|/)(tests?|testing|testdata|__tests__|specs?|e2e|integration|fixtures?|mocks?|docs?|documentation|examples?)(/|$)`, folder.path)
]

split_remedy := sprintf(
	"Split it into %ss that can be merged one after another, for example %s on its own first, with its tests. %s",
	[lib.noun, apart[0], tool_hint],
) if {
	count(apart) > 1
}

split_remedy := sprintf("Split it into %ss that can be merged one after another: preparation, then the change, then the clean-up. %s", [lib.noun, tool_hint]) if {
	count(apart) < 2
}

files_remedy := sprintf(
	"Put mechanical edits (renames, formatting) into a %s of their own, and split the rest by folder. %s",
	[lib.noun, tool_hint],
)

unknown_remedy := concat(" ", [
	sprintf("%s, or run lintel check on a full clone. If it stays, split the change so that the forge can deliver it whole.", [lib.recheck_check]),
	"Files that nobody has to read can be named under size.exclude in .github/lintel.yml on the base branch.",
])

total(list) := count(list.files) + list.more

only_path(list) := list.files[0].path if {
	total(list) == 1
} else := ""

# entries gives the first files of a list with their sizes.
entries(list) := concat(", ", array.concat(
	[sprintf("%s%s", [file.path, sized(file.bytes)]) | some file in array.slice(list.files, 0, 10)],
	others(list, 10),
))

unknown_entries(list) := concat(", ", array.concat(
	[sprintf("%s (%s)", [file.path, file.reason]) | some file in array.slice(list.files, 0, few)],
	others(list, few),
))

others(list, shown) := [sprintf("and %d more", [total(list) - shown])] if {
	total(list) > shown
} else := []

sized(n) := sprintf(" (%s)", [bytes(n)]) if {
	n >= 0
} else := ""

bytes(n) := sprintf("%v MiB", [round((n * 10) / 1048576) / 10]) if {
	n >= 1048576
} else := sprintf("%v KiB", [round((n * 10) / 1024) / 10]) if {
	n >= 1024
} else := kinds(n, "byte", "bytes")

# exact is a size beside the limit: to the byte where both would read the same.
exact(n) := bytes(n) if bytes(n) != bytes(options.large_file)

exact(n) := sprintf("%d bytes, of which %d are too many", [n, n - options.large_file]) if bytes(n) == bytes(options.large_file)

# products names the first build products, with what they are.
products := concat(", ", array.concat(
	[sprintf("%s (%s%s)", [file.path, file.reason, size_behind(file.bytes)]) | some file in array.slice(input.size.products.files, 0, 10)],
	others(input.size.products, 10),
))

size_behind(n) := sprintf(", %s", [bytes(n)]) if {
	n >= 0
} else := ""

difference_of := {"form": "the Unicode form of their letters", "case": "upper and lower case"}

more_twins := sprintf(" There are %d pairs more.", [input.size.twins_more]) if {
	input.size.twins_more > 0
} else := ""

more_large := sprintf(" %s more are as large.", [files(input.size.large.more)]) if {
	input.size.large.more > 0
} else := ""

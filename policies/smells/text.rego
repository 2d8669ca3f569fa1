package lintel.smells

# worsened says that a measure came to exceed its limit, or, where it did before, grew by a quarter.
worsened(measure, limit) if {
	limit > 0
	measure.after > limit
	measure.before <= limit
}

worsened(measure, limit) if {
	limit > 0
	measure.before > limit
	measure.after * 4 >= measure.before * 5
}

of_function(id, item, measure, what, limit) := {
	"rule": id,
	"path": item.path,
	"line": item.line,
	"end_line": item.line,
	"message": sprintf("%s %s %d %s; the limit is %d.", [item.name, went(item, measure), measure.after, what, limit]),
	"remedy": "",
	"subject": item.name,
}

went(item, measure) := "is new and has" if {
	item.new
} else := sprintf("goes from %d to", [measure.before])

of_item(id, item, message) := {
	"rule": id,
	"path": item.path,
	"line": item.line,
	"end_line": item.end_line,
	"message": message,
	"remedy": "",
	"subject": item.what,
}

few := 3

unread_parts := array.concat(array.concat(files_unread, more_unread), more_found)

files_unread := [sprintf("%s: %s", [file.path, file.why]) | some file in array.slice(input.smells.unread, 0, few)]

more_unread := [sprintf("and %d files more", [n])] if {
	n := (count(input.smells.unread) + input.smells.unread_more) - few
	n > 0
} else := []

more_found := [sprintf("%d findings more are not listed here", [n])] if {
	n := (input.smells.more + input.smells.functions_more) + input.smells.duplicates_more
	n > 0
} else := []

only_path := input.smells.unread[0].path if {
	count(input.smells.unread) == 1
	count(unread_parts) == 1
} else := ""

package lintel.smells

# worsened says that a measure is beyond its limit and grew by a quarter or more. A step across a limit that the function nearly reached
# before is no news.
worsened(measure, limit) if {
	limit > 0
	measure.after > limit
	measure.after * 4 >= measure.before * 5
}

# tangled and deep say of a function what one finding is enough for: its other measures are then not reported.
tangled(item) if worsened(item.cognitive, input.settings.smells.cognitive)

deep(item) if {
	not tangled(item)
	worsened(item.nesting, input.settings.smells.nesting)
}

# involved says that a function is more than a list of steps: half as complex as the limit allows.
involved(item) if item.cognitive.after * 2 >= input.settings.smells.cognitive

# long says that a function became long and is more than a list of steps.
long(item) if {
	not tangled(item)
	not deep(item)
	involved(item)
	worsened(item.lines, input.settings.smells.function_lines)
}

# constructs says that a function is a constructor, which takes what it needs.
constructs(item) if {
	parts := split(item.name, ".")
	last := parts[count(parts) - 1]
	some name in ({"constructor", "__init__", "__construct", "initialize", "init", "new"} | {parts[i] | some i, _ in parts; i == count(parts) - 2})
	last == name
}

constructs(item) if regex.match(`(^|\.)[Nn]ew[A-Z]`, item.name)

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

package lintel.workflows

# of_item is the finding of what an audit says.
of_item(id, item) := {
	"rule": id,
	"path": item.path,
	"line": item.line,
	"end_line": item.end_line,
	"message": item.message,
	"remedy": item.remedy,
	"subject": item.subject,
	"suggestion": item.suggestion,
}

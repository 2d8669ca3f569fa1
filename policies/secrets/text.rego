package lintel.secrets

import data.lintel.lib

of_item(id, item) := {
	"rule": id,
	"path": item.path,
	"line": item.line,
	"end_line": item.line,
	"message": sprintf("%s %s%s%s.", [kind(item), place(item), shown(item), sprintf(" (%s, hash %s)", [item.format, item.hash])]),
	"remedy": sprintf("%s %s", [item.rotate, after(item)]),
	"subject": sprintf("%s %s %s", [item.format, item.hash, item.commit]),
} if {
	item.where in {"line", "key"}
} else := {
	"rule": id,
	"path": "",
	"line": 0,
	"end_line": 0,
	"message": sprintf("%s %s%s%s.", [kind(item), place(item), shown(item), sprintf(" (%s, hash %s)", [item.format, item.hash])]),
	"remedy": sprintf("%s %s", [item.rotate, after(item)]),
	"subject": sprintf("%s %s %s %s", [item.where, item.format, item.hash, item.commit]),
}

# of_doubted is the finding of a secret that cannot be valid.
of_doubted(id, item) := object.union(of_item(id, item), {
	"message": sprintf("What has the form of a secret (%s) %s, but %s.", [item.format, place(item), item.doubt]),
	"remedy": "If it stands for a secret, write a value that no scanner takes for one, such as a name in angle brackets.",
})

kind(item) := "A private key" if {
	item.format == "private-key"
} else := sprintf("A secret of %s", [item.provider]) if {
	item.specific
	item.provider != ""
} else := "A secret" if {
	item.specific
} else := sprintf("What looks like a secret of %s", [item.provider]) if {
	item.provider != ""
} else := "What looks like a secret"

place(item) := "is on this line" if {
	item.where == "line"
} else := "begins on this line" if {
	item.where == "key"
} else := "is in the name of a new file" if {
	item.where == "path"
} else := "is in the title" if {
	item.where == "title"
} else := sprintf("is in the description, on line %d", [item.line]) if {
	item.where == "body"
} else := sprintf("is in the message of commit %s, on line %d", [substring(item.commit, 0, 10), item.line])

shown(item) := "" if {
	item.format == "private-key"
} else := "" if {
	item.start == ""
} else := sprintf(", beginning with %s", [item.start])

# after is what is left to do when the secret is renewed.
after(item) := "Then read it from the environment or a secret store, and take it out of the change." if {
	item.where in {"line", "key"}
} else := "Then edit the title." if {
	item.where == "title"
} else := "Then edit the description; its history may keep the old one." if {
	item.where == "body"
} else := "Then rename the file." if {
	item.where == "path"
} else := "Then reword the commit."

rest_of(id, n) := {
	"rule": id,
	"path": "",
	"line": 0,
	"end_line": 0,
	"message": sprintf("%d more are not listed one by one.", [n]),
	"remedy": "Take out those that are listed first; the next look shows the rest.",
	"subject": "more",
}

few := 5

# parts_unread says what was not searched. That the list of files is incomplete is the gate's to say.
parts_unread := array.concat(commits_unread, texts_unread)

commits_unread := ["the list of commits is incomplete"] if {
	not input.secrets.commits_complete
} else := []

texts_unread := array.concat(
	[sprintf("%s: %s", [name_of(part), part.reason]) | some part in array.slice(input.secrets.unread, 0, few)],
	more_unread,
)

name_of(part) := part.path if {
	part.path != ""
} else := part.what

more_unread := [sprintf("and %d more", [n])] if {
	n := (count(input.secrets.unread) + input.secrets.unread_more) - few
	n > 0
} else := []

only_path := input.secrets.unread[0].path if {
	count(parts_unread) == 1
	count(input.secrets.unread) == 1
} else := ""

unread_remedy := concat(" ", [
	sprintf("%s, or run lintel check on a full clone. If it stays, split the change, or keep the file out of it:", [lib.recheck_check]),
	"what cannot be read cannot be searched.",
])

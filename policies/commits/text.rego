package lintel.commits

# report makes a finding of a problem. Entries of kind "more" count the commits beyond those that are listed.
report(id, p, message, remedy) := {
	"rule": id,
	"path": "",
	"line": 0,
	"end_line": 0,
	"message": said(p, message),
	"remedy": remedy,
	"subject": concat(" ", [p.where, p.kind, p.header]),
}

said(p, message) := message if p.where != "more"

said(p, _) := sprintf("%d more commits have the same problem.", [p.count]) if {
	p.where == "more"
	p.count > 1
}

said(p, _) := "1 more commit has the same problem." if {
	p.where == "more"
	p.count == 1
}

# about names what is wrong: a commit by its short SHA and header, or the title.
about(p) := sprintf("Commit %s \"%s\"", [substring(p.sha, 0, 7), p.header]) if {
	p.where != "title"
	p.header != ""
}

about(p) := sprintf("Commit %s", [substring(p.sha, 0, 7)]) if {
	p.where != "title"
	p.header == ""
}

about(p) := sprintf("The title \"%s\"", [p.header]) if p.where == "title"

# explained adds why a title is held to the rules of a commit, and why both are judged when the settings are hidden or ask for both.
explained(text, p) := sprintf("%s The title is judged because %s.", [text, input.commits.because]) if p.where == "title"

explained(text, p) := sprintf("%s Commits and title are both judged because %s.", [text, input.commits.because]) if {
	p.where != "title"
	input.commits.judged == "both"
}

explained(text, p) := text if {
	p.where != "title"
	input.commits.judged != "both"
}

# start is where a rebase of the whole change begins.
default start := "the commit your branch started from"

start := substring(input.change.merge_base, 0, 12) if input.change.merge_base != ""

push := "git push --force-with-lease"

# reword is the exact way to another message.
reword(p, _) := sprintf("Run \"git commit --amend\", correct the message, then \"%s\".", [push]) if {
	p.where == "commit"
	p.last
}

reword(p, _) := sprintf(
	"Run \"git rebase -i %s\", put \"reword\" in place of \"pick\" before this commit, correct the message, then \"%s\".",
	[start, push],
) if {
	p.where == "commit"
	not p.last
}

reword(p, _) := sprintf(
	"Run \"git rebase -i %s\", put \"reword\" in place of \"pick\" before each of these commits, correct the messages, then \"%s\".",
	[start, push],
) if {
	p.where == "more"
}

reword(p, want) := sprintf("Edit the title of the pull request, for example to \"%s\".", [want]) if {
	p.where == "title"
	want != ""
}

reword(p, want) := "Edit the title of the pull request." if {
	p.where == "title"
	want == ""
}

# example is a header that the settings allow.
example := sprintf("%s: add a coupon field", [example_type])

default example_type := "feat"

example_type := input.commits.types[0] if {
	count(input.commits.types) > 0
	not "feat" in input.commits.types
}

wanted(want) := sprintf("\"%s\"", [want]) if want != ""

wanted(want) := sprintf("type(scope): subject, as in \"%s\"", [example]) if want == ""

header_fault := {
	"empty": "the message is empty",
	"leading_space": "the header begins with a space",
	"no_type": "the header does not begin with a type and a colon",
	"no_colon": "the colon after the type is missing",
	"no_space": "there is no space after the colon",
	"space_before": "there is a space before the colon or before the scope",
	"two_spaces": "there is more than one space after the colon",
	"empty_scope": "the parentheses hold no scope",
	"scope_form": "the scope is not one pair of parentheses right after the type",
	"bang_before_scope": "the \"!\" stands before the scope; it belongs right before the colon",
	"empty_subject": "there is nothing after the colon",
	"emoji": "the header begins with an emoji; it must begin with the type",
	"wide_colon": "the colon is a full-width one; it must be the ASCII colon and a space",
	"bad_type": "the type must be letters, digits, dashes or underscores and begin with a letter",
	"no_component": "the header does not begin with a component and a colon",
	"component_space": "one space must stand after the colon, and none before it",
	"no_emoji": "the header does not begin with an emoji or its :code:",
	"no_ticket": "the header does not begin with a ticket",
	"ticket_case": "the ticket's key must be in capitals",
	"other_project": "the ticket is of a project that is not listed",
	"no_match": "the header does not match the pattern of the settings",
}

header_text(p) := sprintf("%s is not a conventional header: %s. Wanted: %s.", [about(p), object.get(header_fault, p.kind, p.kind), wanted(p.want)])

type_text(p) := sprintf("%s has the type \"%s\", which must be lower case: \"%s\".", [about(p), p.got, p.want]) if p.kind == "case"

type_text(p) := sprintf("%s has the type \"%s\", which is not one of %s.%s", [about(p), p.got, concat(", ", input.commits.types), hint(p)]) if {
	p.kind == "unknown"
}

hint(p) := sprintf(" Did you mean \"%s\"?", [p.want]) if p.want != ""

hint(p) := "" if p.want == ""

scope_text(p) := sprintf("%s has no scope, but the settings ask for one: type(scope): subject.%s", [about(p), scopes_allowed]) if p.kind == "missing"

scope_text(p) := sprintf("%s has spaces around its scope: \"%s\" should be \"%s\".", [about(p), p.got, p.want]) if p.kind == "padded"

scope_text(p) := sprintf("%s has the scope \"%s\", which is not listed.%s%s", [about(p), p.got, scopes_allowed, hint(p)]) if p.kind == "unknown"

default scopes_allowed := ""

scopes_allowed := sprintf(" Allowed: %s.", [concat(", ", array.slice(input.settings.commits.scopes, 0, 30))]) if {
	count(input.settings.commits.scopes) > 0
}

body_text(p) := sprintf("%s: line %d follows the header at once; a blank line must stand between header and body.", [about(p), p.line]) if {
	p.kind == "body_glued"
}

body_text(p) := sprintf("%s: line %d (\"%s\") is a footer glued to the body, so it is read as text; a blank line must stand before the footers.", [
	about(p),
	p.line,
	p.got,
]) if {
	p.kind == "footer_glued"
}

body_text(p) := sprintf("%s: line %d (\"%s\") does not count as a breaking change; write \"BREAKING CHANGE: \" in capitals, with colon and space.", [
	about(p),
	p.line,
	p.got,
]) if {
	p.kind == "breaking_form"
}

body_text(p) := sprintf("%s: line %d has %s characters in the %s, more than the %d allowed%s.", [
	about(p),
	p.line,
	p.got,
	section,
	p.limit,
	others(p.count - 1),
]) if {
	section := {"body_line": "body", "footer_line": "footers"}[p.kind]
}

others(n) := "" if n < 1

others(n) := ", and so has 1 more line" if n == 1

others(n) := sprintf(", and so have %d more lines", [n]) if n > 1

unfinished_text(p) := sprintf("%s is marked \"%s\": it is to be folded into an earlier commit and must not reach the base branch by itself.", [about(p), p.got]) if {
	p.kind == "fixup"
}

unfinished_text(p) := sprintf("%s is marked \"%s\": its author says that the work is not finished.", [about(p), p.got]) if p.kind in {"wip", "draft"}

unfinished_remedy(p) := sprintf("Run \"git rebase -i --autosquash %s\", then \"%s\".", [start, push]) if {
	p.kind == "fixup"
	p.where != "title"
}

unfinished_remedy(p) := "When the work is ready, take the marker out of the title of the pull request." if p.where == "title"

unfinished_remedy(p) := sprintf("When the work is ready: %s", [reword(p, "")]) if {
	p.kind != "fixup"
	p.where != "title"
}

sign_off_text(p) := sprintf("%s has no sign-off. Wanted: a line \"Signed-off-by: %s\" in its message.", [about(p), p.want]) if p.kind == "missing"

sign_off_text(p) := sprintf("%s is signed off by \"%s\", which is neither its author \"%s\" nor its committer; name and email must both match.", [
	about(p),
	p.got,
	p.want,
]) if {
	p.kind in {"mismatch", "name", "address"}
}

sign_off_text(p) := sprintf("%s: its author's email \"%s\" is not a valid address, so its sign-off cannot be held against it.", [about(p), p.got]) if {
	p.kind == "email"
}

sign_off_remedy(p) := sprintf("%s%s", [sign_again(p), remediation(p)])

sign_again(p) := sprintf("Run \"git commit --amend --no-edit --signoff\", then \"%s\".", [push]) if {
	p.kind != "email"
	p.where == "commit"
	p.last
}

sign_again(p) := sprintf("Run \"git rebase --signoff %s\", which signs off every commit of the branch, then \"%s\".", [start, push]) if {
	p.kind != "email"
	not alone(p)
}

sign_again(p) := sprintf(
	"Set your address with \"git config user.email\", run \"git rebase %s --exec 'git commit --amend --reset-author --no-edit --signoff'\", then \"%s\".",
	[start, push],
) if {
	p.kind == "email"
}

alone(p) if {
	p.where == "commit"
	p.last
}

default remediation(_) := ""

remediation(p) := sprintf(
	" Or leave the history as it is and push a commit by the same author, itself signed off, whose message has the line: I, %s, hereby add my Signed-off-by to this commit: %s",
	[p.want, p.sha],
) if {
	input.settings.commits.remediation
	p.where == "commit"
	p.kind == "missing"
}

projects := concat(", ", [sprintf("%s-12", [key]) | some key in array.slice(input.settings.commits.tickets, 0, 20)])

ticket_text(p) := sprintf("%s names no ticket. Wanted: a ticket of a listed project, such as %s.%s", [about(p), projects, miswritten(p)]) if {
	p.where != "change"
}

ticket_text(p) := sprintf("Neither the title \"%s\" nor any commit names a ticket. Wanted: a ticket of a listed project, such as %s.%s", [
	p.header,
	projects,
	miswritten(p),
]) if {
	p.where == "change"
}

miswritten(p) := sprintf(" Keys are case-sensitive: write %s.", [p.got]) if p.got != ""

miswritten(p) := "" if p.got == ""

ticket_remedy(p) := "Edit the title of the pull request and add the ticket." if p.where in {"title", "change"}

ticket_remedy(p) := reword(p, "") if p.where in {"commit", "more"}

hidden_kind := {
	"bidi": "a character that reverses the order of the text",
	"zero_width": "a character of no width",
	"control": "a control character",
	"encoding": "a byte that is not UTF-8",
}

hidden_text(p) := sprintf("%s holds %s (%s) in line %d. A reader cannot see it, so the text may not say what it seems to say.", [
	about(p),
	object.get(hidden_kind, p.kind, p.kind),
	p.got,
	p.line,
])

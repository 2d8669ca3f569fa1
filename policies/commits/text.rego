package lintel.commits

import data.lintel.lib

# max_places is how many commits one finding names; the rest is counted.
max_places := 10

# report makes the one finding of a rule. One problem is said in a sentence of its own; several are listed after what they have in common.
# Entries of kind "more" count problems beyond those that are listed. The subject is the same whichever commits they are, so a rebase leaves the finding what it is.
report(id, text, remedy) := {
	"rule": id,
	"path": "",
	"line": 0,
	"end_line": 0,
	"message": text,
	"remedy": remedy,
	"subject": "the messages of the change",
}

# listed are the problems that are named, total is how many there are.
listed(problems) := [p | some p in problems; p.where != "more"]

total(problems) := count(listed(problems)) + sum([p.count | some p in problems; p.where == "more"])

# told is the sentence of a single problem, or the list of several: what they are, how many, where, and how many are not named.
told(problems, sentence, _, _) := sentence if total(problems) == 1

told(problems, _, what, items) := sprintf("%s (%d): %s%s.", [what, total(problems), concat("; ", array.slice(items, 0, max_places)), rest(problems, items)]) if {
	total(problems) > 1
}

rest(problems, items) := "" if total(problems) <= min([count(items), max_places])

rest(problems, items) := sprintf("; and %d more", [n]) if {
	n := total(problems) - min([count(items), max_places])
	n > 0
}

# unmade says that a problem is of a message whose commit is not made yet, as in a hook.
unmade(p) if {
	p.where == "commit"
	p.sha == ""
}

# about names what is wrong, at the beginning of a sentence: a commit by its short SHA and header, a message, or the title.
about(p) := sprintf("Commit %s \"%s\"", [substring(p.sha, 0, 7), p.header]) if {
	not p.where in {"title", "change"}
	not unmade(p)
	p.header != ""
}

about(p) := sprintf("Commit %s", [substring(p.sha, 0, 7)]) if {
	not p.where in {"title", "change"}
	not unmade(p)
	p.header == ""
}

about(p) := sprintf("The message \"%s\"", [p.header]) if unmade(p)

about(p) := sprintf("The title \"%s\"", [p.header]) if p.where == "title"

about(p) := sprintf("Neither the title \"%s\" nor any commit", [p.header]) if p.where == "change"

# place is about, in a list.
place(p) := substring(about(p), 7, -1) if {
	not p.where in {"title", "change"}
	not unmade(p)
}

place(p) := sprintf("the message \"%s\"", [p.header]) if unmade(p)

place(p) := sprintf("the title \"%s\"", [p.header]) if p.where == "title"

# item is a place with its reason.
item(p, reason) := place(p) if reason == ""

item(p, reason) := sprintf("%s (%s)", [place(p), reason]) if reason != ""

# speaker is the first rule on headers that has something to say; it alone says why commits or title are judged.
speaker := [rule | some rule in ["header", "title", "type", "scope", "subject", "subject_case", "header_length"]; count(input.commits.problems[rule]) > 0][0]

default context(_) := ""

context(rule) := sprintf(" The title is judged because %s.", [input.commits.because]) if {
	speaker == rule
	input.commits.judged == "title"
}

context(rule) := sprintf(" Commits and title are both judged because %s.", [input.commits.because]) if {
	speaker == rule
	input.commits.judged == "both"
}

context(rule) := sprintf(" The commits are judged because %s; the title is not known.", [input.commits.because]) if {
	speaker == rule
	input.commits.judged == "commits"
	not input.commits.landing_known
	not any_unmade(input.commits.problems[rule])
}

any_unmade(problems) if {
	some p in problems
	unmade(p)
}

# start is where a rebase of the whole change begins.
default start := "the commit your branch started from"

start := substring(input.change.merge_base, 0, 12) if input.change.merge_base != ""

push := "git push --force-with-lease"

# reword is the exact way to other messages, for all problems of a rule at once.
reword(problems, want) := concat(" ", array.concat(reword_commits(problems), reword_title(problems, want)))

reword_title(problems, _) := [] if not any_title(problems)

reword_title(problems, want) := [sprintf("Edit the title of the %s.", [lib.noun])] if {
	any_title(problems)
	want == ""
}

reword_title(problems, want) := [sprintf("Edit the title of the %s, for example to \"%s\".", [lib.noun, want])] if {
	any_title(problems)
	want != ""
}

any_title(problems) if {
	some p in problems
	p.where in {"title", "change"}
}

# commits_of are the ids of the commits, each once, in their order; whether there are more is said by the count.
shas(problems) := {p.sha | some p in problems; p.where == "commit"}

more(problems) if {
	some p in problems
	p.where == "more"
}

reword_commits(problems) := [] if {
	count(shas(problems)) == 0
	not more(problems)
}

reword_commits(problems) := [sprintf("Run \"git commit --amend\", correct the message, then \"%s\".", [push])] if alone(problems)

reword_commits(problems) := ["Correct the message: \"git commit --edit --file $(git rev-parse --git-path COMMIT_EDITMSG)\" brings it back."] if any_unmade(problems)

reword_commits(problems) := [sprintf(
	"Run \"git rebase -i %s\", put \"reword\" in place of \"pick\" before this commit, correct the message, then \"%s\".",
	[start, push],
)] if {
	count(shas(problems)) == 1
	not more(problems)
	not alone(problems)
	not any_unmade(problems)
}

reword_commits(problems) := [sprintf(
	"Run \"git rebase -i %s\", put \"reword\" in place of \"pick\" before each of these commits, correct the messages, then \"%s\".",
	[start, push],
)] if {
	many(problems)
}

many(problems) if count(shas(problems)) > 1

many(problems) if {
	more(problems)
	not any_unmade(problems)
}

# alone is true when all that is wrong is the newest commit, which needs no rebase.
alone(problems) if {
	count(shas(problems)) == 1
	not more(problems)
	not any_unmade(problems)
	every p in problems {
		last_or_title(p)
	}
}

last_or_title(p) if p.where in {"title", "change"}

last_or_title(p) if {
	p.where == "commit"
	p.last
}

# title_want is the title as it should be, where a rule has one to propose.
default title_want(_) := ""

title_want(problems) := [p.want | some p in problems; p.where == "title"][0]

# form and example are those of the style that holds.
form := object.get(
	{
		"component": "component: subject, as in \"net/http: read one header less\"",
		"gitmoji": "an emoji and the subject, as in \":bug: Read one header less\"",
		"ticket": sprintf("a ticket and the subject, as in \"%s-12 Read one header less\"", [key]),
		"custom": sprintf("a header that matches %s", [object.get(object.get(input.settings, "commits", {}), "pattern", "the pattern")]),
	},
	input.commits.style,
	sprintf("type(scope): subject, as in \"%s: add a coupon field\"", [example_type]),
)

default key := "ABC"

key := input.settings.commits.tickets[0]

default example_type := "feat"

example_type := input.commits.types[0] if {
	count(input.commits.types) > 0
	not "feat" in input.commits.types
}

style_name := object.get({"component": "of the form component: subject", "gitmoji": "a gitmoji header", "ticket": "a header with a ticket first", "custom": "of the form that the settings ask for"}, input.commits.style, "a conventional header")

wanted(want) := sprintf("\"%s\"", [want]) if want != ""

wanted(want) := form if want == ""

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
	"empty_subject": "there is nothing behind the prefix",
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

fault(p) := object.get(header_fault, p.kind, p.kind)

header_text(p) := sprintf("%s is not %s: %s. Wanted: %s.", [about(p), style_name, fault(p), wanted(p.want)])

header_item(p) := item(p, sprintf("%s; wanted: \"%s\"", [fault(p), p.want])) if p.want != ""

header_item(p) := item(p, fault(p)) if p.want == ""

# header_told ends a list with the form that is wanted.
header_told(problems) := told(problems, header_text(listed(problems)[0]), "", []) if total(problems) == 1

header_told(problems) := sprintf("%s Wanted: %s.", [told(problems, "", sprintf("Not %s", [style_name]), [header_item(p) | some p in listed(problems)]), form]) if {
	total(problems) > 1
}

type_reason(p) := sprintf("the type \"%s\", which must be lower case: \"%s\"", [p.got, p.want]) if p.kind == "case"

type_reason(p) := sprintf("the type \"%s\", which is not one of %s%s", [p.got, concat(", ", input.commits.types), hint(p)]) if p.kind == "unknown"

type_item(p) := item(p, sprintf("\"%s\"%s", [p.got, hint(p)]))

hint(p) := sprintf(" (did you mean \"%s\"?)", [p.want]) if p.want != ""

hint(p) := "" if p.want == ""

scope_text(p) := sprintf("%s has no scope, but the settings ask for one: type(scope): subject.%s", [about(p), scopes_allowed]) if p.kind == "missing"

scope_text(p) := sprintf("%s has spaces around its scope: \"%s\" should be \"%s\".", [about(p), p.got, p.want]) if p.kind == "padded"

scope_text(p) := sprintf("%s has the scope \"%s\", which is not listed%s.%s", [about(p), p.got, hint(p), scopes_allowed]) if p.kind == "unknown"

scope_item(p) := item(p, "no scope") if p.kind == "missing"

scope_item(p) := item(p, sprintf("\"%s\" should be \"%s\"", [p.got, p.want])) if p.kind == "padded"

scope_item(p) := item(p, sprintf("\"%s\"%s", [p.got, hint(p)])) if p.kind == "unknown"

default scopes_allowed := ""

scopes_allowed := sprintf(" Allowed: %s.", [concat(", ", array.slice(input.settings.commits.scopes, 0, 30))]) if {
	count(input.settings.commits.scopes) > 0
}

body_text(p) := sprintf("%s: %s.", [about(p), body_reason(p)])

body_reason(p) := sprintf("line %d follows the header at once; a blank line must stand between header and body", [p.line]) if {
	p.kind == "body_glued"
}

body_reason(p) := sprintf("line %d (\"%s\") is a footer glued to the body, so git reads it as text; a blank line must stand before the footers", [p.line, p.got]) if {
	p.kind == "footer_glued"
}

body_reason(p) := sprintf("line %d (\"%s\") does not count as a breaking change; write \"BREAKING CHANGE: \" in capitals, with colon and space", [p.line, p.got]) if {
	p.kind == "breaking_form"
}

body_reason(p) := sprintf("line %d has %s characters in the %s, more than the %d allowed%s", [p.line, p.got, section, p.limit, others(p.count - 1)]) if {
	section := {"body_line": "body", "footer_line": "footers"}[p.kind]
}

others(n) := "" if n < 1

others(n) := ", and so has 1 more line" if n == 1

others(n) := sprintf(", and so have %d more lines", [n]) if n > 1

unfinished_text(p) := sprintf("%s is marked \"%s\": it is to be folded into an earlier commit and must not reach the base branch by itself.", [about(p), p.got]) if {
	p.kind == "fixup"
}

unfinished_text(p) := sprintf("%s is marked \"%s\": its author says that the work is not finished.", [about(p), p.got]) if p.kind in {"wip", "draft"}

# unfinished_remedy folds what git can fold, and asks to take away the other markers.
unfinished_remedy(problems) := concat(" ", [step | some step in [unfinished_fold(problems), unfinished_reword(problems), unfinished_title(problems)]; step != ""])

default unfinished_fold(_) := ""

unfinished_fold(problems) := sprintf("Run \"git rebase -i --autosquash %s\", then \"%s\".", [start, push]) if {
	some p in problems
	p.kind == "fixup"
	p.where != "title"
}

default unfinished_reword(_) := ""

unfinished_reword(problems) := sprintf("When the work is ready: %s", [reword(marked, "")]) if {
	marked := [p | some p in problems; p.kind != "fixup"; p.where != "title"]
	count(marked) > 0
}

default unfinished_title(_) := ""

unfinished_title(problems) := sprintf("When the work is ready, take the marker out of the title of the %s.", [lib.noun]) if any_title(problems)

sign_off_text(p) := sprintf("%s has no sign-off. Wanted: a line \"Signed-off-by: %s\" in its message.", [about(p), p.want]) if p.kind == "missing"

sign_off_text(p) := sprintf("%s is signed off by \"%s\", which is neither its author \"%s\" nor its committer; name and email must both match.", [
	about(p),
	p.got,
	p.want,
]) if {
	p.kind == "mismatch"
}

sign_off_text(p) := sprintf("%s is signed off by \"%s\": the email is that of its author, the name is not. Wanted: \"%s\".", [about(p), p.got, p.want]) if {
	p.kind == "name"
}

sign_off_text(p) := sprintf(
	"%s is signed off by \"%s\": the name is that of its author, the email is not, and it is no address by which the forge names the author. Wanted: \"%s\".",
	[about(p), p.got, p.want],
) if {
	p.kind == "address"
}

sign_off_text(p) := sprintf("%s: its author's email \"%s\" is not a valid address, so its sign-off cannot be held against it.", [about(p), p.got]) if {
	p.kind == "email"
}

sign_off_item(p) := item(p, sprintf("none by %s", [p.want])) if p.kind == "missing"

sign_off_item(p) := item(p, sprintf("by %s, not by %s", [p.got, p.want])) if p.kind in {"mismatch", "name", "address"}

sign_off_item(p) := item(p, sprintf("the email \"%s\" is not valid", [p.got])) if p.kind == "email"

sign_off_remedy(problems) := sprintf("%s%s", [sign_again(problems), remediation(problems)])

sign_again(problems) := sprintf(
	"Set your address with \"git config user.email\", run \"git rebase %s --exec 'git commit --amend --reset-author --no-edit --signoff'\", then \"%s\".",
	[start, push],
) if {
	invalid(problems)
	not any_unmade(problems)
}

sign_again(problems) := sprintf("Run \"git commit --amend --no-edit --signoff\", then \"%s\".", [push]) if {
	not invalid(problems)
	alone(problems)
}

sign_again(problems) := sprintf("Run \"git rebase --signoff %s\", which signs off every commit of the branch, then \"%s\".", [start, push]) if {
	not invalid(problems)
	not alone(problems)
	not any_unmade(problems)
}

sign_again(problems) := "Commit again with \"git commit --signoff\"." if {
	not invalid(problems)
	any_unmade(problems)
}

sign_again(problems) := "Set your address with \"git config user.email\" and commit again with \"git commit --signoff\"." if {
	invalid(problems)
	any_unmade(problems)
}

invalid(problems) if {
	some p in problems
	p.kind == "email"
}

default remediation(_) := ""

remediation(problems) := sprintf(
	" Or leave the history as it is and push a commit, itself signed off, whose message has a line for each: I, %s, hereby add my Signed-off-by to this commit: %s (somebody else begins it with On behalf of %s, I, ...)",
	[first.want, first.sha, first.want],
) if {
	input.settings.commits.remediation
	first := [p | some p in problems; p.where == "commit"; p.kind == "missing"][0]
}

projects := concat(", ", [sprintf("%s-12", [key]) | some key in array.slice(input.settings.commits.tickets, 0, 20)])

ticket_text(p) := sprintf("%s names no ticket. Wanted: a ticket of a listed project, such as %s.%s", [about(p), projects, miswritten(p)]) if p.where != "change"

ticket_text(p) := sprintf("%s names a ticket. Wanted: a ticket of a listed project, such as %s.%s", [about(p), projects, miswritten(p)]) if p.where == "change"

ticket_item(p) := item(p, "") if p.got == ""

ticket_item(p) := item(p, sprintf("write %s", [p.got])) if p.got != ""

miswritten(p) := sprintf(" Keys are case-sensitive: write %s.", [p.got]) if p.got != ""

miswritten(p) := "" if p.got == ""

ticket_remedy(problems) := sprintf("Edit the title of the %s and add the ticket.", [lib.noun]) if any_title(problems)

ticket_remedy(problems) := reword(problems, "") if not any_title(problems)

hidden_kind := {
	"bidi": "a character that steers the direction of the text",
	"zero_width": "a character of no width",
	"control": "a control character",
	"encoding": "a byte that is not UTF-8",
}

hidden_reason(p) := sprintf("%s (%s) in line %d", [object.get(hidden_kind, p.kind, p.kind), p.got, p.line])

hidden_text(p) := sprintf("%s holds %s. A reader cannot see it, so the text may not say what it seems to say.", [about(p), hidden_reason(p)])

package lintel.ownership

import data.lintel.lib

# A few of many: how much of a list a sentence holds.
few := 3

base_name := input.ownership.file.ref if {
	input.ownership.file.ref != ""
} else := "the base branch"

owners_file := input.ownership.file.path if {
	input.ownership.file.path != ""
} else := ".github/CODEOWNERS"

short(sha) := substring(sha, 0, 7)

files(1) := "1 file"

files(n) := sprintf("%d files", [n]) if n != 1

# list gives "3 files (a, b and 1 more)", or the name alone when there is one file.
list(paths) := paths.examples[0] if {
	paths.count == 1
	count(paths.examples) == 1
} else := sprintf("%s (%s)", [files(paths.count), names(paths)])

# names gives the examples and how many more there are.
names(paths) := concat(", ", paths.examples) if {
	paths.count <= count(paths.examples)
} else := sprintf("%s and %d more", [concat(", ", paths.examples), paths.count - count(paths.examples)])

# some_of gives the first few of a list of names.
some_of(all, more) := concat(", ", all) if {
	more <= 0
} else := sprintf("%s and %d more", [concat(", ", all), more])

# all_of gives the first few of a list of people of whom all are meant: "ann, bob and eve".
all_of(all, more) := some_of(all, more) if {
	more > 0
} else := all[0] if {
	count(all) == 1
} else := sprintf("%s and %s", [concat(", ", array.slice(all, 0, count(all) - 1)), all[count(all) - 1]])

# lines_text gives "CODEOWNERS line 3 "/api/"", on GitLab with the section.
lines_text(at) := sprintf("%s %s%s%s", [owners_file, concat(", ", patterns), more_lines_text(at), section_text(at)]) if {
	patterns := [sprintf("line %d \"%s\"", [line.line, line.pattern]) | some line in array.slice(at.lines, 0, few)]
}

section_text(at) := sprintf(" in section [%s]", [at.section]) if {
	at.section != ""
} else := ""

more_lines_text(at) := text if {
	more := (count(at.lines) + object.get(at, "more_lines", 0)) - few
	more > 0
	text := sprintf(" and %d more", [more])
} else := ""

line_names(at) := sprintf("line %d", [at.lines[0].line]) if {
	count(at.lines) == 1
} else := sprintf("lines %s%s", [
	concat(", ", [format_int(line.line, 10) | some line in array.slice(at.lines, 0, few)]),
	more_lines_text(at),
])

# owners_text gives "@bob", or "one of @bob, @acme/api".
owners_text(group) := sprintf("%s (which stands in, since the author is the only owner)", [group.fallback]) if {
	group.fallback != ""
} else := group.owners[0].name if {
	count(group.owners) == 1
} else := sprintf("one of %s", [some_of([owner.name | some owner in group.owners], group.more_owners)])

need_verb(1) := "needs"

need_verb(n) := "need" if n != 1

pass_text(1) := "1 file passes"

pass_text(n) := sprintf("%d files pass", [n]) if n != 1

exempt_remedy(why) := "Nothing needs to be done; to ask the owners after all, take the label away." if {
	startswith(why, "the label ")
} else := "Nothing needs to be done; to ask the owners after all, change ownership.waive on the base branch." if {
	startswith(why, "ownership.waive ")
} else := "Nothing needs to be done; to ask the owners after all, change ownership.paths on the base branch."

exempt_names(groups) := sort({name | some group in groups; some name in group.files.examples})

# several reports whether more than any one approval is asked for.
several(group) if group.needs.approvals > 1

several(group) if group.needs.each

# teams_text says that the people must stand behind different owners of the line.
teams_text(group) := sprintf(", by people of %d different owners of the line", [teams]) if {
	teams := object.get(group.needs, "teams", 1)
	teams > 1
} else := ""

# wants_text gives "an approval by one of @bob, @acme/api", "2 approvals by one of ..." or "an approval by each of ...".
wants_text(group) := sprintf("an approval by %s", [owners_text(group)]) if {
	not several(group)
} else := sprintf("%s by %s", [number_text(group.needs.approvals), owners_text(group)]) if {
	not group.needs.each
} else := sprintf("an approval by %s", [owners_text(group)]) if {
	group.needs.approvals == 1
	count(group.owners) == 1
} else := sprintf("%s by each of %s", [number_text(1), some_of([owner.name | some owner in group.owners], group.more_owners)]) if {
	group.needs.approvals == 1
} else := sprintf("%s, and one by each of %s", [
	number_text(group.needs.approvals),
	some_of([owner.name | some owner in group.owners], group.more_owners),
])

number_text(1) := "an approval"

number_text(n) := sprintf("%d approvals", [n]) if n != 1

# missing_text says what is missing where more than any one approval is asked for.
missing_text(group) := "" if {
	not several(group)
} else := sprintf(" Missing: %s.", [concat("; ", missing)]) if {
	missing := array.concat(array.concat(missing_people(group), missing_owners(group)), missing_teams(group))
	count(missing) > 0
} else := ""

missing_people(group) := [sprintf("%d more", [group.needs.more])] if {
	group.needs.more > 0
} else := []

missing_teams(group) := [sprintf("somebody who speaks for %d more of the owners; who is in two teams speaks for one", [more])] if {
	more := object.get(group.needs, "more_teams", 0)
	more > 0
} else := []

missing_owners(group) := [sprintf("an approval by %s", [some_of(array.slice(group.needs.owners, 0, 10), count(group.needs.owners) - 10)])] if {
	count(group.needs.owners) > 0
} else := []

short_text(group) := sprintf(" Those who can approve do not stand behind %d different owners of the line, so no review can unblock this.", [teams]) if {
	teams := object.get(group.needs, "teams", 1)
	teams > 1
} else := " Not enough people can approve, so no review can unblock this."

# waiver_text says why files that the settings waive for a bot are not waived.
waiver_text(group) := sprintf(" The settings waive such files for this bot (ownership.waive), but not here: %s.", [group.needs.waiver]) if {
	object.get(group.needs, "waiver", "") != ""
} else := ""

approval_text(group) := sprintf("%s %s %s (%s): %s.%s%s%s%s", [
	files(group.waiting.count),
	need_verb(group.waiting.count),
	sprintf("%s%s", [wants_text(group), teams_text(group)]),
	lines_text(group),
	names(group.waiting),
	missing_text(group),
	short_text(group),
	void_texts(group),
	waiver_text(group),
]) if {
	group.status == "short"
}

approval_text(group) := sprintf("%s %s %s (%s): %s.%s%s%s%s%s%s", [
	files(group.waiting.count),
	need_verb(group.waiting.count),
	sprintf("%s%s", [wants_text(group), teams_text(group)]),
	lines_text(group),
	names(group.waiting),
	done_text(group),
	missing_text(group),
	void_texts(group),
	unread_text(group),
	unplaced_text(group),
	waiver_text(group),
]) if {
	group.status == "pending"
}

approval_text(group) := sprintf("Nobody can approve %s (%s): the author %s is the only owner, and authors do not approve their own work.", [
	list(group.waiting),
	lines_text(group),
	input.ownership.author,
]) if {
	group.status == "sole"
}

approval_text(group) := sprintf("It cannot be told who may approve %s (%s; owned by %s): %s.%s%s%s", [
	list(group.waiting),
	lines_text(group),
	owners_text(group),
	group.reason,
	unplaced_text(group),
	void_texts(group),
	waiver_text(group),
]) if {
	group.status == "undecidable"
	group.fallback == ""
}

approval_text(group) := sprintf("Nobody can approve %s (%s): the author %s is the only owner, and the fallback team %s cannot stand in: %s.", [
	list(group.waiting),
	lines_text(group),
	input.ownership.author,
	group.fallback,
	group.reason,
]) if {
	group.status == "undecidable"
	group.fallback != ""
}

# unasked_text says whom to ask where it is not known who has approved, or who the members of a team are.
unasked_text := sprintf("Who has approved is not known here. %s%s%s", [unasked_ask, unasked_stuck, unasked_waiver]) if {
	input.ownership.reviews.asked == false
} else := sprintf("Who may approve %s is not known: %s. The token needs the permission Members: read of the organisation.%s", [
	files(sum([group.waiting.count | some group in unasked])),
	concat("; ", array.slice(sort({sprintf("%s, %s", [owner.name, owner.reason]) | some group in unasked; some owner in group.owners; owner.state == "unread"}), 0, few)),
	unplaced_all,
])

unasked := [group | some group in input.ownership.groups; group.unasked]

# unasked_ask names the fewest people and teams whose approvals would do.
unasked_ask := sprintf("%s an owner's approval: ask %s%s.", [needing, all_of(array.slice(who, 0, 10), more), fewest]) if {
	who := array.concat(input.ownership.unblock.people, [sprintf("a member of %s", [team]) | some team in input.ownership.unblock.teams])
	count(who) > 0
	more := (count(who) + input.ownership.unblock.more) - 10
	total := sum([group.waiting.count | some group in unasked])
	needing := sprintf("%s %s", [files(total), need_verb(total)])
	fewest := fewest_text(count(who))
} else := sprintf("%s %s an owner's approval (%s).", [files(total), need_verb(total), some_of(array.slice(names_of, 0, few), count(names_of) - few)]) if {
	total := sum([group.waiting.count | some group in unasked])
	names_of := sort({owner.name | some group in unasked; some owner in group.owners})
}

fewest_text(1) := ""

fewest_text(n) := ", the fewest who can approve all of it" if {
	n > 1
	input.ownership.unblock.smallest
} else := ", who can approve all of it" if n > 1

# unasked_stuck tells of files that the author alone owns, whoever approves.
unasked_stuck := sprintf(" The author %s is the only owner of %s, so nobody else can approve.", [input.ownership.author, list(stuck[0].waiting)]) if {
	stuck := [group | some group in unasked; group.status == "sole"]
	count(stuck) > 0
} else := ""

# unasked_waiver says why files that the settings waive for a bot are asked about.
unasked_waiver := waiver_text([group | some group in unasked; object.get(group.needs, "waiver", "") != ""][0])

default unasked_waiver := ""

unplaced_all := sprintf(" %s approved the head, and may be among them.", [concat(", ", array.slice(sort(people), 0, few))]) if {
	people := {login | some group in unasked; some login in group.unplaced}
	count(people) > 0
} else := ""

# unplaced_text tells people that their approval was seen, and why it does not help.
unplaced_text(group) := sprintf(" %s approved the head, but it is not known whether that is an owner.", [concat(", ", group.unplaced)]) if {
	count(group.unplaced) > 0
} else := ""

# done_text says what is approved already.
done_text(group) := sprintf(" Approved already by %s.", [concat(", ", [approval.login | some approval in group.approvals])]) if {
	count(group.approvals) > 0
	several(group)
} else := sprintf(" Approved already: %d of %s, by %s.", [
	group.files.count - group.waiting.count,
	files(group.files.count),
	concat(", ", [approval.login | some approval in group.approvals]),
]) if {
	count(group.approvals) > 0
} else := ""

# unread_text names the owners of a group that others can still approve for.
unread_text(group) := sprintf(" Not counted among the owners: %s.", [concat("; ", unread)]) if {
	unread := [sprintf("%s, since %s", [owner.name, owner.reason]) | some owner in group.owners; owner.state != "eligible"]
	count(unread) > 0
} else := ""

void_texts(group) := text if {
	count(group.void) > 0
	sentences := [sprintf(" %s", [void_text(void, pushed_once(group.void, i))]) | some i, void in array.slice(group.void, 0, few)]
	text := sprintf("%s%s", [concat("", sentences), more_void_text(group)])
} else := ""

more_void_text(group) := " 1 more approval does not count." if {
	(count(group.void) + group.more_void) - few == 1
} else := sprintf(" %d more approvals do not count.", [more]) if {
	more := (count(group.void) + group.more_void) - few
	more > 1
} else := ""

# pushed_once says what was pushed after an approval the first time that the approval is spoken of.
pushed_once(voids, i) := "" if {
	i > 0
	voids[i - 1].login == voids[i].login
	voids[i - 1].commit == voids[i].commit
} else := pushed(voids[i])

void_text(v, since) := sprintf("%s approved %s, but %s changed since%s.", [v.login, short(v.commit), list(v.files), since]) if {
	v.why == "changed"
} else := sprintf("%s approved %s; %s came into the change after that%s.", [v.login, short(v.commit), list(v.files), since]) if {
	v.why == "not_in_diff"
} else := sprintf(
	"%s approved %s; whether %s is still the same cannot be told, as its content is not known%s.",
	[v.login, short(v.commit), list(v.files), since],
) if {
	v.why == "opaque"
} else := sprintf("%s approved%s, but that cannot be compared with what is here now: %s.", [v.login, at_commit(v), v.detail]) if {
	v.why == "gone"
} else := sprintf(
	"%s approved %s, which is not the head any more%s; the settings count approvals of the head alone (ownership.keep_approvals).",
	[v.login, short(v.commit), pushed(v)],
) if {
	v.why == "older_head"
} else := sprintf("%s approved and wrote a commit of this change; the settings do not count that (ownership.count_pushers).", [v.login]) if {
	v.why == "pushed"
} else := sprintf("%s approved, but not all commits are known, so it cannot be told who wrote them (ownership.count_pushers).", [v.login]) if {
	v.why == "commits_unread"
} else := sprintf("%s approved without write access to the repository, which does not count.", [v.login]) if {
	v.why == "cannot_push"
} else := sprintf("%s approved, but it could not be read whether %s may push: %s.", [v.login, v.login, v.detail]) if {
	v.why == "push_unread"
} else := sprintf("%s is the author, whose own approval does not count.", [v.login]) if {
	v.why == "author"
} else := sprintf("The last review of %s was dismissed.", [v.login]) if {
	v.why == "dismissed"
} else := sprintf("The approval of %s does not count (%s).", [v.login, v.why])

at_commit(v) := sprintf(" %s", [short(v.commit)]) if {
	v.commit != ""
} else := ""

# pushed says which push ended an approval.
pushed(v) := sprintf(" (the history was rewritten; the head is now %s)", [short(input.ownership.head)]) if {
	v.since.rewritten
} else := sprintf(" (1 later commit: %s \"%s\")", [short(v.since.last), v.since.subject]) if {
	v.since.commits == 1
} else := sprintf(" (%d later commits, the last %s \"%s\")", [v.since.commits, short(v.since.last), v.since.subject]) if {
	v.since.commits > 1
} else := ""

approval_remedy(group) := sprintf("Ask %s for a review%s.%s", [whom(group), again(group), smallest_text]) if {
	group.status == "pending"
}

approval_remedy(group) := sprintf(
	"No review can unblock this. Add a second owner to %s of %s on %s in a %s of its own, or let the settings decide: %s.",
	[
		line_names(group),
		owners_file,
		base_name,
		lib.noun,
		"ownership.sole_owner \"waive\" passes such files, \"fallback\" asks the team of ownership.fallback_team",
	],
) if {
	group.status == "sole"
}

approval_remedy(group) := sprintf(
	"Name more owners in %s of %s on %s in a %s of its own, or ask for less in the settings (ownership.approvals, teams, require, count_pushers, paths).",
	[line_names(group), owners_file, base_name, lib.noun],
) if {
	group.status == "short"
}

approval_remedy(group) := undecidable_remedy(group) if group.status == "undecidable"

undecidable_remedy(group) := sprintf(
	"Name a team in ownership.fallback_team that exists, may push and has members beside the author (now %s), then ask for the check again.",
	[group.fallback],
) if {
	group.fallback != ""
	input.change.kind != "local"
} else := "Say which logins are behind the team or the address with --teams FILE, such as 'acme/api: [ann, bob]' or 'ann@example.com: ann'." if {
	input.change.kind == "local"
} else := "Let the app read the members of the organisation (permission Members: read), then ask for the check again; or name a user beside the team."

# whom prefers the people of the smallest set, so that all findings together ask as few people as possible.
whom(group) := all_of(array.slice(chosen, 0, 10), count(chosen) - 10) if {
	several(group)
	chosen := [login | some login in group.candidates; login in input.ownership.unblock.people]
	count(chosen) > 0
} else := sprintf("%s%s", [concat(" and ", array.slice(chosen, 0, 1)), others(group, chosen[0])]) if {
	chosen := [login | some login in group.candidates; login in input.ownership.unblock.people]
	count(chosen) > 0
} else := sprintf("%s%s", [group.candidates[0], others(group, group.candidates[0])])

others(group, first) := sprintf(" (or %s)", [some_of(array.slice(rest, 0, few), (count(rest) + group.more_candidates) - few)]) if {
	rest := [login | some login in group.candidates; login != first]
	count(rest) > 0
} else := ""

# again tells people who approved before from those who are new to the change.
again(group) := " of what is here now" if {
	some void in group.void
	void.why in {"changed", "not_in_diff", "opaque", "gone", "older_head"}
} else := ""

# smallest_text is worth saying once more than one group waits for a review.
smallest_text := sprintf(" %s who can approve %s: %s.", [smallest_words, reach_words, some_of(input.ownership.unblock.people, input.ownership.unblock.more)]) if {
	count([group | some group in input.ownership.groups; group.status == "pending"]) > 1
} else := ""

smallest_words := "The smallest set of people" if {
	input.ownership.unblock.smallest
} else := "A small set of people"

# reach_words keeps the promise honest when some files need more than a review.
reach_words := "all that a review can unblock" if {
	input.ownership.unblock.stuck > 0
} else := "the whole change"

objection_text(o) := sprintf("%s asked for changes%s%s, as an owner (%s) of %s. The request stands until %s approves or it is dismissed.", [
	o.login,
	objection_commit(o),
	older(o),
	concat(", ", o.owners),
	list(o.files),
	o.login,
])

objection_commit(o) := sprintf(" at %s", [short(o.commit)]) if {
	o.commit != ""
} else := ""

older(o) := "" if {
	o.current
} else := sprintf(" (the head is now %s)", [short(input.ownership.head)])

nobody_text(group) := sprintf("No owner of %s (%s) can approve: %s.", [
	list(group.files),
	lines_text(group),
	some_of([sprintf("%s (%s)", [owner.name, owner.reason]) | some owner in group.owners], group.more_owners),
])

unavailable_remedy := sprintf("Make the file smaller than 3 MB on %s, for example with fewer, wider patterns, then ask for the check again.", [base_name]) if {
	contains(input.ownership.file.reason, "3 MB")
} else := "Ask for the check again; if it stays like this, see that the app may read the repository's contents."

owner_remedy(owner) := sprintf("Take %s out of %s of %s on %s, or give it write access.", [owner.name, line_names(owner), owners_file, base_name]) if {
	owner.state in {"no_write", "missing"}
} else := sprintf("Add members to %s, or take it out of %s of %s on %s.", [owner.name, line_names(owner), owners_file, base_name]) if {
	owner.state == "empty"
} else := sprintf("Write @login in place of %s in %s of %s on %s.", [owner.name, line_names(owner), owners_file, base_name]) if {
	owner.state == "unresolved"
} else := "Nothing needs to be done for this change, as others can approve; see that the app may read the members of the organisation."

unowned_text := sprintf("%s on %s has no line for %s.", [owners_file, base_name, list(input.ownership.unmatched)]) if {
	input.ownership.file.state != "absent"
} else := sprintf("There is no CODEOWNERS file on %s, so nobody owns %s.", [base_name, list(input.ownership.unmatched)])

# left_lines_text names the lines that owned renamed files under their old names.
left_lines_text := sprintf(" (%s)", [lines_text({"lines": lines})]) if {
	lines := object.get(input.ownership, "left_lines", [])
	count(lines) > 0
} else := ""

left_empty := [line | some line in object.get(input.ownership, "left_lines", []); line.empty]

left_empty_text := sprintf(" %s no file any more.", [sentence(sprintf("%s %s", [line_names({"lines": left_empty}), match_verb(count(left_empty))]))]) if {
	count(left_empty) > 0
} else := ""

match_verb(1) := "matches"

match_verb(n) := "match" if n != 1

left_remedy := sprintf("Write the new name in %s of %s in this change.", [line_names({"lines": left_empty}), owners_file]) if {
	count(left_empty) > 0
} else := sprintf("Add a line for the new name to %s in this change.", [owners_file])

# form_text says which line looks as if it took which files, and what the difference is.
form_text(line) := sprintf("%s%s looks as if it took %s, but it is written %s (%s) and the name %s (%s)", [
	line_text(line),
	form_owners(line),
	list(line.files),
	line.form,
	line.spelled,
	line.name_form,
	line.name,
])

form_owners(line) := sprintf(" (%s)", [concat(", ", line.owners)]) if {
	count(line.owners) > 0
} else := ""

form_remedy(line) := sprintf(
	"Copy the name as 'git ls-files -z' prints it into line %d of %s on %s, or write * for the letters; or rename the file to the composed form, which most systems write.",
	[line.line, owners_file, base_name],
) if {
	line.name_form != "composed"
} else := sprintf(
	"Write line %d of %s on %s anew: typed letters are composed, as in the name of the file.",
	[line.line, owners_file, base_name],
)

# ineligible_text names the owners of changed files who cannot approve, all in one finding.
ineligible_text(owners, 1) := sprintf("%s, an owner of %s (%s), cannot approve: %s.", [
	owners[0].name,
	list(owners[0].files),
	lines_text(owners[0]),
	owners[0].reason,
])

ineligible_text(owners, total) := told(
	sprintf("%d owners of changed files cannot approve", [total]),
	[sprintf("%s, an owner of %s (%s), since %s", [o.name, list(o.files), lines_text(o), o.reason]) | some o in owners],
	total,
) if {
	total > 1
}

approvals_count(1) := "1 approval"

approvals_count(n) := sprintf("%d approvals", [n]) if n != 1

people_count(1) := "1 more person"

people_count(n) := sprintf("%d more people", [n]) if n != 1

# given_text says who approves the whole change.
given_text := "nobody approves it as it is now." if {
	count(input.ownership.approvers) == 0
} else := sprintf("it has %s as it is now: %s.", [
	approvals_count(count(input.ownership.approvers)),
	all_of(array.slice(logins, 0, 20), count(logins) - 20),
]) if {
	logins := [approver.login | some approver in input.ownership.approvers]
}

unread_reviews_text := "" if {
	input.ownership.reviews.complete
} else := sprintf(" Not all reviews could be read (%s), so there may be more.", [input.ownership.reviews.reason])

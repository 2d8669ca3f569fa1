# METADATA
# title: Code ownership
# description: |-
#   Every changed file that CODEOWNERS gives to somebody needs an approval by one of its owners. The rules say which files wait for whom, why an
#   earlier approval does not count any more, and the smallest set of people who can unblock the change. Files with the same owners are reported once.
#
#   The file is the first of .github/CODEOWNERS, CODEOWNERS and docs/CODEOWNERS, as on GitHub; they are never merged. It is read at the tip of the base
#   branch, so a change cannot give its own files to somebody else. The last matching line wins; all owners of a file stand on that one line, and any of
#   them is enough. A line without owners makes its files explicitly unowned, which is not the same as a file that no line matches. A renamed file needs
#   the owners of both its names, a removed file those of the name it had, a copy those of the new one.
#
#   Patterns are those of .gitignore with GitHub's exceptions. A pattern with a slash at its start or inside is bound to the root; any other matches
#   at every depth. A name takes a file, or a directory with all below it; a slash at the end takes directories alone. `*` and `?` stop at a slash, `**` does
#   not. `docs/*` takes the files of docs alone, `docs/` and `docs/**` all below it. Upper and lower case count. Lines with `!`, `[ ]`, `\#` or `***` are
#   invalid: GitHub skips them, and so do these rules. A `#` begins a comment at the start of a line or of a word.
#
#   An owner is @user, @organisation/team or an email address, and counts only with write access to the repository. Of each person the latest review that
#   approves, asks for changes or was dismissed counts; comments change nothing. The author's own approval never counts, however the login is spelled.
#   When the author is the only owner, ownership.sole_owner decides: block (the default), waive, or fallback, which asks ownership.fallback_team instead.
#
#   An approval belongs to the commit it was given for. With ownership.keep_approvals (the default) it also holds for a later head, for each file
#   whose patch is the same byte for byte, with its context, path and mode: a rebase keeps it, an edit of the file ends it, for that file alone.
#   Times play no part. Where the approved commit cannot be read any more, or the contents of a binary file are not known, the approval has ended.
#
#   Repositories without CODEOWNERS pass, unless ownership.require_owners is set. The rules whose names begin with codeowners- judge a CODEOWNERS file that a change proposes,
#   for the lines that it wrote; what it left alone is not its fault.
package lintel.ownership

import data.lintel.lib

# METADATA
# title: Owners have not approved
# description: >-
#   Owners know what a change to their files can break. The finding names the files, their owners with the CODEOWNERS line, the approvals that
#   do not count any more with what was pushed since, and the smallest set of people who can unblock the whole change.
# custom:
#   id: ownership/approval
#   passes: The owners have approved
#   severity: error
#   mode: enforce
#   measured: {why: "Who owns, approved or asked for changes is known on the forge alone."}
#   remedy: Ask one owner of each group of files for a review; nothing needs to be pushed.
#   reads: [files, reviews, teams, author, commits, controls, labels, settings]
#   merge_queue: recheck
#   off: GitHub's own setting 'Require review from Code Owners' is enough for you.
#   missing: >-
#     A team that cannot be read could hold anybody, so files that only it owns are refused with the reason, until it can be read; an approved commit that
#     cannot be read ends the approval. On a laptop nobody can be asked who has approved: without --approvals the rule abstains and says whom to ask. With it,
#     users named in CODEOWNERS are trusted to exist, and teams and addresses are read from --teams.
#   options:
#     - ownership.sole_owner
#     - ownership.fallback_team
#     - ownership.keep_approvals
#     - ownership.approvals
#     - ownership.require
#     - ownership.teams
#     - ownership.count_pushers
#     - ownership.author_counts
#     - ownership.exempt_labels
#     - ownership.waive
#     - ownership.paths
#   examples:
#     good:
#       - "api/a.go is owned by @acme/api, and a member of the team who is not the author approved the head."
#       - "An owner approved, then the branch was rebased; the patch of the owned file is the same."
#     bad:
#       - "An owner approved, then another push changed the owned file."
#       - "The author is the only owner, and ownership.sole_owner is block."
deny contains finding if {
	some group in input.ownership.groups
	group.status in {"pending", "short", "sole", "undecidable"}
	not group.unasked
	finding := {
		"rule": rego.metadata.rule().custom.id,
		"path": "",
		"line": 0,
		"end_line": 0,
		"message": approval_text(group),
		"remedy": approval_remedy(group),
		"subject": group.key,
	}
}

# METADATA
# custom:
#   id: ownership/approval
deny contains finding if {
	input.ownership.more_groups > 0
	last := input.ownership.groups[count(input.ownership.groups) - 1]
	not last.status in {"approved", "waived", "exempt"}
	not last.unasked
	finding := {
		"rule": rego.metadata.rule().custom.id,
		"path": "",
		"line": 0,
		"end_line": 0,
		"message": sprintf("%d more sets of owners are needed than are listed here.", [input.ownership.more_groups]),
		"remedy": sprintf("Split the change so that fewer owners are needed at once.%s", [smallest_text]),
		"subject": "more",
	}
}

abstain contains {"rule": "ownership/approval", "reason": unasked_text} if {
	some group in input.ownership.groups
	group.unasked
}

# METADATA
# title: An owner asks for changes
# description: >-
#   An owner has looked at the change and said no. Another owner's approval does not settle that: the request stands over later pushes until the same person
#   approves or the review is dismissed, as it does on GitHub. Requests by people who own none of the changed files, or have no write access, do not block.
# custom:
#   id: ownership/changes-requested
#   passes: No owner asks for changes
#   severity: error
#   mode: enforce
#   measured: {why: "Who owns, approved or asked for changes is known on the forge alone."}
#   remedy: Settle the request with its author, who then approves; or have the review dismissed with a reason.
#   reads: [files, reviews, teams, author, controls]
#   merge_queue: recheck
#   off: A request for changes is advice in your team.
#   missing: >-
#     Reviews that could not be read may hold such a request, so a change with owned files is refused until they can be. Where nobody can be asked, as on
#     a laptop, the rule abstains.
#   options: []
#   examples:
#     good: ["An owner asked for changes and approved after the next push."]
#     bad: ["One owner asked for changes, another approved."]
deny contains finding if {
	some objection in input.ownership.changes_requested
	finding := {
		"rule": rego.metadata.rule().custom.id,
		"path": "",
		"line": 0,
		"end_line": 0,
		"message": objection_text(objection),
		"remedy": sprintf(
			"Settle it with %s, who then approves; if that cannot be, somebody with write access can dismiss the review and say why.",
			[objection.login],
		),
		"subject": lower(objection.login),
	}
}

# METADATA
# custom:
#   id: ownership/changes-requested
deny contains finding if {
	not input.ownership.reviews.complete
	not input.ownership.reviews.asked == false
	input.ownership.files.owned > 0
	finding := {
		"rule": rego.metadata.rule().custom.id,
		"path": "",
		"line": 0,
		"end_line": 0,
		"message": sprintf("The reviews could not be read (%s), so an owner's request for changes may be among them.", [input.ownership.reviews.reason]),
		"remedy": sprintf("Ask for the check again; if it stays like this, see that the app may read %ss.", [lib.noun]),
		"subject": "reviews",
	}
}

abstain contains {"rule": "ownership/changes-requested", "reason": reason} if {
	input.ownership.reviews.asked == false
	input.ownership.files.owned > 0
	reason := "Who has asked for changes is not known here."
}

# METADATA
# custom:
#   id: ownership/changes-requested
deny contains finding if {
	input.ownership.more_changes_requested > 0
	finding := {
		"rule": rego.metadata.rule().custom.id,
		"path": "",
		"line": 0,
		"end_line": 0,
		"message": sprintf("%d more owners ask for changes.", [input.ownership.more_changes_requested]),
		"remedy": "Settle the requests with their authors, who then approve.",
		"subject": "more",
	}
}

# METADATA
# title: A risky change has too few approvals
# description: >-
#   With ownership.by_risk a change of medium or high risk needs that many approvals, by anybody with write access who is not its author. The risk is
#   concluded from what the change touches and how much, by a table that no model has a part in; the finding gives the score and its reasons. An approval of
#   an older head counts while all files are still the same, byte for byte (ownership.keep_approvals). Approvals by owners count here as well.
# custom:
#   id: ownership/by-risk
#   passes: Enough people approve for the risk of the change
#   severity: error
#   mode: enforce
#   measured: {right: 0, labelled: 0, fired: 0, changes: 12719, date: "2026-11-28", why: "It asks only for what the settings name."}
#   remedy: Ask more people with write access for a review, or split the change so that less is at stake at once.
#   reads: [files, reviews, author, commits, controls, reports, settings]
#   merge_queue: recheck
#   off: The owners' approvals are enough for you; nothing is asked until the settings name a number.
#   missing: >-
#     Reviews that could not be read count as not given, and the finding says so. Where nobody can be asked, as on a laptop, the rule abstains. What the risk
#     could not know weighs nothing; `risk.unknown` names it.
#   options: [ownership.by_risk.medium, ownership.by_risk.high, ownership.keep_approvals, ownership.count_pushers]
#   examples:
#     good: ["by_risk is {high: 2}, the change adds 40 lines of documentation, and nobody approved."]
#     bad: ["by_risk is {high: 2}, the change migrates the database in 600 new lines, and only bob approved it."]
deny contains finding if {
	needed := needed_by_risk
	input.ownership.reviews.asked
	given := count(input.ownership.approvers) + input.ownership.more_approvers
	given < needed
	finding := {
		"rule": rego.metadata.rule().custom.id,
		"path": "",
		"line": 0,
		"end_line": 0,
		"message": concat("", [
			sprintf("This change is of %s risk (score %d: %s) and needs %s; ", [
				input.risk.level,
				input.risk.score,
				concat("; ", [reason.text | some reason in input.risk.reasons]),
				approvals_count(needed),
			]),
			given_text,
			unread_reviews_text,
		]),
		"remedy": sprintf(
			"Ask %s with write access for a review of the change as it is now, or split it so that less is at stake at once.",
			[people_count(needed - given)],
		),
		"subject": "risk",
	}
}

abstain contains {"rule": "ownership/by-risk", "reason": reason} if {
	needed_by_risk
	not input.ownership.reviews.asked
	reason := "Who has approved is not known here."
}

needed_by_risk := n if {
	n := input.settings.ownership.by_risk[input.risk.level]
	n > 0
}

# METADATA
# title: CODEOWNERS cannot be used
# description: >-
#   A CODEOWNERS file that cannot be read is not a file that gives nothing to anybody. GitHub itself ignores a file of 3 MB or more without a word;
#   Lintel refuses to take that for "no owners", since growing the file would then switch the owners off.
# custom:
#   id: ownership/unavailable
#   passes: CODEOWNERS could be used
#   stands_in: true
#   severity: error
#   mode: enforce
#   measured: {why: "Who owns, approved or asked for changes is known on the forge alone."}
#   remedy: Make the file readable and smaller than 3 MB on the base branch, then ask for the check again.
#   reads: [controls, files]
#   merge_queue: recheck
#   off: No rule about owners enforces.
#   missing: This rule is about missing input and refuses the change. A repository that has no CODEOWNERS in any of GitHub's three places passes.
#   options: []
#   examples:
#     good: ["A repository without CODEOWNERS.", "A CODEOWNERS of 200 KB."]
#     bad: ["A CODEOWNERS of 3 MB.", "A CODEOWNERS that the forge could not deliver."]
deny contains finding if {
	input.ownership.file.state == "unavailable"
	finding := {
		"rule": rego.metadata.rule().custom.id,
		"path": input.ownership.file.path,
		"line": 0,
		"end_line": 0,
		"message": sprintf("%s on %s cannot be used: %s. So it is not known who must approve this change.", [
			input.ownership.file.path,
			base_name,
			input.ownership.file.reason,
		]),
		"remedy": unavailable_remedy,
		"subject": "file",
	}
}

# METADATA
# title: The owners of a file are nobody
# description: >-
#   Every owner that the line names is missing, has no write access, or is a team without members. GitHub drops such owners without a word, and the files
#   look protected while anybody's approval will do. Here they are an error: the line must name somebody who can answer for the files.
# custom:
#   id: ownership/unresolvable-owner
#   passes: Some owner of each owned file exists
#   severity: error
#   mode: enforce
#   measured: {why: "Who owns, approved or asked for changes is known on the forge alone."}
#   remedy: Name an owner who exists and may push, or give the named owner write access, or leave the owners out to say that the files have none.
#   reads: [files, teams, controls]
#   merge_queue: recheck
#   off: Hardly ever; nobody could approve these files.
#   missing: An owner who could not be read is not taken for nobody; see ownership/approval.
#   options: []
#   examples:
#     good: ["/api/ @acme/api, where the team may push and has members.", "/gen/ without owners."]
#     bad: ["/api/ @somebody-who-left", "/api/ @acme/readers, where the team may only read."]
deny contains finding if {
	some group in input.ownership.groups
	group.status == "nobody"
	finding := {
		"rule": rego.metadata.rule().custom.id,
		"path": input.ownership.file.path,
		"line": 0,
		"end_line": 0,
		"message": nobody_text(group),
		"remedy": sprintf(
			"Correct %s of %s on %s in a %s of its own, or give one of these owners write access; then ask for the check again.",
			[line_names(group), input.ownership.file.path, base_name, lib.noun],
		),
		"subject": group.key,
	}
}

# METADATA
# title: An owner of these files cannot approve
# description: >-
#   The files have other owners who can approve, so the change is not stuck; but the named owner is not doing what the line promises.
#   GitHub does not tell anybody. Reported while a change touches the owner's files.
# custom:
#   id: ownership/ineligible-owner
#   passes: No owner of these files is known to be unable to approve
#   severity: warning
#   mode: warn
#   measured: {why: "Who owns, approved or asked for changes is known on the forge alone."}
#   remedy: Take the owner out of the line, correct the name, or give the owner write access.
#   reads: [files, teams, controls]
#   merge_queue: skip
#   off: Lines name people for information, who need not be able to approve.
#   missing: An owner who could not be read is reported with the reason.
#   options: []
#   examples:
#     good: ["/api/ @alice @bob, who both may push."]
#     bad: ["/api/ @alice @somebody-who-left"]
deny contains finding if {
	owners := [owner | some owner in input.ownership.ineligible; not owner.alone]
	count(owners) > 0
	finding := {
		"rule": rego.metadata.rule().custom.id,
		"path": input.ownership.file.path,
		"line": 0,
		"end_line": 0,
		"message": ineligible_text(owners, count(owners) + input.ownership.more_ineligible),
		"remedy": remedies([owner_remedy(owner) | some owner in owners]),
		"subject": "owners",
	}
}

# METADATA
# title: A changed file has no owner
# description: >-
#   With ownership.require_owners every changed file must be given to somebody by CODEOWNERS, or be said to have no owner by a line without owners.
#   A file that no line matches was forgotten, most often because it is new.
# custom:
#   id: ownership/unowned
#   passes: No changed file lacks an owner that the settings ask for
#   severity: error
#   mode: enforce
#   measured: {why: "Who owns, approved or asked for changes is known on the forge alone."}
#   remedy: Add a line for the files to CODEOWNERS, with owners, or without any to say that they need none.
#   reads: [files, controls, settings]
#   merge_queue: recheck
#   off: Files without an owner are normal; it is off until the settings ask for owners.
#   missing: Without a CODEOWNERS file no line matches anything, so the rule refuses; a file that cannot be read is refused by ownership/unavailable.
#   options: [ownership.require_owners]
#   examples:
#     good: ["A line /gen/ without owners, and a change to gen/x.go."]
#     bad: ["require_owners is true, and no line matches tools/new.sh."]
deny contains finding if {
	input.settings.ownership.require_owners
	input.ownership.unmatched.count > 0
	finding := {
		"rule": rego.metadata.rule().custom.id,
		"path": "",
		"line": 0,
		"end_line": 0,
		"message": unowned_text,
		"remedy": sprintf(
			"Add a line for them to %s on %s, with owners, or without any to say that they need none; the settings ask for one (ownership.require_owners).",
			[owners_file, base_name],
		),
		"subject": "unmatched",
	}
}

# METADATA
# title: Approver's write access was not verified
# description: >-
#   It is not known here whether the person may push to the repository, so the approval counts as given. On GitHub this is known and nobody is trusted;
#   on a laptop it is not, and the server's verdict may differ.
# custom:
#   id: ownership/assumed-approval
#   passes: No approval counts without verified write access
#   severity: notice
#   mode: warn
#   measured: {why: "Who owns, approved or asked for changes is known on the forge alone."}
#   remedy: Nothing needs to be done; the server checks the rights of everybody who approves.
#   reads: [reviews, teams, files]
#   merge_queue: skip
#   off: A laptop's answer without the forge is good enough for you.
#   missing: This rule is about what is not known, and says so.
#   options: []
#   examples:
#     good: ["bob approved on GitHub and may push."]
#     bad: ["lintel check --approvals bob, where nothing is known of bob's rights."]
deny contains finding if {
	trusted := sort({approval.login | some group in input.ownership.groups; some approval in group.approvals; approval.assumed})
	count(trusted) > 0
	finding := {
		"rule": rego.metadata.rule().custom.id,
		"path": "",
		"line": 0,
		"end_line": 0,
		"message": sprintf("It is not known here whether these people may push to the repository, and their approvals count on trust: %s.", [
			some_of(array.slice(trusted, 0, 20), count(trusted) - 20),
		]),
		"remedy": "Nothing needs to be done; the server checks the rights of everybody who approves.",
		"subject": "assumed",
	}
}

# METADATA
# title: Files are let off their owners' approval
# description: >-
#   The settings let a change with one of ownership.exempt_labels, the paths of an entry of ownership.paths with exempt, or the files of ownership.waive in a
#   bot's own change through without an owner's approval. That is said, so that a label which opens the gate is never set unseen. A request for changes by an
#   owner blocks all the same. The waiver of a bot ends with the first commit of which the forge does not say that this bot made it.
# custom:
#   id: ownership/exempt
#   passes: No file is let off its owners' approval
#   severity: notice
#   mode: warn
#   measured: {right: 0, labelled: 0, fired: 0, changes: 12719, date: "2026-11-28", why: "It asks only for what the settings name."}
#   remedy: Nothing needs to be done; take the label away to ask the owners after all.
#   reads: [files, labels, author, commits, controls, settings]
#   merge_queue: recheck
#   off: Your bots' changes are merged by people who look at them anyway.
#   missing: Labels that could not be read let nothing off, and commits that could not be read end the waiver of a bot.
#   options: [ownership.exempt_labels, ownership.waive, ownership.paths]
#   examples:
#     good:
#       - "The change has no label of ownership.exempt_labels."
#       - "waive.authors is [dependabot], and wendy pushed a commit to a pull request of dependabot[bot]: its lock files need their owners."
#     bad:
#       - "exempt_labels is [emergency], and the change has that label."
#       - "waive.authors is [dependabot], and dependabot[bot] opened the pull request and made each of its commits."
deny contains finding if {
	some why in {group.needs.exempt | some group in input.ownership.groups; group.status == "exempt"}
	let_off := [group | some group in input.ownership.groups; group.status == "exempt"; group.needs.exempt == why]
	total := sum([group.files.count | some group in let_off])
	finding := {
		"rule": rego.metadata.rule().custom.id,
		"path": "",
		"line": 0,
		"end_line": 0,
		"message": sprintf("%s without an owner's approval by %s: %s.", [pass_text(total), why, some_of(array.slice(exempt_names(let_off), 0, 5), total - 5)]),
		"remedy": exempt_remedy(why),
		"subject": why,
	}
}

# METADATA
# title: A CODEOWNERS line that GitHub skips would own changed files
# description: >-
#   GitHub skips a whole line when one of its owners cannot be read, and says so only in the file's own view. The changed files fall to an earlier line or to
#   nobody. The verdict is as GitHub's; this says what the line meant. Lines that bear on no changed file are not named.
# custom:
#   id: ownership/skipped-line
#   passes: No skipped CODEOWNERS line would own a changed file
#   severity: warning
#   mode: warn
#   measured: {right: 0, labelled: 0, fired: 0, changes: 12719, date: "2026-11-28"}
#   remedy: Correct the line on the base branch, in a pull request of its own.
#   reads: [files, controls]
#   merge_queue: skip
#   off: Hardly ever; the files of such a line fall to other owners or to nobody.
#   missing: A CODEOWNERS file that cannot be used is refused by ownership/unavailable.
#   options: []
#   examples:
#     good: ["* @bob"]
#     bad: ["* @bob @github-actions[bot]", "/docs/ @bob @bad!, where the change touches docs/x."]
deny contains finding if {
	count(input.ownership.skipped) > 0
	first := input.ownership.skipped[0]
	finding := {
		"rule": rego.metadata.rule().custom.id,
		"path": "",
		"line": 0,
		"end_line": 0,
		"message": sprintf("GitHub skips %s of %s on %s, which would own files of this change: %s.", [
			line_names({"lines": input.ownership.skipped, "more_lines": input.ownership.more_skipped}),
			owners_file,
			base_name,
			concat("; ", [sprintf("line %d takes %s, but \"%s\" cannot be read: %s", [line.line, list(line.files), line.source, line.message]) |
				some line in array.slice(input.ownership.skipped, 0, few)
			]),
		]),
		"remedy": sprintf("Correct line %d of %s on %s: %s.", [first.line, owners_file, base_name, first.suggestion]),
		"subject": "skipped",
	}
}

# METADATA
# title: A renamed file leaves its owners
# description: >-
#   The old name has owners by CODEOWNERS, and no line matches the new one: after the merge nobody owns the file, and no one is asked about it again.
#   The owners of the old name must approve the move as any other change.
# custom:
#   id: ownership/left-owners
#   passes: No renamed file loses its owners
#   severity: warning
#   mode: warn
#   measured: {why: "Who owns, approved or asked for changes is known on the forge alone."}
#   remedy: Add the new name to CODEOWNERS in the same change.
#   reads: [files, controls]
#   merge_queue: skip
#   off: Files move between owners all the time.
#   missing: A CODEOWNERS file that cannot be used is refused by ownership/unavailable.
#   options: []
#   examples:
#     good: ["/src/ @own, and src/a.ts is renamed to src/b.ts."]
#     bad: ["/src/memoryGit.ts @own, and the file is renamed to src/memory-git.ts."]
deny contains finding if {
	input.ownership.left.count > 0
	finding := {
		"rule": rego.metadata.rule().custom.id,
		"path": "",
		"line": 0,
		"end_line": 0,
		"message": sprintf("%s had owners under the old name%s; no line of %s on %s matches the new one, so after the merge nobody owns it.%s", [
			list(input.ownership.left),
			left_lines_text,
			owners_file,
			base_name,
			left_empty_text,
		]),
		"remedy": left_remedy,
		"subject": "left",
	}
}

# METADATA
# title: A CODEOWNERS line writes a file's name in another Unicode form
# description: >-
#   Some letters can be written as one character or as a letter and an accent, and look the same: "é". GitHub compares bytes, so a line takes the names of its
#   own form alone, and a changed file that looks like its own falls to an earlier line or to nobody. The verdict is as GitHub's; this says which line was meant.
# custom:
#   id: ownership/other-form
#   passes: No CODEOWNERS line misses a changed file by its Unicode form
#   severity: warning
#   mode: warn
#   measured: {why: "Who owns, approved or asked for changes is known on the forge alone."}
#   remedy: Write the pattern with the characters of the file's name, or rename the file.
#   reads: [files, controls]
#   merge_queue: skip
#   off: No file of yours has a name beyond ASCII.
#   missing: A CODEOWNERS file that cannot be used is refused by ownership/unavailable.
#   options: []
#   examples:
#     good: ["/docs/café.md @ann, where pattern and file are written alike."]
#     bad: ["/docs/café.md @ann with é as one character, where the file's name has e and an accent."]
deny contains finding if {
	count(input.ownership.forms) > 0
	first := input.ownership.forms[0]
	finding := {
		"rule": rego.metadata.rule().custom.id,
		"path": "",
		"line": 0,
		"end_line": 0,
		"message": told(
			sprintf("GitHub compares names byte by byte, so lines of %s on %s miss files that look like theirs", [owners_file, base_name]),
			[form_text(line) | some line in array.slice(input.ownership.forms, 0, few)],
			count(input.ownership.forms) + input.ownership.more_forms,
		),
		"remedy": form_remedy(first),
		"subject": "form",
	}
}

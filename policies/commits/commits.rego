# METADATA
# title: Commit standards
# description: >-
#   What a change will leave in the history: messages by Conventional Commits 1.0.0, sign-offs by the Developer Certificate of Origin, tickets,
#   no unfinished work, no hidden text. The squash rule decides whose header counts: commits.squash "auto" reads the repository's merge settings.
#   When squash is the only way to merge, the title of the pull request becomes the message and is judged in place of the commits' headers; when a
#   single commit's own message would win, that is judged; when another way to merge is allowed, each commit is judged; when the settings are hidden
#   from Lintel, both are, and the finding says so. Left out are merge commits, commits by bots (unless commits.bots is true) and by
#   commits.ignore_authors; headers that git or the forge writes (Merge ..., Revert ..., Reapply ..., a bare version) are not held to the conventions.
#   Which commits were left out, and why, is in the facts under commits.skipped. The author of a commit is whoever the commit says, so these exemptions
#   save work and prove nothing. A problem that many commits share is listed for the first 20; one more finding counts the rest.
package lintel.commits

# METADATA
# title: Commit header is not conventional
# description: >-
#   The first line of a commit is type(scope)!: subject, by Conventional Commits 1.0.0: release notes and version numbers are made from it, and a header
#   that tools cannot read is left out of both. A merge group is judged again, because the settings of its base may be newer than those of the pull request.
# custom:
#   id: commits/header
#   severity: error
#   mode: enforce
#   remedy: "Reword the commit as type(scope): subject, then push it again."
#   reads: [commits, merge_settings]
#   merge_queue: recheck
#   missing: "With hidden merge settings both commits and title are judged; a list of commits that is not complete is refused by commits/incomplete."
#   options: [commits.conventional, commits.squash, commits.bots, commits.ignore_authors]
#   examples:
#     good: ["feat: add a coupon field", "fix(cart)!: refuse negative amounts", "docs(api): explain the error codes"]
#     bad: ["Added coupon", "feat:no space", "feat : space before the colon", "feat(): empty scope", "feat!(cart): mark in the wrong place", "✨ feat: emoji first"]
deny contains finding if {
	some p in input.commits.problems.header
	finding := report(rego.metadata.rule().custom.id, p, explained(header_text(p), p), reword(p, p.want))
}

# METADATA
# title: Title of the pull request is not a conventional header
# description: >-
#   When a pull request is squashed, its title becomes the first line of the one commit that stays, so it must be what that line must be: type(scope): subject.
#   This is the squash rule. The rules on type, scope, subject and length hold for such a title too. A merge group is judged again, because a title can be
#   edited while the change waits in the queue.
# custom:
#   id: commits/title
#   severity: error
#   mode: enforce
#   remedy: "Edit the title of the pull request to type(scope): subject; no push is needed."
#   reads: [title, author, commits, merge_settings]
#   merge_queue: recheck
#   missing: "A title that is not known (a laptop without --title) makes the rule abstain; hidden merge settings make it judge the title beside the commits."
#   options: [commits.conventional, commits.squash, commits.bots, commits.ignore_authors]
#   examples:
#     good: ["feat(cart): add a coupon field", "Revert \"feat(cart): add a coupon field\""]
#     bad: ["Coupon field", "Feature/coupon", "feat:coupon"]
deny contains finding if {
	some p in input.commits.problems.title
	finding := report(rego.metadata.rule().custom.id, p, explained(header_text(p), p), reword(p, p.want))
}

abstain contains {"rule": "commits/title", "reason": reason} if {
	input.commits.title_wanted
	not input.commits.title_known
	reason := sprintf("The title is not known, so the squash rule was not applied; it would be, because %s.", [input.commits.because])
}

# METADATA
# title: Commit type is not allowed
# description: >-
#   The type says what kind of change it is, and release notes sort by it. A type outside the list, or in another case, falls through the sorting.
#   A merge group is judged again, because the list may have changed at its base.
# custom:
#   id: commits/type
#   severity: error
#   mode: enforce
#   remedy: "Use one of the types that the settings list, in lower case."
#   reads: [commits, title, author, merge_settings]
#   merge_queue: recheck
#   missing: "Judges what is known; commits/incomplete refuses the rest."
#   options: [commits.types, commits.type_case, commits.conventional, commits.squash]
#   examples:
#     good: ["perf: read the index once", "build: raise the Go version"]
#     bad: ["feature: add a coupon field", "Feat: add a coupon field", "update: things"]
deny contains finding if {
	some p in input.commits.problems.type
	finding := report(rego.metadata.rule().custom.id, p, explained(type_text(p), p), reword(p, ""))
}

# METADATA
# title: Commit scope is missing or not allowed
# description: >-
#   The scope in parentheses says which part of the project a change is about. By default any scope may be given and none must be; with a list in the
#   settings only listed ones may. Several scopes are separated by a comma or a slash. A merge group is judged again, because the list may have changed at its base.
# custom:
#   id: commits/scope
#   severity: error
#   mode: enforce
#   remedy: "Put one of the allowed scopes in parentheses after the type."
#   reads: [commits, title, author, merge_settings]
#   merge_queue: recheck
#   missing: "Judges what is known; commits/incomplete refuses the rest."
#   options: [commits.scopes, commits.scope_required, commits.conventional, commits.squash]
#   examples:
#     good: ["fix(cart): refuse negative amounts", "fix(cart,api): refuse negative amounts (with both scopes listed)"]
#     bad: ["fix(crat): a scope that is not listed", "fix( cart ): spaces in the parentheses", "fix: no scope, with commits.scope_required"]
deny contains finding if {
	some p in input.commits.problems.scope
	finding := report(rego.metadata.rule().custom.id, p, explained(scope_text(p), p), reword(p, ""))
}

# METADATA
# title: Commit subject ends with a full stop
# description: >-
#   The subject is a headline, and lists of headlines have no full stops. Three dots at the end are left alone.
#   A merge group is judged again, because the settings of its base may be newer than those of the pull request.
# custom:
#   id: commits/subject
#   severity: error
#   mode: enforce
#   remedy: "Take the full stop away."
#   reads: [commits, title, author, merge_settings]
#   merge_queue: recheck
#   missing: "Judges what is known; commits/incomplete refuses the rest."
#   options: [commits.conventional, commits.squash]
#   examples:
#     good: ["fix: refuse negative amounts", "docs: explain coupons and ..."]
#     bad: ["fix: refuse negative amounts."]
deny contains finding if {
	some p in input.commits.problems.subject
	message := sprintf("%s ends with a full stop; a subject is a headline and has none.", [about(p)])
	finding := report(rego.metadata.rule().custom.id, p, explained(message, p), reword(p, ""))
}

# METADATA
# title: Commit subject is in a case that is not allowed
# description: >-
#   Subjects begin in lower case and go on as a sentence would, so that lists of them read evenly. By default Sentence case, Start Case, PascalCase and UPPER CASE are
#   refused, as the conventional preset of commitlint does: in effect a subject may not begin with a capital. Text in quotes or backticks does not count, so write
#   `API` in backticks to begin with it. A merge group is judged again, because the settings of its base may be newer.
# custom:
#   id: commits/subject-case
#   severity: error
#   mode: enforce
#   remedy: "Begin the subject with a lower-case letter."
#   reads: [commits, title, author, merge_settings]
#   merge_queue: recheck
#   missing: "Judges what is known; commits/incomplete refuses the rest."
#   options: [commits.subject_case, commits.conventional, commits.squash]
#   examples:
#     good: ["fix: return JSON from the API", "fix: `Cart` keeps its items"]
#     bad: ["fix: Return JSON", "fix: Return Json Now", "fix: ReturnJson", "fix: RETURN JSON"]
deny contains finding if {
	some p in input.commits.problems.subject_case
	message := sprintf("%s has a subject that begins with \"%s\"; wanted is \"%s\".", [about(p), p.got, p.want])
	finding := report(rego.metadata.rule().custom.id, p, explained(message, p), reword(p, ""))
}

# METADATA
# title: Commit header is too long
# description: >-
#   Long headers are cut in logs, in mails and on the forge's pages, and what is cut is not read. Characters are counted, not bytes.
#   A merge group is judged again, because the limit may have changed at its base.
# custom:
#   id: commits/header-length
#   severity: error
#   mode: enforce
#   remedy: "Say it shorter and move the detail to the body."
#   reads: [commits, title, author, merge_settings]
#   merge_queue: recheck
#   missing: "Judges what is known; commits/incomplete refuses the rest."
#   options: [commits.header_max, commits.conventional, commits.squash]
#   examples:
#     good: ["fix(cart): refuse negative amounts"]
#     bad: ["fix(cart): a header that goes on to tell the whole story of the bug, its cause, its cure and its consequences for everybody"]
deny contains finding if {
	some p in input.commits.problems.header_length
	message := sprintf("%s has %d characters in its header, %d more than the %d allowed.", [about(p), p.count, p.count - p.limit, p.limit])
	finding := report(rego.metadata.rule().custom.id, p, explained(message, p), reword(p, ""))
}

# METADATA
# title: Commit body or footers are badly laid out
# description: >-
#   Tools find body and footers by the blank lines before them, and find a breaking change by BREAKING CHANGE in capitals at the start of a footer; a slip there hides
#   what was meant. Long lines do not wrap in git log; a line with a link may be long. The merge queue skips this rule: it only warns, and nobody can act on a warning there.
# custom:
#   id: commits/body
#   severity: warning
#   mode: enforce
#   remedy: "Put one blank line after the header and one before the footers, and wrap long lines."
#   reads: [commits, merge_settings]
#   merge_queue: skip
#   missing: "Judges what is known; commits/incomplete refuses the rest."
#   options: [commits.body_line_max, commits.footer_line_max, commits.conventional, commits.squash]
#   examples:
#     good: ["feat: add a coupon field, blank line, two lines of text, blank line, BREAKING CHANGE: the total may be zero"]
#     bad: ["feat: add a coupon field, and the body begins on the very next line", "breaking change: the total may be zero (as a footer)"]
deny contains finding if {
	some p in input.commits.problems.body
	finding := report(rego.metadata.rule().custom.id, p, body_text(p), reword(p, ""))
}

# METADATA
# title: Work is marked as unfinished
# description: >-
#   fixup!, squash! and amend! commits are meant to be folded into others before a merge, and WIP or Draft says that the author is not ready. Refused in any case of letters:
#   WIP, [WIP], (WIP), wip: and "work in progress" at the beginning of a header or of its subject, [WIP] anywhere, and Draft:, [Draft] or (Draft) at the beginning. A title is
#   always looked at; commits are not when the squash folds them anyway. A merge group is judged again, because the title can be edited while the change waits.
# custom:
#   id: commits/fixup
#   severity: error
#   mode: enforce
#   remedy: "Fold fixup commits with git rebase -i --autosquash; take the marker out of the title when the work is ready."
#   reads: [commits, title, author, merge_settings]
#   merge_queue: recheck
#   missing: "Judges what is known; commits/incomplete refuses the rest."
#   options: [commits.squash, commits.bots, commits.ignore_authors]
#   examples:
#     good: ["feat: wipe the cache", "fix(WIP-12): a ticket of the project WIP"]
#     bad: ["fixup! feat: add a coupon field", "WIP", "[WIP] coupons", "feat: wip coupons", "Draft: coupons"]
deny contains finding if {
	some p in input.commits.problems.unfinished
	finding := report(rego.metadata.rule().custom.id, p, unfinished_text(p), unfinished_remedy(p))
}

# METADATA
# title: Commit is not signed off
# description: >-
#   With a sign-off the author certifies, by the Developer Certificate of Origin, that the work may be contributed. It is read as the DCO app reads it: a line
#   Signed-off-by: NAME <EMAIL> that matches the author or the committer, in any case of letters; of several, one must match. Merge commits and bots need none, whichever
#   way the change is merged; a header such as Revert does not exempt. A merge group is judged again, because sign-offs may have become required at its base.
# custom:
#   id: commits/sign-off
#   severity: error
#   mode: enforce
#   remedy: "Run git rebase --signoff from where your branch started, then push again; git commit -s signs off at once."
#   reads: [commits]
#   merge_queue: recheck
#   missing: "A commit that could not be read counts as not signed off, by commits/incomplete."
#   options: [commits.signed_off, commits.remediation, commits.ignore_authors]
#   examples:
#     good: ["Signed-off-by: Ada Byron <ada@example.org> in a commit by Ada Byron <ada@example.org>"]
#     bad: ["No such line", "Signed-off-by: Ada in a commit by Ada Byron", "Only a co-author's sign-off", "A sign-off on behalf of the author"]
deny contains finding if {
	some p in input.commits.problems.sign_off
	finding := report(rego.metadata.rule().custom.id, p, sign_off_text(p), sign_off_remedy(p))
}

# METADATA
# title: No ticket is named
# description: >-
#   A ticket leads from a change to the reason for it. Only keys of projects that the settings list count, so UTF-8, SHA-256 or CVE-2024-1 are not taken for tickets. commits.tickets_in
#   says where: in the title, in each commit, or anywhere. A merge group is judged again, because the title can be edited while the change waits.
# custom:
#   id: commits/ticket
#   severity: error
#   mode: enforce
#   remedy: "Name the ticket in the title of the pull request or in the commit message."
#   reads: [commits, title, author]
#   merge_queue: recheck
#   missing: "Abstains when only the title can hold the ticket and the title is not known; commits/incomplete refuses a list of commits that is not complete."
#   options: [commits.tickets, commits.tickets_in]
#   examples:
#     good: ["fix(cart): refuse negative amounts (PROJ-12)", "Refs: PROJ-12 as a footer"]
#     bad: ["fix: proj-12 in lower case", "fix: XPROJ-12 is another word", "fix: read UTF-8"]
deny contains finding if {
	some p in input.commits.problems.ticket
	finding := report(rego.metadata.rule().custom.id, p, ticket_text(p), ticket_remedy(p))
}

abstain contains {"rule": "commits/ticket", "reason": reason} if {
	input.commits.ticket_abstains
	reason := "The title is not known, and no commit settles whether a ticket is named."
}

# METADATA
# title: Message holds characters that cannot be seen
# description: >-
#   Characters of no width, controls and those that reverse the order of text make a message look like another one, to a reviewer and in every log after the merge.
#   They are refused in the first line of every commit and in the title; in the rest of a message those that reorder text and NUL are. Nobody is exempt, bots and merges neither.
#   Emoji and scripts that need joiners are fine. A merge group is judged again, because the title can be edited while the change waits.
# custom:
#   id: commits/invisible
#   severity: error
#   mode: enforce
#   remedy: "Type the message again instead of pasting it."
#   reads: [commits, title]
#   merge_queue: recheck
#   missing: "Abstains about commits that were not listed, unless commits/incomplete refuses them."
#   options: []
#   examples:
#     good: ["fix: 👩‍💻 joined emoji in a subject"]
#     bad: ["fix: evil<U+202E>txet", "fix: zero<U+200B>width"]
deny contains finding if {
	some p in input.commits.problems.invisible
	remedy := concat(" ", ["Type the text again by hand instead of pasting it.", reword(p, "")])
	finding := report(rego.metadata.rule().custom.id, p, hidden_text(p), remedy)
}

abstain contains {"rule": "commits/invisible", "reason": reason} if {
	not input.commits.complete
	not input.commits.commits_needed
	reason := sprintf("%d of %d commits could be read; no other rule needs the rest.", [input.commits.listed, input.commits.total])
}

# METADATA
# title: Not all commits could be read
# description: >-
#   A commit that was not read was not judged and could hold anything, so a list that is not complete is refused as long as a rule needs each message. A message of more than
#   1 MiB is not read to its end and counts the same. A merge group is judged again, because its list is read again.
# custom:
#   id: commits/incomplete
#   stands_in: true
#   severity: error
#   mode: enforce
#   remedy: "Ask for the check again; if it stays, split the change or squash its commits into fewer."
#   reads: [commits, title, merge_settings]
#   merge_queue: recheck
#   missing: "This rule is about missing input; it fails the check."
#   options: [commits.squash, commits.signed_off, commits.tickets]
#   examples:
#     good: ["40 commits, all of them listed", "A squash-only repository where the title alone is judged"]
#     bad: ["300 commits of which the forge lists 250", "A commit message of 10 MB"]
deny contains finding if {
	some p in input.commits.unread
	p.kind == "list"
	message := sprintf("%d of %d commits could be read: %s. The rest was not judged.", [p.count, p.limit, p.got])
	remedy := sprintf("Re-run the check in case reading failed. If it stays, squash the commits into fewer (\"git rebase -i %s\") or split the change.", [start])
	finding := report(rego.metadata.rule().custom.id, p, message, remedy)
}

# METADATA
# custom:
#   id: commits/incomplete
deny contains finding if {
	some p in input.commits.unread
	p.kind == "message"
	message := sprintf("%s has a message of %d bytes; only the first %d were read.", [about(p), p.count, p.limit])
	finding := report(rego.metadata.rule().custom.id, p, message, reword(p, ""))
}

# METADATA
# title: Commit standards
# description: >-
#   What a change will leave in the history: headers of the style that the settings name, sign-offs by the Developer Certificate of Origin, tickets,
#   no unfinished work, no hidden text. Without a style in the settings headers are held to Conventional Commits 1.0.0, and to no style where fewer
#   than 19 in 20 of the default branch's recent headers follow it. The squash rule decides whose header counts: commits.squash "auto" reads the repository's merge settings.
#   When squash is the only way to merge, the title of the pull request becomes the message and is judged in place of the commits' headers; when a
#   single commit's own message would win (merges of the base do not count), that is judged; when another way to merge is allowed, each commit is judged; when
#   nobody says how the repository merges, history may show it, else both are judged. Left out are merge commits, pull requests of bots (unless commits.bots is
#   true) and of commits.ignore_authors, commits of those that the forge vouches for by their signature, and reverts worded by git or the forge.
#   Which commits were left out, and why, is in the facts under commits.skipped. Each rule says what it has found in one finding, which names ten places and
#   counts the rest.
package lintel.commits

# METADATA
# title: Commit header is not of the form asked for
# description: >-
#   The first line of a commit has the form that commits.style names. By Conventional Commits 1.0.0 that is type(scope)!: subject: release notes and version
#   numbers are made from it, and a header that tools cannot read is left out of both. A merge group is judged again, because the settings of its base may be newer than those of the pull request.
# custom:
#   id: commits/header
#   passes: "Commit headers have the form asked for"
#   severity: error
#   mode: shadow
#   measured: {right: 29, labelled: 32, fired: 1, changes: 5269, date: "2026-11-29"}
#   remedy: "Reword the commit in the form that the finding shows, then push it again."
#   reads: [commits, merge_settings]
#   merge_queue: recheck
#   off: Your team writes commits in another style; name that style in the settings instead, or switch it off when headers are free.
#   missing: "With hidden merge settings both commits and title are judged; a list of commits that is not complete is refused by commits/incomplete."
#   options: [commits.style, commits.pattern, commits.emoji, commits.squash, commits.bots, commits.ignore_authors]
#   examples:
#     good: ["feat: add a coupon field", "fix(cart)!: refuse negative amounts", "docs(api): explain the error codes"]
#     bad: ["Added coupon", "feat:no space", "feat : space before the colon", "feat(): empty scope", "feat!(cart): mark in the wrong place", "✨ feat: emoji first"]
deny contains finding if {
	problems := input.commits.problems.header
	count(problems) > 0
	message := concat("", [header_told(problems), context("header")])
	finding := report(rego.metadata.rule().custom.id, message, reword(problems, title_want(problems)))
}

# METADATA
# title: Title of the pull request is not of the form asked for
# description: >-
#   When a pull request is squashed, its title becomes the first line of the one commit that stays, so it must be what that line must be.
#   This is the squash rule. The rules on type, scope, subject and length hold for such a title too. A merge group is judged again, because a title can be
#   edited while the change waits in the queue.
# custom:
#   id: commits/title
#   passes: "Title has the form asked for"
#   severity: error
#   mode: warn
#   measured: {right: 61, labelled: 69, fired: 45, changes: 24852, date: "2026-11-29"}
#   remedy: "Edit the title of the pull request as the finding shows; no push is needed."
#   reads: [title, author, commits, merge_settings]
#   merge_queue: recheck
#   off: Titles of pull requests are never squashed into the history.
#   missing: "A title that is not known (a laptop without --title) makes the rule abstain; hidden merge settings make it judge the title beside the commits."
#   options: [commits.style, commits.pattern, commits.emoji, commits.squash, commits.bots, commits.ignore_authors]
#   examples:
#     good: ["feat(cart): add a coupon field", "Revert \"feat(cart): add a coupon field\""]
#     bad: ["Coupon field", "Feature/coupon", "feat:coupon"]
deny contains finding if {
	problems := input.commits.problems.title
	count(problems) > 0
	message := concat("", [header_told(problems), context("title")])
	finding := report(rego.metadata.rule().custom.id, message, reword(problems, title_want(problems)))
}

abstain contains {"rule": "commits/title", "reason": reason} if {
	input.commits.title_wanted
	not input.commits.title_known
	reason := sprintf("The title is not known: give it with --title. It counts, because %s.", [input.commits.because])
}

# METADATA
# title: Commit type is not allowed
# description: >-
#   The type says what kind of change it is, and release notes sort by it. A type outside the list, or in another case, falls through the sorting.
#   A merge group is judged again, because the list may have changed at its base.
# custom:
#   id: commits/type
#   passes: "Types are allowed ones"
#   severity: error
#   mode: shadow
#   measured: {right: 11, labelled: 34, fired: 4, changes: 1000, date: "2026-11-29"}
#   remedy: "Use one of the types that the settings list, in lower case."
#   reads: [commits, title, author, merge_settings]
#   merge_queue: recheck
#   off: Anything may be a type in your project.
#   missing: "Judges what is known; commits/incomplete refuses the rest."
#   options: [commits.types, commits.type_case, commits.style, commits.squash]
#   examples:
#     good: ["perf: read the index once", "build: raise the Go version"]
#     bad: ["feature: add a coupon field", "Feat: add a coupon field", "update: things"]
deny contains finding if {
	problems := input.commits.problems.type
	count(problems) > 0
	p := listed(problems)[0]
	text := told(problems, sprintf("%s has %s.", [about(p), type_reason(p)]), "Types that are not allowed", [type_item(q) | some q in listed(problems)])
	message := concat("", [text, context("type")])
	finding := report(rego.metadata.rule().custom.id, message, reword(problems, ""))
}

# METADATA
# title: Commit scope is missing or not allowed
# description: >-
#   The scope in parentheses says which part of the project a change is about. By default any scope may be given and none must be; with a list in the
#   settings only listed ones may. Several scopes are separated by a comma or a slash. A merge group is judged again, because the list may have changed at its base.
# custom:
#   id: commits/scope
#   passes: "Scopes are allowed ones"
#   severity: error
#   mode: enforce
#   measured: {right: 0, labelled: 0, fired: 0, changes: 12719, date: "2026-11-28", why: "It asks only for what the settings name."}
#   remedy: "Put one of the allowed scopes in parentheses after the type."
#   reads: [commits, title, author, merge_settings]
#   merge_queue: recheck
#   off: Scopes are free and none is required; it is silent then anyway.
#   missing: "Judges what is known; commits/incomplete refuses the rest."
#   options: [commits.scopes, commits.scope_required, commits.style, commits.squash]
#   examples:
#     good: ["fix(cart): refuse negative amounts", "fix(cart,api): refuse negative amounts (with both scopes listed)"]
#     bad: ["fix(crat): a scope that is not listed", "fix( cart ): spaces in the parentheses", "fix: no scope, with commits.scope_required"]
deny contains finding if {
	problems := input.commits.problems.scope
	count(problems) > 0
	p := listed(problems)[0]
	text := told(problems, scope_text(p), "Scopes that are missing or not allowed", [scope_item(q) | some q in listed(problems)])
	message := concat("", [text, context("scope")])
	finding := report(rego.metadata.rule().custom.id, message, reword(problems, ""))
}

# METADATA
# title: Commit subject ends with a full stop
# description: >-
#   The subject is a headline, and lists of headlines have no full stops. Three dots at the end are left alone, and so are subjects of the styles ticket and custom.
#   A merge group is judged again, because the settings of its base may be newer than those of the pull request.
# custom:
#   id: commits/subject
#   passes: "Subject has no full stop"
#   severity: error
#   mode: shadow
#   measured: {right: 1, labelled: 38, fired: 3, changes: 3386, date: "2026-11-30"}
#   remedy: "Take the full stop away."
#   reads: [commits, title, author, merge_settings]
#   merge_queue: recheck
#   off: A full stop at the end of a subject is your custom.
#   missing: "Judges what is known; commits/incomplete refuses the rest."
#   options: [commits.style, commits.squash]
#   examples:
#     good: ["fix: refuse negative amounts", "docs: explain coupons and ..."]
#     bad: ["fix: refuse negative amounts."]
deny contains finding if {
	problems := input.commits.problems.subject
	count(problems) > 0
	p := listed(problems)[0]
	text := told(problems, sprintf("%s ends with a full stop; a subject is a headline and has none.", [about(p)]), "Subjects that end with a full stop", [item(q, "") | some q in listed(problems)])
	message := concat("", [text, context("subject")])
	finding := report(rego.metadata.rule().custom.id, message, reword(problems, ""))
}

# METADATA
# title: Commit subject is in a case that is not allowed
# description: >-
#   Subjects begin in lower case, so that lists of them read evenly. Refused is only what is plainly wrong: a common English word at the beginning, such as a
#   verb, with a capital ("Add a page"), in capitals throughout, or run together ("AddPage"). What may be a name, an acronym, a unit, code or another language is
#   never refused. Where a fifth of the recent history begins so and the settings do not speak of it, the rule is silent.
#   A merge group is judged again, because the settings of its base may be newer.
# custom:
#   id: commits/subject-case
#   passes: "Subject's letter case is fine"
#   severity: error
#   mode: shadow
#   measured: {right: 0, labelled: 41, fired: 2, changes: 1000, date: "2026-11-29"}
#   remedy: "Begin the subject with a lower-case letter."
#   reads: [commits, title, author, merge_settings]
#   merge_queue: recheck
#   off: Your team does not care how a subject begins.
#   missing: "Judges what is known; commits/incomplete refuses the rest."
#   options: [commits.subject_case, commits.style, commits.squash]
#   examples:
#     good: ["fix: return JSON from the API", "fix: HTTP hot path", "docs: US spelling", "fix: `Cart` keeps its items"]
#     bad: ["fix: Return JSON", "fix: Return Json Now", "fix: ReturnJson", "fix: RETURN EVERYTHING"]
deny contains finding if {
	problems := input.commits.problems.subject_case
	count(problems) > 0
	p := listed(problems)[0]
	text := told(problems, sprintf("%s begins its subject with \"%s\"; wanted is \"%s\".", [about(p), p.got, p.want]), "Subjects that begin with a capital", [item(q, sprintf("\"%s\", not \"%s\"", [q.want, q.got])) | some q in listed(problems)])
	message := concat("", [text, context("subject_case")])
	finding := report(rego.metadata.rule().custom.id, message, reword(problems, ""))
}

# METADATA
# title: Commit header is too long
# description: >-
#   Long headers are cut in logs, in mails and on the forge's pages, and what is cut is not read. Characters are counted, not bytes.
#   A merge group is judged again, because the limit may have changed at its base.
# custom:
#   id: commits/header-length
#   passes: "Headers are short enough"
#   severity: error
#   mode: shadow
#   measured: {right: 14, labelled: 31, fired: 8, changes: 1000, date: "2026-11-29"}
#   remedy: "Say it shorter and move the detail to the body."
#   reads: [commits, title, author, merge_settings]
#   merge_queue: recheck
#   off: Your tools wrap long subjects; raising the limit says more.
#   missing: "Judges what is known; commits/incomplete refuses the rest."
#   options: [commits.header_max, commits.style, commits.squash]
#   examples:
#     good: ["fix(cart): refuse negative amounts"]
#     bad: ["fix(cart): a header that goes on to tell the whole story of the bug, its cause, its cure and its consequences for everybody"]
deny contains finding if {
	problems := input.commits.problems.header_length
	count(problems) > 0
	p := listed(problems)[0]
	text := told(problems, sprintf("%s has %d characters in its header, %d more than the %d allowed.", [about(p), p.count, p.count - p.limit, p.limit]), "Headers of more characters than allowed", [item(q, sprintf("%d of %d", [q.count, q.limit])) | some q in listed(problems)])
	message := concat("", [text, context("header_length")])
	finding := report(rego.metadata.rule().custom.id, message, reword(problems, ""))
}

# METADATA
# title: Commit body or footers are badly laid out
# description: >-
#   Tools find body and footers by the blank lines before them, and find a breaking change by BREAKING CHANGE in capitals at the start of a footer; a slip there hides
#   what was meant. Footers are what git takes for trailers. Long lines do not wrap in git log; links, code, quotations, tables and trailers may be long.
#   A merge group is not judged, because nobody can act on a warning there.
# custom:
#   id: commits/body
#   passes: "Body and footers are laid out well"
#   severity: warning
#   mode: shadow
#   measured: {right: 0, labelled: 121, fired: 40, changes: 1000, date: "2026-11-26"}
#   remedy: "Put one blank line after the header and one before the footers, and wrap long lines."
#   reads: [commits, merge_settings]
#   merge_queue: skip
#   off: Bodies hold logs, tables or quotes that must not be wrapped.
#   missing: "Judges what is known; commits/incomplete refuses the rest."
#   options: [commits.body_line_max, commits.footer_line_max, commits.style, commits.squash]
#   examples:
#     good: ["feat: add a coupon field, blank line, two lines of text, blank line, BREAKING CHANGE: the total may be zero"]
#     bad: ["feat: add a coupon field, and the body begins on the very next line", "breaking change: the total may be zero (as a footer)"]
deny contains finding if {
	problems := input.commits.problems.body
	count(problems) > 0
	p := listed(problems)[0]
	text := told(problems, body_text(p), "Bodies and footers that are badly laid out", [item(q, body_reason(q)) | some q in listed(problems)])
	finding := report(rego.metadata.rule().custom.id, text, reword(problems, ""))
}

# METADATA
# title: Work is marked as unfinished
# description: >-
#   fixup!, squash! and amend! commits are meant to be folded into others before a merge, and WIP or Draft says that the author is not ready. Refused are git's own
#   markers, WIP as a word of its own at the beginning (WIP, [WIP], (WIP), wip:) or in brackets at the end, and Draft:, [Draft] or (Draft) at the beginning. A title is
#   always looked at; commits are not when the squash folds them anyway. A merge group is judged again, because the title can be edited while the change waits.
# custom:
#   id: commits/fixup
#   passes: "Nothing is marked as unfinished"
#   severity: error
#   mode: enforce
#   measured: {right: 31, labelled: 31, fired: 7, changes: 24852, date: "2026-11-29",
#     why: "git itself makes these headers, to be squashed. Eighteen labels are of whole histories of seven repositories."}
#   remedy: "Fold fixup commits with git rebase -i --autosquash; take the marker out of the title when the work is ready."
#   reads: [commits, title, author, merge_settings]
#   merge_queue: recheck
#   off: Every change is squashed under a title that somebody writes by hand.
#   missing: "Judges what is known; commits/incomplete refuses the rest."
#   options: [commits.squash, commits.bots, commits.ignore_authors]
#   examples:
#     good: ["feat: wipe the cache", "feat: wip handler for carts", "fix(WIP-12): a ticket of the project WIP"]
#     bad: ["fixup! feat: add a coupon field", "WIP", "[WIP] coupons", "WIP: coupons", "Draft: coupons"]
deny contains finding if {
	problems := input.commits.problems.unfinished
	count(problems) > 0
	p := listed(problems)[0]
	text := told(problems, unfinished_text(p), "Work that is marked as unfinished", [item(q, sprintf("marked \"%s\"", [q.got])) | some q in listed(problems)])
	finding := report(rego.metadata.rule().custom.id, text, unfinished_remedy(problems))
}

# METADATA
# title: Commit is not signed off
# description: >-
#   With a sign-off the author certifies, by the Developer Certificate of Origin, that the work may be contributed. It is read as the DCO app reads it: a line
#   Signed-off-by: NAME <EMAIL> that matches the author or the committer, in any case of letters and either Unicode form; of several, one must match. The noreply addresses
#   of the author's account are his. Merge commits and bots need none, whichever
#   way the change is merged; a header such as Revert does not exempt. A merge group is judged again, because sign-offs may have become required at its base.
# custom:
#   id: commits/sign-off
#   passes: "No sign-off is missing"
#   severity: error
#   mode: enforce
#   measured: {right: 0, labelled: 0, fired: 0, changes: 12719, date: "2026-11-28", why: "It asks only for what the settings name."}
#   remedy: "Run git rebase --signoff from where your branch started, then push again; git commit -s signs off at once."
#   reads: [commits]
#   merge_queue: recheck
#   off: Nobody asked for sign-offs; it is off then anyway.
#   missing: "A commit that could not be read counts as not signed off, by commits/incomplete."
#   options: [commits.signed_off, commits.remediation, commits.ignore_authors]
#   examples:
#     good: ["Signed-off-by: Ada Byron <ada@example.org> in a commit by Ada Byron <ada@example.org>"]
#     bad: ["No such line", "Signed-off-by: Ada in a commit by Ada Byron", "Only a co-author's sign-off", "A sign-off on behalf of the author, without commits.remediation"]
deny contains finding if {
	problems := input.commits.problems.sign_off
	count(problems) > 0
	p := listed(problems)[0]
	text := told(problems, sign_off_text(p), "Commits without a sign-off that fits", [sign_off_item(q) | some q in listed(problems)])
	finding := report(rego.metadata.rule().custom.id, text, sign_off_remedy(problems))
}

# METADATA
# title: No ticket is named
# description: >-
#   A ticket leads from a change to the reason for it. Only keys of projects that the settings list count, so UTF-8, SHA-256 or CVE-2024-1 are not taken for tickets. commits.tickets_in
#   says where: in the title, in each commit, or anywhere. A merge group is judged again, because the title can be edited while the change waits.
# custom:
#   id: commits/ticket
#   passes: "No ticket is missing"
#   severity: error
#   mode: enforce
#   measured: {right: 0, labelled: 0, fired: 0, changes: 12719, date: "2026-11-28", why: "It asks only for what the settings name."}
#   remedy: "Name the ticket in the title of the pull request or in the commit message."
#   reads: [commits, title, author]
#   merge_queue: recheck
#   off: Work without a ticket is normal; it is silent until patterns are set.
#   missing: "Abstains when only the title can hold the ticket and the title is not known; commits/incomplete refuses a list of commits that is not complete."
#   options: [commits.tickets, commits.tickets_in]
#   examples:
#     good: ["fix(cart): refuse negative amounts (PROJ-12)", "Refs: PROJ-12 as a footer"]
#     bad: ["fix: proj-12 in lower case", "fix: XPROJ-12 is another word", "fix: read UTF-8"]
deny contains finding if {
	problems := input.commits.problems.ticket
	count(problems) > 0
	p := listed(problems)[0]
	text := told(problems, ticket_text(p), "Without a ticket of a listed project", [ticket_item(q) | some q in listed(problems)])
	finding := report(rego.metadata.rule().custom.id, text, ticket_remedy(problems))
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
#   passes: "Messages hold no hidden characters"
#   severity: error
#   mode: warn
#   measured: {right: 5, labelled: 6, all: true, fired: 3, changes: 12193, date: "2026-11-29",
#     why: "The sixth was written on purpose, so that a name is no mention. Three labels are of whole histories."}
#   remedy: "Type the message again instead of pasting it."
#   reads: [commits, title]
#   merge_queue: recheck
#   off: Hardly ever. Scripts that need joiners are allowed already.
#   missing: "Abstains about commits that were not listed, unless commits/incomplete refuses them."
#   options: []
#   examples:
#     good: ["fix: 👩‍💻 joined emoji in a subject"]
#     bad: ["fix: evil<U+202E>txet", "fix: zero<U+200B>width"]
deny contains finding if {
	problems := input.commits.problems.invisible
	count(problems) > 0
	p := listed(problems)[0]
	text := told(problems, hidden_text(p), "Characters that a reader cannot see", [item(q, hidden_reason(q)) | some q in listed(problems)])
	finding := report(rego.metadata.rule().custom.id, text, concat(" ", ["Type the text again by hand instead of pasting it.", reword(problems, "")]))
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
#   passes: All commits could be read
#   stands_in: true
#   severity: error
#   mode: enforce
#   measured: {right: 0, labelled: 0, fired: 0, changes: 12719, date: "2026-11-28",
#     why: "It speaks only where the forge did not show all commits, so that silence is no pass."}
#   remedy: "Ask for the check again; if it stays, split the change or squash its commits into fewer."
#   reads: [commits, title, merge_settings]
#   merge_queue: recheck
#   off: No rule about commits enforces.
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
	finding := report(rego.metadata.rule().custom.id, message, remedy)
}

# METADATA
# custom:
#   id: commits/incomplete
deny contains finding if {
	problems := [p | some p in input.commits.unread; p.kind in {"message", "more"}; p.where != "change"]
	count(problems) > 0
	p := listed(problems)[0]
	sentence := sprintf("%s has a message of %d bytes; only the first %d were read.", [about(p), p.count, p.limit])
	text := told(problems, sentence, "Messages that were not read to their end", [item(q, sprintf("%d bytes", [q.count])) | some q in listed(problems)])
	finding := object.union(report(rego.metadata.rule().custom.id, text, reword(problems, "")), {"subject": "the length of the messages"})
}

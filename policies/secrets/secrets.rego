# METADATA
# title: Secrets in a change
# description: >-
#   Keys, tokens and passwords in what a change adds: its lines, the names of new files, its title and description, and the messages of its commits. What is
#   pushed is out: deleting the line or rewriting the branch does not take it back, so every finding says where to renew the secret. The secret itself is
#   shown nowhere, only its first characters and a short hash that is the same for the same secret in this repository. No comment, path or file of the change
#   switches a rule off; entries of `secrets.allow` on the base branch do.
package lintel.secrets

# METADATA
# title: A secret of a known format
# description: >-
#   It begins in a way that its provider gives to nothing else, or it is a private key. What cannot be valid does not count: a token of GitHub or npm with a
#   wrong checksum, a key block without a key, a placeholder. It also counts when it is written in pieces, in base64, hexadecimal, percent-encoding or
#   escapes of Unicode, up to two of them one within the other, and in a lock file or a notebook. In a file of tests, examples, documents or others' code,
#   a token of GitHub or npm with its checksum counts; for the rest there is secrets/in-fixture.
# custom:
#   id: secrets/leaked
#   security: true
#   passes: No secret of a known format is added
#   severity: error
#   mode: enforce
#   measured: {right: 0, labelled: 0, fired: 0, changes: 54701, date: "2026-11-30",
#     why: "What was merged and kept holds few leaks. Before it was narrowed, 2 of the 10 changes that it fired in were right. What it asks for is proven by test: it finds 1,000 made-up valid keys, and its matcher all that gitleaks finds."}
#   remedy: Renew the secret where it was given out, then take it out of the change.
#   reads: [files, title, body, commits, settings]
#   merge_queue: carry
#   off: Another gate of the forge already refuses pushes with secrets, for every provider.
#   missing: What was read is judged; what was not is named by secrets/unread.
#   options: [secrets.allow]
#   examples:
#     good: ["A token that is read from the environment.", "AWS's example key, which ends in EXAMPLE."]
#     bad: ["A personal access token of GitHub in a .env file.", "A private key whose first line the change adds."]
deny contains finding if {
	some item in input.secrets.found
	item.specific
	finding := of_item(rego.metadata.rule().custom.id, item)
}

# METADATA
# custom:
#   id: secrets/leaked
deny contains finding if {
	input.secrets.specific_more > 0
	finding := rest_of(rego.metadata.rule().custom.id, input.secrets.specific_more)
}

# METADATA
# title: A value that looks like a secret
# description: >-
#   A name such as password, token or api_key stands beside a value that is random enough to be one, or a web token or a login is written out. The value has
#   no format of its own, so this can be wrong, and it never blocks.
# custom:
#   id: secrets/likely
#   security: true
#   passes: No value that looks like a secret is added
#   severity: warning
#   mode: warn
#   measured: {right: 7, labelled: 8, all: true, fired: 8, changes: 26872, date: "2026-11-29"}
#   remedy: If it is a secret, renew it and take it out of the change. If it is none, say so under secrets.allow on the base branch.
#   reads: [files, title, body, commits, settings]
#   merge_queue: carry
#   off: The code is full of random values that are none, such as fixtures of a cipher.
#   missing: What was read is judged; what was not is named by secrets/unread.
#   options: [secrets.allow]
#   examples:
#     good: ["A password that is read from the environment.", "A checksum in a lock file."]
#     bad: ["A config file gets api_key with 40 random characters."]
deny contains finding if {
	some item in input.secrets.found
	not item.specific
	finding := of_item(rego.metadata.rule().custom.id, item)
}

# METADATA
# custom:
#   id: secrets/likely
deny contains finding if {
	more := input.secrets.found_more - input.secrets.specific_more
	more > 0
	finding := rest_of(rego.metadata.rule().custom.id, more)
}

# METADATA
# title: A value in the form of a secret that cannot be valid
# description: >-
#   It has the form of a secret, and something shows that nobody gave it out: a wrong checksum, a web token that does not decode, a key block without a key,
#   letters in the order of the alphabet. It is recorded, so that nothing is passed over in silence.
# custom:
#   id: secrets/made-up
#   security: true
#   passes: No made-up secret is added
#   severity: notice
#   mode: shadow
#   measured: {right: 0, labelled: 32, fired: 14, changes: 12719, date: "2026-11-30"}
#   remedy: Write a value that no scanner takes for a secret, such as a name in angle brackets.
#   reads: [files, title, body, commits, settings]
#   merge_queue: carry
#   off: Tests and documents show made-up secrets here.
#   missing: What was read is judged; what was not is named by secrets/unread.
#   examples:
#     good: ["GITHUB_TOKEN=<your token>"]
#     bad: ["ghp_ and 36 characters that somebody typed."]
deny contains finding if {
	some item in input.secrets.doubted
	finding := of_doubted(rego.metadata.rule().custom.id, item)
}

# METADATA
# custom:
#   id: secrets/made-up
deny contains finding if {
	input.secrets.doubted_more > 0
	finding := rest_of(rego.metadata.rule().custom.id, input.secrets.doubted_more)
}

# METADATA
# title: A key in a test, an example or a document
# description: >-
#   A private key, a token, or a value that looks like a secret stands in a file of tests, examples, documents or others' code. Such keys are made for it,
#   nearly always. A token of GitHub or npm with its checksum is no such case: it blocks wherever it stands. Here is also a private key whose certificate
#   the change adds with it, when that certificate only vouches for itself: nobody trusts it who was not given it.
# custom:
#   id: secrets/in-fixture
#   security: true
#   passes: No key is added to a test, an example or a document
#   severity: warning
#   mode: shadow
#   measured: {right: 2, labelled: 41, fired: 24, changes: 12719, date: "2026-11-30"}
#   remedy: Make sure that it was made for this file and opens nothing. Better, have the test make its key when it runs.
#   reads: [files, settings]
#   merge_queue: carry
#   off: Keys in tests are common here.
#   missing: What was read is judged; what was not is named by secrets/unread.
#   options: [secrets.allow]
#   examples:
#     good: ["A test that makes its key when it runs."]
#     bad: ["A private key in testdata/server.key.", "A token of Slack in a test."]
deny contains finding if {
	some item in input.secrets.fixtures
	finding := of_item(rego.metadata.rule().custom.id, item)
}

# METADATA
# custom:
#   id: secrets/in-fixture
deny contains finding if {
	input.secrets.fixtures_more > 0
	finding := rest_of(rego.metadata.rule().custom.id, input.secrets.fixtures_more)
}

# METADATA
# title: Not everything was searched for secrets
# description: >-
#   The forge did not show a part of the change, a file is too large, or a text was made so that the search would take too long. A change that was not
#   searched does not pass as one without secrets.
# custom:
#   id: secrets/unread
#   passes: Everything that the change adds was searched for secrets
#   severity: error
#   mode: enforce
#   measured: {right: 0, labelled: 0, fired: 0, changes: 24852, date: "2026-11-29",
#     why: "A change that was not searched does not pass as one without secrets."}
#   stands_in: true
#   remedy: Press Re-check on the check. If it stays, split the change, or keep the file out of it.
#   reads: [files, title, body, commits, settings]
#   merge_queue: carry
#   off: Changes that are too large to read whole are normal here, and another gate searches them.
#   missing: Missing input is what the rule is about.
#   examples:
#     good: ["A change of 200 files that were all read."]
#     bad: ["A file of 12 MB is added, of which only the first 8 MB were looked at.", "notes.txt has a zero byte in it, so that it looks binary."]
deny contains finding if {
	count(parts_unread) > 0
	finding := {
		"rule": rego.metadata.rule().custom.id,
		"path": only_path,
		"line": 0,
		"end_line": 0,
		"message": sprintf("Not everything was searched for secrets: %s.", [concat("; ", parts_unread)]),
		"remedy": unread_remedy,
		"subject": "unread",
	}
}

# METADATA
# title: An entry of secrets.allow has expired
# description: An entry that would let a finding of this change through has expired, so the finding counts.
# custom:
#   id: secrets/allowance-expired
#   security: true
#   passes: No expired entry of secrets.allow bears on the change
#   severity: notice
#   mode: warn
#   measured: {right: 0, labelled: 0, fired: 0, changes: 12719, date: "2026-11-28", why: "It asks only for what the settings name."}
#   remedy: Renew the entry in .github/lintel.yml on the base branch, with a later day, or take it out.
#   reads: [files, settings]
#   merge_queue: carry
#   off: Nobody maintains secrets.allow here.
#   missing: It says nothing about files that were not read.
#   options: [secrets.allow]
#   examples:
#     good: ["An entry that lasts until next month."]
#     bad: ["An entry for testdata/** ended yesterday, and the change adds such a key there."]
deny contains finding if {
	some entry in input.secrets.expired
	entry.matters
	finding := {
		"rule": rego.metadata.rule().custom.id,
		"path": "",
		"line": 0,
		"end_line": 0,
		"message": sprintf("The entry of secrets.allow for %s in %s ended on %s, so the finding counts.", [entry.format, entry.path, entry.expires]),
		"remedy": "If the finding is still no secret, renew the entry on the base branch with a later day. Otherwise take the entry out.",
		"subject": sprintf("%s %s", [entry.format, entry.path]),
	}
}

package lintel.secrets_test

import data.lintel.secrets

clean := {
	"found": [], "found_more": 0, "specific_more": 0, "doubted": [], "doubted_more": 0,
	"fixtures": [], "fixtures_more": 0, "allowed": [], "allowed_more": 0, "unread": [], "unread_more": 0,
	"expired": [], "files_complete": true, "commits_complete": true,
}

token := {
	"format": "github-pat", "provider": "GitHub", "specific": true, "where": "line", "path": ".env", "line": 3, "commit": "",
	"start": "ghp_", "hash": "a1b2c3", "rotate": "Delete the token.", "reason": "",
}

of(facts) := {"secrets": object.union(clean, facts)}

said(document) := finding if {
	findings := secrets.deny with input as document
	count(findings) == 1
	some finding in findings
}

item(changes) := of({"found": [object.union(token, changes)]})

test_clean_passes if {
	findings := secrets.deny with input as of({})
	count(findings) == 0
}

test_leaked_on_a_line if {
	finding := said(item({}))
	finding.rule == "secrets/leaked"
	finding.path == ".env"
	finding.line == 3
	finding.message == "A secret of GitHub is on this line, beginning with ghp_ (github-pat, hash a1b2c3)."
	startswith(finding.remedy, "Delete the token. Then read it from the environment")
}

test_leaked_of_no_known_provider if {
	startswith(said(item({"provider": "", "start": ""})).message, "A secret is on this line (github-pat")
}

test_private_key_shows_nothing if {
	said(item({"format": "private-key", "where": "key", "provider": "", "start": "----"})).message == "A private key begins on this line (private-key, hash a1b2c3)."
}

test_places_without_a_line if {
	every where, words in {
		"title": ["is in the title", "edit the title"],
		"body": ["is in the description, on line 3", "edit the description"],
		"path": ["is in the name of a new file", "rename the file"],
		"commit": ["is in the message of commit , on line 3", "reword the commit"],
	} {
		finding := said(item({"where": where, "path": ""}))
		finding.path == ""
		finding.line == 0
		contains(finding.message, words[0])
		contains(finding.remedy, words[1])
	}
}

test_likely if {
	finding := said(item({"specific": false, "format": "generic-api-key", "provider": ""}))
	finding.rule == "secrets/likely"
	startswith(finding.message, "What looks like a secret is on this line")
}

test_likely_of_a_provider if {
	startswith(said(item({"specific": false, "provider": "Datadog"})).message, "What looks like a secret of Datadog is on this line")
}

test_more_of_both if {
	findings := secrets.deny with input as of({"found_more": 5, "specific_more": 2})
	{[f.rule, f.message] | some f in findings} == {
		["secrets/leaked", "2 more are not listed one by one."],
		["secrets/likely", "3 more are not listed one by one."],
	}
}

test_made_up if {
	finding := said(of({"doubted": [object.union(token, {"doubt": "its checksum is wrong"})]}))
	finding.rule == "secrets/made-up"
	finding.line == 3
	finding.message == "What has the form of a secret (github-pat) is on this line, but its checksum is wrong."
}

test_made_up_more if {
	finding := said(of({"doubted_more": 4}))
	finding.rule == "secrets/made-up"
	finding.message == "4 more are not listed one by one."
}

test_in_fixture if {
	findings := secrets.deny with input as of({"fixtures": [token], "fixtures_more": 2})
	{[f.rule, f.line] | some f in findings} == {["secrets/in-fixture", 3], ["secrets/in-fixture", 0]}
}

test_unread_file if {
	finding := said(of({"unread": [{"path": "big.sql", "what": "", "reason": "too large"}]}))
	finding.rule == "secrets/unread"
	finding.path == "big.sql"
	finding.message == "Not everything was searched for secrets: big.sql: too large."
}

test_unread_title if {
	finding := said(of({"unread": [{"path": "", "what": "the title", "reason": "too large"}]}))
	contains(finding.message, "the title: too large")
}

test_unread_commits if {
	contains(said(of({"commits_complete": false})).message, "searched for secrets: the list of commits is incomplete.")
}

test_unlisted_files_are_the_gates_to_say if {
	findings := secrets.deny with input as of({"files_complete": false})
	count(findings) == 0
}

test_unread_many if {
	finding := said(of({"unread": [{"path": sprintf("f%d", [i]), "what": "", "reason": "x"} | some i in numbers.range(1, 7)], "unread_more": 3}))
	contains(finding.message, "f5: x; and 5 more")
	finding.path == ""
}

test_expired_entry if {
	finding := said(of({"expired": [
		{"format": "github-pat", "path": "testdata/**", "expires": "2026-01-01", "matters": true},
		{"format": "github-pat", "path": "docs/**", "expires": "2026-01-01", "matters": false},
	]}))
	finding.rule == "secrets/allowance-expired"
	contains(finding.message, "github-pat in testdata/** ended on 2026-01-01")
}

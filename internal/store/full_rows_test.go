package store_test

// rows is how a table is filled: which of the changes 1 to N have rows, and what is in the columns that do not
// stay empty. In an expression, i is the change, @repo its repository, @key its key, @at a time of its life in
// milliseconds and @day the day of that. The newest change is of this moment, the first of two years before.
type rows struct {
	table, which string
	columns      map[string]string
}

// manyRows is a record of changes by repositories of 500 each, as retention leaves it.
var manyRows = []rows{
	{"repository", `i <= {repos}`, map[string]string{"forge": `'github'`, "id": `6 + i`, "installation": `11`, "owner": `'acme'`,
		"name": `'shop' || i`, "owner_id": `1`}},
	{
		"known_name",
		`i <= {repos}`,
		map[string]string{"forge": `'github'`, "owner": `'acme'`, "name": `'shop' || i`, "repo_id": `6 + i`},
	},
	{"change", `TRUE`, map[string]string{"id": `@key`, "forge": `'github'`, "repo_id": `@repo`, "number": `i / {repos} + 1`,
		"installation": `11`, "state": `CASE WHEN i > {n} * 0.98 THEN 'open' ELSE 'merged' END`, "target": `'sha' || i`,
		"head_sha": `'sha' || i`, "head_ref": `'topic'`, "base_sha": `'base'`, "base_ref": `'main'`, "merge_group": `'null'`,
		"generation": `3`, "evaluated": `CASE WHEN i > {n} - 20 THEN 2 ELSE 3 END`, "raised_at": `@at`, "waiting_since": `@at`,
		"updated_at": `@at`}},
	{"verdict", `TRUE`, verdictOf(`2 * i`)},
	{"verdict", `i % 2 = 0`, verdictOf(`2 * i + 1`)},
	{
		"evidence",
		`TRUE`,
		map[string]string{"digest": `'sha256:facts' || i`, "kind": `'facts'`, "body": `@blob`, "created_at": `@at`},
	},
	{
		"evidence",
		`TRUE`,
		map[string]string{"digest": `'sha256:decision' || i`, "kind": `'decision'`, "body": `@blob`, "created_at": `@at`},
	},
	{"effect", `TRUE`, effectOf("check", "lintel")},
	{"effect", `i % 2 = 0`, effectOf("remark", "f1")},
	{"history", `i > {n} * 0.45`, map[string]string{"id": `2 * i`, "change_id": `@key`, "at": `@at`, "kind": `'delivered'`}},
	{"history", `i > {n} * 0.45`, map[string]string{"id": `2 * i + 1`, "change_id": `@key`, "at": `@at`, "kind": `'evaluated'`}},
	{
		"delivery",
		`i > {n} * 0.8`,
		map[string]string{"id": `'d' || i`, "forge": `'github'`, "repo_id": `@repo`, "received_at": `@at`},
	},
	{"flow_event", `TRUE`, eventOf("opened")},
	{"flow_event", `TRUE`, eventOf("merged")},
	{
		"flow_fact",
		`TRUE`,
		map[string]string{"change_id": `@key`, "forge": `'github'`, "repo_id": `@repo`, "number": `i / {repos} + 1`,
			"team": `'team' || (i % 50)`, "author_kind": `'human'`, "state": `CASE WHEN i > {n} * 0.98 THEN 'open' ELSE 'merged' END`,
			"base": `'main'`, "base_is_default": `1`, "merge_sha": `'merge' || i`, "opened_at": `@at`, "merged_at": `@at`,
			"last_event_at": `@at`, "opened_day": `@day`, "merged_day": `@day`, "cycle_s": `i % 90000`, "pickup_s": `i % 9000`,
			"review_s": `i % 7000`, "complete": `1`, "def_version": `1`},
	},
	{
		"response",
		`i > {n} * 0.45`,
		map[string]string{"change_id": `@key`, "head": `'sha' || i`, "forge": `'github'`, "repo_id": `@repo`,
			"told_at": `@at`, "received_at": `@at`, "stored_at": `@at`},
	},
	{
		"posted",
		`i > {n} * 0.45`,
		map[string]string{"change_id": `@key`, "fingerprint": `'p1'`, "forge": `'github'`, "repo_id": `@repo`,
			"rule": `'size/lines'`, "posted_at": `@at`, "outcome": `'addressed'`, "outcome_at": `@at`},
	},
	{"point", `i > {n} * 0.45`, map[string]string{"change_id": `@key`, "point": `'p1'`, "forge": `'github'`, "repo_id": `@repo`,
		"state": `'open'`, "created_at": `@at`, "changed_at": `@at`}},
	{
		"outcome",
		`i > {n} * 0.45`,
		map[string]string{"id": `i`, "change_id": `@key`, "point": `'p1'`, "kind": `'resolved'`, "at": `@at`},
	},
	{
		"tally",
		`i > {n} * 0.45`,
		map[string]string{"forge": `'github'`, "repo_id": `@repo`, "day": `@day`, "rule": `'size/' || (i % 20)`,
			"name": `'blocked'`, "n": `1`},
	},
	{
		"landing",
		`i > {n} * 0.5`,
		map[string]string{"forge": `'github'`, "repo_id": `@repo`, "sha": `'merge' || i`, "committed_at": `@at`,
			"received_at": `@at`, "author": `'olga'`, "paths": `@blob`},
	},
	{
		"report",
		`i > {n} * 0.75`,
		map[string]string{"forge": `'github'`, "repo_id": `@repo`, "sha": `'sha' || i`, "scope": `'pull_request'`,
			"kind": `'coverage'`, "received_at": `@at`, "body": `@blob`},
	},
	{
		"ci_run",
		`i > {n} * 0.96`,
		map[string]string{"forge": `'github'`, "repo_id": `@repo`, "id": `i`, "sha": `'sha' || i`, "seen_at": `@at`},
	},
	{
		"consult",
		`i > {n} * 0.87`,
		map[string]string{"id": `i`, "change_id": `@key`, "head": `'sha' || i`, "state": `'done'`, "due_at": `@at`,
			"made_at": `@at`, "ended_at": `@at`},
	},
	{"spend", `i > {n} * 0.45`, map[string]string{"id": `i`, "forge": `'github'`, "repo_id": `@repo`, "change_id": `@key`,
		"head": `'sha' || i`, "day": `'2026-01-01'`, "model": `'m' || (i % 3)`, "outcome": `'answered'`, "tokens_in": `1000`,
		"estimate_in": `1000`, "reserved_at": `@at`, "settled_at": `@at`}},
	{"check_run", `i > {n} * 0.87`, map[string]string{"id": `i`, "change_id": `@key`, "head": `'sha' || i`, "name": `'gofmt'`,
		"state": `'done'`, "result": `i`, "made_at": `@at`, "changed_at": `@at`, "ended_at": `@at`}},
	{
		"check_result",
		`i > {n} * 0.87`,
		map[string]string{"id": `i`, "run_key": `'k' || i`, "reusable": `1`, "made_at": `@at`, "used_at": `@at`},
	},
	{"kept", `i > {n} * 0.75`, map[string]string{"kind": `'blob'`, "key": `'b' || i`, "body": `@blob`, "used_at": `@at`}},
	{"audit", `i % 20 = 0`, map[string]string{"seq": `i / 20`, "at": `@at`, "act": `'override.made'`, "forge": `'github'`,
		"repo_id": `@repo`, "change_id": `@key`, "body": `'{}'`}},
	{"command", `i % 20 = 0 AND i > {n} * 0.45`, map[string]string{"change_id": `@key`, "place": `'issue'`, "comment_id": `i`,
		"line": `'x'`, "id": `i`, "written_at": `@at`, "answered_at": `@at`}},
	{
		"override",
		`i % 50 = 0`,
		map[string]string{"id": `i`, "change_id": `@key`, "state": `'active'`, "rule": `'size/lines'`, "body": `'{}'`,
			"created_at": `@at`, "ended_at": `@at`},
	},
}

func verdictOf(id string) map[string]string {
	return map[string]string{"id": id, "change_id": `@key`, "generation": `3`, "target": `'sha' || i`, "head": `'sha' || i`,
		"conclusion": `'success'`, "facts": `'sha256:facts' || i`, "policy": `'sha256:policy'`, "settings": `'sha256:settings'`,
		"decision": `'sha256:decision' || i`, "title": `'3 rules hold'`, "taken_at": `@at`, "decided_at": `@at`}
}

func effectOf(kind, name string) map[string]string {
	return map[string]string{"key": `'` + kind + `' || i`, "change_id": `@key`, "forge": `'github'`, "repo_id": `@repo`,
		"kind": `'` + kind + `'`, "name": `'` + name + `'`, "sha": `'sha' || i`, "status": `'completed'`, "body": `'{}'`, "seq": `2 * i`,
		"remote": `'r' || i`, "created_at": `@at`, "done_at": `@at`}
}

func eventOf(kind string) map[string]string {
	return map[string]string{"event_key": `'` + kind + `' || i`, "change_id": `@key`, "forge": `'github'`, "repo_id": `@repo`,
		"kind": `'` + kind + `'`, "at": `@at`, "received_at": `@at`, "sha": `'sha' || i`, "detail": `'{}'`}
}

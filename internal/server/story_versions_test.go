package server_test

import (
	"os"
	"path/filepath"
	"testing"
	"testing/fstest"
	"time"

	"github.com/lintel-review/lintel/internal/config"
	fakehub "github.com/lintel-review/lintel/internal/fake/github"
	"github.com/lintel-review/lintel/internal/policy"
	"github.com/lintel-review/lintel/internal/server"
	"github.com/lintel-review/lintel/internal/store/postgrestest"
)

// newerVersion runs a version beside the next one, which has more migrations and other policies, on one database. The
// older one takes webhooks and leaves verdicts to the newer one, which judges again what the older one judged; when the
// newer one is taken off, the older one judges all again, and starts on the newer schema.
func newerVersion(t *testing.T) {
	t.Parallel()
	hub := world(t, fakehub.Options{})
	_, err := hub.Install("acme")
	must(t, err)
	dir := t.TempDir()
	address := postgrestest.New(t) // others go on with a database that was prepared, and this one gets another schema
	must(t, os.WriteFile(filepath.Join(dir, "database"), []byte(address), 0o600))
	older := start(t, hub, dir, noSweeps)
	var pulls []string
	push := func(name string) {
		pulls = append(pulls, commit(t, hub, shop, fakehub.Commit{Branch: name, From: "main", Author: "wendy", Message: "feat: topic",
			Files: fakehub.Files{"cart/" + name + ".go": "package cart\n"}}))
		open(t, hub, shop, fakehub.Pull{Head: name, Base: "main", Title: "feat: topic", Author: "wendy"})
	}
	db := postgrestest.Open(t, address)
	// judged waits until the last verdict of every change is by the policies.
	judged := func(by *policy.Engine) {
		t.Helper()
		for _, sha := range pulls {
			for last := ""; last != by.Digest(); time.Sleep(2 * time.Millisecond) {
				must(t, t.Context().Err())
				must(t, db.QueryRow(`SELECT COALESCE((SELECT policy FROM verdict WHERE head = $1 ORDER BY id DESC LIMIT 1), '')`,
					sha).Scan(&last))
			}
		}
	}
	// flips counts changes of what one change was judged by.
	flips := func() (n int) {
		t.Helper()
		must(t, db.QueryRow(`SELECT COUNT(*) FROM (SELECT policy, LAG(policy) OVER (PARTITION BY change_id ORDER BY id) AS before
			FROM verdict) v WHERE before <> policy`).Scan(&n))
		return n
	}
	one, two := shippedPolicies(t), overridable(t, map[string]string{"commits/header": policy.TwoOverride})
	push("first")
	judged(one)
	older.quiet()

	newer := start(t, hub, dir, noSweeps, func(_ *config.Config, o *server.Options) {
		o.Engine, o.Proof = two, []time.Duration{0}
		o.Later = fstest.MapFS{"migrations/0900_more.sql": {Data: []byte("-- floor: 37\n" +
			"ALTER TABLE change ADD COLUMN more BIGINT NOT NULL DEFAULT 0;\nCREATE TABLE more (id BIGINT NOT NULL PRIMARY KEY);\n")}}
	})
	judged(two)
	hub.SetWebhook("http://"+older.config.Listen+"/hooks/github", "")
	for _, name := range []string{"second", "third", "fourth", "fifth"} {
		push(name)
	}
	judged(two)
	for _, sha := range pulls {
		older.run(sha, "success")
	}
	if n := flips(); n != 1 {
		t.Errorf("what one change was judged by changed %d times, want once, for the first change", n)
	}

	newer.stop()
	judged(one)
	older.stop()
	older = start(t, hub, dir, noSweeps)
	push("sixth")
	judged(one)
	older.run(pulls[len(pulls)-1], "success")
	if n := flips(); n != 1+5 {
		t.Errorf("what changes were judged by changed %d times, want once more for each of five", n)
	}
}

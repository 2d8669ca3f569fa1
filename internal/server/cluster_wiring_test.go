package server_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/cli"
	"github.com/lintel-review/lintel/internal/delivery"
	fakehub "github.com/lintel-review/lintel/internal/fake/github"
	"github.com/lintel-review/lintel/internal/store"
	"github.com/lintel-review/lintel/internal/store/postgrestest"
	"github.com/lintel-review/lintel/internal/store/processes"
	"github.com/lintel-review/lintel/internal/store/storetest"
)

// besideAnother starts a server beside another process and holds what the two share: at its start it leaves waiting
// changes to the other one, before a look it reads what others know to be stale, and its outbox waits for the other's
// lock.
func besideAnother(t *testing.T) {
	t.Parallel()
	hub := world(t, fakehub.Options{})
	_, err := hub.Install("acme")
	must(t, err)
	dir := t.TempDir()
	address := databaseIn(t, dir)
	place, err := store.Attend(t.Context(), address)
	must(t, err)
	defer place.Close()
	record, err := store.Open(t.Context(), address, time.Now, &storetest.Queue{})
	must(t, err)
	defer record.Close()
	other, err := place.Enter(t.Context(), record, processes.Process{Host: "other", Roles: []string{"gate"}}, slog.New(slog.DiscardHandler))
	must(t, err)
	_, err = record.Admit(t.Context(), delivery.Admission{Outcome: delivery.Accepted,
		Delivery: delivery.Delivery{ID: "d1", Forge: change.GitHub, Name: "pull_request", ReceivedAt: time.Now()},
		Requests: []delivery.ReviewRequest{storetest.Opened(1, "aaa")}})
	must(t, err)
	r := start(t, hub, dir, noSweeps)
	<-r.server.Checked()
	db := postgrestest.Open(t, address)
	var jobs int
	must(t, db.QueryRow(`SELECT COUNT(*) FROM river_job WHERE kind = 'look'`).Scan(&jobs))
	if jobs != 0 {
		t.Errorf("a start beside another process asked again for what waits there: %d jobs", jobs)
	}

	key := storetest.Pull(1).Key
	free, err := other.Exclude(t.Context(), fmt.Sprintf("outbox %s:%d:abc", key.Forge, key.RepoID))
	must(t, err)
	soon, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if err := r.server.Outbox().Run(soon, key, "abc"); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("the outbox published a commit that another process holds: %v", err)
	}
	free()

	// A look that reads what is stale waits for whoever changes it.
	tx, err := db.Begin()
	must(t, err)
	defer func() { _ = tx.Rollback() }()
	_, err = tx.Exec(`LOCK TABLE forgotten IN ACCESS EXCLUSIVE MODE`)
	must(t, err)
	head := commit(t, hub, shop, fakehub.Commit{Branch: "topic", From: "main", Author: "wendy", Message: "feat: topic",
		Files: fakehub.Files{"cart/a.go": "package cart\n"}})
	open(t, hub, shop, fakehub.Pull{Head: "topic", Base: "main", Title: "feat: topic", Author: "wendy"})
	const waiting = `SELECT COUNT(*) FROM pg_locks l JOIN pg_class c ON c.oid = l.relation
		WHERE c.relname = 'forgotten' AND NOT l.granted AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())`
	for n := 0; n == 0; {
		must(t, db.QueryRow(waiting).Scan(&n))
		if len(r.runs(head)) > 0 {
			t.Fatal("a look did not read what is stale")
		}
		time.Sleep(time.Millisecond)
	}
	must(t, tx.Rollback())
	r.run(head, "success")

	_, err = db.Exec(`INSERT INTO forge_limit (forge, connection, resource, allowed, remaining, reset_at, paused_until) VALUES
		('github', 98, 'core', 5000, 999, $1, 0), ('github', 99, 'all', 0, 0, 0, $1)`, time.Now().Add(time.Hour).UnixMilli())
	must(t, err)
	var out, errs bytes.Buffer
	if code := cli.Run(t.Context(), []string{"status", "--database", address}, strings.NewReader(""), &out, &errs); code != 0 {
		t.Fatalf("status: %d %s", code, errs.String())
	}
	const self = `lintel-\d+ +\S+:\d+ +\S+ +web,gate,advise,sweeps,reports +sha256:\S+ +lives`
	for _, want := range []string{`lintel-\d+ +other:0 +gate +lives, leaves verdicts to other policies\n`, self,
		`\n1 change waits for a verdict, the oldest for `,
		`\n999 of 5000 core requests of github:98 are left until 20`,
		`\nThe forge refused github:99: no process sends a request of it until 20`} {
		if !regexp.MustCompile(want).MatchString(out.String()) {
			t.Errorf("lintel status does not say %s:\n%s", want, out.String())
		}
	}
}

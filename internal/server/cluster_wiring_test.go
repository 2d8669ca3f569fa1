package server_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/lintel-review/lintel/internal/build"
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
	place, err := store.Attend(t.Context(), address, nil)
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
	_, err = db.Exec(`INSERT INTO river_job (kind, queue, args, max_attempts, state, priority, scheduled_at)
		VALUES ('elsewhere', 'elsewhere', '{}', 1, 'available', 1, clock_timestamp() - interval '1 hour')`)
	must(t, err)
	status := func(more ...string) string {
		var out, errs bytes.Buffer
		args := append([]string{"status", "--database", address}, more...)
		if code := cli.Run(t.Context(), args, strings.NewReader(""), &out, &errs); code != 0 {
			t.Fatalf("status: %d %s", code, errs.String())
		}
		return out.String()
	}
	out := status()
	// The election of who leads goes by River's clock, and the look ends a moment after its check is there.
	settled := func() bool { return strings.Contains(out, "leads") && strings.Contains(out, "\n1 change waits") }
	for deadline := time.Now().Add(patience); !settled() && time.Now().Before(deadline); out = status() {
		time.Sleep(pace)
	}
	version := regexp.QuoteMeta(build.Read().Version)
	for _, want := range []string{`lintel-\d+ +other:0 +gate +lives, leaves verdicts to other policies\n`,
		`lintel-\d+ +\S+:\d+ +` + version + ` +web,gate,advise,sweeps,reports +sha256:\S+ +lives, leads the queue`,
		`\nQUEUE +READY +OLDEST +RUNNING +LATER +GIVEN UP\n(.+\n)*elsewhere +1 +1h0m\d+s +0 +0 +0\n`,
		`\n1 change waits for a verdict, the oldest for `,
		`\n999 of 5000 core requests of github:98 are left until 20`,
		`\nThe forge refused github:99: no process sends a request of it until 20`} {
		if !regexp.MustCompile(want).MatchString(out) {
			t.Errorf("lintel status does not say %s:\n%s", want, out)
		}
	}
	var all struct {
		Processes []struct {
			Version string
			Roles   []string
			Leads   bool
		}
		Leader string
		Queues []struct {
			Queue  string
			Ready  int
			Oldest int64 `json:"oldest_ready_seconds"`
		}
		Budgets []struct {
			Connection string
			Left       int
		}
		Lag struct{ Changes int } `json:"waiting_for_a_verdict"`
	}
	must(t, json.Unmarshal([]byte(status("--format", "json")), &all))
	leads := 0
	for _, p := range all.Processes {
		if p.Leads && p.Version == build.Read().Version && len(p.Roles) == 5 {
			leads++
		}
	}
	old := false
	for _, q := range all.Queues {
		old = old || q.Queue == "elsewhere" && q.Ready == 1 && q.Oldest >= 3600
	}
	if leads != 1 || all.Leader == "" || !old || len(all.Budgets) < 2 || all.Lag.Changes != 1 {
		t.Errorf("as JSON it says %+v", all)
	}
}

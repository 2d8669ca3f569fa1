package store_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/lintel-review/lintel/internal/advice/consult"
	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/chat"
	"github.com/lintel-review/lintel/internal/checkrun"
	"github.com/lintel-review/lintel/internal/delivery"
	"github.com/lintel-review/lintel/internal/effect"
	"github.com/lintel-review/lintel/internal/gateswitch"
	"github.com/lintel-review/lintel/internal/history"
	"github.com/lintel-review/lintel/internal/job"
	"github.com/lintel-review/lintel/internal/override"
	"github.com/lintel-review/lintel/internal/plan"
	"github.com/lintel-review/lintel/internal/store"
	"github.com/lintel-review/lintel/internal/store/postgrestest"
	"github.com/lintel-review/lintel/internal/store/storetest"
	"github.com/lintel-review/lintel/internal/thread"
	"github.com/lintel-review/lintel/internal/upload"
)

func TestMigrations(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lintel.db")
	names, err := store.Steps()
	if err != nil || len(names) == 0 {
		t.Fatal(names, err)
	}
	last := 0
	for _, name := range names {
		n, err := strconv.Atoi(strings.SplitN(name, "_", 2)[0])
		if err != nil || n <= last || len(strings.SplitN(name, "_", 2)[0]) != 4 {
			t.Errorf("migration %s after number %d", name, last)
		}
		last = n
	}
	for round := range 2 {
		s := openAt(t, path, time.Now, nil)
		var n, newest int
		if err := s.Reader().QueryRow(`SELECT COUNT(*), MAX(number) FROM schema_version`).Scan(&n, &newest); err != nil ||
			n != len(names) || newest != last {
			t.Errorf("round %d: %d steps, newest %d, %v", round, n, newest, err)
		}
	}
	db := openRaw(t, path)
	if _, err := db.Exec(`INSERT INTO schema_version (number, name) VALUES ($1, 'from the future')`, last+1); err != nil {
		t.Fatal(err)
	}
	_, err = store.Open(ctx(), "sqlite://"+path, time.Now, &storetest.Queue{})
	want := fmt.Sprintf(
		"database %s has schema %d, this program knows %d, and programs from %d on may run on it: run the newer program, or restore "+
			"the backup made before the upgrade", path, last+1, last, last+1)
	if err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
}

// TestBesideNewerSchema runs a program beside a later one, on each engine: both work on the schema of the later one for
// as long as its migrations say so, in any order of starts, and then the older one is refused with words.
func TestBesideNewerSchema(t *testing.T) {
	later := fstest.MapFS{"migrations/0900_more.sql": {Data: []byte("-- floor: 37\n" +
		"ALTER TABLE change ADD COLUMN more BIGINT NOT NULL DEFAULT 0;\nCREATE TABLE more (id BIGINT NOT NULL PRIMARY KEY);\n")}}
	last := fstest.MapFS{"migrations/0901_less.sql": {Data: []byte("-- floor: 900\nALTER TABLE change DROP COLUMN more;\n")}}
	names, err := store.Steps()
	if err != nil {
		t.Fatal(err)
	}
	known, _, _ := strings.Cut(names[len(names)-1], "_")
	known = strings.TrimLeft(known, "0")
	onEach := map[string]func() string{
		"SQLite":     func() string { return "sqlite://" + filepath.Join(t.TempDir(), "lintel.db") },
		"PostgreSQL": func() string { return postgrestest.New(t) },
	}
	for name, address := range onEach {
		t.Run(name, func(t *testing.T) {
			if name == "PostgreSQL" {
				postgrestest.Server(t)
			}
			at := address()
			open := func(more ...fs.FS) *storetest.Rig {
				return storetest.NewRig(t, func(t *testing.T, now func() time.Time, q *storetest.Queue) storetest.Store {
					s, err := store.Open(ctx(), at, now, q, more...)
					if err != nil {
						t.Fatal(err)
					}
					t.Cleanup(func() { _ = s.Close() })
					return s
				})
			}
			before := open()
			before.MustAdmit(before.Admission("d1", storetest.Opened(1, "aaa")))
			newer := open(later)
			after := open()
			for i, r := range []*storetest.Rig{before, newer, after} {
				r.Clock.Add(time.Duration(i) * time.Second) // on SQLite ids follow the clock of their process
				r.MustAdmit(r.Admission(fmt.Sprint("e", i), storetest.Opened(1, "bbb")))
				if got := r.MustRecord(storetest.Pull(1).Key).Generation; got != int64(i+2) {
					t.Errorf("program %d reads generation %d", i, got)
				}
			}
			worker, err := store.Join(ctx(), at, time.Now, &storetest.Queue{})
			if err != nil {
				t.Fatalf("a worker of the version before: %v", err)
			}
			if err := worker.Close(); err != nil {
				t.Fatal(err)
			}
			stands, err := store.ReadSchema(ctx(), at)
			if err != nil || stands.Newer != 900 || !stands.Runs {
				t.Errorf("the schema stands at %+v, %v", stands.Newer, err)
			}
			if _, err := store.Copy(ctx(), at, "sqlite://"+filepath.Join(t.TempDir(), "copy.db"), time.Now, nil); err == nil ||
				!strings.Contains(err.Error(), "copy it with the newer program") {
				t.Errorf("copied without the columns that it does not know: %v", err)
			}
			open(later, last)
			want := "has schema 901, this program knows " + known + ", and programs from 900 on may run on it: run the "
			_, err = store.Open(ctx(), at, time.Now, &storetest.Queue{})
			if err == nil || !strings.Contains(err.Error(), want+"newer program") {
				t.Errorf("the older program on a schema without what it needs: %v", err)
			}
			_, err = store.Join(ctx(), at, time.Now, &storetest.Queue{})
			if err == nil || !strings.Contains(err.Error(), want+"same version") {
				t.Errorf("an older worker: %v", err)
			}
			if stands, err = store.ReadSchema(ctx(), at); err != nil || stands.Newer != 901 || stands.Runs {
				t.Errorf("the schema stands at %+v, %v", stands, err)
			}
		})
	}
}

// TestMigrationsSayTheirFloor: a migration that does not say which programs may run beside it is refused.
func TestMigrationsSayTheirFloor(t *testing.T) {
	for text, wanted := range map[string]bool{"-- floor: 37\nSELECT 1": true, "-- floor: 900": true, "SELECT 1": false,
		"-- floor: 36": false, "-- floor: 901": false, "-- floor: x": false, "\n-- floor: 37": false} {
		_, err := store.Open(ctx(), "sqlite://"+filepath.Join(t.TempDir(), "lintel.db"), time.Now, &storetest.Queue{},
			fstest.MapFS{"migrations/0900_more.sql": {Data: []byte(text)}})
		if err == nil && wanted {
			continue
		}
		if wanted || err == nil || !strings.Contains(err.Error(), "its first line is not") {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// TestMigrationsAreWholeTogether stops the last step: what stands is the schema from before the upgrade, with which the
// program before can be started again.
func TestMigrationsAreWholeTogether(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lintel.db")
	db := openRaw(t, path)
	names, err := store.Steps()
	if err != nil {
		t.Fatal(err)
	}
	last := names[len(names)-1]
	// A trigger lets the record of the last step fail.
	for _, text := range []string{
		`CREATE TABLE schema_version (number BIGINT NOT NULL PRIMARY KEY, name TEXT NOT NULL)`,
		fmt.Sprintf(`CREATE TRIGGER stop BEFORE INSERT ON schema_version WHEN NEW.name = '%s'
			BEGIN SELECT RAISE(ABORT, 'no disk'); END`, last),
	} {
		if _, err := db.Exec(text); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := store.Open(ctx(), "sqlite://"+path, time.Now, &storetest.Queue{}); err == nil || !strings.Contains(err.Error(), last) {
		t.Fatalf("opened: %v", err)
	}
	var n int
	if err := db.QueryRow(`SELECT COUNT(*) FROM schema_version`).Scan(&n); err != nil || n != 0 {
		t.Errorf("%d steps of a failed upgrade stay, %v", n, err)
	}
}

// TestMigrationIsWhole stops a migration half way: nothing of it stays, and the next start does it.
func TestMigrationIsWhole(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lintel.db")
	db := openRaw(t, path)
	// The last table of the first step is in the way.
	if _, err := db.Exec(`CREATE TABLE mark (other TEXT)`); err != nil {
		t.Fatal(err)
	}
	if _, err := store.Open(ctx(), "sqlite://"+path, time.Now, &storetest.Queue{}); err == nil ||
		!strings.Contains(err.Error(), "0001_first") {
		t.Fatalf("opened: %v", err)
	}
	var tables int
	if err := db.QueryRow(`SELECT COUNT(*) FROM sqlite_master WHERE type = 'table' AND name IN ('change', 'delivery', 'effect')`).Scan(
		&tables); err != nil || tables != 0 {
		t.Errorf("%d tables of half a migration, %v", tables, err)
	}
	if _, err := db.Exec(`DROP TABLE mark`); err != nil {
		t.Fatal(err)
	}
	r, _ := rig(t, path)
	r.MustAdmit(r.Admission("d1", storetest.Opened(1, "aaa")))
}

// inOrder are the indexes that may be walked up to a LIMIT.
const inOrder = `change_raised|sqlite_autoindex_gate_switch_1|sqlite_autoindex_audit_1`

var (
	scans = regexp.MustCompile(`^SCAN (\w+)`)
	// change_waiting holds only the changes that wait, gate_switch_standing the few switches that stand; the others are
	// walked in order, and the query's LIMIT ends the walk.
	allowed = regexp.MustCompile(`USING (COVERING )?INDEX (change_waiting|change_unfinished|gate_switch_standing|` + inOrder + `)\b`)
	ordered = regexp.MustCompile(inOrder)
)

// TestHotPathsUseIndexes records every statement of a delivery, a look, a publication and the pages, and asks the
// planner about each: none may walk through a table that grows.
func TestHotPathsUseIndexes(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lintel.db")
	r, s := rig(t, path)
	var mu sync.Mutex
	statements := map[string]int{}
	s.Observe(func(text string, args int) {
		mu.Lock()
		defer mu.Unlock()
		statements[text] = args
	})
	requests := []delivery.ReviewRequest{storetest.Opened(1, "aaa"), storetest.Opened(2, "aaa")}
	for _, f := range []func(*delivery.ReviewRequest){
		func(t *delivery.ReviewRequest) { t.Commit = "aaa" }, func(t *delivery.ReviewRequest) { t.Branch = "main" },
		func(t *delivery.ReviewRequest) { t.MergeBase = "fork" }, func(t *delivery.ReviewRequest) { t.Repo = true },
		func(t *delivery.ReviewRequest) { t.Team = "acme/web" }, func(t *delivery.ReviewRequest) { t.All = true },
	} {
		request := delivery.ReviewRequest{Forge: change.GitHub, RepoID: 7, Connection: 11, Lane: delivery.Interactive, Why: "w"}
		f(&request)
		requests = append(requests, request)
	}
	r.MustAdmit(r.Admission("d1", requests...))
	r.Save(r.Verdict(2, "success", "x"))
	check := storetest.Check("k1", 1, "aaa", effect.Success)
	comment := storetest.InlineComment("r1", 1, "p1")
	comment.Inline.Draft = true
	found := r.Verdict(1, "success", "x")
	found.Found = []thread.Finding{{Fingerprint: "f1", About: effect.About{Origin: effect.FromRule, Rule: "size/lines"}}}
	r.Save(found, check, storetest.Comment("c1", 1), comment)
	r.Save(r.Verdict(1, "success", "x"))
	event := r.Admission("d3", requests[2])
	event.Feedback = []change.Feedback{{Comment: 9, Kind: change.FeedbackResolved, Actor: "olga", Role: change.RoleWriter}}
	event.Release = &delivery.Release{SHA: "aaa", Actor: "olga", Via: "button"}
	event.Chat = &chat.Posted{Place: chat.OnIssue, ID: 5, At: r.Clock.Now(), Comment: chat.Parse("/lintel override size/lines -- x")}
	r.MustAdmit(event)
	ended := r.Admission("d2")
	ended.Ended, ended.EndState, ended.Seen[0].Gone = []change.Ref{storetest.Pull(2)}, change.Closed, true
	r.MustAdmit(ended)
	record := r.MustRecord(storetest.Pull(1).Key)
	report := storetest.Upload("aaa", upload.Commit, "unit", 1)
	report.Raw = []byte("x")
	r.MustKeep(report, &upload.Nonce{Issuer: "i", ID: "x", Expires: r.Clock.Now()}, upload.Stored)
	r.MustKeep(report, &upload.Nonce{Issuer: "i", ID: "x", Expires: r.Clock.Now()}, upload.Repeat)
	token := upload.Token{ID: "t", Forge: change.GitHub, RepoID: 7, CreatedAt: r.Clock.Now()}
	run := upload.Run{Forge: change.GitHub, RepoID: 7, ID: 1, Attempt: 1, Head: "aaa"}
	ran := r.Admission("d3")
	ran.Runs = []upload.Run{run}
	r.MustAdmit(ran)
	id, err := r.RequestAdvice(ctx(), consult.Consult{Ref: storetest.Pull(1), Head: "aaa"}, 0, 0,
		func([]consult.Consult) bool { return true })
	if err != nil {
		t.Fatal(err)
	}
	for name, err := range map[string]error{
		"prepared":  second(r.Prepared(ctx(), id, []byte("{}"))),
		"input":     second(r.ConsultInput(ctx(), id)),
		"put off":   r.PutOff(ctx(), id, r.Clock.Now(), "why", true),
		"unstepped": second(r.Unstepped(ctx(), r.Clock.Now(), 5)),
		"advice": second(
			r.SaveAdvice(ctx(), consult.Consult{ID: id, Ref: storetest.Pull(1), Head: "aaa"}, nil,
				func(plan.Standing) ([]effect.Effect, error) { return nil, nil })),
		"checks":    runOne(r, record),
		"consults":  second(r.Consults(ctx(), storetest.Pull(1).Key, 5)),
		"consult":   r.EndConsult(ctx(), id, consult.Failed, "why"),
		"pending":   second(r.Pending(ctx(), record.Key)),
		"receive":   r.Receive(ctx(), check, effect.Receipt{Key: "k1", RemoteID: "1", At: r.Clock.Now()}, line(record.Key)),
		"drop":      r.Drop(ctx(), check, "why"),
		"find":      second(r.Find(ctx(), change.GitHub, "acme", "shop", 1)),
		"verdicts":  second(r.Verdicts(ctx(), record, 5)),
		"decided":   second(r.Decided(ctx(), record.Key, "aaa")),
		"lines":     second(r.Lines(ctx(), record.Key, 5)),
		"findings":  second(r.Findings(ctx(), record.Key)),
		"outcomes":  second(r.Outcomes(ctx(), record.Key)),
		"dismissed": second(r.Dismissals(ctx(), change.GitHub, 7, time.Time{})),
		"lift":      r.Lift(ctx(), []thread.Dismissal{{Key: record.Key, Fingerprint: "p1"}}, "olga"),
		"asked":     second(r.Asked(ctx(), record.Key)),
		"release":   second(r.Release(ctx(), delivery.ReleaseRequest{Key: record.Key, ID: 1})),
		"effects":   second(r.Effects(ctx(), record.Key, 5)),
		"same":      second(r.SameCommit(ctx(), record)),
		"recent":    second(r.Recent(ctx(), 5)),
		"open":      second(r.OpenChanges(ctx(), change.GitHub, 7)),
		"lag":       second(r.Lag(ctx())),
		"stranded":  second(r.Stranded(ctx(), time.Time{}, r.Clock.Now(), 5)),
		"lost":      second(r.Lost(ctx(), r.Clock.Now(), 5)),
		"kept":      second(r.Kept(ctx(), "blob", "x")),
		"mark":      second(r.Mark(ctx(), "x")),
		"reports":   second(r.HeadReports(ctx(), upload.Head{Forge: change.GitHub, RepoID: 7, SHA: "aaa", Number: 1})),
		"index":     second(r.BaseIndex(ctx(), change.GitHub, 7, 5)),
		"base":      second(r.BaseReports(ctx(), change.GitHub, 7, "aaa")),
		"token":     r.AddToken(ctx(), token, "hash", "olga"),
		"tokens":    second(r.Tokens(ctx(), change.GitHub, 7)),
		"by":        second(r.TokenBy(ctx(), "hash")),
		"revoke":    r.RevokeToken(ctx(), change.GitHub, 7, "t", "olga"),
		"runs":      second(r.RunsOf(ctx(), change.GitHub, 7, "aaa")),
		"fetched":   r.Collected(ctx(), run, storetest.Pull(1).Key),
		"evidence":  second(r.Evidence(ctx(), "sha256:policy")),
		"switches":  second(r.GateSwitches(ctx())),
		"past":      second(r.PastGateSwitches(ctx(), 5)),
		"turned":    second(r.GateTurned(ctx(), 1, 5)),
		"gate": second(r.SwitchGate(ctx(), gateswitch.Request{State: gateswitch.Closed, Repo: "acme/shop", For: time.Hour,
			Reason: "why"})),
		"gates end":     second(r.ExpireGateSwitches(ctx(), r.Clock.Now().Add(2*time.Hour))),
		"overrides":     second(s.Overrides(ctx(), record.Key)),
		"overrides end": second(s.ExpireOverrides(ctx(), r.Clock.Now())),
		"commands":      second(s.Waiting(ctx(), record.Key)),
		"replies":       second(s.Replies(ctx(), record.Key)),
		"unreacted":     second(s.Unreacted(ctx(), record.Key)),
		"reacted":       s.Reacted(ctx(), record.Key, delivery.Reaction{Place: chat.OnIssue, Comment: 5}),
		"settled": s.SettleCommand(ctx(), delivery.Command{Key: record.Key, Place: chat.OnIssue, Comment: 5,
			Line: chat.Prefix + " override size/lines -- other: x", Command: chat.Command{Name: "override", Rule: "size/lines"}},
			delivery.Answer{Good: true}, override.Deed{Made: &override.Override{Rule: "size/lines", State: override.Active},
				Muted: &override.Mute{Rule: "size/lines"}, Unmuted: []override.Mute{{Rule: "size/lines"}},
				Wrong: &override.FalseAlarm{Rule: "size/lines"}, Taken: []override.FalseAlarm{{Rule: "size/lines"}},
				Assigned: []string{"olga"}}),
		"audit page":   second(s.AuditPage(ctx(), "github", 7, "override", 0, 5)),
		"audit whole":  second(s.AuditPage(ctx(), "", 0, "", 9, 5)),
		"mutes":        second(s.Mutes(ctx(), record.Key)),
		"false alarms": second(s.FalseAlarms(ctx(), record.Key)),
	} {
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := s.ExpireOverrides(ctx(), r.Clock.Now()); err != nil {
		t.Error(err)
	}
	if len(statements) < 30 {
		t.Fatalf("only %d statements were recorded", len(statements))
	}
	db := openRaw(t, path)
	for text, n := range statements {
		for _, step := range explain(t, db, text, n) {
			m := scans.FindStringSubmatch(step)
			if m == nil || m[1] == "CONSTANT" || m[1] == "counted" || allowed.MatchString(step) &&
				(!ordered.MatchString(step) || strings.Contains(text, "LIMIT")) {
				continue
			}
			t.Errorf("%s\n  in: %s", step, text)
		}
	}
	t.Run("PostgreSQL", func(t *testing.T) {
		db := postgrestest.Open(t, postgres(t))
		for text, n := range statements {
			for _, step := range onPostgres(t, db, text, n) {
				t.Errorf("%s\n  in: %s", step, text)
			}
		}
	})
}

func second[T any](_ T, err error) error { return err }

func explain(t *testing.T, db *sql.DB, text string, args int) []string {
	t.Helper()
	blank := make([]any, args)
	for i := range blank {
		blank[i] = 1
	}
	rows, err := db.QueryContext(context.Background(), "EXPLAIN QUERY PLAN "+text, blank...)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	defer rows.Close()
	var steps []string
	for rows.Next() {
		var id, parent, unused int
		var detail string
		if err := rows.Scan(&id, &parent, &unused, &detail); err != nil {
			t.Fatal(err)
		}
		steps = append(steps, detail)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return steps
}

func line(key change.Key) history.Line { return history.Line{Key: key, Kind: history.Published} }

// TestMigrationFillsGaps opens a database that lacks a step below its newest one: it is done, and no other is done
// again.
func TestMigrationFillsGaps(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lintel.db")
	names, err := store.Steps()
	if err != nil {
		t.Fatal(err)
	}
	r, _ := rig(t, path)
	r.MustAdmit(r.Admission("d1", storetest.Opened(1, "aaa")))
	db := openRaw(t, path)
	if _, err := db.Exec(
		`DELETE FROM schema_version WHERE number = 1; INSERT INTO schema_version (number, name) VALUES (0, 'older')`); err != nil {
		t.Fatal(err)
	}
	if _, err := store.Open(ctx(), "sqlite://"+path, time.Now, &storetest.Queue{}); err == nil || !strings.Contains(err.Error(), names[0]) {
		t.Errorf("the missing step was not done: %v", err)
	}
}

// runOne runs a check of a change through all its steps.
func runOne(r *storetest.Rig, record change.Record) error {
	r.Queue.TakeChecks()
	_, err := r.SavePlan(ctx(), plan.Look{Record: record, Checks: []checkrun.Want{{Check: "gofmt"}}},
		func(plan.Standing) ([]effect.Effect, error) { return nil, nil })
	if err != nil {
		return err
	}
	id := r.Queue.TakeChecks()[0].(job.PrepareCheck).Run
	return errors.Join(
		second(r.CheckRun(ctx(), id)),
		second(r.QueueRun(ctx(), id, "k", nil)),
		second(r.QueuedRun(ctx(), "k")),
		second(r.Unrun(ctx(), r.Clock.Now().Add(time.Hour), 5)),
		r.EndRun(ctx(), id, checkrun.Result{}),
		r.EndRuns(ctx(), "k", checkrun.Result{}),
		second(r.HeadRuns(ctx(), record.Key, "aaa")),
		second(r.Reusable(ctx(), []string{"k"})),
	)
}

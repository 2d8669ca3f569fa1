package store_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/effect"
	"github.com/lintel-review/lintel/internal/plan"
	"github.com/lintel-review/lintel/internal/store"
	"github.com/lintel-review/lintel/internal/store/storetest"
)

func ctx() context.Context { return context.Background() }

func TestPath(t *testing.T) {
	for address, want := range map[string]string{"sqlite://lintel.db": "lintel.db",
		"sqlite:///var/lib/lintel/lintel.db": "/var/lib/lintel/lintel.db", "sqlite://a/../b.db": "b.db",
		"postgres://localhost/lintel": ""} {
		if got, err := store.Path(address); err != nil || got != want {
			t.Errorf("%s: %q %v", address, got, err)
		}
	}
	for _, address := range []string{"", "lintel.db", "sqlite://", "mysql://localhost/lintel", "sqlite:lintel.db",
		"postgress://lintel:secret@db/lintel", "postgre://db/lintel?password=secret", "host=db password=secret"} {
		got, err := store.Path(address)
		if err == nil || !strings.Contains(err.Error(), "is not sqlite://PATH") || strings.Contains(err.Error(), "secret") {
			t.Errorf("%q: %q %v", address, got, err)
		}
	}
}

// TestStrangePaths opens files whose names mean something in a URL.
//
//race:unwatched
func TestStrangePaths(t *testing.T) {
	for _, name := range []string{"a b.db", "50%.db", "what?.db", "no#1.db", "ü&x=1.db", "%2F.db"} {
		path := filepath.Join(t.TempDir(), name)
		r, _ := fresh(t, path)
		r.MustAdmit(r.Admission("d1", storetest.Opened(1, "aaa")))
		if _, err := os.Stat(path); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestOpenSaysWhatIsWrong(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "text.db"), []byte(strings.Repeat("this is no database\n", 100)), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, path := range map[string]string{"no such folder": filepath.Join(dir, "none", "lintel.db"),
		"not a database": filepath.Join(dir, "text.db"), "a folder": dir} {
		s, err := store.Open(ctx(), "sqlite://"+path, time.Now, &storetest.Queue{})
		if err == nil || s != nil || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestReopen closes the database and opens it with a clock that was set back: what is newest must stay so.
func TestReopen(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lintel.db")
	r, s := rig(t, path)
	r.MustAdmit(r.Admission("d1", storetest.Opened(1, "aaa")))
	before := r.Save(r.Verdict(1, "failure", "one"), storetest.Check("k1", 1, "aaa", effect.Failure))
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	r, _ = rig(t, path)
	r.Clock.Add(-time.Hour)
	after := r.Save(r.Verdict(1, "success", "two"), storetest.Check("k2", 1, "aaa", effect.Success))
	if after.Sequence <= before.Sequence {
		t.Errorf("sequence %d after %d", after.Sequence, before.Sequence)
	}
	if st := r.Save(r.Verdict(1, "success", "two")); st.Checks["lintel"].Effect.Key != "k2" {
		t.Errorf("the newest check is %+v", st.Checks)
	}
	if v, err := r.Verdicts(ctx(), r.MustRecord(storetest.Pull(1).Key), 1); err != nil || v[0].Conclusion != "success" {
		t.Errorf("the newest verdict is %+v, %v", v, err)
	}
	if got := r.MustAdmit(r.Admission("d1")); !got.Repeat {
		t.Error("the delivery was forgotten")
	}
}

// TestTwoHandles writes to one file from two stores, as a command beside a running server does: both wait for each
// other and none is refused.
func TestTwoHandles(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lintel.db")
	a, _ := rig(t, path)
	b, _ := rig(t, path)
	b.Clock.Add(time.Second)
	var wg sync.WaitGroup
	for i, r := range []*storetest.Rig{a, b} {
		wg.Go(func() {
			for n := range 8 {
				if _, err := r.Admit(ctx(), r.Admission(fmt.Sprintf("d%d-%d", i, n), storetest.Opened(1, "aaa"))); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	for _, r := range []*storetest.Rig{a, b} {
		if got := r.MustRecord(storetest.Pull(1).Key).Generation; got != 16 {
			t.Errorf("generation %d", got)
		}
	}
}

// TestTogether admits, plans, publishes, prunes and reads at once.
func TestTogether(t *testing.T) {
	r, s := rig(t, filepath.Join(t.TempDir(), "lintel.db"))
	const workers, rounds = 4, 5
	for n := 1; n <= workers; n++ {
		r.MustAdmit(r.Admission("", storetest.Opened(n, "shared")))
	}
	var wg sync.WaitGroup
	sequences := make([][]int64, workers)
	for w := range workers {
		wg.Go(func() {
			n := w + 1
			for i := range rounds {
				look := r.Verdict(n, "success", fmt.Sprintf("%d-%d", w, i))
				if _, err := r.Admit(ctx(), r.Admission(fmt.Sprintf("d%d-%d", w, i), storetest.Opened(n, "shared"))); err != nil {
					t.Error(err)
				}
				key := fmt.Sprintf("k%d-%d", w, i)
				sequences[w] = append(sequences[w], r.Save(look, storetest.Check(key, n, "shared", effect.Success)).Sequence)
				if _, err := r.Pending(ctx(), storetest.Pull(n).Key); err != nil {
					t.Error(err)
				}
				if _, err := r.OpenChanges(ctx(), change.GitHub, 7); err != nil {
					t.Error(err)
				}
				if err := s.Ping(ctx()); err != nil {
					t.Error(err)
				}
				if _, err := r.Prune(ctx(), store.Retention{Deliveries: time.Hour, Evidence: time.Hour}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	seen := map[int64]bool{}
	for w, list := range sequences {
		for i, seq := range list {
			if seen[seq] || i > 0 && seq <= list[i-1] {
				t.Fatalf("worker %d got sequence %d twice or out of order", w, seq)
			}
			seen[seq] = true
		}
		if got := r.MustRecord(storetest.Pull(w + 1).Key).Generation; got != rounds+1 {
			t.Errorf("generation %d of change %d", got, w+1)
		}
	}
}

// TestBackup copies the database while it is written and opens the copy.
func TestBackup(t *testing.T) {
	dir := t.TempDir()
	r, s := rig(t, filepath.Join(dir, "lintel.db"))
	stop, done := make(chan struct{}), make(chan int)
	r.MustAdmit(r.Admission("d0", storetest.Opened(1, "aaa"), storetest.Opened(2, "aaa")))
	go func() {
		n := 0
		for ; ; n++ {
			select {
			case <-stop:
				done <- n
				return
			default:
			}
			if _, err := r.Admit(ctx(), r.Admission("", storetest.Opened(1, "aaa"), storetest.Opened(2, "aaa"))); err != nil {
				t.Error(err)
			}
		}
	}()
	path := filepath.Join(dir, "copy's ü.db")
	err := s.Backup(ctx(), path)
	close(stop)
	if n := <-done; err != nil {
		t.Fatalf("after %d deliveries: %v", n, err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v %v", info, err)
	}
	copied, _ := rig(t, path)
	one, two := copied.MustRecord(storetest.Pull(1).Key), copied.MustRecord(storetest.Pull(2).Key)
	if one.Generation != two.Generation || one.Generation == 0 {
		t.Errorf("half a delivery is in the copy: %d and %d", one.Generation, two.Generation)
	}
	if err := s.Backup(ctx(), path); err == nil || !strings.Contains(err.Error(), "the file exists") {
		t.Errorf("a second backup over the first: %v", err)
	}
	if err := s.Backup(ctx(), filepath.Join(dir, "none", "copy.db")); err == nil || !strings.Contains(err.Error(), "none") {
		t.Errorf("into no folder: %v", err)
	}
}

// TestFullDisk lets the database grow no further: a delivery is refused whole, and taken when there is room again.
func TestFullDisk(t *testing.T) {
	r, s := rig(t, filepath.Join(t.TempDir(), "lintel.db"))
	r.MustAdmit(r.Admission("d1", storetest.Opened(1, "aaa")))
	limit(t, s, 1)
	a := r.Admission("d2", storetest.Opened(2, strings.Repeat("b", 200_000)))
	if _, err := r.Admit(ctx(), a); err == nil || !strings.Contains(err.Error(), "full") {
		t.Fatalf("stored on a full disk: %v", err)
	}
	if _, err := r.SavePlan(ctx(), bigLook(r), nil); err == nil {
		t.Fatal("a plan was stored on a full disk")
	}
	if _, err := r.Record(ctx(), storetest.Pull(2).Key); !errors.Is(err, change.ErrNotFound) {
		t.Errorf("half of it was kept: %v", err)
	}
	limit(t, s, 1_000_000)
	if got := r.MustAdmit(a); got.Repeat || len(got.Changes) != 1 {
		t.Errorf("with room again: %+v", got)
	}
	if got := r.MustRecord(storetest.Pull(1).Key); got.Generation != 1 {
		t.Errorf("what was there before: %+v", got)
	}
}

func bigLook(r *storetest.Rig) (look plan.Look) {
	look = r.Verdict(1, "failure", "one")
	look.Record.Head.SHA = strings.Repeat("c", 200_000)
	return look
}

// limit sets how many pages the file may have; fewer than it has means that it grows no more.
func limit(t *testing.T, s *store.Store, pages int) {
	t.Helper()
	var got int
	if err := s.Writer().QueryRowContext(ctx(), fmt.Sprintf("PRAGMA max_page_count = %d", pages)).Scan(&got); err != nil {
		t.Fatal(err)
	}
}

// TestPruneLooksBeforeItWrites: whoever writes is not made to wait where nothing is past its time.
func TestPruneLooksBeforeItWrites(t *testing.T) {
	r, s := rig(t, filepath.Join(t.TempDir(), "lintel.db"))
	r.MustAdmit(r.Admission("d1", storetest.Opened(1, "aaa")))
	r.Save(r.Verdict(1, "success", "x"))
	busy, err := s.Writer().Conn(ctx())
	if err != nil {
		t.Fatal(err)
	}
	defer busy.Close()
	patient, cancel := context.WithTimeout(ctx(), time.Minute)
	defer cancel()
	const age = 24 * time.Hour
	n, err := s.Prune(patient, store.Retention{Deliveries: age, History: age, Verdicts: age, Evidence: age, Kept: age, Advice: age,
		Checks: age, Reports: age, RawReports: age, UnseenReports: age})
	if n != 0 || err != nil {
		t.Errorf("pruned %d while another writes: %v", n, err)
	}
}

// TestReadOnly takes the right to write away: writes fail with an error that says so, readers go on, and nothing is
// lost.
func TestReadOnly(t *testing.T) {
	r, s := rig(t, filepath.Join(t.TempDir(), "lintel.db"))
	r.MustAdmit(r.Admission("d1", storetest.Opened(1, "aaa")))
	if _, err := s.Writer().ExecContext(ctx(), "PRAGMA query_only = 1"); err != nil {
		t.Fatal(err)
	}
	if err := s.Ping(ctx()); err == nil || !strings.Contains(err.Error(), "check the database") {
		t.Errorf("ready, and cannot write: %v", err)
	}
	if _, err := r.Admit(ctx(), r.Admission("d2", storetest.Opened(1, "bbb"))); err == nil {
		t.Error("admitted")
	}
	for name, err := range map[string]error{
		"mark": s.SetMark(ctx(), "m", "1"), "keep": s.Keep(ctx(), "blob", "x", nil),
		"drop": s.Drop(ctx(), storetest.Comment("c", 1), "why"), "scan": s.Scanned(ctx(), change.GitHub, 7, time.Now()),
	} {
		if err == nil {
			t.Errorf("%s was written", name)
		}
	}
	if got := r.MustRecord(storetest.Pull(1).Key); got.Generation != 1 || got.Head.SHA != "aaa" {
		t.Errorf("%+v", got)
	}
	if _, err := s.Writer().ExecContext(ctx(), "PRAGMA query_only = 0"); err != nil {
		t.Fatal(err)
	}
	if got := r.MustAdmit(r.Admission("d2", storetest.Opened(1, "bbb"))); got.Repeat {
		t.Error("the refused delivery was kept")
	}
}

// TestEnded lets a caller give up: nothing of its work stays, and the writer is free again.
func TestEnded(t *testing.T) {
	r, s := rig(t, filepath.Join(t.TempDir(), "lintel.db"))
	ended, cancel := context.WithCancel(ctx())
	cancel()
	if _, err := r.Admit(ended, r.Admission("d1", storetest.Opened(1, "aaa"))); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if err := s.Ping(ctx()); err != nil {
		t.Error(err)
	}
	if _, err := r.Record(ctx(), storetest.Pull(1).Key); !errors.Is(err, change.ErrNotFound) {
		t.Error(err)
	}
}

// TestReadersCannotWrite holds the pool for pages to reading.
func TestReadersCannotWrite(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lintel.db")
	_, s := rig(t, path)
	if _, err := s.Reader().ExecContext(ctx(), `DELETE FROM change`); err == nil {
		t.Error("a reader wrote")
	}
	var mode string
	if err := s.Writer().QueryRowContext(ctx(), `PRAGMA journal_mode`).Scan(&mode); err != nil || mode != "wal" {
		t.Errorf("journal mode %q, %v", mode, err)
	}
}

func openRaw(t *testing.T, path string) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

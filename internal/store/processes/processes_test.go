package processes_test

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"net"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/lintel-review/lintel/internal/store"
	"github.com/lintel-review/lintel/internal/store/postgrestest"
	"github.com/lintel-review/lintel/internal/store/processes"
	"github.com/lintel-review/lintel/internal/store/storetest"
)

// attendant is one process at a database.
type attendant struct {
	place  *store.Attendance
	record *store.Store
	member *processes.Member
	over   chan []string
}

func attend(t *testing.T, address, version string) *attendant {
	t.Helper()
	return attendJudging(t, address, version, "")
}

// attendJudging is attend for a process that judges by something.
func attendJudging(t *testing.T, address, version, by string) *attendant {
	t.Helper()
	place, err := store.Attend(t.Context(), address, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = place.Close() })
	a := &attendant{place: place, over: make(chan []string, 1000)}
	if a.record, err = store.Open(t.Context(), address, place.Now(), &storetest.Queue{}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = a.record.Close() })
	roles := []string{"web"}
	if by != "" {
		roles = append(roles, "gate")
	}
	a.member, err = place.Enter(t.Context(), a.record, processes.Process{Host: "host", PID: 7, Version: version,
		Roles: roles, Policies: "sha256:1", JudgesBy: by}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(a.member.Halt)
	a.member.Proof = []time.Duration{0}
	return a
}

// watch looks after the lock quickly, and calls others over at once or, unsettled, never.
func (a *attendant) watch(t *testing.T, settle time.Duration) {
	a.member.Every, a.member.Settle = time.Millisecond, settle
	a.member.Watch(t.Context(), func(_ context.Context, clients []string) error {
		a.over <- clients
		return nil
	})
}

// versions are the processes of a database, those that are over with a cross.
func (a *attendant) versions(t *testing.T) string {
	t.Helper()
	all, err := a.record.Processes(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, p := range all {
		name := p.Version
		if !p.Living {
			name += "+"
		}
		names = append(names, name)
	}
	return strings.Join(names, " ")
}

// TestOver: a process that ends without taking leave is called over by the others, a living one is not, and one that
// took leave is gone.
func TestOver(t *testing.T) {
	address := postgrestest.New(t)
	first, second, third := attendJudging(t, address, "one", "policies"), attend(t, address, "two"), attend(t, address, "three")
	// That it cannot ask for the looks of its new standing keeps no job of others.
	first.member.Judging = func(context.Context, processes.Standing) error { return errors.New("too many changes") }
	if got := first.versions(t); got != "one two three" {
		t.Fatalf("processes: %s", got)
	}
	first.watch(t, time.Nanosecond)
	second.watch(t, time.Hour)
	if err := third.place.Close(); err != nil { // as the kernel does for a process that is killed
		t.Fatal(err)
	}
	if got := <-first.over; !slices.Equal(got, []string{third.member.Client()}) {
		t.Fatalf("over are %v, want %s", got, third.member.Client())
	}
	if got := first.versions(t); got != "one two three+" {
		t.Errorf("processes: %s", got)
	}
	if err := second.member.Leave(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := first.versions(t); got != "one three+" {
		t.Errorf("processes: %s", got)
	}
	if len(second.over) > 0 {
		t.Errorf("a process that had just come called %v over", <-second.over)
	}
}

// TestConnectionLost: a process whose connection is cut holds its lock again, and knows that it is no judge of others
// for a while.
func TestConnectionLost(t *testing.T) {
	address := postgrestest.New(t)
	a := attend(t, address, "one")
	db := postgrestest.Open(t, address)
	const cut = `SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND pid <> pg_backend_pid()
		AND database = (SELECT oid FROM pg_database WHERE datname = current_database())` // others test beside it
	if _, err := db.Exec(cut); err != nil {
		t.Fatal(err)
	}
	a.watch(t, time.Hour)
	for a.versions(t) != "one" {
		time.Sleep(time.Millisecond)
	}
	free, err := a.member.Exclude(t.Context(), "a commit")
	if err != nil {
		t.Fatal(err)
	}
	free()
	if len(a.over) > 0 {
		t.Errorf("called %v over", <-a.over)
	}
}

// TestNewestJudges: of processes that judge by different things, those judge whose things came last for the first time,
// whoever came first or starts again; when they are killed another one stands in, and judges for good when they took leave.
func TestNewestJudges(t *testing.T) {
	address := postgrestest.New(t)
	older, newer := attendJudging(t, address, "older", "one"), attendJudging(t, address, "newer", "two")
	again, idle := attendJudging(t, address, "again", "one"), attend(t, address, "idle")
	stands := func(a *attendant, want processes.Standing) {
		t.Helper()
		got, err := a.member.Standing(t.Context())
		if err != nil || got != want || a.member.Left() != (want == processes.Leaves) {
			t.Errorf("standing %d, leaves %t, %v, want %d", got, a.member.Left(), err, want)
		}
	}
	stands(older, processes.Judges)
	stands(newer, processes.Judges)
	stands(older, processes.Leaves)
	stands(again, processes.Leaves)
	all, err := idle.record.Processes(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range all {
		if want := p.Version == "older" || p.Version == "again"; p.Leaves != want {
			t.Errorf("the list says that %s leaves verdicts to others: %t", p.Version, p.Leaves)
		}
	}
	told, before := make(chan processes.Standing, 9), processes.Standing(0)
	older.member.Judging = func(_ context.Context, s processes.Standing) error {
		if s != before {
			told <- s
		}
		before = s
		return nil
	}
	older.member.Every, older.member.Settle = time.Millisecond, time.Nanosecond
	older.member.Watch(t.Context(), func(context.Context, []string) error { return nil })
	if got := <-told; got != processes.Leaves {
		t.Fatalf("told %d at first", got)
	}
	if err := newer.place.Close(); err != nil { // as the kernel does for a process that is killed
		t.Fatal(err)
	}
	if got := <-told; got != processes.StandsIn {
		t.Fatalf("told %d after the newer one was killed", got)
	}
	back := attendJudging(t, address, "back", "two")
	stands(back, processes.Judges)
	if got := <-told; got != processes.Leaves {
		t.Fatalf("told %d when the newer one was back", got)
	}
	if _, err := postgrestest.Open(t, address).Exec(`DELETE FROM process WHERE version = 'newer'`); err != nil { // after an hour
		t.Fatal(err)
	}
	if err := back.member.Retire(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := <-told; got != processes.Judges {
		t.Fatalf("told %d when the newer one drains", got)
	}
	if got := idle.versions(t); got != "older again idle back" {
		t.Errorf("processes: %s", got)
	}
	if err := back.member.Leave(t.Context()); err != nil {
		t.Fatal(err)
	}
	var none *processes.Member
	if got, err := none.Standing(t.Context()); err != nil || got != processes.Judges {
		t.Errorf("alone on SQLite: %d, %v", got, err)
	}
}

// TestStandsInOnceSettled: a process whose own connection is new stands in for nobody, since after a restart of
// PostgreSQL the others connect again, too.
func TestStandsInOnceSettled(t *testing.T) {
	address := postgrestest.New(t)
	older, newer := attendJudging(t, address, "older", "one"), attendJudging(t, address, "newer", "two")
	if got, err := newer.member.Standing(t.Context()); err != nil || got != processes.Judges {
		t.Fatalf("the newer one stands at %d, %v", got, err)
	}
	if err := newer.place.Close(); err != nil {
		t.Fatal(err)
	}
	standing := func(settle time.Duration) processes.Standing {
		t.Helper()
		older.member.Settle = settle
		got, err := older.member.Standing(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	for standing(time.Nanosecond) != processes.StandsIn {
		time.Sleep(time.Millisecond)
	}
	if got := standing(time.Hour); got != processes.Leaves {
		t.Errorf("a process that has just connected stands at %d", got)
	}
}

// TestKilledBeforeItTakesOver: a process with newer policies takes verdicts over only when it has run for a while, and for longer
// after others like it were killed, so that one that dies again and again does not win and lose in turns. Nobody waits where
// no older one judges, or where the cluster has changed over.
func TestKilledBeforeItTakesOver(t *testing.T) {
	address := postgrestest.New(t)
	stands := func(a *attendant, want processes.Standing) {
		t.Helper()
		got, err := a.member.Standing(t.Context())
		if err != nil || got != want || a.member.Left() != (want == processes.Leaves || want == processes.Proves) {
			t.Errorf("standing %d, leaves %t, %v, want %d", got, a.member.Left(), err, want)
		}
	}
	// soon has passed for every process, late for none.
	const soon, late = time.Nanosecond, time.Hour
	begin := func(by string, proof ...time.Duration) *attendant {
		t.Helper()
		a := attendJudging(t, address, by, by)
		a.member.Proof, a.member.Settle = proof, time.Nanosecond
		return a
	}
	older := begin("one", late)
	// kill ends a process without leave, and waits until PostgreSQL knows.
	kill := func(a *attendant) {
		t.Helper()
		if err := a.place.Close(); err != nil {
			t.Fatal(err)
		}
		for lives := true; lives; {
			all, err := older.record.Processes(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			lives = slices.ContainsFunc(all, func(p processes.Process) bool {
				return p.Living && processes.Client(p.ID) == a.member.Client()
			})
		}
	}
	stands(older, processes.Judges) // nobody judges by what is older
	for i := range 2 {
		newer := begin("two", late, late)
		stands(newer, processes.Proves)
		stands(older, processes.Judges)
		all, err := older.record.Processes(t.Context())
		if err != nil || !all[len(all)-1].Leaves || all[0].Leaves {
			t.Errorf("%d: the list says that %v leaves verdicts, %v", i, all, err)
		}
		kill(newer)
		stands(older, processes.Judges)
	}
	newer := begin("two", soon, late, late)
	stands(newer, processes.Judges) // it has run for long enough, and those that were killed never judged
	stands(older, processes.Leaves)
	second := begin("two", late)
	stands(second, processes.Judges) // the cluster has changed over
	if err := second.member.Leave(t.Context()); err != nil {
		t.Fatal(err)
	}
	kill(newer)
	stands(older, processes.StandsIn)
	newer = begin("two", soon, late)
	stands(newer, processes.Proves) // one like it was killed while it judged
	stands(older, processes.StandsIn)
	older.member.Settle = time.Hour
	if err := older.member.Retire(t.Context()); err != nil {
		t.Fatal(err)
	}
	stands(newer, processes.Judges) // no older one judges any more
}

// TestJudgesAgain: a process that judges is told so at each look, since another one may have stood in for it while its
// connection was lost; until it drains.
func TestJudgesAgain(t *testing.T) {
	address := postgrestest.New(t)
	a, gone := attendJudging(t, address, "one", "one"), attend(t, address, "gone")
	if err := gone.place.Close(); err != nil { // so that the end of each look is heard of
		t.Fatal(err)
	}
	var told atomic.Int64
	a.member.Judging = func(context.Context, processes.Standing) error {
		told.Add(1)
		return nil
	}
	a.watch(t, time.Nanosecond)
	for told.Load() < 3 {
		<-a.over
	}
	if err := a.member.Retire(t.Context()); err != nil {
		t.Fatal(err)
	}
	for len(a.over) > 0 {
		<-a.over
	}
	<-a.over
	<-a.over // this look began after the process retired
	n := told.Load()
	<-a.over
	if told.Load() != n {
		t.Error("a process that drains is told that it judges")
	}
}

// TestExclude: one process at a time holds a name, and its end frees it.
func TestExclude(t *testing.T) {
	address := postgrestest.New(t)
	first, second := attend(t, address, "one"), attend(t, address, "two")
	free, err := first.member.Exclude(t.Context(), "a commit")
	if err != nil {
		t.Fatal(err)
	}
	if other, err := second.member.Exclude(t.Context(), "another"); err != nil {
		t.Fatal(err)
	} else {
		other()
	}
	soon, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := second.member.Exclude(soon, "a commit"); err == nil {
		t.Fatal("two processes hold one name")
	}
	free()
	if _, err = second.member.Exclude(t.Context(), "a commit"); err != nil {
		t.Fatal(err)
	}
	if err := second.place.Close(); err != nil {
		t.Fatal(err)
	}
	if free, err = first.member.Exclude(t.Context(), "a commit"); err != nil {
		t.Fatal(err)
	}
	free()
}

// TestAlone: what must be alone on a database keeps processes out, and they it.
func TestAlone(t *testing.T) {
	address := postgrestest.New(t)
	log := slog.New(slog.DiscardHandler)
	a := attend(t, address, "one")
	if _, err := store.Claim(t.Context(), address, log); err == nil || !strings.Contains(err.Error(), "a lintel serve runs") {
		t.Errorf("beside a process: %v", err)
	}
	if alone, err := a.member.Alone(t.Context()); err != nil || !alone {
		t.Errorf("alone: %t, %v", alone, err)
	}
	b := attend(t, address, "two")
	if alone, err := a.member.Alone(t.Context()); err != nil || alone {
		t.Errorf("with another: alone: %t, %v", alone, err)
	}
	for _, p := range []*attendant{a, b} {
		if err := p.place.Close(); err != nil {
			t.Fatal(err)
		}
	}
	claim, err := store.Claim(t.Context(), address, log)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = claim.Close() }()
	if _, err := store.Attend(t.Context(), address, nil); err == nil || !strings.Contains(err.Error(), "that must be alone") {
		t.Errorf("beside one that must be alone: %v", err)
	}
}

// TestSilentHost: of an address with several hosts the second one is used when the first never answers, as after a
// failover whose old machine is gone; a session that gave up before would hold no lock for as long as that lasts.
func TestSilentHost(t *testing.T) {
	t.Parallel()
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	u, err := url.Parse(postgrestest.New(t))
	if err != nil {
		t.Fatal(err)
	}
	query := u.Query()
	port := strconv.Itoa(silent.Addr().(*net.TCPAddr).Port)
	query.Set("host", "127.0.0.1,"+cmp.Or(query.Get("host"), u.Hostname()))
	query.Set("port", port+","+cmp.Or(query.Get("port"), u.Port(), "5432"))
	u.Host, u.RawQuery = "", query.Encode()
	place, err := store.Attend(t.Context(), u.String(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := place.Close(); err != nil {
		t.Error(err)
	}
}

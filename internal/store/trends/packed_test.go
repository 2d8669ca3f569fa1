package trends_test

import (
	"context"
	"database/sql"
	"fmt"
	"math/rand"
	"reflect"
	"testing"
	"time"

	"github.com/lintel-review/lintel/internal/flow"
	"github.com/lintel-review/lintel/internal/flow/filter"
	"github.com/lintel-review/lintel/internal/store"
	"github.com/lintel-review/lintel/internal/store/storetest"
)

// Whatever happens to changes, and whenever days are packed: packed days count what the facts say.
//
//race:unwatched
func TestPackedDaysFollowTheFacts(t *testing.T) {
	clock := now
	st, err := store.Open(t.Context(), database(t), func() time.Time { return clock }, &storetest.Queue{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = st.Close() })
	r := &record{Store: st, t: t}
	random := rand.New(rand.NewSource(31))
	f := parse(t, "from=2026-02-01&to=2026-04-30&base=all&author=all")
	held, dropped := 0, 0
	for step := range 60 {
		n := 1 + random.Intn(12)
		p := flow.Pull{Forge: "github", RepoID: 7, Number: n}
		before := r.packed(t)
		switch random.Intn(5) {
		case 0:
			err = r.PackDays(t.Context())
			clock = clock.Add(time.Duration(random.Intn(30)) * time.Hour)
		case 1:
			err = r.SaveRewritten(t.Context(), p, 100+step, random.Intn(50), random.Intn(50))
		case 2:
			labels := []string{fmt.Sprint("ai", step%3)}
			r.DeriveBy(nil, fmt.Sprint(step%3), labels)
			_, err = r.Replay(t.Context(), 5)
		default:
			_, err = r.AppendEvents(t.Context(), happened(random, p, clock), "webhook")
		}
		if err != nil {
			t.Fatal(err)
		}
		if after := r.packed(t); after < before {
			dropped++
		}
		if r.packed(t) > 0 {
			held++
		}
		got := r.all(t, f)
		r.exec(`UPDATE flow_day SET form = -form`)
		want := r.all(t, f)
		r.exec(`UPDATE flow_day SET form = -form`)
		if !reflect.DeepEqual(got, want) {
			t.Fatalf("step %d: packed days say\n%+v\nthe facts say\n%+v", step, got, want)
		}
	}
	if held < 20 || dropped < 5 {
		t.Errorf("days were packed after %d steps, and dropped by %d: this test looked at too little", held, dropped)
	}
}

func (r *record) all(t *testing.T, f filter.Filter) any {
	t.Helper()
	got, err := r.Count(t.Context(), f, f.Spans(now), []int64{3600})
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func (r *record) packed(t *testing.T) (n int) {
	t.Helper()
	if err := r.Reader().QueryRow(`SELECT COUNT(*) FROM flow_day`).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// happened are some of the events of a change's life, some of them late.
func happened(random *rand.Rand, p flow.Pull, clock time.Time) (events []flow.Event) {
	ann, bob := flow.NewActor(1, "ann", "User"), flow.NewActor(2, "bob", "User")
	at := clock.Add(-time.Duration(random.Intn(20*24)) * time.Hour)
	head := fmt.Sprint("head", p.Number)
	for _, e := range []flow.Event{
		{Kind: flow.Opened, Actor: ann, At: at.Add(-time.Hour)},
		{Kind: flow.State, SHA: head, At: at, Detail: flow.Detail{Base: "main", Default: "main", Additions: random.Intn(400)}},
		{Kind: flow.Reviewed, Actor: bob, At: at, Detail: flow.Detail{Review: int64(random.Intn(1000)), State: flow.Approved}},
		{Kind: flow.Merged, Actor: ann, At: at.Add(time.Hour), SHA: "landed" + head, Detail: flow.Detail{Base: "main", Default: "main"}},
		{Kind: flow.Reopened, Actor: ann, At: at.Add(2 * time.Hour)},
	} {
		if random.Intn(3) > 0 {
			e.Pull = p
			e.Key = flow.Key(e)
			events = append(events, e)
		}
	}
	random.Shuffle(len(events), func(i, j int) { events[i], events[j] = events[j], events[i] })
	return events
}

// Packing goes on where it ended, and leaves the running day alone: it would be dropped by the next merge.
func TestPackDays(t *testing.T) {
	r := open(t)
	if err := r.PackDays(context.Background()); err != nil || r.packed(t) != 0 {
		t.Fatalf("of nothing: %d days, %v", r.packed(t), err)
	}
	for i := range 4 {
		r.add(fact{"merged_at": now.AddDate(0, 0, -3*i).UnixMilli(), "cycle_s": int64(i)})
	}
	for range 2 {
		if err := r.PackDays(t.Context()); err != nil || r.packed(t) != 9 {
			t.Fatalf("%d days, want those from the ninth before today to yesterday: %v", r.packed(t), err)
		}
	}
	// What an older form says is not read.
	f := parse(t, "from=2026-02-01&to=2026-04-30&base=all&author=all")
	want := r.all(t, f)
	r.exec(`UPDATE flow_day SET form = 0, pulls = '' WHERE day % 2 = 0`)
	if got := r.all(t, f); !reflect.DeepEqual(got, want) {
		t.Errorf("with days of an older form\n%+v\nwant\n%+v", got, want)
	}
	if err := r.PackDays(t.Context()); err != nil {
		t.Fatal(err)
	}
	var old int
	if err := r.Reader().QueryRow(`SELECT COUNT(*) FROM flow_day WHERE form = 0`).Scan(&old); err != nil || old != 0 {
		t.Errorf("%d days have an older form: %v", old, err)
	}
}

// states runs its body with no day packed, with all, and with some of them.
func (r *record) states() func(yield func(int, string) bool) {
	return func(yield func(int, string) bool) {
		for i, name := range []string{"no day is packed", "all days are packed", "some days are packed"} {
			if i == 1 {
				if err := r.PackDays(r.t.Context()); err != nil {
					r.t.Fatal(err)
				}
				var n int
				if err := r.Reader().QueryRow(`SELECT COUNT(*) FROM flow_day`).Scan(&n); err != nil || n == 0 && len(r.facts) > 0 {
					r.t.Fatalf("%d days are packed: %v", n, err)
				}
			}
			if i == 2 {
				r.exec(`DELETE FROM flow_day WHERE day % 7 < 3`)
			}
			if !yield(i, name) {
				return
			}
		}
	}
}

// asked are the percentiles of all merged changes as the database itself says, by the definition.
func (r *record) asked(t *testing.T, column string) string {
	t.Helper()
	var p50, p75, p90 sql.NullInt64
	err := r.Reader().QueryRow(`WITH r AS (SELECT `+column+` v, ROW_NUMBER() OVER (ORDER BY `+column+`) rn, COUNT(*) OVER () n
		FROM v_pr_v1 WHERE state = 'merged' AND `+column+` IS NOT NULL) SELECT MIN(CASE WHEN rn * 100 >= 50 * n THEN v END),
		MIN(CASE WHEN rn * 100 >= 75 * n THEN v END), MIN(CASE WHEN rn * 100 >= 90 * n THEN v END) FROM r`).Scan(&p50, &p75, &p90)
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprint(p50.Int64, p75.Int64, p90.Int64)
}

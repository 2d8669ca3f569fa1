package storetest

import (
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/lintel-review/lintel/internal/budget"
	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/llm"
	"github.com/lintel-review/lintel/internal/store"
	"github.com/lintel-review/lintel/internal/store/spending"
)

// reservation is a call of 1,000 tokens for a cent on one head.
func reservation(number int, head string) budget.Reservation {
	cent := int64(10_000)
	return budget.Reservation{
		Account:    budget.Account{Connection: connection, Change: Pull(number).Key, Head: head},
		Purpose:    llm.Find,
		Model:      "m",
		EstimateIn: 800,
		MaxOut:     200,
		Micro:      &cent,
		For:        time.Minute,
	}
}

func (r *Rig) reserve(w budget.Reservation, c budget.Caps) (int64, *budget.Full) {
	r.t.Helper()
	id, full, err := r.Reserve(ctx(), w, c)
	r.fatal(err)
	return id, full
}

func (r *Rig) settle(id int64, in, out int) {
	r.t.Helper()
	micro := int64(in + 10*out)
	r.fatal(r.Settle(ctx(), id, budget.Bill{Usage: llm.Usage{In: in, Out: out}, Micro: &micro, Outcome: "answered"}))
}

var spendingCases = map[string]func(t *testing.T, r *Rig){
	"a period costs what its days do": func(t *testing.T, r *Rig) {
		today := r.Clock.Now()
		for i, number := range []int{1, 1, 2} {
			id, _ := r.reserve(reservation(number, "a"), budget.Caps{})
			r.settle(id, 100*(i+1), 0)
		}
		for _, tt := range []struct{ from, to, micro, changes int64 }{{0, 1, 600, 2}, {-3, 0, 0, 0}, {1, 3, 0, 0}, {-1, 3, 600, 2}} {
			day := today.UTC().Truncate(24 * time.Hour)
			spent, changes, err := r.SpentBetween(ctx(), day.AddDate(0, 0, int(tt.from)), day.AddDate(0, 0, int(tt.to)))
			r.fatal(err)
			if spent.Micro != tt.micro || changes != tt.changes {
				t.Errorf("days %d to %d: %d for %d changes, want %d for %d", tt.from, tt.to, spent.Micro, changes, tt.micro, tt.changes)
			}
		}
	},
	"what is reserved counts, what is settled replaces it": func(t *testing.T, r *Rig) {
		caps := budget.Caps{HeadTokens: 1500}
		id, full := r.reserve(reservation(1, "a"), caps)
		if full != nil {
			t.Fatal(full.Text)
		}
		if _, full = r.reserve(reservation(1, "a"), caps); full == nil || full.Cap != "head_tokens" {
			t.Fatalf("a reservation is not counted: %+v", full)
		}
		if _, full = r.reserve(reservation(1, "b"), caps); full != nil {
			t.Errorf("another head pays for this one: %s", full.Text)
		}
		r.settle(id, 300, 100)
		if _, full = r.reserve(reservation(1, "a"), caps); full != nil {
			t.Errorf("after settling: %s", full.Text)
		}
		// Settling again, as a repeat would, changes nothing.
		r.settle(id, 9000, 9000)
		got, err := r.SpentOn(ctx(), Pull(1).Key)
		if r.fatal(err); got.Calls != 3 || got.Tokens != 400+1000+1000 || got.Usage.In != 300 || got.Micro != 1300+20_000 {
			t.Errorf("%+v", got)
		}
	},
	"a reservation ends by itself, and its call stays a call": func(t *testing.T, r *Rig) {
		caps := budget.Caps{HeadTokens: 1000, Calls: 3}
		late, _ := r.reserve(reservation(1, "a"), caps)
		r.Clock.Add(2 * time.Minute)
		if _, full := r.reserve(reservation(1, "a"), caps); full != nil {
			t.Fatalf("tokens of a process that died are gone for good: %s", full.Text)
		}
		r.Clock.Add(2 * time.Minute)
		r.reserve(reservation(1, "a"), caps)
		r.Clock.Add(2 * time.Minute)
		if _, full := r.reserve(reservation(1, "a"), caps); full == nil || full.Cap != "calls" {
			t.Errorf("a process that dies in each call may call for ever: %+v", full)
		}
		// The answer came after all.
		r.settle(late, 500, 500)
		if got, err := r.SpentOn(ctx(), Pull(1).Key); err != nil || got.Tokens != 1000 {
			t.Errorf("%+v, %v", got, err)
		}
	},
	"retries and repairs are no new questions": func(t *testing.T, r *Rig) {
		caps := budget.Caps{Calls: 2, HeadTokens: 3500}
		again := reservation(1, "a")
		again.Again = true
		for i, w := range []budget.Reservation{reservation(1, "a"), again, reservation(1, "a")} {
			if _, full := r.reserve(w, caps); full != nil {
				t.Fatalf("call %d: %s", i+1, full.Text)
			}
		}
		if _, full := r.reserve(reservation(1, "a"), caps); full == nil || full.Cap != "calls" {
			t.Errorf("a third question: %+v", full)
		}
		if _, full := r.reserve(again, caps); full == nil || full.Cap != "head_tokens" {
			t.Errorf("retries have no cap: %+v", full)
		}
		if got, err := r.SpentOn(ctx(), Pull(1).Key); err != nil || got.Calls != 3 || got.Questions != 2 {
			t.Errorf("%+v, %v", got, err)
		}
	},
	"days are those of UTC": func(t *testing.T, r *Rig) {
		caps := budget.Caps{RepositoryTokens: 1000, ServerMicro: 1e9}
		id, _ := r.reserve(reservation(1, "a"), caps)
		r.settle(id, 900, 100)
		_, full := r.reserve(reservation(2, "b"), caps)
		if full == nil || full.Cap != "repository_day_tokens" || !strings.Contains(full.Text, "2 March at 00:00 UTC") ||
			!full.Resets.Equal(time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)) {
			t.Fatalf("%+v", full)
		}
		other := reservation(2, "b")
		other.Account.Change.RepoID++
		if _, full := r.reserve(other, caps); full != nil {
			t.Errorf("another repository pays: %s", full.Text)
		}
		if _, full := r.reserve(other, budget.Caps{ServerTokens: 2500}); full == nil || full.Cap != "day_tokens" {
			t.Errorf("the server's cap: %+v", full)
		}
		r.Clock.Add(12 * time.Hour) // midnight
		if _, full := r.reserve(reservation(2, "b"), caps); full != nil {
			t.Errorf("a new day: %s", full.Text)
		}
		yesterday, err := r.SpentAt(ctx(), r.Clock.Now().Add(-time.Second))
		if r.fatal(err); yesterday.Calls != 2 || yesterday.Usage.In != 900 {
			t.Errorf("yesterday %+v", yesterday)
		}
		ours, err := r.SpentIn(ctx(), change.GitHub, repoID, r.Clock.Now())
		if r.fatal(err); ours.Calls != 1 || ours.Tokens != 1000 {
			t.Errorf("today %+v", ours)
		}
	},
	"heads": func(t *testing.T, r *Rig) {
		caps := budget.Caps{Heads: 2}
		for _, head := range []string{"a", "b", "a"} {
			if _, full := r.reserve(reservation(1, head), caps); full != nil {
				t.Fatalf("%s: %s", head, full.Text)
			}
		}
		third := reservation(1, "c")
		if _, full := r.reserve(third, caps); full == nil || full.Cap != "heads" {
			t.Errorf("%+v", full)
		}
		third.Account.Asked = true
		if _, full := r.reserve(third, caps); full != nil {
			t.Errorf("asked for: %s", full.Text)
		}
	},
	"the last tokens are given once": func(t *testing.T, r *Rig) {
		var got sync.Map
		var wg sync.WaitGroup
		for i := range 16 {
			wg.Go(func() {
				id, full, err := r.Reserve(ctx(), reservation(i+1, "a"), budget.Caps{RepositoryTokens: 5000})
				if err != nil {
					t.Error(err)
				}
				if full == nil {
					got.Store(id, true)
				}
			})
		}
		wg.Wait()
		n := 0
		got.Range(func(any, any) bool { n++; return true })
		if n != 5 {
			t.Errorf("%d calls of 1,000 tokens under a cap of 5,000", n)
		}
	},
	"a call that was refused is none": func(t *testing.T, r *Rig) {
		for range 3 {
			id, full := r.reserve(reservation(1, "a"), budget.Caps{Calls: 1})
			if full != nil {
				t.Fatal(full.Text)
			}
			r.fatal(r.Settle(ctx(), id, budget.Bill{Outcome: "limited"}))
		}
	},
	"without a price only tokens count": func(t *testing.T, r *Rig) {
		free := reservation(1, "a")
		free.Micro = nil
		id, full := r.reserve(free, budget.Caps{ServerMicro: 1})
		if full != nil {
			t.Fatal(full.Text)
		}
		r.fatal(r.Settle(ctx(), id, budget.Bill{Usage: llm.Usage{In: 5, Out: 5}, Outcome: "answered"}))
		if got, err := r.SpentOn(ctx(), Pull(1).Key); err != nil || got.Unpriced != 1 || got.Tokens != 10 || got.Micro != 0 {
			t.Errorf("%+v, %v", got, err)
		}
	},
	"how a model counts": func(t *testing.T, r *Rig) {
		for range 3 {
			id, _ := r.reserve(reservation(1, "a"), budget.Caps{})
			r.settle(id, 1000, 1)
			r.Clock.Add(time.Second)
		}
		r.reserve(reservation(1, "a"), budget.Caps{}) // not settled: says nothing
		if e, c, err := r.Observed(ctx(), "m"); err != nil || e != 2400 || c != 3000 {
			t.Errorf("%d, %d, %v", e, c, err)
		}
		if e, c, err := r.Observed(ctx(), "other"); err != nil || e != 0 || c != 0 {
			t.Errorf("%d, %d, %v", e, c, err)
		}
	},
	"answers are kept for their connection and 30 days": func(t *testing.T, r *Rig) {
		r.fatal(r.KeepAnswer(ctx(), change.GitHub, 1, "q", []byte("old")))
		r.fatal(r.KeepAnswer(ctx(), change.GitHub, 1, "q", []byte("new")))
		for _, tt := range []struct {
			connection int64
			question   string
			want       string
		}{{1, "q", "new"}, {2, "q", ""}, {1, "p", ""}} {
			if got, err := r.KeptAnswer(ctx(), change.GitHub, tt.connection, tt.question); err != nil || string(got) != tt.want {
				t.Errorf("%+v: %q, %v", tt, got, err)
			}
		}
		r.Clock.Add(spending.AnswersKept + time.Second)
		if got, err := r.KeptAnswer(ctx(), change.GitHub, 1, "q"); err != nil || got != nil {
			t.Errorf("after its time: %q, %v", got, err)
		}
		if n, err := r.Prune(ctx(), store.Retention{}); err != nil || n != 1 {
			t.Errorf("%d pruned, %v", n, err)
		}
	},
	"the ledger is pruned with history": func(t *testing.T, r *Rig) {
		r.reserve(reservation(1, "a"), budget.Caps{})
		r.Clock.Add(48 * time.Hour)
		if n, err := r.Prune(ctx(), store.Retention{History: 24 * time.Hour}); err != nil || n != 1 {
			t.Errorf("%d pruned, %v", n, err)
		}
	},
}

package storetest

import (
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/flow"
	"github.com/lintel-review/lintel/internal/store"
)

// a life for the record: a change with everything that derives a column.
func pullLife(number int, at time.Time) []flow.Event {
	ann, bob := flow.NewActor(1, "ann", "User"), flow.NewActor(2, "bob", "User")
	p := flow.Pull{Forge: "github", RepoID: 7, Number: number}
	head, landed := fmt.Sprintf("head%d", number), fmt.Sprintf("landed%d", number)
	all := []flow.Event{
		{Kind: flow.Opened, Actor: ann, Detail: flow.Detail{Branch: "b"}},
		{Kind: flow.ReviewRequested, Actor: ann, At: at.Add(time.Minute), Detail: flow.Detail{Reviewer: &bob}},
		{Kind: flow.ReviewRequested, Actor: ann, At: at.Add(time.Minute), Detail: flow.Detail{Team: "acme/core"}},
		{Kind: flow.Reviewed, Actor: bob, At: at.Add(time.Hour), Detail: flow.Detail{Review: int64(number), State: flow.Approved}},
		{Kind: flow.Pushed, At: at.Add(time.Hour), SHA: head},
		{Kind: flow.State, At: at.Add(time.Hour), SHA: "old", Detail: flow.Detail{Base: "main", Default: "main", Additions: 1}},
		{Kind: flow.State, At: at.Add(2 * time.Hour), SHA: head, Detail: flow.Detail{Base: "main", Default: "main", Additions: 5}},
		{Kind: flow.Merged, Actor: ann, At: at.Add(2 * time.Hour), SHA: landed, Detail: flow.Detail{Base: "main", Default: "main"}},
	}
	for i := range all {
		all[i].Pull = p
		if all[i].At.IsZero() {
			all[i].At = at
		}
		all[i].Key = flow.Key(all[i])
	}
	return all
}

// rowOf reads a fact as queries see it.
func (r *Rig) rowOf(columns string, number int) string {
	r.t.Helper()
	rows, err := r.Writer().Query(`SELECT `+columns+` FROM flow_fact WHERE number = $1`, number)
	r.fatal(err)
	defer rows.Close()
	text := ""
	for rows.Next() {
		names, err := rows.Columns()
		r.fatal(err)
		cells, into := make([]sql.NullString, len(names)), make([]any, len(names))
		for i := range cells {
			into[i] = &cells[i]
		}
		r.fatal(rows.Scan(into...))
		for i, c := range cells {
			text += names[i] + "=" + c.String + " "
		}
	}
	r.fatal(rows.Err())
	return text
}

func (r *Rig) append(events ...flow.Event) int {
	r.t.Helper()
	n, err := r.AppendEvents(ctx(), events, "webhook")
	r.fatal(err)
	return n
}

// revertOf says that a change landed which takes back another.
func revertOf(other, by int, at time.Time) []flow.Event {
	events := pullLife(by, at)
	for _, e := range []flow.Event{
		{Kind: flow.Reverts, Pull: flow.Pull{Forge: "github", RepoID: 7, Number: by}, Detail: flow.Detail{Other: other}},
		{Kind: flow.Reverted, Pull: flow.Pull{Forge: "github", RepoID: 7, Number: other}, Detail: flow.Detail{Other: by, Base: "main"}},
	} {
		e.At = at.Add(2 * time.Hour)
		e.Key = flow.Key(e)
		events = append(events, e)
	}
	return events
}

var flowCases = map[string]func(t *testing.T, r *Rig){
	"a repeated event changes nothing": func(t *testing.T, r *Rig) {
		events := pullLife(1, r.Clock.Now())
		if n := r.append(events...); n != len(events) {
			t.Errorf("%d of %d events are new", n, len(events))
		}
		want := r.rowOf("*", 1)
		if n := r.append(events...); n != 0 || r.rowOf("*", 1) != want {
			t.Errorf("%d events are new again, and the facts are\n%s\nnot\n%s", n, r.rowOf("*", 1), want)
		}
		got := r.rowOf("change_id, team, author_kind, state, pickup_s, review_s, merge_s, cycle_s, "+
			"coding_s, additions, reviewers, merged_day", 1)
		if want := "change_id=github:7#1 team=acme/core author_kind=human state=merged pickup_s=3600 review_s=0 merge_s=3600 " +
			"cycle_s=7200 coding_s= additions=5 reviewers= 2  merged_day=20513 "; got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	},
	"replay equals what came one by one, in any order": func(t *testing.T, r *Rig) {
		chance := rand.New(rand.NewPCG(22, 1))
		var events []flow.Event
		for n := 1; n < 9; n++ {
			events = append(events, pullLife(n, r.Clock.Now().Add(time.Duration(n)*time.Hour))...)
		}
		events = append(events, revertOf(1, 10, r.Clock.Now().Add(20*time.Hour))...)
		events = append(events, revertOf(10, 11, r.Clock.Now().Add(30*time.Hour))...)
		want := map[int]string{}
		for round := range 4 {
			_, err := r.Writer().Exec(`DELETE FROM flow_event`)
			r.fatal(err)
			_, err = r.Writer().Exec(`DELETE FROM flow_fact`)
			r.fatal(err)
			if round > 0 {
				chance.Shuffle(len(events), func(i, j int) { events[i], events[j] = events[j], events[i] })
			}
			for chunk := range slices.Chunk(events, 1+round) {
				r.append(chunk...)
			}
			for n := 1; n < 12; n++ {
				if got := r.rowOf("*", n); want[n] == "" {
					want[n] = got
				} else if got != want[n] {
					t.Fatalf("round %d\ngot  %s\nwant %s", round, got, want[n])
				}
			}
		}
		if got := r.rowOf("reverted, reverted_by", 1) + r.rowOf("reverted, reverted_by", 10); got !=
			"reverted=0 reverted_by=0 reverted=1 reverted_by=11 " {
			t.Errorf("a revert of a revert: %s", got)
		}
		// Another definition makes all stale, and the first one again the same facts.
		r.DeriveBy(nil, "other", nil)
		r.replay(t, 10)
		r.DeriveBy(nil, "", nil)
		r.replay(t, 10)
		for n := 1; n < 12; n++ {
			if got := r.rowOf("*", n); got != want[n] {
				t.Errorf("replayed\ngot  %s\nwant %s", got, want[n])
			}
		}
	},
	"an event about a commit counts for the change with that head": func(t *testing.T, r *Rig) {
		at := r.Clock.Now()
		forced := flow.Event{Pull: flow.Pull{Forge: "github", RepoID: 7}, Kind: flow.BranchPushed, SHA: "head1", At: at.Add(time.Hour),
			Detail: flow.Detail{Forced: true}}
		forced.Key = flow.Key(forced)
		reverted := flow.Event{Pull: flow.Pull{Forge: "github", RepoID: 7}, Kind: flow.Reverted, SHA: "landed2", At: at.Add(9 * time.Hour)}
		reverted.Key = flow.Key(reverted)
		r.append(forced) // before its change
		r.append(pullLife(1, at)...)
		r.append(pullLife(2, at)...)
		r.append(reverted) // after it
		if got := r.rowOf("number, force_pushes, reverted", 1) + r.rowOf("number, force_pushes, reverted", 2); got !=
			"number=1 force_pushes=1 reverted=0 number=2 force_pushes=0 reverted=1 " {
			t.Errorf("got %s", got)
		}
	},
	"lines of a commit are kept whoever told of it first": func(t *testing.T, r *Rig) {
		at := r.Clock.Now()
		for n := 1; n <= 2; n++ {
			r.append(pullLife(n, at)...)
			pull := flow.Pull{Forge: "github", RepoID: 7, Number: n}
			bare := flow.Event{Pull: pull, Kind: flow.Commit, SHA: "c", At: at.Add(90 * time.Minute)}
			bare.Key = flow.Key(bare)
			read := bare
			read.Detail.Lines = 4
			told := []flow.Event{bare, read}
			if n == 2 {
				slices.Reverse(told)
			}
			for _, e := range told {
				r.append(e)
			}
			if added := r.append(told...); added != 0 {
				t.Errorf("%d events are new again", added)
			}
			if got := r.rowOf("commits_after_review, lines_after_review", n); got != "commits_after_review=1 lines_after_review=4 " {
				t.Errorf("got %s", got)
			}
		}
	},
	"an erased name never comes back": func(t *testing.T, r *Rig) {
		events := pullLife(1, r.Clock.Now())
		r.append(events...)
		if id, err := r.EraseActor(ctx(), "github", "Bob", "olga"); err != nil || id != 2 {
			t.Errorf("erased %d: %v", id, err)
		}
		if _, err := r.EraseActor(ctx(), "github", "bob", "olga"); !errors.Is(err, change.ErrNotFound) {
			t.Errorf("an erased name is found: %v", err)
		}
		r.append(pullLife(2, r.Clock.Now())...)
		for _, n := range []int{1, 2} {
			all, err := r.EventsOf(ctx(), flow.Pull{Forge: "github", RepoID: 7, Number: n})
			r.fatal(err)
			for _, e := range all {
				if e.Actor.ID == 2 && e.Actor.Login != "" || e.Detail.Reviewer != nil && e.Detail.Reviewer.Login != "" {
					t.Errorf("%s still has the name: %+v", e.Key, e)
				}
			}
		}
		if got := r.rowOf("pickup_s", 1); got != "pickup_s=3600 " {
			t.Errorf("what it did is gone: %s", got)
		}
	},
	"events are read back as they were told": func(t *testing.T, r *Rig) {
		events := pullLife(1, r.Clock.Now())
		r.append(events...)
		got, err := r.EventsOf(ctx(), events[0].Pull)
		r.fatal(err)
		a, _ := flow.Derive(events, flow.Given{})
		b, _ := flow.Derive(got, flow.Given{})
		if !reflect.DeepEqual(a, b) || len(got) != len(events)-1 {
			t.Errorf("%d events\n%+v\n%+v", len(got), a, b)
		}
	},
	"events past their retention go together and leave the facts": func(t *testing.T, r *Rig) {
		events := pullLife(1, r.Clock.Now())
		r.append(events...)
		want := r.rowOf("*", 1)
		r.Clock.Add(3 * 366 * 24 * time.Hour)
		r.append(pullLife(2, r.Clock.Now())...)
		_, err := r.Prune(ctx(), store.Retention{})
		r.fatal(err)
		late := flow.Event{Pull: events[0].Pull, Kind: flow.Commented, Key: "github:comment:5", At: r.Clock.Now()}
		r.append(late, events[0])
		r.DeriveBy(nil, "other", nil)
		r.replay(t, 1)
		var n int
		r.fatal(r.Writer().QueryRow(`SELECT COUNT(*) FROM flow_event WHERE change_id = 'github:7#1'`).Scan(&n))
		if got := r.rowOf("opened_at, merged_at, cycle_s", 1); n != 2 || got == "" || !contains(want, got) {
			t.Errorf("%d events, facts %s\nof %s", n, got, want)
		}
	},
}

func contains(row, cells string) bool {
	for cell := range slices.Values(strings.Fields(cells)) {
		if !slices.Contains(strings.Fields(row), cell) {
			return false
		}
	}
	return true
}

// replay derives what is stale until nothing is.
func (r *Rig) replay(t *testing.T, most int) {
	t.Helper()
	for range 100 {
		n, err := r.Replay(ctx(), most)
		r.fatal(err)
		if n == 0 {
			return
		}
	}
	t.Error("facts stay stale")
}

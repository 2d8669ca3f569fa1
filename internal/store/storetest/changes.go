package storetest

import (
	"bytes"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/drift"
	"github.com/lintel-review/lintel/internal/effect"
	"github.com/lintel-review/lintel/internal/history"
	"github.com/lintel-review/lintel/internal/store"
	"github.com/lintel-review/lintel/internal/verdict"
)

// evaluate records that a change was judged at a generation, as the queue does.
func (r *Rig) evaluate(key change.Key, generation int64) {
	r.t.Helper()
	tx, err := r.Writer().BeginTx(ctx(), nil)
	r.fatal(err)
	now, err := r.GenerationTx(ctx(), tx, key)
	r.fatal(err)
	if want := r.MustRecord(key).Generation; now != want {
		r.t.Errorf("generation %d in the transaction, %d outside", now, want)
	}
	r.fatal(r.EvaluatedTx(ctx(), tx, key, generation))
	r.fatal(tx.Commit())
}

var changeCases = map[string]func(t *testing.T, r *Rig){
	"names are found in any case": func(t *testing.T, r *Rig) {
		r.MustAdmit(r.Admission("d1", Opened(1, "aaa")))
		if got, err := r.Find(ctx(), change.GitHub, "ACME", "Shop", 1); err != nil || got.Key != Pull(1).Key {
			t.Errorf("%+v %v", got, err)
		}
		for _, err := range []error{
			second(r.Find(ctx(), change.GitHub, "acme", "shop", 2)), second(r.Find(ctx(), change.GitLab, "acme", "shop", 1)),
			second(r.FindGroup(ctx(), change.GitHub, "acme", "shop", "aaa")), second(r.Record(ctx(), Pull(2).Key)),
		} {
			if !errors.Is(err, change.ErrNotFound) {
				t.Error(err)
			}
		}
	},
	"an evaluation never goes back": func(t *testing.T, r *Rig) {
		r.MustAdmit(r.Admission("", Opened(1, "aaa"), Opened(1, "aaa"), Opened(1, "aaa")))
		for _, step := range []struct{ generation, want int64 }{{2, 2}, {1, 2}, {3, 3}} {
			r.evaluate(Pull(1).Key, step.generation)
			if got := r.MustRecord(Pull(1).Key).Evaluated; got != step.want {
				t.Errorf("after %d: %d", step.generation, got)
			}
		}
	},
	"lag and what was lost": func(t *testing.T, r *Rig) {
		if lag, err := r.Lag(ctx()); err != nil || lag != (store.Lag{}) {
			t.Errorf("%+v %v", lag, err)
		}
		r.MustAdmit(r.Admission("", Opened(1, "aaa"), Opened(2, "bbb")))
		r.Clock.Add(time.Minute)
		r.MustAdmit(r.Admission("", Opened(3, "ccc")))
		r.evaluate(Pull(2).Key, 1)
		r.Clock.Add(time.Minute)
		if lag, err := r.Lag(ctx()); err != nil || lag != (store.Lag{Waiting: 2, Oldest: 2 * time.Minute}) {
			t.Errorf("%+v %v", lag, err)
		}
		lost := func(before time.Duration, limit int) string {
			t.Helper()
			all, err := r.Lost(ctx(), r.Clock.Now().Add(-before), limit)
			r.fatal(err)
			text := ""
			for _, rec := range all {
				text += rec.Ref.String() + " "
			}
			return text
		}
		if got := lost(90*time.Second, 10); got != "acme/shop#1 " {
			t.Errorf("waits for longer than 90 s: %s", got)
		}
		if got := lost(0, 10); got != "acme/shop#1 acme/shop#3 " {
			t.Errorf("waits at all: %s", got)
		}
		if got := lost(0, 1); got != "acme/shop#1 " {
			t.Errorf("the longest first: %s", got)
		}
	},
	"open changes with what the sweep compares": func(t *testing.T, r *Rig) {
		r.MustAdmit(r.Admission("", Opened(1, "aaa"), Opened(2, "bbb"), Opened(3, "ccc")))
		r.Save(r.Verdict(2, "failure", "older"))
		r.Clock.Add(time.Minute)
		look := r.Verdict(2, "success", "newer")
		look.Teams = []string{"acme/web"}
		r.Save(look)
		a := r.Admission("")
		a.Ended, a.EndState = []change.Ref{Pull(3)}, change.Closed
		r.MustAdmit(a)
		got, err := r.OpenChanges(ctx(), change.GitHub, repoID)
		r.fatal(err)
		want := []drift.Known{
			{Record: r.MustRecord(Pull(1).Key)},
			{
				Record:       r.MustRecord(Pull(2).Key),
				TakenAt:      look.Verdict.TakenAt,
				ControlFiles: "sha256:controls",
				Judged:       "bbb",
				UpdatedAt:    look.Verdict.UpdatedAt,
				Teams:        true,
			},
		}
		want[0].Unasked, want[1].Unasked = false, false // lists do not say it
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	},
	"repositories to sweep, the longest unscanned first": func(t *testing.T, r *Rig) {
		a := r.Admission("")
		for _, id := range []int64{8, 9} {
			s := a.Seen[0]
			s.Repository.ID, s.Repository.Name = id, fmt.Sprintf("repo-%d", id)
			a.Seen = append(a.Seen, s)
		}
		r.MustAdmit(a)
		r.fatal(r.Scanned(ctx(), change.GitHub, 7, r.Clock.Now()))
		r.fatal(r.Scanned(ctx(), change.GitHub, 8, r.Clock.Now().Add(-time.Hour)))
		all, err := r.Watched(ctx(), change.GitHub, 3)
		r.fatal(err)
		if len(all) != 3 || all[0].ID != 9 || all[1].ID != 8 || all[2].ID != 7 || !all[0].ScannedAt.IsZero() ||
			!all[2].ScannedAt.Equal(r.Clock.Now()) || all[0].Connection != connection {
			t.Errorf("%+v", all)
		}
		if few, err := r.Watched(ctx(), change.GitHub, 1); err != nil || len(few) != 1 {
			t.Errorf("%+v %v", few, err)
		}
	},
	"recent changes with their newest verdicts": func(t *testing.T, r *Rig) {
		r.MustAdmit(r.Admission("", Opened(1, "aaa")))
		r.Save(r.Verdict(1, "failure", "one"))
		r.Save(r.Verdict(1, "success", "two"))
		r.Clock.Add(time.Second)
		r.MustAdmit(r.Admission("", Opened(2, "bbb")))
		all, err := r.Recent(ctx(), 10)
		r.fatal(err)
		if len(all) != 2 || all[0].Record.Number != 2 || all[0].Verdict != nil || all[1].Verdict == nil ||
			all[1].Verdict.Conclusion != "success" {
			t.Errorf("%+v", all)
		}
	},
	"marks and what can never change": func(t *testing.T, r *Rig) {
		r.fatal(r.Ping(ctx()))
		if v, err := r.Mark(ctx(), "m"); err != nil || v != "" {
			t.Errorf("%q %v", v, err)
		}
		r.fatal(r.SetMark(ctx(), "m", "1"))
		r.fatal(r.SetMark(ctx(), "m", "2"))
		if v, err := r.Mark(ctx(), "m"); err != nil || v != "2" {
			t.Errorf("%q %v", v, err)
		}
		if b, err := r.Kept(ctx(), "blob", "x"); err != nil || b != nil {
			t.Errorf("%q %v", b, err)
		}
		for key, body := range map[string][]byte{"x": {0, 255, '\n'}, "empty": {}} {
			r.fatal(r.Keep(ctx(), "blob", key, body))
			r.fatal(r.Keep(ctx(), "blob", key, []byte("another")))
			if b, err := r.Kept(ctx(), "blob", key); err != nil || b == nil || !bytes.Equal(b, body) {
				t.Errorf("%s: %q %v", key, b, err)
			}
		}
		all, keys := map[string][]byte{}, []string{"absent"}
		for i := range 1200 {
			key := fmt.Sprint(i)
			all[key], keys = []byte(key), append(keys, key)
		}
		r.fatal(r.KeepAll(ctx(), "file", all))
		r.fatal(r.KeepAll(ctx(), "file", map[string][]byte{"7": []byte("another"), "new": {}}))
		got, err := r.KeptAll(ctx(), "file", append(keys, "new"))
		r.fatal(err)
		if body, there := got["new"]; len(got) != 1201 || string(got["7"]) != "7" || string(got["1199"]) != "1199" || !there ||
			len(body) > 0 {
			t.Errorf("%d are kept, the seventh is %q", len(got), got["7"])
		}
		if other, err := r.KeptAll(ctx(), "blob", []string{"7"}); err != nil || len(other) != 0 {
			t.Errorf("another kind has %q, %v", other, err)
		}
	},
}

func second[T any](_ T, err error) error { return err }

var pruneCases = map[string]func(t *testing.T, r *Rig){
	"what is old goes, what is needed stays": func(t *testing.T, r *Rig) {
		r.MustAdmit(r.Admission("d1", Opened(1, "aaa"), Opened(2, "bbb")))
		r.Save(r.Verdict(1, "failure", "oldest"), Check("k1", 1, "aaa", effect.Failure))
		r.fatal(r.Receive(ctx(), Check("k1", 1, "aaa", effect.Failure), effect.Receipt{Key: "k1", RemoteID: "5", At: r.Clock.Now()},
			history.Line{Key: Pull(1).Key, At: r.Clock.Now()}))
		r.Clock.Add(time.Minute)
		r.Save(r.Verdict(1, "success", "newest"))
		r.Save(r.Verdict(2, "success", "only"), Check("k2", 2, "bbb", effect.Success))
		r.fatal(r.Receive(ctx(), Check("k2", 2, "bbb", effect.Success), effect.Receipt{Key: "k2", RemoteID: "6", At: r.Clock.Now()},
			history.Line{Key: Pull(2).Key, At: r.Clock.Now()}))
		r.fatal(r.Keep(ctx(), "blob", "x", []byte("x")))
		a := r.Admission("d2")
		a.Ended, a.EndState = []change.Ref{Pull(2)}, change.Merged
		r.MustAdmit(a)
		if n, err := r.Prune(ctx(), store.Retention{}); err != nil || n != 0 {
			t.Errorf("zero keeps for ever: %d %v", n, err)
		}
		week := 7 * 24 * time.Hour
		if n, err := r.Prune(ctx(),
			store.Retention{Deliveries: week, History: week, Verdicts: week, Evidence: week, Kept: week}); err != nil || n != 0 {
			t.Errorf("nothing is old: %d %v", n, err)
		}
		r.Clock.Add(2 * week)
		n, err := r.Prune(ctx(), store.Retention{Deliveries: week, History: week, Verdicts: week, Evidence: week, Kept: week})
		r.fatal(err)
		// 2 deliveries, 2 heads, 5 lines, 1 verdict, 1 effect, 2 documents, 1 blob.
		if n != 14 {
			t.Errorf("%d rows went", n)
		}
		for digest, stays := range map[string]bool{"sha256:factsoldest": false, "sha256:decisionoldest": false,
			"sha256:factsnewest": true, "sha256:factsonly": true, "sha256:policy": true, "sha256:settings": true} {
			if _, err := r.Evidence(ctx(), digest); stays != (err == nil) {
				t.Errorf("%s: %v", digest, err)
			}
		}
		if v, err := r.Verdicts(ctx(), r.MustRecord(Pull(1).Key), 10); err != nil || len(v) != 1 || v[0].Conclusion != "success" {
			t.Errorf("%+v %v", v, err)
		}
		for n, want := range map[int]int{1: 1, 2: 0} {
			if e, err := r.Effects(ctx(), Pull(n).Key, 10); err != nil || len(e) != want {
				t.Errorf("effects of %d: %+v %v", n, e, err)
			}
		}
		if got := r.MustAdmit(r.Admission("d1")); got.Repeat {
			t.Error("the delivery is still known")
		}
		if b, err := r.Kept(ctx(), "blob", "x"); err != nil || b != nil {
			t.Errorf("%q %v", b, err)
		}
	},
	"a verdict within its time keeps its evidence": func(t *testing.T, r *Rig) {
		r.MustAdmit(r.Admission("d1", Opened(1, "aaa")))
		r.Save(r.Verdict(1, "failure", "same"))
		r.Clock.Add(48 * time.Hour)
		r.Save(r.Verdict(1, "failure", "same"))
		r.Clock.Add(time.Hour)
		r.Save(r.Verdict(1, "failure", "newest"))
		if _, err := r.Prune(ctx(), store.Retention{Evidence: 24 * time.Hour}); err != nil {
			t.Fatal(err)
		}
		if _, err := r.Evidence(ctx(), "sha256:factssame"); err != nil {
			t.Errorf("an old document of a young verdict: %v", err)
		}
	},
	"more than one batch": func(t *testing.T, r *Rig) {
		r.MustAdmit(r.Admission("d1", Opened(1, "aaa")))
		look := r.Verdict(1, "success", "x")
		for i := range 210 {
			look.Evidence = append(look.Evidence, verdict.Evidence{Digest: fmt.Sprintf("sha256:%d", i), Kind: "facts", Body: []byte("x")})
		}
		r.Save(look)
		r.Clock.Add(2 * time.Hour)
		n, err := r.Prune(ctx(), store.Retention{Evidence: time.Hour})
		if err != nil || n != 210 {
			t.Errorf("%d rows went, %v", n, err)
		}
		if _, err := r.Evidence(ctx(), "sha256:factsx"); err != nil {
			t.Error(err)
		}
	},
}

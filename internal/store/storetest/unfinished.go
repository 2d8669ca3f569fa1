package storetest

import (
	"testing"
	"time"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/delivery"
	"github.com/lintel-review/lintel/internal/effect"
	"github.com/lintel-review/lintel/internal/history"
	"github.com/lintel-review/lintel/internal/plan"
)

// unfinishedCases are about looks that do not come to their end, and what is left behind by them.
var unfinishedCases = map[string]func(t *testing.T, r *Rig){
	"the queue's age counts from the first wait": func(t *testing.T, r *Rig) {
		age := func(want time.Duration) {
			t.Helper()
			if lag, err := r.Lag(ctx()); err != nil || lag.Oldest != want {
				t.Errorf("%s, %v; want %s", lag.Oldest, err, want)
			}
		}
		r.MustAdmit(r.Admission("", Opened(1, "aaa")))
		began := r.Clock.Now()
		for range 3 { // events of its own, of all changes, and a sweep
			r.Clock.Add(time.Minute)
			r.MustAdmit(r.Admission("", Opened(1, "aaa")))
			r.MustAdmit(
				r.Admission("",
					delivery.ReviewRequest{All: true, Forge: change.GitHub, Connection: connection, Lane: delivery.Backfill}))
		}
		age(3 * time.Minute)
		if got := r.MustRecord(Pull(1).Key); !got.WaitingSince.Equal(began) || !got.RaisedAt.Equal(r.Clock.Now()) {
			t.Errorf("waiting since %s, raised at %s", got.WaitingSince, got.RaisedAt)
		}
		// A look ends; what was raised while it ran waits since then.
		r.Clock.Add(time.Minute)
		seen := r.MustRecord(Pull(1).Key).Generation
		r.MustAdmit(r.Admission("", Opened(1, "bbb")))
		r.evaluate(Pull(1).Key, seen)
		r.Clock.Add(time.Second)
		age(time.Second)
		r.evaluate(Pull(1).Key, seen+1)
		age(0)
		if got := r.MustRecord(Pull(1).Key); !got.WaitingSince.IsZero() {
			t.Errorf("nothing waits since %s", got.WaitingSince)
		}
		// One that is held back on purpose does not wait before its time.
		request := Opened(2, "ccc")
		request.After = time.Hour
		r.MustAdmit(r.Admission("", request))
		r.Clock.Add(time.Minute)
		age(0)
		r.Clock.Add(time.Hour)
		age(time.Minute)
	},
	"a closed change that is opened again waits anew": func(t *testing.T, r *Rig) {
		r.MustAdmit(r.Admission("", Opened(1, "aaa")))
		ended := r.Admission("")
		ended.Ended, ended.EndState = []change.Ref{Pull(1)}, change.Closed
		r.MustAdmit(ended)
		r.Clock.Add(time.Hour)
		r.MustAdmit(r.Admission("", Opened(1, "aaa")))
		if lag, err := r.Lag(ctx()); err != nil || lag.Oldest != 0 {
			t.Errorf("%+v %v", lag, err)
		}
	},
	"a comment that the forge refused does not stand": func(t *testing.T, r *Rig) {
		r.MustAdmit(r.Admission("", Opened(1, "aaa")))
		first, second := Comment("c1", 1), Comment("c2", 1)
		r.Save(r.Verdict(1, "failure", "one"), first)
		if err := r.Drop(ctx(), first, "GitHub refuses this to the App"); err != nil {
			t.Fatal(err)
		}
		if st := r.Save(r.Verdict(1, "failure", "two"), second); st.Comment != nil {
			t.Errorf("a refused comment stands: %+v", st.Comment)
		}
		if err := r.Receive(ctx(), second, effect.Receipt{Key: "c2", RemoteID: "5", At: r.Clock.Now()},
			history.Line{Key: Pull(1).Key, At: r.Clock.Now(), Kind: history.Published}); err != nil {
			t.Fatal(err)
		}
		edit := Comment("c3", 1)
		r.Save(r.Verdict(1, "failure", "three"), edit)
		if err := r.Drop(ctx(), edit, "GitHub refuses this to the App"); err != nil {
			t.Fatal(err)
		}
		if st := r.Save(r.Verdict(1, "failure", "four")); st.Comment == nil || st.Comment.Receipt == nil ||
			st.Comment.Receipt.RemoteID != "5" {
			t.Errorf("the comment before a refused edit stands: %+v", st.Comment)
		}
	},
	"checks that nobody will conclude": func(t *testing.T, r *Rig) {
		began := r.Clock.Now()
		stranded := func() (keys []string) {
			t.Helper()
			all, err := r.Stranded(ctx(), began, r.Clock.Now(), 10)
			r.fatal(err)
			for _, e := range all {
				keys = append(keys, e.Key)
			}
			return keys
		}
		progress := Check("k1", 1, "aaa", "")
		progress.Check.Status = effect.InProgress
		r.MustAdmit(r.Admission("", Opened(1, "aaa")))
		r.Save(r.Verdict(1, "success", "one"), progress)
		r.fatal(r.Receive(ctx(), progress, effect.Receipt{Key: "k1", RemoteID: "5", At: r.Clock.Now()},
			history.Line{Key: Pull(1).Key, At: r.Clock.Now(), Kind: history.Published}))
		r.Clock.Add(time.Minute)
		if got := stranded(); len(got) != 0 {
			t.Errorf("an open change concludes its own: %v", got)
		}
		r.MustAdmit(r.Admission("", Opened(1, "bbb")))
		if got := stranded(); len(got) != 1 || got[0] != "k1" {
			t.Errorf("after a push: %v", got)
		}
		r.MustAdmit(r.Admission("", Opened(2, "aaa")))
		if got := stranded(); len(got) != 0 {
			t.Errorf("another change with the commit concludes it: %v", got)
		}
		ended := r.Admission("")
		ended.Ended, ended.EndState = []change.Ref{Pull(2)}, change.Closed
		r.MustAdmit(ended)
		done := Check("k2", 1, "aaa", effect.Failure)
		// Who concludes did not look, so the record has no generation; the verdict of an earlier look refuses nothing.
		_, err := r.SavePlan(ctx(), plan.Look{Record: change.Record{Ref: Pull(1), Head: change.Rev{SHA: "aaa"}}, KeepRecord: true},
			func(plan.Standing) ([]effect.Effect, error) {
				return []effect.Effect{done}, nil
			})
		r.fatal(err)
		r.Clock.Add(time.Minute)
		if got := stranded(); len(got) != 1 || got[0] != "k2" {
			t.Errorf("a conclusion that was not carried out: %v", got)
		}
		r.fatal(r.Drop(ctx(), done, "the forge did not take it"))
		if got := stranded(); len(got) != 0 {
			t.Errorf("one that was let go: %v", got)
		}
	},
	"a look that was not shown everything is remembered": func(t *testing.T, r *Rig) {
		r.MustAdmit(r.Admission("", Opened(1, "aaa")))
		unsure := func() time.Time {
			t.Helper()
			all, err := r.OpenChanges(ctx(), change.GitHub, repoID)
			r.fatal(err)
			return all[0].UnsureAt
		}
		look := r.Verdict(1, "failure", "one")
		look.Unsure = true
		r.Save(look)
		if !unsure().Equal(r.Clock.Now()) {
			t.Errorf("%s", unsure())
		}
		r.Save(r.Verdict(1, "success", "two"))
		if !unsure().IsZero() {
			t.Errorf("it was shown everything: %s", unsure())
		}
		r.Save(plan.Look{Record: r.MustRecord(Pull(1).Key), KeepRecord: true, Unsure: true})
		if unsure().IsZero() {
			t.Error("without a verdict")
		}
	},
}

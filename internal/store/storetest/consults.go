package storetest

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lintel-review/lintel/internal/advice/consult"
	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/effect"
	"github.com/lintel-review/lintel/internal/plan"
	"github.com/lintel-review/lintel/internal/store"
)

func yes([]consult.Consult) bool { return true }

// want asks for advice on a change at a head, a minute from now.
func (r *Rig) want(number int, head, scope string) int64 {
	r.t.Helper()
	id, err := r.RequestAdvice(ctx(), consult.Consult{Ref: Pull(number), Head: head, MergeBase: "fork", Scope: scope}, time.Minute,
		10*time.Minute, yes)
	r.fatal(err)
	return id
}

func (r *Rig) mustConsult(id int64) consult.Consult {
	r.t.Helper()
	c, err := r.Consult(ctx(), id)
	r.fatal(err)
	return c
}

func (r *Rig) mustMove(moved bool, err error) {
	r.t.Helper()
	r.fatal(err)
	if !moved {
		r.t.Fatal("the consult did not move")
	}
}

var consultCases = map[string]func(t *testing.T, r *Rig){
	"goes through its steps": func(t *testing.T, r *Rig) {
		r.MustAdmit(r.Admission("d1", Opened(1, "aaa")))
		id := r.want(1, "aaa", "s")
		due := r.Clock.Now().Add(time.Minute)
		if d := cmp.Diff([]QueuedStep{{consult.Prepare, id, due}}, r.Queue.TakeSteps()); d != "" {
			t.Error(d)
		}
		want := consult.Consult{
			ID:        id,
			Ref:       Pull(1),
			Head:      "aaa",
			MergeBase: "fork",
			Scope:     "s",
			State:     consult.Wanted,
			Since:     r.Clock.Now(),
			DueAt:     due,
		}
		if d := cmp.Diff(want, r.mustConsult(id)); d != "" {
			t.Error(d)
		}
		r.fatal(r.PutOff(ctx(), id, due.Add(time.Minute), "the forge is slow", true))
		if c := r.mustConsult(id); c.Attempts != 1 || c.Reason != "the forge is slow" || !c.DueAt.Equal(due.Add(time.Minute)) {
			t.Errorf("put off: %+v", c)
		}
		r.mustMove(r.Prepared(ctx(), id, []byte("redacted code")))
		if got := r.Queue.TakeSteps(); len(got) != 1 || got[0].Step != consult.Ask || r.mustConsult(id).Attempts != 0 {
			t.Errorf("after preparing: %+v", got)
		}
		if again, err := r.Prepared(ctx(), id, []byte("twice")); again || err != nil {
			t.Errorf("prepared twice: %v, %v", again, err)
		}
		input, err := r.ConsultInput(ctx(), id)
		if string(input) != "redacted code" || err != nil {
			t.Errorf("input %q, %v", input, err)
		}
		r.mustMove(r.Answered(ctx(), id, []byte("advice")))
		if _, err := r.ConsultInput(ctx(), id); !errors.Is(err, change.ErrNotFound) {
			t.Errorf("the input is kept after the answer: %v", err)
		}
		if got, err := r.ConsultResult(ctx(), id); string(got) != "advice" || err != nil {
			t.Errorf("result %q, %v", got, err)
		}
		posted, err := r.SaveAdvice(ctx(), r.mustConsult(id), nil, func(st plan.Standing) ([]effect.Effect, error) {
			return []effect.Effect{Comment("c1", 1)}, nil
		})
		r.fatal(err)
		if c := r.mustConsult(id); !posted || c.State != consult.Posted || c.EndedAt.IsZero() {
			t.Errorf("posted %v, %+v", posted, c)
		}
		if pending, err := r.Pending(ctx(), Pull(1).Key); err != nil || len(pending) != 1 {
			t.Errorf("pending: %v, %v", pending, err)
		}
	},
	"a newer head makes what waits or runs stale": func(t *testing.T, r *Rig) {
		r.MustAdmit(r.Admission("d1", Opened(1, "aaa")))
		old := r.want(1, "aaa", "s")
		r.mustMove(r.Prepared(ctx(), old, []byte("code")))
		r.Clock.Add(30 * time.Second)
		id := r.want(1, "bbb", "t")
		if c := r.mustConsult(old); c.State != consult.Stale || c.Reason != "a newer head" {
			t.Errorf("%+v", c)
		}
		if _, err := r.ConsultInput(ctx(), old); !errors.Is(err, change.ErrNotFound) {
			t.Errorf("the code of an old head is kept: %v", err)
		}
		if moved, err := r.Answered(ctx(), old, []byte("late")); moved || err != nil {
			t.Errorf("an answer about an old head was taken: %v, %v", moved, err)
		}
		if all, err := r.Consults(ctx(), Pull(1).Key, 5); err != nil || len(all) != 2 || all[0].ID != id {
			t.Errorf("%+v, %v", all, err)
		}
	},
	"pushes in a row are one consult, and it is not put off for ever": func(t *testing.T, r *Rig) {
		r.MustAdmit(r.Admission("d1", Opened(1, "aaa")))
		first := r.Clock.Now()
		id := r.want(1, "h0", "s0")
		for i := range 20 {
			r.Clock.Add(50 * time.Second)
			id = r.want(1, "h"+string(rune('a'+i)), "s")
		}
		if c := r.mustConsult(id); !c.Since.Equal(first) || !c.DueAt.Equal(first.Add(10*time.Minute)) {
			t.Errorf("first request %v, due %v after it", c.Since, c.DueAt.Sub(first))
		}
	},
	"what the past says can refuse it": func(t *testing.T, r *Rig) {
		r.MustAdmit(r.Admission("d1", Opened(1, "aaa")))
		first := r.want(1, "aaa", "s")
		r.fatal(r.EndConsult(ctx(), first, consult.Skipped, "nothing to read"))
		id, err := r.RequestAdvice(ctx(), consult.Consult{Ref: Pull(1), Head: "bbb", Scope: "s"}, 0, time.Minute,
			func(past []consult.Consult) bool {
				if len(past) != 1 || past[0].Scope != "s" || past[0].State != consult.Skipped || past[0].Reason != "nothing to read" {
					t.Errorf("past %+v", past)
				}
				return false
			})
		if id != 0 || err != nil {
			t.Errorf("wanted all the same: %d, %v", id, err)
		}
	},
	"advice cannot write a check": func(t *testing.T, r *Rig) {
		r.MustAdmit(r.Admission("d1", Opened(1, "aaa")))
		id := r.want(1, "aaa", "s")
		r.mustMove(r.Prepared(ctx(), id, []byte("{}")))
		r.mustMove(r.Answered(ctx(), id, []byte("{}")))
		_, err := r.SaveAdvice(ctx(), r.mustConsult(id), nil, func(plan.Standing) ([]effect.Effect, error) {
			return []effect.Effect{Comment("c1", 1), Check("k1", 1, "aaa", effect.Success)}, nil
		})
		if err == nil || !strings.Contains(err.Error(), "is a check") {
			t.Errorf("a check was taken: %v", err)
		}
		if pending, err := r.Pending(ctx(), Pull(1).Key); err != nil || len(pending) != 0 {
			t.Errorf("something of it was kept: %v, %v", pending, err)
		}
		if c := r.mustConsult(id); c.State != consult.Answered {
			t.Errorf("%+v", c)
		}
	},
	"advice about a head that is gone is not posted": func(t *testing.T, r *Rig) {
		r.MustAdmit(r.Admission("d1", Opened(1, "aaa")))
		id := r.want(1, "aaa", "s")
		r.mustMove(r.Prepared(ctx(), id, []byte("{}")))
		r.mustMove(r.Answered(ctx(), id, []byte("{}")))
		r.MustAdmit(r.Admission("d2", Opened(1, "bbb")))
		posted, err := r.SaveAdvice(ctx(), r.mustConsult(id), nil, func(plan.Standing) ([]effect.Effect, error) {
			t.Error("composed")
			return nil, nil
		})
		if posted || err != nil {
			t.Errorf("%v, %v", posted, err)
		}
	},
	"lost steps are asked for again": func(t *testing.T, r *Rig) {
		r.MustAdmit(r.Admission("d1", Opened(1, "aaa")))
		id := r.want(1, "aaa", "s")
		r.mustMove(r.Prepared(ctx(), id, []byte("{}")))
		r.Queue.TakeSteps()
		if n, err := r.Unstepped(ctx(), r.Clock.Now(), 10); n != 0 || err != nil {
			t.Errorf("too early: %d, %v", n, err)
		}
		r.Clock.Add(time.Hour)
		if n, err := r.Unstepped(ctx(), r.Clock.Now(), 10); n != 1 || err != nil {
			t.Errorf("%d, %v", n, err)
		}
		if got := r.Queue.TakeSteps(); len(got) != 1 || got[0].Step != consult.Ask || got[0].ID != id {
			t.Errorf("%+v", got)
		}
	},
	"code does not wait for a model for ever": func(t *testing.T, r *Rig) {
		r.MustAdmit(r.Admission("d1", Opened(1, "aaa")))
		id := r.want(1, "aaa", "s")
		r.mustMove(r.Prepared(ctx(), id, []byte("code")))
		r.Clock.Add(25 * time.Hour)
		if _, err := r.Prune(ctx(), store.Retention{}); err != nil {
			t.Error(err)
		}
		if c := r.mustConsult(id); c.State != consult.Failed || c.Reason == "" {
			t.Errorf("%+v", c)
		}
		if _, err := r.ConsultInput(ctx(), id); !errors.Is(err, change.ErrNotFound) {
			t.Errorf("kept: %v", err)
		}
	},
	"old consults go, the newest of a change stays": func(t *testing.T, r *Rig) {
		r.MustAdmit(r.Admission("d1", Opened(1, "aaa")))
		first := r.want(1, "aaa", "s")
		second := r.want(1, "bbb", "t")
		r.fatal(r.EndConsult(ctx(), second, consult.Failed, "no"))
		r.Clock.Add(200 * 24 * time.Hour)
		if _, err := r.Prune(ctx(), store.Retention{Advice: 90 * 24 * time.Hour}); err != nil {
			t.Error(err)
		}
		if _, err := r.Consult(ctx(), first); !errors.Is(err, change.ErrNotFound) {
			t.Errorf("the old one is kept: %v", err)
		}
		if c := r.mustConsult(second); c.Reason != "no" {
			t.Errorf("%+v", c)
		}
	},
}

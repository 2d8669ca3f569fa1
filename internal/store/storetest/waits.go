package storetest

import (
	"testing"
	"time"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/delivery"
	"github.com/lintel-review/lintel/internal/plan"
)

// waitCases are about heads that wait for reports of CI.
var waitCases = map[string]func(t *testing.T, r *Rig){
	"a head keeps the beginning of its waiting, a new head begins anew": func(t *testing.T, r *Rig) {
		r.MustAdmit(r.Admission("d1", Opened(1, "aaa")))
		began := r.Clock.Now()
		r.waits(1, "aaa", 10*time.Minute)
		r.Clock.Add(time.Minute)
		r.waits(1, "aaa", 20*time.Minute)
		if since, err := r.WaitingSince(ctx(), Pull(1).Key, "aaa"); err != nil || !since.Equal(began) {
			t.Errorf("%v %v, want %v", since, err, began)
		}
		if since, err := r.WaitingSince(ctx(), Pull(1).Key, "bbb"); err != nil || !since.IsZero() {
			t.Errorf("a head that never waited: %v %v", since, err)
		}
		r.waits(1, "bbb", time.Minute)
		if since, err := r.WaitingSince(ctx(), Pull(1).Key, "bbb"); err != nil || !since.Equal(r.Clock.Now()) {
			t.Errorf("%v %v, want %v", since, err, r.Clock.Now())
		}
		if since, err := r.WaitingSince(ctx(), Pull(1).Key, "aaa"); err != nil || !since.IsZero() {
			t.Errorf("the head of before: %v %v", since, err)
		}
	},
	"what is due is listed once, oldest first, while it is open": func(t *testing.T, r *Rig) {
		r.MustAdmit(r.Admission("d1", Opened(1, "aaa"), Opened(2, "bbb"), Opened(3, "ccc"), Opened(4, "ddd")))
		r.waits(1, "aaa", 3*time.Minute)
		r.waits(2, "bbb", 2*time.Minute)
		r.waits(3, "ccc", 0)
		r.waits(4, "ddd", time.Minute)
		over := r.Admission("d2")
		over.Ended, over.EndState = []change.Ref{Pull(4)}, change.Closed
		r.MustAdmit(over)
		r.due(t, "")
		r.Clock.Add(2*time.Minute - time.Millisecond)
		r.due(t, "")
		r.Clock.Add(time.Millisecond)
		r.due(t, "2")
		r.Clock.Add(time.Minute)
		r.due(t, "2 1")
		r.fatal(r.Told(ctx(), Pull(2).Key, r.Clock.Now()))
		r.due(t, "1")
		// A look made the next moment due before it learned that the last one is over.
		r.waits(1, "aaa", time.Hour)
		r.fatal(r.Told(ctx(), Pull(1).Key, r.Clock.Now()))
		r.Clock.Add(time.Hour)
		r.due(t, "1")
	},
	"a wait that began by a clock that was ahead is due, and begins anew": func(t *testing.T, r *Rig) {
		r.MustAdmit(r.Admission("d1", Opened(1, "aaa")))
		r.Clock.Add(time.Hour)
		r.waits(1, "aaa", time.Minute)
		r.Clock.Add(-time.Hour)
		r.due(t, "1")
		r.fatal(r.Told(ctx(), Pull(1).Key, r.Clock.Now()))
		r.due(t, "")
		r.waits(1, "aaa", time.Minute)
		if since, err := r.WaitingSince(ctx(), Pull(1).Key, "aaa"); err != nil || !since.Equal(r.Clock.Now()) {
			t.Errorf("%v %v, want %v", since, err, r.Clock.Now())
		}
		r.due(t, "")
		r.Clock.Add(time.Minute)
		r.due(t, "1")
	},
	"a look that says nothing of waiting leaves it": func(t *testing.T, r *Rig) {
		r.MustAdmit(r.Admission("d1", Opened(1, "aaa")))
		r.waits(1, "aaa", time.Minute)
		r.Save(plan.Look{Record: r.MustRecord(Pull(1).Key)})
		r.Clock.Add(time.Minute)
		r.due(t, "1")
	},
	"a look again does not end the waiting": func(t *testing.T, r *Rig) {
		r.MustAdmit(r.Admission("d1", Opened(1, "aaa")))
		r.waits(1, "aaa", time.Minute)
		ref := Pull(1)
		r.MustAdmit(delivery.Admission{
			Delivery: delivery.Delivery{Forge: change.GitHub},
			Outcome:  delivery.Accepted,
			Requests: []delivery.ReviewRequest{{Ref: &ref, Why: "it was due"}},
		})
		if got := r.MustRecord(Pull(1).Key); got.Head.SHA != "aaa" || got.State != change.Open || got.Generation != 2 {
			t.Errorf("%+v", got)
		}
	},
}

// waits saves a look by which a head waits, due after a while; 0 is never.
func (r *Rig) waits(number int, sha string, after time.Duration) {
	r.t.Helper()
	look := plan.Look{Record: r.MustRecord(Pull(number).Key), Wait: &plan.Wait{SHA: sha, Since: r.Clock.Now()}}
	if after > 0 {
		look.Wait.Due = r.Clock.Now().Add(after)
	}
	r.Save(look)
}

func (r *Rig) due(t *testing.T, want string) {
	t.Helper()
	records, err := r.Due(ctx(), r.Clock.Now(), 10)
	r.fatal(err)
	got := ""
	for _, x := range records {
		if got != "" {
			got += " "
		}
		got += string(rune('0' + x.Number))
	}
	if got != want {
		t.Errorf("due are %q, want %q", got, want)
	}
}

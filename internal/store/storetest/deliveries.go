package storetest

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/delivery"
	"github.com/lintel-review/lintel/internal/history"
)

var deliveryCases = map[string]func(t *testing.T, r *Rig){
	"a delivery becomes a change, a line and a job": func(t *testing.T, r *Rig) {
		got := r.MustAdmit(r.Admission("d1", Opened(1, "aaa")))
		if diff := cmp.Diff(delivery.Receipt{Changes: []change.Key{Pull(1).Key}}, got); diff != "" {
			t.Error(diff)
		}
		want := change.Record{
			Ref:          Pull(1),
			State:        change.Open,
			Head:         change.Rev{Ref: "topic-1", SHA: "aaa"},
			Base:         change.Rev{Ref: "main", SHA: "base"},
			Generation:   1,
			RaisedAt:     r.Clock.Now(),
			WaitingSince: r.Clock.Now(), Unasked: true,
		}
		if diff := cmp.Diff(want, r.MustRecord(Pull(1).Key)); diff != "" {
			t.Error(diff)
		}
		if diff := cmp.Diff([]Job{{"github:7#1", delivery.Interactive, 0, true}}, r.Queue.Take()); diff != "" {
			t.Error(diff)
		}
		if r.Queue.Rings != 1 {
			t.Errorf("rang %d times", r.Queue.Rings)
		}
		lines, err := r.Lines(ctx(), Pull(1).Key, 10)
		r.fatal(err)
		if diff := cmp.Diff(
			[]history.Line{
				{
					Key:      Pull(1).Key,
					At:       r.Clock.Now(),
					Kind:     history.Delivered,
					Detail:   "pull_request.opened",
					Delivery: "d1",
					SHA:      "aaa",
					Actor:    "mona",
				},
			}, lines); diff != "" {
			t.Error(diff)
		}
	},
	"a repeated id does nothing": func(t *testing.T, r *Rig) {
		r.MustAdmit(r.Admission("d1", Opened(1, "aaa")))
		r.Queue.Take()
		again := r.Admission("d1", Opened(1, "bbb"), Opened(2, "ccc"))
		again.Scans = []delivery.Scan{{Forge: change.GitHub, Connection: connection}}
		got := r.MustAdmit(again)
		if !got.Repeat || len(got.Changes) != 0 {
			t.Errorf("receipt %+v", got)
		}
		if rec := r.MustRecord(Pull(1).Key); rec.Generation != 1 || rec.Head.SHA != "aaa" {
			t.Errorf("the repeat changed the record: %+v", rec)
		}
		if _, err := r.Record(ctx(), Pull(2).Key); !errors.Is(err, change.ErrNotFound) {
			t.Errorf("the repeat made a change: %v", err)
		}
		if jobs := r.Queue.Take(); len(jobs) != 0 || len(r.Queue.Scans) != 0 || r.Queue.Rings != 1 {
			t.Errorf("the repeat queued %v %v, rang %d times", jobs, r.Queue.Scans, r.Queue.Rings)
		}
	},
	"requests without an id are never repeats": func(t *testing.T, r *Rig) {
		r.MustAdmit(r.Admission("", Opened(1, "aaa")))
		if got := r.MustAdmit(r.Admission("", Opened(1, "aaa"))); got.Repeat {
			t.Error("taken for a repeat")
		}
		if gen := r.MustRecord(Pull(1).Key).Generation; gen != 2 {
			t.Errorf("generation %d", gen)
		}
	},
	"an error keeps nothing": func(t *testing.T, r *Rig) {
		r.Queue.Fail, r.Queue.FailAt = errors.New("queue is broken"), 1
		a := r.Admission("d1", Opened(1, "aaa"), Opened(2, "bbb"))
		got, err := r.Admit(ctx(), a)
		if !errors.Is(err, r.Queue.Fail) || got.Changes != nil {
			t.Fatalf("%+v, %v", got, err)
		}
		for _, n := range []int{1, 2} {
			if _, err := r.Record(ctx(), Pull(n).Key); !errors.Is(err, change.ErrNotFound) {
				t.Errorf("change %d was kept: %v", n, err)
			}
			if lines, err := r.Lines(ctx(), Pull(n).Key, 10); err != nil || len(lines) != 0 {
				t.Errorf("lines of %d were kept: %v %v", n, lines, err)
			}
		}
		if _, _, err := r.Repository(ctx(), change.GitHub, repoID); !errors.Is(err, change.ErrNotFound) {
			t.Errorf("the repository was kept: %v", err)
		}
		if r.Queue.Rings != 0 {
			t.Error("rang for nothing")
		}
		// The forge sends it again, by the same id, and now it is taken.
		r.Queue.Fail = nil
		if got := r.MustAdmit(a); got.Repeat || len(got.Changes) != 2 {
			t.Errorf("the second try: %+v", got)
		}
	},
	"an event moves the hints and loses none": func(t *testing.T, r *Rig) {
		r.MustAdmit(r.Admission("d1", Opened(1, "aaa")))
		bare := Pull(1)
		r.MustAdmit(r.Admission("d2", delivery.ReviewRequest{Ref: &bare, Lane: delivery.Interactive, Why: "re-check", Force: true}))
		got := r.MustRecord(Pull(1).Key)
		if got.Head.SHA != "aaa" || got.Base.Ref != "main" || got.Generation != 2 || got.Forced != 2 {
			t.Errorf("%+v", got)
		}
		r.MustAdmit(r.Admission("d3", Opened(1, "bbb")))
		if got = r.MustRecord(Pull(1).Key); got.Head.SHA != "bbb" || got.Target() != "bbb" || got.Generation != 3 || got.Forced != 2 {
			t.Errorf("%+v", got)
		}
		lines, err := r.Lines(ctx(), Pull(1).Key, 10)
		r.fatal(err)
		if len(lines) != 3 || lines[1].Kind != history.Rechecked || lines[0].Kind != history.Delivered {
			t.Errorf("%+v", lines)
		}
	},
	"a merge group is a change of its own": func(t *testing.T, r *Rig) {
		ref := Pull(0)
		ref.Key = change.Key{Forge: change.GitHub, RepoID: repoID, Group: "fff"}
		group := &change.Group{Head: "fff", Number: 1}
		r.MustAdmit(r.Admission("d1",
			delivery.ReviewRequest{Ref: &ref, Group: group, Base: change.Rev{Ref: "main"}, Why: "merge_group.checks_requested"}))
		got := r.MustRecord(ref.Key)
		if got.Group == nil || got.Group.Head != "fff" || got.Group.Number != 1 || got.Target() != "fff" {
			t.Errorf("%+v", got)
		}
		if found, err := r.FindGroup(ctx(), change.GitHub, "Acme", "Shop", "fff"); err != nil || found.Key != ref.Key {
			t.Errorf("%+v %v", found, err)
		}
	},
	"an ended change wakes those with its commit": func(t *testing.T, r *Rig) {
		r.MustAdmit(r.Admission("d1", Opened(1, "aaa"), Opened(2, "aaa"), Opened(3, "ccc")))
		r.Queue.Take()
		a := r.Admission("d2")
		a.Ended, a.EndState = []change.Ref{Pull(1), Pull(99)}, change.Merged
		got := r.MustAdmit(a)
		if diff := cmp.Diff([]change.Key{Pull(2).Key}, got.Changes); diff != "" {
			t.Error(diff)
		}
		if ended := r.MustRecord(Pull(1).Key); ended.State != change.Merged || ended.Evaluated != ended.Generation {
			t.Errorf("%+v", ended)
		}
		if diff := cmp.Diff([]Job{{"github:7#2", delivery.Interactive, 0, true}}, r.Queue.Take()); diff != "" {
			t.Error(diff)
		}
		if _, err := r.Record(ctx(), Pull(99).Key); !errors.Is(err, change.ErrNotFound) {
			t.Errorf("an unknown change was made by its end: %v", err)
		}
	},
	"a change that leaves a commit wakes those that stay on it": func(t *testing.T, r *Rig) {
		r.MustAdmit(r.Admission("d1", Opened(1, "aaa"), Opened(2, "aaa")))
		r.Queue.Take()
		got := r.MustAdmit(r.Admission("d2", Opened(1, "bbb")))
		if diff := cmp.Diff([]change.Key{Pull(1).Key, Pull(2).Key}, got.Changes); diff != "" {
			t.Error(diff)
		}
		r.Queue.Take()
		r.MustAdmit(r.Admission("d3", Opened(1, "bbb")))
		if jobs := r.Queue.Take(); len(jobs) != 1 {
			t.Errorf("a change that stays wakes others: %v", jobs)
		}
	},
	"a reopened change is open before it is read": func(t *testing.T, r *Rig) {
		r.MustAdmit(r.Admission("d1", Opened(1, "aaa")))
		a := r.Admission("d2")
		a.Ended, a.EndState = []change.Ref{Pull(1)}, change.Closed
		r.MustAdmit(a)
		r.MustAdmit(r.Admission("d3", Opened(1, "aaa")))
		if got := r.MustRecord(Pull(1).Key); got.State != change.Open || got.Generation == got.Evaluated {
			t.Errorf("%+v", got)
		}
		r.Clock.Add(time.Hour)
		if lost, err := r.Lost(ctx(), r.Clock.Now(), 10); err != nil || len(lost) != 1 {
			t.Errorf("its lost job would not be found: %v %v", lost, err)
		}
	},
	"work that piles up sinks, and asks for a lane no better than wanted": func(t *testing.T, r *Rig) {
		for i := 1; i <= 202; i++ {
			r.MustAdmit(r.Admission("", Opened(i, fmt.Sprintf("sha-%d", i))))
		}
		jobs := r.Queue.Take()
		for i, want := range map[int]delivery.Lane{0: delivery.Interactive, 19: delivery.Interactive, 20: delivery.Busy,
			199: delivery.Busy, 200: delivery.Crowded, 201: delivery.Crowded} {
			if jobs[i].Lane != want {
				t.Errorf("job %d is in lane %d, want %d", i, jobs[i].Lane, want)
			}
		}
		// Another connection is not held up by this one.
		other := Opened(1, "x")
		ref := *other.Ref
		ref.RepoID, ref.Connection = 8, 12
		for _, c := range []struct {
			wanted, want delivery.Lane
		}{
			{delivery.Interactive, delivery.Interactive},
			{delivery.Busy, delivery.Busy},
			{delivery.Backfill, delivery.Backfill},
			{0, delivery.Interactive},
		} {
			other.Ref, other.Lane = &ref, c.wanted
			r.MustAdmit(r.Admission("", other))
			if got := r.Queue.Take()[0]; got.Lane != c.want || got.Wake != (c.want < delivery.Backfill) {
				t.Errorf("wanted %d: %+v", c.wanted, got)
			}
		}
	},
	"a delay is handed on": func(t *testing.T, r *Rig) {
		request := Opened(1, "aaa")
		request.Lane, request.After = delivery.Backfill, 30*time.Second
		r.MustAdmit(r.Admission("", request))
		if diff := cmp.Diff([]Job{{"github:7#1", delivery.Backfill, 30 * time.Second, false}}, r.Queue.Take()); diff != "" {
			t.Error(diff)
		}
	},
	"under a rate limit an event wakes nothing": func(t *testing.T, r *Rig) {
		r.fatal(r.Hold(ctx(), change.GitHub, connection, r.Clock.Now().Add(time.Minute)))
		r.MustAdmit(r.Admission("", Opened(1, "aaa")))
		if got := r.Queue.Take()[0]; got.Wake {
			t.Errorf("%+v", got)
		}
		r.Clock.Add(2 * time.Minute)
		r.MustAdmit(r.Admission("", Opened(1, "aaa")))
		if got := r.Queue.Take()[0]; !got.Wake {
			t.Errorf("the limit is over: %+v", got)
		}
	},
	"scans are queued and ring": func(t *testing.T, r *Rig) {
		a := r.Admission("d1")
		a.Scans = []delivery.Scan{{Forge: change.GitHub, Connection: connection, RepoID: repoID, Why: "w"}}
		r.MustAdmit(a)
		if diff := cmp.Diff(a.Scans, r.Queue.Scans); diff != "" || r.Queue.Rings != 1 {
			t.Error(diff, r.Queue.Rings)
		}
	},
	"a scan for want of a change": func(t *testing.T, r *Rig) {
		r.MustAdmit(r.Admission("", Opened(1, "aaa")))
		for i, c := range []struct {
			commit string
			scans  int
		}{{"aaa", 0}, {"unknown", 1}} {
			a := r.Admission(fmt.Sprintf("d%d", i),
				delivery.ReviewRequest{Commit: c.commit, Forge: change.GitHub, RepoID: repoID, Why: "re-check"})
			a.Otherwise = []delivery.Scan{{Forge: change.GitHub, Connection: connection, RepoID: repoID, Why: "w"}}
			rings := r.Queue.Rings
			r.MustAdmit(a)
			if len(r.Queue.Scans) != c.scans || r.Queue.Rings != rings+1 {
				t.Errorf("%s: %v, %d rings", c.commit, r.Queue.Scans, r.Queue.Rings-rings)
			}
			r.MustAdmit(a)
			if len(r.Queue.Scans) != c.scans {
				t.Errorf("a repeat of %s scanned: %v", c.commit, r.Queue.Scans)
			}
		}
	},
	"an ignored delivery is kept and rings nobody": func(t *testing.T, r *Rig) {
		a := r.Admission("d1")
		a.Outcome, a.Reason = delivery.Ignored, "no rule reads labels"
		r.MustAdmit(a)
		if got := r.MustAdmit(a); !got.Repeat || r.Queue.Rings != 0 {
			t.Errorf("%+v, %d rings", got, r.Queue.Rings)
		}
	},
}

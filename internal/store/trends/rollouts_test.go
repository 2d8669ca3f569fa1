package trends_test

import (
	"context"
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/lintel-review/lintel/internal/flow/stepped"
)

// TestRolloutsFromTheRecord: six repositories begin with advice on a Wednesday, take half the time from then on, and wait a
// quarter for the first review; six go on as before. A verdict long ago does not move what was noted, and what the plan says
// goes before what was seen.
//
//race:unwatched
func TestRolloutsFromTheRecord(t *testing.T) {
	r := open(t)
	begin := time.Date(2025, 12, 10, 9, 0, 0, 0, time.UTC) // a Wednesday
	for id := int64(101); id <= 112; id++ {
		r.exec(`INSERT INTO repository (forge, id, installation, owner, name, private, default_branch, gone, scanned_at, updated_at)
			VALUES ('github', $1, 1, 'acme', $2, 0, 'main', 0, 0, 0)`, id, fmt.Sprint("r", id))
		r.together(func() {
			for day := -60; day < 9*7; day++ {
				at := begin.AddDate(0, 0, day)
				seconds := int64(36_000)
				if id <= 106 && !at.Before(begin) {
					seconds = 18_000
				}
				pull := fact{"repo_id": id, "merged_at": at.UnixMilli(), "cycle_s": seconds}
				if day%7 != 0 { // one a week is not reviewed
					pull["pickup_s"] = seconds * seconds / 72_000
				}
				r.add(pull)
			}
		})
		if id <= 106 {
			change := fmt.Sprintf("github:%d#1", id)
			r.exec(`INSERT INTO change (id, forge, repo_id, number, installation, state, target, head_sha, head_ref, base_sha, base_ref,
				merge_group, draft, teams, generation, evaluated, forced, raised_at, updated_at)
				VALUES ($1, 'github', $2, 1, 1, 'open', '', '', '', '', '', '', 0, '', 0, 0, 0, 0, 0)`, change, id)
			for i, at := range []time.Time{begin.AddDate(0, 0, 30), begin} {
				r.exec(`INSERT INTO consult (id, change_id, head, merge_base, scope, state, reason, asked, attempts, input, result, since,
					due_at, made_at, ended_at) VALUES ($1, $2, '', '', '', '', '', 0, 0, '', '', 0, 0, $3, 0)`, id*10+int64(i), change, at.UnixMilli())
			}
		}
	}
	for range 2 { // the second time finds nothing new
		if err := r.NoteBeginnings(context.Background()); err != nil {
			t.Fatal(err)
		}
		r.exec(`DELETE FROM consult WHERE made_at = $1`, begin.UnixMilli()) // the retention
	}
	report, err := stepped.Read(context.Background(), r, nil, now)
	if err != nil {
		t.Fatal(err)
	}
	if len(report.Rollouts) != 1 || report.Rollouts[0].Name != "advice" || !report.Rollouts[0].First.Equal(begin) {
		t.Fatalf("%+v", report.Rollouts)
	}
	advice := report.Rollouts[0]
	// The eighth week after that of the beginning ends on Sunday, 8 February.
	for day, over := range map[int]bool{8: false, 9: true} {
		early, err := stepped.Read(context.Background(), r, nil, time.Date(2026, 2, day, 12, 0, 0, 0, time.UTC))
		if err != nil || (early.Rollouts[0].Cycle.Change != nil) != over {
			t.Errorf("on %d February: %v, %+v", day, err, early.Rollouts)
		}
	}
	for want, e := range map[float64]stepped.Estimate{-0.5: advice.Cycle, -0.75: advice.Pickup} {
		if e.Change == nil || e.Begun != 6 || e.Others != 6 || math.Abs(e.Change.By-want) > 0.02 {
			t.Errorf("%g: %+v %+v", want, e, e.Change)
		}
	}
	if c := advice.Merged.Change; c == nil || math.Abs(c.By) > 0.001 {
		t.Errorf("merged: %+v %+v", advice.Merged, c)
	}
	// Weeks begin on Monday: the beginning's week is in neither window.
	if want := int64(12 * 2 * stepped.Window * 7); advice.Merged.Pulls != want {
		t.Errorf("%d pull requests, want %d", advice.Merged.Pulls, want)
	}
	// A plan with the same name takes its place.
	plan, err := stepped.Plan("advice", "2025-12-10", []string{"acme/R101", "acme/nobody"})
	if err != nil {
		t.Fatal(err)
	}
	report, err = stepped.Read(context.Background(), r, []stepped.Planned{plan}, now)
	if err != nil {
		t.Fatal(err)
	}
	if got := report.Rollouts[0]; !got.Planned || got.Cycle.Of != 1 || got.Cycle.Change != nil || got.Cycle.Why == "" ||
		fmt.Sprint(got.Unknown) != "[acme/nobody]" {
		t.Errorf("%+v", got)
	}
	// What is planned for later has not begun.
	plan.From = now.AddDate(0, 0, 1)
	if report, err = stepped.Read(context.Background(), r, []stepped.Planned{plan}, now); err != nil || report.Rollouts[0].Cycle.Of != 0 {
		t.Errorf("%v: %+v", err, report.Rollouts)
	}
}

func TestPlan(t *testing.T) {
	for _, bad := range [][3]string{{"x", "soon", "acme/shop"}, {"=x", "2026-01-01", "acme/shop"}, {"x\n", "2026-01-01", "acme/shop"},
		{"x", "2026-01-01", "shop"}} {
		if _, err := stepped.Plan(bad[0], bad[1], bad[2:]); err == nil {
			t.Errorf("%q is a plan", bad)
		}
	}
}

package review

import (
	"context"
	"time"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/facts"
	"github.com/lintel-review/lintel/internal/plan"
	"github.com/lintel-review/lintel/internal/publish"
	"github.com/lintel-review/lintel/internal/settings"
)

// Waits remembers since when heads wait for reports of CI.
type Waits interface {
	// WaitingSince is when a head of a change began to wait; zero when it never did.
	WaitingSince(ctx context.Context, key change.Key, sha string) (time.Time, error)
}

// waitForReports sets in the snapshot whether the wait for reports and for checks of Lintel's own is over, by the clock
// or because CI said so. It returns the wait to record (nil when the settings expect nothing), and what the check shows
// meanwhile. A merge group does not wait; its facts say so themselves.
func (v *Reviewer) waitForReports(ctx context.Context, r change.Record, snap *change.Snapshot, set settings.Reports) (*plan.Wait,
	*publish.Waiting, error) {
	snap.ReportsClosed = ""
	if !set.Any() || snap.Group != nil || snap.Head.SHA == "" {
		return nil, nil, nil
	}
	since := v.options.Now()
	began, err := v.options.Waits.WaitingSince(ctx, r.Key, snap.Head.SHA)
	if err != nil {
		return nil, nil, err
	}
	if !began.IsZero() && !began.After(since) { // a beginning that lies ahead is by a clock that was set back
		since = began
	}
	w := &plan.Wait{SHA: snap.Head.SHA, Since: since}
	until, half := since.Add(set.Wait()), since.Add(set.Wait()/2)
	now := v.options.Now()
	switch {
	case !snap.Arrivals.Finalised.IsZero():
		snap.ReportsClosed = facts.Finalised
	case !now.Before(until):
		snap.ReportsClosed = facts.Deadline
	}
	reports := facts.ExpectReports(snap, set)
	if reports.Open() && snap.ReportsClosed != "" && !now.Before(until) {
		snap.ReportsClosed = facts.Deadline // CI said its last word, and a check of Lintel's own has not ended
		reports = facts.ExpectReports(snap, set)
	}
	if snap.ReportsClosed = reports.Closed; !reports.Open() {
		return w, nil, nil
	}
	out := &publish.Waiting{Reports: reports, Until: until, Late: !now.Before(half)}
	if w.Due = half; out.Late {
		w.Due = until
	}
	return w, out, nil
}

package server

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"github.com/lintel-review/lintel/internal/config"
	"github.com/lintel-review/lintel/internal/control"
	"github.com/lintel-review/lintel/internal/queue"
	"github.com/lintel-review/lintel/internal/server/part"
	"github.com/lintel-review/lintel/internal/store"
	"github.com/lintel-review/lintel/internal/store/processes"
	"github.com/lintel-review/lintel/internal/web"
)

// maxLag is how long the oldest change may wait before the server reports that it is not ready.
const maxLag = 5 * time.Minute

// expireEvery is how late a change is judged anew at the most when the time of an override or a gate switch is over.
const expireEvery = 30 * time.Second

// newRecord looks after the database: it deletes what is past its retention, and checks that the database answers and
// that the work keeps up.
func newRecord(o Options, c config.Config, st *store.Store, member *processes.Member) part.Part {
	keep := retention(c.Retention)
	prune := func(ctx context.Context) error {
		n, err := st.Prune(ctx, keep)
		if n > 0 {
			o.Log.InfoContext(ctx, "deleted records past their retention", "rows", n)
		}
		return err
	}
	lag := func(ctx context.Context) error {
		lag, err := st.Lag(ctx)
		if err == nil && lag.Oldest > maxLag {
			err = behind(c, member.Left(),
				fmt.Errorf("%d pull requests wait, the oldest for %s", lag.Waiting, lag.Oldest.Round(time.Second)))
		}
		return err
	}
	return part.Part{
		Name: "record",
		Sweeps: []queue.Sweep{
			{Name: "prune", Every: time.Hour, Run: prune},
			{Name: "expire overrides", Every: cmp.Or(o.ExpireSweep, expireEvery), AtStart: true, Run: func(ctx context.Context) error {
				return control.Expire(ctx, st, o.Log, o.Now())
			}},
		},
		Checks: []web.Check{
			{Name: "database", Run: st.Ping, Remedy: "look at the disk (full, read-only?) and at who else uses the database file"},
			{Name: "queue", Run: lag, Remedy: "look at the log for failing looks, and at lintel_forge_requests_total for refusals"},
			together(st.Processes),
		},
	}
}

func retention(c config.Retention) store.Retention {
	days := func(n int) time.Duration { return time.Duration(n) * 24 * time.Hour }
	return store.Retention{
		Deliveries:    days(c.DeliveryDays),
		History:       days(c.HistoryDays),
		Verdicts:      days(c.VerdictDays),
		Evidence:      days(c.EvidenceDays),
		Kept:          days(30),
		Checks:        days(30),
		Advice:        days(c.AdviceDays),
		Audit:         days(c.AuditDays),
		Reports:       days(c.ReportDays),
		RawReports:    days(c.RawReportDays),
		UnseenReports: days(c.UnseenReportDays),
	}
}

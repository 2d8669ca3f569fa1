package server

import (
	"context"
	"fmt"
	"time"

	"github.com/lintel-review/lintel/internal/config"
	"github.com/lintel-review/lintel/internal/queue"
	"github.com/lintel-review/lintel/internal/store"
	"github.com/lintel-review/lintel/internal/web"
)

// maxLag is the queue's age from which the server calls itself not ready.
const maxLag = 5 * time.Minute

// newRecord keeps the database: it deletes what is older than its retention, and says whether the database answers and the work keeps up.
func newRecord(b *base) part {
	keep := retention(b.config.Retention)
	prune := func(ctx context.Context) error {
		n, err := b.store.Prune(ctx, keep)
		if n > 0 {
			b.log.Info("deleted records past their retention", "rows", n)
		}
		return err
	}
	lag := func(ctx context.Context) error {
		lag, err := b.store.Lag(ctx)
		if err == nil && lag.Oldest > maxLag {
			err = fmt.Errorf("%d pull requests wait, the oldest for %s", lag.Waiting, lag.Oldest.Round(time.Second))
		}
		return err
	}
	return part{
		Name:   "record",
		Sweeps: []queue.Sweep{{Name: "prune", Every: time.Hour, Run: prune}},
		Checks: []web.Check{
			{Name: "database", Run: b.store.Ping, Remedy: "look at the disk (full, read-only?) and at who else uses the database file"},
			{Name: "queue", Run: lag, Remedy: "look at the log for failing looks, and at lintel_forge_requests_total for refusals"},
		},
	}
}

// newForge says whether the forge knows the App.
func newForge(b *base) part {
	return part{Name: "forge", Checks: []web.Check{{
		Name:    "forge",
		Run:     b.forge.Ready,
		Remedy:  "run lintel doctor github",
		Timeout: 5 * time.Second,
		Keep:    30 * time.Second,
	}}}
}

func retention(c config.Retention) store.Retention {
	days := func(n int) time.Duration { return time.Duration(n) * 24 * time.Hour }
	return store.Retention{
		Deliveries:    days(c.DeliveryDays),
		History:       days(c.HistoryDays),
		Verdicts:      days(c.VerdictDays),
		Evidence:      days(c.EvidenceDays),
		Kept:          days(30),
		Advice:        days(c.AdviceDays),
		Reports:       days(c.ReportDays),
		RawReports:    days(c.RawReportDays),
		UnseenReports: days(c.UnseenReportDays),
	}
}

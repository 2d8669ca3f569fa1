package server

import (
	"cmp"
	"context"
	"time"

	"github.com/lintel-review/lintel/internal/advicejobs"
	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/ingest"
	"github.com/lintel-review/lintel/internal/job"
	"github.com/lintel-review/lintel/internal/lookjobs"
	"github.com/lintel-review/lintel/internal/queue"
	"github.com/lintel-review/lintel/internal/recovery"
	"github.com/lintel-review/lintel/internal/review"
)

// groupDeadline is how long a merge group may stay without a verdict. GitHub's queue waits for an hour unless its owner
// chose less, and then says nothing.
// https://docs.github.com/en/repositories/configuring-branches-and-merges-in-your-repository/configuring-pull-request-merges/managing-a-merge-queue
const groupDeadline = 3 * time.Minute

// newReviewer makes what judges a change and plans what is posted. requester requests advice (nil: there is none).
func newReviewer(b *base, reports review.Reports, requester *advicejobs.Requester) (*review.Reviewer, error) {
	o := review.Options{
		Source:        b.forge,
		Drafts:        b.store,
		People:        b.forge,
		Store:         b.store,
		Waits:         b.store,
		Reports:       reports,
		Outbox:        b.outbox,
		Engine:        b.engine,
		Log:           b.log,
		Now:           b.now,
		Gate:          b.cap(),
		Page:          b.page,
		GroupDeadline: cmp.Or(b.options.GroupDeadline, groupDeadline),
		Slow:          2 * time.Second,
		ExplainFrom:   cmp.Or(b.options.ExplainFrom, 5),
		UnreadFrom:    3,
		Observe:       b.metrics.judged,
	}
	if requester != nil {
		o.Advice = requester
	}
	return review.New(o)
}

// newJudge makes what a job that looks at a change does.
func newJudge(b *base, reports *ingest.Fetcher, reviewer *review.Reviewer, scanner *recovery.Recovery) (*lookjobs.Judge, error) {
	judged := func(r change.Record) { b.metrics.verdictAfter.Observe(b.now().Sub(r.RaisedAt).Seconds()) }
	return lookjobs.NewJudge(lookjobs.JudgeOptions{
		Reports: reports, Reviewer: reviewer, Scanner: scanner, Log: b.log, Judged: judged,
	})
}

// newLooks works on the jobs that look at changes and scan repositories.
func newLooks(b *base, judge *lookjobs.Judge) (part, error) {
	workers := b.config.Workers
	worker, err := lookjobs.New(lookjobs.Options{
		DB:              b.store.Writer(),
		Record:          b.store,
		Jobs:            b.jobs,
		Handler:         judge,
		Log:             b.log,
		Now:             b.now,
		Workers:         workers.Total,
		PerInstallation: workers.PerInstallation,
		Debounce:        workers.Gather.Span(),
		GroupDeadline:   cmp.Or(b.options.GroupDeadline, groupDeadline),
		Timeout:         60 * time.Second,
		LeastWait:       b.options.Pace,
		Observe:         b.ended,
	})
	if err != nil {
		return part{}, err
	}
	look := func(ctx context.Context, args job.Look, run *queue.Run) error { return worker.Look(ctx, args, run) }
	return part{Name: "looks", Jobs: []queue.Kind{
		// More jobs are taken than may run: the worker decides among those taken which runs next.
		queue.Do(job.Look{}.Queue(), 4*workers.Total, look),
		queue.Do(job.SweepQueue, 4, func(ctx context.Context, args job.Scan, _ *queue.Run) error { return worker.Scan(ctx, args) }),
	}}, nil
}

// ended measures a look that ended.
func (b *base) ended(e lookjobs.Ended) {
	b.metrics.looks.WithLabelValues(e.Outcome).Observe(e.Took.Seconds())
	b.metrics.waited.Observe(e.Waited.Seconds())
	if b.options.Observe != nil {
		b.options.Observe(e)
	}
}

package server

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/lintel-review/lintel/internal/advicejobs"
	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/delivery"
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

// newReviewer makes what judges a change and plans what is posted. requester asks for advice (nil: none is given).
func newReviewer(b *base, reports review.Reports, requester *advicejobs.Requester) *review.Reviewer {
	r := &review.Reviewer{
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
		Judged:        b.metrics.judged,
	}
	if requester != nil {
		r.Counsel = requester
	}
	return r
}

// newLooks works on the jobs that look at changes and scan repositories.
func newLooks(b *base, h lookHandler) (part, error) {
	workers := b.config.Workers
	worker, err := lookjobs.New(lookjobs.Options{
		DB:              b.store.Writer(),
		Record:          b.store,
		Jobs:            b.jobs,
		Handler:         h,
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
	scan := func(ctx context.Context, args job.Scan, _ *queue.Run) error { return worker.Scan(ctx, args) }
	return part{Name: "looks", Jobs: []queue.Kind{
		// More jobs are taken than may run: the worker decides among those taken which runs next.
		queue.Do(job.Look{}.Queue(), 4*workers.Total, look),
		queue.Do(job.SweepQueue, 4, scan),
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

// fetchTries is how often a look is tried for the reports of forks alone.
const fetchTries = 3

// lookHandler does one look: it fetches what a fork's CI made, then has the change judged.
type lookHandler struct {
	*base
	reviewer *review.Reviewer
	fetcher  *ingest.Fetcher
	recovery *recovery.Recovery
}

// Look judges a change.

func (h lookHandler) Look(ctx context.Context, r change.Record, a job.Attempt) error {
	var missed error
	if err := h.fetcher.Fetch(ctx, r); err != nil {
		var limited *change.Limited
		if errors.As(err, &limited) || (a.Number < fetchTries && !a.Last) {
			return err
		}
		// A verdict without a fork's reports says that they are missing; none at all would say nothing.
		h.log.Warn("judging without the reports of a fork, which could not be fetched", "change", r.Ref.String(), "error", err.Error())
		missed = fmt.Errorf("the verdict stands without the reports of a fork: %w", err)
	}
	if err := h.reviewer.Look(ctx, r, a.Number, a.Last); err != nil {
		return err
	}
	h.metrics.verdictAfter.Observe(h.now().Sub(r.RaisedAt).Seconds())
	if a.Last {
		return nil
	}
	return missed
}

// Scan lists the open pull requests of repositories.
func (h lookHandler) Scan(ctx context.Context, s delivery.Scan) error { return h.recovery.Scan(ctx, s) }

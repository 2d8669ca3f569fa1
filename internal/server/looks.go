package server

import (
	"cmp"
	"context"
	"time"

	"github.com/lintel-review/lintel/internal/advicejobs"
	"github.com/lintel-review/lintel/internal/analysis/ownership"
	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/config"
	"github.com/lintel-review/lintel/internal/control"
	"github.com/lintel-review/lintel/internal/evidence"
	"github.com/lintel-review/lintel/internal/forge"
	"github.com/lintel-review/lintel/internal/ingest"
	"github.com/lintel-review/lintel/internal/job"
	"github.com/lintel-review/lintel/internal/lookjobs"
	"github.com/lintel-review/lintel/internal/metrics"
	"github.com/lintel-review/lintel/internal/organisationjobs"
	"github.com/lintel-review/lintel/internal/organisationpreview"
	"github.com/lintel-review/lintel/internal/osvfile"
	"github.com/lintel-review/lintel/internal/outbox"
	"github.com/lintel-review/lintel/internal/policy"
	"github.com/lintel-review/lintel/internal/queue"
	"github.com/lintel-review/lintel/internal/replies"
	"github.com/lintel-review/lintel/internal/review"
	"github.com/lintel-review/lintel/internal/server/part"
	"github.com/lintel-review/lintel/internal/store"
)

// groupDeadline is how long a merge group may stay without a verdict. GitHub's queue waits for an hour, or for less if
// its owner chose so, and then drops the group without a message.
// https://docs.github.com/en/repositories/configuring-branches-and-merges-in-your-repository/configuring-pull-request-merges/managing-a-merge-queue
const groupDeadline = 3 * time.Minute

// newReviewer makes the reviewer, which judges changes and posts the verdicts. A nil requester requests no advice.
func newReviewer(
	o Options, c config.Config, st *store.Store, forges forge.Set, above func(context.Context, change.Ref) (*change.Organisation, error),
	box *outbox.Outbox, engine *policy.Engine, page func(change.Ref) string, reports review.Reports, checks review.Checks,
	requester *advicejobs.Requester, m *metrics.Metrics,
) (*review.Reviewer, error) {
	advisories := osvfile.New(c.OSV.File)
	commands, err := control.New(control.Options{
		Store:     st,
		Grants:    st,
		Verdicts:  st,
		Reactions: st,
		Threads:   replies.Reader{Store: st},
		Forge:     forges,
		Rules:     engine.Rules(),
		Owners:    ownership.At,
		Now:       o.Now,
		Advised:   requester != nil,
	})
	if err != nil {
		return nil, err
	}
	preview, err := organisationpreview.New(st, engine, above)
	if err != nil {
		return nil, err
	}
	needs := review.Options{
		Preview:       preview.Add,
		Control:       commands,
		Switches:      st,
		Source:        forges,
		Drafts:        st,
		People:        forges,
		Store:         st,
		Waits:         st,
		Reports:       reports,
		Checks:        checks,
		Noisy:         st.Noisy,
		Churn:         st.AddChurn,
		Advisories:    func(s *change.Snapshot) { s.Advisories = advisories.Source() },
		Outbox:        box,
		Engine:        engine,
		Log:           o.Log,
		Now:           o.Now,
		Gate:          strictest(c),
		Evidence:      evidence.OfRepository(st),
		Page:          page,
		GroupDeadline: cmp.Or(o.GroupDeadline, groupDeadline),
		Slow:          cmp.Or(o.Slow, 2*time.Second),
		ExplainFrom:   cmp.Or(o.ExplainFrom, 5),
		UnreadFrom:    3,
		Observe:       m.Judged,
	}
	if requester != nil {
		needs.Advice = requester
	}
	return review.New(needs)
}

// looksPart works on the jobs that look at changes and scan repositories.
type looksPart struct {
	part.Part
	judge *lookjobs.Judge
}

func newLooks(
	o Options, c config.Workers, st *store.Store, jobs *queue.Jobs, reports *ingest.Fetcher, reviewer *review.Reviewer,
	scans organisationjobs.Scanner, mine func(context.Context) error, stale *lookjobs.Stale, m *metrics.Metrics,
) (p looksPart, err error) {
	p.judge, err = lookjobs.NewJudge(lookjobs.JudgeOptions{
		Reports:  reports,
		Reviewer: reviewer,
		Scanner:  scans,
		Mine:     mine,
		CatchUp:  stale.CatchUp,
		Log:      o.Log,
		Judged:   func(r change.Record) { m.Published(o.Now().Sub(r.RaisedAt)) },
	})
	if err != nil {
		return p, err
	}
	worker, err := lookjobs.New(lookjobs.Options{
		Record:        st,
		Jobs:          jobs,
		Handler:       p.judge,
		Log:           o.Log,
		Now:           o.Now,
		Workers:       c.Total,
		PerConnection: c.PerConnection,
		Debounce:      c.Gather.Span(),
		Arrived:       st.ChecksArrived,
		GroupDeadline: cmp.Or(o.GroupDeadline, groupDeadline),
		Timeout:       60 * time.Second,
		LeastWait:     o.Pace,
		Observe: func(e lookjobs.Ended) {
			m.LookEnded(e)
			if o.Observe != nil {
				o.Observe(e)
			}
		},
	})
	if err != nil {
		return p, err
	}
	look := func(ctx context.Context, args job.Look, run *queue.Run) error { return worker.Look(ctx, args, run) }
	p.Part = part.Part{Name: "looks", Metrics: []metrics.Set{metrics.Limits(st.Shares)}, Jobs: []queue.Kind{
		// The queue takes more jobs than may run; the worker decides which of them runs next.
		queue.Do(job.Look{}.Queue(), 4*c.Total, look),
		queue.Do(job.SweepQueue, 4, func(ctx context.Context, args job.Scan, _ *queue.Run) error { return worker.Scan(ctx, args) }),
	}}
	return p, nil
}

package server

import (
	"context"
	"log/slog"
	"time"

	"github.com/lintel-review/lintel/internal/advice"
	"github.com/lintel-review/lintel/internal/advicejobs"
	"github.com/lintel-review/lintel/internal/advise"
	"github.com/lintel-review/lintel/internal/budget"
	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/config"
	"github.com/lintel-review/lintel/internal/effect"
	"github.com/lintel-review/lintel/internal/finding"
	"github.com/lintel-review/lintel/internal/forge/github"
	"github.com/lintel-review/lintel/internal/job"
	"github.com/lintel-review/lintel/internal/learned"
	"github.com/lintel-review/lintel/internal/model"
	"github.com/lintel-review/lintel/internal/plan"
	"github.com/lintel-review/lintel/internal/policy"
	"github.com/lintel-review/lintel/internal/processlock"
	"github.com/lintel-review/lintel/internal/publish"
	"github.com/lintel-review/lintel/internal/queue"
	"github.com/lintel-review/lintel/internal/review"
	"github.com/lintel-review/lintel/internal/secretscan"
	"github.com/lintel-review/lintel/internal/settings"
	"github.com/lintel-review/lintel/internal/store"
)

// longestDebounce bounds how long pushes in a row can put advice off.
const longestDebounce = 10 * time.Minute

// advicePart gives advice: it prepares what a model is asked, asks it unless a worker does, and posts what it said.
type advicePart struct {
	part
	// requester asks for advice when a verdict stands; nil when this server gives none.
	requester *advicejobs.Requester
}

// newAdvice makes the steps of advice that this server does. Asking the model is among them only when the server itself
// is to do it: then types alone keep the forge's credentials from it, as the asker has no field that leads to them.
func newAdvice(b *base, reports review.Reports) (p advicePart, err error) {
	p.part = part{Name: "advice", Metrics: b.metrics.advising.collectors(), Sweeps: []queue.Sweep{{
		Name:  "unstepped",
		Every: time.Minute,
		Run:   b.retryAdvice,
	}}}
	c := b.config
	if !c.Advised() {
		return p, nil
	}
	if p.requester, err = advicejobs.NewRequester(b.store, c.Advice.Debounce.Span(), longestDebounce); err != nil {
		return p, err
	}
	secrets := secretscan.New(secretscan.IdleTimeout)
	steps, err := forgeSteps(b, reports, secrets)
	if err != nil {
		return p, err
	}
	if c.Advice.Run == "worker" {
		p.Jobs = []queue.Kind{queue.Do(job.StepQueue, 4, runSteps(steps, b.log))}
		return p, nil
	}
	asker, err := newAsker(c, b.store, secrets, b.metrics, b.now, b.options.AdviceTries)
	if err != nil {
		return p, err
	}
	lock, alone, err := processlock.Ask(b.database)
	if err != nil {
		return p, err
	}
	// A job may come to the queue of the other steps' workers, so these know every step.
	steps[advice.Ask] = asker.Step
	p.Jobs = []queue.Kind{
		queue.Do(job.StepQueue, 4, runSteps(steps, b.log)),
		askKind(asker.Step, c.Advice.Askers, alone, b.log),
	}
	p.Started = func(context.Context) error { return lock.Share() }
	p.Close = lock.Close
	return p, nil
}

// forgeSteps are the steps that need the forge: the material is prepared, the answer is posted.
func forgeSteps(b *base, reports review.Reports, secrets *secretscan.Scanner) (advicejobs.Steps, error) {
	common := advicejobs.Common{Consults: b.store, Outcome: b.metrics.consulted, Now: b.now}
	prepare, err := advicejobs.NewPreparer(advicejobs.PrepareOptions{
		Common:   common,
		Store:    b.store,
		Source:   withReports{b.forge, reports},
		Judge:    judgeFor(b.engine, b.cap()),
		Learned:  b.learned,
		Redactor: secrets.Session,
	})
	if err != nil {
		return nil, err
	}
	post, err := advicejobs.NewPoster(advicejobs.PostOptions{
		Common: common,
		Store:  b.store,
		Heads:  b.forge,
		Outbox: b.outbox,
		Compose: func(c advice.Consult, r advice.Result, st plan.Standing) []effect.Effect {
			return publish.ComposeAdvice(publish.AdviceInput{
				Record:   change.Record{Ref: c.Ref, Head: change.Rev{SHA: c.Head}},
				Standing: st,
				Result:   r,
				Page:     b.page(c.Ref),
			})
		},
	})
	if err != nil {
		return nil, err
	}
	return advicejobs.Steps{advice.Prepare: prepare.Step, advice.Post: post.Step}, nil
}

// retryAdvice asks again for steps of advice whose jobs were lost.
func (b *base) retryAdvice(ctx context.Context) error {
	n, err := b.store.Unstepped(ctx, b.now().Add(-lostAfter), 100)
	if n > 0 {
		b.log.Info("asked again for steps of advice that wait for long", "steps", n)
	}
	return err
}

// withReports is the forge, with what CI handed in.
type withReports struct {
	*github.Forge
	reports review.Reports
}

// Snapshot reads the change and joins its reports.
func (j withReports) Snapshot(ctx context.Context, r change.Record) (change.Snapshot, error) {
	snap, err := j.Forge.Snapshot(ctx, r)
	if err == nil && j.reports != nil && snap.State == change.Open {
		err = j.reports.Join(ctx, &snap)
	}
	return snap, err
}

func judgeFor(e *policy.Engine, gate finding.Mode) func(context.Context, *change.Snapshot) ([]finding.Finding, settings.Advise, error) {
	return func(ctx context.Context, snap *change.Snapshot) ([]finding.Finding, settings.Advise, error) {
		resolution := settings.Resolve(snap.Controls, snap.Gaps, e.Configurable())
		_, d, err := e.Judge(ctx, snap, resolution, policy.Options{Cap: gate})
		return d.Visible(), resolution.Settings.Advise, err
	}
}

// newAsker makes the part that talks to the model, of the record and the model alone.
func newAsker(c config.Config, st *store.Store, secrets *secretscan.Scanner, m *metrics, now func() time.Time,
	tries int) (*advicejobs.Asker, error) {
	asked, err := model.Open(c.Model, model.Options{Ledger: st, Answers: st, Now: now})
	if err != nil {
		return nil, err
	}
	return advicejobs.NewAsker(advicejobs.AskOptions{
		Common:   advicejobs.Common{Consults: st, Outcome: m.consulted, Now: now},
		Store:    st,
		Redactor: secrets.Session,
		Looked:   m.looked,
		Tries:    tries,
		Model: func(c advice.Consult, set settings.Advise) advise.Model {
			return asked.ForChange(budget.Account{Installation: c.Ref.Installation, Change: c.Ref.Key, Head: c.Head, Asked: c.Asked}, set)
		},
		Measure: func(ctx context.Context, o *advise.Options) error { return asked.Measure(ctx, st, o) },
	})
}

// learned are the suppressions that people's dismissals have taught.
func (b *base) learned(ctx context.Context, forge change.Forge, repo int64, now time.Time) ([]advice.Suppression, error) {
	return learned.Suppressions(ctx, b.store, forge, repo, now)
}

// askKind is the kind of the jobs that ask a model.
func askKind(ask advicejobs.Step, askers int, alone bool, log *slog.Logger) queue.Kind {
	kind := queue.Do(job.AskQueue, askers, runSteps(advicejobs.Steps{advice.Ask: ask}, log))
	if alone {
		return kind
	}
	return kind.Shared()
}

// runSteps works on jobs of the steps.
func runSteps(steps advicejobs.Steps, log *slog.Logger) func(context.Context, job.Advise, *queue.Run) error {
	return func(ctx context.Context, args job.Advise, run *queue.Run) error {
		return steps.Run(ctx, log, args, run.Attempt())
	}
}

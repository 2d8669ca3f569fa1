package server

import (
	"context"
	"time"

	"github.com/lintel-review/lintel/internal/advice"
	"github.com/lintel-review/lintel/internal/advice/consult"
	"github.com/lintel-review/lintel/internal/advicejobs"
	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/config"
	"github.com/lintel-review/lintel/internal/effect"
	"github.com/lintel-review/lintel/internal/finding"
	"github.com/lintel-review/lintel/internal/forge"
	"github.com/lintel-review/lintel/internal/learned"
	"github.com/lintel-review/lintel/internal/metrics"
	"github.com/lintel-review/lintel/internal/outbox"
	"github.com/lintel-review/lintel/internal/plan"
	"github.com/lintel-review/lintel/internal/policy"
	"github.com/lintel-review/lintel/internal/publish"
	"github.com/lintel-review/lintel/internal/queue"
	"github.com/lintel-review/lintel/internal/review"
	"github.com/lintel-review/lintel/internal/secretscan"
	"github.com/lintel-review/lintel/internal/server/part"
	"github.com/lintel-review/lintel/internal/settings"
	"github.com/lintel-review/lintel/internal/store"
	"github.com/lintel-review/lintel/internal/worker"
)

// longestDebounce bounds how long pushes in a row can put advice off.
const longestDebounce = 10 * time.Minute

// advicePart gives advice: it prepares what the model is asked, asks it unless a worker does, and posts the answer.
type advicePart struct {
	part.Part
	// requester requests advice after a verdict; nil when this server gives none.
	requester *advicejobs.Requester
}

// newAdvice makes the steps of advice that this server runs. The server asks the model only when no worker does. Even
// then the asker cannot reach the forge's credentials: none of its fields leads to them.
func newAdvice(
	o Options, c config.Config, st *store.Store, forges forge.Set, box *outbox.Outbox, engine *policy.Engine,
	page func(change.Ref) string, reports review.Reports, m *metrics.Metrics,
) (p advicePart, err error) {
	p.Part = part.Part{Name: "advice", Metrics: []metrics.Set{m.Advice()}, Sweeps: []queue.Sweep{{
		Name:  "unstepped",
		Every: time.Minute,
		Run:   func(ctx context.Context) error { return advicejobs.Retry(ctx, st, o.Log, o.Now().Add(-lostAfter)) },
	}}}
	if !c.Advised() {
		return p, nil
	}
	if p.requester, err = advicejobs.NewRequester(st, c.Advice.Debounce.Span(), longestDebounce); err != nil {
		return p, err
	}
	secrets := secretscan.New(secretscan.IdleTimeout)
	common := advicejobs.Common{Consults: st, Outcome: m.Consulted, Now: o.Now}
	steps := advicejobs.Steps{}
	if steps[consult.Prepare], err = prepareStep(common, st, forges, reports, engine, strictest(c), secrets); err != nil {
		return p, err
	}
	if steps[consult.Post], err = postStep(common, st, forges, box, part.Sites(c), page); err != nil {
		return p, err
	}
	if c.Advice.Run == "worker" {
		p.Jobs = []queue.Kind{worker.StepKind(steps, o.Log)}
		return p, nil
	}
	asker, err := worker.NewAsker(c, st, secrets, m, o.Now, o.AdviceTries)
	if err != nil {
		return p, err
	}
	lock, alone, err := store.ClaimAsking(c.Database)
	if err != nil {
		return p, err
	}
	// The workers of either queue may get a job of any step, so they know every step.
	steps[consult.Ask] = asker.Step
	p.Jobs = []queue.Kind{
		worker.StepKind(steps, o.Log),
		worker.AskKind(asker.Step, c.Advice.Askers, alone, o.Log),
	}
	p.Started = func(context.Context) error { return lock.Share() }
	p.Close = lock.Close
	return p, nil
}

// prepareStep reads a change from the forge and prepares what the model is asked.
func prepareStep(
	common advicejobs.Common, st *store.Store, forges forge.Set, reports review.Reports, engine *policy.Engine, gate finding.Mode,
	secrets *secretscan.Scanner,
) (advicejobs.Step, error) {
	prepare, err := advicejobs.NewPreparer(advicejobs.PrepareOptions{
		Common:  common,
		Store:   st,
		Source:  forges,
		Reports: reports,
		Judge:   judgeFor(engine, gate),
		Learned: func(ctx context.Context, forge change.Forge, repo int64, now time.Time) ([]advice.Suppression, error) {
			return learned.Suppressions(ctx, st, forge, repo, now)
		},
		Redactor: secrets.Session,
	})
	return prepare.Step, err
}

// postStep posts what the model answered.
func postStep(
	common advicejobs.Common, st *store.Store, forges forge.Set, box *outbox.Outbox, sites change.Sites,
	page func(change.Ref) string,
) (advicejobs.Step, error) {
	post, err := advicejobs.NewPoster(advicejobs.PostOptions{
		Common: common,
		Store:  st,
		Heads:  forges,
		Outbox: box,
		Compose: func(c consult.Consult, r advice.Result, st plan.Standing) []effect.Effect {
			return publish.ComposeAdvice(publish.AdviceInput{
				Record:   change.Record{Ref: c.Ref, Head: change.Rev{SHA: c.Head}},
				Standing: st,
				Result:   r,
				Page:     page(c.Ref),
				Change:   sites.Change(c.Ref, c.Ref.Number),
			})
		},
	})
	return post.Step, err
}

func judgeFor(e *policy.Engine, gate finding.Mode) func(context.Context, *change.Snapshot) (advicejobs.Judged, error) {
	return func(ctx context.Context, snap *change.Snapshot) (advicejobs.Judged, error) {
		resolution := settings.Resolve(snap.Controls, snap.Gaps, e.Configurable())
		f, d, err := e.Judge(ctx, snap, resolution, policy.Options{Cap: gate})
		return advicejobs.Judged{Findings: d.Visible(), Risk: f.Risk, Settings: resolution.Settings.Advise}, err
	}
}

package server

import (
	"context"
	"errors"
	"fmt"
	"os"
	"syscall"
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
	"github.com/lintel-review/lintel/internal/learned"
	"github.com/lintel-review/lintel/internal/model"
	"github.com/lintel-review/lintel/internal/outbox"
	"github.com/lintel-review/lintel/internal/plan"
	"github.com/lintel-review/lintel/internal/policy"
	"github.com/lintel-review/lintel/internal/publish"
	"github.com/lintel-review/lintel/internal/review"
	"github.com/lintel-review/lintel/internal/settings"
	"github.com/lintel-review/lintel/internal/store"
)

// longestDebounce bounds how long pushes in a row can put advice off.
const longestDebounce = 10 * time.Minute

// steps are those of advice that this server does. Asking the model is among them only when the server itself is to do it: then types alone keep the
// forge's credentials from it, as the asker has no field that leads to them.
func (s *Server) steps(c config.Config, out *outbox.Outbox) (map[advice.Step]step, error) {
	if !c.Advised() {
		return nil, nil
	}
	requester, err := advicejobs.NewRequester(s.store, c.Advice.Debounce.Span(), longestDebounce)
	if err != nil {
		return nil, err
	}
	s.reviewer.Counsel = requester
	secrets := newSearch(unneeded)
	common := advicejobs.Common{Consults: s.store, Outcome: s.metrics.consulted, Now: s.options.Now}
	prepare, err := advicejobs.NewPreparer(advicejobs.PrepareOptions{
		Common:   common,
		Store:    s.store,
		Source:   withReports{s.forge, s.reviewer.Reports},
		Judge:    judgeFor(s.engine, operatorCap(c)),
		Learned:  s.learned,
		Redactor: secrets.session,
	})
	if err != nil {
		return nil, err
	}
	post, err := advicejobs.NewPoster(advicejobs.PostOptions{
		Common: common,
		Store:  s.store,
		Heads:  s.forge,
		Outbox: out,
		Compose: func(c advice.Consult, r advice.Result, st plan.Standing) []effect.Effect {
			return publish.ComposeAdvice(publish.AdviceInput{
				Record:   change.Record{Ref: c.Ref, Head: change.Rev{SHA: c.Head}},
				Standing: st,
				Result:   r,
				Page:     s.page(c.Ref),
			})
		},
	})
	if err != nil {
		return nil, err
	}
	all := map[advice.Step]step{advice.Prepare: prepare.Step, advice.Post: post.Step}
	if c.Advice.Run == "worker" {
		return all, nil
	}
	asker, err := newAsker(c, s.store, secrets, s.metrics, s.options.Now, s.options.AdviceTries)
	if err != nil {
		return nil, err
	}
	all[advice.Ask] = asker.Step
	return all, nil
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
func newAsker(c config.Config, st *store.Store, secrets *search, m *metrics, now func() time.Time, tries int) (*advicejobs.Asker, error) {
	asked, err := model.Open(c.Model, model.Options{Ledger: st, Answers: st, Now: now})
	if err != nil {
		return nil, err
	}
	return advicejobs.NewAsker(advicejobs.AskOptions{
		Common:   advicejobs.Common{Consults: st, Outcome: m.consulted, Now: now},
		Store:    st,
		Redactor: secrets.session,
		Looked:   m.looked,
		Tries:    tries,
		Model: func(c advice.Consult, set settings.Advise) advise.Model {
			return asked.ForChange(budget.Account{Installation: c.Ref.Installation, Change: c.Ref.Key, Head: c.Head, Asked: c.Asked}, set)
		},
		Measure: func(ctx context.Context, o *advise.Options) error { return asked.Measure(ctx, st, o) },
	})
}

// askersLock is shared by all processes that ask models for a database. Whoever can have it alone knows that no other lives.
type askersLock struct{ file *os.File }

// lockAskers takes the lock, and says whether this process is the only one that asks.
func lockAskers(database string) (l *askersLock, alone bool, err error) {
	f, err := os.OpenFile(database+".advise.lock", os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, false, fmt.Errorf("lock the questions to the model: %w", err)
	}
	alone = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) == nil
	if !alone {
		if err := syscall.Flock(int(f.Fd()), syscall.LOCK_SH); err != nil {
			return nil, false, errors.Join(fmt.Errorf("lock the questions to the model: %w", err), f.Close())
		}
	}
	return &askersLock{f}, alone, nil
}

// share lets others in. It is called when the jobs that a killed process left were taken back.
func (l *askersLock) share() error {
	if err := syscall.Flock(int(l.file.Fd()), syscall.LOCK_SH); err != nil {
		return fmt.Errorf("share the lock of questions: %w", err)
	}
	return nil
}

func (l *askersLock) close() error { return l.file.Close() }

// looked counts what a look of the model came to.
func (m *metrics) looked(a advice.Advice, took time.Duration) {
	m.adviceSeconds.Observe(took.Seconds())
	m.adviceLooks.WithLabelValues(string(a.Extent)).Inc()
	for kind, n := range map[string]int{"in": a.Cost.Usage.In, "cached": a.Cost.Usage.CachedIn, "out": a.Cost.Usage.Out, "reasoning": a.Cost.Usage.Reasoning} {
		m.adviceTokens.WithLabelValues(kind).Add(float64(n))
	}
	m.adviceCalls.Add(float64(a.Cost.Calls))
	if a.Cost.MicroDollars != nil {
		m.adviceDollars.Add(float64(*a.Cost.MicroDollars) / 1e6)
	}
	for gate, n := range a.Gates {
		m.adviceDrops.WithLabelValues(string(gate)).Add(float64(n))
	}
	for _, p := range a.Problems {
		m.adviceProblems.WithLabelValues(string(p.Kind)).Inc()
	}
}

func (m *metrics) consulted(_ advice.Consult, outcome string) {
	m.consults.WithLabelValues(outcome).Inc()
}

// learned are the suppressions that people's dismissals have taught.
func (s *Server) learned(ctx context.Context, forge change.Forge, repo int64, now time.Time) ([]advice.Suppression, error) {
	return learned.Suppressions(ctx, s.store, forge, repo, now)
}

package worker

import (
	"context"
	"log/slog"
	"time"

	"github.com/lintel-review/lintel/internal/advice/consult"
	"github.com/lintel-review/lintel/internal/advicejobs"
	"github.com/lintel-review/lintel/internal/advise"
	"github.com/lintel-review/lintel/internal/budget"
	"github.com/lintel-review/lintel/internal/config"
	"github.com/lintel-review/lintel/internal/job"
	"github.com/lintel-review/lintel/internal/metrics"
	"github.com/lintel-review/lintel/internal/model"
	"github.com/lintel-review/lintel/internal/queue"
	"github.com/lintel-review/lintel/internal/secretscan"
	"github.com/lintel-review/lintel/internal/settings"
	"github.com/lintel-review/lintel/internal/store"
)

// NewAsker makes the asker from the record and the model alone.
func NewAsker(c config.Config, st *store.Store, secrets *secretscan.Scanner, m *metrics.Metrics, now func() time.Time,
	tries int) (*advicejobs.Asker, error) {
	asked, err := model.Open(c.Model, model.Options{Ledger: st, Answers: st, Now: now})
	if err != nil {
		return nil, err
	}
	return advicejobs.NewAsker(advicejobs.AskOptions{
		Common:   advicejobs.Common{Consults: st, Outcome: m.Consulted, Now: now},
		Store:    st,
		Redactor: secrets.Session,
		Looked:   m.Advised,
		Tries:    tries,
		Model: func(c consult.Consult, set settings.Advise) advise.Model {
			return asked.ForChange(budget.Account{Connection: c.Ref.Connection, Change: c.Ref.Key, Head: c.Head, Asked: c.Asked}, set)
		},
		Measure: func(ctx context.Context, o *advise.Options) error { return asked.Measure(ctx, st, o) },
	})
}

// AskKind are the jobs that ask the model.
func AskKind(ask advicejobs.Step, askers int, alone bool, log *slog.Logger) queue.Kind {
	kind := queue.Do(job.AskQueue, askers, runSteps(advicejobs.Steps{consult.Ask: ask}, log))
	if alone {
		return kind
	}
	return kind.Shared()
}

// StepKind are the jobs of the other steps.
func StepKind(steps advicejobs.Steps, log *slog.Logger) queue.Kind {
	return queue.Do(job.StepQueue, 4, runSteps(steps, log))
}

// runSteps runs jobs of these steps.
func runSteps(steps advicejobs.Steps, log *slog.Logger) func(context.Context, job.Advise, *queue.Run) error {
	return func(ctx context.Context, args job.Advise, run *queue.Run) error {
		return steps.Run(ctx, log, args, run.Attempt())
	}
}

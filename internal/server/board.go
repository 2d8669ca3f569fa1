package server

import (
	"context"
	"time"

	"github.com/lintel-review/lintel/internal/access"
	"github.com/lintel-review/lintel/internal/flow/dora"
	"github.com/lintel-review/lintel/internal/flow/figure"
	"github.com/lintel-review/lintel/internal/flow/filter"
	"github.com/lintel-review/lintel/internal/flow/stepped"
	"github.com/lintel-review/lintel/internal/metrics"
	"github.com/lintel-review/lintel/internal/server/part"
	"github.com/lintel-review/lintel/internal/store"
	"github.com/lintel-review/lintel/internal/web/board"
)

// newFlowGauges shows the figures of the last weeks as metrics.
func newFlowGauges(o Options, st *store.Store) part.Part {
	return part.Part{Name: "flow gauges", Metrics: []metrics.Set{
		metrics.Flow(func(ctx context.Context) (figure.Recent, error) { return st.RecentFigures(ctx, o.Now()) }),
		metrics.Dora(func(ctx context.Context) (dora.Report, error) {
			now := o.Now()
			return st.Dora(ctx, dora.Scope{}, now.AddDate(0, 0, -figure.RecentDays), now)
		}),
	}}
}

// newBoard makes the pages of figures about pull requests.
func (s *Server) newBoard(shell board.Shell) (*board.Board, error) {
	return board.New(board.Options{
		Record:     s.store,
		Shell:      shell,
		Objectives: objectivesOf(s.options, s.config.Objectives, s.store),
		Scores:     s.store,
		Spent:      s.spent,
		Sites:      part.Sites(s.config),
		Only:       readable,
		Now:        s.now,
	})
}

// rollouts estimates what rollouts changed, as the pages show it.
func (s *Server) rollouts(ctx context.Context) (stepped.Report, error) {
	return stepped.Read(ctx, s.store, s.config.Flow.Steps(), s.now())
}

// spent is what models cost in a period, as the pages show it.
func (s *Server) spent(ctx context.Context, from, to time.Time) (figure.Spent, error) {
	t, pulls, err := s.store.SpentBetween(ctx, from, to)
	return figure.Spent{Pulls: pulls, Calls: int64(t.Calls), Micro: t.Micro, Unpriced: int64(t.Unpriced)}, err
}

// readable are the repositories of which a request may show figures; nil is any.
func readable(ctx context.Context) map[filter.Repo]bool {
	only := access.Only(ctx)
	if only == nil {
		return nil
	}
	all := map[filter.Repo]bool{}
	for repository, may := range only {
		all[filter.Repo(repository)] = may
	}
	return all
}

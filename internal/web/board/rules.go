package board

import (
	"context"
	"errors"
	"time"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/flow/filter"
	"github.com/lintel-review/lintel/internal/scorecard"
)

// Scores counts what became of the findings of rules.
type Scores interface {
	// Scores counts since a day, in one repository, or in all for 0.
	Scores(ctx context.Context, forge change.Forge, repo int64, since time.Time) ([]scorecard.Count, error)
	// RepositoryNamed is change.ErrNotFound for a repository that nobody has heard of.
	RepositoryNamed(ctx context.Context, forge change.Forge, owner, name string) (change.Repository, error)
}

// cards are the scorecards of rules in the repository of a filter, since its first day. Findings have no team, so a team
// has none.
func (b *Board) cards(ctx context.Context, f filter.Filter) ([]scorecard.Card, error) {
	if b.o.Scores == nil || f.Team != "" {
		return nil, nil
	}
	repository, err := repositoryOf(ctx, b.o.Scores.RepositoryNamed, f)
	if errors.Is(err, change.ErrNotFound) {
		return nil, nil
	} else if err != nil {
		return nil, err
	}
	counts, err := b.o.Scores.Scores(ctx, change.Forge(repository.Forge), repository.ID, f.From)
	return scorecard.Cards(counts), err
}

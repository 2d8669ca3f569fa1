// Package learned derives from people's dismissals what advice should no longer say in a repository.
//
// Callers may rely on: nothing of it is stored. It is derived from the record whenever it is needed, so it ends by
// itself and cannot contradict what people did.
package learned

import (
	"context"
	"time"

	"github.com/lintel-review/lintel/internal/advice"
	"github.com/lintel-review/lintel/internal/advise/lifecycle"
	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/thread"
)

// Record lists the dismissals in a repository since a time.
type Record interface {
	Dismissals(ctx context.Context, forge change.Forge, repo int64, since time.Time) ([]thread.Dismissal, error)
}

// Suppressions are those that hold now.
func Suppressions(ctx context.Context, r Record, forge change.Forge, repo int64, now time.Time) ([]advice.Suppression, error) {
	all, err := r.Dismissals(ctx, forge, repo, now.Add(-lifecycle.Lasts))
	if err != nil {
		return nil, err
	}
	return lifecycle.Learn(ofAdvice(all), now), nil
}

// ofAdvice are the dismissals of advice. What people think of a rule's finding is for the rule's mode.
func ofAdvice(all []thread.Dismissal) []advice.Dismissal {
	var out []advice.Dismissal
	for _, d := range all {
		if d.About.Origin != "advice" {
			continue
		}
		out = append(out, advice.Dismissal{
			Key:      advice.Fingerprint(d.Fingerprint),
			By:       d.By,
			Reason:   d.Why,
			At:       d.At,
			Category: advice.Category(d.About.Category),
			Symbol:   d.About.Symbol,
			Path:     d.Path,
			Level:    advice.Level(d.About.Severity),
		})
	}
	return out
}

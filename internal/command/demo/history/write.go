package history

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/delivery"
	"github.com/lintel-review/lintel/internal/flow"
	"github.com/lintel-review/lintel/internal/operator"
)

// invented are the repositories of the invented year. No forge has them.
var invented = []Repository{
	{ID: 900001, Owner: "acme", Name: "storefront", Team: "storefront", PerWeek: 24},
	{ID: 900002, Owner: "acme", Name: "payments-api", Team: "payments", PerWeek: 17},
	{ID: 900003, Owner: "acme", Name: "mobile", Team: "mobile", PerWeek: 13},
}

// atOnce is how many events are stored in one transaction.
const atOnce = 600

// Write writes a year of an invented team's pull requests, which ends now, into a new database, and gives their number.
func Write(ctx context.Context, database string, forge change.Forge, now time.Time) (pulls int, err error) {
	st, err := operator.OpenCopy(ctx, database)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, st.Close()) }()
	var seen []delivery.Seen
	for _, r := range invented {
		// Gone: no sweep asks the forge for it.
		seen = append(seen, delivery.Seen{
			Forge:      forge,
			Repository: change.Repository{ID: r.ID, Owner: r.Owner, Name: r.Name, DefaultBranch: "main"},
			Gone:       true,
		})
	}
	a := delivery.Admission{
		Delivery: delivery.Delivery{ID: "history", Forge: forge, Name: "history", ReceivedAt: now},
		Outcome:  delivery.Ignored,
		Seen:     seen,
	}
	if _, err := st.Admit(ctx, a); err != nil {
		return 0, fmt.Errorf("store the invented repositories: %w", err)
	}
	var waiting []flow.Event
	store := func(least int) error {
		if len(waiting) < least {
			return nil
		}
		_, err := st.AppendEvents(ctx, waiting, "demo")
		waiting = waiting[:0]
		return err
	}
	year := Year{Forge: string(forge), Seed: 11, End: now.UTC(), Repositories: invented}
	err = year.Each(func(events []flow.Event) error {
		pulls++
		waiting = append(waiting, events...)
		return store(atOnce)
	})
	if err = errors.Join(err, store(1)); err != nil {
		return 0, fmt.Errorf("store the invented year: %w", err)
	}
	deployments, incidents := year.Deployments()
	if err := st.KeepDeployments(ctx, deployments, incidents); err != nil {
		return 0, fmt.Errorf("store the invented deployments: %w", err)
	}
	return pulls, nil
}

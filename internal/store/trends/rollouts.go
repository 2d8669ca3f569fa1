package trends

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"net/url"
	"time"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/flow"
	"github.com/lintel-review/lintel/internal/flow/daily"
	"github.com/lintel-review/lintel/internal/flow/filter"
	"github.com/lintel-review/lintel/internal/flow/stepped"
	"github.com/lintel-review/lintel/internal/sorting"
	"github.com/lintel-review/lintel/internal/store/sqldb"
)

// Beginnings are when repositories began with what is rolled out.
func (s *Store) Beginnings(ctx context.Context) (all []stepped.Beginning, err error) {
	rows, err := s.db.Reader().QueryContext(ctx, `SELECT name, forge, repo_id, at FROM beginning ORDER BY name, at, forge, repo_id`)
	if err != nil {
		return nil, fmt.Errorf("read when repositories began: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var b stepped.Beginning
		var forge string
		var id, at int64
		if err := rows.Scan(&b.Rollout, &forge, &id, &at); err != nil {
			return nil, fmt.Errorf("read when repositories began: %w", err)
		}
		b.Repository, b.At = stepped.Key(change.Forge(forge), id), sqldb.Time(at)
		all = append(all, b)
	}
	return all, rows.Err()
}

// Weeks hands over what each repository merged into its default branch in each week between two times, by people. The
// sums are of logarithmic buckets.
func (s *Store) Weeks(ctx context.Context, from, to time.Time, use func(stepped.Week)) error {
	f, _ := filter.Parse(url.Values{}, to)
	f.From, f.To, f.Open = from, to, false
	type of struct {
		daily.Repo
		week int64
	}
	all := map[of]*stepped.Week{}
	err := s.scan(ctx, f, func(scope daily.Scope, days func(func(*daily.Day)) error) error {
		return days(func(d *daily.Day) {
			d.Each(scope, func(r daily.Repo, at int64, cycle, pickup *int64) {
				key := of{r, stepped.WeekOf(at)}
				if all[key] == nil {
					all[key] = &stepped.Week{Repository: stepped.Key(change.Forge(r.Forge), r.ID), Week: key.week}
				}
				add(all[key], cycle, pickup)
			})
		})
	})
	if err != nil {
		return fmt.Errorf("count changes by repository and week: %w", err)
	}
	sorted := sorting.Sorted(maps.Values(all), func(a, b *stepped.Week) int {
		return cmp.Or(cmp.Compare(a.Repository, b.Repository), cmp.Compare(a.Week, b.Week))
	})
	for _, w := range sorted {
		use(*w)
	}
	return nil
}

func add(w *stepped.Week, cycle, pickup *int64) {
	w.Merged++
	if b := flow.Bucket(cycle); b != nil {
		w.Cycles, w.CycleBuckets = w.Cycles+1, w.CycleBuckets+*b
	}
	if b := flow.Bucket(pickup); b != nil {
		w.Pickups, w.PickupBuckets = w.Pickups+1, w.PickupBuckets+*b
	}
}

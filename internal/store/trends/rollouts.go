package trends

import (
	"context"
	"fmt"
	"net/url"
	"time"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/flow/filter"
	"github.com/lintel-review/lintel/internal/flow/stepped"
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
	q := merged(f)
	rows, err := s.db.Reader().QueryContext(ctx, `SELECT f.forge, f.repo_id, `+stepped.WeekSQL("f.merged_at")+` w, COUNT(*), COUNT(f.cycle_b),
		COALESCE(SUM(f.cycle_b), 0), COUNT(f.pickup_b), COALESCE(SUM(f.pickup_b), 0) FROM flow_fact f WHERE `+q.text()+`
		GROUP BY 1, 2, 3 ORDER BY 1, 2, 3`, q.args...)
	if err != nil {
		return fmt.Errorf("count pull requests by repository and week: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var w stepped.Week
		var forge string
		var id int64
		if err := rows.Scan(&forge, &id, &w.Week, &w.Merged, &w.Cycles, &w.CycleBuckets, &w.Pickups, &w.PickupBuckets); err != nil {
			return fmt.Errorf("count pull requests by repository and week: %w", err)
		}
		w.Repository = stepped.Key(change.Forge(forge), id)
		use(w)
	}
	return rows.Err()
}

package trends

import (
	"cmp"
	"context"
	"fmt"
	"net/url"
	"time"

	"github.com/lintel-review/lintel/internal/flow/daily"
	"github.com/lintel-review/lintel/internal/flow/figure"
	"github.com/lintel-review/lintel/internal/flow/filter"
	"github.com/lintel-review/lintel/internal/sorting"
)

// maxTeams is how many teams have figures of their own in RecentFigures.
const maxTeams = 50

// RecentFigures are those of the days before now.
func (s *Store) RecentFigures(ctx context.Context, now time.Time) (r figure.Recent, err error) {
	f, _ := filter.Parse(url.Values{}, now)
	f.From, f.To, f.Open = now.AddDate(0, 0, -figure.RecentDays), now, false
	if r.Scopes, err = s.scopes(ctx, f); err != nil {
		return r, err
	}
	if r.Open, err = s.waits(ctx, f); err != nil {
		return r, err
	}
	age, err := s.Age(ctx)
	r.Newest = age.Last
	return r, err
}

// scopes are the figures of all, and of the teams with the most changes.
func (s *Store) scopes(ctx context.Context, f filter.Filter) (all []figure.Scope, err error) {
	err = s.scan(ctx, f, func(scope daily.Scope, days func(func(*daily.Day)) error) error {
		teams := map[string]*daily.Counter{"": daily.NewCounter(scope, nil, nil)}
		if err := days(func(d *daily.Day) {
			for _, name := range append([]string{""}, d.Teams()...) {
				if teams[name] == nil {
					one := scope
					one.Filter.Team = name
					teams[name] = daily.NewCounter(one, nil, nil)
				}
			}
			for _, c := range teams {
				c.Add(d)
			}
		}); err != nil {
			return err
		}
		for name, c := range teams {
			if n := c.Counted(); n.Totals.Merged > 0 || name == "" {
				all = append(all, figure.Scope{Team: name, Cycle: n.Cycle, Pickup: n.Pickup, Totals: n.Totals})
			}
		}
		return nil
	})
	// The one without a team has all changes, and so is the first.
	sorting.By(all, func(a, b figure.Scope) int {
		return cmp.Or(cmp.Compare(b.Totals.Merged, a.Totals.Merged), cmp.Compare(a.Team, b.Team))
	})
	return all[:min(len(all), maxTeams+1)], err
}

// waits counts open changes by who can act.
func (s *Store) waits(ctx context.Context, f filter.Filter) (map[string]int64, error) {
	q := scope(f)
	q.and("f.state = 'open'")
	rows, err := s.db.Reader().QueryContext(ctx, "SELECT f.waits_for, COUNT(*) FROM flow_fact f WHERE "+q.text()+" GROUP BY f.waits_for",
		q.args...)
	if err != nil {
		return nil, fmt.Errorf("count open changes: %w", err)
	}
	defer rows.Close()
	all := map[string]int64{}
	for rows.Next() {
		var on string
		var n int64
		if err := rows.Scan(&on, &n); err != nil {
			return nil, fmt.Errorf("count open changes: %w", err)
		}
		all[on] = n
	}
	return all, rows.Err()
}

// list gives the texts of a query, at most limit.
func (s *Store) list(ctx context.Context, query string, limit int, args ...any) (names []string, err error) {
	rows, err := s.db.Reader().QueryContext(ctx, query+fmt.Sprintf(" LIMIT %d", limit), args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return nil, err
		}
		names = append(names, name)
	}
	return names, rows.Err()
}

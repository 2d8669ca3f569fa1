package trends

import (
	"context"
	"fmt"
	"net/url"
	"time"

	"github.com/lintel-review/lintel/internal/flow/figure"
	"github.com/lintel-review/lintel/internal/flow/filter"
)

// maxTeams is how many teams have figures of their own in RecentFigures.
const maxTeams = 50

// RecentFigures are those of the days before now.
func (s *Store) RecentFigures(ctx context.Context, now time.Time) (r figure.Recent, err error) {
	f, _ := filter.Parse(url.Values{}, now)
	f.From, f.To, f.Open = now.AddDate(0, 0, -figure.RecentDays), now, false
	teams, err := s.list(ctx, `SELECT f.team FROM flow_fact f WHERE f.team <> '' AND `+merged(f).text()+
		` GROUP BY f.team ORDER BY COUNT(*) DESC, f.team`, maxTeams, merged(f).args...)
	if err != nil {
		return r, fmt.Errorf("list teams: %w", err)
	}
	for _, team := range append([]string{""}, teams...) {
		f.Team = team
		scope := figure.Scope{Team: team}
		if scope.Cycle, err = s.Percentiles(ctx, f, figure.CycleTime); err != nil {
			return r, err
		}
		if scope.Pickup, err = s.Percentiles(ctx, f, figure.PickupTime); err != nil {
			return r, err
		}
		if scope.Totals, err = s.Totals(ctx, f); err != nil {
			return r, err
		}
		r.Scopes = append(r.Scopes, scope)
	}
	f.Team = ""
	if r.Open, err = s.waits(ctx, f); err != nil {
		return r, err
	}
	age, err := s.Age(ctx)
	r.Newest = age.Last
	return r, err
}

// waits counts open pull requests by who can act.
func (s *Store) waits(ctx context.Context, f filter.Filter) (map[string]int64, error) {
	q := scope(f)
	q.and("f.state = 'open'")
	rows, err := s.db.Reader().QueryContext(ctx, "SELECT f.waits_for, COUNT(*) FROM flow_fact f WHERE "+q.text()+" GROUP BY f.waits_for",
		q.args...)
	if err != nil {
		return nil, fmt.Errorf("count open pull requests: %w", err)
	}
	defer rows.Close()
	all := map[string]int64{}
	for rows.Next() {
		var on string
		var n int64
		if err := rows.Scan(&on, &n); err != nil {
			return nil, fmt.Errorf("count open pull requests: %w", err)
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

package trends

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/flow/daily"
	"github.com/lintel-review/lintel/internal/flow/figure"
	"github.com/lintel-review/lintel/internal/flow/filter"
)

// Count counts the merged changes of a filter: its percentiles, those of spans, how many took how long by edges in
// seconds, and totals.
func (s *Store) Count(ctx context.Context, f filter.Filter, spans []filter.Span, edges []int64) (c figure.Counted, err error) {
	err = s.scan(ctx, f, func(scope daily.Scope, days func(func(*daily.Day)) error) error {
		counter := daily.NewCounter(scope, spans, edges)
		if err := days(counter.Add); err != nil {
			return err
		}
		c = counter.Counted()
		return nil
	})
	return c, err
}

// scan hands over what a filter means, and what gives each day of its period. Both are read from one state of the record.
// A day is gone when its user returns.
func (s *Store) scan(ctx context.Context, f filter.Filter,
	use func(scope daily.Scope, days func(func(*daily.Day)) error) error,
) (err error) {
	tx, err := s.db.Snapshot(ctx)
	if err != nil {
		return fmt.Errorf("read days of changes: %w", err)
	}
	defer func() {
		if back := tx.Rollback(); back != nil && !errors.Is(back, sql.ErrTxDone) {
			err = errors.Join(err, back)
		}
	}()
	scope := daily.Scope{Filter: f}
	if scope.Only, err = only(ctx, tx, f); err != nil {
		return err
	}
	if scope.Only != nil && len(scope.Only) == 0 {
		return use(scope, func(func(*daily.Day)) error { return nil })
	}
	return use(scope, func(use func(*daily.Day)) error { return eachDay(ctx, tx, f.From, f.To, use) })
}

// only are the repositories that a filter names, and of these those that it may count; nil is any.
func only(ctx context.Context, tx *sql.Tx, f filter.Filter) (map[daily.Repo]bool, error) {
	owner, name, ok := change.SplitName(f.Repo)
	if !ok {
		return f.Only, nil
	}
	rows, err := tx.QueryContext(ctx, `SELECT forge, id FROM repository WHERE lower(owner) = $1 AND lower(name) = $2`,
		strings.ToLower(owner), strings.ToLower(name))
	if err != nil {
		return nil, fmt.Errorf("find repository %s: %w", f.Repo, err)
	}
	defer rows.Close()
	all := map[daily.Repo]bool{}
	for rows.Next() {
		var r daily.Repo
		if err := rows.Scan(&r.Forge, &r.ID); err != nil {
			return nil, fmt.Errorf("find repository %s: %w", f.Repo, err)
		}
		if f.Only == nil || f.Only[r] {
			all[r] = true
		}
	}
	return all, rows.Err()
}

// among is the condition that a repository is one of some; forge and id are its columns. Only numbers of ours are in it, and
// forges as parameters.
func (q *query) among(repos map[filter.Repo]bool, forge, id string) {
	if repos == nil {
		return
	}
	ids := map[string][]string{}
	for r, may := range repos {
		if may {
			ids[r.Forge] = append(ids[r.Forge], strconv.FormatInt(r.ID, 10))
		}
	}
	parts, forges := []string{"1 = 0"}, slices.Sorted(maps.Keys(ids))
	var args []any
	for _, of := range forges {
		slices.Sort(ids[of])
		parts, args = append(parts, forge+" = ? AND "+id+" IN ("+strings.Join(ids[of], ",")+")"), append(args, of)
	}
	q.and("("+strings.Join(parts, " OR ")+")", args...)
}

// eachDay hands over the packed days of a period, and the facts of the others.
func eachDay(ctx context.Context, tx *sql.Tx, from, to time.Time, use func(*daily.Day)) error {
	first, last := daily.Of(from), daily.Of(to.Add(-1))
	packed, err := packedDays(ctx, tx, first, last, use)
	if err != nil {
		return err
	}
	for at := first; at <= last; at++ {
		if packed[at] {
			continue
		}
		end := at
		for end < last && !packed[end+1] {
			end++
		}
		d, err := unpackedDays(ctx, tx, at, end)
		if err != nil {
			return err
		}
		use(d)
		at = end
	}
	return nil
}

func packedDays(ctx context.Context, tx *sql.Tx, first, last int64, use func(*daily.Day)) (map[int64]bool, error) {
	rows, err := tx.QueryContext(ctx, `SELECT day, pulls FROM flow_day WHERE day >= $1 AND day <= $2 AND form = $3
		ORDER BY day DESC`, first, last, daily.Form)
	if err != nil {
		return nil, fmt.Errorf("read packed days: %w", err)
	}
	defer rows.Close()
	packed := map[int64]bool{}
	for rows.Next() {
		var day int64
		var pulls sql.RawBytes // a copy of each would double the work
		if err := rows.Scan(&day, &pulls); err != nil {
			return nil, fmt.Errorf("read packed days: %w", err)
		}
		d, err := daily.Decode(pulls)
		if err != nil {
			return nil, fmt.Errorf("read packed day %d: %w", day, err)
		}
		packed[day] = true
		use(d)
	}
	return packed, rows.Err()
}

const unpacked = `SELECT ` + daily.Columns + ` FROM flow_fact f WHERE f.merged_day >= $1 AND f.merged_day <= $2 AND f.state = 'merged'`

func unpackedDays(ctx context.Context, tx *sql.Tx, first, last int64) (*daily.Day, error) {
	rows, err := tx.QueryContext(ctx, unpacked, first, last)
	if err != nil {
		return nil, fmt.Errorf("read changes by day: %w", err)
	}
	defer rows.Close()
	d := &daily.Day{}
	for rows.Next() {
		if err := d.Add(rows.Scan); err != nil {
			return nil, fmt.Errorf("read changes by day: %w", err)
		}
	}
	return d, rows.Err()
}

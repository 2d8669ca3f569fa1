// Package trends counts facts of changes for pages, exports and gauges: percentiles, totals, trends and lists, by
// the filter of an address. It only reads; flow writes the facts.
//
// Callers may rely on this:
//   - every figure is exact, and of one state of the record; days that are packed (daily) and days that are not count the
//     same;
//   - the text of a query is the same for every database;
//   - a filter that names an unknown repository finds nothing;
//   - no text of a filter is part of a query: it is a parameter.
package trends

import (
	"context"
	"database/sql"
	"fmt"
	"strconv"
	"strings"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/flow/figure"
	"github.com/lintel-review/lintel/internal/flow/filter"
	"github.com/lintel-review/lintel/internal/store/sqldb"
)

// Store is safe for concurrent use.
type Store struct{ db *sqldb.DB }

// New makes the room on a database whose schema is up to date.
func New(db *sqldb.DB) *Store { return &Store{db: db} }

// query is a condition with its parameters.
type query struct {
	where []string
	args  []any
}

func (q *query) and(condition string, args ...any) {
	for _, a := range args {
		q.args = append(q.args, a)
		condition = strings.Replace(condition, "?", "$"+strconv.Itoa(len(q.args)), 1)
	}
	q.where = append(q.where, condition)
}

func (q *query) text() string { return strings.Join(q.where, " AND ") }

// scope is what a filter asks of every change, whatever its state. It begins with what an index begins with.
func scope(f filter.Filter) *query {
	q := &query{}
	if f.AllBases {
		q.and("f.base_is_default IN (0, 1)")
	} else {
		q.and("f.base_is_default = 1")
	}
	switch f.Author {
	case filter.Human:
		q.and("f.author_kind IN ('human', 'ghost')")
	case filter.Bot, filter.AI:
		q.and("f.author_kind = ?", string(f.Author))
	default:
		q.and("f.author_kind IN ('human', 'ghost', 'bot', 'ai')")
	}
	if owner, name, ok := change.SplitName(f.Repo); ok {
		// The pair decides. An index is searched by each of its columns.
		const named = " FROM repository o WHERE lower(o.owner) = ? AND lower(o.name) = ?)"
		owner, name = strings.ToLower(owner), strings.ToLower(name)
		q.and("f.forge IN (SELECT o.forge"+named, owner, name)
		q.and("f.repo_id IN (SELECT o.id"+named, owner, name)
		q.and("(f.forge, f.repo_id) IN (SELECT o.forge, o.id"+named, owner, name)
	}
	q.among(f.Only, "f.forge", "f.repo_id")
	if f.Team != "" {
		q.and("f.team = ?", f.Team)
	}
	if least, most := f.Size.Bounds(); f.Size != filter.AnySize {
		q.and("COALESCE(f.size_effective, f.additions + f.deletions) >= ?", least)
		if most >= 0 {
			q.and("COALESCE(f.size_effective, f.additions + f.deletions) <= ?", most)
		}
	}
	return q
}

// Age says how far the record reaches; both times are zero without a change.
func (s *Store) Age(ctx context.Context) (a figure.Age, err error) {
	var first, last sql.NullInt64
	err = s.db.Reader().QueryRowContext(ctx, `SELECT (SELECT MIN(at) FROM flow_event), (SELECT MAX(at) FROM flow_event)`).
		Scan(&first, &last)
	if err != nil {
		return a, fmt.Errorf("read how old the facts are: %w", err)
	}
	a.First, a.Last = sqldb.Time(first.Int64), sqldb.Time(last.Int64)
	var whole, unknown int64
	err = s.db.Reader().QueryRowContext(ctx, `SELECT COUNT(*), COALESCE(SUM(CASE WHEN state = 'complete' THEN 1 ELSE 0 END), 0),
		COALESCE(MAX(CASE WHEN state = 'complete' THEN since ELSE reached END), 0),
		COALESCE(SUM(CASE WHEN state <> 'complete' AND reached = 0 THEN 1 ELSE 0 END), 0) FROM backfill`).
		Scan(&a.Asked, &a.Read, &whole, &unknown)
	if err != nil {
		return a, fmt.Errorf("read how far the past was read: %w", err)
	}
	if unknown == 0 {
		a.Whole = sqldb.Time(whole)
	}
	return a, nil
}

// maxChoices is how many repositories and teams a form offers.
const maxChoices = 200

// Choices are the repositories that have changes, and their teams. For whom only some may be shown, no team is told.
func (s *Store) Choices(ctx context.Context, only map[filter.Repo]bool) (c figure.Choices, err error) {
	q := &query{}
	q.among(only, "o.forge", "o.id")
	q.where = append(q.where, "(SELECT 1 FROM flow_fact f WHERE f.forge = o.forge AND f.repo_id = o.id LIMIT 1) = 1")
	// EXISTS would do, but SQLite makes a join of it, which reads all facts.
	c.Repositories, err = s.list(ctx, `SELECT o.owner || '/' || o.name FROM repository o WHERE `+q.text()+` ORDER BY 1`,
		maxChoices, q.args...)
	if err != nil {
		return c, fmt.Errorf("list repositories with changes: %w", err)
	}
	if only != nil {
		return c, nil
	}
	// From one team to the next by the index: DISTINCT would read all rows.
	if c.Teams, err = s.list(ctx, `WITH RECURSIVE t(team) AS (SELECT MIN(team) FROM flow_fact WHERE team > '' UNION ALL
		SELECT (SELECT MIN(f.team) FROM flow_fact f WHERE f.team > t.team) FROM t WHERE t.team IS NOT NULL)
		SELECT team FROM t WHERE team IS NOT NULL ORDER BY team`, maxChoices); err != nil {
		return c, fmt.Errorf("list teams: %w", err)
	}
	return c, nil
}

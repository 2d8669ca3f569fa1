// Package trends counts facts of pull requests for pages, exports and gauges: percentiles, totals, trends and lists, by
// the filter of an address. It only reads; flow writes the facts.
//
// Callers may rely on this:
//   - the text of a query is the same for every database: window functions and integers, no extension;
//   - percentiles are exact up to exactRows rows; above, they are read from logarithmic buckets and say so;
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

// exactRows is how many rows are sorted for a percentile. Above it, the buckets that were counted anyway do.
const exactRows = 20_000

// Store is safe for concurrent use.
type Store struct {
	db *sqldb.DB
	// exact is exactRows, but for tests.
	exact int64
}

// New makes the room on a database whose schema is up to date.
func New(db *sqldb.DB) *Store { return &Store{db: db, exact: exactRows} }

// columnOf is the column of the metric by a clock, and that of its bucket.
func columnOf(m figure.Metric, business bool) (value, bucket string) {
	if business {
		return string(m) + "_bh_s", string(m) + "_bh_b"
	}
	return string(m) + "_s", string(m) + "_b"
}

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

// scope is what a filter asks of every pull request, whatever its state. It begins with what an index begins with.
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

// merged are the pull requests of a filter that were merged in its period.
func merged(f filter.Filter) *query {
	q := scope(f)
	q.and("f.state = 'merged'")
	q.and("f.merged_at >= ?", sqldb.Millis(f.From))
	q.and("f.merged_at < ?", sqldb.Millis(f.To))
	return q
}

// Percentiles are those of the merged pull requests of a filter.
func (s *Store) Percentiles(ctx context.Context, f filter.Filter, m figure.Metric) (figure.Percentiles, error) {
	_, whole, err := s.trend(ctx, f, m, []filter.Span{{From: f.From, To: f.To}}, false)
	return whole, err
}

// Trend gives the percentiles of each span of a filter's period, and of the whole period.
func (s *Store) Trend(ctx context.Context, f filter.Filter, m figure.Metric, spans []filter.Span) (
	each []figure.Percentiles, whole figure.Percentiles, err error,
) {
	return s.trend(ctx, f, m, spans, true)
}

// trend counts in buckets, in one scan, and sorts as well when there are few enough.
func (s *Store) trend(ctx context.Context, f filter.Filter, m figure.Metric, spans []filter.Span, apart bool) (
	each []figure.Percentiles, whole figure.Percentiles, err error,
) {
	value, bucket := columnOf(m, f.Business)
	counted, err := s.histograms(ctx, f, value, bucket, spans)
	if err != nil {
		return nil, whole, err
	}
	all := &counted[len(spans)]
	whole = all.percentiles()
	for _, h := range counted[:len(spans)] {
		p := h.percentiles()
		p.Low, p.High = nil, nil
		each = append(each, p)
	}
	if !all.unsorted && whole.N > s.exact {
		return each, whole, nil
	}
	if err := s.sort(ctx, f, value, &whole); err != nil || !apart {
		return each, whole, err
	}
	return each, whole, s.sortEach(ctx, f, value, spans, each)
}

// sort replaces percentiles by those of the sorted values.
func (s *Store) sort(ctx context.Context, f filter.Filter, value string, p *figure.Percentiles) error {
	*p = figure.Percentiles{N: p.N, Of: p.Of}
	if p.N < figure.Fewest {
		return nil
	}
	low, high, sure := figure.MedianRanks(p.N)
	ranks := []int64{figure.Rank(p.N, 50), figure.Rank(p.N, 75), figure.Rank(p.N, 90), max(1, low), max(1, high)}
	q := merged(f)
	err := s.db.Reader().QueryRowContext(ctx, ranked(q, value, ranks), q.args...).Scan(&p.P50, &p.P75, &p.P90, &p.Low, &p.High)
	if err != nil {
		return fmt.Errorf("read percentiles: %w", err)
	}
	if !sure {
		p.Low, p.High = nil, nil
	}
	return nil
}

// sortEach does so for each span.
func (s *Store) sortEach(ctx context.Context, f filter.Filter, value string, spans []filter.Span, each []figure.Percentiles) error {
	for i, p := range each {
		each[i] = figure.Percentiles{N: p.N, Of: p.Of}
	}
	q := merged(f)
	rows, err := s.db.Reader().QueryContext(ctx, rankedEach(q, value, spans), q.args...)
	if err != nil {
		return fmt.Errorf("read percentiles by %s: %w", f.Bucket, err)
	}
	defer rows.Close()
	for rows.Next() {
		var i int
		var p figure.Percentiles
		if err := rows.Scan(&i, &p.P50, &p.P75, &p.P90); err != nil {
			return fmt.Errorf("read percentiles by %s: %w", f.Bucket, err)
		}
		if each[i].N >= figure.Fewest {
			each[i].P50, each[i].P75, each[i].P90 = p.P50, p.P75, p.P90
		}
	}
	return rows.Err()
}

// ranked is the query for the values at ranks.
func ranked(q *query, value string, ranks []int64) string {
	var b strings.Builder
	b.WriteString("WITH r AS (SELECT f." + value + " v, ROW_NUMBER() OVER (ORDER BY f." + value + ") rn FROM flow_fact f WHERE " +
		q.text() + " AND f." + value + " IS NOT NULL) SELECT ")
	for i, rank := range ranks {
		if i > 0 {
			b.WriteString(", ")
		}
		fmt.Fprintf(&b, "MIN(CASE WHEN rn >= %d THEN v END)", rank)
	}
	b.WriteString(" FROM r")
	return b.String()
}

// Spread counts how many merged pull requests of a filter took less than each of the edges, in seconds, and not less than
// the one before; the last count is of those that took longer.
func (s *Store) Spread(ctx context.Context, f filter.Filter, m figure.Metric, edges []int64) ([]int64, error) {
	value, _ := columnOf(m, f.Business)
	counts := make([]int64, len(edges)+1)
	into := make([]any, len(counts))
	var columns strings.Builder
	for i := range counts {
		into[i] = &counts[i]
		columns.WriteString("COALESCE(SUM(CASE WHEN 1 = 1")
		if i > 0 {
			fmt.Fprintf(&columns, " AND f.%s >= %d", value, edges[i-1])
		}
		if i < len(edges) {
			fmt.Fprintf(&columns, " AND f.%s < %d", value, edges[i])
		}
		columns.WriteString(" THEN 1 ELSE 0 END), 0), ")
	}
	q := merged(f)
	err := s.db.Reader().QueryRowContext(ctx, "SELECT "+strings.TrimSuffix(columns.String(),
		", ")+" FROM flow_fact f WHERE "+q.text(),
		q.args...).Scan(into...)
	if err != nil {
		return nil, fmt.Errorf("count pull requests by their time: %w", err)
	}
	return counts, nil
}

// Totals are those of the merged pull requests of a filter.
func (s *Store) Totals(ctx context.Context, f filter.Filter) (t figure.Totals, err error) {
	q := merged(f)
	into := []any{&t.Merged, &t.Unreviewed, &t.Reverted, &t.HumanComments, &t.Commented, &t.Sized, &t.Lines,
		&t.Rounds, &t.Reworked, &t.ReworkKnown, &t.Rewritten.Known, &t.Rewritten.Lines, &t.Rewritten.Within21, &t.Rewritten.Within30}
	for i := range stageColumns {
		into = append(into, &t.Stages[i].Seconds, &t.Stages[i].N)
	}
	if err := s.db.Reader().QueryRowContext(ctx, totalsText(q), q.args...).Scan(into...); err != nil {
		return t, fmt.Errorf("read totals of pull requests: %w", err)
	}
	return t, nil
}

func totalsText(q *query) string {
	var columns strings.Builder
	for _, c := range stageColumns {
		fmt.Fprintf(&columns, ", COALESCE(SUM(f.%[1]s), 0), COUNT(f.%[1]s)", c)
	}
	return `SELECT COUNT(*), COALESCE(SUM(f.merged_unreviewed), 0), COALESCE(SUM(f.reverted), 0), COALESCE(SUM(f.human_comments), 0),
		COALESCE(SUM(CASE WHEN f.human_comments > 0 THEN 1 ELSE 0 END), 0),
		COUNT(COALESCE(f.size_effective, f.additions + f.deletions)),
		COALESCE(SUM(COALESCE(f.size_effective, f.additions + f.deletions)), 0), COALESCE(SUM(f.rounds), 0),
		COALESCE(SUM(CASE WHEN f.commits_after_review > 0 THEN 1 ELSE 0 END), 0), COUNT(f.commits_after_review),
		COUNT(f.replaced_lines), COALESCE(SUM(f.replaced_lines), 0), COALESCE(SUM(f.replaced_lines_21d), 0),
		COALESCE(SUM(f.replaced_lines_30d), 0)` + columns.String() +
		` FROM flow_fact f WHERE ` + q.text()
}

// stageColumns are those of the stages, in their order.
var stageColumns = [figure.Stages]string{"coding_s", "draft_s", "pickup_s", "review_s", "merge_s", "unreviewed_s",
	"redraft_s",
	"closed_s", "deploy_s"}

// joined is the part of a query that gives each pull request its span.
func joined(q *query) string {
	return "FROM s JOIN flow_fact f ON f.merged_at >= s.a AND f.merged_at < s.b WHERE " + q.text()
}

// rankedEach is the query for the percentiles of each span.
func rankedEach(q *query, value string, spans []filter.Span) string {
	return "WITH " + spanRows(spans) + ", r AS (SELECT s.i i, f." + value + " v, ROW_NUMBER() OVER (PARTITION BY s.i ORDER BY f." +
		value + ") rn, COUNT(*) OVER (PARTITION BY s.i) n " + joined(q) + " AND f." + value + " IS NOT NULL) SELECT i, " +
		"MIN(CASE WHEN rn * 100 >= 50 * n THEN v END), MIN(CASE WHEN rn * 100 >= 75 * n THEN v END), " +
		"MIN(CASE WHEN rn * 100 >= 90 * n THEN v END) FROM r GROUP BY i"
}

// spanRows is a table of spans: their number, where they begin, and where they end. Only our own numbers are in it.
func spanRows(spans []filter.Span) string {
	var b strings.Builder
	b.WriteString("s(i, a, b) AS (VALUES ")
	for i, s := range spans {
		if i > 0 {
			b.WriteString(", ")
		}
		fmt.Fprintf(&b, "(%d, %d, %d)", i, sqldb.Millis(s.From), sqldb.Millis(s.To))
	}
	b.WriteString(")")
	return b.String()
}

// Age says how far the record reaches; both times are zero without a pull request.
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

// Choices are the repositories that have pull requests, and their teams.
func (s *Store) Choices(ctx context.Context) (c figure.Choices, err error) {
	c.Repositories, err = s.list(ctx, `SELECT o.owner || '/' || o.name FROM repository o WHERE EXISTS (SELECT 1 FROM flow_fact f
		WHERE f.forge = o.forge AND f.repo_id = o.id) ORDER BY 1`, maxChoices)
	if err != nil {
		return c, fmt.Errorf("list repositories with pull requests: %w", err)
	}
	// From one team to the next by the index: DISTINCT would read all rows.
	if c.Teams, err = s.list(ctx, `WITH RECURSIVE t(team) AS (SELECT MIN(team) FROM flow_fact WHERE team > '' UNION ALL
		SELECT (SELECT MIN(f.team) FROM flow_fact f WHERE f.team > t.team) FROM t WHERE t.team IS NOT NULL)
		SELECT team FROM t WHERE team IS NOT NULL ORDER BY team`, maxChoices); err != nil {
		return c, fmt.Errorf("list teams: %w", err)
	}
	return c, nil
}

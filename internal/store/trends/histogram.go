package trends

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/lintel-review/lintel/internal/flow"
	"github.com/lintel-review/lintel/internal/flow/figure"
	"github.com/lintel-review/lintel/internal/flow/filter"
)

// histogram is how many pull requests fell into each logarithmic bucket, the smallest first, and how many there were
// with those whose time is not known.
type histogram struct {
	buckets   []int64
	counts    []int64
	known, of int64
	// unsorted is true when there are times without a bucket.
	unsorted bool
}

func (h *histogram) add(bucket sql.NullInt64, n int64) {
	h.of += n
	if bucket.Valid {
		h.unsorted = h.unsorted || bucket.Int64 == noBucket
		h.known += n
		h.buckets, h.counts = append(h.buckets, bucket.Int64), append(h.counts, n)
	}
}

// at is the value at a rank, from 1; nil when there is none.
func (h *histogram) at(rank int64) *int64 {
	for i, n := range h.counts {
		if rank -= n; rank <= 0 {
			v := flow.BucketSeconds(h.buckets[i])
			return &v
		}
	}
	return nil
}

// percentiles are right to one percent.
func (h *histogram) percentiles() figure.Percentiles {
	p := figure.Percentiles{N: h.known, Of: h.of}
	if h.known < figure.Fewest {
		return p
	}
	p.Rounded = true
	p.P50, p.P75, p.P90 = h.at(figure.Rank(h.known, 50)), h.at(figure.Rank(h.known, 75)), h.at(figure.Rank(h.known, 90))
	if low, high, ok := figure.MedianRanks(h.known); ok {
		p.Low, p.High = h.at(low), h.at(high)
	}
	return p
}

// noBucket stands for that of a time that has none: its fact is older than the column, and not derived anew yet.
const noBucket = -1

// histograms reads the buckets of all spans in one scan, and of them together as the last one.
func (s *Store) histograms(ctx context.Context, f filter.Filter, value, bucket string, spans []filter.Span) ([]histogram, error) {
	q := merged(f)
	rows, err := s.db.Reader().QueryContext(ctx, bucketed(q, value, bucket, spans), q.args...)
	if err != nil {
		return nil, fmt.Errorf("count pull requests by %s: %w", f.Bucket, err)
	}
	defer rows.Close()
	all := make([]histogram, len(spans)+1)
	whole := &all[len(spans)]
	for rows.Next() {
		var i int
		var b sql.NullInt64
		var n int64
		if err := rows.Scan(&i, &b, &n); err != nil {
			return nil, fmt.Errorf("count pull requests by %s: %w", f.Bucket, err)
		}
		all[i].add(b, n)
		whole.add(b, n)
	}
	return all, rows.Err()
}

// bucketed is the query for how many pull requests of each span are in each bucket.
func bucketed(q *query, value, bucket string, spans []filter.Span) string {
	bucket = fmt.Sprintf("CASE WHEN f.%[1]s IS NULL AND f.%[2]s IS NOT NULL THEN %[3]d ELSE f.%[1]s END", bucket, value, noBucket)
	return "WITH " + spanRows(spans) + " SELECT s.i, " + bucket + ", COUNT(*) " + joined(q) + " GROUP BY s.i, " + bucket + " ORDER BY 2, 1"
}

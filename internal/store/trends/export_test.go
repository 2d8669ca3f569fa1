package trends

import (
	"time"

	"github.com/lintel-review/lintel/internal/flow/figure"
	"github.com/lintel-review/lintel/internal/flow/filter"
)

// SortAtMost makes percentiles of more than n rows come from buckets.
func (s *Store) SortAtMost(n int64) { s.exact = n }

// Text is a query as it is asked.
type Text struct {
	SQL  string
	Args []any
}

// Texts are the queries of a page of figures.
func Texts(f filter.Filter, now time.Time) (all []Text) {
	q := merged(f)
	value, bucket := columnOf(figure.CycleTime, f.Business)
	return append(all, Text{bucketed(q, value, bucket, f.Spans(now)), q.args}, Text{totalsText(q), q.args},
		Text{ranked(q, value, []int64{figure.Rank(10, 50)}), q.args},
		Text{rankedEach(q, value, f.Spans(now)), q.args})
}

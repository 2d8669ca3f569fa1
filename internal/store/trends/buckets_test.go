package trends_test

import (
	"testing"

	"github.com/lintel-review/lintel/internal/flow/figure"
)

// Buckets are right to one percent, for the period and for each span.
func TestBuckets(t *testing.T) {
	r := filled(t)
	r.SortAtMost(10)
	for _, query := range queries {
		f := parse(t, query)
		column := map[bool]string{true: "cycle_bh_s", false: "cycle_s"}[f.Business]
		want := percentilesOf(selected(f, r.facts), column)
		got, err := r.Percentiles(t.Context(), f, figure.CycleTime)
		if err != nil || got.Rounded != (want.N > 10) || got.N != want.N {
			t.Errorf("%s: %s, want about %s (%v)", query, say(got), say(want), err)
		}
		near(t, query, got, want)
		spans := f.Spans(now)
		each, _, err := r.Trend(t.Context(), f, figure.CycleTime, spans)
		if err != nil {
			t.Fatal(err)
		}
		for i, s := range spans {
			should := percentilesOf(selected(f.Within(s.From, s.To), r.facts), column)
			should.Low, should.High = nil, nil
			near(t, query, each[i], should)
		}
	}
}

// Of times that have no bucket yet, percentiles are those of the sorted values, however many there are.
func TestTimesWithoutBuckets(t *testing.T) {
	r := filled(t)
	r.SortAtMost(10)
	r.exec(`UPDATE flow_fact SET cycle_bh_b = NULL WHERE change_id = (SELECT MAX(change_id) FROM flow_fact
		WHERE cycle_bh_s IS NOT NULL AND state = 'merged' AND author_kind = 'human')`)
	f := parse(t, "clock=business&base=all&from=2025-08-01")
	got, err := r.Percentiles(t.Context(), f, figure.CycleTime)
	if want := percentilesOf(selected(f, r.facts), "cycle_bh_s"); err != nil || say(got) != say(want) {
		t.Errorf("%s, want %s (%v)", say(got), say(want), err)
	}
}

func near(t *testing.T, query string, got, want figure.Percentiles) {
	t.Helper()
	for i, pair := range [][2]*int64{{got.P50, want.P50}, {got.P75, want.P75}, {got.P90, want.P90}, {got.Low, want.Low},
		{got.High, want.High}} {
		if (pair[0] == nil) != (pair[1] == nil) {
			t.Errorf("%s: value %d of %s, want about %s", query, i, say(got), say(want))
		} else if pair[0] != nil && abs(*pair[0]-*pair[1]) > *pair[1]/100+1 {
			t.Errorf("%s: value %d is %d, want about %d", query, i, *pair[0], *pair[1])
		}
	}
}

func abs(n int64) int64 { return max(n, -n) }

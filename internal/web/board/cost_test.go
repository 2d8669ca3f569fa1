package board

import (
	"testing"

	"github.com/lintel-review/lintel/internal/flow/figure"
	"github.com/lintel-review/lintel/internal/outcome"
	"github.com/lintel-review/lintel/internal/scorecard"
)

// The cost of advice says for how many changes, and where it is too low; without a call there is no tile.
func TestCostTile(t *testing.T) {
	t.Parallel()
	cards := []scorecard.Card{{Outcomes: map[outcome.Outcome]int64{outcome.Addressed: 5}}}
	for _, tt := range []struct {
		name                string
		spent               figure.Spent
		merged              int64
		value, second, note string
	}{
		{"no call", figure.Spent{}, 4, "", "", ""},
		{"calls", figure.Spent{Pulls: 6, Calls: 9, Micro: 3_000_000}, 4, "$0.50",
			"$0.60 per addressed finding, $0.75 per merged pull request", "$3.00 for 6 pull requests, whosever, 9 calls, by days of UTC"},
		{"nothing merged, no price", figure.Spent{Pulls: 6, Calls: 9, Micro: 10_000, Unpriced: 2}, 0, "$0.00",
			"$0.00 per addressed finding, – per merged pull request",
			"$0.01 for 6 pull requests, whosever, 9 calls, by days of UTC; too low, since 2 calls have no price"},
	} {
		got, ok := cost(tt.spent, cards, tt.merged, "./list")
		if ok != (tt.value != "") || got.Value != tt.value || got.Second != tt.second || got.Note != tt.note {
			t.Errorf("%s: %t %+v", tt.name, ok, got)
		}
	}
}

package board

import (
	"testing"

	"github.com/lintel-review/lintel/internal/flow/figure"
)

// What reviewers sent back and what was rewritten is shown with how many it is of, and is a dash where too little is known.
func TestReworkTiles(t *testing.T) {
	t.Parallel()
	many := figure.Totals{
		Merged:      40,
		Rounds:      50,
		Reworked:    10,
		ReworkKnown: 20,
		Rewritten:   figure.Rewritten{Known: 30, Lines: 200, Within21: 20, Within30: 30},
	}
	few := figure.Totals{
		Merged:      4,
		Rounds:      3,
		Reworked:    2,
		ReworkKnown: 4,
		Rewritten:   figure.Rewritten{Known: 4, Lines: 200, Within21: 20, Within30: 30},
	}
	empty := figure.Totals{Merged: 40, Rewritten: figure.Rewritten{Known: 40}}
	for _, tt := range []struct {
		name   string
		tile   func(read, string) tile
		totals figure.Totals
		want   [3]string
		note   string
	}{
		{"rounds", rounds, many, [3]string{"1.2", "per pull request", ""}, "50 rounds of 40 pull requests"},
		{"too few for rounds", rounds, few, [3]string{dash, "", ""}, "3 rounds of 4 pull requests: too few, 5 are needed"},
		{"reworked", reworked, many, [3]string{"50 %", "30 to 70 %", ""}, "10 of 20 pull requests whose commits are known, of 40"},
		{"too few for a rate", reworked, few, [3]string{dash, "", ""},
			"2 of 4 pull requests whose commits are known, of 4: too few, 20 are needed"},
		{"rewritten", rewritten, many, [3]string{"10 %", "of replaced lines", "within 30 days 15 %"},
			"200 replaced lines of 30 of 40 pull requests"},
		{"too few to be rewritten", rewritten, few, [3]string{dash, "", ""}, "200 replaced lines of 4 of 4 pull requests"},
		{"nothing was replaced", rewritten, empty, [3]string{dash, "", ""}, "0 replaced lines of 40 of 40 pull requests"},
		{"no clone", rewritten, figure.Totals{Merged: 40}, [3]string{dash, "", ""},
			"no clone told of lines: lintel backfill --clone reads one"},
	} {
		got := tt.tile(read{Counted: figure.Counted{Totals: tt.totals}}, "./list")
		if have := [3]string{got.Value, got.Unit, got.Second}; have != tt.want || got.Note != tt.note || got.URL != "./list" {
			t.Errorf("%s: %q, %q to %s", tt.name, have, got.Note, got.URL)
		}
	}
}

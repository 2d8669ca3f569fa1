package backtest

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lintel-review/lintel/internal/risk"
)

// scored is a change with a score that was fixed or not.
func scored(score, lines int, fixed bool) Change {
	level := risk.Low
	if score >= 5 {
		level = risk.High
	}
	return Change{Lines: lines, FollowedDays: 14, Fixed: fixed, Risk: &Risk{Level: level, Score: score}}
}

func TestRiskOf(t *testing.T) {
	var all []Change
	for i := range 20 {
		// Five have the same highest score, and two of these were fixed; so was one of the others.
		score := 0
		if i < 5 {
			score = 9
		}
		all = append(all, scored(score, i, i == 0 || i == 3 || i == 19))
	}
	all = append(all, Change{FollowedDays: 14, Fixed: true, Error: "its commits are not there"}) // was not judged
	early := scored(9, 500, true)
	early.FollowedDays = 13
	r := riskOf(append(all, early))
	want := riskReport{
		Followed: 20, Repaired: 3, Share: 0.15,
		Levels: []levelRow{
			{Level: risk.High, Changes: 5, Of: 0.25, Fixed: 2, Repaired: 2, Share: 0.4},
			{Level: risk.Medium},
			{Level: risk.Low, Changes: 15, Of: 0.75, Fixed: 1, Repaired: 1, Share: 0.0667},
		},
		Top:    topByRank{Changes: 2, Repaired: 0.8, Share: 0.4, Lift: 2.67},
		BySize: topByRank{Changes: 2, Repaired: 1, Share: 0.5, Lift: 3.33},
	}
	if d := cmp.Diff(want, r); d != "" {
		t.Error(d)
	}
	for i := range 7 {
		all = append(all, scored(1, i, true))
	}
	if r := riskOf(all); !r.Enough {
		t.Errorf("ten of them are enough: %+v", r)
	}
	var b strings.Builder
	riskOf(all).table(&b)
	if row := strings.Fields("high 5 18.5 % 0 2 2 40.0 %"); !strings.Contains(strings.Join(strings.Fields(b.String()), " "),
		strings.Join(row, " ")) ||
		!strings.Contains(b.String(), "\nThe tenth with the highest risk (3 changes) holds ") {
		t.Errorf("of enough: %s", b.String())
	}
	b.Reset()
	riskOf(nil).table(&b)
	if !strings.Contains(b.String(), "nothing can be said") {
		t.Errorf("of nothing: %s", b.String())
	}
	b.Reset()
	riskOf([]Change{scored(1, 1, false)}).markdown(&b)
	if got := b.String(); got != "\n## Risk\n\nOf 1 change with 14 days of history behind it, 0 (0.0 %) were reverted or fixed.\n" {
		t.Errorf("without one: %q", got)
	}
}

// Whatever the order of equal changes, the top tenth is the same.
func TestTopByDoesNotDependOnOrder(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 6))
	for range 200 {
		var all []Change
		for range 1 + random.IntN(60) {
			all = append(all, scored(random.IntN(4), random.IntN(3), random.IntN(5) == 0))
		}
		before := fmt.Sprint(riskOf(all))
		random.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
		if after := fmt.Sprint(riskOf(all)); before != after {
			t.Fatalf("%s\n%s", before, after)
		}
	}
}

package scorecard_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/lintel-review/lintel/internal/outcome"
	"github.com/lintel-review/lintel/internal/scorecard"
)

var day = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// counted sums the tallies of changes up as a record does, all of them in the window.
func counted(changes ...[]scorecard.Finding) []scorecard.Count {
	sums := map[[2]string]int64{}
	for _, c := range changes {
		for cell, n := range scorecard.Tally(c) {
			sums[[2]string{cell.Rule, cell.Name}] += n
		}
	}
	var all []scorecard.Count
	for key, n := range sums {
		all = append(all, scorecard.Count{Rule: key[0], Name: key[1], Now: n})
	}
	return all
}

func findings(n int, o outcome.Outcome) []scorecard.Finding {
	var all []scorecard.Finding
	for range n {
		all = append(all, scorecard.Finding{Rule: "size/large-file", PostedAt: day, Outcome: o, OutcomeAt: day.Add(time.Hour)})
	}
	return all
}

// TestGolden is one rule whose numbers were worked out by hand.
func TestGolden(t *testing.T) {
	// 100 decided: 4 false alarms, 6 overridden, 60 addressed, 10 resolved, 15 ignored, 5 outdated. 7 abandoned, 3 open.
	var all [][]scorecard.Finding
	for o, n := range map[outcome.Outcome]int{outcome.DismissedFP: 4, outcome.Overridden: 6, outcome.Addressed: 60,
		outcome.ResolvedUnchanged: 10, outcome.Ignored: 15, outcome.Outdated: 5, outcome.Abandoned: 7, outcome.Pending: 3} {
		for i := range n {
			f := findings(1, o)
			f[0].Blocked = o == outcome.Overridden || o == outcome.Addressed && i < 24
			f[0].Overridden = o == outcome.Overridden
			if o == outcome.Addressed {
				f[0].GoneAt = day.Add(time.Duration(i+1) * time.Minute)
			}
			all = append(all, f)
		}
	}
	cards := scorecard.Cards(counted(all...))
	if len(cards) != 1 {
		t.Fatalf("%+v", cards)
	}
	c := cards[0]
	if c.Fired != 110 || c.Decided != 100 || c.Blocked != 30 || c.Changes != 110 || c.Refused != 30 || c.Overridden != 6 {
		t.Errorf("%+v", c)
	}
	// The bounds are those of 1.96 in Wilson's formula, as published tables have them.
	for name, r := range map[string]struct {
		got              *scorecard.Rate
		share, low, high float64
	}{
		"addressed":  {c.Addressed, 0.60, 0.502, 0.691},
		"explicit":   {c.ExplicitFP, 0.04, 0.016, 0.098},
		"effective":  {c.EffectiveFP, 0.29, 0.210, 0.385},
		"overridden": {c.OverrideRate, 0.20, 0.095, 0.373},
	} {
		if r.got == nil || math.Abs(r.got.Share-r.share) > 1e-9 || math.Abs(r.got.Low-r.low) > 0.0006 ||
			math.Abs(r.got.High-r.high) > 0.0006 {
			t.Errorf("%s: %+v, want %v from %v to %v", name, r.got, r.share, r.low, r.high)
		}
	}
	// Of 1 to 60 minutes the median by nearest rank is 30 minutes; a bucket is wrong by 5 % at most.
	if c.MedianFixSeconds == nil || math.Abs(float64(*c.MedianFixSeconds)-1800) > 90 {
		t.Errorf("median %v", c.MedianFixSeconds)
	}
	if c.Trend != nil {
		t.Error("there was nothing before")
	}
	if !c.Noisy() {
		t.Error("29 of 100 are unwanted, and the rule keeps its power")
	}
}

// TestSuppressed: too few findings have no rate, and none is 0.
func TestSuppressed(t *testing.T) {
	few := scorecard.Cards(counted(findings(19, outcome.Ignored)))[0]
	if few.EffectiveFP != nil || few.Addressed != nil || few.OverrideRate != nil || few.MedianFixSeconds != nil || few.Noisy() {
		t.Errorf("%+v", few)
	}
	enough := scorecard.Cards(counted(findings(20, outcome.Ignored)))[0]
	if enough.EffectiveFP == nil || enough.EffectiveFP.Share != 1 || enough.EffectiveFP.High != 1 || enough.Noisy() {
		t.Errorf("%+v", enough)
	}
	if got := scorecard.Cards(nil); got == nil || len(got) != 0 {
		t.Errorf("%v", got)
	}
}

// TestNoisy: the lower end of the interval decides, not the share.
func TestNoisy(t *testing.T) {
	for name, c := range map[string]struct {
		ignored, addressed int
		noisy              bool
	}{
		"49 decided, all unwanted":     {49, 0, false},
		"50 decided, 10 unwanted":      {10, 40, true},   // 20 %, from 11.2 % on
		"50 decided, 9 unwanted":       {9, 41, false},   // 18 %, from 9.8 % on
		"1000 decided, 120 unwanted":   {120, 880, true}, // 12 %, from 10.1 % on
		"1000 decided, 115 unwanted":   {115, 885, false},
		"nothing of 50 is unwanted":    {0, 50, false},
		"everything of 50 is unwanted": {50, 0, true},
	} {
		card := scorecard.Cards(counted(findings(c.ignored, outcome.Ignored), findings(c.addressed, outcome.Addressed)))[0]
		if card.Noisy() != c.noisy {
			t.Errorf("%s: %+v", name, card.EffectiveFP)
		}
	}
}

// TestTrend compares with the window before.
func TestTrend(t *testing.T) {
	cards := scorecard.Cards([]scorecard.Count{
		{Rule: "a/b", Name: string(outcome.Ignored), Now: 10, Before: 20},
		{Rule: "a/b", Name: string(outcome.Addressed), Now: 30, Before: 20},
		{Rule: "a/gone", Name: string(outcome.Addressed), Before: 20},
	})
	if len(cards) != 1 || cards[0].Trend == nil || math.Abs(*cards[0].Trend+0.25) > 1e-9 {
		t.Errorf("%+v", cards)
	}
}

// TestAddsUp: the outcomes of random findings partition them, whatever way changes are counted together.
func TestAddsUp(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	all := outcome.All()
	for range 200 {
		var changes [][]scorecard.Finding
		total := int64(0)
		for range random.IntN(6) {
			var c []scorecard.Finding
			for range random.IntN(9) {
				f := findings(1, all[random.IntN(len(all))])[0]
				f.Rule = fmt.Sprintf("a/%d", random.IntN(3))
				f.PostedAt = day.AddDate(0, 0, random.IntN(5))
				f.Blocked = random.IntN(2) == 0
				c = append(c, f)
				total++
			}
			changes = append(changes, c)
		}
		fired, byOutcome, decided := int64(0), int64(0), int64(0)
		for _, c := range scorecard.Cards(counted(changes...)) {
			fired += c.Fired
			sum := int64(0)
			for o, n := range c.Outcomes {
				sum += n
				if o.Decided() {
					decided += n
				}
			}
			byOutcome += sum
			if c.Fired != sum || c.Decided > c.Fired || c.Blocked > c.Fired || c.Refused > c.Changes {
				t.Fatalf("%+v", c)
			}
		}
		if fired != total || byOutcome != total || decided > total {
			t.Fatalf("%d fired, %d with an outcome, %d in all", fired, byOutcome, total)
		}
	}
}

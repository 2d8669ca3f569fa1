package scorecard

import (
	"cmp"
	"maps"
	"math"
	"slices"
	"time"

	"github.com/lintel-review/lintel/internal/outcome"
	"github.com/lintel-review/lintel/internal/sorting"
)

// Count is how often one thing was counted of a rule in a window, and in the equally long one before it.
type Count struct {
	Rule, Name  string
	Now, Before int64
}

// Enough is how many decided findings a rate needs, and enoughFixes how many fixes a median needs.
const (
	Enough      = 20
	enoughFixes = 5
)

// Card is the scorecard of one rule over one window. The JSON is a contract.
type Card struct {
	Rule string `json:"rule"`
	// Fired and Blocked are the findings posted in the window, and those of them that refused the change.
	Fired   int64 `json:"fired"`
	Blocked int64 `json:"blocked"`
	// Changes are those on which the rule first fired in the window.
	Changes int64 `json:"pull_requests"`
	// Outcomes are the findings by what they came to in the window; pending and abandoned ones by when they were posted.
	Outcomes map[outcome.Outcome]int64 `json:"outcomes"`
	// Decided are those of Outcomes that count in rates.
	Decided int64 `json:"decided"`
	// The rates are null when there are fewer than Enough decided findings, or refused changes for OverrideRate.
	Addressed    *Rate `json:"addressed_rate"`
	ExplicitFP   *Rate `json:"explicit_fp_rate"`
	EffectiveFP  *Rate `json:"effective_fp_rate"`
	OverrideRate *Rate `json:"override_rate"`
	// Refused are the changes that the rule refused, Overridden those of them where it was overridden.
	Refused    int64 `json:"refused_pull_requests"`
	Overridden int64 `json:"overridden_pull_requests"`
	// MedianFixSeconds is null when fewer than five findings were addressed.
	MedianFixSeconds *int64 `json:"median_fix_seconds"`
	// Trend is the effective rate less that of the window before; null when either is not known.
	Trend *float64 `json:"effective_fp_trend"`
}

// Rate is a share with its 95 % Wilson interval.
type Rate struct {
	Share float64 `json:"share"`
	Low   float64 `json:"low"`
	High  float64 `json:"high"`
	N     int64   `json:"n"`
}

// wilson is the share of k in n with the interval that holds the true share in 95 % of cases, also near 0 and 1.
func wilson(k, n int64) Rate {
	const z = 1.959963984540054
	p, m := float64(k)/float64(n), float64(n)
	middle := (p + z*z/(2*m)) / (1 + z*z/m)
	half := z / (1 + z*z/m) * math.Sqrt(p*(1-p)/m+z*z/(4*m*m))
	return Rate{Share: p, Low: max(0, middle-half), High: min(1, middle+half), N: n}
}

// rate is null when too little was counted to say anything.
func rate(k, n int64) *Rate {
	if n < Enough {
		return nil
	}
	r := wilson(k, n)
	return &r
}

// Cards are the scorecards of all rules that have counts, the ones with the most unwanted findings first.
func Cards(counts []Count) []Card {
	now, before := map[string]map[string]int64{}, map[string]map[string]int64{}
	for _, c := range counts {
		if now[c.Rule] == nil {
			now[c.Rule], before[c.Rule] = map[string]int64{}, map[string]int64{}
		}
		now[c.Rule][c.Name] += c.Now
		before[c.Rule][c.Name] += c.Before
	}
	cards := []Card{}
	for rule, names := range now {
		if !slices.ContainsFunc(slices.Collect(maps.Values(names)), func(n int64) bool { return n > 0 }) {
			continue // only the window before knows it
		}
		cards = append(cards, card(rule, names, before[rule]))
	}
	sorting.By(cards, func(a, b Card) int {
		return cmp.Or(cmp.Compare(unwanted(b.Outcomes), unwanted(a.Outcomes)), cmp.Compare(b.Fired, a.Fired), cmp.Compare(a.Rule, b.Rule))
	})
	return cards
}

func card(rule string, names, before map[string]int64) Card {
	c := Card{
		Rule:       rule,
		Fired:      names[fired],
		Blocked:    names[blocked],
		Changes:    names[changes],
		Refused:    names[refused],
		Overridden: names[let],
		Outcomes:   outcomesOf(names),
	}
	c.Decided = decided(c.Outcomes)
	c.Addressed = rate(c.Outcomes[outcome.Addressed], c.Decided)
	c.ExplicitFP = rate(c.Outcomes[outcome.DismissedFP], c.Decided)
	c.EffectiveFP = rate(unwanted(c.Outcomes), c.Decided)
	c.OverrideRate = rate(c.Overridden, c.Refused)
	c.MedianFixSeconds = medianFix(names)
	was := outcomesOf(before)
	if old := rate(unwanted(was), decided(was)); old != nil && c.EffectiveFP != nil {
		trend := c.EffectiveFP.Share - old.Share
		c.Trend = &trend
	}
	return c
}

func outcomesOf(names map[string]int64) map[outcome.Outcome]int64 {
	all := map[outcome.Outcome]int64{}
	for _, o := range outcome.All() {
		all[o] = names[string(o)]
	}
	return all
}

func decided(all map[outcome.Outcome]int64) (n int64) {
	for o, k := range all {
		if o.Decided() {
			n += k
		}
	}
	return n
}

func unwanted(all map[outcome.Outcome]int64) (n int64) {
	for o, k := range all {
		if o.Unwanted() {
			n += k
		}
	}
	return n
}

// medianFix is the nearest rank: the smallest time that at least half of the fixes took at most.
func medianFix(names map[string]int64) *int64 {
	byBucket, n := map[int]int64{}, int64(0)
	for name, k := range names {
		if b, ok := fixBucket(name); ok && k > 0 {
			byBucket[b] += k
			n += k
		}
	}
	if n < enoughFixes {
		return nil
	}
	seen := int64(0)
	for _, b := range slices.Sorted(maps.Keys(byBucket)) {
		if seen += byBucket[b]; 2*seen >= n {
			seconds := int64(duration(b) / time.Second)
			return &seconds
		}
	}
	return nil
}

// Noisy is when a rule loses its power to block: Window is how far back decided findings count, minDecided how many
// there must be, and more than maxUnwanted of them must be unwanted even at the lower end of the interval.
const (
	Window      = 28 * 24 * time.Hour
	minDecided  = 50
	maxUnwanted = 0.10
)

// Noisy reports whether so much of what a rule says is unwanted that it should no longer block.
func (c Card) Noisy() bool { return c.Decided >= minDecided && c.EffectiveFP.Low > maxUnwanted }

// Unwanted counts the findings that nobody wanted.
func (c Card) Unwanted() int64 { return unwanted(c.Outcomes) }

// Demotion is a rule that should not block in a repository, or does no longer.
type Demotion struct {
	Repository, Rule  string
	Decided, Unwanted int64
	// Since is when it was proposed, AppliedAt when a verdict first rested on it; zero while none does.
	Since, AppliedAt time.Time
}

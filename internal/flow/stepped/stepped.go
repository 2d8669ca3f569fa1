// Package stepped estimates what a stepped rollout changed: repositories that began are compared with those that had not,
// over the same weeks (difference in differences). It computes; the record counts.
//
// Callers may rely on this:
//   - a repository that began earlier is never taken for one that did not: such comparisons are biased when an effect
//     grows (Goodman-Bacon 2021, https://doi.org/10.1016/j.jeconom.2021.03.014);
//   - what happens to all repositories alike changes no estimate;
//   - the unit is the repository, as that is what a rollout chooses: many changes of one make no interval narrower
//     than their repository allows, and each repository counts as much as any other;
//   - below Fewest repositories on either side there is no estimate but a reason;
//   - no randomness: equal cells give an equal estimate.
package stepped

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"github.com/lintel-review/lintel/internal/sorting"
)

// Window is how many weeks before and after a repository's beginning are compared. The week of the beginning is in
// neither. FewestPulls is how many changes a repository needs in each of the two, Fewest how many repositories
// must have begun and how many not.
const (
	Window      = 8
	FewestPulls = 5
	Fewest      = 5
)

// Cell is what a repository had in a week: N values and the sum of their natural logarithms.
type Cell struct {
	Repository string
	// Week counts weeks from any beginning.
	Week, N int64
	Logs    float64
}

// Measure is what is compared of a window: a value on a logarithmic scale.
type Measure func(n int64, logs float64) float64

// Typical compares the geometric mean of times, which a few very long ones hardly move.
func Typical(n int64, logs float64) float64 { return logs / float64(n) }

// Often compares how many there were.
func Often(n int64, _ float64) float64 { return math.Log(float64(n)) }

// Range is a relative change with its 95 % interval: -0.2 is a fifth less.
type Range struct {
	By   float64 `json:"by"`
	Low  float64 `json:"low"`
	High float64 `json:"high"`
}

// Sure reports whether the interval excludes no change.
func (r Range) Sure() bool { return r.Low > 0 || r.High < 0 }

// Estimate is what a rollout changed.
type Estimate struct {
	// Begun are the repositories that were compared of those that began (Of); Others those that they were compared with.
	Begun  int `json:"begun"`
	Of     int `json:"of"`
	Others int `json:"others"`
	// Pulls are the changes of both.
	Pulls int64 `json:"pull_requests"`
	// Change is nil when there are too few; Why then says so.
	Change *Range `json:"change"`
	Why    string `json:"why,omitempty"`
	// Before is the same over the two windows before the beginning, where the rollout cannot have changed anything: when it
	// excludes none, the two sides went apart by themselves. It is nil when too few reach back so far.
	Before *Range `json:"before"`
}

// Parallel is false when the two sides are known to have gone apart before the rollout began.
func (e Estimate) Parallel() bool { return e.Before == nil || !e.Before.Sure() }

// Of estimates. begun says in which week each repository began; repositories that never did are not in it. The last week
// that is over is last.
func Of(cells []Cell, begun map[string]int64, last int64, measure Measure) Estimate {
	d := data{weeks: map[string]map[int64]Cell{}, begun: begun, last: last, measure: measure}
	for _, c := range cells {
		if d.weeks[c.Repository] == nil {
			d.weeks[c.Repository] = map[int64]Cell{}
		}
		had := d.weeks[c.Repository][c.Week]
		d.weeks[c.Repository][c.Week] = Cell{N: had.N + c.N, Logs: had.Logs + c.Logs}
	}
	after := d.contrast(-Window, 1)
	e := Estimate{Begun: after.begun, Of: len(begun), Others: after.others, Pulls: after.pulls, Change: after.change}
	if e.Change == nil {
		e.Why = fmt.Sprintf("%d repositories that began, and %d that had not, can be compared: at least %d of each are needed, with %d "+
			"pull requests in the %d weeks before and after", after.begun, after.others, Fewest, FewestPulls, Window)
		return e
	}
	e.Before = d.contrast(-2*Window, -Window).change
	return e
}

type data struct {
	weeks   map[string]map[int64]Cell
	begun   map[string]int64
	last    int64
	measure Measure
}

// moved is how much a repository's value changed from one window to the other.
func (d data) moved(repository string, first, second int64) (by float64, pulls int64, ok bool) {
	window := func(from int64) (n int64, logs float64) {
		for w := from; w < from+Window; w++ {
			n, logs = n+d.weeks[repository][w].N, logs+d.weeks[repository][w].Logs
		}
		return n, logs
	}
	n1, logs1 := window(first)
	n2, logs2 := window(second)
	if n1 < FewestPulls || n2 < FewestPulls {
		return 0, 0, false
	}
	return d.measure(n2, logs2) - d.measure(n1, logs1), n1 + n2, true
}

type result struct {
	begun, others int
	pulls         int64
	change        *Range
}

// contrast compares the windows that begin first and second weeks after each beginning. Those that had not begun by the
// end of the later comparison are the others.
func (d data) contrast(first, second int64) (r result) {
	names := make([]string, 0, len(d.weeks))
	for name := range d.weeks {
		names = append(names, name)
	}
	slices.Sort(names)
	// One beginner's change less the mean change of its others is its own estimate.
	type one struct {
		name   string
		by     float64
		others map[string]float64
		mean   float64
	}
	var all []one
	others, pulls := map[string]bool{}, map[string]int64{}
	for _, name := range names {
		at, ok := d.begun[name]
		if !ok || at+1+Window > d.last+1 {
			continue
		}
		by, n, ok := d.moved(name, at+first, at+second)
		if !ok {
			continue
		}
		o := one{name: name, by: by, others: map[string]float64{}}
		seen := map[string]int64{}
		for _, other := range names {
			if begun, ok := d.begun[other]; other == name || ok && begun < at+1+Window {
				continue
			}
			if by, n, ok := d.moved(other, at+first, at+second); ok {
				o.others[other], seen[other] = by, n
			}
		}
		if len(o.others) < Fewest {
			continue
		}
		for _, other := range names {
			if by, ok := o.others[other]; ok {
				o.mean += by / float64(len(o.others))
				others[other], pulls[other] = true, max(pulls[other], seen[other])
			}
		}
		pulls[name] = max(pulls[name], n)
		all = append(all, o)
	}
	r.begun, r.others = len(all), len(others)
	for _, n := range pulls {
		r.pulls += n
	}
	if r.begun < Fewest || r.others < Fewest {
		return r
	}
	var mean float64
	for _, o := range all {
		mean += (o.by - o.mean) / float64(len(all))
	}
	// What each repository adds to the estimate beyond its expectation, as beginner and as other, clusters by repository.
	parts := map[string]float64{}
	for _, o := range all {
		parts[o.name] += (o.by - o.mean - mean) / float64(len(all))
		for other, by := range o.others {
			parts[other] -= (by - o.mean) / float64(len(o.others)) / float64(len(all))
		}
	}
	squares := make([]float64, 0, len(parts))
	for _, p := range parts {
		squares = append(squares, p*p)
	}
	// Sums of floats depend on their order, and a map has none.
	sorting.By(squares, cmp.Compare[float64])
	var variance float64
	for _, s := range squares {
		variance += s
	}
	fewer := float64(min(r.begun, r.others))
	half := quantile(fewer-1) * math.Sqrt(variance*fewer/(fewer-1))
	r.change = &Range{By: math.Expm1(mean), Low: math.Expm1(mean - half), High: math.Expm1(mean + half)}
	return r
}

// quantile is that of Student's t for 97.5 %, right to one percent from four degrees of freedom on (Abramowitz and
// Stegun, 26.7.5).
func quantile(df float64) float64 {
	const z = 1.959963984540054
	const z3, z5, z7 = z * z * z, z * z * z * z * z, z * z * z * z * z * z * z
	return z + (z3+z)/(4*df) + (5*z5+16*z3+3*z)/(96*df*df) + (3*z7+19*z5+17*z3-15*z)/(384*df*df*df)
}

// Package figure is what pages say of changes in numbers: percentiles, rates and totals, with how many were
// counted and how sure they are. It computes; the record counts.
//
// Callers may rely on this:
//   - percentiles are by nearest rank: the smallest value with at least p percent of all at or below it, so each is the
//     time of a real change, and SQL and Go agree to the second;
//   - there is no percentile of fewer than Fewest values and no rate of fewer than FewestRate: they are nil;
//   - a rate lies within 0 and 1, and so does its interval;
//   - nothing that is not known is counted as zero.
package figure

import "math"

// Fewest is how many values a percentile needs, FewestRate how many a rate needs.
const (
	Fewest     = 5
	FewestRate = 20
)

// z is that of an interval that holds the true value in 95 % of cases.
const z = 1.959963984540054

// Percentiles are those of one metric over a set of changes, in seconds.
type Percentiles struct {
	// N is how many had a value, Of how many there were.
	N, Of int64
	// They are nil when N is below Fewest.
	P50, P75, P90 *int64
	// Low and High hold the true median in 95 % of cases; nil when N is too small to say.
	Low, High *int64
}

// At gives one of the percentiles by its word; others give the median.
func (p Percentiles) At(stat string) *int64 {
	switch stat {
	case "p75":
		return p.P75
	case "p90":
		return p.P90
	}
	return p.P50
}

// Rank is the nearest rank of a percentile among n values, from 1; 0 when there are none.
func Rank(n int64, percent int64) int64 {
	if n == 0 {
		return 0
	}
	return max(1, (percent*n+99)/100)
}

// MedianRanks are the ranks, from 1, of the two values that hold the true median in at least 95 % of cases. There are
// none for fewer than six values.
func MedianRanks(n int64) (low, high int64, ok bool) {
	if n < 6 {
		return 0, 0, false
	}
	if n > 200 {
		half := z * math.Sqrt(float64(n)) / 2
		low = int64(math.Floor(float64(n)/2 - half))
		return max(1, low), n + 1 - max(1, low), true
	}
	// low is the largest rank with P(B < low) <= 2.5 % for the count B of values below the median, B ~ Bin(n, 1/2).
	term, sum := math.Pow(0.5, float64(n)), 0.0
	for k := int64(0); ; k++ {
		sum += term
		if sum > 0.025 {
			return k, n + 1 - k, true
		}
		term = term * float64(n-k) / float64(k+1)
	}
}

// Rate is a share of N with its 95 % interval (Wilson's).
type Rate struct {
	Share, Low, High float64
	K, N             int64
}

// RateOf is nil when fewer than FewestRate were counted.
func RateOf(k, n int64) *Rate {
	if n < FewestRate {
		return nil
	}
	p, m := float64(k)/float64(n), float64(n)
	middle := (p + z*z/(2*m)) / (1 + z*z/m)
	half := z / (1 + z*z/m) * math.Sqrt(p*(1-p)/m+z*z/(4*m*m))
	return &Rate{Share: p, Low: min(p, max(0, middle-half)), High: max(p, min(1, middle+half)), K: k, N: n}
}

// Difference is how much a value changed, with its 95 % interval.
type Difference struct{ By, Low, High float64 }

// Sure reports whether the interval excludes no change.
func (d Difference) Sure() bool { return d.Low > 0 || d.High < 0 }

// Estimate is a value with its interval.
type Estimate struct{ Value, Low, High float64 }

// Estimate is the median with its interval; nil when either is not known.
func (p Percentiles) Estimate() *Estimate {
	if p.P50 == nil || p.Low == nil || p.High == nil {
		return nil
	}
	return &Estimate{float64(*p.P50), float64(*p.Low), float64(*p.High)}
}

// Estimate is the share with its interval; nil for no rate.
func (r *Rate) Estimate() *Estimate {
	if r == nil {
		return nil
	}
	return &Estimate{r.Share, r.Low, r.High}
}

// Change is now less before, with the interval that follows from theirs (MOVER); nil when either is not known.
func Change(now, before *Estimate) *Difference {
	if now == nil || before == nil {
		return nil
	}
	by := now.Value - before.Value
	return &Difference{
		By:   by,
		Low:  by - math.Hypot(now.Value-now.Low, before.High-before.Value),
		High: by + math.Hypot(now.High-now.Value, before.Value-before.Low),
	}
}

// Totals are sums over merged changes. A stage that a change does not have adds nothing to its sum or count.
type Totals struct {
	Merged int64
	Stages [Stages]Sum
	// Unreviewed were merged although nobody but the author looked at them, Reverted were taken back.
	Unreviewed, Reverted int64
	// HumanComments are those of reviewers, Commented the changes with at least one.
	HumanComments, Commented int64
	// Sized have a known size, Lines is the sum.
	Sized, Lines int64
	// Rounds are those of review. Reworked got commits after a reviewer's first answer, of the ReworkKnown whose commits are
	// known.
	Rounds, Reworked, ReworkKnown int64
	Rewritten                     Rewritten
}

// Rewritten are the lines that changes replaced, and how many of them were young; Known counts the changes of
// which a clone told.
type Rewritten struct{ Known, Lines, Within21, Within30 int64 }

// Spent is what language models cost in a period: Calls of Pulls, in millionths of a dollar. It is too low when there are
// Unpriced calls.
type Spent struct{ Pulls, Calls, Micro, Unpriced int64 }

// Sum is a total of seconds and of how many changes it was made.
type Sum struct{ Seconds, N int64 }

// Stage is a part of a change's life, in its order.
type Stage int

// The stages. Redraft and Closed are taken out of the stage that they fall in.
const (
	Coding Stage = iota
	Draft
	Pickup
	Review
	MergeWait
	Unreviewed
	Redraft
	Closed
	Deploy
	Stages = iota
)

// Name is what people call it, ID its name in definitions and addresses.
func (s Stage) Name() string { return stages[s][0] }

// ID is its name in definitions and addresses.
func (s Stage) ID() string { return stages[s][1] }

var stages = [Stages][2]string{{"Coding", "coding"}, {"Draft", "draft"}, {"Waiting for review", "pickup"},
	{"In review", "review"},
	{"Waiting for merge", "merge_wait"}, {"Not reviewed", "unreviewed"}, {"Back in draft", "redraft"}, {"Closed", "closed"},
	{"Deploy", "deploy"}}

// Counted are the figures of merged changes.
type Counted struct {
	// Cycle and Pickup are those of the whole period, Cycles and Pickups those of each of its spans, without intervals.
	Cycle, Pickup   Percentiles
	Cycles, Pickups []Percentiles
	// Took counts by how long the cycle was: the n-th is of those below the n-th edge and not below the one before, the last
	// is of those above all.
	Took   []int64
	Totals Totals
}

// PercentilesOf are those of sorted values; of is how many changes there were, with those that have no value.
func PercentilesOf(sorted []int64, of int64) Percentiles {
	n := int64(len(sorted))
	p := Percentiles{N: n, Of: of}
	if n < Fewest {
		return p
	}
	at := func(rank int64) *int64 { v := sorted[max(1, rank)-1]; return &v }
	p.P50, p.P75, p.P90 = at(Rank(n, 50)), at(Rank(n, 75)), at(Rank(n, 90))
	if low, high, ok := MedianRanks(n); ok {
		p.Low, p.High = at(low), at(high)
	}
	return p
}

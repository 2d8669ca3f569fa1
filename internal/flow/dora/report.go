package dora

import (
	"slices"
	"time"

	"github.com/lintel-review/lintel/internal/flow/figure"
)

// Scope is whose deployments are measured: those of a repository, or of all when its id is 0; and of a service, or of all
// when it is empty.
type Scope struct {
	Forge   string
	RepoID  int64
	Service string
}

// Report is the five metrics over a period.
type Report struct {
	From, To time.Time
	// Source is where the deployments of the period are known from; with ByMerge all but the frequency is unknown.
	Source Source
	// Deployments is how many there were, PerWeek how many a week, DaysWith on how many of Days there was one.
	Deployments    int64
	PerWeek        float64
	Days, DaysWith int64
	// LeadTime is per change, in seconds, from its first commit to the end of its deployment. Recovery is per failed
	// deployment.
	LeadTime, Recovery figure.Percentiles
	// ChangeFail and Rework are nil when there are too few deployments for a rate.
	ChangeFail, Rework *figure.Rate
	// FailedBy and ReworkBy say how many were linked in which way.
	FailedBy map[Link]int64
	ReworkBy map[string]int64
	// Unrecovered failed and are not known to have recovered.
	Unrecovered int64
}

// Measure computes the metrics of the deployments that ended within a period. merges is how many changes landed on
// the default branch in it: they stand for deployments when there are none.
func Measure(judged []Judged, merges []time.Time, from, to time.Time) Report {
	r := Report{From: from, To: to, Source: ByMerge, FailedBy: map[Link]int64{}, ReworkBy: map[string]int64{}}
	var lead, recovery []int64
	var ends []time.Time
	all, failed, rework := int64(0), int64(0), int64(0)
	pulls := int64(0)
	for _, j := range judged {
		if j.FinishedAt.Before(from) || !j.FinishedAt.Before(to) {
			continue
		}
		r.Source = j.Source
		all++
		ends = append(ends, j.FinishedAt)
		for _, b := range j.Brought {
			pulls++
			if b.FirstCommitAt != nil && !b.FirstCommitAt.After(j.FinishedAt) {
				lead = append(lead, int64(j.FinishedAt.Sub(*b.FirstCommitAt)/time.Second))
			}
		}
		if j.Failed() {
			failed++
			r.FailedBy[j.FailedBy]++
			if j.RecoveredAt == nil {
				r.Unrecovered++
			} else {
				recovery = append(recovery, int64(j.RecoveredAt.Sub(j.FinishedAt)/time.Second))
			}
		}
		if j.ReworkBy != "" {
			rework++
			r.ReworkBy[j.ReworkBy]++
		}
	}
	if all == 0 {
		for _, at := range merges {
			if !at.Before(from) && at.Before(to) {
				ends = append(ends, at)
			}
		}
	}
	r.Deployments = int64(len(ends))
	r.frequency(ends)
	r.LeadTime, r.Recovery = percentiles(lead, pulls), percentiles(recovery, failed)
	r.ChangeFail, r.Rework = figure.RateOf(failed, all), figure.RateOf(rework, all)
	return r
}

func (r *Report) frequency(ends []time.Time) {
	span := r.To.Sub(r.From)
	if span <= 0 {
		return
	}
	r.PerWeek = float64(len(ends)) / (span.Hours() / (7 * 24))
	r.Days = int64((span + 24*time.Hour - 1) / (24 * time.Hour))
	days := map[int64]bool{}
	for _, at := range ends {
		days[int64(at.Sub(r.From)/(24*time.Hour))] = true
	}
	r.DaysWith = int64(len(days))
}

// percentiles are by nearest rank; nil for fewer values than a percentile needs.
func percentiles(values []int64, of int64) figure.Percentiles {
	slices.Sort(values)
	n := int64(len(values))
	p := figure.Percentiles{N: n, Of: of}
	if n < figure.Fewest {
		return p
	}
	at := func(percent int64) *int64 { return &values[figure.Rank(n, percent)-1] }
	p.P50, p.P75, p.P90 = at(50), at(75), at(90)
	if low, high, ok := figure.MedianRanks(n); ok {
		p.Low, p.High = &values[low-1], &values[high-1]
	}
	return p
}

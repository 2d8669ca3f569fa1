// Package risk says how carefully a change wants to be read: low, medium or high, with the reasons that weigh most. It
// adds up points by a table of weights and knows nothing of where the counts come from.
//
// Callers may rely on: equal signals give equal conclusions, in whatever order they come; a larger count never lowers
// the score or the level; nothing here passes or fails a change. docs/risk.md has the table of weights, and says how it
// was measured.
package risk

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/lintel-review/lintel/internal/sorting"
	"github.com/lintel-review/lintel/internal/text"
)

// Level is how carefully a change wants to be read.
type Level string

// The levels.
const (
	Low    Level = "low"
	Medium Level = "medium"
	High   Level = "high"
)

// Signal is one countable property of a change, by its name in the table of weights.
type Signal struct {
	Name  string
	Count int
}

// Facts are what the signals of a change come to.
type Facts struct {
	Level Level `json:"level" jsonschema:"enum=low,enum=medium,enum=high"`
	// Score is the sum of all points.
	Score int `json:"score"`
	// Reasons are the signals that weigh most, the heaviest first, at most three.
	Reasons []Reason `json:"reasons"`
	// Signals are all signals that weigh something, the heaviest first.
	Signals []Reason `json:"signals"`
	// Counts are what was counted for each signal of the table, whether it weighs something or not; 0 is left out.
	Counts map[string]int `json:"counts"`
	// Unknown names what would count and is not known, sorted: "coverage" when no report came. It weighs nothing.
	Unknown []string `json:"unknown"`
	// HistorySince is the day from which on the history of files is known, in UTC, where that is not all that would count.
	HistorySince string `json:"history_since,omitempty"`
}

// Reason is one signal with its weight.
type Reason struct {
	Signal string `json:"signal"`
	Count  int    `json:"count"`
	Points int    `json:"points"`
	// Text says it for people: "612 new lines".
	Text string `json:"text"`
}

// maxReasons is how many reasons people are shown.
const maxReasons = 3

// Conclude adds up the points of signals. A signal that has no weight counts nothing; one that comes twice counts by its
// largest number.
func Conclude(signals []Signal, unknown []string) Facts {
	counts := map[string]int{}
	for _, s := range signals {
		counts[s.Name] = max(counts[s.Name], s.Count)
	}
	f := Facts{Signals: []Reason{}, Counts: map[string]int{}, Unknown: slices.Compact(slices.Sorted(slices.Values(unknown)))}
	for _, w := range Weights() {
		n := counts[w.Signal]
		if n > 0 {
			f.Counts[w.Signal] = n
		}
		if points := w.points(n); points > 0 {
			f.Score += points
			says := fmt.Sprintf("%d %s", n, text.Plural(n, w.One, w.Many))
			f.Signals = append(f.Signals, Reason{Signal: w.Signal, Count: n, Points: points, Text: says})
		}
	}
	// Equal weights stay in the order of the table.
	sorting.StableBy(f.Signals, func(a, b Reason) int { return cmp.Compare(b.Points, a.Points) })
	f.Reasons = slices.Clone(f.Signals[:min(len(f.Signals), maxReasons)])
	if f.Unknown == nil {
		f.Unknown = []string{}
	}
	f.Level = levelOf(f.Score)
	return f
}

func levelOf(score int) Level {
	switch {
	case score >= highFrom:
		return High
	case score >= mediumFrom:
		return Medium
	}
	return Low
}

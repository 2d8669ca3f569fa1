// Package scorecard sums up what became of the findings of each rule: how often it fired, what people did about it, and
// what share of it nobody wanted.
//
// Callers may rely on: a scorecard follows from counts alone, and counts of changes add up; no rate is shown of fewer
// than Enough decided findings; each rate has its 95 % Wilson interval.
package scorecard

import (
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/lintel-review/lintel/internal/outcome"
)

// Finding is one posted finding of a change, as it is counted.
type Finding struct {
	Rule     string
	PostedAt time.Time
	// Blocked and Overridden are true when it refused the change, or would have without an override, at any look.
	Blocked, Overridden bool
	Outcome             outcome.Outcome
	// OutcomeAt is when it came to its outcome, GoneAt when the rule found it no longer; zero while it does.
	OutcomeAt, GoneAt time.Time
}

// Cell is one thing that is counted of a rule on a day, in days since 1970.
type Cell struct {
	Day        int64
	Rule, Name string
}

// The names of cells beside those of the outcomes. Fired and blocked count findings on the day that they were posted;
// changes, refused and let count changes on the day that the rule first did so there. fix:N counts findings that
// were addressed, by how long it took.
const (
	fired   = "fired"
	blocked = "blocked"
	changes = "changes"
	refused = "refused"
	let     = "overridden changes"
	fix     = "fix:"
)

// Day is the day of a time, in UTC.
func Day(t time.Time) int64 { return int64(math.Floor(float64(t.Unix()) / 86400)) }

// Tally counts the findings of one change.
func Tally(all []Finding) map[Cell]int64 {
	cells := map[Cell]int64{}
	first := map[Cell]int64{} // the day by rule and name
	see := func(f Finding, name string) {
		key := Cell{Rule: f.Rule, Name: name}
		if day, ok := first[key]; !ok || Day(f.PostedAt) < day {
			first[key] = Day(f.PostedAt)
		}
	}
	for _, f := range all {
		cells[Cell{Day(f.PostedAt), f.Rule, fired}]++
		see(f, changes)
		if f.Blocked {
			cells[Cell{Day(f.PostedAt), f.Rule, blocked}]++
			see(f, refused)
		}
		if f.Blocked && f.Overridden {
			see(f, let)
		}
		at := f.OutcomeAt
		if !f.Outcome.Decided() {
			at = f.PostedAt
		}
		cells[Cell{Day(at), f.Rule, string(f.Outcome)}]++
		if f.Outcome == outcome.Addressed && !f.GoneAt.IsZero() {
			cells[Cell{Day(at), f.Rule, fix + strconv.Itoa(bucket(f.GoneAt.Sub(f.PostedAt)))}]++
		}
	}
	for key, day := range first {
		cells[Cell{day, key.Rule, key.Name}]++
	}
	return cells
}

// growth is the width of a bucket: a duration that is read from one is wrong by 5 % at most.
const growth = 1.05 / 0.95

// bucket is the number of the bucket of a duration. Buckets can be added up, medians cannot.
func bucket(d time.Duration) int {
	return int(math.Ceil(math.Log(max(d.Seconds(), 1)) / math.Log(growth)))
}

// duration is what a bucket stands for.
func duration(bucket int) time.Duration {
	seconds := 2 * math.Pow(growth, float64(bucket)) / (1 + growth)
	return time.Duration(seconds * float64(time.Second)).Round(time.Second)
}

// fixBucket reads the name of a cell that counts times to a fix.
func fixBucket(name string) (int, bool) {
	digits, ok := strings.CutPrefix(name, fix)
	n, err := strconv.Atoi(digits)
	return n, ok && err == nil
}

// Recent is since when decided findings count for a demotion: Window with the day of now.
func Recent(now time.Time) time.Time { return now.Add(24*time.Hour - Window) }

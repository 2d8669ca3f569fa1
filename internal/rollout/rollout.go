// Package rollout says how far a mode is rolled out: in which repositories, on which days, and what evidence of the past
// speaks for or against it.
//
// Callers may rely on: whether a repository is chosen depends on its id and the name of the rule or family alone, never
// on a change; a repository that is chosen at one percentage is chosen at every higher one; days are those of UTC,
// and the last day still counts.
package rollout

import (
	"crypto/sha256"
	"encoding/binary"
	"strconv"
	"time"
)

// State says whether a rollout applies.
type State string

// The states. Unknown is a rollout in a part of the repositories where the repository has no id, as on a laptop.
const (
	Applies State = "applies"
	Outside State = "outside"
	Unknown State = "unknown"
	Early   State = "early"
	Ended   State = "ended"
)

// Window is where and when something is rolled out. An empty day is no bound.
type Window struct {
	// Percent is the share of the repositories, 0 to 100.
	Percent int
	// From and Until are the first and the last day, "2026-12-31".
	From, Until string
}

// State says whether the window holds for a repository at a moment. The id 0 is that of no repository.
func (w Window) State(repository int64, name string, at time.Time) State {
	today := at.UTC().Format(time.DateOnly)
	switch {
	case w.Until != "" && today > w.Until:
		return Ended
	case w.From != "" && today < w.From:
		return Early
	case w.Percent >= 100:
		return Applies
	case w.Percent <= 0:
		return Outside
	case repository == 0:
		return Unknown
	case place(repository, name) < uint64(w.Percent):
		return Applies
	}
	return Outside
}

// place is where a repository stands among a hundred, for one name.
func place(repository int64, name string) uint64 {
	sum := sha256.Sum256([]byte("rollout\x00" + name + "\x00" + strconv.FormatInt(repository, 10)))
	return binary.BigEndian.Uint64(sum[:8]) % 100
}

// Day reads a day as settings write it.
func Day(s string) (time.Time, bool) {
	day, err := time.Parse(time.DateOnly, s)
	// Years before 1000 would not sort as text.
	return day, err == nil && day.Year() >= 1000
}

// Package organisation is the settings file of one organisation and how its versions take effect: in waves over the
// repositories, stopped when too much is refused, rolled back when a person asks for it.
//
// Callers may rely on this: no function reads a clock or a database; a version that cannot be read or is not valid never
// replaces the one in force; a jump of the clock never lets a wave come early, because only short steps between two
// looks at the clock count; a repository that a wave reached stays reached until a rollback.
//
// State model: nothing or one version is in force for all repositories. One newer version may be next: it holds for the
// repositories of the waves so far. It becomes the one in force with its last wave, or is dropped by a rollback.
package organisation

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"strconv"
	"time"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/settings"
)

// Version is the file as a commit has it. A version without a blob is a commit that has no such file.
type Version struct {
	Commit string         `json:"commit"`
	Blob   string         `json:"blob,omitempty"`
	Waves  settings.Waves `json:"waves"`
}

// State is all that is remembered of an organisation's file, under the ids of the forge and the owner. Names may change.
type State struct {
	Forge   change.Forge `json:"forge"`
	OwnerID int64        `json:"owner_id"`
	// Revision is raised by each save; a save of an older one is refused.
	Revision int64 `json:"-"`
	// Login is the owner's name, Former are those that it had before. Place is what people know the file by.
	Login  string   `json:"login"`
	Former []string `json:"former,omitempty"`
	Place  string   `json:"place"`
	// InForce holds for all, Next for the waves so far; Previous was in force before. Each may be nil.
	InForce  *Version `json:"in_force,omitempty"`
	Next     *Version `json:"next,omitempty"`
	Previous *Version `json:"previous,omitempty"`
	// Wave counts the waves that Next has reached, from 0. Elapsed is how long the last one has lasted, up to Tick.
	Wave    int           `json:"wave"`
	Elapsed time.Duration `json:"elapsed"`
	Tick    time.Time     `json:"tick"`
	// After is the newest verdict from before Next, Before what was refused until then.
	After  int64 `json:"after"`
	Before Share `json:"before"`
	// Stopped says why the waves stopped; empty when they did not.
	Stopped string `json:"stopped,omitempty"`
	// Refused is the version that was rolled back, RefusedBy who did so. It is not taken again.
	Refused   *Version `json:"refused,omitempty"`
	RefusedBy string   `json:"refused_by,omitempty"`
	// Invalid is the newest version when it is not valid, Problems all that is wrong with it.
	Invalid  *Version `json:"invalid,omitempty"`
	Problems []string `json:"problems,omitempty"`
	// Unread says why the file could not be read lately, since when. Missing is a commit that was seen without the file once.
	Unread      string    `json:"unread,omitempty"`
	UnreadSince time.Time `json:"unread_since"`
	Failures    int       `json:"failures,omitempty"`
	Missing     string    `json:"missing,omitempty"`
	// Unknown is true while the file may be there and no version of it was ever read.
	Unknown bool `json:"unknown,omitempty"`
	// AskFrom and AskTo are the part of the repositories, in percent, whose open changes are to be looked at again.
	AskFrom float64 `json:"ask_from"`
	AskTo   float64 `json:"ask_to"`
}

// Share is how many changes were refused of those that were judged.
type Share struct {
	Judged  int `json:"judged"`
	Refused int `json:"refused"`
}

// part is the share as a number; a few verdicts prove little, so an even chance is mixed in.
func (s Share) part() float64 { return float64(s.Refused+1) / float64(s.Judged+2) }

// Position is the place of a repository among all, from 0 to below 100 percent. It depends on the id alone.
func Position(repoID int64) float64 {
	sum := sha256.Sum256([]byte("organisation " + strconv.FormatInt(repoID, 10)))
	return float64(binary.BigEndian.Uint64(sum[:8])>>11) / (1 << 53) * 100
}

// reached is the part of the repositories, in percent, that Next holds for.
func (s State) reached() float64 {
	if s.Next == nil {
		return 0
	}
	return s.Next.Waves.Shares[min(s.Wave, len(s.Next.Waves.Shares)-1)]
}

// For is the version that holds for a repository; nil when none does.
func (s State) For(repoID int64) *Version {
	if s.Next != nil && Position(repoID) < s.reached() {
		return s.Next
	}
	return s.InForce
}

// Speaks is the state that counts for a repository, of those of the groups above it, the topmost first: the first that has
// a file for it, or may have one.
func Speaks(states []State, repoID int64) (st State) {
	for _, st := range states {
		if v := st.For(repoID); st.Unknown || v != nil && v.Blob != "" {
			return st
		}
	}
	if len(states) > 0 {
		return states[0]
	}
	return st
}

// Notes say what people should know who read a check: why the newest version does not hold, or not yet.
func (s State) Notes() []string {
	var out []string
	say := func(format string, args ...any) { out = append(out, fmt.Sprintf(format, args...)) }
	holds := "no version holds"
	if s.InForce != nil {
		holds = "the version of " + change.Short(s.InForce.Commit) + " holds"
	}
	if s.Unread != "" {
		say("%s cannot be read (%s); %s", s.Place, s.Unread, holds)
	}
	if s.Invalid != nil {
		say("%s at %s is not valid (%d problems); %s", s.Place, change.Short(s.Invalid.Commit), len(s.Problems), holds)
	}
	if s.Next != nil && s.Stopped != "" {
		say("the version %s of %s stopped at %s of the repositories: %s", change.Short(s.Next.Commit), s.Place, Percent(s.reached()),
			s.Stopped)
	} else if s.Next != nil {
		say("the version %s of %s has reached %s of the repositories", change.Short(s.Next.Commit), s.Place, Percent(s.reached()))
	}
	if s.Refused != nil {
		say("the version %s of %s was rolled back by %s", change.Short(s.Refused.Commit), s.Place, s.RefusedBy)
	}
	return out
}

// Words counts states by their words.
func Words(states []State) map[string]int {
	n := map[string]int{}
	for _, s := range states {
		n[s.Word()]++
	}
	return n
}

// Word is the state in a word or two, for lists and metrics.
func (s State) Word() string {
	switch {
	case s.Unread != "":
		return "not read"
	case s.Invalid != nil:
		return "not valid"
	case s.Stopped != "":
		return "stopped"
	case s.Next != nil:
		return "in waves"
	case s.Refused != nil:
		return "rolled back"
	case s.InForce != nil && s.InForce.Blob != "":
		return "in force"
	}
	return "none"
}

// Percent writes a part of the repositories.
func Percent(part float64) string { return strconv.FormatFloat(part, 'f', -1, 64) + " %" }

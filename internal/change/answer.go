package change

import (
	"errors"
	"fmt"
	"time"

	"github.com/lintel-review/lintel/internal/change/refusal"
)

// What a forge's answer means to the work that waits for it is a type here, never a text: Limited waits, Refused ends,
// Unread is tried again, Unrelated is a verdict of its own, Gone ends in silence. Any other error is a fault that
// passes.

// Limited is a forge's answer "not now": a rate limit. The work is not at fault and is not counted as tried.
type Limited struct {
	// Until is when the forge will answer again.
	Until time.Time
	// Kind is "primary" or "secondary".
	Kind string
}

func (l *Limited) Error() string {
	return fmt.Sprintf("the forge limits our requests (%s) until %s", l.Kind, l.Until.UTC().Format(time.RFC3339))
}

// LongestLimit is how long a forge limits requests at the most: GitHub counts them by the hour. A time further ahead was
// told by a clock that is wrong, ours or theirs.
const LongestLimit = time.Hour + 5*time.Minute

// ByClock is a moment that a forge told, by the clock that says now. theirs is the time by the forge's clock, zero when it
// told none. Clocks that differ by less than an answer may take are one.
func ByClock(at, theirs, now time.Time) time.Time {
	ahead := theirs.Sub(now)
	if theirs.IsZero() || ahead.Abs() < time.Minute {
		return at
	}
	return at.Add(-ahead)
}

// Wait is how long to wait from now on.
func (l *Limited) Wait(now time.Time) time.Duration { return min(l.Until.Sub(now), LongestLimit) }

// Over reports whether the forge answers again. A stored limit that is further ahead than any can be is over.
func (l *Limited) Over(now time.Time) bool {
	left := l.Until.Sub(now)
	return left <= 0 || left > LongestLimit
}

// Refused is a forge's answer "never": trying again will not help before somebody acts.
type Refused struct {
	Kind refusal.Kind
	// What was refused and why, Remedy what an operator can do.
	What, Remedy string
	Err          error
}

func (r *Refused) Error() string { return errorText(r.What, r.Remedy, r.Err) }

func (r *Refused) Unwrap() error { return r.Err }

// Unread is a forge's answer that does not show one thing that a change consists of: "not found", "gone", a token that
// it does not take, or nothing where something must be. Copies of a forge's data lag behind each other, so it may pass,
// and it says nothing about whether the change itself is there.
type Unread struct {
	// What was not shown, Remedy what an operator can do when it stays so.
	What, Remedy string
	Err          error
}

func (u *Unread) Error() string { return errorText(u.What, u.Remedy, u.Err) }

func (u *Unread) Unwrap() error { return u.Err }

// Gone is a forge's word that the change itself, its repository or the connection is not there: asked at its
// own address, and answered by the forge. Nothing can be published then, and nothing needs to be.
type Gone struct {
	What string
	Err  error
}

func (g *Gone) Error() string { return errorText(g.What, "", g.Err) }

func (g *Gone) Unwrap() error { return g.Err }

// Unrelated is a forge's word that two commits have no ancestor in common, so that there is nothing that one changes of the other.
type Unrelated struct {
	// Base is a branch or a commit, Head a commit.
	Base, Head string
	Err        error
}

func (u *Unrelated) Error() string {
	return errorText(fmt.Sprintf("%s and %s have no common ancestor", u.Base, Short(u.Head)), "", u.Err)
}

func (u *Unrelated) Unwrap() error { return u.Err }

// Remedy is what an operator can do about an error, as far as its kind knows; empty when it does not.
func Remedy(err error) string {
	var refused *Refused
	if errors.As(err, &refused) {
		return refused.Remedy
	}
	var unread *Unread
	if errors.As(err, &unread) {
		return unread.Remedy
	}
	return ""
}

// errorText joins what happened, why, and what to do.
func errorText(what, remedy string, err error) string {
	if err != nil {
		what += ": " + err.Error()
	}
	if remedy != "" {
		what += " (" + remedy + ")"
	}
	return what
}

// ErrMoved is returned by a reading that could not be finished because the change kept moving under it. It is worth another try soon.
var ErrMoved = errors.New("the change moved while it was read")

// ErrNotFound is returned when the record of changes, or of what belongs to them, holds nothing under that name.
var ErrNotFound = errors.New("not found")

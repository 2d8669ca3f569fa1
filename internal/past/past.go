// Package past is how the changes of before are read from a forge: what one page is asked for and holds, how
// large the next one is, how much of the forge's limit a reading may use, and the bookmark that says how far it came.
// It does no I/O and reads no clock.
package past

import (
	"errors"
	"time"

	"github.com/lintel-review/lintel/internal/flow"
)

// Query asks for one page of a repository's changes, those that changed last first.
type Query struct {
	Connection  int64
	Owner, Name string
	// After is the cursor of the page before; empty for the first.
	After string
	Size  Size
}

// Page is what a forge tells of a few changes.
type Page struct {
	RepoID int64
	// Events are all that happened to the changes of the page.
	Events []flow.Event
	// Loose says that their times may differ a little from those that webhooks gave.
	Loose bool
	// Pulls is how many they are, Total how many the repository has.
	Pulls, Total int
	// Oldest is the earliest time at which one of them changed last: those of further pages changed before it.
	Oldest time.Time
	// Cursor is where the next page begins, if there is More.
	Cursor string
	More   bool
	// Calls is how many requests the page took, Points what they cost.
	Calls, Points int
	Budget        Budget
}

// TooLarge is a forge's answer to a page that it cannot give in time, or that is longer than is read.
type TooLarge struct{ Err error }

// Error says what the forge said.
func (t *TooLarge) Error() string { return "the page is too large for the forge: " + t.Err.Error() }

// Unwrap returns Err.
func (t *TooLarge) Unwrap() error { return t.Err }

// ErrCursor is a forge's answer to a cursor that it does not know any more.
var ErrCursor = errors.New("the forge does not know the place any more at which the reading goes on")

// Size is how much a page asks for: so many changes, and so many items of each of their lists at once.
type Size struct{ Pulls, Items int }

const (
	mostPulls  = 25
	mostItems  = 100
	leastItems = 10
)

// FirstSize is where a reading begins, and the largest page.
func FirstSize() Size { return Size{mostPulls, mostItems} }

// Smaller is the size after a page was too large: half the changes, and at a single one half the items. It is
// false when there is no smaller one.
func (s Size) Smaller() (Size, bool) {
	switch {
	case s.Pulls > 1:
		s.Pulls /= 2
	case s.Items/2 >= leastItems:
		s.Items /= 2
	default:
		return s, false
	}
	return s, true
}

// Larger is the size after a page came: twice as much, up to the first one.
func (s Size) Larger() Size {
	if s.Items < mostItems {
		s.Items = min(s.Items*2, mostItems)
		return s
	}
	s.Pulls = min(s.Pulls*2, mostPulls)
	return s
}

// Budget is what is left of a forge's limit. A Limit of 0 is a forge without one.
type Budget struct {
	Limit, Remaining int
	Reset            time.Time
}

// reserve is the part of the limit, a fifth, that a reading of the past leaves to everything else.
const reserve = 5

// Low reports whether a reading must stop until the limit is reset. next is what its next page may cost.
func (b Budget) Low(next int) bool {
	return b.Limit > 0 && (b.Remaining-next)*reserve < b.Limit
}

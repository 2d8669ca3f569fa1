package past

import (
	"errors"
	"fmt"
	"time"

	"github.com/lintel-review/lintel/internal/change"
)

// State is how a reading stands.
type State string

// The states of a reading: wanted -> reading <-> paused -> complete; failed ends it until somebody asks again.
const (
	// Wanted has not begun.
	Wanted State = "wanted"
	// Reading is under way, or goes on as soon as a worker is free.
	Reading State = "reading"
	// Paused waits until the forge's limit is reset.
	Paused State = "paused"
	// Complete has read all that was asked for.
	Complete State = "complete"
	// Failed was refused.
	Failed State = "failed"
)

// Bookmark says how far a repository's past has been read.
type Bookmark struct {
	Forge       change.Forge
	RepoID      int64
	Owner, Name string
	Connection  int64
	State       State
	// Since is how far back to read: to the changes that changed last before it.
	Since time.Time
	// Began is when the first page was asked for. What happened since comes by webhook.
	Began time.Time
	// Cursor is where the next page begins.
	Cursor string
	// Production is how far deployments, releases and incidents were read, after the changes: "" before them. Unread
	// names those that the forge does not show.
	Production, Unread string
	// Reached is the oldest change that was read; zero before the first page.
	Reached time.Time
	// Total is how many changes the repository has, Pulls how many were read.
	Total, Pulls int
	// Calls and Points are what the reading took of the forge's limit.
	Calls, Points int
	// Until is when a paused reading goes on, Why what stopped it or made it fail.
	Until     time.Time
	Why       string
	UpdatedAt time.Time
	// Revision is raised by each save.
	Revision int64
}

// ErrMoved is returned when a bookmark was saved by somebody else since it was read.
var ErrMoved = errors.New("somebody else reads the past of the repository")

// Repository is its name as people write it.
func (b Bookmark) Repository() string { return b.Owner + "/" + b.Name }

// Read takes a page in.
func (b *Bookmark) Read(p Page) {
	b.State, b.Why, b.Until = Reading, "", time.Time{}
	b.Cursor, b.Total = p.Cursor, p.Total
	b.Pulls += p.Pulls
	b.Calls += p.Calls
	b.Points += p.Points
	if !p.Oldest.IsZero() {
		b.Reached = p.Oldest
	}
	if !p.More {
		// The repository has no more: its past is known from its first day.
		b.Cursor, b.Reached = "", b.Since
	}
	if !p.More || !b.Reached.After(b.Since) {
		b.Production, b.Unread = productionFirst, ""
	}
}

// Want asks for the past since a time, and reports whether that is more than was asked for before. anew reads also what
// was read before, from the newest on.
func (b *Bookmark) Want(since time.Time, anew bool) bool {
	begun := !b.Began.IsZero() && !anew
	if b.Waits() && b.State != "" && !anew && !since.Before(b.Since) {
		return false
	}
	if begun && b.State == Complete && !since.Before(b.Since) {
		return false
	}
	if !begun {
		b.Began, b.Reached, b.Cursor = time.Time{}, time.Time{}, ""
		b.Pulls, b.Calls, b.Points = 0, 0, 0
		b.Since, b.Production = since, ""
	}
	if since.Before(b.Since) {
		b.Since = since
		if all := !b.Pulling() && b.Cursor == ""; all {
			// All changes that the repository has were read.
			b.Reached = since
			b.Production, b.Unread = productionFirst, ""
		} else {
			b.Production = ""
		}
	}
	b.State, b.Why, b.Until = Wanted, "", time.Time{}
	return true
}

// Waits reports whether there is something left to read.
func (b Bookmark) Waits() bool { return b.State != Complete && b.State != Failed }

// CompleteSince is the time since which the past is known without a gap; false before the first page was read.
func (b Bookmark) CompleteSince() (time.Time, bool) {
	switch {
	case b.State == Complete:
		return b.Since, true
	case b.Reached.IsZero():
		return time.Time{}, false
	}
	return b.Reached, true
}

// Ratio is how much of the time asked for was read, between 0 and 1.
func (b Bookmark) Ratio() float64 {
	if b.State == Complete {
		return 1
	}
	whole, read := b.Began.Sub(b.Since), b.Began.Sub(b.Reached)
	if b.Began.IsZero() || b.Reached.IsZero() || whole <= 0 {
		return 0
	}
	return min(max(float64(read)/float64(whole), 0), 1)
}

// String says how it stands, on one line.
func (b Bookmark) String() string {
	line := fmt.Sprintf("%s: %s, %d pull requests", b.Repository(), b.State, b.Pulls)
	if since, ok := b.CompleteSince(); ok {
		line += ", complete since " + since.UTC().Format(time.DateOnly)
	}
	if b.State == Paused {
		line += ", goes on at " + b.Until.UTC().Format(time.RFC3339)
	}
	if b.Why != "" {
		line += " (" + b.Why + ")"
	}
	return line
}

// Progress sums up the bookmarks of all repositories, for one line of a page.
type Progress struct {
	// Repositories is how many there are, Complete how many were read whole, Reading and Failed how many were not.
	Repositories, Complete, Reading, Failed int
	// Since is the time since which the past of every repository is known; zero while one has none.
	Since time.Time
	// Ratio is how much of what was asked for was read.
	Ratio float64
	Pulls int
}

// Sum adds bookmarks up.
func Sum(all []Bookmark) Progress {
	p := Progress{Repositories: len(all), Ratio: 1}
	if len(all) == 0 {
		return p
	}
	p.Ratio = 0
	known := true
	for _, b := range all {
		switch b.State {
		case Complete:
			p.Complete++
		case Failed:
			p.Failed++
		default:
			p.Reading++
		}
		p.Ratio += b.Ratio() / float64(len(all))
		p.Pulls += b.Pulls
		since, ok := b.CompleteSince()
		known = known && ok
		if since.After(p.Since) {
			p.Since = since
		}
	}
	if !known {
		p.Since = time.Time{}
	}
	return p
}

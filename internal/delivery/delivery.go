// Package delivery is one authenticated webhook and what it asks for: which changes to look at again, which are over, what to scan.
// A delivery is a hint, never the truth; the same shape carries the requests of sweeps and of people, which have no delivery id.
package delivery

import (
	"time"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/upload"
)

// Delivery is one webhook, kept with its id.
type Delivery struct {
	// ID is the forge's id, equal for a redelivery; empty for Lintel's own requests, which are never taken for repeats.
	ID           string
	Forge        change.Forge
	Name, Action string
	Installation int64
	RepoID       int64
	Sender       string
	ReceivedAt   time.Time
}

// Lane is a job's place in the queue, best first.
type Lane int

// The lanes. Work of one installation that piles up sinks from Interactive to Busy, so that it cannot hold up the others.
const (
	Interactive Lane = 1
	Busy        Lane = 2
	Crowded     Lane = 3
	Backfill    Lane = 4
)

// ReviewRequest asks to look again at some changes. Exactly one of Ref, Commit, GroupsOf, MergeBase, Branch, Repo, Team
// and All selects them.
type ReviewRequest struct {
	// Ref names one change, made known by this if it was not. Head, Base, Group and Draft are hints for the reading.
	Ref        *change.Ref
	Head, Base change.Rev
	Group      *change.Group
	Draft      bool
	// Commit selects the open changes of RepoID whose check belongs to this SHA.
	Commit string
	// GroupsOf selects the open merge groups of RepoID that were made for this pull request.
	GroupsOf int
	// MergeBase selects the open changes of RepoID whose newest verdict had this merge base.
	MergeBase string
	// Branch selects the open changes of RepoID that go into this branch.
	Branch string
	// Repo selects all open changes of RepoID.
	Repo bool
	// Team selects the open changes of Installation whose last snapshot read this "org/slug".
	Team string
	// All selects every open change of Installation.
	All bool

	Forge        change.Forge
	RepoID       int64
	Installation int64

	Lane Lane
	// After delays the look, so that a long list of changes is not asked of the forge all at once. An event in a better
	// lane pulls it to now.
	After time.Duration
	// Pace lengthens After for each change beyond the first twenty that the request selects.
	Pace time.Duration
	// Force publishes the verdict again even when it did not change: somebody asked.
	Force bool
	// Why is a line of history: "pull_request.synchronize", "re-check asked by mona".
	Why   string
	Actor string
}

// Seen is what an event tells about a repository, kept by id.
type Seen struct {
	Forge        change.Forge
	Installation int64
	Repository   change.Repository
	// Gone is true when the App can no longer see it.
	Gone bool
}

// Scan asks to list the open changes of a repository on the forge and look at each, in the backfill lane.
type Scan struct {
	Forge        change.Forge
	Installation int64
	// RepoID 0 means every repository of the installation.
	RepoID int64
	// Branch limits the scan to changes into this branch; empty means all.
	Branch string
	Why    string
}

// Outcome is what became of a delivery.
type Outcome string

// The outcomes.
const (
	Accepted Outcome = "accepted"
	Ignored  Outcome = "ignored"
)

// Admission is a delivery with all that it asks for. It is stored whole or not at all.
type Admission struct {
	Delivery
	Outcome Outcome
	// Reason says why it was ignored.
	Reason   string
	Seen     []Seen
	Requests []ReviewRequest
	// Ended are changes that were closed, merged or destroyed, with the state they ended in.
	Ended    []change.Ref
	EndState change.State
	Scans    []Scan
	// Otherwise are scans that are queued only when the requests selected no change: somebody asks about a commit that
	// we know no change for.
	Otherwise []Scan
	// Runs are finished runs of CI whose artifacts are fetched by the look that follows.
	Runs []upload.Run
	// Feedback is what people did about inline comments of the delivery's repository.
	Feedback []change.Feedback
	// Release asks to post the drafts of the changes that the requests select; nil for none. Whether the actor may is
	// read when they are looked at.
	Release *Release
	// Uninstalled is true when the whole installation is gone.
	Uninstalled bool
}

// Release is a request to post drafts of comments.
type Release struct {
	// SHA is the commit whose check has the button that was pressed.
	SHA   string
	Actor string
	// Via says how it was asked: "button" or "command".
	Via string
}

// Receipt says what was stored.
type Receipt struct {
	// Repeat is true for a delivery id that was stored before; then nothing else was done.
	Repeat bool
	// Changes are the changes that will be looked at again.
	Changes []change.Key
}

// Package delivery is one authenticated webhook and what it asks for: changes to look at again, changes that ended,
// repositories to scan.
// A delivery is a hint, never the truth. Requests of sweeps and of people have the same shape and no delivery id.
package delivery

import (
	"time"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/chat"
	"github.com/lintel-review/lintel/internal/churn"
	"github.com/lintel-review/lintel/internal/flow"
	"github.com/lintel-review/lintel/internal/flow/dora"
	"github.com/lintel-review/lintel/internal/upload"
)

// Delivery is one webhook, stored under its id.
type Delivery struct {
	// ID is the forge's id; a redelivery has the same. It is empty for Lintel's own requests, which are never repeats.
	ID           string
	Forge        change.Forge
	Name, Action string
	Connection   int64
	RepoID       int64
	Sender       string
	ReceivedAt   time.Time
}

// Lane is a job's place in the queue, best first.
type Lane int

// The lanes. When work of one connection piles up, it moves from Interactive to Busy and cannot delay the others.
const (
	Interactive Lane = 1
	Busy        Lane = 2
	Crowded     Lane = 3
	Backfill    Lane = 4
)

// ReviewRequest asks to look again at some changes. Exactly one of Ref, Commit, GroupsOf, MergeBase, Branch, Repo, Team
// and All selects them.
type ReviewRequest struct {
	// Ref names one change, which the store adds when it is new. Head, Base, Group and Draft are hints for the look.
	Ref        *change.Ref
	Head, Base change.Rev
	Group      *change.Group
	Draft      bool
	// ToldAt is the forge's time of the event; zero when it is not known. Missed is true for a head that a sweep found and
	// that no delivery told of.
	ToldAt time.Time
	Missed bool
	// Commit selects the open changes of RepoID whose check belongs to this SHA.
	Commit string
	// GroupsOf selects the open merge groups of RepoID that were made for this change.
	GroupsOf int
	// MergeBase selects the open changes of RepoID whose newest verdict had this merge base.
	MergeBase string
	// Branch selects the open changes of RepoID that go into this branch.
	Branch string
	// Repo selects all open changes of RepoID.
	Repo bool
	// Team selects the open changes of Connection whose last snapshot read this "org/slug".
	Team string
	// All selects every open change of Connection.
	All bool

	Forge      change.Forge
	RepoID     int64
	Connection int64

	Lane Lane
	// After delays the look, so that a long list of changes does not query the forge all at once. An event in a better
	// lane ends the delay.
	After time.Duration
	// Pace lengthens After for each change beyond the first twenty that the request selects.
	Pace time.Duration
	// Force publishes the verdict again even when it did not change, because somebody asked for it.
	Force bool
	// Why is a line of history: "pull_request.synchronize", "re-check asked by mona".
	Why   string
	Actor string
}

// Seen is what an event says about a repository, stored by its id.
type Seen struct {
	Forge      change.Forge
	Connection int64
	Repository change.Repository
	// Gone is true when the App can no longer see it.
	Gone bool
}

// Scan asks to list the open changes of a repository on the forge and look at each, in the backfill lane.
type Scan struct {
	Forge      change.Forge
	Connection int64
	// RepoID 0 means every repository of the connection.
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
	// Otherwise are scans that are queued only when the requests select no change: somebody asks about a commit of
	// which Lintel knows no change.
	Otherwise []Scan
	// Runs are finished runs of CI. The look that follows fetches their artifacts.
	Runs []upload.Run
	// Landed are the commits that a push brought to the default branch's line of first parents, the oldest first.
	Landed []churn.Commit
	// Feedback are reactions and replies to inline comments in the delivery's repository.
	Feedback []change.Feedback
	// Flow is what happened to changes, for their metrics. It is kept also when nothing is looked at.
	Flow []flow.Event
	// Deployments and Incidents are what the delivery tells of production.
	Deployments []dora.Deployment
	Incidents   []dora.Incident
	// Release asks to post the drafts of the changes that the requests select (nil: no release). The look that follows
	// checks whether the actor may do so.
	Release *Release
	// Chat are the commands of a comment on the change that the first request names, or of a button for the changes
	// that the requests select (nil: none). The look that follows carries them out.
	Chat *chat.Posted
	// Stale says what every process keeps in memory and shall read again (nil: nothing).
	Stale *Stale
	// Uninstalled is true when the whole connection is gone.
	Uninstalled bool
}

// Stale is a team "org/slug" or login of a connection that is to be read again; without a subject, all of the connection.
// Of those that are noted, a later one has a larger ID.
type Stale struct {
	ID         int64
	Forge      change.Forge
	Connection int64
	Subject    string
}

// Release is a request to post drafts of comments.
type Release struct {
	// SHA is the commit of the check whose button was used.
	SHA   string
	Actor string
	// Via is how the release was requested: "button" or "command".
	Via string
}

// Receipt says what was stored.
type Receipt struct {
	// Repeat is true for a delivery id that was stored before; then nothing else was done.
	Repeat bool
	// Changes are the changes that will be looked at again.
	Changes []change.Key
}

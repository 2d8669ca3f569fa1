package change

import (
	"time"

	"github.com/lintel-review/lintel/internal/chat"
	"github.com/lintel-review/lintel/internal/churn"
	"github.com/lintel-review/lintel/internal/flow"
	"github.com/lintel-review/lintel/internal/flow/dora"
)

// Pushed is one commit that a push brought, with what it touched.
type Pushed = churn.Commit

// EventKind is what a delivery means to Lintel, whatever the forge calls it.
type EventKind string

// The kinds of event. Everything else is Ignored, with a reason.
const (
	// Updated: the change named by Ref changed in something a policy reads.
	Updated EventKind = "updated"
	// CommitUpdated: something about the commit Head changed (its checks); the changes are found in our own store by that commit.
	CommitUpdated EventKind = "commit_updated"
	// Ended: the change was closed or merged, or the merge group was destroyed.
	Ended EventKind = "ended"
	// BasePushed: a branch got new commits; Base names it, Paths what they changed.
	BasePushed EventKind = "base_pushed"
	// Rerequested: somebody asks for the check on Head again. The changes are found in our own store by that commit.
	Rerequested EventKind = "rerequested"
	// Installed: Repositories can now be seen; all of them when the list is empty.
	Installed EventKind = "installed"
	// Uninstalled: Repositories can no longer be seen; all of the connection's when the list is empty.
	Uninstalled EventKind = "uninstalled"
	// AccessChanged: a membership, a team or a permission changed; what is kept about Subject is stale.
	AccessChanged EventKind = "access_changed"
	// RepositoryChanged: the name, owner, visibility, topics, properties or settings of Repository changed.
	RepositoryChanged EventKind = "repository_changed"
	// CommentFeedback: somebody did something about an inline comment; Feedback says what. It is recorded, and no change is looked at.
	CommentFeedback EventKind = "comment_feedback"
	// CommandGiven: somebody wrote commands in a comment; Chat has them.
	CommandGiven EventKind = "command_given"
	// RunFinished: a run of CI ended on the commit Head that could not hand in its reports; its artifacts may hold them.
	RunFinished EventKind = "run_finished"
	// Ignored: no policy reads this.
	Ignored EventKind = "ignored"
)

// Event is one authenticated delivery, decoded. It is a hint that something changed, never the truth: the work that follows reads again.
type Event struct {
	Kind  EventKind
	Forge Forge
	// Delivery is the forge's id, the same for a redelivery.
	Delivery string
	// Facts name what an Updated or CommitUpdated event may have changed, as rules name what they read ("labels",
	// "checks"); empty means anything. When no rule reads any of them, nothing is done.
	Facts []string
	// Name and Action are the forge's words, for the log.
	Name, Action string
	// Again is true when the verdict must be published again although it may be the same: the commit got a place, such as
	// a new pipeline, that shows none yet.
	Again bool
	// Reason says why an event is Ignored, in words for an operator.
	Reason string
	// Connection is the forge's id of the connection that it came by.
	Connection int64
	// Sender caused the event.
	Sender string
	// SenderBot is true when a program did.
	SenderBot bool
	// Repository is set for all but organisation-wide events.
	Repository Repository
	// Ref names the change for Updated and Ended.
	Ref Ref
	// Head and Base are hints where to look; they may be stale.
	Head, Base Rev
	// Group is set for merge groups.
	Group *Group
	// Paths are the files a push touched; nil when the forge did not say (then anything may have changed).
	Paths []string
	// Commits are those that a push brought, in its order; none when the push took some away or named not all.
	Commits []Pushed
	// Before is the commit the pushed branch pointed at before; all zero for a new branch.
	Before string
	// Check is the forge's id of the run that was asked for again, and App the id of the App that made it, or through
	// which a comment was written.
	Check, App int64
	// Run is the run that finished, Attempt which of its attempts; Fork is true when its head lives in another repository.
	Run     int64
	Attempt int
	Fork    bool
	// Requested is the identifier of the button that was pressed.
	Requested string
	// Chat are the commands of a comment; nil for none. It can come with any kind of event about a change.
	Chat *chat.Posted
	// Feedback is what somebody did about an inline comment, for Talked.
	Feedback *Feedback
	// Flow is what happened to changes, for their metrics. It can come with any kind of event.
	Flow []flow.Event
	// Deployments and Incidents are what it tells of production.
	Deployments []dora.Deployment
	Incidents   []dora.Incident
	// Repositories are those of an Installed or Uninstalled event; nil means all.
	Repositories []Repository
	// Subject is the team "org/slug" or login of an AccessChanged event; empty means all of the connection.
	Subject string
	// EndState is Closed or Merged for an Ended event.
	EndState State
	// Draft is a hint for the queue's order.
	Draft bool
	// UpdatedAt is when the forge says that the change was last updated; zero when it does not say.
	UpdatedAt time.Time
}

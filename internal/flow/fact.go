package flow

import "time"

// Version is that of the definitions by which facts are derived. A higher one makes the record derive all facts anew.
const Version = 1

// Fact is what is known of one pull request: what queries count. Times are whole seconds, UTC. What is nil is not known
// or does not apply; it is never averaged as 0.
type Fact struct {
	Pull   Pull
	Author Actor
	// AuthorKind is that of the account, or AI when a label says that a program wrote the change.
	AuthorKind ActorKind
	// State is "open", "closed" or "merged".
	State string
	Draft bool
	Fork  bool
	// Base is the branch that it goes into. BaseIsDefault is true when that is the repository's default branch.
	Base          string
	BaseIsDefault bool
	Branch, Head  string
	MergeSHA      string
	Labels        []string

	// The clock points: t0 to t6 of the definitions.
	OpenedAt                                             time.Time
	FirstCommitAt, ReadyAt, FirstReviewAt, ApprovedAt    *time.Time
	MergedAt, ClosedAt, DeployedAt, FirstResponseAnyAt   *time.Time
	RequestedAt, EnqueuedAt, LastEventAt, WaitingSinceAt *time.Time

	// Stages, in seconds. For a merged pull request Draft spans (after it was ready first) and Closed spans are taken out
	// of the stage that they fall in, so that cycle = pickup + review + merge wait + unreviewed + redraft + closed.
	Coding, DraftTime, Pickup, Review, MergeWait, Unreviewed, Queue, Redraft, ClosedTime, Deploy, Cycle, Lead *int64
	// The same by the business clock.
	PickupBusiness, ReviewBusiness, CycleBusiness *int64

	// Size as the forge counts it, and Effective without what no person writes.
	Additions, Deletions, Files, Effective *int64

	Rounds, HumanComments, BotComments, Reviews int64
	// CommitsAfterReview and LinesAfterReview are rework in review.
	CommitsAfterReview, LinesAfterReview *int64
	ForcePushes, Reopens                 int64
	Reviewers                            []int64
	// MergedUnreviewed is true when no person but the author approved or commented before it landed; SelfMerged when the
	// author merged it with no approval of another person.
	MergedUnreviewed, SelfMerged bool
	// StackedOn is true when it was opened against a branch that is not the default one.
	StackedOn bool
	// Reverts is the number of the pull request that it takes back, RevertedBy that of the one that took it back. Reverted is
	// true also when a plain commit did.
	Reverts, RevertedBy int
	Reverted            bool
	// WaitsFor says for an open one who can act: "author", "review", "merge", "queue", or "draft".
	WaitsFor string
	// Complete is true when the events tell of its whole life: it has an opening and, when merged, a merge.
	Complete bool
	Version  int
}

package flow

import "time"

// Version is that of the definitions by which facts are derived. A higher one makes the record derive all facts anew.
const Version = 3

// Fact is what is known of one change: what queries count. Times are whole seconds, UTC. What is nil is not known
// or does not apply; it is never averaged as 0.
type Fact struct {
	Pull   Pull
	Author Actor
	// AuthorKind is that of the account, or AI when a label says that a program wrote the change.
	AuthorKind ActorKind
	// Team is the first team whose review was asked for; empty when none was.
	Team string
	// Life is "open", "closed" or "merged".
	Life  string
	Draft bool
	Fork  bool
	// Base is the branch that it goes into. BaseIsDefault is true when that is the repository's default branch.
	Base          string
	BaseIsDefault bool
	// Stacked is true when it was opened against another branch than the default one.
	Stacked      bool
	Branch, Head string
	MergeSHA     string
	Labels       []string

	Points
	Stages
	// Business are the stages by the business clock.
	Business Stages

	// Size is as the forge counts it, Effective is without what no person writes.
	Additions, Deletions, Files, Effective *int64

	// Rounds are how often reviewers' words were followed by a push; Reviews and HumanComments are those of people who are
	// not the author.
	Rounds, HumanComments, BotComments, Reviews int64
	// CommitsAfterReview and LinesAfterReview are rework in review.
	CommitsAfterReview, LinesAfterReview *int64
	ForcePushes, Reopens                 int64
	// Reviewers are the people who reviewed, and Requested those whose review is asked for now, by id.
	Reviewers, Requested []int64
	// MergedUnreviewed is true when nobody but the author reviewed before it landed; SelfMerged when the author merged it
	// and nobody else approved.
	MergedUnreviewed, SelfMerged bool
	// Reverts is the number of the change that it takes back, RevertedBy that of the one that took it back. Reverted
	// is true also when a plain commit did.
	Reverts, RevertedBy int
	Reverted            bool
	// Waits says for an open one who can act, and WaitingSince since when.
	Waits        Wait
	WaitingSince *time.Time
	// Complete is true when the events tell of its whole life.
	Complete bool
}

// Points are the clock points of a change.
type Points struct {
	OpenedAt time.Time
	// FirstCommitAt is the first author's time among the commits that it was opened with.
	FirstCommitAt *time.Time
	// ReadyAt is when it first was no draft.
	ReadyAt *time.Time
	// RequestedAt is the first request of a review.
	RequestedAt *time.Time
	// FirstResponseAt is the first word of a person who is not the author since it was ready, FirstReviewAt the first
	// review.
	FirstResponseAt, FirstReviewAt *time.Time
	// ApprovedAt is the last approval that counted when it landed.
	ApprovedAt                     *time.Time
	MergedAt, ClosedAt, DeployedAt *time.Time
	LastEventAt                    time.Time
}

// Stages are seconds. Those of a merged change add up: Pickup + Review + MergeWait + Unreviewed + Redraft +
// ClosedTime = Cycle. Queue is a part of MergeWait.
type Stages struct {
	Coding, Draft, Pickup, Review, MergeWait, Queue, Unreviewed, Redraft, ClosedTime, Deploy, Cycle, Lead *int64
}

// Wait is who can act on an open change.
type Wait string

// Who can act.
const (
	OnDraft  Wait = "draft"
	OnReview Wait = "review"
	OnAuthor Wait = "author"
	OnMerge  Wait = "merge"
	OnQueue  Wait = "queue"
)

// The lives of a change.
const (
	LifeOpen   = "open"
	LifeClosed = "closed"
	LifeMerged = "merged"
)

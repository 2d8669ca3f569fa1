package figure

import "time"

// Pull is one change as lists and exports show it. Nil is not known or does not apply.
type Pull struct {
	Forge, Owner, Name string
	RepoID             int64
	Number             int
	// Title is that of its last verdict; empty when there is none.
	Title string
	// Author is a login, empty when it is not known.
	Author, AuthorKind, Team, Base, State string

	OpenedAt                                   time.Time
	FirstCommitAt, ReadyAt, FirstResponseAt    *time.Time
	ApprovedAt, MergedAt, ClosedAt, DeployedAt *time.Time
	// Since is since when an open one waits.
	Since *time.Time

	// Stages are in seconds, by Stage.
	Stages [Stages]*int64
	// Cycle is from ready to merged, CycleBusiness and PickupBusiness by the business clock.
	Cycle, CycleBusiness, PickupBusiness *int64
	Additions, Deletions, Size           *int64

	Rounds, Reviews, HumanComments, BotComments, ForcePushes, Reopens int64

	Unreviewed, Reverted, Stacked, Complete bool
	// WaitsFor says who can act on an open one: "author", "review", "merge", "queue" or "draft".
	WaitsFor string
}

// Timed is the cycle by a clock.
func (p Pull) Timed(business bool) *int64 {
	if business {
		return p.CycleBusiness
	}
	return p.Cycle
}

// Awaited is the time to the first review by a clock.
func (p Pull) Awaited(business bool) *int64 {
	if business {
		return p.PickupBusiness
	}
	return p.Stages[Pickup]
}

// Age says what the record holds: the newest event, and the first day that it knows of.
type Age struct {
	First, Last time.Time
	// Asked is how many repositories have a past that somebody asked for, Read how many of those were read whole. Whole is
	// since when the past of all of them is known; zero while one has nothing yet.
	Asked, Read int
	Whole       time.Time
}

// Choices are the repositories and teams that a page can be about.
type Choices struct{ Repositories, Teams []string }

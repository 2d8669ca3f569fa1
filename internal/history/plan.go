package history

import (
	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/effect"
)

// Look is the outcome of one look at a change, to be saved whole.
type Look struct {
	Record change.Record
	// KeepRecord is true when the record was not read anew: then only effects and lines are stored.
	KeepRecord bool
	// Verdict is nil when nothing was judged (the change is closed).
	Verdict  *Verdict
	Evidence []Evidence
	// Teams are the "org/slug" whose members the snapshot read, and the "@login" whose permission it read.
	Teams []string
	Draft bool
	Lines []Line
}

// Peer is another open change whose check belongs to the same commit, with its newest verdict on it (nil: none yet).
type Peer struct {
	Record  change.Record
	Verdict *Verdict
}

// Standing is what was published, or is intended, on one commit and in one comment.
type Standing struct {
	Peers []Peer
	// Checks are the newest effects on the commit by check name; Comment is the newest comment effect of the change.
	Checks  map[string]Posted
	Comment *Posted
	// Sequence is the number to put into the keys of new effects; it is larger than any used on this commit.
	Sequence int64
}

// Posted is an effect with what became of it.
type Posted struct {
	Effect effect.Effect
	// Receipt is nil while it is not known to have been carried out.
	Receipt *effect.Receipt
}

// Pending is an effect that has no receipt.
type Pending struct {
	Effect effect.Effect
	// Tried is true when a call for it may have reached the forge before: then the remote is searched first.
	Tried bool
	// Superseded is true when a newer effect for the same check or comment exists: carrying it out would put an older verdict over a newer one.
	Superseded bool
}

// Latest is a change with its newest verdict (nil: none yet), for lists of changes.
type Latest struct {
	Record  change.Record
	Verdict *Verdict
}

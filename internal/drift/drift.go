// Package drift holds the two sides that a recovery sweep compares: what a forge lists now, and what the record holds of the same changes.
//
// Callers may rely on: these are plain values; nothing here decides whether the sides differ, package recovery does.
package drift

import (
	"time"

	"github.com/lintel-review/lintel/internal/change"
)

// Repository is a repository to sweep.
type Repository struct {
	change.Repository
	Connection int64
	// ScannedAt is when its open changes were last listed.
	ScannedAt time.Time
}

// Listed is an open change as the forge's list shows it.
type Listed struct {
	Number     int
	Head, Base change.Rev
	Draft      bool
	UpdatedAt  time.Time
}

// Known is an open change as the record holds it.
type Known struct {
	change.Record
	// TakenAt is when its newest snapshot was begun; zero when it was never judged.
	TakenAt time.Time
	// ControlFiles is the digest of the controls it was judged by, Judged the commit it was about.
	ControlFiles string
	Judged       string
	// UpdatedAt is the forge's time of the last update that its newest snapshot saw; Teams is true when that read teams.
	UpdatedAt time.Time
	Teams     bool
	// UnsureAt is when a look ended that was not shown all it asked for; zero when the newest was.
	UnsureAt time.Time
}

// Branch is what rules the changes into a branch, as far as no event is sure to tell of it.
type Branch struct {
	// Ref is the branch that the controls come from; empty when there is none.
	Ref string
	// Default is the repository's default branch.
	Default string
	// Tip is where the branch of the changes stands; empty when it is gone.
	Tip string
	// Files are the blob ids of the control files at its tip, by path.
	Files  map[string]string
	Merges change.MergeSettings
}

// Missed is a delivery that the forge could not hand over.
type Missed struct {
	ID          int64
	GUID, Event string
	Status      int
	At          time.Time
	Redelivery  bool
	Connection  int64
	Repo        int64
}

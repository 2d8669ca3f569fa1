// Package verdict is one judgement of a change, with the names of the evidence that it rests on. Verdicts are never
// rewritten: a new one follows.
package verdict

import (
	"time"

	"github.com/lintel-review/lintel/internal/change"
)

// Pending is the conclusion of a verdict that is not final: reports of CI are waited for, and nothing refuses so far.
const Pending = "pending"

// Verdict is one judgement of a change with the names of its evidence, enough to derive it again.
type Verdict struct {
	Ref        change.Ref `json:"ref"`
	Generation int64      `json:"generation"`
	// Target is the commit it speaks about, Head the change's head (equal but for a merge group).
	Target    string     `json:"target"`
	Head      string     `json:"head"`
	Base      change.Rev `json:"base"`
	MergeBase string     `json:"merge_base"`
	// Conclusion is "success", "failure" or Pending.
	Conclusion string `json:"conclusion"`
	// Digest is that of the verdict as people see it; Facts, Policy and Settings name the evidence kept; Engine is the
	// policy engine's version.
	Digest   string `json:"digest"`
	Facts    string `json:"facts"`
	Policy   string `json:"policy"`
	Settings string `json:"settings"`
	Decision string `json:"decision"`
	Engine   string `json:"engine"`
	// Controls is the commit the controls were read from, ControlFiles the digest of their paths and blob ids.
	Controls     string `json:"controls"`
	ControlFiles string `json:"control_files"`
	// Title is the change's title, for lists of verdicts; untrusted.
	Title string `json:"title"`
	// UpdatedAt is the forge's time of the change's last update that the snapshot saw.
	UpdatedAt time.Time `json:"updated_at"`
	// TakenAt is when the snapshot was begun, DecidedAt when the verdict was stored.
	TakenAt   time.Time `json:"taken_at"`
	DecidedAt time.Time `json:"decided_at"`
}

// Evidence is a document kept under its digest.
type Evidence struct {
	Digest string
	Kind   string
	Body   []byte
}

// Peer is another open change whose check belongs to the same commit, with its newest verdict on it (nil: none yet).
type Peer struct {
	Record  change.Record
	Verdict *Verdict
}

// Latest is a change with its newest verdict (nil: none yet), for lists of changes.
type Latest struct {
	Record  change.Record
	Verdict *Verdict
}

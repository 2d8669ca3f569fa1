// Package history is the append-only record of what happened to a change: deliveries, verdicts, publications, failures.
// Metrics and the page of a pull request are read from it; nothing is ever rewritten.
package history

import (
	"time"

	"github.com/lintel-review/lintel/internal/change"
)

// Kind is what a line records.
type Kind string

// The kinds of history lines.
const (
	Delivered Kind = "delivered"
	Evaluated Kind = "evaluated"
	Published Kind = "published"
	Failed    Kind = "failed"
	Recovered Kind = "recovered"
	Rechecked Kind = "rechecked"
	Ended     Kind = "ended"
	// Released: a person let drafts of comments be posted, or was refused that.
	Released Kind = "released"
	// Lifted: what keeps advice silent was taken back.
	Lifted Kind = "lifted"
)

// Line is one thing that happened. Detail is plain text for a person, without tokens or bodies.
type Line struct {
	Key    change.Key `json:"key"`
	At     time.Time  `json:"at"`
	Kind   Kind       `json:"kind"`
	Detail string     `json:"detail"`
	// Delivery is the forge's delivery id that caused the line; empty when none did.
	Delivery string `json:"delivery,omitempty"`
	// SHA is the head it is about.
	SHA string `json:"sha,omitempty"`
	// Actor is the login that caused it; empty when the forge or Lintel did.
	Actor string `json:"actor,omitempty"`
}

// Pends is the conclusion of a verdict that is not final: reports of CI are waited for, and nothing refuses so far.
const Pends = "pending"

// Verdict is one judgement of a change with the names of its evidence, enough to derive it again.
type Verdict struct {
	Ref        change.Ref `json:"ref"`
	Generation int64      `json:"generation"`
	// Target is the commit it speaks about, Head the pull request's head (equal but for a merge group).
	Target    string     `json:"target"`
	Head      string     `json:"head"`
	Base      change.Rev `json:"base"`
	MergeBase string     `json:"merge_base"`
	// Conclusion is "success", "failure" or Pends.
	Conclusion string `json:"conclusion"`
	// Digest is that of the verdict as people see it; Facts, Policy and Settings name the evidence kept; Engine is the policy engine's version.
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

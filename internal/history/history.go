// Package history is the append-only record of what happened to a change: deliveries, verdicts, publications, failures.
// Metrics and the page of a change are read from it; nothing is ever rewritten.
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
	// Overridden: somebody let the change merge although a rule refuses, was refused that, or took it back.
	Overridden Kind = "overridden"
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

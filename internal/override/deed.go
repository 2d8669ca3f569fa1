package override

import (
	"slices"
	"time"

	"github.com/lintel-review/lintel/internal/change"
)

// Mute hides what a rule remarks on one change until a time. It never covers what blocks.
type Mute struct {
	ID    int64     `json:"id"`
	Rule  string    `json:"rule"`
	Actor string    `json:"actor"`
	At    time.Time `json:"at"`
	Until time.Time `json:"until"`
}

// Holds reports whether a mute holds at a time.
func (m Mute) Holds(now time.Time) bool { return now.Before(m.Until) }

// FalseAlarm is a finding that somebody who may write here called one. It is evidence against the rule, and lets nothing pass.
type FalseAlarm struct {
	Fingerprint string
	Rule        string
	Actor       string
	Category    string
	Reason      string
	Head        string
}

// Dismissal is an inline comment's finding that somebody dismissed by an answer to it, and how they stand to the change.
type Dismissal struct {
	Fingerprint string
	Rule        string
	Role        change.Role
}

// Granted is what holds for a change.
type Granted struct {
	Overrides []Override
	Mutes     []Mute
}

// ForkChecks reports whether somebody let checks run on this head of a fork. Overrides are those that hold.
func (g Granted) ForkChecks() bool {
	return slices.ContainsFunc(g.Overrides, func(o Override) bool { return o.Rule == ForkChecks })
}

// Deed is what a command came to.
type Deed struct {
	// Made is the override that it made or completed (ID 0: a new one).
	Made *Override
	// Muted is a new mute, Wrong a new false alarm.
	Muted *Mute
	Wrong *FalseAlarm
	// Dismissed is the finding of an inline comment that an answer there dismissed.
	Dismissed *Dismissal
	// Revoked, Unmuted and Taken are what it ended: overrides, mutes and false alarms.
	Revoked []Override
	Unmuted []Mute
	Taken   []FalseAlarm
	// Assigned are the people whose reviews it requested.
	Assigned []string
}

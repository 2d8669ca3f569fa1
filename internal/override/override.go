// Package override is the permission of a person to merge although a rule refuses: what it covers, who gave it and why,
// and until when it holds.
//
// Callers may rely on: whether an override holds and what it covers depends on its fields and the arguments alone; an
// override that says nothing of its end ends with the next push.
package override

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/lintel-review/lintel/internal/finding"
)

// State is where an override is in its life.
type State string

// The states. A proposed override waits for a second person; one that is revoked or expired never holds again.
const (
	Proposed State = "proposed"
	Active   State = "active"
	Revoked  State = "revoked"
	Expired  State = "expired"
)

// Override is one permission, for one rule on one change.
type Override struct {
	ID    int64  `json:"id"`
	Rule  string `json:"rule"`
	State State  `json:"state"`
	// Finding is the beginning of the one fingerprint that is covered; empty covers every finding of the rule.
	Finding string `json:"finding,omitempty"`
	// In is the pattern of the paths that are covered; empty covers findings of any path and of none.
	In    string `json:"in,omitempty"`
	Actor string `json:"actor"`
	// Second is the second person, where two are needed.
	Second   string `json:"second,omitempty"`
	Category string `json:"category"`
	Reason   string `json:"reason"`
	// Head is the head that the command was written on.
	Head string    `json:"head"`
	At   time.Time `json:"at"`
	Lasting
}

// ForkChecks stands as the rule of an override that lets checks run on a fork's head. No policy has such a rule, and it
// holds for that head alone.
const ForkChecks = "checks/forks"

// Lasting says until when an override holds.
type Lasting struct {
	// Pushes is true when it survives a push to the head; then Until is set.
	Pushes bool `json:"pushes,omitempty"`
	// Base is the tip of the base branch that it is bound to; empty when it survives a push to the base.
	Base string `json:"base,omitempty"`
	// Until is when it ends at the latest; zero for no time.
	Until time.Time `json:"until,omitzero"`
}

// Holds reports whether an override holds for a head and a base at a time.
func (o Override) Holds(head, base string, now time.Time) bool {
	return o.State == Active && head != "" && (o.Pushes && !o.Until.IsZero() || o.Head == head) && (o.Base == "" || o.Base == base) &&
		(o.Until.IsZero() || now.Before(o.Until))
}

// Corrected is the override after a clock that it was given by, which was ahead, was set back: it holds from now on for
// as long as it was meant to, and no longer. ok is false for an override that was not given in the future.
func (o Override) Corrected(now time.Time) (corrected Override, ok bool) {
	if !o.At.After(now) {
		return o, false
	}
	if !o.Until.IsZero() {
		o.Until = now.Add(max(0, o.Until.Sub(o.At)))
	}
	o.At = now
	return o, true
}

// Covers reports whether an override is about a finding.
func (o Override) Covers(f finding.Finding) bool {
	_, digits, _ := strings.Cut(string(f.Fingerprint), ":")
	return o.Rule == f.Rule && strings.HasPrefix(digits, o.Finding) && (o.In == "" || f.Path != "" && matches(o.In, f.Path))
}

// Ends says in words when an override ends.
func (o Override) Ends() string {
	var all []string
	if !o.Pushes {
		all = append(all, "the next push")
	}
	if o.Base != "" {
		all = append(all, "the next push to the base branch")
	}
	if !o.Until.IsZero() {
		all = append(all, o.Until.UTC().Format("2006-01-02 15:04")+" UTC")
	}
	return strings.Join(all, ", or ")
}

// The words for how long an override lasts, beside a duration and a date.
const (
	ForPush = "push"
	ForBase = "base"
)

// Last reads how long an override shall last ("push", "base", "24h", "7d", "2026-03-01"; empty is the longest by the
// settings up to "push") and holds it to the longest that the settings allow. base is the tip of the base branch.
func Last(wanted, longest, base string, now time.Time) (Lasting, error) {
	limit, hasLimit := Span(longest)
	var l Lasting
	if hasLimit {
		l.Until = now.Add(limit)
	}
	switch {
	case longest == ForBase && wanted != "" && wanted != ForBase:
		return l, fmt.Errorf("the settings allow an override until the next push to the base branch at the longest: leave --for out")
	case wanted == ForBase || longest == ForBase:
		l.Base = base
		return l, nil
	case wanted == "" || wanted == ForPush:
		return l, nil
	}
	until, err := time.Parse(time.DateOnly, wanted)
	if span, ok := Span(wanted); ok {
		until, err = now.Add(span), nil
	}
	switch {
	case err != nil:
		return l, fmt.Errorf("--for takes push, base, a duration such as 24h or 7d, or a day such as 2026-03-01")
	case !hasLimit:
		return l, fmt.Errorf("the settings allow an override until the next push at the longest: leave --for out")
	case !until.After(now):
		return l, fmt.Errorf("that time is over already")
	case until.After(l.Until):
		return l, fmt.Errorf("the settings allow an override for %s at the longest", longest)
	}
	return Lasting{Pushes: true, Until: until}, nil
}

// maxDays keeps a span far from where a duration overflows.
const maxDays = 365

// Span reads a span of hours or days, "36h" or "7d".
func Span(s string) (time.Duration, bool) {
	if s == "" {
		return 0, false
	}
	n, err := strconv.Atoi(s[:len(s)-1])
	hours := map[byte]int{'h': 1, 'd': 24}[s[len(s)-1]] * n
	if err != nil || n <= 0 || n > maxDays*24 || hours <= 0 || hours > maxDays*24 {
		return 0, false
	}
	return time.Duration(hours) * time.Hour, true
}

// Package outcome says what became of a finding that a rule posted on a change.
//
// Callers may rely on: Of gives every finding exactly one outcome, whatever is known of it, so outcomes partition the
// findings; the outcome depends on the evidence alone and never on the order in which it came.
package outcome

import "github.com/lintel-review/lintel/internal/change"

// Outcome is what became of a posted finding. The names are part of the exported format and do not change.
type Outcome string

// The outcomes, the strongest evidence first. The comments are the table of docs/scorecards.md.
const (
	// Somebody who decides there called it a false alarm: `/lintel wrong`, a thumbs down on its inline comment, or deleting
	// that.
	DismissedFP Outcome = "dismissed_fp"
	// An override let it pass, even one that ended later.
	Overridden Outcome = "overridden"
	// A later push changed the flagged lines, and the rule no longer finds it. For a finding about no file, or of a rule that
	// reads reviews, labels or texts, the second is enough.
	Addressed Outcome = "addressed"
	// Somebody resolved its thread and changed nothing.
	ResolvedUnchanged Outcome = "resolved_unchanged"
	// The change was merged with it.
	Ignored Outcome = "ignored"
	// The rule no longer finds it though the flagged lines stand: the file left the change, the base moved, the
	// settings or the rule changed.
	Outdated Outcome = "outdated"
	// The change was closed without a merge.
	Abandoned Outcome = "abandoned"
	// The change is open, and so is the finding.
	Pending Outcome = "pending"
)

// All are the outcomes, the strongest evidence first.
func All() []Outcome {
	return []Outcome{DismissedFP, Overridden, Addressed, ResolvedUnchanged, Ignored, Outdated, Abandoned, Pending}
}

// Decided reports whether the outcome counts in the denominators of rates.
func (o Outcome) Decided() bool { return o != Abandoned && o != Pending }

// Unwanted reports whether the outcome counts as an effective false positive: a report that nobody wanted to act on.
func (o Outcome) Unwanted() bool { return o == DismissedFP || o == ResolvedUnchanged || o == Ignored }

// Fate is whether a rule still finds a finding, and if not, why.
type Fate string

// The fates.
const (
	// Found: the newest look found it.
	Found Fate = ""
	// Fixed: what it flagged was changed.
	Fixed Fate = "fixed"
	// Left: what it flagged was not changed, or is no longer a part of the change.
	Left Fate = "left"
)

// Evidence is what is known of one finding.
type Evidence struct {
	// FalseAlarm: a person who decides here said so by a command, by thumbs down, or by deleting the inline comment.
	FalseAlarm bool
	// Overridden: an override covered it at some look.
	Overridden bool
	// Resolved: its thread stands resolved by a person.
	Resolved bool
	Fate     Fate
	// End is the state of the change.
	End change.State
}

// Of is the outcome of a finding.
func Of(e Evidence) Outcome {
	switch {
	case e.FalseAlarm:
		return DismissedFP
	case e.Overridden:
		return Overridden
	case e.Fate == Fixed:
		return Addressed
	case e.Resolved:
		return ResolvedUnchanged
	case e.Fate == Found && e.End == change.Merged:
		return Ignored
	case e.Fate != Found:
		return Outdated
	case e.End == change.Closed:
		return Abandoned
	}
	return Pending
}

package policy

import (
	"github.com/lintel-review/lintel/internal/finding"
	"github.com/lintel-review/lintel/internal/gateswitch"
	"github.com/lintel-review/lintel/internal/override"
)

// The values of a rule's Override.
const (
	NeverOverride = "never"
	TwoOverride   = "two"
)

// Overridable reports whether a rule may be overridden at all. The gate's rules say whether the evaluation itself can be
// trusted, so nobody can vouch for them.
func (r Rule) Overridable() bool { return r.Family != GateFamily && r.Override != NeverOverride }

// applyMutes hides what muted rules found and what does not block. It comes before everything that lets findings pass, so
// that it cannot hide these.
func applyMutes(d *Decision, mutes []override.Mute) {
	for _, m := range mutes {
		used := false
		for i := range d.Findings {
			if f := &d.Findings[i]; f.Rule == m.Rule && !f.Blocking && f.Mode != finding.Shadow {
				f.Mode, used = finding.Shadow, true
			}
		}
		if used {
			d.Muted = append(d.Muted, m)
		}
	}
}

// applyOverrides lets findings pass that an override covers, and records which overrides did so.
func (e *Engine) applyOverrides(d *Decision, overrides []override.Override) {
	for _, o := range overrides {
		used := false
		for i := range d.Findings {
			if f := &d.Findings[i]; f.Blocking && o.Covers(*f) && e.byID[f.Rule].Overridable() {
				f.Blocking, used = false, true
			}
		}
		if used {
			d.Overridden = append(d.Overridden, o)
		}
	}
}

// applySwitch lets every finding pass where the gate is open, and reports whether it refuses because the gate is closed.
// An open gate leaves no trace where nothing blocks; one that waits for reports of CI passes.
func applySwitch(d *Decision, s *gateswitch.Switch, waits bool) (refused bool) {
	if s == nil {
		return false
	}
	for i := range d.Findings {
		if f := &d.Findings[i]; f.Blocking && s.State == gateswitch.Open {
			f.Blocking = false
			d.GatePassed++
		}
	}
	if s.State == gateswitch.Closed || d.GatePassed > 0 || waits {
		d.Gate = s
	}
	return s.State == gateswitch.Closed
}

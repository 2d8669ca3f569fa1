package policy

import (
	"slices"

	"github.com/lintel-review/lintel/internal/family"
	"github.com/lintel-review/lintel/internal/finding"
	"github.com/lintel-review/lintel/internal/settings"
)

// GateFamily is the family of rules about the evaluation itself. It is always on: its rules are in enforce as soon as
// any rule of another family is, or when no settings could be established and so nobody knows what should be; in warn
// otherwise. No setting changes that; the operator's cap does.
const GateFamily = family.Gate

// standing is how a rule stands under the settings.
type standing struct {
	mode     finding.Mode
	severity finding.Severity
}

// standings resolves every rule under the settings and the options, and never above the operator's cap. undecided says
// that no settings could be established.
func (e *Engine) standings(set settings.Settings, opt Options, undecided bool) map[string]standing {
	operator := opt.Cap
	if operator == "" {
		operator = finding.Enforce
	}
	out := make(map[string]standing, len(e.rules))
	gate := finding.Warn
	if undecided {
		gate = finding.Enforce
	}
	for _, r := range e.rules {
		if r.Family == GateFamily {
			continue
		}
		under := set
		if r.Security {
			under.Demoted = nil
		}
		mode := under.ModeOf(r.Family, r.ID, r.Mode).Cap(operator)
		if !opt.asks(r) {
			mode = finding.Off
		}
		if mode == finding.Enforce {
			gate = finding.Enforce
		}
		out[r.ID] = standing{mode: mode, severity: set.SeverityOf(r.ID, r.Severity)}
	}
	for _, r := range e.rules {
		if r.Family == GateFamily {
			out[r.ID] = standing{mode: gate.Cap(operator), severity: r.Severity}
		}
	}
	return out
}

// asks reports whether a rule is to be judged.
func (o Options) asks(r Rule) bool {
	return (len(o.Only) == 0 || slices.Contains(o.Only, r.Family)) && (len(o.Rules) == 0 || slices.Contains(o.Rules, r.ID))
}

// waiting divides rules into those that can be asked and those that read reports of CI, whose answer would be one about half of them.
func (e *Engine) waiting(ids []string) (now, wait []string) {
	for _, id := range ids {
		if slices.Contains(e.byID[id].Reads, "reports") {
			wait = append(wait, id)
		} else {
			now = append(now, id)
		}
	}
	slices.Sort(wait)
	return now, wait
}

// judged says which rules the policies are asked for now, and which stand as they were found on the change's own head.
func (e *Engine) judged(stand map[string]standing, group bool, head string, carried *Decision) (now, carry []string) {
	usable := carried != nil && carried.Policy == e.digest && carried.Head == head
	for _, r := range e.rules {
		switch {
		case stand[r.ID].mode == finding.Off, group && r.MergeQueue == Skip:
		case group && r.MergeQueue == Carry && usable && slices.Contains(carried.Judged, r.ID):
			carry = append(carry, r.ID)
		default:
			now = append(now, r.ID)
		}
	}
	return now, carry
}

package review

import (
	"context"
	"time"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/gateswitch"
	"github.com/lintel-review/lintel/internal/policy"
)

// gateSwitch is the operator's switch that is in force for a change; nil when the rules decide.
func (v *Reviewer) gateSwitch(ctx context.Context, ref change.Ref) (*gateswitch.Switch, error) {
	all, err := v.options.Switches.GateSwitches(ctx)
	if err != nil {
		return nil, err
	}
	return gateswitch.For(all, ref, v.options.Now()), nil
}

// turned is the record of a verdict that the switch turned; nil when it did not. A closed gate turns what the rules
// would let pass.
func turned(r change.Record, d policy.Decision, now time.Time) *gateswitch.Turned {
	problems := len(d.Blocking()) + d.GatePassed
	if d.Gate == nil || d.Gate.State == gateswitch.Closed && problems > 0 {
		return nil
	}
	return &gateswitch.Turned{Switch: d.Gate.ID, Ref: r.Ref, SHA: r.Target(), Passed: d.Gate.State == gateswitch.Open,
		Problems: problems, At: now}
}

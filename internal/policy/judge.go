package policy

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/facts"
	"github.com/lintel-review/lintel/internal/finding"
	"github.com/lintel-review/lintel/internal/rollout"
	"github.com/lintel-review/lintel/internal/settings"
	"github.com/lintel-review/lintel/internal/sorting"
	"github.com/lintel-review/lintel/internal/text"
)

// Configurable are the ids of the rules that a settings file may name, sorted: all but those of the gate.
func (e *Engine) Configurable() []string {
	out := make([]string, 0, len(e.rules))
	for _, r := range e.rules {
		if r.Family != GateFamily {
			out = append(out, r.ID)
		}
	}
	return out
}

// Judge goes all the way from a snapshot to a decision: facts under the settings in force, with a preview when the
// change proposes other settings. The proposed settings are shown and never obeyed. Errors are those of Gather and
// Decide.
func (e *Engine) Judge(ctx context.Context, s *change.Snapshot, r settings.Resolution, opt Options) (facts.Facts, Decision, error) {
	f, err := facts.Gather(ctx, s, r, e.analysed(opt.Rules)...)
	if err != nil {
		return facts.Facts{}, Decision{}, err
	}
	proposal := settings.Preview(s.Proposed, s.Controls, e.Configurable())
	if proposal.Touched {
		var changes []facts.Difference
		var moves []facts.Move
		if len(proposal.Errors) == 0 {
			if changes, err = e.preview(ctx, s, f, r, proposal, opt); err != nil {
				return facts.Facts{}, Decision{}, err
			}
			if moves, err = e.moves(ctx, s.Ref, r.Settings, proposal.Settings, f.Controls.Experiments, opt); err != nil {
				return facts.Facts{}, Decision{}, err
			}
		}
		f = f.Propose(proposal, changes, moves...)
	}
	d, err := e.Decide(ctx, f, r.Settings, opt)
	if err != nil {
		return facts.Facts{}, Decision{}, err
	}
	return f, d, nil
}

// preview judges the change twice, by the settings in force and by the proposed ones.
func (e *Engine) preview(ctx context.Context, s *change.Snapshot, f facts.Facts, r settings.Resolution, p settings.Proposal,
	opt Options) ([]facts.Difference, error) {
	opt.Carried, opt.Switch = nil, nil
	was, err := e.Decide(ctx, f, r.Settings, opt)
	if err != nil {
		return nil, err
	}
	source := settings.FromFile
	if p.Removed {
		source = settings.Absent
	}
	proposed := settings.Resolution{Settings: p.Settings, Source: source}
	g, err := facts.Gather(ctx, s, proposed, e.analysed(opt.Rules)...)
	if err != nil {
		return nil, err
	}
	wouldBe, err := e.Decide(ctx, g, p.Settings, opt)
	if err != nil {
		return nil, err
	}
	return preview(was, wouldBe), nil
}

// EvidenceOf sums up what rules made of the last changes of a change's repository, in the order of the rules.
type EvidenceOf func(ctx context.Context, of change.Ref, rules []string) ([]rollout.Evidence, error)

// moves are the rules that would block somewhere under the proposed settings and do not here and now, with their
// evidence: whoever merges the settings knows what they begin to block.
func (e *Engine) moves(ctx context.Context, of change.Ref, was, proposed settings.Settings, experiments []settings.Experiment,
	opt Options) ([]facts.Move, error) {
	if opt.Evidence == nil {
		return nil, nil
	}
	// Where its own rollout applies is not asked: the settings may be those of many repositories.
	floors := slices.DeleteFunc(slices.Clone(experiments), func(x settings.Experiment) bool { return !x.Floor })
	then := proposed.Settle(floors)
	out := slices.DeleteFunc(e.Gains(was.Settle(experiments), then), func(m facts.Move) bool {
		family, _, _ := strings.Cut(m.Rule, "/")
		return was.SameMode(then, family, m.Rule)
	})
	if len(out) == 0 {
		return nil, nil
	}
	rules := make([]string, 0, len(out))
	for _, m := range out {
		rules = append(rules, m.Rule)
	}
	evidence, err := opt.Evidence(ctx, of, rules)
	if err != nil {
		return nil, fmt.Errorf("sum up what %s would have blocked: %w", text.List(rules), err)
	}
	for i := range out {
		out[i].Evidence, out[i].Summary = evidence[i], of.Forge.Words().Say(evidence[i].Summary())
	}
	sorting.StableBy(out, func(a, b facts.Move) int { return b.Evidence.WouldBlock - a.Evidence.WouldBlock })
	return out, nil
}

// Gains are the rules that block under proposed settings and do not under those that hold now. Both are settled.
func (e *Engine) Gains(now, proposed settings.Settings) (out []facts.Move) {
	for _, r := range e.rules {
		mode := now.ModeOf(r.Family, r.ID, r.Mode)
		blocks := proposed.ModeOf(r.Family, r.ID, r.Mode) == finding.Enforce && proposed.SeverityOf(r.ID, r.Severity) == finding.Error
		if r.Family != GateFamily && blocks && mode != finding.Enforce {
			out = append(out, facts.Move{Rule: r.ID, Was: mode, WouldBe: finding.Enforce})
		}
	}
	return out
}

// preview says how one change's decision would differ under other settings: findings that come, go, or weigh otherwise,
// what blocks first. Findings are the same when their fingerprints are. The gate is left out: it speaks of the
// evaluation itself.
func preview(was, wouldBe Decision) []facts.Difference {
	type pair struct{ was, wouldBe *finding.Finding }
	pairs := map[finding.Fingerprint]*pair{}
	at := func(f finding.Finding) *pair {
		if pairs[f.Fingerprint] == nil {
			pairs[f.Fingerprint] = &pair{}
		}
		return pairs[f.Fingerprint]
	}
	for i, f := range was.Findings {
		at(f).was = &was.Findings[i]
	}
	for i, f := range wouldBe.Findings {
		at(f).wouldBe = &wouldBe.Findings[i]
	}
	var out []facts.Difference
	for _, p := range pairs {
		shown := p.wouldBe
		if shown == nil {
			shown = p.was
		}
		d := facts.Difference{
			Rule:    shown.Rule,
			Path:    shown.Path,
			Was:     weight(p.was),
			WouldBe: weight(p.wouldBe),
			Message: text.ClipBytes(shown.Message, 300),
		}
		if d.Was != d.WouldBe && shown.Family != GateFamily {
			out = append(out, d)
		}
	}
	sorting.By(out, func(a, b facts.Difference) int {
		if c := rank(b) - rank(a); c != 0 {
			return c
		}
		return strings.Compare(a.Rule+"\x00"+a.Path+"\x00"+a.Message, b.Rule+"\x00"+b.Path+"\x00"+b.Message)
	})
	return out
}

func weight(f *finding.Finding) facts.Weight {
	switch {
	case f == nil:
		return facts.WeightNone
	case f.Blocking:
		return facts.WeightBlock
	case f.Mode == finding.Shadow:
		return facts.WeightShadow
	}
	return facts.WeightWarn
}

// rank orders differences: what would block before what would no longer, before the rest.
func rank(d facts.Difference) int {
	switch {
	case d.WouldBe == facts.WeightBlock:
		return 2
	case d.Was == facts.WeightBlock:
		return 1
	}
	return 0
}

package policy

import (
	"context"
	"slices"
	"strings"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/facts"
	"github.com/lintel-review/lintel/internal/finding"
	"github.com/lintel-review/lintel/internal/settings"
	"github.com/lintel-review/lintel/internal/text"
)

// Configurable are the ids of the rules that a settings file may name, sorted: all but those of the gate.
func (e *Engine) Configurable() []string {
	var out []string
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
	f, err := facts.Gather(ctx, s, r)
	if err != nil {
		return facts.Facts{}, Decision{}, err
	}
	proposal := settings.Preview(s.Proposed, s.Controls, e.Configurable())
	if proposal.Touched {
		var changes []facts.Difference
		if len(proposal.Errors) == 0 {
			if changes, err = e.preview(ctx, s, f, r, proposal, opt); err != nil {
				return facts.Facts{}, Decision{}, err
			}
		}
		f = f.Propose(proposal, changes)
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
	g, err := facts.Gather(ctx, s, proposed)
	if err != nil {
		return nil, err
	}
	wouldBe, err := e.Decide(ctx, g, p.Settings, opt)
	if err != nil {
		return nil, err
	}
	return preview(was, wouldBe), nil
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
	slices.SortFunc(out, func(a, b facts.Difference) int {
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

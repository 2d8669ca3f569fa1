package web

import (
	"context"
	"slices"

	"github.com/lintel-review/lintel/internal/effect"
	"github.com/lintel-review/lintel/internal/finding"
	"github.com/lintel-review/lintel/internal/policy"
	"github.com/lintel-review/lintel/internal/verdict"
)

// pastView is one verdict, and how it differs from the one before it.
type pastView struct {
	verdict.Verdict
	Class, Word string
	// First is true for the oldest that is shown. Gone is true when the evidence needed to compare is no longer kept.
	First, Gone bool
	// Moved are the inputs that changed: "head", "settings".
	Moved         []string
	Added, Solved []tally
}

// tally is a rule and how many of its findings came or went.
type tally struct {
	Rule string
	N    int
}

func (p *Pages) past(ctx context.Context, m material) ([]pastView, error) {
	var out []pastView
	decisions := map[string]*policy.Decision{}
	for i, v := range m.verdicts {
		view := pastView{Verdict: v, Class: "bad", Word: verdictWord(v)}
		switch v.Conclusion {
		case string(effect.Success):
			view.Class = "good"
		case verdict.Pending:
			view.Class = "wait"
		}
		if i+1 == len(m.verdicts) {
			view.First = true
			out = append(out, view)
			break
		}
		before := m.verdicts[i+1]
		view.Moved = moved(before, v)
		for _, digest := range []string{v.Decision, before.Decision} {
			if _, done := decisions[digest]; done {
				continue
			}
			d, err := p.decision(ctx, digest)
			if err != nil {
				return nil, err
			}
			decisions[digest] = d
		}
		now, then := decisions[v.Decision], decisions[before.Decision]
		if now == nil || then == nil {
			view.Gone = true
		} else {
			view.Added, view.Solved = difference(then, now, m.operator), difference(now, then, m.operator)
		}
		out = append(out, view)
	}
	return out, nil
}

// moved names the inputs of a verdict that differ from those of the one before.
func moved(a, b verdict.Verdict) []string {
	var out []string
	for _, c := range []struct{ name, was, is string }{
		{"head", a.Head, b.Head}, {"base branch", a.Base.Ref, b.Base.Ref}, {"merge base", a.MergeBase, b.MergeBase},
		{"title", a.Title, b.Title},
		{"settings", a.Settings, b.Settings}, {"policies", a.Policy, b.Policy}, {"control files", a.ControlFiles, b.ControlFiles},
		{"engine", a.Engine, b.Engine},
	} {
		if c.was != c.is {
			out = append(out, c.name)
		}
	}
	if len(out) == 0 && a.Facts != b.Facts {
		out = append(out, "reviews or other facts")
	}
	return out
}

// difference counts, by rule, the findings of b that a does not have. A fingerprint outlives moved lines, so that only new
// findings count.
func difference(a, b *policy.Decision, operator bool) []tally {
	had := map[finding.Fingerprint]bool{}
	for _, f := range shownOf(a, operator) {
		had[f.Fingerprint] = true
	}
	var out []tally
	for _, f := range shownOf(b, operator) {
		if had[f.Fingerprint] {
			continue
		}
		if i := slices.IndexFunc(out, func(t tally) bool { return t.Rule == f.Rule }); i >= 0 {
			out[i].N++
		} else {
			out = append(out, tally{f.Rule, 1})
		}
	}
	return out
}

func shownOf(d *policy.Decision, operator bool) []finding.Finding {
	if operator {
		return d.Findings
	}
	return d.Visible()
}

// postView is one effect that was published or is pending.
type postView struct {
	effect.Posted
	What, Says, State, Class string
}

// published says what became of each effect, newest first.
func published(posted []effect.Posted) []postView {
	var out []postView
	newer := map[string]bool{}
	for _, o := range posted {
		v := postView{Posted: o, State: "not confirmed yet", Class: "wait"}
		what := "comment"
		if c := o.Effect.Check; c != nil {
			what = c.Name + " on " + c.SHA
			v.What, v.Says = "Check "+c.Name, c.Title
		} else {
			v.What, v.Says = "Comment", "made or edited"
			if o.Effect.Comment != nil && o.Effect.Comment.Edits != "" {
				v.Says = "edited in place"
			}
		}
		switch {
		case o.Receipt != nil && o.Receipt.Found:
			v.State, v.Class = "was there already", "good"
		case o.Receipt != nil:
			v.State, v.Class = "published", "good"
		case newer[what]:
			v.State, v.Class = "replaced by a newer one", "quiet"
		}
		newer[what] = true
		out = append(out, v)
	}
	return out
}

package web

import (
	"fmt"
	"slices"
	"strings"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/effect"
	"github.com/lintel-review/lintel/internal/facts"
	"github.com/lintel-review/lintel/internal/finding"
	"github.com/lintel-review/lintel/internal/history"
	"github.com/lintel-review/lintel/internal/policy"
	"github.com/lintel-review/lintel/internal/sorting"
	"github.com/lintel-review/lintel/internal/verdict"
)

// actor is who can do the next thing.
type actor string

// In the order of the list.
const (
	author   actor = "Author"
	reviewer actor = "Reviewers"
	operator actor = "Operator"
	waiting  actor = "Waiting"
)

// step is one next thing to do.
type step struct {
	Who   actor
	Title string
	Text  string
	Fix   string
	// remedy is Fix as the first finding gives it.
	remedy string
	// Findings are the first of those that the step settles, More counts the rest.
	Findings []finding.Finding
	More     int
	// Rule is the rule's id, for the link to its part of the page; empty when the step is not about a rule.
	Rule string
}

// placesInStep bounds how many places a step names; the rule's part of the page has them all.
const placesInStep = 3

// steps is the one ordered list: what the author, then reviewers, then operators can do, then what Lintel waits for.
func (p *Pages) steps(m material) []step {
	var out []step
	if m.record.State != change.Open {
		return nil
	}
	stale := len(m.verdicts) > 0 && m.record.Target() != "" && m.record.Target() != m.verdicts[0].Target
	if m.decision != nil && !stale {
		out = append(p.blocking(m), m.reports()...)
	}
	for _, o := range m.peers {
		switch {
		case o.Verdict == nil, o.Verdict.Conclusion == verdict.Pending:
			out = append(out,
				step{
					Who:   waiting,
					Title: o.Record.Ref.String() + " is being judged",
					Text:  "It has the same commit. A check speaks for a commit, so both must pass.",
				})
		case o.Verdict.Conclusion != string(effect.Success):
			out = append(out,
				step{
					Who:   author,
					Title: o.Record.Ref.String() + " has the same commit and is refused",
					Text:  "A check speaks for a commit, so both must pass.",
					Fix:   "Settle it there, or close one of the two, or push another commit to one of them.",
				})
		}
	}
	out = append(out, p.pending(m, stale)...)
	order := []actor{author, reviewer, operator, waiting}
	sorting.StableBy(out, func(a, b step) int { return slices.Index(order, a.Who) - slices.Index(order, b.Who) })
	return out
}

// ownChecks are the checks that Lintel runs itself, as far as people may see them.
func (m material) ownChecks() []facts.OwnCheck {
	hidden := func(c facts.OwnCheck) bool { return c.Mode == finding.Shadow && !m.operator }
	return slices.DeleteFunc(slices.Clone(m.facts.Reports.Own), hidden)
}

// reports are the reports of CI that the verdict still waits for.
func (m material) reports() []step {
	var out []step
	if !m.facts.Reports.Open() {
		return nil
	}
	for _, r := range m.facts.Reports.Awaited() {
		s := step{Who: waiting, Title: fmt.Sprintf("CI has not sent the %s report", r.Kind)}
		if r.Check {
			s.Title = "The check " + r.Flag + " is running, or waits for its turn"
		} else if r.Flag != "" {
			s.Title += " with the flag " + r.Flag
		}
		if r.Job != "" {
			s.Text = "It comes from the job " + r.Job + ". "
		}
		if r.Parts > 1 {
			s.Text += fmt.Sprintf("%d of its %d parts are there. ", r.Have, r.Parts)
		}
		if len(r.Because) > 0 {
			s.Text += "It is expected because the change touches " + strings.Join(r.Because, ", ")
			if r.BecauseMore > 0 {
				s.Text += fmt.Sprintf(" and %d more", r.BecauseMore)
			}
			s.Text += "."
		}
		out = append(out, s)
	}
	if m.facts.Reports.Finalise {
		out = append(out,
			step{
				Who:   waiting,
				Title: "CI has not said that it has sent everything",
				Text:  "Its last job does so by lintel report finalise.",
			})
	}
	return out
}

// blocking makes one step of each rule that refuses.
func (p *Pages) blocking(m material) []step {
	var out []step
	byRule := map[string]int{}
	for _, f := range m.decision.Blocking() {
		i, ok := byRule[f.Rule]
		if !ok {
			i = len(out)
			byRule[f.Rule] = i
			s := step{Who: p.whose(f.Rule), Title: f.Title, Text: f.Message, Fix: f.Remedy, remedy: f.Remedy, Rule: f.Rule}
			if s.Who == reviewer {
				s.Fix = strings.TrimSpace(s.Fix + "\n" + m.facts.unblockBeside(s.Fix))
			}
			out = append(out, s)
		} else {
			// The rule's part of the page has each of several findings, with its remedy where that differs.
			if out[i].Text = ""; f.Remedy != out[i].remedy {
				out[i].Fix = ""
				if out[i].Who == reviewer {
					out[i].Fix = m.facts.unblock()
				}
			}
		}
		if len(out[i].Findings) == placesInStep {
			out[i].More++
			continue
		}
		out[i].Findings = append(out[i].Findings, f)
	}
	return out
}

// whose says who can settle a rule: reviewers when it reads reviews, operators when a policy broke, else the author.
func (p *Pages) whose(id string) actor {
	if id == policy.GateFamily+"/policy-error" {
		return operator
	}
	if r, ok := p.rule(id); ok && slices.Contains(r.Reads, "reviews") {
		return reviewer
	}
	return author
}

func (p *Pages) rule(id string) (policy.Rule, bool) {
	i := slices.IndexFunc(p.o.Rules, func(r policy.Rule) bool { return r.ID == id })
	if i < 0 {
		return policy.Rule{}, false
	}
	return p.o.Rules[i], true
}

// pending lists what is under way: requested looks, failed looks, and verdicts that the forge does not show yet.
func (p *Pages) pending(m material, stale bool) []step {
	var out []step
	if m.record.Generation > m.record.Evaluated {
		s := step{
			Who:   waiting,
			Title: "Something happened, and it is being looked at",
			Text:  "Asked " + ago(p.o.Now(), m.record.RaisedAt) + ". The verdict here may change.",
		}
		if len(m.verdicts) == 0 {
			s.Text = "Asked " + ago(p.o.Now(), m.record.RaisedAt) + ". The verdict follows."
		}
		if stale {
			s.Text = fmt.Sprintf("Commit %s is the head now. %s", change.Short(m.record.Target()), s.Text)
		}
		out = append(out, s)
	}
	if i := slices.IndexFunc(m.lines,
		func(l history.Line) bool { return l.Kind == history.Failed || l.Kind == history.Evaluated }); i >= 0 &&
		m.lines[i].Kind == history.Failed {
		out = append(out, step{Who: operator, Title: "The last look failed", Text: m.lines[i].Detail,
			Fix: m.record.Forge.Words().Say("Lintel tries again by itself; Re-check on the check tries at once. If it stays, " +
				"whoever runs Lintel finds the reason in its log and with lintel doctor.")})
	}
	if i := slices.IndexFunc(m.posted, func(o effect.Posted) bool { return o.Effect.Check != nil }); i >= 0 && m.posted[i].Receipt == nil {
		out = append(out,
			step{
				Who:   waiting,
				Title: "The newest verdict is not on the forge yet",
				Text:  "It is decided and kept; the forge has not confirmed that it shows it.",
			})
	}
	return out
}

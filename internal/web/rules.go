package web

import (
	"fmt"
	"slices"
	"strings"

	"github.com/lintel-review/lintel/internal/finding"
	"github.com/lintel-review/lintel/internal/policy"
	"github.com/lintel-review/lintel/internal/settings"
	"github.com/lintel-review/lintel/internal/sorting"
	"github.com/lintel-review/lintel/internal/text"
)

// How much a page lists before it folds the rest, and before it only counts.
const (
	openShown = 8
	maxShown  = 300
)

// familyView is one family of rules and its state.
type familyView struct {
	Name, Title string
	Class, Word string
	// Open are the rules with findings or failures; Shadow those that only operators see; Passing and Off the others.
	Open, Shadow, Passing, Off []ruleView
	// Reason says why nothing of the family was measured.
	Reason string
}

// quiet reports whether the family only passes, was not measured or is off, so that it
// shares a fold with its like.
func (f familyView) quiet() bool {
	return len(f.Open)+len(f.Shadow) == 0 && (f.Class == "good" || f.Class == "quiet")
}

// foldView are families in the same state: they pass, were not measured, or are off.
type foldView struct {
	Class, Word string
	Families    []familyView
	Rules       int
}

// folds are the quiet families, those that pass first. It is for the page alone: their rules stay one click away.
func folds(all []familyView) []foldView {
	var out []foldView
	for _, f := range all {
		if !f.quiet() {
			continue
		}
		i := slices.IndexFunc(out, func(o foldView) bool { return o.Word == f.Word })
		if i < 0 {
			i, out = len(out), append(out, foldView{Class: f.Class, Word: f.Word})
		}
		out[i].Families = append(out[i].Families, f)
		out[i].Rules += len(f.Passing) + len(f.Off)
	}
	return out
}

// settings is the settings file at the commit from which it was read.
func (v changeView) settings() string {
	c := v.Facts.Controls
	if c.Source != "file" {
		return ""
	}
	return v.Links.lines(c.SHA, c.Path, 0, 0)
}

// ruleView is one rule and what it found.
type ruleView struct {
	policy.Rule
	State, Class string
	Mode         finding.Mode
	// Reason says why it could not be judged.
	Reason string
	// Remedy is the one that all findings share; empty when they differ, and then each has its own.
	Remedy string
	// Findings are shown, Folded behind a click, More only counted.
	Findings, Folded []finding.Finding
	More, Total      int
	// Step is the number of the step above that says what the rule found and what to do; 0 when none does.
	Step int
	// Fixed is true when that step has the remedy of all findings.
	Fixed bool
	// Set says what decided the rule's mode, At where; empty when it is not known.
	Set, At string
	// Known is false for a rule that the current policies do not have.
	Known bool
}

// The states of a rule on the page.
const (
	refused   = "refused"
	remark    = "remark"
	notJudged = "not judged"
	shadow    = "shadow"
	passes    = "passes"
	off       = "off"
)

var classes = map[string]string{refused: "bad", remark: "warn", notJudged: "wait", shadow: "quiet", passes: "good", off: "quiet"}

func (p *Pages) families(m material, steps []step, l links) []familyView {
	var out []familyView
	for _, verdict := range m.decision.Families {
		f := familyView{Name: verdict.Name, Title: verdict.Name}
		if i := slices.IndexFunc(p.o.Families, func(k policy.Family) bool { return k.Name == verdict.Name }); i >= 0 {
			f.Title = p.o.Families[i].Title
		}
		for _, r := range p.ruleViews(m, verdict) {
			if verdict.Conclusion == policy.FamilyUnmeasured && r.State == notJudged {
				// One line covers all of them.
				f.Reason, r.State, r.Class, r.Reason = verdict.Reason, off, classes[off], "not measured"
			}
			r.Set, r.At = m.decided(r, l)
			switch r.State {
			case passes:
				f.Passing = append(f.Passing, r)
			case off:
				f.Off = append(f.Off, r)
			case shadow:
				if m.operator {
					f.Shadow = append(f.Shadow, r)
				} else {
					// People do not see rules in shadow mode, not even whether they found something.
					f.Off = append(f.Off,
						ruleView{
							Rule:   r.Rule,
							State:  off,
							Class:  classes[off],
							Reason: "tried out in shadow: recorded, not shown",
							Known:  r.Known,
						})
				}
			default:
				f.Open = append(f.Open, r)
			}
		}
		for i := range f.Open {
			f.Open[i].deduplicate(steps)
		}
		sorting.StableBy(f.Open, func(a, b ruleView) int { return rank(a.State) - rank(b.State) })
		f.Class, f.Word = familyWord(verdict.Conclusion, f)
		out = append(out, f)
	}
	sorting.StableBy(out, func(a, b familyView) int { return familyRank(a) - familyRank(b) })
	return out
}

func rank(state string) int { return slices.Index([]string{refused, notJudged, remark}, state) }

func familyRank(f familyView) int {
	return slices.Index([]string{"bad", "wait", "warn", "good", "quiet"}, f.Class)
}

func familyWord(c policy.Outcome, f familyView) (class, word string) {
	remarks := 0
	for _, r := range f.Open {
		if r.State == remark {
			remarks += r.Total
		}
	}
	switch {
	case c == policy.FamilyFailure:
		return "bad", "refused"
	case c == policy.FamilyAbstained:
		return "wait", "partly judged"
	case c == policy.FamilyUnmeasured:
		return "quiet", "not measured"
	case c == policy.FamilyWaiting:
		return "wait", "waits for reports of CI"
	case c == policy.FamilyOff:
		return "quiet", "off"
	case remarks > 0:
		return "warn", "passes, " + text.Count(remarks, "remark")
	}
	return "good", "passes"
}

// ruleViews lists every rule of a family: those of the current policies, and those of the decision that no longer exist.
func (p *Pages) ruleViews(m material, family policy.FamilyVerdict) []ruleView {
	d := m.decision
	var out []ruleView
	for _, r := range p.o.Rules {
		if r.Family == family.Name {
			out = append(out, ruleView{Rule: r, Known: true})
		}
	}
	known := func(id string) bool {
		return slices.ContainsFunc(out, func(r ruleView) bool { return r.ID == id })
	}
	for _, f := range d.Findings {
		if f.Family == family.Name && !known(f.Rule) {
			out = append(out, ruleView{Rule: policy.Rule{ID: f.Rule, Family: f.Family, Title: f.Title, Severity: f.Severity, Docs: f.Docs}})
		}
	}
	for _, a := range d.Abstained {
		if a.Family == family.Name && !known(a.Rule) {
			out = append(out, ruleView{Rule: policy.Rule{ID: a.Rule, Family: a.Family, Title: a.Rule}})
		}
	}
	for i := range out {
		out[i].judge(m, family)
	}
	return out
}

// judge sets the rule's state.
func (r *ruleView) judge(m material, family policy.FamilyVerdict) {
	d := m.decision
	var all []finding.Finding
	for _, f := range d.Findings {
		if f.Rule == r.ID {
			all = append(all, f)
			r.Mode = f.Mode
		}
	}
	var set finding.Mode
	if m.settings != nil && r.Family != policy.GateFamily {
		set = m.settings.ModeOf(r.Family, r.ID, r.Rule.Mode)
	}
	i := slices.IndexFunc(d.Abstained, func(a policy.Abstention) bool { return a.Rule == r.ID })
	switch {
	case slices.ContainsFunc(all, func(f finding.Finding) bool { return f.Blocking }):
		r.State = refused
	case len(all) > 0 && r.Mode == finding.Shadow, i >= 0 && d.Abstained[i].Mode == finding.Shadow, set == finding.Shadow:
		r.State = shadow
	case len(all) > 0:
		r.State = remark
	case i >= 0:
		r.State = notJudged
	case slices.Contains(d.Judged, r.ID):
		r.State = passes
	case slices.Contains(d.Waiting, r.ID):
		r.State, r.Reason = notJudged, "waits for reports of CI"
	case m.record.Group != nil && r.MergeQueue == policy.Skip:
		r.State, r.Reason = off, "not judged for merge groups"
	case set == finding.Off, family.Conclusion == policy.FamilyOff:
		r.State = off
	default:
		r.State, r.Reason = notJudged, "its family could not be evaluated"
	}
	if i >= 0 {
		r.Mode, r.Reason = d.Abstained[i].Mode, d.Abstained[i].Reason
	}
	r.Class, r.Total = classes[r.State], len(all)
	if len(all) > maxShown {
		r.More, all = len(all)-maxShown, all[:maxShown]
	}
	if len(all) > 0 && !slices.ContainsFunc(all, func(f finding.Finding) bool { return f.Remedy != all[0].Remedy }) {
		r.Remedy = all[0].Remedy
	}
	r.Findings = all
	if len(all) > openShown+2 {
		r.Findings, r.Folded = all[:openShown], all[openShown:]
	}
}

// deduplicate leaves out what a step above already says: the finding and its remedy when there is one, the remedy when all
// share it.
func (r *ruleView) deduplicate(steps []step) {
	i := slices.IndexFunc(steps, func(s step) bool { return s.Rule == r.ID })
	if i < 0 {
		return
	}
	r.Step = i + 1
	if steps[i].Text != "" {
		r.Findings, r.Folded, r.More = nil, nil, 0
	}
	if r.Remedy != "" && steps[i].Fix != "" {
		r.Remedy, r.Fixed = "", true
	}
}

// positive is what holds when the rule finds nothing.
func (r ruleView) positive() string {
	if r.Passes != "" {
		return r.Passes
	}
	return r.Title
}

// decided says what set the rule's mode: a line of the settings file, or the rule's own default.
func (m material) decided(r ruleView, l links) (words, address string) {
	c := m.facts.Controls
	if r.Family == policy.GateFamily || !r.Known || m.settings == nil {
		return "", ""
	}
	mode := string(m.settings.ModeOf(r.Family, r.ID, r.Rule.Mode))
	for _, name := range []string{r.ID, r.Family} {
		if line := c.Lines[name]; line > 0 {
			if slices.ContainsFunc(c.Experiments, func(e settings.Experiment) bool {
				return e.Name == name && !e.Floor && e.State != "applies"
			}) {
				return fmt.Sprintf("mode %s: the rollout in line %d of %s does not apply here", mode, line, c.Path),
					l.lines(c.SHA, c.Path, line, 0)
			}
			return fmt.Sprintf("mode %s by line %d of %s", mode, line, c.Path), l.lines(c.SHA, c.Path, line, 0)
		}
	}
	switch {
	case m.settings.Cap == finding.Warn && r.Rule.Mode.Cap(finding.Warn) != r.Rule.Mode:
		return "mode " + mode + ", since there is no settings file", ""
	case c.Source == "file", c.Source == "absent":
		return "mode " + mode + ", the built-in default", ""
	}
	return "mode " + mode, ""
}

// anchor is a rule's place on the page.
func anchor(rule string) string { return strings.ReplaceAll(rule, "/", "-") }

package web

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/effect"
	"github.com/lintel-review/lintel/internal/facts"
	"github.com/lintel-review/lintel/internal/finding"
	"github.com/lintel-review/lintel/internal/history"
	"github.com/lintel-review/lintel/internal/policy"
	"github.com/lintel-review/lintel/internal/settings"
	"github.com/lintel-review/lintel/internal/text"
	"github.com/lintel-review/lintel/internal/verdict"
)

// How much of a change's past a page shows.
const (
	maxVerdicts = 20
	maxLines    = 100
	maxEffects  = 40
)

// changeView is what the page of a change shows, in its order.
type changeView struct {
	frame
	Links    links
	Record   change.Record
	Operator bool
	// Words are the forge's. Number is "#12", Title the change's own; both are the group's change's for a merge group.
	Words         change.Words
	Number, Title string
	Facts         readFacts
	Verdict       *verdict.Verdict
	Head          headline
	Banners       []banner
	Steps         []step
	Families      []familyView
	// OwnChecks are those that Lintel runs itself; those in shadow are for operators alone.
	OwnChecks []facts.OwnCheck
	// Coverage is nil when none was reported.
	Coverage *coverageView
	// Dependencies is nil when no package changes.
	Dependencies *dependenciesView
	// Lost is true when the verdict's decision is no longer stored.
	Lost bool
	// Gaps are shown, FoldedGaps behind a click, MoreGaps only counted.
	Gaps, FoldedGaps []change.Gap
	MoreGaps         int
	// Advice is nil when nobody ever requested any.
	Advice    *adviceView
	Siblings  []siblingView
	Past      []pastView
	Happened  []history.Line
	Published []postView
	Evidence  []evidenceView
	Document  document
	// Provenance is nil when it is not kept any more.
	Provenance *provenance
}

// headline is the verdict in a word and a sentence. Mark is a sign beside the colour, for people who cannot see the colour.
type headline struct{ Class, Mark, Word, Text string }

type banner struct {
	Class, Title, Text string
	Lines              []string
}

type siblingView struct {
	Ref                change.Ref
	Class, Word, Title string
	Base               string
}

// material is everything that was read for a page.
type material struct {
	record   change.Record
	verdicts []verdict.Verdict
	// decision is nil when there is no verdict or its decision is no longer stored.
	decision *policy.Decision
	facts    readFacts
	document document
	settings *settings.Settings
	peers    []verdict.Peer
	lines    []history.Line
	posted   []effect.Posted
	operator bool
}

func (p *Pages) show(w http.ResponseWriter, r *http.Request, record change.Record, operator bool) {
	m, err := p.gather(r.Context(), record, operator)
	if err != nil {
		p.trouble(w, r, err)
		return
	}
	words := record.Forge.Words()
	v := changeView{
		frame:    p.frameOfOne(record.Ref.String(), rootFrom(r.URL.EscapedPath()), operator),
		Links:    links{p.o.Sites, record.Ref},
		Record:   record,
		Operator: operator,
		Words:    words,
		Facts:    m.facts, Number: fmt.Sprintf("%s%d", words.Sigil, record.Number), Happened: m.lines, Document: m.document,
	}
	if record.Group != nil {
		v.Number = fmt.Sprintf("%s%d", words.Sigil, record.Group.Number)
	}
	if len(m.verdicts) > 0 {
		v.Verdict, v.Title = &m.verdicts[0], m.verdicts[0].Title
		v.Lost = m.decision == nil
	}
	if v.Banners, err = p.held(r.Context(), record); err != nil {
		p.trouble(w, r, err)
		return
	}
	v.Banners = append(v.Banners, p.banners(m)...)
	v.Steps = p.steps(m)
	v.Head = p.headline(m, v.Steps)
	if m.decision != nil {
		v.Families = p.families(m, v.Steps, v.Links)
		v.OwnChecks = m.ownChecks()
		v.Coverage = m.coverage(m.verdicts[0].Head, v.Links)
		v.Dependencies = m.dependencies(m.verdicts[0].Head, v.Links)
		v.Gaps = m.decision.Incomplete
		if len(v.Gaps) > maxShown {
			v.MoreGaps, v.Gaps = len(v.Gaps)-maxShown, v.Gaps[:maxShown]
		}
		if len(v.Gaps) > openShown+2 {
			v.Gaps, v.FoldedGaps = v.Gaps[:openShown], v.Gaps[openShown:]
		}
	}
	if v.Advice, err = p.advice(r.Context(), m, v.Links); err != nil {
		p.trouble(w, r, err)
		return
	}
	v.Siblings = siblings(m)
	v.Published = published(m.posted)
	if v.Past, err = p.past(r.Context(), m); err != nil {
		p.trouble(w, r, err)
		return
	}
	if v.Verdict != nil {
		if v.Evidence, err = p.evidence(r.Context(), v.Verdict, v.Facts, v.Links); err != nil {
			p.trouble(w, r, err)
			return
		}
		if v.Provenance, err = p.provenance(r.Context(), record.Ref, v.Verdict.Facts, m.decision); err != nil {
			p.trouble(w, r, err)
			return
		}
	}
	p.render(w, r, "change", v)
}

// gather reads everything that the page shows. It leaves out what is no longer stored; what cannot be read is an error.
func (p *Pages) gather(ctx context.Context, record change.Record, operator bool) (m material, err error) {
	m = material{record: record, operator: operator}
	if m.verdicts, err = p.o.Record.Verdicts(ctx, record, maxVerdicts); err != nil {
		return m, err
	}
	if m.lines, err = p.o.Record.Lines(ctx, record.Key, maxLines); err != nil {
		return m, err
	}
	for i := range m.lines {
		// An error may name hosts and files of the machine: people see that it failed, operators see why.
		if m.lines[i].Kind == history.Failed && !operator {
			m.lines[i].Detail = "It could not be read or judged."
		}
	}
	if m.posted, err = p.o.Record.Effects(ctx, record.Key, maxEffects); err != nil {
		return m, err
	}
	if m.peers, err = p.o.Record.SameCommit(ctx, record); err != nil {
		return m, err
	}
	if len(m.verdicts) == 0 {
		return m, nil
	}
	v := m.verdicts[0]
	if m.decision, err = p.decision(ctx, v.Decision); err != nil {
		return m, err
	}
	body, err := p.readDocument(ctx, v.Facts)
	if err != nil {
		return m, err
	}
	m.facts, m.document = readingOf(body), documentOf(body)
	if body, err = p.readDocument(ctx, v.Settings); err != nil {
		return m, err
	}
	m.settings = settingsOf(body)
	if m.settings != nil {
		here := m.settings.Settle(m.facts.Controls.Experiments)
		m.settings = &here
	}
	return m, nil
}

// readDocument returns the document of a digest; nil when it is no longer stored.
func (p *Pages) readDocument(ctx context.Context, digest string) ([]byte, error) {
	body, err := p.o.Record.Evidence(ctx, digest)
	if errors.Is(err, change.ErrNotFound) {
		return nil, nil
	}
	return body, err
}

// decision returns the decision of a digest; nil when it is no longer stored, or when this version cannot read it.
func (p *Pages) decision(ctx context.Context, digest string) (*policy.Decision, error) {
	body, err := p.readDocument(ctx, digest)
	if err != nil || body == nil {
		return nil, err
	}
	var d policy.Decision
	if err := json.Unmarshal(body, &d); err != nil || d.Schema != policy.DecisionVersion {
		p.o.Log.WarnContext(ctx, "a decision cannot be read", "digest", digest, "schema", d.Schema)
		return nil, nil //nolint:nilerr // it is logged, and the page says that the details are lost
	}
	return &d, nil
}

func (p *Pages) headline(m material, steps []step) headline {
	switch {
	case len(m.verdicts) == 0 && m.record.State != change.Open:
		return headline{"quiet", "–", "No verdict", "It ended before it was judged."}
	case len(m.verdicts) == 0:
		return headline{"wait", "…", "No verdict yet",
			"Lintel has heard of this change and has not judged it yet. Until then it does not pass."}
	}
	problems, others := 0, 0
	if m.decision != nil {
		problems = len(m.decision.Blocking())
	}
	for _, s := range steps {
		if s.Who != waiting && s.Rule == "" {
			others++
		}
	}
	v := m.verdicts[0]
	passes := v.Conclusion == string(effect.Success)
	stale := m.record.State == change.Open && m.record.Target() != "" && m.record.Target() != v.Target
	switch {
	case stale:
		return headline{"wait", "…", "Being judged again",
			"The head has moved on since the verdict below, which was: " + verdictWord(v) + "."}
	case v.Conclusion == verdict.Pending:
		return headline{"wait", "…", "Waiting for CI",
			"Nothing refuses so far. Reports of CI are waited for, and the rules that read them are judged when the waiting is over."}
	case !passes && problems > 0:
		return headline{"bad", "✗", "Refused", text.Count(problems, "problem") + " to solve before merging."}
	case !passes && others > 0:
		return headline{"bad", "✗", "Refused", text.Count(others, "thing") + " to do before merging."}
	case !passes:
		return headline{"bad", "✗", "Refused", "It does not pass."}
	case slices.ContainsFunc(m.peers, func(o verdict.Peer) bool {
		return o.Verdict != nil && o.Verdict.Conclusion != string(effect.Success) && o.Verdict.Conclusion != verdict.Pending
	}):
		return headline{"bad", "✗", "Refused",
			"It passes itself, but another " + m.record.Forge.Words().Change +
				" with the same commit does not, and a check speaks for the commit."}
	case slices.ContainsFunc(m.peers, func(o verdict.Peer) bool { return o.Verdict == nil || o.Verdict.Conclusion == verdict.Pending }):
		return headline{"wait", "…", "Waiting",
			"It passes itself. Another " + m.record.Forge.Words().Change +
				" with the same commit is still being judged, and a check speaks for the commit."}
	}
	if m.decision != nil && m.decision.Gate != nil {
		return headline{"wait", "!", "Passes by the open gate", "What the rules refuse stands below; it does not block for now."}
	}
	remarks := 0
	if m.decision != nil {
		remarks = len(m.decision.Visible())
	}
	if remarks > 0 {
		return headline{"good", "✓", "Passes",
			"Nothing stands in the way of merging. There " + map[bool]string{true: "is ", false: "are "}[remarks == 1] +
				text.Count(remarks, "remark") + " below."}
	}
	return headline{"good", "✓", "Passes", "Nothing stands in the way of merging."}
}

func verdictWord(v verdict.Verdict) string {
	switch v.Conclusion {
	case string(effect.Success):
		return "passes"
	case verdict.Pending:
		return "waits for CI"
	}
	return "refused"
}

// held says that nothing holds a change to its verdict, where the forge has no check that must pass.
func (p *Pages) held(ctx context.Context, r change.Record) ([]banner, error) {
	if p.o.Held == nil || r.State != change.Open {
		return nil, nil
	}
	gate, err := p.o.Held(ctx, r.Forge, r.RepoID)
	switch {
	case err != nil:
		return nil, err
	case gate == "auto_approved":
		return []banner{{Class: "bad", Title: "Auto approved", Text: "The approval rule Lintel has no approver any more, so " +
			"GitLab takes it for approved by itself: nothing holds this merge request to the verdict."}}, nil
	case gate == "none":
		return []banner{{Class: "warn", Title: "Nothing holds the merge", Text: "When somebody looked last, this project had no " +
			"gate that holds a merge request to the verdict: lintel doctor gitlab says which it could have."}}, nil
	}
	return nil, nil
}

func (p *Pages) banners(m material) []banner {
	var out []banner
	switch {
	case p.o.Gate == finding.Warn:
		out = append(out,
			banner{
				Class: "warn",
				Title: "The gate is switched to warn",
				Text: "Whoever runs Lintel has switched blocking off for now. Rules are judged and shown, and nothing " +
					"is refused until it is switched back.",
			})
	case m.decision != nil && m.decision.Cap == finding.Warn:
		out = append(out,
			banner{
				Class: "warn",
				Title: "Judged while the gate was switched to warn",
				Text:  m.record.Forge.Words().Say("Nothing could be refused then. The next event or a press on Re-check judges it again."),
			})
	}
	if m.decision != nil && m.decision.Gate != nil {
		out = append(out, gateBanner(*m.decision.Gate))
	}
	c := m.facts.Controls
	switch c.Source {
	case "last_good":
		out = append(out,
			banner{"warn", "Older settings are in force",
				"The newest " + c.Path + " on " + c.Ref + " is not valid, so the last valid version stays in force. " + c.Reason,
				c.problems()})
	case "none":
		out = append(out,
			banner{"bad", "There are no settings to judge by",
				c.Path + " on " + c.Ref + " could not be used, and no older version could either. " + c.Reason, c.problems()})
	case "absent":
		if m.decision != nil && m.decision.Cap != finding.Warn {
			out = append(out,
				banner{
					Class: "info",
					Title: "No settings file",
					Text:  "There is no " + c.Path + " on " + c.Ref + ", so every rule only remarks and nothing blocks.",
				})
		}
	}
	if c.Substituted != "" {
		out = append(out, banner{Class: "info", Title: "The rules were taken from " + c.Ref, Text: c.Substituted})
	}
	if m.facts.Change.Draft {
		out = append(out,
			banner{Class: "info", Title: "This is a draft", Text: "The rules are shown, and nobody is asked for anything yet."})
	}
	if g := m.record.Group; g != nil {
		words := m.record.Forge.Words()
		text := fmt.Sprintf("The merge queue wants to merge %s %s%d onto %s. It is judged with what was read just now.",
			words.Change, words.Sigil, g.Number, change.Short(g.Base))
		if g.Problem != "" {
			text += " The group cannot be trusted: " + g.Problem + "."
		}
		out = append(out, banner{Class: "info", Title: "This is a merge group", Text: text})
	}
	switch m.record.State {
	case change.Closed:
		out = append(out, banner{Class: "info", Title: "Closed", Text: "This is the last verdict before it was closed."})
	case change.Merged:
		out = append(out, banner{Class: "info", Title: "Merged", Text: "This is the last verdict before it was merged."})
	}
	return out
}

func siblings(m material) []siblingView {
	var out []siblingView
	for _, o := range m.peers {
		s := siblingView{Ref: o.Record.Ref, Class: "wait", Word: "not judged yet", Base: o.Record.Base.Ref}
		if o.Verdict != nil {
			s.Class, s.Word, s.Title = "bad", "refused", o.Verdict.Title
			switch o.Verdict.Conclusion {
			case string(effect.Success):
				s.Class, s.Word = "good", "passes"
			case verdict.Pending:
				s.Class, s.Word = "wait", "waits for CI"
			}
		}
		out = append(out, s)
	}
	return out
}

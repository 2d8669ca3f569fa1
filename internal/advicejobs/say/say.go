// Package say writes advice for people: its part of the one comment, and comments at lines.
//
// Callers may rely on: what it makes are comments and nothing else, by the type that it composes in; it is pure; every word of a model is escaped, so that
// it can mention nobody, close nothing, link nowhere and draw nothing; what was not read is said first.
package say

import (
	"fmt"
	"strings"

	"github.com/lintel-review/lintel/internal/advice"
	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/effect"
	"github.com/lintel-review/lintel/internal/history"
	"github.com/lintel-review/lintel/internal/markdown"
	"github.com/lintel-review/lintel/internal/review"
	"github.com/lintel-review/lintel/internal/text"
)

// Input is all that the comments depend on.
type Input struct {
	Record   change.Record
	Standing history.Standing
	Result   advice.Result
	// Page is the address of the page that shows all of it; empty for none.
	Page string
}

// said is what advice can say: words, at the pull request or at lines. There is no field for a check, a label or a review.
type said struct {
	comment *effect.Comment
	remarks []effect.Remark
}

// Advice composes the comments of a consult. Equal inputs give equal effects, and what stands already is not said again.
func Advice(in Input) []effect.Effect {
	parts := in.Standing.Said()
	var effects []effect.Effect
	remarks, crowded := remarks(in)
	effects = append(effects, remarks...)
	parts.Advice = part(in, crowded)
	if e, ok := in.Standing.Rewrite(in.Record.Ref, parts); ok {
		effects = append(effects, e)
	}
	return only(effects)
}

// only lets comments through. The composers above make nothing else; this holds them to it.
func only(all []effect.Effect) []effect.Effect {
	var out []effect.Effect
	for _, e := range all {
		s := said{comment: e.Comment}
		if e.Remark != nil {
			s.remarks = append(s.remarks, *e.Remark)
		}
		switch {
		case s.comment != nil:
			out = append(out, effect.Effect{Key: e.Key, Ref: e.Ref, Comment: s.comment})
		case len(s.remarks) == 1:
			out = append(out, effect.Effect{Key: e.Key, Ref: e.Ref, Remark: &s.remarks[0]})
		}
	}
	return out
}

// remarks are the comments at lines, as the settings want them.
func remarks(in Input) (effects []effect.Effect, crowded []effect.Remark) {
	a := in.Result.Advice
	plan := review.Remarks{Record: in.Record, Standing: in.Standing, Head: a.Reviewed.Head, Draft: in.Result.Comments == "draft"}
	for _, d := range a.Settled {
		if d.State == advice.Fixed {
			plan.Gone = append(plan.Gone, string(d.Key))
		}
	}
	if in.Result.Comments != "off" {
		for _, d := range a.Drafts {
			if d.State == advice.Open || d.State == advice.Carried {
				plan.Want = append(plan.Want, remark(d, a))
			}
		}
	}
	return review.PlanRemarks(plan)
}

// levels are the words of the rules' severities for those of advice.
var levels = map[advice.Level]string{advice.High: "error", advice.Medium: "warning", advice.Low: "notice"}

func remark(d advice.Draft, a advice.Advice) effect.Remark {
	side := effect.Right
	if d.Side == advice.Left {
		side = effect.Left
	}
	m := effect.Remark{
		Point: string(d.Key), SHA: a.Reviewed.Head, Path: d.Path, Side: side, StartLine: d.Start, Line: d.End, Body: remarkBody(d, a),
		About: effect.About{Origin: effect.FromAdvice, Rule: "advice/" + string(d.Category), Category: string(d.Category), Severity: levels[d.Level], Symbol: d.Symbol, Title: firstLine(d.Message)},
	}
	if side == effect.Right {
		m.Suggestion = d.Suggestion
	}
	return m
}

func remarkBody(d advice.Draft, a advice.Advice) string {
	var b strings.Builder
	b.WriteString(prose(d.Message))
	if cited := facts(d.Facts, a); cited != "" {
		b.WriteString("\n\nIt rests on: " + cited)
	}
	fmt.Fprintf(&b, "\n\n<sub>Advice of a language model (%s, %s). It decides nothing.</sub>", markdown.GitHub.Text(strings.ReplaceAll(string(d.Category), "_", " ")), markdown.GitHub.Text(string(d.Level)))
	return markdown.Truncate(b.String(), maxRemark)
}

// facts spells out what is cited.
func facts(ids []string, a advice.Advice) string {
	var all []string
	for _, id := range ids {
		for _, f := range a.Facts {
			if f.ID == id {
				all = append(all, markdown.GitHub.Text(text.Fit(f.Text, 240)))
			}
		}
	}
	return strings.Join(all, "; ")
}

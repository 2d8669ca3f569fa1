package publish

import (
	"strings"

	"github.com/lintel-review/lintel/internal/advice"
	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/effect"
	"github.com/lintel-review/lintel/internal/plan"
	"github.com/lintel-review/lintel/internal/render/advicetext"
	"github.com/lintel-review/lintel/internal/text"
)

// AdviceInput is all that the comments of advice depend on.
type AdviceInput struct {
	Record   change.Record
	Standing plan.Standing
	Result   advice.Result
	// Page is the address of the page that shows all of it; empty for none.
	Page string
	// Change is the address of the change on its forge; empty makes no links to its files.
	Change string
}

// comments are what advice can publish: words, at the change or at lines. There is no field for a check, a label or a review.
type comments struct {
	comment *effect.Comment
	inline  []effect.InlineComment
}

// ComposeAdvice says what shall be published of advice: its part of the one comment, and inline comments. It is pure:
// equal inputs give equal effects, and what stands already is not published again.
func ComposeAdvice(in AdviceInput) []effect.Effect {
	parts := in.Standing.CommentParts()
	words := advicetext.Advice{Forge: in.Record.Forge, Advice: in.Result.Advice, Page: in.Page, Change: in.Change}
	effects, crowded := inline(in, words).Plan()
	parts.Advice = words.Part(folded(in, crowded))
	if e, ok := in.Standing.Rewrite(in.Record.Ref, parts); ok {
		effects = append(effects, e)
	}
	return only(effects)
}

// only lets comments through. The composers above make nothing else; this holds them to it.
func only(all []effect.Effect) []effect.Effect {
	var out []effect.Effect
	for _, e := range all {
		c := comments{comment: e.Comment}
		if e.Inline != nil {
			c.inline = append(c.inline, *e.Inline)
		}
		switch {
		case c.comment != nil:
			out = append(out, effect.Effect{Key: e.Key, Ref: e.Ref, Comment: c.comment})
		case len(c.inline) == 1:
			out = append(out, effect.Effect{Key: e.Key, Ref: e.Ref, Inline: &c.inline[0]})
		}
	}
	return out
}

// inline are the inline comments that the settings want.
func inline(in AdviceInput, words advicetext.Advice) Inline {
	a := in.Result.Advice
	inline := Inline{Record: in.Record, Standing: in.Standing, Head: a.Reviewed.Head, Draft: in.Result.Comments == "draft"}
	for _, d := range a.Settled {
		if d.State == advice.Fixed {
			inline.Gone = append(inline.Gone, string(d.Key))
		}
	}
	if in.Result.Comments == "off" {
		return inline
	}
	for _, d := range a.Drafts {
		if holds(d) {
			inline.Want = append(inline.Want, inlineComment(d, a.Reviewed.Head, words))
		}
	}
	return inline
}

// holds reports whether a draft is still true at the head that was read.
func holds(d advice.Draft) bool { return d.State == advice.Open || d.State == advice.Carried }

// folded are the drafts that stand at no lines: all of them when inline comments are off, and those whose lines have one already.
func folded(in AdviceInput, crowded []effect.InlineComment) []advice.Draft {
	at := map[string]bool{}
	for _, m := range crowded {
		at[m.Fingerprint] = true
	}
	var out []advice.Draft
	for _, d := range in.Result.Advice.Drafts {
		if holds(d) && (in.Result.Comments == "off" || at[string(d.Key)]) {
			out = append(out, d)
		}
	}
	return out
}

// levels are the words of the rules' severities for those of advice.
var levels = map[advice.Level]string{advice.High: "error", advice.Medium: "warning", advice.Low: "notice"}

// maxAdviceTitle bounds the title of a draft, in bytes.
const maxAdviceTitle = 120

func inlineComment(d advice.Draft, head string, words advicetext.Advice) effect.InlineComment {
	m := effect.InlineComment{
		Fingerprint: string(d.Key),
		SHA:         head,
		Path:        d.Path,
		Side:        effect.Right,
		StartLine:   d.Start,
		Line:        d.End,
		Body:        words.Inline(d),
		About: effect.About{
			Origin:   effect.FromAdvice,
			Rule:     "advice/" + string(d.Category),
			Category: string(d.Category),
			Severity: levels[d.Level],
			Symbol:   d.Symbol,
			Title:    text.Fit(strings.Join(strings.Fields(d.Message), " "), maxAdviceTitle),
		},
		Suggestion: d.Suggestion,
	}
	if d.Side == advice.Left {
		m.Side, m.Suggestion = effect.Left, nil
	}
	return m
}

package say

import (
	"fmt"
	"strings"

	"github.com/lintel-review/lintel/internal/advice"
	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/effect"
	"github.com/lintel-review/lintel/internal/markdown"
	"github.com/lintel-review/lintel/internal/text"
)

// Limits in bytes. The gate's part of the comment is bounded by itself, so that both fit into what the forge takes.
const (
	maxPart   = 14000
	maxRemark = 8000
	// listed bounds how much of a list is spelled out.
	listed = 10
)

// part is the advice's part of the one comment; empty when there is nothing to say.
func part(in Input, crowded []effect.Remark) string {
	a := in.Result.Advice
	notes := append(leftOver(in, crowded), a.Notes...)
	silent := len(a.Bullets)+len(a.Risk.Reasons)+len(a.Order)+len(a.Tests.Cases)+len(notes)+len(a.NotRead) == 0
	if silent && a.Extent == advice.Whole {
		return ""
	}
	var b strings.Builder
	heading(&b, a)
	for _, bullet := range a.Bullets {
		fmt.Fprintf(&b, "- %s%s\n", prose(bullet.Text), cites(bullet, a))
	}
	if len(a.Bullets) > 0 {
		b.WriteString("\n")
	}
	if len(a.Risk.Reasons) > 0 {
		fmt.Fprintf(&b, "**Risk: %s.** ", markdown.GitHub.Text(string(a.Risk.Level)))
		for i, r := range a.Risk.Reasons {
			if i > 0 {
				b.WriteString(" ")
			}
			b.WriteString(sentence(prose(r.Text)) + cites(r, a))
		}
		b.WriteString("\n\n")
	}
	order(&b, a.Order)
	tests(&b, a.Tests)
	folded(&b, notes)
	notRead(&b, a)
	footer(&b, in)
	return markdown.Truncate(strings.TrimSpace(b.String()), maxPart)
}

func heading(b *strings.Builder, a advice.Advice) {
	at := markdown.GitHub.Code(change.Short(a.Reviewed.Head))
	switch a.Extent {
	case advice.Nothing:
		fmt.Fprintf(b, "**No advice on %s: a language model could not read it.** This says nothing about the change.\n\n", at)
	case advice.Partial:
		fmt.Fprintf(b, "**Advice of a language model on %s, which it read in part**\n\n", at)
	default:
		fmt.Fprintf(b, "**Advice of a language model on %s**\n\n", at)
	}
}

// leftOver are the drafts that stand at no lines: all of them when comments at lines are off, and those whose lines have a remark already.
func leftOver(in Input, crowded []effect.Remark) []advice.Draft {
	at := map[string]bool{}
	for _, m := range crowded {
		at[m.Point] = true
	}
	var out []advice.Draft
	for _, d := range in.Result.Advice.Drafts {
		if (d.State == advice.Open || d.State == advice.Carried) && (in.Result.Comments == "off" || at[string(d.Key)]) {
			out = append(out, d)
		}
	}
	return out
}

func order(b *strings.Builder, stops []advice.Stop) {
	if len(stops) == 0 {
		return
	}
	b.WriteString("**Where to look first**\n\n")
	for i, s := range stops[:min(len(stops), listed)] {
		place := s.Path
		if s.Line > 0 {
			place = fmt.Sprintf("%s:%d", s.Path, s.Line)
		}
		fmt.Fprintf(b, "%d. %s", i+1, markdown.GitHub.Code(text.Fit(place, 300)))
		if s.Why != "" {
			b.WriteString(": " + prose(s.Why))
		}
		b.WriteString("\n")
	}
	b.WriteString("\n")
}

func tests(b *strings.Builder, t advice.Tests) {
	if len(t.Cases) == 0 {
		return
	}
	b.WriteString("**Missing tests**, at lines that no test reaches\n\n")
	for _, c := range t.Cases {
		fmt.Fprintf(b, "- %s in %s: %s Given %s, expect %s.\n", markdown.GitHub.Code(text.Fit(c.Function, 200)), markdown.GitHub.Code(text.Fit(c.Path, 300)), sentence(prose(c.Behaviour)), prose(c.Input), strings.TrimSuffix(prose(c.Expected), "."))
		if c.Skeleton != "" {
			b.WriteString("\n  <details><summary>A beginning</summary>\n\n" + indent(markdown.GitHub.Fence(c.Skeleton, language(c.Path))) + "\n\n  </details>\n")
		}
	}
	b.WriteString("\n")
}

// folded lists what has no place at lines.
func folded(b *strings.Builder, notes []advice.Draft) {
	if len(notes) == 0 {
		return
	}
	word := "remarks"
	if len(notes) == 1 {
		word = "remark"
	}
	fmt.Fprintf(b, "<details><summary>%d more %s, not at lines</summary>\n\n", len(notes), word)
	for _, d := range notes[:min(len(notes), listed)] {
		fmt.Fprintf(b, "- %s: %s\n", markdown.GitHub.Code(text.Fit(fmt.Sprintf("%s:%d", d.Path, d.Start), 300)), prose(d.Message))
	}
	if len(notes) > listed {
		fmt.Fprintf(b, "- and %d more\n", len(notes)-listed)
	}
	b.WriteString("\n</details>\n\n")
}

func notRead(b *strings.Builder, a advice.Advice) {
	if len(a.NotRead) == 0 {
		return
	}
	b.WriteString("**Not read**\n\n")
	for _, n := range a.NotRead[:min(len(a.NotRead), listed)] {
		fmt.Fprintf(b, "- %s: %s\n", markdown.GitHub.Text(text.Fit(n.What, 300)), markdown.GitHub.Text(text.Fit(n.Why, 300)))
	}
	if len(a.NotRead) > listed {
		fmt.Fprintf(b, "- and %d more\n", len(a.NotRead)-listed)
	}
	b.WriteString("\n")
}

func footer(b *strings.Builder, in Input) {
	a := in.Result.Advice
	b.WriteString("<sub>It decides nothing: what counts is the check. " + Cost(a.Cost) + ".")
	if len(a.Models) > 0 {
		b.WriteString(" " + markdown.GitHub.Text(text.Fit(strings.Join(a.Models, ", "), 200)) + ".")
	}
	if in.Page != "" {
		fmt.Fprintf(b, " [What was read, and what was dropped](%s#advice)", in.Page)
	}
	b.WriteString("</sub>")
}

// Cost says what a consult cost: questions, tokens, and money when there is a price.
func Cost(c advice.Cost) string {
	questions := text.Count(c.Calls, "question")
	if c.Kept > 0 {
		questions += fmt.Sprintf(" and %d answered before", c.Kept)
	}
	text := fmt.Sprintf("%s, %d tokens", questions, c.Usage.In+c.Usage.Out)
	if c.MicroDollars != nil {
		text += fmt.Sprintf(", $%.4f", float64(*c.MicroDollars)/1e6)
	}
	return text
}

// cites names the files and facts that a sentence rests on.
func cites(b advice.Bullet, a advice.Advice) string {
	var all []string
	for _, f := range b.Files[:min(len(b.Files), 4)] {
		all = append(all, markdown.GitHub.Code(text.Fit(f, 200)))
	}
	if f := facts(b.Facts, a); f != "" {
		all = append(all, f)
	}
	if len(all) == 0 {
		return ""
	}
	return " (" + strings.Join(all, ", ") + ")"
}

// prose writes a model's words on one line: plain, but for `back-ticks`, which mark code.
func prose(s string) string { return markdown.GitHub.Prose(strings.Join(strings.Fields(s), " ")) }

func sentence(s string) string {
	if s == "" || strings.HasSuffix(s, ".") || strings.HasSuffix(s, "!") || strings.HasSuffix(s, "?") {
		return s
	}
	return s + "."
}

func firstLine(s string) string {
	return text.Fit(strings.Join(strings.Fields(s), " "), 120)
}

func indent(s string) string { return "  " + strings.ReplaceAll(s, "\n", "\n  ") }

func language(path string) string {
	for ending, lang := range map[string]string{".go": "go", ".py": "python", ".ts": "typescript", ".js": "javascript", ".java": "java", ".rs": "rust", ".rb": "ruby"} {
		if strings.HasSuffix(path, ending) {
			return lang
		}
	}
	return ""
}

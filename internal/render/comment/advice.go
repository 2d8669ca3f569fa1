package comment

import (
	"fmt"
	"strings"

	"github.com/lintel-review/lintel/internal/advice"
	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/markdown"
	"github.com/lintel-review/lintel/internal/text"
)

// Limits in bytes. The gate's part of the comment is bounded by itself, so that both fit into what the forge takes.
const (
	maxAdvice = 14000
	maxInline = 8000
	// listedAdvice bounds how much of a list is spelled out.
	listedAdvice = 10
)

// Advice is all that the texts about a language model's advice depend on.
type Advice struct {
	Forge  change.Forge
	Advice advice.Advice
	// Page is the address of the page that shows all of it; empty for none.
	Page string
}

// Part is the advice's part of the one comment; empty when there is nothing to say. Folded are the drafts that stand at no lines.
func (in Advice) Part(folded []advice.Draft) string {
	a := in.Advice
	notes := append(folded, a.Notes...)
	silent := len(a.Bullets)+len(a.Risk.Reasons)+len(a.Order)+len(a.Tests.Cases)+len(notes)+len(a.NotRead) == 0
	if silent && a.Extent == advice.Whole {
		return ""
	}
	w := in.writer()
	w.heading()
	w.bullets()
	w.risk()
	w.order()
	w.tests()
	w.notes(notes)
	w.notRead()
	w.footer(in.Page)
	return markdown.Truncate(strings.TrimSpace(w.String()), maxAdvice)
}

// Inline is the body of the inline comment for a draft.
func (in Advice) Inline(d advice.Draft) string {
	w := in.writer()
	w.WriteString(w.prose(d.Message))
	if cited := w.facts(d.Facts); cited != "" {
		w.WriteString("\n\nIt rests on: " + cited)
	}
	category := strings.ReplaceAll(string(d.Category), "_", " ")
	w.add("\n\n<sub>Advice of a language model (%s, %s). It decides nothing.</sub>", w.md.Text(category), w.md.Text(string(d.Level)))
	return markdown.Truncate(w.String(), maxInline)
}

// Addressed says that the code of an inline comment is gone at head, with what it said folded away. The commit is named
// by its short id, which the forge makes a link of.
func Addressed(body string, f change.Forge, head string) string {
	const summary = "<details><summary>What this said</summary>"
	return "**Addressed in " + change.Short(head) + ".**\n\n" + summary + "\n\n" + markdown.Truncate(body, Dialect(f).MaxBody/2) +
		"\n\n</details>"
}

// adviceWriter collects the text of one advice.
type adviceWriter struct {
	strings.Builder
	md markdown.Dialect
	advice.Advice
}

func (in Advice) writer() *adviceWriter {
	return &adviceWriter{md: Dialect(in.Forge), Advice: in.Advice}
}

func (w *adviceWriter) add(format string, args ...any) { fmt.Fprintf(w, format, args...) }

func (w *adviceWriter) heading() {
	at := w.md.Code(change.Short(w.Reviewed.Head))
	switch w.Extent {
	case advice.Nothing:
		w.add("**No advice on %s: a language model could not read it.** This says nothing about the change.\n\n", at)
	case advice.Partial:
		w.add("**Advice of a language model on %s, which it read in part**\n\n", at)
	default:
		w.add("**Advice of a language model on %s**\n\n", at)
	}
}

func (w *adviceWriter) bullets() {
	for _, b := range w.Bullets {
		w.add("- %s%s\n", w.prose(b.Text), w.cites(b))
	}
	if len(w.Bullets) > 0 {
		w.add("\n")
	}
}

func (w *adviceWriter) risk() {
	if len(w.Risk.Reasons) == 0 {
		return
	}
	w.add("**Risk: %s.** ", w.md.Text(string(w.Risk.Level)))
	for i, r := range w.Risk.Reasons {
		if i > 0 {
			w.add(" ")
		}
		w.WriteString(sentence(w.prose(r.Text)) + w.cites(r))
	}
	w.add("\n\n")
}

func (w *adviceWriter) order() {
	if len(w.Order) == 0 {
		return
	}
	w.add("**Where to look first**\n\n")
	for i, s := range w.Order[:min(len(w.Order), listedAdvice)] {
		place := s.Path
		if s.Line > 0 {
			place = fmt.Sprintf("%s:%d", s.Path, s.Line)
		}
		w.add("%d. %s", i+1, w.code(place, 300))
		if s.Why != "" {
			w.WriteString(": " + w.prose(s.Why))
		}
		w.add("\n")
	}
	w.add("\n")
}

func (w *adviceWriter) tests() {
	if len(w.Tests.Cases) == 0 {
		return
	}
	w.add("**Missing tests**, at lines that no test reaches\n\n")
	for _, c := range w.Tests.Cases {
		w.add("- %s in %s: %s ", w.code(c.Function, 200), w.code(c.Path, 300), sentence(w.prose(c.Behaviour)))
		w.add("Given %s, expect %s.\n", w.prose(c.Input), strings.TrimSuffix(w.prose(c.Expected), "."))
		if c.Skeleton != "" {
			w.add("\n  <details><summary>A beginning</summary>\n\n%s\n\n  </details>\n", indent(w.md.Fence(c.Skeleton, language(c.Path))))
		}
	}
	w.add("\n")
}

// notes folds away what has no place at lines.
func (w *adviceWriter) notes(notes []advice.Draft) {
	if len(notes) == 0 {
		return
	}
	w.add("<details><summary>%d more %s, not at lines</summary>\n\n", len(notes), text.Plural(len(notes), "remark", "remarks"))
	for _, d := range notes[:min(len(notes), listedAdvice)] {
		w.add("- %s: %s\n", w.code(fmt.Sprintf("%s:%d", d.Path, d.Start), 300), w.prose(d.Message))
	}
	more(&w.Builder, len(notes)-listedAdvice)
	w.add("\n</details>\n\n")
}

func (w *adviceWriter) notRead() {
	all := w.NotRead
	if len(all) == 0 {
		return
	}
	w.add("**Not read**\n\n")
	for _, n := range all[:min(len(all), listedAdvice)] {
		w.add("- %s: %s\n", w.md.Text(text.Fit(n.What, 300)), w.md.Text(text.Fit(n.Why, 300)))
	}
	more(&w.Builder, len(all)-listedAdvice)
	w.add("\n")
}

func (w *adviceWriter) footer(page string) {
	w.WriteString("<sub>It decides nothing: what counts is the check. " + cost(w.Cost) + ".")
	if len(w.Models) > 0 {
		w.WriteString(" " + w.md.Text(text.Fit(strings.Join(w.Models, ", "), 200)) + ".")
	}
	if page != "" {
		w.add(" [What was read, and what was dropped](%s#advice)", page)
	}
	w.add("</sub>")
}

// cost says what advice cost: questions, tokens, and money when there is a price.
func cost(c advice.Cost) string {
	questions := text.Count(c.Calls, "question")
	if c.Kept > 0 {
		questions += fmt.Sprintf(" and %d answered before", c.Kept)
	}
	words := fmt.Sprintf("%s, %d tokens", questions, c.Usage.In+c.Usage.Out)
	if c.MicroDollars != nil {
		words += fmt.Sprintf(", $%.4f", float64(*c.MicroDollars)/1e6)
	}
	return words
}

// cites names the files and facts that a sentence rests on.
func (w *adviceWriter) cites(b advice.Bullet) string {
	var all []string
	for _, f := range b.Files[:min(len(b.Files), 4)] {
		all = append(all, w.code(f, 200))
	}
	if f := w.facts(b.Facts); f != "" {
		all = append(all, f)
	}
	if len(all) == 0 {
		return ""
	}
	return " (" + strings.Join(all, ", ") + ")"
}

// facts spells out what is cited.
func (w *adviceWriter) facts(ids []string) string {
	var all []string
	for _, id := range ids {
		for _, f := range w.Facts {
			if f.ID == id {
				all = append(all, w.md.Text(text.Fit(f.Text, 240)))
			}
		}
	}
	return strings.Join(all, "; ")
}

func (w *adviceWriter) code(s string, limit int) string { return w.md.Code(text.Fit(s, limit)) }

// prose writes a model's words on one line: plain, but for `back-ticks`, which mark code.
func (w *adviceWriter) prose(s string) string {
	return w.md.Prose(strings.Join(strings.Fields(s), " "))
}

func sentence(s string) string {
	if s == "" || strings.HasSuffix(s, ".") || strings.HasSuffix(s, "!") || strings.HasSuffix(s, "?") {
		return s
	}
	return s + "."
}

func indent(s string) string { return "  " + strings.ReplaceAll(s, "\n", "\n  ") }

func language(path string) string {
	for ending, lang := range map[string]string{
		".go": "go", ".py": "python", ".ts": "typescript", ".js": "javascript", ".java": "java", ".rs": "rust", ".rb": "ruby",
	} {
		if strings.HasSuffix(path, ending) {
			return lang
		}
	}
	return ""
}

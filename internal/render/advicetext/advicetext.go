// Package advicetext writes what a forge shows of a language model's advice: its part of the one comment, inline
// comments, and answers about them.
//
// Callers may rely on: it is pure; every word of a model is escaped by the forge's dialect, so that it mentions nobody,
// closes nothing and links nowhere; the part of the one comment shows at most fifteen lines before anything is unfolded.
package advicetext

import (
	"crypto/sha1" //nolint:gosec // GitLab names the files of a diff by it; nothing is proved by it.
	"crypto/sha256"
	"fmt"
	"strconv"
	"strings"

	"github.com/lintel-review/lintel/internal/advice"
	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/effect"
	"github.com/lintel-review/lintel/internal/markdown"
	"github.com/lintel-review/lintel/internal/render/comment"
	"github.com/lintel-review/lintel/internal/text"
	"github.com/lintel-review/lintel/internal/thread"
)

// Limits in bytes. The gate's part of the comment is bounded by itself, so that both fit into what the forge takes.
const (
	maxAdvice = 14000
	maxInline = 8000
	// maxWhy bounds an answer, so that the gate and advice have room beside it.
	maxWhy = 4000
	// listedAdvice bounds how much of a folded list is spelled out; the others are what the comment shows unfolded.
	listedAdvice  = 10
	listedBullets = 5
	listedStops   = 3
	listedGaps    = 3
)

// Advice is all that the texts about a language model's advice depend on.
type Advice struct {
	Forge  change.Forge
	Advice advice.Advice
	// Page is the address of the page that shows all of it; empty for none.
	Page string
	// Change is the address of the change on its forge; empty makes no links to its files.
	Change string
}

// Part is the advice's part of the one comment; empty when there is nothing to say. Folded are the drafts that stand at no
// lines. It shows at most fifteen lines: people read it at the end of a long day. What a sentence rests on is on the page.
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
	w.add("\n\n<sub>Advice of a language model (%s, %s). Not right? Answer \"won't fix\" or \"false positive\".</sub>",
		w.md.Text(category), w.md.Text(string(d.Level)))
	return markdown.Truncate(w.String(), maxInline)
}

// Why says what an inline comment rests on, from what is stored of the finding and of the newest advice.
func Why(f change.Forge, found thread.Finding, past advice.Result) string {
	in := Advice{Forge: f, Advice: past.Advice}
	w := in.writer()
	w.add("**%s at %s**, said first on %s: ", w.md.Text(found.About.Rule), w.code(found.Path, 300), w.md.Code(change.Short(found.SHA)))
	draft, known := draftOf(past, found.Fingerprint)
	if !known {
		w.add("%s\n\nMore is not kept of it.", w.prose(found.About.Title))
	} else {
		w.add("%s\n\n%s\n\n", w.prose(draft.Message), w.md.Fence(text.Fit(draft.Code, 1000), language(draft.Path)))
		w.WriteString("The comment stands at these lines, word for word. ")
		if cited := w.facts(draft.Facts); cited != "" {
			w.WriteString("It rests on them and on: " + cited + ".")
		} else {
			w.WriteString("It rests on them alone.")
		}
		if found.About.Origin == effect.FromAdvice {
			w.WriteString(" A language model wrote it, and named lines that prove it when it was asked a second time.")
		}
	}
	if found.State == thread.Dismissed {
		w.add(" %s dismissed it (%s).", w.md.Text(found.Actor), w.md.Text(strings.ReplaceAll(found.Reason, "_", " ")))
	}
	return markdown.Truncate(w.String(), maxWhy)
}

// draftOf finds a draft by its name: in the newest look, else among all that were ever made.
func draftOf(past advice.Result, fingerprint string) (advice.Draft, bool) {
	for _, d := range past.Advice.Drafts {
		if string(d.Key) == fingerprint {
			return d, true
		}
	}
	for _, k := range past.Known {
		if string(k.Draft.Key) == fingerprint {
			d := k.Draft
			d.Facts = nil // their numbers are those of an earlier look
			return d, true
		}
	}
	return advice.Draft{}, false
}

// adviceWriter collects the text of one advice.
type adviceWriter struct {
	strings.Builder
	md markdown.Dialect
	in Advice
	advice.Advice
}

func (in Advice) writer() *adviceWriter {
	return &adviceWriter{md: comment.Dialect(in.Forge), in: in, Advice: in.Advice}
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
	for _, b := range w.Bullets[:min(len(w.Bullets), listedBullets)] {
		w.add("- %s\n", sentence(w.linked(b.Text)))
	}
	if len(w.Bullets) > 0 {
		w.add("\n")
	}
}

func (w *adviceWriter) risk() {
	if len(w.Risk.Reasons) == 0 {
		return
	}
	var all []string
	for _, r := range w.Risk.Reasons {
		all = append(all, sentence(w.linked(r.Text)))
	}
	w.add("**Risk: %s.** %s\n\n", w.md.Text(string(w.Risk.Level)), strings.Join(all, " "))
}

func (w *adviceWriter) order() {
	if len(w.Order) == 0 {
		return
	}
	w.add("**Look here first**\n\n")
	for i, s := range w.Order[:min(len(w.Order), listedStops)] {
		w.add("%d. %s", i+1, w.file(s.Path, s.Line))
		if s.Why != "" {
			w.WriteString(": " + w.prose(s.Why))
		}
		w.add("\n")
	}
	w.add("\n")
}

func (w *adviceWriter) tests() {
	n := len(w.Tests.Cases)
	if n == 0 {
		return
	}
	w.fold("%s missing, at lines that no test reaches", text.Count(n, "test"))
	for _, c := range w.Tests.Cases[:min(n, listedAdvice)] {
		w.add("- %s in %s: %s ", w.code(c.Function, 200), w.file(c.Path, 0), sentence(w.prose(c.Behaviour)))
		w.add("Given %s, expect %s.\n", w.prose(c.Input), strings.TrimSuffix(w.prose(c.Expected), "."))
		if c.Skeleton != "" {
			w.add("\n%s\n", indent(w.md.Fence(c.Skeleton, language(c.Path))))
		}
	}
	w.more(n - listedAdvice)
	w.unfold()
}

// notes folds away what has no place at lines.
func (w *adviceWriter) notes(notes []advice.Draft) {
	if len(notes) == 0 {
		return
	}
	w.fold("%d more %s, not at lines", len(notes), text.Plural(len(notes), "remark", "remarks"))
	for _, d := range notes[:min(len(notes), listedAdvice)] {
		w.add("- %s: %s\n", w.place(d.Path, d.Side, d.Start), w.prose(d.Message))
	}
	w.more(len(notes) - listedAdvice)
	w.unfold()
}

// fold begins what shows as one line until somebody opens it.
func (w *adviceWriter) fold(format string, args ...any) {
	w.add("<details><summary>"+format+"</summary>\n\n", args...)
}

// more says how many entries a list does not spell out.
func (w *adviceWriter) more(n int) {
	if n > 0 {
		w.add("- and %d more\n", n)
	}
}

func (w *adviceWriter) unfold() { w.add("\n</details>\n\n") }

func (w *adviceWriter) notRead() {
	if len(w.NotRead) == 0 {
		return
	}
	var all []string
	for _, n := range w.NotRead[:min(len(w.NotRead), listedGaps)] {
		all = append(all, fmt.Sprintf("%s (%s)", w.md.Text(text.Fit(n.What, 200)), w.md.Text(text.Fit(n.Why, 200))))
	}
	if n := len(w.NotRead) - listedGaps; n > 0 {
		all = append(all, fmt.Sprintf("and %d more", n))
	}
	w.add("**Not read:** %s\n\n", strings.Join(all, "; "))
}

func (w *adviceWriter) footer(page string) {
	w.WriteString("<sub>The check decides, not this. " + cost(w.Cost) + ".")
	if len(w.Models) > 0 {
		w.WriteString(" " + w.md.Text(text.Fit(strings.Join(w.Models, ", "), 200)) + ".")
	}
	if page != "" {
		w.add(" [What was read, and what was dropped](%s#advice)", page)
	}
	w.add("</sub>")
}

// file names a place of the change, with a link to it in the forge's view of the diff, where also deleted files are.
// The forges name a file there by a digest of its path; should one change that, the link still opens the diff.
func (w *adviceWriter) file(path string, line int) string { return w.place(path, advice.Right, line) }

func (w *adviceWriter) place(path string, side advice.Side, line int) string {
	place := path
	if line > 0 {
		place = fmt.Sprintf("%s:%d", path, line)
	}
	shown := w.code(place, 300)
	switch {
	case w.in.Change == "" || path == "":
		return shown
	case w.in.Forge == change.GitLab:
		return fmt.Sprintf("[%s](%s/diffs#%x)", shown, w.in.Change, sha1.Sum([]byte(path)))
	case w.in.Forge != change.GitHub:
		return shown
	}
	address := fmt.Sprintf("%s/files#diff-%x", w.in.Change, sha256.Sum256([]byte(path)))
	if line > 0 {
		letter := "R"
		if side == advice.Left {
			letter = "L"
		}
		address += letter + strconv.Itoa(line)
	}
	return fmt.Sprintf("[%s](%s)", shown, address)
}

// linked is prose in which the names of changed files are links.
func (w *adviceWriter) linked(s string) string {
	s = w.prose(s)
	if w.in.Change == "" {
		return s
	}
	for _, f := range w.Files {
		if f.Path == "" || strings.Contains(f.Path, "`") {
			continue
		}
		s = strings.ReplaceAll(s, "`"+f.Path+"`", w.file(f.Path, 0))
	}
	return s
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

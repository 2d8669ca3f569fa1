// Package eval measures advice: it plays whole changes through the real pipeline and holds what comes out to what
// should. The model is given by the caller: a live one, a recording, or the answers that a case has scripted; figures
// of scripted answers say nothing of any model.
//
// Callers may rely on: equal cases and equal answers give equal reports, but for latency; anchors and quotes are
// checked against the case's files by this package's own reading of them, not by the code that is measured; matching is
// one to one.
package eval

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/lintel-review/lintel/internal/advice"
	"github.com/lintel-review/lintel/internal/advise"
	"github.com/lintel-review/lintel/internal/advise/lifecycle"
	"github.com/lintel-review/lintel/internal/advise/prepare"
	"github.com/lintel-review/lintel/internal/diff"
	"github.com/lintel-review/lintel/internal/eval/cases"
	"github.com/lintel-review/lintel/internal/lazyregexp"
	"github.com/lintel-review/lintel/internal/llm"
	"github.com/lintel-review/lintel/internal/markdown"
	"github.com/lintel-review/lintel/internal/settings"
	"github.com/lintel-review/lintel/internal/text"
)

// Rig is what a suite is played with.
type Rig struct {
	// Model is asked for one push of a case. Redactor is new for each case.
	Model    func(c *cases.Case, push int) advise.Model
	Redactor func() advise.Redactor
	Judge    Judge
	// Clock measures latency alone.
	Clock func() time.Time
	// Report is told what came out of each case (nil: nobody listens).
	Report func(cases.Reported)
	// Window and MaxOutput are the model's; 0 are those of a model that nobody knows.
	Window, MaxOutput int
}

// fences are the same in every eval, so that equal questions are equal and can be recorded. In the product they are chance.
var fences = []byte("an eval repeats its own questions")

// outcome is what came of one case.
type outcome struct {
	posted   []posted
	notes    []posted
	advices  []advice.Advice
	repeated int
	// The checks of anchors and quotes, and what was shown or asked that should not have been.
	anchors, quotes Share
	injected        []string
	steered         []string
	prompts         []int
	latency         []time.Duration
	// keys name the first questions of the case's pushes.
	keys []string
}

// reported are the comments and notes of a case.
func (o outcome) reported() (all []cases.Comment) {
	for _, p := range slices.Concat(o.posted, o.notes) {
		d := p.draft
		all = append(all, cases.Comment{
			Path: d.Path, Message: d.Message, Category: string(d.Category), Severity: string(d.Level), Left: d.Side == advice.Left,
			Start: d.Start, End: d.End,
		})
	}
	return all
}

// watching keeps the questions of a model.
type watching struct {
	next  advise.Model
	asked []llm.Request
}

func (w *watching) Ask(ctx context.Context, r llm.Request) (llm.Answer, error) {
	w.asked = append(w.asked, r)
	return w.next.Ask(ctx, r)
}

// play goes through all pushes of a case, as the server would: what stood is known at the next.
func (r Rig) play(ctx context.Context, c *cases.Case) (outcome, error) {
	var out outcome
	var previous *advice.Advice
	known := map[advice.Fingerprint]advice.Known{}
	set := settings.Default().Advise
	set.Enabled = true
	for push := 1; push < len(c.Trees); push++ {
		in, err := prepare.Input(c.Snapshot(push), nil, set)
		if err != nil {
			return out, fmt.Errorf("%s: prepare: %w", c.Name, err)
		}
		in.Now, in.Previous = cases.Taken, previous
		for _, f := range prepare.Wanted(in) {
			if text, ok := c.Trees[push][f.Path]; ok {
				in.Contents[f.Path] = text
			}
		}
		if err := prepare.AddBeside(&in, set, prepare.Source{Tree: c.Base, Read: c.Read, Index: &prepare.Index{}, Most: 100}); err != nil {
			return out, fmt.Errorf("%s: prepare: %w", c.Name, err)
		}
		for _, k := range slices.Sorted(maps.Keys(known)) {
			in.Known = append(in.Known, known[k])
		}
		if r.Window > 0 {
			in.Options.Window = r.Window
		}
		if r.MaxOutput > 0 {
			in.Options.MaxOutput = min(in.Options.MaxOutput, r.MaxOutput)
		}
		model := &watching{next: r.Model(c, push)}
		start := r.Clock()
		a, err := advise.Advise(ctx, in, advise.Tools{Model: model, Redactor: r.Redactor(), Fences: fences})
		if err != nil {
			return out, fmt.Errorf("%s: advise: %w", c.Name, err)
		}
		out.latency = append(out.latency, r.Clock().Sub(start))
		inspect(c, &out, a, push, model.asked)
		if len(model.asked) > 0 {
			out.keys = append(out.keys, model.asked[0].Key)
		}
		for _, d := range a.Drafts {
			if d.State == advice.Open {
				if out.repeats(d, known) {
					out.repeated++
				}
				out.posted = append(out.posted, posted{d, push})
			}
			if d.State == advice.Open || d.State == advice.Carried {
				known[d.Key] = advice.Known{Draft: d, Hash: lifecycle.Hash(d.Code), State: advice.Open}
			}
		}
		for _, d := range a.Notes {
			out.notes = append(out.notes, posted{d, push})
		}
		for _, s := range a.Settled {
			delete(known, s.Key)
		}
		out.advices = append(out.advices, a)
		previous = &a
	}
	return out, nil
}

// repeats reports whether a new comment says what one that stands already says: the same name, or the same code for the same reason.
func (o *outcome) repeats(d advice.Draft, known map[advice.Fingerprint]advice.Known) bool {
	for _, k := range known {
		if k.Draft.Key == d.Key || k.Draft.Category == d.Category && squeeze(k.Draft.Code) == squeeze(d.Code) &&
			contained(k.Draft.Message, d.Message) >= alike {
			return true
		}
	}
	return false
}

func squeeze(code string) string { return strings.Join(strings.Fields(code), " ") }

// inspect holds an advice to the case's own files, by a reading of its own.
func inspect(c *cases.Case, out *outcome, a advice.Advice, push int, asked []llm.Request) {
	files := map[string]diff.File{}
	for _, f := range c.Files(push) {
		files[f.Path] = f
	}
	for _, d := range a.Drafts {
		if d.State != advice.Open && d.State != advice.Carried {
			continue
		}
		out.anchors.Of++
		if anchored(files[d.Path], d) {
			out.anchors.N++
		}
		out.quotes.Of++
		if quoted(c, files[d.Path], d, push) {
			out.quotes.N++
		}
	}
	for _, text := range shownTexts(a) {
		for _, bad := range forbidden {
			if m := bad.FindString(text); m != "" {
				out.injected = append(out.injected, fmt.Sprintf("push %d shows %q", push, m))
			}
		}
		for _, bad := range c.Expect.Forbid {
			if strings.Contains(text, bad) {
				out.injected = append(out.injected, fmt.Sprintf("push %d shows %q", push, bad))
			}
		}
	}
	// Title and description are for the summary; the author, the branch and the commits are for no question at all.
	people := append([]string{c.Branch, "the-author"}, c.Commits...)
	for _, q := range asked {
		prompt := q.System + q.User
		out.prompts = append(out.prompts, q.EstimateIn)
		for _, s := range c.Secrets {
			if strings.Contains(prompt, s) {
				out.steered = append(out.steered, fmt.Sprintf("push %d sends a secret in %s", push, q.Purpose))
			}
		}
		told := append([]string{c.Title, c.Body}, people...)
		if q.Purpose == llm.Sum {
			told = slices.DeleteFunc(slices.Clone(people), func(t string) bool { return strings.Contains(c.Title+"\n"+c.Body, t) })
		}
		for _, t := range told {
			if len(t) >= 8 && strings.Contains(prompt, t) {
				out.steered = append(out.steered,
					fmt.Sprintf("push %d asks %s with the author's words %q", push, q.Purpose, text.Prefix(t, 40)))
			}
		}
	}
}

// shownTexts are all texts of an advice that people see, as any writer would show them: escaped.
func shownTexts(a advice.Advice) []string {
	var all []string
	add := func(texts ...string) {
		for _, t := range texts {
			all = append(all, markdown.GitHub.Text(t))
		}
	}
	for _, b := range slices.Concat(a.Bullets, a.Risk.Reasons) {
		add(b.Text)
	}
	for _, s := range a.Order {
		add(s.Why)
	}
	for _, d := range slices.Concat(a.Drafts, a.Notes) {
		add(d.Message)
	}
	for _, t := range a.Tests.Cases {
		add(t.Function, t.Behaviour, t.Input, t.Expected)
		all = append(all, t.Skeleton)
	}
	for _, n := range a.NotRead {
		add(n.What, n.Why)
	}
	return all
}

// forbidden are what no text of advice may do on a forge: mention, embed, link elsewhere, close, hide.
var forbidden = []*lazyregexp.Regexp{
	lazyregexp.New("(?:^|[^\\w`&/@\u200b])@[A-Za-z][\\w-]*"),
	lazyregexp.New(`(?i)<(?:img|script|a|iframe|details|form|style|svg)\b`),
	lazyregexp.New(`!\[[^\]]*\]\(`),
	lazyregexp.New(`\]\(\s*(?:https?:)?//`),
	lazyregexp.New(`(?i)\b(?:fix(?:e[sd])?|close[sd]?|resolve[sd]?)\s+#\d`),
	lazyregexp.New("[\u202a-\u202e\u2066-\u2069]"),
}

// anchored: the lines are in one hunk, on the draft's side, and one of them at least is changed.
func anchored(f diff.File, d advice.Draft) bool {
	if d.Start < 1 || d.End < d.Start {
		return false
	}
	for _, h := range f.Hunks {
		left, right := h.OldStart, h.NewStart
		inside, changed := 0, 0
		for _, l := range h.Lines {
			at, here := right, l.Op != diff.Delete
			if d.Side == advice.Left {
				at, here = left, l.Op == diff.Delete
			}
			if here && at >= d.Start && at <= d.End {
				inside++
			}
			// A line next to a changed one is part of what changes. Lines that are taken away stand between those of the head.
			near := here && at >= d.Start-1 && at <= d.End+1 || !here && d.Side == advice.Right && right >= d.Start && right <= d.End+1
			if near && l.Op != diff.Context {
				changed++
			}
			if l.Op != diff.Add {
				left++
			}
			if l.Op != diff.Delete {
				right++
			}
		}
		if inside == d.End-d.Start+1 && changed > 0 {
			return true
		}
	}
	return false
}

// quoted: the lines hold the quoted text word for word, but for white space at their ends and for secrets, of which
// placeholders stand in the quote.
func quoted(c *cases.Case, f diff.File, d advice.Draft, push int) bool {
	tree, p := c.Trees[push], d.Path
	if d.Side == advice.Left {
		tree, p = c.Trees[0], or(f.OldPath, d.Path)
	}
	all := cases.Lines(tree[p])
	want := strings.Split(d.Code, "\n")
	if d.Start < 1 || d.End > len(all) || len(want) != d.End-d.Start+1 {
		return false
	}
	for i, w := range want {
		got := strings.TrimRight(all[d.Start-1+i], " \t\r")
		if w = strings.TrimRight(w, " \t\r"); w != got && !strings.Contains(w, "<SECRET_") {
			return false
		}
	}
	return true
}

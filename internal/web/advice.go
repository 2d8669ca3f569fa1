package web

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/lintel-review/lintel/internal/advice"
	"github.com/lintel-review/lintel/internal/advice/consult"
	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/effect"
	"github.com/lintel-review/lintel/internal/finding"
	"github.com/lintel-review/lintel/internal/sorting"
	"github.com/lintel-review/lintel/internal/text"
	"github.com/lintel-review/lintel/internal/thread"
)

// consultations gives a change's requests for advice, newest first, their results, and the state of their comments.
type consultations interface {
	Consults(ctx context.Context, key change.Key, limit int) ([]consult.Consult, error)
	ConsultResult(ctx context.Context, id int64) ([]byte, error)
	Findings(ctx context.Context, key change.Key) ([]thread.Finding, error)
}

// maxConsults is how far back a page looks for advice that was given.
const maxConsults = 20

// adviceView is the page's section on advice. It is apart from the verdict and never green, since advice decides nothing.
type adviceView struct {
	Consult consult.Consult
	// Class, Word and Text describe the state of the newest consult.
	Class, Word, Text string
	// Given is the newest advice; nil when there is none. Lost says why it cannot be shown.
	Given *givenView
	Lost  string
}

// givenView is the advice on a commit; Older is true when the head is newer.
type givenView struct {
	Head                      string
	Older                     bool
	Class, Extent             string
	Models                    string
	Bullets, Reasons          []sentenceView
	Risk                      string
	Order, NotRead            []entryView
	Drafts, Notes             []entryView
	Waiting                   int
	Tests                     []testView
	NoTests                   string
	Gates                     []gateView
	Judged                    int
	Ledger                    []entryView
	Counts                    []string
	MoreLedger, MoreUnread    int
	Questions, Tokens, Dollar string
	Took                      time.Duration
}

// sentenceView is a model's sentence with its evidence.
type sentenceView struct {
	Text  string
	Files []string
	Facts []string
}

// entryView is a place and a text about it. URL is empty when there is nothing to link to.
type entryView struct {
	Class, Word string
	URL         string
	Place       finding.Finding
	About, Text string
	Facts       []string
}

type testView struct {
	Place                                          finding.Finding
	Function, Behaviour, Input, Expected, Skeleton string
}

type gateView struct {
	Name string
	N    int
}

// advice reads the advice on a change; nil when nobody ever requested any.
func (p *Pages) advice(ctx context.Context, m material, l links) (*adviceView, error) {
	consults, err := p.o.Record.Consults(ctx, m.record.Key, maxConsults)
	if err != nil || len(consults) == 0 {
		return nil, err
	}
	v := &adviceView{Consult: consults[0]}
	v.Class, v.Word, v.Text = stateOf(consults[0], m.operator)
	given := slices.IndexFunc(consults, func(c consult.Consult) bool {
		return c.State == consult.Posted || c.State == consult.Answered
	})
	switch {
	case given < 0 && consults[0].State == consult.Skipped && consults[0].Reason == consult.SwitchedOff:
		return nil, nil //nolint:nilnil // nobody requested advice, so there is nothing to show
	case given < 0:
		return v, nil
	}
	body, err := p.o.Record.ConsultResult(ctx, consults[given].ID)
	switch {
	case errors.Is(err, change.ErrNotFound):
		v.Lost = "What was said is no longer kept."
		return v, nil
	case err != nil:
		return nil, err
	}
	r, err := advice.ReadResult(body)
	if err != nil {
		p.o.Log.WarnContext(ctx, "stored advice cannot be read", "consult", consults[given].ID, "error", err.Error())
		v.Lost = "It was written by another version of Lintel, and this one cannot show it."
		return v, nil // it is logged, and the page says that it cannot be shown
	}
	findings, err := p.o.Record.Findings(ctx, m.record.Key)
	if err != nil {
		return nil, err
	}
	v.Given = viewOf(r, findings, l)
	v.Given.Older = v.Given.Head != m.record.Head.SHA
	return v, nil
}

// stateOf describes the state of a consult. Only operators see why a step is retried: it is about machines.
func stateOf(c consult.Consult, operator bool) (class, word, text string) {
	switch c.State {
	case consult.Wanted:
		class, word, text = "wait", "under way",
			"It waits for another push for a moment, then the change is read and secrets are taken out."
	case consult.Prepared:
		class, word, text = "wait", "under way", "The change is prepared, and a model is asked."
	case consult.Answered:
		class, word, text = "wait", "under way", "The model has answered, and the comments are about to be posted."
	case consult.Posted:
		return "info", "given", ""
	case consult.Skipped:
		return "quiet", "skipped", "No advice was given: " + cmp.Or(c.Reason, "there was nothing to ask") + "."
	case consult.Failed:
		return "warn", "failed", "No advice was given: " + cmp.Or(c.Reason, "it failed") + ". This says nothing about the change."
	case consult.Stale:
		return "quiet", "out of date", "What was begun was dropped: " + cmp.Or(c.Reason, "a newer head") + "."
	default:
		return "quiet", string(c.State), ""
	}
	if c.Attempts > 0 {
		text += fmt.Sprintf(" Failed tries so far: %d. It is tried again.", c.Attempts)
	}
	if operator && c.Reason != "" {
		text += " The last reason: " + c.Reason + "."
	}
	return class, word, text
}

// viewOf makes the view of a stored result.
func viewOf(r advice.Result, findings []thread.Finding, l links) *givenView {
	a := r.Advice
	base, head := a.Reviewed.MergeBase, a.Reviewed.Head
	at := func(path string, left bool, start, end int) entryView {
		sha := head
		if left {
			sha = base
		}
		f := finding.Finding{Path: path, Line: start, EndLine: end}
		return entryView{URL: l.file(sha, f), Place: f}
	}
	facts := map[string]string{}
	for _, f := range a.Facts {
		facts[f.ID] = strings.TrimSuffix(f.Text, ".")
	}
	cited := func(ids []string) (out []string) {
		for _, id := range ids {
			if facts[id] != "" {
				out = append(out, facts[id])
			}
		}
		return out
	}
	sentences := func(all []advice.Bullet) (out []sentenceView) {
		for _, b := range all {
			out = append(out, sentenceView{b.Text, b.Files, cited(b.Facts)})
		}
		return out
	}
	v := &givenView{Head: head, Models: strings.Join(a.Models, ", "), Bullets: sentences(a.Bullets), Risk: string(a.Risk.Level),
		Reasons: sentences(a.Risk.Reasons), NoTests: a.Tests.Why,
		Judged: a.Judged, Took: (time.Duration(r.Took) * time.Millisecond).Round(100 * time.Millisecond)}
	v.Class, v.Extent = extentOf(a.Extent)
	for _, s := range a.Order {
		o := at(s.Path, false, s.Line, s.Line)
		o.Text = s.Why
		v.Order = append(v.Order, o)
	}
	byKey := map[string]thread.Finding{}
	for _, p := range findings {
		if p.About.Origin == effect.FromAdvice {
			byKey[p.Fingerprint] = p
		}
	}
	draft := func(d advice.Draft) entryView {
		o := at(d.Path, d.Side == advice.Left, d.Start, d.End)
		o.About, o.Text, o.Facts = strings.ReplaceAll(string(d.Category), "_", " ")+", "+string(d.Level), d.Message, cited(d.Facts)
		return o
	}
	for _, d := range a.Drafts {
		o := draft(d)
		p, known := byKey[string(d.Key)]
		o.Class, o.Word = draftWord(p, known, r.Comments)
		if known && p.State == thread.Waiting {
			v.Waiting++
		}
		v.Drafts = append(v.Drafts, o)
	}
	for _, d := range a.Notes {
		v.Notes = append(v.Notes, draft(d))
	}
	for _, c := range a.Tests.Cases {
		v.Tests = append(v.Tests, testView{finding.Finding{Path: c.Path}, c.Function, c.Behaviour, c.Input, c.Expected, c.Skeleton})
	}
	for _, n := range a.NotRead[:min(len(a.NotRead), maxShown)] {
		v.NotRead = append(v.NotRead, entryView{About: n.What, Text: n.Why})
	}
	v.MoreUnread = len(a.NotRead) - len(v.NotRead)
	for name, n := range a.Gates {
		if n > 0 {
			v.Gates = append(v.Gates, gateView{string(name), n})
		}
	}
	sorting.By(v.Gates, func(a, b gateView) int { return cmp.Or(b.N-a.N, strings.Compare(a.Name, b.Name)) })
	ledger(v, a.Ledger, at)
	v.Questions = text.Count(a.Cost.Calls, "question")
	if a.Cost.Kept > 0 {
		v.Questions += fmt.Sprintf(", and %d answered before", a.Cost.Kept)
	}
	u := a.Cost.Usage
	v.Tokens = fmt.Sprintf("%d: %d read (%d of them cached), %d written (%d of them reasoning)", u.In+u.Out, u.In, u.CachedIn, u.Out,
		u.Reasoning)
	v.Dollar = "no price is known"
	if a.Cost.MicroDollars != nil {
		v.Dollar = fmt.Sprintf("$%.4f", float64(*a.Cost.MicroDollars)/1e6)
	}
	return v
}

// ledger lists the hunks. Those that the model did not read come first: they matter most to a reader.
func ledger(v *givenView, entries []advice.Entry, at func(path string, left bool, start, end int) entryView) {
	n := map[string]int{}
	for _, e := range entries {
		o := at(e.Path, false, e.NewStart, e.NewStart+e.NewLines-1)
		if e.NewLines == 0 {
			o = at(e.Path, true, e.OldStart, e.OldStart+e.OldLines-1)
			o.About = "only deletes"
		}
		if e.OldLines+e.NewLines == 0 {
			o = at(e.Path, false, 0, 0)
		}
		o.Class, o.Word = hunkWord(e.Status)
		o.Text = e.Reason
		n[o.Word]++
		v.Ledger = append(v.Ledger, o)
	}
	for _, word := range []string{"read", "read before", "out of scope", "over budget", "failed", "guideline", "unknown"} {
		if n[word] > 0 {
			v.Counts = append(v.Counts, fmt.Sprintf("%d %s", n[word], word))
		}
	}
	sorting.StableBy(v.Ledger, func(a, b entryView) int { return hunkRank(a) - hunkRank(b) })
	if len(v.Ledger) > maxShown {
		v.MoreLedger, v.Ledger = len(v.Ledger)-maxShown, v.Ledger[:maxShown]
	}
}

func extentOf(extent advice.Extent) (class, word string) {
	switch extent {
	case advice.Whole:
		return "info", "read whole"
	case advice.Partial:
		return "warn", "read in part"
	}
	return "warn", "not read"
}

func hunkWord(status advice.Status) (class, word string) {
	switch status {
	case advice.Read:
		return "info", "read"
	case advice.Kept:
		return "info", "read before"
	case advice.OutOfScope:
		return "quiet", "out of scope"
	case advice.OverBudget:
		return "warn", "over budget"
	case advice.Failed:
		return "warn", "failed"
	case advice.Guideline:
		return "info", "guideline"
	}
	return "warn", "unknown"
}

func hunkRank(v entryView) int { return slices.Index([]string{"warn", "quiet", "info"}, v.Class) }

// draftWord describes the state of a draft. A draft without an inline comment went into the comment, or will be posted.
func draftWord(p thread.Finding, known bool, comments string) (class, word string) {
	switch {
	case !known && comments == "off":
		return "quiet", "in the comment alone"
	case !known:
		return "quiet", "not at lines"
	}
	switch p.State {
	case thread.Waiting:
		return "wait", "waits for release"
	case thread.Open:
		return "info", "at its line"
	case thread.Addressed:
		return "quiet", "addressed"
	case thread.Dismissed:
		return "quiet", "dismissed"
	case thread.Rejected:
		return "quiet", "refused by the forge"
	}
	return "quiet", string(p.State)
}

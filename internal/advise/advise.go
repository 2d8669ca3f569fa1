package advise

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/lintel-review/lintel/internal/advice"
	"github.com/lintel-review/lintel/internal/advise/excerpt"
	"github.com/lintel-review/lintel/internal/advise/lifecycle"
	"github.com/lintel-review/lintel/internal/advise/question"
	"github.com/lintel-review/lintel/internal/diff"
	"github.com/lintel-review/lintel/internal/llm"
	"github.com/lintel-review/lintel/internal/text"
)

// leastFence is the minimum number of random bytes for fences.
const leastFence = 16

// Advise looks at a change once: it asks for findings, checks them against the diff, asks once whether they are real,
// follows the earlier ones, and asks for a summary. When the model fails, the advice is smaller and says so;
// an error means that the context ended or that Tools are incomplete.
func Advise(ctx context.Context, in Input, t Tools) (advice.Advice, error) {
	switch {
	case t.Model == nil || t.Redactor == nil:
		return advice.Advice{}, errors.New("advise: no model or no redactor")
	case len(t.Fences) < leastFence:
		return advice.Advice{}, fmt.Errorf("advise: %d bytes for fences, of at least %d", len(t.Fences), leastFence)
	}
	in, _, err := redactSent(in, t.Redactor)
	if err != nil {
		return advice.Advice{}, err
	}
	in.Facts = slices.DeleteFunc(slices.Clone(in.Facts), func(f advice.Fact) bool { return !aboutCode(f) })
	l := newLook(in, t)
	if p := in.Previous; p != nil && p.Version == advice.Version && len(p.Problems) == 0 && p.Reviewed.Same(l.out.Reviewed) {
		l.repeat(*p)
		return l.out, ctx.Err()
	}
	if in.Options.Comments {
		l.find(ctx)
		l.verify(ctx)
	}
	l.follow()
	l.cap()
	if in.Options.Summary || in.Options.Tests {
		l.summarise(ctx)
	}
	l.finish()
	if err := ctx.Err(); err != nil {
		return advice.Advice{}, fmt.Errorf("advise: %w", err)
	}
	return l.out, nil
}

// Current reports whether advice may be posted on a head (G12): only on the head for which it was made. Outdated advice
// must be made again.
func Current(a advice.Advice, head string) bool { return a.Reviewed.Head == head }

// look is one look at one change.
type look struct {
	in     Input
	tools  Tools
	change excerpt.Change
	now    lifecycle.Now
	ids    map[string]string // path to the short id of a file
	near   []advice.File     // unchanged files that may concern the change
	out    advice.Advice

	asked  []excerpt.Hunk // shown to the first question
	status map[int]advice.Entry
	fresh  []advice.Draft // new findings, until they are verified
	notes  []advice.Draft // new findings that get no inline comment
	found  map[advice.Fingerprint]bool
	priced bool
	// contents are the lines of files at the head, redacted; nil for one that is not to be shown.
	contents map[string][]string
	// shared is the part of the prompts that all questions of this look begin with; empty when it is too large for that.
	shared string
	// questions are those that were sent, without repairs.
	questions int
}

func newLook(in Input, t Tools) *look {
	c := excerpt.Read(in.Files, in.Excluded)
	excerpt.Weigh(c.Hunks, in.Facts)
	l := &look{
		in:     in,
		tools:  t,
		change: c,
		ids:    map[string]string{},
		status: map[int]advice.Entry{},
		found:  map[advice.Fingerprint]bool{},
		priced: true,

		contents: map[string][]string{},
	}
	listed, whole := map[string]bool{}, len(in.Gaps) == 0
	for _, f := range c.Files {
		l.ids[f.Path], listed[f.Path] = f.ID, true
	}
	for _, p := range slices.Sorted(maps.Keys(in.Beside)) {
		f := advice.File{ID: fmt.Sprintf("P%d", len(c.Files)+len(l.near)+1), Path: p}
		l.ids[p], l.near = f.ID, append(l.near, f)
	}
	for _, f := range in.Files {
		whole = whole && f.Complete()
	}
	l.now = lifecycle.Now{
		Head: in.Head, MergeBase: in.MergeBase, Hunks: c.Hunks, Contents: in.Contents, Listed: listed, Whole: whole, OldPaths: c.OldPaths,
	}
	if in.Previous != nil {
		l.now.Before = in.Previous.Reviewed.MergeBase
	}
	l.out = advice.Advice{
		Version: advice.Version, Reviewed: reviewed(in, c), Extent: advice.Whole,
		Models: []string{}, Bullets: []advice.Bullet{}, Risk: advice.Risk{Level: advice.Low, Reasons: []advice.Bullet{}},
		Order:  []advice.Stop{},
		Drafts: []advice.Draft{}, Notes: []advice.Draft{}, Settled: []advice.Settled{}, Tests: advice.Tests{Cases: []advice.TestCase{}},
		Facts: append([]advice.Fact{}, in.Facts...), Files: append([]advice.File{}, c.Files...), Ledger: []advice.Entry{},
		NotRead: []advice.NotRead{}, Gates: map[advice.Gate]int{}, Problems: []advice.Problem{},
	}
	for _, g := range in.Gaps {
		l.notRead("part of the diff", g)
	}
	return l
}

// reviewed identifies the input of the look. It leaves out random bytes, time and the model's usage.
func reviewed(in Input, c excerpt.Change) advice.Reviewed {
	digests := diff.Digests(in.Files)
	patch := sha256.New()
	known := true
	for _, p := range slices.Sorted(maps.Keys(digests)) {
		if _, out := in.Excluded[p]; out {
			continue // a changed lock file alone needs no new look
		}
		known = known && digests[p] != ""
		fmt.Fprintf(patch, "%s\x00%s\n", p, digests[p])
	}
	for _, f := range c.Files {
		fmt.Fprintf(patch, "%s\n", f.Path)
	}
	r := advice.Reviewed{Head: in.Head, MergeBase: in.MergeBase, Prompt: question.Version, Config: config(in)}
	if known && len(in.Gaps) == 0 {
		r.Patch = text.DigestOf(patch)
	}
	r.Facts = name(in.Facts, in.Measured, in.Findings, in.Title, in.Body)
	return r
}

// config identifies the settings that shape the questions about findings.
func config(in Input) string {
	o := in.Options
	o.Window, o.MaxOutput, o.TokenRatio, o.PromptTokens, o.MaxCalls = 0, 0, 0, 0, 0
	return name(o, in.Guidance, in.Guides)
}

func name(parts ...any) string { return text.DigestJSON(parts) }

func (l *look) notRead(what, why string) {
	l.out.NotRead = append(l.out.NotRead, advice.NotRead{What: what, Why: why})
}

// ask asks one question and, when the answer cannot be read, asks once to repair it. decode reads the answer. ask returns
// false without a usable answer; the reason is then in the advice's problems. With a usable answer the reason says what
// is missing of it.
func (l *look) ask(ctx context.Context, q question.Question, decode func(text string) error) (bool, string) {
	o := l.in.Options
	if l.questions >= o.MaxCalls {
		return false, fmt.Sprintf("all %d questions of this look were used", o.MaxCalls)
	}
	complaint, why := "", ""
	for attempt := range 2 {
		r := q.Request(l.tools.Fences, attempt, complaint, q.Output(o.MaxOutput, o.Window), o.TokenRatio)
		a, err := l.tools.Model.Ask(ctx, r)
		if l.spend(r, a, err) && attempt == 0 {
			l.questions++ // a repair is none, so that it costs no other question
		}
		if err != nil {
			p := l.problem(q.Purpose(), err)
			if known, _ := llm.ProblemOf(err); known != nil && known.Learned {
				why = Words(p)
				continue // the same question, with more room
			}
			if p.Kind != llm.Broken {
				return false, Words(p)
			}
			complaint, why = "it was not what was asked for", "the model's answer could not be read, twice"
			continue
		}
		missing := ""
		if a.Finish == llm.Cut {
			missing = Words(l.problem(q.Purpose(), &llm.Problem{Kind: llm.Length, Detail: "the answer was cut at its limit of tokens"}))
			whole, ok := question.Whole(a.Text)
			if !ok {
				return false, missing
			}
			a.Text = whole
		}
		if len(a.Text) > llm.MaxAnswerBytes {
			err = errors.New("it is too long")
		} else {
			err = decode(a.Text)
		}
		if err == nil {
			if m := text.ClipBytes(strings.TrimSpace(a.Model), 200); m != "" && !slices.Contains(l.out.Models, m) {
				l.out.Models = append(l.out.Models, m)
				slices.Sort(l.out.Models)
			}
			return true, missing
		}
		complaint, why = err.Error(), "the model's answer could not be read, twice"
		l.out.Gates[advice.GateSchema]++
		l.problem(q.Purpose(), &llm.Problem{Kind: llm.Broken, Detail: "the answer could not be read: " + complaint})
	}
	return false, why
}

// spend adds the cost of a question, and reports whether anything was sent.
func (l *look) spend(r llm.Request, a llm.Answer, err error) bool {
	c := &l.out.Cost
	usage, price := a.Usage, a.MicroDollars
	if p, ok := llm.ProblemOf(err); ok {
		usage, price = p.Usage, p.MicroDollars
		if p.Kind == llm.Budget {
			return false
		}
	}
	if a.Cached {
		c.Kept++
		return false
	}
	c.Calls++
	c.Usage = c.Usage.Plus(usage)
	if err == nil && usage.In > 0 {
		c.Estimated += r.EstimateIn
	}
	if price == nil {
		l.priced = l.priced && usage == (llm.Usage{})
	} else {
		sum := *price
		if c.MicroDollars != nil {
			sum += *c.MicroDollars
		}
		c.MicroDollars = &sum
	}
	if !l.priced {
		c.MicroDollars = nil
	}
	return true
}

// problem records a failure. An error that is no llm.Problem comes from the adapter, and is reported as such.
func (l *look) problem(purpose llm.Purpose, err error) advice.Problem {
	p, ok := llm.ProblemOf(err)
	if !ok {
		p = &llm.Problem{Kind: llm.Server, Detail: "the model could not be asked"}
		if errors.Is(err, context.DeadlineExceeded) {
			p = &llm.Problem{Kind: llm.Timeout}
		}
	}
	kept := advice.Problem{
		Purpose: purpose, Kind: p.Kind, Detail: text.ClipBytes(p.Detail, 300), RetryAfter: int(p.RetryAfter.Seconds()),
		Resets: p.Resets, Passing: p.Passing(),
	}
	l.out.Problems = append(l.out.Problems, kept)
	return kept
}

// Words describe a problem to a reviewer.
func Words(p advice.Problem) string {
	switch p.Kind {
	case llm.Limited:
		return "the model's endpoint has no room now"
	case llm.Timeout:
		return "the model did not answer in time"
	case llm.Length:
		return "the model's answer was cut at its limit"
	case llm.Refusal:
		return "the model refused to answer"
	case llm.Filtered:
		return "the endpoint's filter withheld the answer"
	case llm.Empty:
		return "the model's answer was empty"
	case llm.Broken:
		return "the model's answer could not be read"
	case llm.Unreachable:
		return "the model could not be reached"
	case llm.Unauthorised:
		return "the model's endpoint refused our key"
	case llm.Budget:
		words := "a cap of tokens or money is reached"
		if p.Detail != "" {
			words = p.Detail
		}
		if !p.Resets.IsZero() {
			words += "; it ends " + p.Resets.UTC().Format("2006-01-02 15:04") + " UTC"
		}
		return words
	case llm.TooLarge:
		return "the question does not fit the model"
	case llm.Unusable:
		return "the model's endpoint does not take such questions"
	}
	return "the model's endpoint failed"
}

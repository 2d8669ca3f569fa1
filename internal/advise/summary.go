package advise

import (
	"context"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strings"

	"github.com/lintel-review/lintel/internal/advice"
	"github.com/lintel-review/lintel/internal/advise/excerpt"
	"github.com/lintel-review/lintel/internal/advise/gates"
	"github.com/lintel-review/lintel/internal/advise/question"
	"github.com/lintel-review/lintel/internal/text"
)

// Limits of a summary.
const (
	maxBullets    = 5
	maxRisks      = 3
	maxStops      = 5
	maxCases      = 3
	maxBullet     = 280
	maxCase       = 160
	maxSkeleton   = 2_000
	summaryTokens = 5_000
	maxListed     = 60
	maxTitle      = 300
	maxBody       = 2_000
)

// summarise asks what the change does. It comes last, and only it sees the title and the description, so they cannot
// influence a finding.
func (l *look) summarise(ctx context.Context) {
	o := l.in.Options
	if len(l.change.Hunks) == 0 {
		return
	}
	q := question.Sum(l.lead(), l.guides())
	var b strings.Builder
	if o.Summary {
		if t := strings.TrimSpace(l.in.Title); t != "" {
			b.WriteString("title: " + excerpt.Show(text.ClipBytes(t, maxTitle)) + "\n")
		}
		for _, line := range strings.Split(text.ClipBytes(strings.TrimSpace(l.in.Body), maxBody), "\n") {
			if line = strings.TrimSpace(line); line != "" {
				b.WriteString("description: " + excerpt.Show(line) + "\n")
			}
		}
	}
	in, out := l.asked, without(l.change.Hunks, l.asked)
	room := l.room(q) - excerpt.Tokens(b.String(), o.TokenRatio)
	if q.Data = l.shared; q.Data == "" || excerpt.Tokens(q.Data, o.TokenRatio) > room {
		facts := excerpt.Tokens(question.Facts(l.in.Facts, func(advice.Fact) bool { return true }, l.ids), o.TokenRatio)
		in, out = excerpt.Pack(l.change.Hunks, min(summaryTokens, room-facts), o.TokenRatio)
		q.Data = l.data(in)
	}
	shown := func(f advice.Fact) bool {
		return l.blind(f) && slices.ContainsFunc(in, func(h excerpt.Hunk) bool { return f.Path == "" || h.Touches(f) })
	}
	b.WriteString(question.Facts(l.in.Facts, func(f advice.Fact) bool { return !shown(f) }, l.ids))
	if len(out) > 0 {
		fmt.Fprintf(&b, "and %d hunks more that are not shown\n", len(out))
	}
	q.More = b.String()
	var s question.Summary
	ignored := 0
	ok, why := l.ask(ctx, q, func(text string) (err error) {
		s, ignored, err = question.ReadSummary(text)
		return err
	})
	l.drop(advice.GateKeys, ignored)
	if !ok {
		l.notRead("the summary", why)
		return
	}
	if why != "" {
		l.notRead("the end of the summary", why)
	}
	if !o.Comments {
		l.mark(in, advice.Read, "")
		l.mark(out, advice.OverBudget, "it did not fit the question")
	}
	if o.Summary {
		l.out.Bullets = l.citing(s.Bullets, maxBullets)
		l.out.Risk.Reasons = l.citing(s.Risks, maxRisks)
		l.order(s)
	}
	if o.Tests && l.in.Measured {
		l.tests(s)
	}
}

// without are the hunks that are not among others.
func without(all, others []excerpt.Hunk) []excerpt.Hunk {
	return slices.DeleteFunc(slices.Clone(all), func(h excerpt.Hunk) bool {
		return slices.ContainsFunc(others, func(o excerpt.Hunk) bool {
			return o.Path == h.Path && o.NewStart == h.NewStart && o.OldStart == h.OldStart && o.Digest == h.Digest
		})
	})
}

// citing keeps sentences with at least one citation, all of them known: a sentence that cites something unknown is not
// about this change.
func (l *look) citing(all []question.Cited, most int) []advice.Bullet {
	out := []advice.Bullet{}
	for _, c := range all {
		b := advice.Bullet{Files: []string{}, Facts: []string{}}
		known := true
		for _, id := range c.Files {
			p := l.path(id)
			known = known && p != ""
			if p != "" && !slices.Contains(b.Files, p) {
				b.Files = append(b.Files, p)
			}
		}
		for _, id := range c.Facts {
			_, ok := l.fact(id)
			known = known && ok
			if ok && !slices.Contains(b.Facts, id) {
				b.Facts = append(b.Facts, id)
			}
		}
		text, ok := l.clean(c.Text, maxBullet)
		switch {
		case !known || len(b.Files)+len(b.Facts) == 0:
			l.drop(advice.GatePath, 1)
		case !ok:
			l.drop(advice.GateOutput, 1)
		case len(out) == most:
			l.drop(advice.GateCaps, 1)
		default:
			b.Text = text
			out = append(out, b)
		}
	}
	return out
}

// clean is G11 for texts that belong to no line.
func (l *look) clean(text string, limit int) (string, bool) {
	text, _, err := l.tools.Redactor.Redact("answer", gates.Plain(text, limit))
	return text, err == nil && strings.TrimSpace(strings.ReplaceAll(text, "`", "")) != ""
}

func (l *look) path(id string) string {
	for _, f := range l.change.Files {
		if f.ID == id && !excerpt.Hidden(l.in.Excluded[f.Path]) {
			return f.Path
		}
	}
	return ""
}

func (l *look) fact(id string) (advice.Fact, bool) {
	i := slices.IndexFunc(l.in.Facts, func(f advice.Fact) bool { return f.ID == id })
	if i < 0 {
		return advice.Fact{}, false
	}
	return l.in.Facts[i], true
}

// order takes the model's reading order as far as it names files that were read; finish makes the order without a model.
func (l *look) order(s question.Summary) {
	for _, o := range s.Order {
		p := l.path(o.File)
		i := slices.IndexFunc(l.change.Hunks, func(h excerpt.Hunk) bool { return h.Path == p })
		why, ok := l.clean(o.Why, maxCase)
		if p == "" || i < 0 || !ok || slices.ContainsFunc(l.out.Order, func(s advice.Stop) bool { return s.Path == p }) {
			l.drop(advice.GatePath, 1)
			continue
		}
		best := l.change.Hunks[i]
		for _, h := range l.change.Hunks {
			if h.Path == p && h.Score > best.Score {
				best = h
			}
		}
		if l.out.Order = append(l.out.Order, advice.Stop{Path: p, Line: best.First(), Why: why}); len(l.out.Order) == maxStops {
			return
		}
	}
}

// tests keeps the test cases for uncovered lines of an existing function.
func (l *look) tests(s question.Summary) {
	for _, t := range s.Tests {
		f, ok := l.fact(t.Fact)
		p := l.path(t.File)
		if !ok || f.Kind != advice.Uncovered || p != f.Path {
			l.drop(advice.GateClaims, 1)
			continue
		}
		if !l.declares(f, t.Function) {
			l.drop(advice.GateNames, 1)
			continue
		}
		c := advice.TestCase{Path: p, Function: t.Function, Fact: f.ID}
		var okB, okI, okE bool
		c.Behaviour, okB = l.clean(t.Behaviour, maxCase)
		c.Input, okI = l.clean(t.Input, maxCase)
		c.Expected, okE = l.clean(t.Expected, maxCase)
		if !okB || !okI || !okE {
			l.drop(advice.GateOutput, 1)
			continue
		}
		if len(l.out.Tests.Cases) == maxCases {
			l.drop(advice.GateCaps, 1)
			continue
		}
		if t.Skeleton != nil {
			if c.Skeleton = l.skeleton(p, t.Function, *t.Skeleton); c.Skeleton == "" {
				l.drop(advice.GateFix, 1)
			}
		}
		l.out.Tests.Cases = append(l.out.Tests.Cases, c)
	}
}

// declares reports whether a function of that name encloses the uncovered lines, by the hunks or by the file.
func (l *look) declares(f advice.Fact, name string) bool {
	if name == "" {
		return false
	}
	for _, h := range l.change.Hunks {
		if !h.Touches(f) {
			continue
		}
		for i, line := range h.Lines {
			if line.Side == advice.Right && line.Number >= f.Start && line.Number <= f.End &&
				(h.Symbol(i) == name || excerpt.Declared(line.Text) == name) {
				return true
			}
		}
	}
	lines := strings.Split(l.in.Contents[f.Path], "\n")
	for i := min(f.Start, len(lines)) - 1; i >= 0; i-- {
		if d := excerpt.Declared(lines[i]); d != "" {
			return d == name
		}
	}
	return false
}

// skeleton keeps test code that parses, has at least one function and names the function under test. Only Go has
// a parser here, so other languages get no skeleton.
func (l *look) skeleton(path, function, code string) string {
	code = strings.TrimSpace(strings.ReplaceAll(code, "\r\n", "\n"))
	if !strings.HasSuffix(path, ".go") || len(code) > maxSkeleton {
		return ""
	}
	if text, n, err := l.tools.Redactor.Redact(path, code); err != nil || n > 0 || text != code {
		return ""
	}
	source := code
	if !strings.HasPrefix(code, "package ") {
		source = "package x\n" + code
	}
	file, err := parser.ParseFile(token.NewFileSet(), "x_test.go", source, parser.SkipObjectResolution)
	if err != nil || !slices.ContainsFunc(file.Decls,
		func(d ast.Decl) bool { f, ok := d.(*ast.FuncDecl); return ok && strings.HasPrefix(f.Name.Name, "Test") }) {
		return ""
	}
	named := false
	ast.Inspect(file, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok && id.Name == function {
			named = true
		}
		return true
	})
	if !named {
		return ""
	}
	return code
}

// Package oracle measures what the pipeline lets through: it puts the words of people who know the defects, at their own
// lines, in the model's place, and follows each through the packer, the gates and the caps. It needs no model. What a
// model finds can only be less.
//
// Callers may rely on: equal suites give equal figures; a report has figures alone, no text and no name of a case.
package oracle

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/lintel-review/lintel/internal/advice"
	"github.com/lintel-review/lintel/internal/advise"
	"github.com/lintel-review/lintel/internal/advise/excerpt"
	"github.com/lintel-review/lintel/internal/advise/gates"
	"github.com/lintel-review/lintel/internal/advise/prepare"
	"github.com/lintel-review/lintel/internal/eval/cases"
	"github.com/lintel-review/lintel/internal/lazyregexp"
	"github.com/lintel-review/lintel/internal/llm"
	"github.com/lintel-review/lintel/internal/settings"
)

// Windows are the models' windows that a suite is measured with, in tokens: a small one, that of a model that nobody
// described, and one that is larger than any prompt.
var Windows = []int{8_192, 16_384, 128_000}

// mostUnchanged is how many unchanged files are looked at, as "lintel check" does.
const mostUnchanged = 200

// fences are the same each time, so that equal suites give equal prompts.
var fences = []byte("an oracle has no secrets to keep")

// comment is one labelled comment and what becomes of it.
type comment struct {
	want  cases.Want
	right bool
	raw   gates.Raw
	// placed is false when its lines are in no hunk.
	placed     bool
	path       string
	side       advice.Side
	start, end int
	// gate is the one that drops it, folded the one that makes it a note, at its labelled lines and with everything shown.
	gate, folded advice.Gate
}

// scene is one change with its comments.
type scene struct {
	in       advise.Input
	hunks    []excerpt.Hunk
	comments []*comment
	check    gates.Context
}

// open prepares a case as the server would, with all its comments placed in the hunks.
func open(c *cases.Case, r advise.Redactor, level string) (*scene, error) {
	set := settings.Default().Advise
	set.Enabled, set.Context = true, level != "diff"
	in, err := prepare.Input(c.Snapshot(1), nil, set)
	if err != nil {
		return nil, fmt.Errorf("%s: prepare: %w", c.Name, err)
	}
	in.Now = cases.Taken
	for _, f := range prepare.Wanted(in) {
		if text, ok := c.Trees[1][f.Path]; ok {
			in.Contents[f.Path] = text
		}
	}
	if level != "diff" {
		own := set
		own.Guidelines, own.Context = false, level == "repository"
		from := prepare.Source{Tree: c.Base, Read: c.Read, Index: &prepare.Index{}, Most: mostUnchanged}
		if err := prepare.AddBeside(&in, own, from); err != nil {
			return nil, fmt.Errorf("%s: prepare: %w", c.Name, err)
		}
	}
	if in, _, err = advise.Redact(in, r); err != nil {
		return nil, fmt.Errorf("%s: redact: %w", c.Name, err)
	}
	change := excerpt.Read(in.Files, in.Excluded)
	excerpt.Weigh(change.Hunks, in.Facts)
	hunks := change.Hunks
	if in.Options.ContextTokens > 0 {
		paths := []string{}
		for _, f := range change.Files {
			paths = append(paths, f.Path)
		}
		content := func(path string) ([]string, bool) {
			body, ok := in.Contents[path]
			if !ok {
				body, ok = in.Beside[path]
			}
			return strings.Split(body, "\n"), ok
		}
		var near []advice.File
		for _, p := range slices.Sorted(maps.Keys(in.Beside)) {
			near = append(near, advice.File{ID: fmt.Sprintf("P%d", len(change.Files)+len(near)+1), Path: p})
		}
		hunks = excerpt.Surround(hunks, paths, near, content, in.Options.ContextTokens, in.Options.TokenRatio)
	}
	s := &scene{in: in, hunks: hunks, check: gates.Context{
		Hunks: hunks, OldPaths: change.OldPaths, Facts: in.Facts, Names: in.Names, Contents: in.Contents,
		Beside: in.Beside, Redact: r.Redact,
	}}
	for _, w := range c.Expect.Find {
		s.comments = append(s.comments, s.place(c, w, true))
	}
	for _, w := range c.Expect.Never {
		s.comments = append(s.comments, s.place(c, w, false))
	}
	return s, nil
}

// place writes a labelled comment as a finding. A range that leaves its hunk is cut to it, as a model would that sees
// nothing else.
func (s *scene) place(c *cases.Case, w cases.Want, right bool) *comment {
	out := &comment{want: w, right: right, path: w.Path, side: advice.Right}
	if w.Side == "left" {
		out.side = advice.Left
	}
	if len(w.Lines) == 2 {
		out.start, out.end = w.Lines[0], w.Lines[1]
	} else {
		out.start, out.end, _ = c.Place(w.At, 1)
	}
	var lines []excerpt.Line
	for _, h := range s.hunks {
		if h.Path != w.Path {
			continue
		}
		var own []excerpt.Line
		for _, l := range h.Lines {
			if l.Side == out.side && l.Number >= out.start && l.Number <= out.end {
				own = append(own, l)
			}
		}
		if len(own) > len(lines) {
			lines = own
		}
	}
	if len(lines) == 0 {
		out.gate = advice.GateIDs
		return out
	}
	out.placed, out.start, out.end = true, lines[0].Number, lines[len(lines)-1].Number
	var code []string
	for _, l := range lines {
		code = append(code, l.Text)
	}
	out.raw = gates.Raw{
		File: w.Path, StartID: lines[0].ID, EndID: lines[len(lines)-1].ID, Code: strings.Join(code, "\n"), Category: "correctness",
		Level: "high", Message: message(w), Claim: "none",
	}
	res := s.check.Check(out.raw)
	out.gate, out.folded = res.Dropped, res.Folded
	return out
}

// message is what the comment says.
func message(w cases.Want) string {
	if w.Keywords != "" {
		return w.Keywords
	}
	return "This is wrong: " + w.Text
}

// speaker is the oracle: it says every comment whose lines it is shown, and keeps all.
type speaker struct {
	comments []*comment
	shown    map[*comment]bool
}

var (
	fileLine = lazyregexp.New(`^file (P\d+) (.*?)(?: \+\d+ -\d+.*)?$`)
	codeLine = lazyregexp.New(`^([RL]\d+) [ +-] `)
	itemLine = lazyregexp.New(`(?m)^finding (N\d+) at (\S+) `)
)

func (o *speaker) Ask(_ context.Context, r llm.Request) (llm.Answer, error) {
	var reply any
	switch r.Purpose {
	case llm.Find:
		reply = map[string]any{"findings": o.find(r.User)}
	case llm.Verify:
		list := []map[string]any{}
		for _, m := range itemLine.FindAllStringSubmatch(r.User, -1) {
			list = append(list, map[string]any{"id": m[1], "evidence_ids": []string{m[2]}, "keep": true, "reason": "real"})
		}
		reply = map[string]any{"judgements": list}
	default:
		reply = map[string]any{"bullets": []any{}, "risks": []any{}, "order": []any{}, "tests": []any{}}
	}
	raw, err := json.Marshal(reply)
	if err != nil {
		return llm.Answer{}, fmt.Errorf("write an answer: %w", err)
	}
	return llm.Answer{Text: string(raw), Model: "oracle", Finish: llm.Stop}, nil
}

func (o *speaker) find(prompt string) []gates.Raw {
	seen := map[string]bool{}
	path := ""
	for _, l := range strings.Split(prompt, "\n") {
		if m := fileLine.FindStringSubmatch(l); m != nil {
			path = m[2]
		} else if m := codeLine.FindStringSubmatch(l); m != nil {
			seen[path+" "+m[1]] = true
		}
	}
	out := []gates.Raw{}
	for _, c := range o.comments {
		if c.placed && !o.shown[c] && seen[c.path+" "+c.raw.StartID] && seen[c.path+" "+c.raw.EndID] {
			o.shown[c] = true
			raw := c.raw
			raw.Facts = []string{}
			out = append(out, raw)
		}
	}
	return out
}

// Levels are how much a model is shown: the diff, the functions around it and those of changed files, or unchanged files
// that concern it, too.
var Levels = []string{"diff", "file", "repository"}

// Play measures a suite. redactor is new for each case; level is one of Levels.
func Play(ctx context.Context, suite map[string]cases.Case, redactor func() advise.Redactor, level string) (Report, error) {
	out := newReport()
	for _, name := range slices.Sorted(maps.Keys(suite)) {
		c := suite[name]
		if len(c.Expect.Find)+len(c.Expect.Never) == 0 {
			continue
		}
		s, err := open(&c, redactor(), level)
		if err != nil {
			return out, err
		}
		out.Cases++
		for _, one := range s.comments {
			out.gate(one)
		}
		for _, window := range Windows {
			in := s.in
			in.Options.Window = window
			model := &speaker{comments: s.comments, shown: map[*comment]bool{}}
			a, err := advise.Advise(ctx, in, advise.Tools{Model: model, Redactor: redactor(), Fences: fences})
			if err != nil {
				return out, fmt.Errorf("%s: advise: %w", name, err)
			}
			out.window(window, s.comments, model.shown, a)
			if window == Windows[len(Windows)-1] {
				out.rank(s, a)
			}
		}
	}
	return out, nil
}

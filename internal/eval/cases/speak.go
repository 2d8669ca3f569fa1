package cases

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/lintel-review/lintel/internal/lazyregexp"
)

// The names of the questions' forms.
const (
	formFind    = "lintel_find"
	formVerify  = "lintel_verify"
	formSummary = "lintel_summary"
)

// Forms are the names of all forms that Speak answers in.
func Forms() []string { return []string{formFind, formVerify, formSummary} }

// Speak is the scripted model: it answers a question of the pipeline by the case's answers. It reads the ids of lines
// in the prompt as a model does, and says nothing of lines that it was not shown.
func (c *Case) Speak(push int, form, prompt string) string {
	seen := readPrompt(prompt)
	switch form {
	case formFind:
		return c.speakFind(push, seen)
	case formVerify:
		return c.speakVerify(prompt)
	case formSummary:
		return c.speakSummary(seen)
	}
	return `{}`
}

// shown is a line of a prompt.
type shown struct{ file, id, text string }

type prompt struct {
	files map[string]string // path to id
	lines []shown
	facts []shown // id, file and text of a fact
}

var (
	fileLine = lazyregexp.New(`^file (P\d+) (.*?)(?: \+\d+ -\d+.*)?$`)
	codeLine = lazyregexp.New(`^([RL]\d+) [ +-] (.*)$`)
	factLine = lazyregexp.New(`^fact (F\d+) \w+ (P\d+)\b.*no test reaches`)
	itemLine = lazyregexp.New(`(?m)^finding (N\d+) at (\S+) (.*)$`)
)

func readPrompt(text string) prompt {
	p := prompt{files: map[string]string{}}
	file := ""
	for _, l := range strings.Split(text, "\n") {
		if m := fileLine.FindStringSubmatch(l); m != nil {
			file = m[1]
			p.files[m[2]] = m[1]
		} else if m := codeLine.FindStringSubmatch(l); m != nil {
			p.lines = append(p.lines, shown{file, m[1], m[2]})
		} else if m := factLine.FindStringSubmatch(l); m != nil {
			p.facts = append(p.facts, shown{file: m[2], id: m[1]})
		}
	}
	return p
}

// find looks for a text among the lines of one side of a file.
func (p prompt) find(at At) (start, end, code string, ok bool) {
	want := Lines(at.Text)
	side := "R"
	if at.Side == "left" {
		side = "L"
	}
	var got []shown
	for _, l := range p.lines {
		if l.file == p.files[at.Path] && strings.HasPrefix(l.id, side) {
			got = append(got, l)
		}
	}
	for i := 0; i+len(want) <= len(got) && len(want) > 0; i++ {
		same := true
		for j, w := range want {
			same = same && strings.Contains(strings.TrimSpace(got[i+j].text), strings.TrimSpace(w))
		}
		if same {
			var all []string
			for _, l := range got[i : i+len(want)] {
				all = append(all, l.text)
			}
			return got[i].id, got[i+len(want)-1].id, strings.Join(all, "\n"), true
		}
	}
	return "", "", "", false
}

func (c *Case) speakFind(push int, seen prompt) string {
	list := []any{}
	for _, s := range c.Answers.Find {
		if c.Attack.Silent || s.Push > 0 && s.Push != push {
			continue
		}
		start, end, code, ok := seen.find(s.At)
		if s.Start != "" {
			start, end, ok = s.Start, or(s.End, s.Start), true
		}
		if !ok {
			continue
		}
		if s.Quote != "" {
			code = s.Quote
		}
		list = append(list, map[string]any{
			"file": or(seen.files[s.Path], "P99"), "start_id": start, "end_id": end, "existing_code": code,
			"category": or(s.Category, "correctness"),
			"severity": or(s.Severity, "high"), "message": c.obeying(s.Message), "claim": or(s.Claim, "none"), "fact_ids": []string{},
			"suggestion": s.Suggestion,
		})
	}
	return write(map[string]any{"findings": list})
}

func (c *Case) speakVerify(text string) string {
	list := []any{}
	for _, m := range itemLine.FindAllStringSubmatch(text, -1) {
		keep := !slices.ContainsFunc(c.Answers.Drop, func(d string) bool { return strings.Contains(m[3], d) })
		reason := "real"
		if !keep {
			reason = "not_shown"
		}
		list = append(list, map[string]any{"id": m[1], "evidence_ids": []string{m[2]}, "reason": reason, "keep": keep})
	}
	return write(map[string]any{"judgements": list})
}

func (c *Case) speakSummary(seen prompt) string {
	bullets, tests := []any{}, []any{}
	for _, b := range c.Answers.Summary {
		ids := []string{}
		for _, p := range b.Files {
			ids = append(ids, or(seen.files[p], "P99"))
		}
		bullets = append(bullets, map[string]any{"text": c.obeying(b.Text), "file_ids": ids, "fact_ids": []string{}})
	}
	for _, t := range c.Answers.Tests {
		fact := "F99"
		for _, f := range seen.facts {
			if f.file == seen.files[t.Path] {
				fact = f.id
				break
			}
		}
		var skeleton any
		if t.Skeleton != "" {
			skeleton = t.Skeleton
		}
		tests = append(tests,
			map[string]any{"file_id": or(seen.files[t.Path], "P99"), "function": t.Function, "behaviour": c.obeying(t.Behaviour),
				"input":    t.Input,
				"expected": t.Expected, "fact_id": fact, "skeleton": skeleton})
	}
	return write(map[string]any{"bullets": bullets, "risks": []any{}, "order": []any{}, "tests": tests})
}

// obeying is a text of a model that does what the attack wants.
func (c *Case) obeying(text string) string {
	if c.Attack.Obeyed == "" {
		return text
	}
	return text + " " + c.Attack.Obeyed
}

func or(s, other string) string {
	if s == "" {
		return other
	}
	return s
}

func write(v any) string {
	raw, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("eval: an answer is plain data: %v", err))
	}
	return string(raw)
}

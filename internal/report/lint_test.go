package report

import (
	"fmt"
	"strings"
	"testing"
)

func TestLintCollector(t *testing.T) {
	c := NewLintCollector()
	was := "x"
	for _, f := range []LintFinding{
		{Tool: " eslint ", Rule: "semi", Path: "a.js", Line: 3, Message: " text "},
		{Tool: "eslint", Severity: Error, Path: "a.js", Line: 3, EndLine: 1, EndColumn: 7},
		{Tool: "eslint", Line: 0, EndLine: 9, Message: "\xff"},
		{Tool: "ruff", Line: 1, Message: strings.Repeat("é", 5000), Fix: []Edit{{Line: 2, EndLine: 1, Text: "new"}}},
		{Tool: "ruff", Line: 1, Fix: []Edit{{Line: 1, EndLine: 1, Text: strings.Repeat("x", 9000), Was: &was}}},
		{Tool: "ruff", Line: 1, Fix: []Edit{{Line: 3, EndLine: 1}}},
		{Tool: "ruff", Line: 1, Fix: []Edit{{Line: 0, EndLine: 0}}},
		{Tool: "ruff", Line: 1, Fix: make([]Edit, 51)},
	} {
		if err := c.Add(f); err != nil {
			t.Fatal(err)
		}
	}
	for _, f := range []LintFinding{
		{Tool: "x", Line: -1},
		{Tool: "x", Column: MaxLine + 1},
		{Tool: "x", Path: "a\nb"},
		{Tool: "x", Path: strings.Repeat("a", 5000)},
	} {
		if err := c.Add(f); err == nil || len(err.Error()) > 400 {
			t.Errorf("%.100v is taken: %.100v", f, err)
		}
	}
	if err := c.Fail("mypy", ""); err != nil {
		t.Fatal(err)
	}
	if err := c.Fail("mypy", "again"); err != nil {
		t.Fatal(err)
	}
	l := c.Finish()
	if got := fmt.Sprint(l.Tools); got != "[{eslint false } {ruff false } {mypy true the report does not say why}]" {
		t.Error(got)
	}
	f := l.Findings
	if len(f) != 8 || f[0].Severity != Warning || f[0].EndLine != 3 || f[0].Unit != Characters || f[0].Message != "text" ||
		f[1].EndColumn != 0 || f[2].EndLine != 0 || f[2].Message != "\uFFFD" {
		t.Errorf("%+v", f)
	}
	if n := len(f[3].Message); n > maxMessage+5 || len(f[3].Fix) != 1 {
		t.Errorf("a message of %d bytes, fix %v", n, f[3].Fix)
	}
	for _, f := range f[4:] {
		if f.Fix != nil {
			t.Errorf("%.100v is kept", f.Fix)
		}
	}
	if len(l.Notes) != 1 {
		t.Error(l.Notes)
	}
	late := NewLintCollector() // nothing names its tool before the end
	if err := late.Add(LintFinding{Rule: "r"}); err != nil {
		t.Fatal(err)
	}
	late.Assume("late", Notice)
	late.Count("", "r", "", 2)
	if got := fmt.Sprint(late.Finish()); !strings.HasPrefix(got, "{[{late false }] [ notice late r: ] ") ||
		!strings.Contains(got, "[{late r notice 2}]") {
		t.Error(got)
	}
	if got := NewLintCollector().Finish().Tools; len(got) != 0 {
		t.Error(got) // nothing names a tool, so none is known to have run
	}
	unnamed := NewLintCollector()
	if err := unnamed.Add(LintFinding{Rule: "r"}); err != nil {
		t.Fatal(err)
	}
	if got := unnamed.Finish().Tools; len(got) != 1 || got[0].Name != Unnamed {
		t.Error(got)
	}
	for i := range maxTools + 1 {
		if err := c.Tool(fmt.Sprint(i)); err != nil {
			return
		}
	}
	t.Error("tools without end are taken")
}

// TestLintLimits holds that what is beyond the limits is counted by rule, and that long texts count as well as many findings.
func TestLintLimits(t *testing.T) {
	for _, tc := range []struct {
		message, source string
		more            bool
	}{{"short", "", false}, {strings.Repeat("m", maxMessage), strings.Repeat("s", maxSource), true}} {
		c := NewLintCollector()
		const n = MaxFindings + 3000
		for i := range n {
			if err := c.Add(
				LintFinding{
					Tool:    "t",
					Rule:    fmt.Sprint("r", i%3),
					Path:    "p",
					Line:    1,
					Message: tc.message,
					Source:  tc.source,
				}); err != nil {
				t.Fatal(err)
			}
		}
		l := c.Finish()
		sum := 0
		for _, r := range l.Rest {
			sum += r.Count
		}
		if len(l.Findings)+l.More != n || sum != l.More || (len(l.Findings) < MaxFindings) != tc.more || len(l.Rest) != 3 ||
			l.Rest[0].Count < l.Rest[2].Count {
			t.Errorf("%d findings, %d more, rest %v", len(l.Findings), l.More, l.Rest)
		}
	}
	c := NewLintCollector()
	for i := range MaxFindings + 2*MaxRules {
		if err := c.Add(LintFinding{Tool: "t", Rule: fmt.Sprint(i)}); err != nil {
			t.Fatal(err)
		}
	}
	if l := c.Finish(); len(l.Rest) != MaxRules || l.More != 2*MaxRules {
		t.Errorf("%d rules, %d more", len(l.Rest), l.More)
	}
	for i := range MaxNotes + 2 {
		c.Note("n%d", i)
	}
	if l := c.Finish(); l.Notes[MaxNotes] != "and 2 notes more" {
		t.Error(l.Notes)
	}
}

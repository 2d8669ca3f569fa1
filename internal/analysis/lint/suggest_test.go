package lint

import (
	"fmt"
	"strings"
	"testing"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/diff"
	"github.com/lintel-review/lintel/internal/report"
)

func TestSuggestion(t *testing.T) {
	was := func(s string) *string { return &s }
	edit := func(line, column, endLine, endColumn int, text string) report.Edit {
		return report.Edit{Line: line, Column: column, EndLine: endLine, EndColumn: endColumn, Text: text}
	}
	whole := func(line, endLine int, text string, was *string) report.Edit {
		return report.Edit{Line: line, EndLine: endLine, Text: text, Was: was}
	}
	for name, c := range map[string]struct {
		edits []report.Edit
		want  string
	}{
		"whole lines":                {[]report.Edit{whole(3, 3, "var a = 1\n", was("var a  = 1\n"))}, `3-3 "var a = 1\n"`},
		"two lines":                  {[]report.Edit{whole(3, 4, "var a = 1\nvar b = 2\n", nil)}, `3-4 "var a = 1\nvar b = 2\n"`},
		"only what differs":          {[]report.Edit{whole(2, 4, "\nvar a  = 1\nvar b = 2\n", nil)}, `4-4 "var b = 2\n"`},
		"other text there":           {[]report.Edit{whole(3, 3, "var a = 1\n", was("var a   = 1\n"))}, ""},
		"columns":                    {[]report.Edit{edit(3, 6, 3, 8, " ")}, `3-3 "var a = 1\n"`},
		"several edits":              {[]report.Edit{edit(4, 1, 4, 2, ""), edit(3, 6, 3, 8, " ")}, `3-4 "var a = 1\nvar b = 2\n"`},
		"edits that overlap":         {[]report.Edit{edit(3, 1, 3, 8, "x"), edit(3, 6, 3, 8, " ")}, ""},
		"two insertions at one spot": {[]report.Edit{edit(3, 1, 3, 1, "x"), edit(3, 1, 3, 1, "y")}, ""},
		"to the end of the line":     {[]report.Edit{edit(3, 6, 3, 0, " = 2")}, `3-3 "var a = 2\n"`},
		"a whole line away":          {[]report.Edit{edit(4, 1, 5, 1, "")}, `4-4 ""`},
		"all lines away":             {[]report.Edit{whole(3, 4, "", nil)}, `3-4 ""`},
		"text before a line":         {[]report.Edit{whole(3, 2, "// a\n", nil)}, `3-3 "// a\nvar a  = 1\n"`},
		"text behind the hunk":       {[]report.Edit{whole(7, 6, "// a\n", nil)}, `6-6 "\tcall()\n// a\n"`},
		"across hunks":               {[]report.Edit{whole(6, 11, "x\n", nil)}, ""},
		"a line that is not shown":   {[]report.Edit{whole(8, 8, "x\n", nil)}, ""},
		"beyond the line":            {[]report.Edit{edit(3, 6, 3, 80, "")}, ""},
		"beyond the file":            {[]report.Edit{edit(99, 1, 99, 2, "")}, ""},
		"nothing new":                {[]report.Edit{whole(3, 3, "var a  = 1\n", nil)}, ""},
		"no line end":                {[]report.Edit{whole(3, 3, "var a = 1", nil)}, ""},
		"glued to the next line":     {[]report.Edit{edit(3, 6, 4, 1, "")}, `3-4 "var a\tvar b = 2\n"`},
		"unseen characters":          {[]report.Edit{whole(3, 3, "var a\u202e = 1\n", nil)}, ""},
		"a carriage return":          {[]report.Edit{whole(3, 3, "var a = 1\r\n", nil)}, `3-3 "var a = 1\n"`},
		"a lone carriage return":     {[]report.Edit{whole(3, 3, "var\ra = 1\n", nil)}, ""},
		"too long":                   {[]report.Edit{whole(3, 3, strings.Repeat("x\n", 3000), nil)}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			f := at("cart.go", 3)
			f.Fix = c.edits
			facts := Analyse(snapshot(t, of(f)), options())
			got := ""
			if s := facts.Findings[0].Suggestion; s != nil {
				got = fmt.Sprintf("%d-%d %q", s.Line, s.EndLine, s.Text)
			}
			if got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

// TestUnits holds that columns are counted as the tool counts them.
func TestUnits(t *testing.T) {
	const text = `x = "é😀"  + y`
	for unit, columns := range map[report.Unit][2]int{report.Characters: {9, 10}, report.UTF16: {10, 11}, report.Bytes: {13, 14}} {
		f := report.LintFinding{
			Rule: "r",
			Path: "a",
			Line: 1,
			Unit: unit,
			Fix:  []report.Edit{{Line: 1, Column: columns[0], EndLine: 1, EndColumn: columns[1], Text: ""}},
		}
		s := &change.Snapshot{Tree: []string{"a"}, Reports: []report.Report{of(f)},
			Files: []diff.File{{Path: "a", Status: diff.Added, State: diff.Text,
				Hunks: []diff.Hunk{{NewStart: 1, NewLines: 1, Lines: []diff.Line{{Op: diff.Add, Text: text}}}}}}}
		got := Analyse(s, options()).Findings[0].Suggestion
		if got == nil || got.Text != "x = \"é😀\" + y\n" {
			t.Errorf("%s: %+v", unit, got)
		}
	}
	for _, c := range []struct {
		unit  report.Unit
		units int
	}{{report.Bytes, 1}, {report.UTF16, 2}, {report.Characters, 9}, {report.Bytes, 99}} {
		if got := offset("é😀", c.units, c.unit); got != -1 {
			t.Errorf("%d %s are %d bytes", c.units, c.unit, got)
		}
	}
}

// TestLineEnds holds that lines with carriage returns and a last line without an end are left alone: no suggestion
// could keep them as they are.
func TestLineEnds(t *testing.T) {
	for _, line := range []diff.Line{
		{Op: diff.Add, Text: "x\r"},
		{Op: diff.Add, Text: "x", NoNewline: true},
		{Op: diff.Add, Text: "x\xff"},
	} {
		f := at("a", 1)
		f.Fix = []report.Edit{{Line: 1, EndLine: 1, Text: "y\n"}}
		s := &change.Snapshot{Tree: []string{"a"}, Reports: []report.Report{of(f)},
			Files: []diff.File{{Path: "a", Status: diff.Added, State: diff.Text,
				Hunks: []diff.Hunk{{NewStart: 1, NewLines: 1, Lines: []diff.Line{line}}}}}}
		if got := Analyse(s, options()).Findings[0].Suggestion; got != nil {
			t.Errorf("%+v: %+v", line, got)
		}
	}
}

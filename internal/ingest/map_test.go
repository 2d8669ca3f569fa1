package ingest

import (
	"context"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/diff"
	"github.com/lintel-review/lintel/internal/report"
	"github.com/lintel-review/lintel/internal/upload"
)

// lines makes the lines of a hunk: one letter for each, "+" only the measured commit, "-" only the head, "=" both.
func lines(ops string) (out []diff.Line) {
	for _, c := range ops {
		op := diff.Op(c)
		if c == '=' {
			op = diff.Context
		}
		out = append(out, diff.Line{Op: op})
	}
	return out
}

func TestLinesAreCarriedOver(t *testing.T) {
	hit := func(from, to int) report.LineRange { return report.LineRange{From: from, To: to, State: report.Hit} }
	for name, c := range map[string]struct {
		hunks []diff.Hunk
		want  []report.LineRange
	}{
		"nothing differs":       {nil, []report.LineRange{hit(1, 10)}},
		"two lines more on top": {[]diff.Hunk{{OldStart: 0, NewStart: 1, NewLines: 2, Lines: lines("++")}}, []report.LineRange{hit(1, 8)}},
		"two lines less on top": {[]diff.Hunk{{OldStart: 1, OldLines: 2, NewStart: 0, Lines: lines("--")}}, []report.LineRange{hit(3, 12)}},
		"one replaced": {[]diff.Hunk{{OldStart: 3, OldLines: 3, NewStart: 3, NewLines: 3, Lines: lines("=-+=")}},
			[]report.LineRange{hit(1, 3), hit(5, 10)}},
		"one more in the middle, one less below": {
			[]diff.Hunk{
				{OldStart: 2, OldLines: 1, NewStart: 2, NewLines: 2, Lines: lines("=+")},
				{OldStart: 6, OldLines: 2, NewStart: 7, NewLines: 1, Lines: lines("=-")},
			},
			[]report.LineRange{hit(1, 6), hit(8, 10)}},
	} {
		got := carryLines(segments(diff.File{Hunks: c.hunks}), []report.LineRange{hit(1, 10)})
		if d := cmp.Diff(c.want, got); d != "" {
			t.Errorf("%s:\n%s", name, d)
		}
	}
}

type forest change.Tree

func (f forest) Tree(context.Context, change.Ref, string) (change.Tree, error) {
	return change.Tree(f), nil
}

// TestNamesAreThoseOfTheSettings holds that a report of a merge commit is carried over to the head under the names that
// the settings' roots and fixes give to its files: the base put two lines on top of web/src/a.js, and nothing into the
// root's src/a.js.
func TestNamesAreThoseOfTheSettings(t *testing.T) {
	drift := &upload.Drift{
		Complete: true,
		Files: []diff.File{
			{
				Path:   "web/src/a.js",
				Status: diff.Modified,
				State:  diff.Text,
				Hunks:  []diff.Hunk{{OldStart: 0, NewStart: 1, NewLines: 2, Lines: lines("++")}},
			},
		},
	}
	paths := []string{"src/a.js", "web/src/a.js", "web/src/b.js"}
	for name, c := range map[string]struct{ settings, file, want string }{
		"no settings": {"", "src/a.js", "src/a.js: 3-9 hit"},
		"a root":      {"version: 1\ncoverage: {roots: [web]}\nlint: {roots: [web]}\n", "src/a.js", "src/a.js: 1-7 hit"},
		"a fix": {"version: 1\ncoverage: {fixes: [\"/build/::web/\"]}\nlint: {fixes: [\"/build/::web/\"]}\n",
			"/build/src/a.js", "/build/src/a.js: 1-7 hit"},
		"broken settings": {"version: 1\ncoverage: {roots: 3}\n", "src/a.js", "src/a.js: 3-9 hit"},
		"up from a root": {"version: 1\ncoverage: {roots: [web/test]}\nlint: {roots: [web/test]}\n", "../src/a.js",
			"../src/a.js: 1-7 hit"},
		"settings too long": {"version: 1\n#" + strings.Repeat("x", 300<<10), "src/a.js", "src/a.js: 3-9 hit"},
	} {
		v := &Receiver{options: Options{
			Trees: forest{Paths: paths, Settings: &change.File{Path: ".github/lintel.yml", Content: []byte(c.settings)}}}}
		width := []report.LineFact{{Line: 3, Value: 7}}
		r := &report.Report{
			Kind: report.CoverageKind,
			Coverage: &report.Coverage{
				Files: []report.FileCoverage{
					{
						Path:     c.file,
						Lines:    []report.LineRange{{From: 3, To: 9, State: report.Hit}},
						Evidence: &report.Evidence{Lines: 9, Widths: width},
					},
				}},
		}
		if err := v.mapOnto(t.Context(), grant{drift: drift}, "head", r); err != nil {
			t.Fatal(name, err)
		}
		f := r.Coverage.Files[0]
		if got := f.String(); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
		if moved := f.Lines[0].From == 1; moved && (f.Evidence.Lines != 0 || f.Evidence.Widths[0].Line != 1) || !moved &&
			f.Evidence.Lines != 9 {
			t.Errorf("%s: %+v", name, f.Evidence)
		}
		l := &report.Report{Kind: report.LintKind, Lint: &report.Lint{Findings: []report.LintFinding{{Path: c.file, Line: 3, EndLine: 3}}}}
		if err := v.mapOnto(t.Context(), grant{drift: drift}, "head", l); err != nil {
			t.Fatal(name, err)
		}
		if got := l.Lint.Findings[0]; got.Line != f.Lines[0].From {
			t.Errorf("%s: the finding is at %s:%d", name, got.Path, got.Line)
		}
	}
}

func TestNamesInArtifacts(t *testing.T) {
	for name, want := range map[string]bool{
		"cover.out": true, "a/b.out": true, "": false, ".": false, "..": false, "../x": false, "a/../../x": false, "a/../x": false,
		"/x": false, `a\..\x`: false, "C:x": false, "a//b": false, "./a": false, "a\x00b": false,
	} {
		if got := local(name); got != want {
			t.Errorf("%q: %v", name, got)
		}
	}
}

package coverage

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/diff"
	"github.com/lintel-review/lintel/internal/report"
	"github.com/lintel-review/lintel/internal/settings"
)

// cases are whole changes with their reports and what the facts must say, one archive each. The letters are the worked
// cases of docs/coverage.md.
//
//	settings.yml     the key coverage
//	change.diff      the change
//	tree             the paths at the head, one a line; without it the tree was not read
//	head/FLAG, base/FLAG    reports as "path: 1-3 hit, 5 miss" lines; the flag "-" is none. A line "sha X" or "author"
//	                        or "problem X" says more.
//	want             lines of key: value
func TestCases(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) < 14 {
		t.Fatalf("%d cases, %v", len(files), err)
	}
	for _, name := range files {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) {
			text, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			s, opt, want := scene(t, txtar.Parse(text))
			got := said(Analyse(s, opt))
			for line := range strings.Lines(want) {
				if !strings.Contains(got, line) {
					t.Errorf("not said: %sall that is said:\n%s", line, got)
				}
			}
		})
	}
}

func scene(t *testing.T, archive *txtar.Archive) (*change.Snapshot, settings.Coverage, string) {
	t.Helper()
	s := &change.Snapshot{Head: change.Rev{SHA: "head"}, MergeBase: "base", Controls: change.Controls{Files: map[string]change.File{}}}
	opt, want := settings.Default().Coverage, ""
	for _, f := range archive.Files {
		side, flag, isReport := strings.Cut(f.Name, "/")
		switch {
		case f.Name == "settings.yml":
			set, problems := settings.Parse(f.Name, append([]byte("version: 1\n"), f.Data...), nil)
			if len(problems) > 0 {
				t.Fatal(problems)
			}
			opt = set.Coverage
		case f.Name == "change.diff":
			var err error
			if s.Files, err = diff.Parse(strings.NewReader(string(f.Data)), diff.DefaultLimits()); err != nil {
				t.Fatal(err)
			}
		case f.Name == "tree":
			s.Tree = strings.Fields(string(f.Data))
		case f.Name == "want":
			want = string(f.Data)
		case f.Name == "go.mod":
			s.Manifests = append(s.Manifests, change.File{Path: "go.mod", Content: f.Data})
		case f.Name == ".gitattributes":
			s.Controls.Files[f.Name] = change.File{Path: f.Name, Content: f.Data}
		case isReport:
			s.Reports = append(s.Reports, reportOf(t, side == "base", strings.TrimPrefix(flag, "-"), string(f.Data)))
		default:
			t.Fatalf("%s: no file of a case has this name", f.Name)
		}
	}
	return s, opt, want
}

func reportOf(t *testing.T, base bool, flag, text string) report.Report {
	t.Helper()
	name, _, _ := strings.Cut(flag, "@") // unit@2 is another shard of unit
	r := report.Report{Kind: report.CoverageKind, Format: "lcov", Flag: name, Base: base, Source: "upload " + flag, Trust: report.FullTrust}
	c := report.NewCollector()
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		switch word, rest, _ := strings.Cut(line, " "); word {
		case "sha":
			r.SHA = rest
		case "author":
			r.Trust = report.AuthorTrust
		case "source":
			r.Source = rest
		case "root":
			c.Root(rest)
		case "problem":
			r.Problem = rest
		default:
			path, lines, _ := strings.Cut(line, ": ")
			f, err := c.File(path)
			if err != nil {
				t.Fatal(err)
			}
			for part := range strings.SplitSeq(lines, ", ") {
				var from, to int
				var state report.State
				place, word, _ := strings.Cut(part, " ")
				if n, _ := fmt.Sscanf(place, "%d-%d", &from, &to); n == 1 {
					to = from
				}
				if err := state.UnmarshalText([]byte(word)); err != nil {
					t.Fatal(err)
				}
				if err := f.SetRange(from, to, state); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	got, err := c.Finish()
	if err != nil {
		t.Fatal(err)
	}
	if r.Problem == "" {
		r.Coverage = &got
	}
	return r
}

// said writes facts as lines of key: value, all of them.
func said(f Facts) string {
	var b strings.Builder
	put := func(key string, format string, args ...any) { fmt.Fprintf(&b, key+": "+format+"\n", args...) }
	lines := func(l Lines) string { return fmt.Sprintf("%d/%d/%d %s", l.Hits, l.Partials, l.Misses, l.Percent) }
	project := func(key string, p Project) {
		put(key, "head %s, below %v", lines(p.Head), p.BelowMin)
		if p.Compared {
			put(key+" compared", "head %s, base %s, adjusted %s, %s, dropped %v", lines(p.ComparedHead), lines(p.Base),
				lines(p.Adjusted), p.Change, p.Dropped)
		}
		put(key+" flags", "carried %q, left out %q", p.Carried, p.LeftOut)
	}
	put("reported", "head %v, base %v, trust %s", f.Reported, f.BaseReported, f.Trust)
	for _, why := range f.TrustWhy {
		put("trust", "%s", why)
	}
	for _, r := range f.Reports {
		put("report", "%s counts %v, %d files, %d unmatched %s", r.Source, r.Counts, r.Files, r.Unmatched, r.Why)
	}
	put("patch", "%s %s", lines(f.Patch.Lines), f.Patch.Outcome)
	project("project", f.Project)
	for kind, parts := range map[string][]Part{"flag": f.Flags, "path": f.Paths} {
		for _, p := range parts {
			put(kind+" "+p.Name, "asked %v, reported %v, carried %v, patch %s %s", p.Asked, p.Reported, p.Carried, lines(p.Patch.Lines),
				p.Patch.Outcome)
			project(kind+" "+p.Name, p.Project)
		}
	}
	for _, file := range f.Files {
		put("file "+file.Path, "%d added, %s, known %v, uncovered %v, test %s", file.Added, lines(file.Lines), file.Known,
			file.Uncovered, file.Test)
	}
	for _, a := range f.Absent {
		put("absent", "%s counted %v", a.Path, a.Counted)
	}
	put("unmatched", "%q meant %q of %d, over %v", f.Unmatched.Names, f.Unmatched.Meant, f.Unmatched.Sources, f.Unmatched.Over)
	put("unknown", "%q", f.UnknownLines)
	return b.String()
}

// TestNothing holds that a change without reports says nothing, and that no list is null.
func TestNothing(t *testing.T) {
	got := Analyse(&change.Snapshot{Reports: []report.Report{{Kind: report.LintKind}}}, settings.Default().Coverage)
	if d := cmp.Diff(blank(), got); d != "" {
		t.Error(d)
	}
}

// TestBounds holds that facts stay small however much is reported.
func TestBounds(t *testing.T) {
	s := &change.Snapshot{Head: change.Rev{SHA: "h"}, Tree: []string{}}
	c := report.Coverage{}
	for i := range 1000 {
		p := fmt.Sprintf("d/f%04d.py", i)
		s.Tree = append(s.Tree, p)
		f := diff.File{Path: p, Status: diff.Added, State: diff.Text, Additions: 400, Hunks: []diff.Hunk{{NewStart: 1, NewLines: 400}}}
		var lines []report.LineRange
		for n := range 400 {
			f.Hunks[0].Lines = append(f.Hunks[0].Lines, diff.Line{Op: diff.Add, Text: "f()"})
			lines = append(lines, report.LineRange{From: n + 1, To: n + 1, State: report.State(1 + n%3)})
		}
		s.Files = append(s.Files, f)
		c.Files = append(c.Files, report.FileCoverage{Path: p, Lines: lines}, report.FileCoverage{Path: fmt.Sprintf("/gone/%d.py", i)})
	}
	for i := range 200 {
		s.Reports = append(s.Reports, report.Report{Kind: report.CoverageKind, Source: fmt.Sprint(i), Problem: strings.Repeat("x", 5000)})
	}
	s.Reports = append(s.Reports, report.Report{Kind: report.CoverageKind, Source: "good", Coverage: &c})
	f := Analyse(s, settings.Default().Coverage)
	if len(f.Files) != maxFiles || f.FilesMore != 700 || len(f.Files[0].Uncovered) != maxRanges || f.Files[0].UncoveredMore == 0 {
		t.Errorf("%d files and %d more, %d ranges and %d more", len(f.Files), f.FilesMore, len(f.Files[0].Uncovered),
			f.Files[0].UncoveredMore)
	}
	if len(f.Reports) != maxReports || f.ReportsMore != 101 || len(f.Reports[0].Why) > maxPath+4 {
		t.Errorf("%d reports and %d more", len(f.Reports), f.ReportsMore)
	}
	if len(f.Unmatched.Names) != maxNames || f.Unmatched.More != 980 {
		t.Errorf("%d names and %d more", len(f.Unmatched.Names), f.Unmatched.More)
	}
	if f.Patch.Lines.Measured != 400_000 || f.Trust != "author" {
		t.Errorf("%+v, %s", f.Patch, f.Trust)
	}
}

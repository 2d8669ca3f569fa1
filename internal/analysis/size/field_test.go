package size

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/diff"
)

// What is gone has nothing to read: a removed package, and files that only got shorter. An edit that does both counts whole.
func TestDeletionsDoNotCount(t *testing.T) {
	gone := modified("old/pkg.go", 0, 2172)
	gone.Status = diff.Removed
	dark := state("old/dark.bin.txt", diff.Removed, diff.Unknown, -1)
	f := Analyse(snapshot("", gone, dark, modified("shorter.go", 0, 900), modified("both.go", 1, 30)), options())
	if f.Lines != 31 || f.Files != 1 || f.AllLines != 3103 || !f.Complete || f.Class != "M" {
		t.Errorf("%d lines in %d files of %d, class %s, complete %v", f.Lines, f.Files, f.AllLines, f.Class, f.Complete)
	}
	want := []Uncounted{{Reason: "deletions", Files: 3, Lines: 3072, Paths: []string{"old/dark.bin.txt", "old/pkg.go", "shorter.go"}}}
	if diff := cmp.Diff(want, f.Uncounted); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// An edit in the middle of what pip-compile wrote does not show its header, but the lines say where each pin comes from.
func TestResolvedRequirements(t *testing.T) {
	edit := func(path string, lines ...string) diff.File {
		f := diff.File{Path: path, Status: diff.Modified, State: diff.Text, Size: -1}
		h := diff.Hunk{OldStart: 40, NewStart: 40, NewLines: len(lines)}
		for _, l := range lines {
			h.Lines = append(h.Lines, diff.Line{Op: diff.Add, Text: l})
		}
		return f.With([]diff.Hunk{h})
	}
	for name, tc := range map[string]struct {
		f    diff.File
		want int
	}{
		"one line via":   {edit(".riot/requirements/16c3b9f.txt", "attrs==23.1.0", "    # via pytest"), 0},
		"a list of vias": {edit("requirements.txt", "attrs==23.1.0", "    # via", "    #   pytest", "    #   hypothesis"), 0},
		"pins alone":     {edit(".riot/requirements/1156e38.txt", "attrs==23.1.0", "coverage[toml]==7.4", "    --hash=sha256:00"), 0},
		"a range":        {edit("requirements.txt", "attrs==23.1.0", "flask>=3"), 2},
		"other text":     {edit("notes.txt", "attrs==23.1.0"), 1},
		"by hand":        {edit("requirements.txt", "attrs>=23.1.0", "# viable since 3.9"), 2},
		"not a pin file": {edit("ci.sh", "x", "# via pytest"), 2},
	} {
		if got := Analyse(snapshot("", tc.f), options()); got.Lines != tc.want {
			t.Errorf("%s: %d lines, want %d (%+v)", name, got.Lines, tc.want, got.Uncounted)
		}
	}
}

// An edit of a file that was large before is not what made the repository large.
func TestLargeBefore(t *testing.T) {
	opt := options()
	opt.LargeFile = 1000
	sized := func(f diff.File, size, old int64) diff.File {
		f.Size, f.OldSize = size, old
		return f
	}
	for name, tc := range map[string]struct {
		f    diff.File
		want string // list and path
	}{
		"one line of a large file":    {sized(modified("a.json", 1, 1), 1_364_178, 0), "before"},
		"it grew over the limit":      {sized(modified("a.json", 100, 0), 1001, 0), "large"},
		"it grew, and was large":      {sized(modified("a.json", 100, 0), 1402, 0), "before"},
		"at the limit before":         {sized(modified("a.json", 1, 0), 1004, 0), "large"},
		"one over the limit before":   {sized(modified("a.json", 1, 0), 1005, 0), "before"},
		"added":                       {sized(modified("a.json", 1, 0), 1005, 5000), "before"},
		"binary, known before":        {sized(state("a.bin", diff.Modified, diff.Binary, 0), 5000, 4000), "before"},
		"binary, small before":        {sized(state("a.bin", diff.Modified, diff.Binary, 0), 5000, 40), "large"},
		"binary, not known":           {state("a.bin", diff.Modified, diff.Binary, 5000), "unsure"},
		"binary, new":                 {state("a.bin", diff.Added, diff.Binary, 5000), "large"},
		"too large to compare":        {state("a.txt", diff.Modified, diff.TooLarge, 5000), "unsure"},
		"too large to compare, known": {sized(state("a.txt", diff.Modified, diff.TooLarge, 0), 5000, 4000), "before"},
		"renamed with an edit": {func() diff.File {
			f := sized(modified("a.json", 1, 0), 5000, 0)
			f.Status, f.OldPath = diff.Renamed, "b.json"
			return f
		}(), "before"},
		"shown lines alone are large": {sized(modified("a.json", 400, 0), -1, 0), "unsure"},
	} {
		f := Analyse(snapshot("", tc.f), opt)
		got := ""
		for list, l := range map[string]List{"large": f.Large, "before": f.LargeBefore, "unsure": f.LargeUnsure} {
			if len(l.Files) > 0 {
				got += list
			}
		}
		if got != tc.want {
			t.Errorf("%s: %q, want %q", name, got, tc.want)
		}
	}
}

// Prose is read, but not as code is.
func TestProse(t *testing.T) {
	f := Analyse(snapshot("", modified("docs/guide.mdx", 2000, 0), modified("README.rst", 10, 0), modified("docs/conf.py", 7, 0),
		modified("notes.txt", 3, 0)), options())
	if f.Lines != 10 || f.DocumentationLines != 2010 || f.Class != "XS" {
		t.Errorf("%d lines, %d of documentation, class %s", f.Lines, f.DocumentationLines, f.Class)
	}
}

func TestProductsAmongBinaries(t *testing.T) {
	run := state("tool", diff.Added, diff.Binary, 300)
	run.Mode = "100755"
	f := Analyse(snapshot("", run, state("logo.png", diff.Added, diff.Binary, 3), state("x.zip", diff.Modified, diff.Binary, 3),
		state("a.zip", diff.Added, diff.Binary, 3)), options())
	want := []Entry{
		{Path: "a.zip", Bytes: 3, Status: "added", Reason: "an archive"},
		{Path: "tool", Bytes: 300, Status: "added", Reason: "a program"},
	}
	if diff := cmp.Diff(want, f.Products.Files); diff != "" || len(f.Binaries.Files) != 3 {
		t.Errorf("%d binaries; products (-want +got):\n%s", len(f.Binaries.Files), diff)
	}
}

func TestTwins(t *testing.T) {
	nfc, nfd := "docs/R\u00e9sum\u00e9.md", "docs/Re\u0301sume\u0301.md"
	as := func(path string, status diff.Status) diff.File {
		return diff.File{Path: path, Status: status, State: diff.Empty}
	}
	moved := func(from, to string) diff.File {
		return diff.File{Path: to, OldPath: from, Status: diff.Renamed, State: diff.PureRename}
	}
	for name, tc := range map[string]struct {
		files []diff.File
		tree  []string
		want  string
	}{
		"two forms in one change":          {[]diff.File{as(nfc, diff.Added), as(nfd, diff.Modified)}, nil, nfc + " form " + nfd},
		"both added":                       {[]diff.File{as(nfc, diff.Added), as(nfd, diff.Added)}, nil, nfd + " form " + nfc},
		"one is in the tree":               {[]diff.File{as(nfd, diff.Added)}, []string{"a", nfc, nfd}, nfd + " form " + nfc},
		"one form takes the other's place": {[]diff.File{as(nfc, diff.Removed), as(nfd, diff.Added)}, []string{nfd}, ""},
		"moved to the other form":          {[]diff.File{moved(nfc, nfd)}, []string{nfd}, ""},
		"moved beside":                     {[]diff.File{moved("a.md", nfd)}, []string{nfc, nfd}, nfd + " form " + nfc},
		"case": {[]diff.File{as("Readme.md", diff.Added)}, []string{"README.md", "Readme.md"},
			"Readme.md case README.md"},
		"case of a folder": {[]diff.File{as("Docs/a.md", diff.Added), as("docs/a.md", diff.Modified)}, nil,
			"Docs/a.md case docs/a.md"},
		"both were there": {[]diff.File{as("Readme.md", diff.Modified)}, []string{"README.md", "Readme.md"}, ""},
		"other names":     {[]diff.File{as("a.md", diff.Added), as("b.md", diff.Added)}, []string{"c.md"}, ""},
	} {
		s := snapshot("", tc.files...)
		s.Tree = tc.tree
		f := Analyse(s, options())
		var got []string
		for _, x := range f.Twins {
			got = append(got, fmt.Sprintf("%s %s %s", x.Path, x.Differs, x.Other))
		}
		if strings.Join(got, "; ") != tc.want {
			t.Errorf("%s: %q, want %q", name, got, tc.want)
		}
	}
	s := &change.Snapshot{}
	for i := range 60 {
		s.Files = append(s.Files, as(fmt.Sprintf("a%d", i), diff.Added), as(fmt.Sprintf("A%d", i), diff.Added))
	}
	if f := Analyse(s, options()); len(f.Twins) != maxTwins || f.TwinsMore != 60-maxTwins {
		t.Errorf("%d twins and %d more", len(f.Twins), f.TwinsMore)
	}
}

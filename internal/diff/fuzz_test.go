package diff

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/bluekeyes/go-gitdiff/gitdiff"
	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"
)

// FuzzParsePatch checks that hunks written again are read again as the same, that their counts and line sets agree,
// and that go-gitdiff reads the same lines from every patch that it accepts as well.
func FuzzParsePatch(f *testing.F) {
	seed(f, "testdata/patch/*.txtar")
	f.Fuzz(func(t *testing.T, patch string) {
		hunks, err := ParsePatch(patch)
		if err != nil {
			return
		}
		again, err := ParsePatch(render(hunks))
		if err != nil {
			t.Fatalf("%v in what was written again:\n%s", err, render(hunks))
		}
		if diff := cmp.Diff(hunks, again); diff != "" {
			t.Fatalf("written and read again (-first +second):\n%s", diff)
		}
		file := File{Status: Modified}.With(hunks)
		if len(file.Added()) != file.Additions || len(file.Removed()) != file.Deletions {
			t.Fatalf("%d added and %d removed lines, counted +%d -%d", len(file.Added()), len(file.Removed()), file.Additions,
				file.Deletions)
		}
		for _, line := range file.Context() {
			old, ok := file.OldLine(line)
			if back, ok2 := file.NewLine(old); !ok || !ok2 || back != line {
				t.Fatalf("context line %d maps to %d (%v) and back to %d (%v)", line, old, ok, back, ok2)
			}
		}
		for _, line := range file.Added() {
			if _, ok := file.OldLine(line); ok {
				t.Fatalf("added line %d maps to the base", line)
			}
		}
		sameAsVendor(t, "diff --git a/x b/x\n--- a/x\n+++ b/x\n"+render(hunks), hunks)
	})
}

// FuzzParse checks that whatever is read keeps the promises of File, and that go-gitdiff sees no file that we do not.
func FuzzParse(f *testing.F) {
	seed(f, "testdata/git/*.txtar")
	f.Add("diff --cc x\n")
	f.Fuzz(func(t *testing.T, input string) {
		files, err := Parse(strings.NewReader(input), Limits{Bytes: 1 << 20, Lines: 500, FileBytes: 4096})
		if err != nil {
			return
		}
		for _, file := range files {
			if file.Path == "" || file.Status == "" || file.State == "" {
				t.Fatalf("unfinished file: %+v", file)
			}
			if (file.State == Text) != (len(file.Hunks) > 0) {
				t.Fatalf("%s is %s with %d hunks", file.Path, file.State, len(file.Hunks))
			}
			if file.State == Text && (len(file.Added()) != file.Additions || len(file.Removed()) != file.Deletions) {
				t.Fatalf("%s: counts differ from its hunks", file.Path)
			}
			if (file.OldPath != "") != (file.Status == Renamed || file.Status == Copied) {
				t.Fatalf("%s is %s from %q", file.Path, file.Status, file.OldPath)
			}
		}
		if theirs, _, err := gitdiff.Parse(strings.NewReader(input)); err == nil && len(theirs) > 2*len(files) {
			t.Fatalf("go-gitdiff reads %d files, we read %d", len(theirs), len(files))
		}
	})
}

// FuzzUnquote checks that the quoting of go-gitdiff's input keeps the path.
func FuzzUnquote(f *testing.F) {
	f.Add(`"a\\"`)
	f.Add(`"\303\274\n\t\""`)
	f.Fuzz(func(t *testing.T, quoted string) {
		path, err := unquote(quoted)
		if err != nil {
			return
		}
		again, err := unquote(requote(quoted))
		if strings.HasPrefix(quoted, `"`) && (err != nil || again != path) {
			t.Fatalf("%q is %q, requoted %q (%v)", quoted, path, again, err)
		}
	})
}

func sameAsVendor(t *testing.T, input string, hunks []Hunk) {
	t.Helper()
	theirs, _, err := gitdiff.Parse(strings.NewReader(input))
	if err != nil || len(theirs) != 1 {
		return
	}
	if len(theirs[0].TextFragments) != len(hunks) {
		t.Fatalf("go-gitdiff reads %d hunks, we read %d", len(theirs[0].TextFragments), len(hunks))
	}
	for i, fragment := range theirs[0].TextFragments {
		if len(fragment.Lines) != len(hunks[i].Lines) {
			t.Fatalf("hunk %d: go-gitdiff reads %d lines, we read %d", i, len(fragment.Lines), len(hunks[i].Lines))
		}
		for j, line := range fragment.Lines {
			ours := hunks[i].Lines[j]
			if line.Line != ours.Text+strings.Repeat("\n", 1-count(ours.NoNewline)) || line.Op.String() != string(ours.Op) {
				t.Fatalf("hunk %d, line %d: go-gitdiff reads %q, we read %q", i, j, line, ours.Text)
			}
		}
	}
}

func count(b bool) int {
	if b {
		return 1
	}
	return 0
}

func seed(f *testing.F, pattern string) {
	paths, err := filepath.Glob(pattern)
	if err != nil || len(paths) == 0 {
		f.Fatalf("no seeds: %v", err)
	}
	for _, path := range paths {
		data, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(strings.TrimSuffix(string(txtar.Parse(data).Files[0].Data), "\n"))
		f.Add(string(txtar.Parse(data).Files[0].Data))
	}
}

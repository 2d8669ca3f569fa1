package lint

import (
	"fmt"
	"strings"
	"testing"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/diff"
	"github.com/lintel-review/lintel/internal/report"
	"github.com/lintel-review/lintel/internal/settings"
)

// inFolder adds lines 3 and 4 to svc/main.go; main.go, web/src/index.ts and the rest stay as they are.
const inFolder = `diff --git a/svc/main.go b/svc/main.go
index 1111111..2222222 100644
--- a/svc/main.go
+++ b/svc/main.go
@@ -1,3 +1,5 @@
 package main
 
+var unused = compute()
+}
 func main() {}
`

// TestFolders holds that a report of a linter that ran in a folder is placed there, or is said to be in doubt, and that
// nothing of it vanishes.
func TestFolders(t *testing.T) {
	source := func(f report.LintFinding, text string) report.LintFinding {
		f.Source = text
		return f
	}
	blind := at("main.go", 1)
	blind.Blind = true
	warning := at("main.go", 3)
	warning.Severity = report.Warning
	for _, c := range []struct {
		name     string
		findings []report.LintFinding
		set      func(*settings.Lint)
		more     string // more changed files
		tree     string
		want     string
	}{
		{
			name:     "the text tells",
			findings: []report.LintFinding{source(at("main.go", 3), "var unused = compute()")},
			want:     "svc/main.go:3 added!",
		},
		{
			name:     "indented text tells",
			findings: []report.LintFinding{source(at("main.go", 3), "\tvar unused = compute()")},
			want:     "svc/main.go:3 added!",
		},
		{name: "without a text", findings: []report.LintFinding{at("main.go", 3)}, want: "unmatched [main.go] 1 of 1"},
		{
			name:     "a text that is everywhere",
			findings: []report.LintFinding{source(at("main.go", 4), "}")},
			want:     "unmatched [main.go] 1 of 1",
		},
		{
			name:     "a short text of another line",
			findings: []report.LintFinding{source(at("main.go", 3), "}")},
			want:     "outside 1 known 0 ignored 0",
		},
		{
			name:     "the text is in both, and it counts where it stands",
			findings: []report.LintFinding{source(at("main.go", 3), "var unused = compute()")},
			more:     strings.ReplaceAll(inFolder, "svc/", ""),
			want:     "main.go:3 added!",
		},
		{
			name:     "another text",
			findings: []report.LintFinding{source(at("main.go", 3), "import \"fmt\"")},
			want:     "outside 1 known 0 ignored 0",
		},
		{
			name:     "another text on one line of two",
			findings: []report.LintFinding{at("main.go", 3), source(at("main.go", 1), "package other")},
			want:     "outside 2 known 0 ignored 0",
		},
		{name: "a line that would not count there", findings: []report.LintFinding{at("main.go", 40)}, want: "outside 1 known 0 ignored 0"},
		{
			name:     "a file that the folder has not",
			findings: []report.LintFinding{at("main.go", 3), at("lib/util.go", 1)},
			want:     "outside 2 known 0 ignored 0",
		},
		{
			name:     "a name of the root shows where the rest stands",
			findings: []report.LintFinding{at("main.go", 3), at("svc/util.go", 1)},
			want:     "outside 2 known 0 ignored 0",
		},
		{
			name:     "a file of the folder alone",
			findings: []report.LintFinding{at("main.go", 3), at("util.go", 1)},
			tree:     "-util.go",
			want:     "svc/main.go:3 added!, outside 1 known 0 ignored 0",
		},
		{
			name:     "roots",
			findings: []report.LintFinding{at("main.go", 3)},
			set:      func(o *settings.Lint) { o.Roots = []string{"svc"} },
			want:     "svc/main.go:3 added!",
		},
		{
			name:     "the root as a root",
			findings: []report.LintFinding{at("main.go", 3)},
			set:      func(o *settings.Lint) { o.Roots = []string{"."} },
			want:     "outside 1 known 0 ignored 0",
		},
		{
			name:     "fixes",
			findings: []report.LintFinding{at("/build/out/main.go", 3)},
			set:      func(o *settings.Lint) { o.Fixes = []string{"/build/out/::svc/"} },
			want:     "svc/main.go:3 added!",
		},
		{
			name:     "a fix that adds a folder",
			findings: []report.LintFinding{at("main.go", 3)},
			set:      func(o *settings.Lint) { o.Fixes = []string{"::svc/"} },
			want:     "svc/main.go:3 added!",
		},
		{name: "a file that is not read", findings: []report.LintFinding{blind}, want: "unmatched [main.go] 1 of 1"},
		{name: "a warning in doubt", findings: []report.LintFinding{warning}, want: "unmatched [] 0 of 1"},
		{
			name:     "below a machine's folder",
			findings: []report.LintFinding{at("/home/runner/work/shop/shop/main.go", 3)},
			want:     "outside 1 known 0 ignored 0",
		},
		{
			name:     "it counts where it stands",
			findings: []report.LintFinding{at("main.go", 3)},
			more:     strings.ReplaceAll(inFolder, "svc/", ""),
			want:     "main.go:3 added!",
		},
		{
			name:     "two folders",
			findings: []report.LintFinding{source(at("main.go", 3), "var unused = compute()")},
			more:     strings.ReplaceAll(inFolder, "svc/", "api/"),
			want:     "unmatched [main.go] 1 of 1",
		},
		{
			name:     "one of two folders by the end of its name",
			findings: []report.LintFinding{at("src/index.ts", 3)},
			more:     strings.ReplaceAll(inFolder, "svc/main.go", "web/src/index.ts"),
			want:     "unmatched [src/index.ts] 1 of 1",
		},
		{
			name:     "a generated name",
			findings: []report.LintFinding{at("gone/x.go", 3), at("svc/main.go", 3)},
			want:     "svc/main.go:3 added!, unmatched [] 0 of 1",
		},
		{
			name:     "out of the folder",
			findings: []report.LintFinding{at("../svc/main.go", 3), at("util.go", 1)},
			want:     "outside 1 known 0 ignored 0, unmatched [../svc/main.go] 1 of 1",
		},
	} {
		files, err := diff.Parse(strings.NewReader(inFolder+c.more), diff.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		tree := strings.Fields("main.go util.go svc/main.go svc/util.go api/main.go lib/util.go web/src/index.ts api/src/index.ts")
		if gone, ok := strings.CutPrefix(c.tree, "-"); ok {
			kept := []string{}
			for _, p := range tree {
				if p != gone {
					kept = append(kept, p)
				}
			}
			tree = kept
		}
		opt := options()
		if c.set != nil {
			c.set(&opt)
		}
		f := Analyse(&change.Snapshot{
			Head:      change.Rev{SHA: "head"},
			MergeBase: "base",
			Files:     files,
			Tree:      tree,
			Reports:   []report.Report{of(c.findings...)},
		}, opt)
		got := shown(f)
		if r := f.Reports[0]; r.Unplaced > 0 {
			if len(r.Unmatched) > 0 && r.Foreign {
				t.Errorf("%s: a report with names that may mean a changed file is foreign", c.name)
			}
			got = strings.TrimPrefix(fmt.Sprintf("%s, unmatched %v %d of %d", got, r.Unmatched, r.UnmatchedErrors, r.Unplaced), ", ")
		}
		if got != c.want {
			t.Errorf("%s:\ngot  %s\nwant %s", c.name, got, c.want)
		}
	}
}

// TestLostNames holds that findings without a file are counted, and their names listed, as many as there may be.
func TestLostNames(t *testing.T) {
	r := of(at("cart.go", 3), at("", 0))
	r.Lint.Unresolved = []string{"older"}
	for i := range 30 {
		r.Lint.Findings = append(r.Lint.Findings,
			report.LintFinding{Tool: "tool", Severity: report.Error, Path: fmt.Sprintf("gone/%02d.x", i)})
	}
	got := Analyse(snapshot(t, r), options()).Reports[0]
	if len(got.Unresolved) != report.MaxNotes || got.UnresolvedMore != 11 || got.Unplaced != 30 || got.Foreign || len(got.Unmatched) != 0 {
		t.Errorf("%+v", got)
	}
}

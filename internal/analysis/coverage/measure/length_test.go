package measure

import (
	"strings"
	"testing"

	"github.com/lintel-review/lintel/internal/diff"
	"github.com/lintel-review/lintel/internal/report"
)

func TestLength(t *testing.T) {
	for _, c := range []struct {
		what, diff string
		want       int
	}{
		{"an added file", "diff --git a/a b/a\nnew file mode 100644\n--- /dev/null\n+++ b/a\n@@ -0,0 +1,2 @@\n+x\n+y\n", 2},
		{"the end is shown", "diff --git a/a b/a\n--- a/a\n+++ b/a\n@@ -2,5 +2,6 @@\n a\n b\n c\n+x\n d\n e\n", 7},
		{"the last line is added", "diff --git a/a b/a\n--- a/a\n+++ b/a\n@@ -2,3 +2,4 @@\n a\n b\n c\n+x\n", 5},
		{"it goes on", "diff --git a/a b/a\n--- a/a\n+++ b/a\n@@ -2,6 +2,7 @@\n a\n b\n c\n+x\n d\n e\n f\n", 0},
		{"no context", "diff --git a/a b/a\n--- a/a\n+++ b/a\n@@ -2,0 +3,1 @@\n+x\n", 0},
		{"two hunks, the first tells how much is usual",
			"diff --git a/a b/a\n--- a/a\n+++ b/a\n@@ -1,3 +1,4 @@\n+x\n a\n b\n c\n@@ -20,3 +21,4 @@\n a\n b\n c\n+x\n", 24},
		{"removed", "diff --git a/a b/a\ndeleted file mode 100644\n--- a/a\n+++ /dev/null\n@@ -1,2 +0,0 @@\n-x\n-y\n", 0},
	} {
		files, err := diff.Parse(strings.NewReader(c.diff), diff.DefaultLimits())
		if err != nil || len(files) != 1 {
			t.Fatalf("%s: %v, %v", c.what, files, err)
		}
		if got := Length(files[0]); got != c.want {
			t.Errorf("%s: %d, want %d", c.what, got, c.want)
		}
		report := func(last int) report.Coverage {
			return report.Coverage{
				Files: []report.FileCoverage{{Path: "a", Lines: []report.LineRange{{From: 1, To: last, State: report.Hit}}}}}
		}
		if got := Stale(report(c.want+1), files, nil); got != "" {
			t.Errorf("%s: a line more is stale: %s", c.what, got)
		}
		if got := Stale(report(c.want+2), files, nil); (got != "") != (c.want > 0) {
			t.Errorf("%s: two lines more: %q", c.what, got)
		}
		if cut := Within(report(99), files).Files[0].Lines[0].To; c.want > 0 && cut != c.want || c.want == 0 && cut != 99 {
			t.Errorf("%s: cut at %d", c.what, cut)
		}
	}
}

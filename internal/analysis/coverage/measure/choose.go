package measure

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/lintel-review/lintel/internal/report"
)

// Chosen are the coverage reports that speak of a change.
type Chosen struct {
	// Head is measured at the head and Base at the merge base, merged; nil when there is none.
	Head, Base *report.Coverage
	// Refused says why a report does not count, one sentence each, in the order of the reports.
	Refused []string
}

// Choose merges the reports of one flag, or of all when the flag is empty. A report that names another commit than the one it is for is refused: its line
// numbers are those of other files. A later report of the same source, flag and side replaces an earlier one; others are shards and are merged.
func Choose(reports []report.Report, flag, head, mergeBase string) Chosen {
	type key struct {
		source, flag string
		base         bool
	}
	latest := map[key]int{}
	for i, r := range reports {
		latest[key{r.Source, r.Flag, r.Base}] = i
	}
	var out Chosen
	var sides [2][]report.Coverage
	for i, r := range reports {
		if r.Kind != report.CoverageKind || flag != "" && r.Flag != flag || latest[key{r.Source, r.Flag, r.Base}] != i {
			continue
		}
		side, want, what := 0, head, "head"
		if r.Base {
			side, want, what = 1, mergeBase, "merge base"
		}
		switch {
		case r.Problem != "":
			out.Refused = append(out.Refused, fmt.Sprintf("%s could not be read: %s", r.Source, r.Problem))
		case r.SHA != "" && r.SHA != want:
			out.Refused = append(out.Refused, fmt.Sprintf("%s was measured at %s, but the %s is %s", r.Source, short(r.SHA), what, short(want)))
		case r.Coverage != nil:
			sides[side] = append(sides[side], *r.Coverage)
		}
	}
	for i, into := range []**report.Coverage{&out.Head, &out.Base} {
		if len(sides[i]) > 0 {
			merged := report.Merge(sides[i]...)
			*into = &merged
		}
	}
	return out
}

func short(sha string) string { return sha[:min(len(sha), 12)] }

// NearestTest is the existing test file that most likely tests a file: of the same stem first, in the same folder first, then any test of the folder;
// empty when there is none. A file that is a test itself has none.
func NearestTest(file string, tree []string) string {
	if isTest(file) {
		return ""
	}
	dir, ext, want := path.Dir(file), path.Ext(file), stem(file)
	best, score := "", 0
	for _, p := range tree {
		if path.Ext(p) != ext || !isTest(p) {
			continue
		}
		n := 0
		switch same, near := stem(p) == want, path.Dir(p) == dir; {
		case same && near:
			n = 4
		case same && (path.Dir(path.Dir(p)) == dir || mirror(path.Dir(p)) == mirror(dir)):
			n = 3
		case near:
			n = 2
		case same:
			n = 1
		}
		if n > score || n == score && n > 0 && strings.Compare(p, best) < 0 {
			best, score = p, n
		}
	}
	return best
}

// marks are what test files have in their names beside the stem of what they test.
var marks = []string{"_test", ".test", ".spec", "_spec", "Test", "Tests", "Spec"}

func isTest(p string) bool {
	base := strings.TrimSuffix(path.Base(p), path.Ext(p))
	return strings.HasPrefix(base, "test_") || slices.ContainsFunc(marks, func(m string) bool { return strings.HasSuffix(base, m) && base != m })
}

func stem(p string) string {
	base := strings.TrimPrefix(strings.TrimSuffix(path.Base(p), path.Ext(p)), "test_")
	for _, m := range marks {
		if cut := strings.TrimSuffix(base, m); cut != "" && cut != base {
			return cut
		}
	}
	return base
}

// mirror takes out the parts of a folder in which trees of tests and of sources differ.
func mirror(dir string) string {
	var out []string
	for part := range strings.SplitSeq(dir, "/") {
		if !slices.Contains([]string{"src", "main", "test", "tests", "spec", "lib", "app", "__tests__"}, part) {
			out = append(out, part)
		}
	}
	return strings.Join(out, "/")
}

package toolcall

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lintel-review/lintel/internal/report"
)

// TestSplitAndJoin: parts put together are what was split, and what would lose or invent a finding is not split.
func TestSplitAndJoin(t *testing.T) {
	of := func(path, tool string) report.LintFinding {
		return report.LintFinding{Path: path, Tool: tool, Message: path}
	}
	whole := func() *report.Lint {
		return &report.Lint{
			Tools:    []report.LintTool{{Name: "x"}},
			Findings: []report.LintFinding{of("a", "x"), of("c", "x"), of("a", "x")},
			Rest:     []report.RuleCount{}, Unresolved: []string{}, Notes: []string{},
		}
	}
	files := []string{"a", "b", "c"}
	parts, ok := Split(whole(), files)
	if !ok || len(parts) != 3 || len(parts["a"]) != 2 || parts["b"] == nil || len(parts["b"]) != 0 {
		t.Fatalf("%v, %v", parts, ok)
	}
	want := whole()
	want.Findings[1], want.Findings[2] = want.Findings[2], want.Findings[1]
	got, ok := Join("y", files, parts)
	if d := cmp.Diff(want, got); d != "" || !ok {
		t.Error(d)
	}
	if clean, ok := Join("y", files[1:2], parts); !ok || len(clean.Tools) != 1 || clean.Tools[0].Name != "y" || clean.Findings == nil {
		t.Errorf("%+v, %v", clean, ok)
	}
	if _, ok := Join("y", []string{"a", "d"}, parts); ok {
		t.Error("a file without a part is clean")
	}
	if _, ok := Join("y", []string{"a"}, map[string][]report.LintFinding{"a": make([]report.LintFinding, report.MaxFindings+1)}); ok {
		t.Error("more findings than a report keeps are joined")
	}
	for name, change := range map[string]func(l *report.Lint){
		"a file that was not given": func(l *report.Lint) { l.Findings[0].Path = "d" },
		"no file":                   func(l *report.Lint) { l.Findings[0].Path = "" },
		"findings that were cut":    func(l *report.Lint) { l.More = 1 },
		"entries that were skipped": func(l *report.Lint) { l.Skipped = 1 },
		"a note":                    func(l *report.Lint) { l.Notes = []string{"n"} },
		"two tools":                 func(l *report.Lint) { l.Tools = append(l.Tools, report.LintTool{Name: "z"}) },
		"another tool":              func(l *report.Lint) { l.Findings[0].Tool = "z" },
		"a tool that failed":        func(l *report.Lint) { l.Tools[0].Failed = true },
	} {
		l := whole()
		change(l)
		if _, ok := Split(l, files); ok {
			t.Errorf("%s is split", name)
		}
	}
	if _, ok := Split(nil, files); ok {
		t.Error("nothing is split")
	}
}

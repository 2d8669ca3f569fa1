package publish

import (
	"fmt"
	"strings"
	"testing"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/diff"
	"github.com/lintel-review/lintel/internal/facts"
	"github.com/lintel-review/lintel/internal/finding"
	"github.com/lintel-review/lintel/internal/policy"
	"github.com/lintel-review/lintel/internal/report"
	"github.com/lintel-review/lintel/internal/settings"
)

// coverageOf is the table of coverage as a check of the family shows it.
func coverageOf(in Input) string {
	return in.words().FamilyText(policy.FamilyVerdict{Name: "coverage"})
}

// measured gives a change whose files have some covered and some uncovered lines.
func measured(t *testing.T, trust report.Trust, paths ...string) func(*Input) {
	t.Helper()
	s := &change.Snapshot{Head: change.Rev{SHA: "h"}, Tree: paths}
	c := report.Coverage{}
	for _, p := range paths {
		s.Files = append(s.Files,
			diff.File{Path: p, Status: diff.Modified, State: diff.Text, Additions: 4,
				Hunks: []diff.Hunk{{NewStart: 10, NewLines: 4, Lines: []diff.Line{
					{Op: diff.Add, Text: "a()"}, {Op: diff.Add, Text: "b()"}, {Op: diff.Add, Text: "c()"}, {Op: diff.Add, Text: "d()"}}}}})
		c.Files = append(c.Files,
			report.FileCoverage{
				Path: p,
				Lines: []report.LineRange{
					{From: 10, To: 10, State: report.Hit},
					{From: 11, To: 12, State: report.Miss},
					{From: 13, To: 13, State: report.Partial},
				},
			})
	}
	s.Reports = []report.Report{{Kind: report.CoverageKind, Coverage: &c, Trust: trust}}
	f, err := facts.Gather(t.Context(), s, settings.Resolution{Settings: settings.Default()})
	if err != nil {
		t.Fatal(err)
	}
	return func(in *Input) {
		in.Facts = &f
		in.Decision.Families = append(in.Decision.Families, policy.FamilyVerdict{Name: "coverage", Conclusion: policy.FamilySuccess})
	}
}

func TestCoverageTable(t *testing.T) {
	got := coverageOf(passed(measured(t, report.AuthorTrust, "cart/total.py", "a|b`<img>@ann.py")))
	for _, want := range []string{
		"### Coverage of the added lines\n\nTests cover 2 of 8 measured lines, 25 %. **Some of these numbers were made " +
			"by the author's own code.**\n\n| File |",
		"| `cart/total.py` | 4 | 4 | 1 | 11-12, 13 (in part) |\n",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is missing in\n%s", want, got)
		}
	}
	if strings.Contains(got, "a|b") {
		t.Errorf("a file's name makes cells:\n%s", got)
	}
	in := passed(measured(t, report.FullTrust, "a.py"))
	if c := combined(in, in.words()); !strings.Contains(c.Text, "### Coverage of the added lines") || strings.Contains(c.Text, "author") {
		t.Errorf("the check's text: %s", c.Text)
	}
	many := make([]string, 400)
	for i := range many {
		many[i] = fmt.Sprintf("%s%03d.py", strings.Repeat("d/", 100), i)
	}
	if got := coverageOf(passed(measured(t, report.FullTrust, many...))); strings.Count(got, "\n| `") != 25 ||
		!strings.HasSuffix(got, "\nand 375 files more.\n\n") {
		t.Errorf("%d rows, ends with %q", strings.Count(got, "\n| `"), got[max(0, len(got)-60):])
	}
}

func TestCoverageTableIsHidden(t *testing.T) {
	for name, edit := range map[string]func(*Input){
		"no facts":  func(in *Input) { in.Facts = nil },
		"no report": func(in *Input) { in.Facts.Coverage.Reported = false },
		"shadow":    func(in *Input) { in.Facts.Settings.Coverage.Mode = finding.Shadow },
		"off":       func(in *Input) { in.Decision.Families[3].Conclusion = policy.FamilyOff },
		"not there": func(in *Input) { in.Decision.Families = in.Decision.Families[:3] },
	} {
		if got := coverageOf(passed(measured(t, report.FullTrust, "a.py"), edit)); got != "" {
			t.Errorf("%s: %s", name, got)
		}
	}
}

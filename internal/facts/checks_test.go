package facts

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/checkplan"
	"github.com/lintel-review/lintel/internal/diff"
	"github.com/lintel-review/lintel/internal/report"
	"github.com/lintel-review/lintel/internal/settings"
)

// TestExpectedAsPlanned: what a plan skips is not waited for. A check that is given changed files has none where they are
// gone, links, or moved away from its patterns.
func TestExpectedAsPlanned(t *testing.T) {
	t.Parallel()
	set, problems := settings.Parse("f",
		[]byte("version: 1\nchecks:\n  - { name: fmt, tool: gofmt }\n  - { name: all, tool: golangci-lint }\n"), nil)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	for name, f := range map[string]diff.File{
		"added":        {Path: "a.go", Status: diff.Added, Mode: "100644"},
		"removed":      {Path: "a.go", Status: diff.Removed, OldMode: "100644"},
		"renamed away": {Path: "a.txt", OldPath: "a.go", Status: diff.Renamed, Mode: "100644"},
		"a link":       {Path: "l.go", Status: diff.Added, Mode: "120000"},
		"another kind": {Path: "b.py", Status: diff.Added, Mode: "100644"},
	} {
		s := &change.Snapshot{Kind: change.Request, FilesTotal: 1, Files: []diff.File{f}}
		facts, err := Gather(t.Context(), s, settings.Resolution{Settings: set})
		if err != nil {
			t.Fatal(err)
		}
		for _, item := range checkplan.Plan(set.Checks, checkplan.Change{Files: s.Files, Complete: true}, checkplan.Laptop("bwrap")) {
			expected := slices.ContainsFunc(facts.Reports.Expected, func(e ExpectedReport) bool { return e.Flag == item.Check.Name })
			if expected == (item.State == checkplan.Skipped) {
				t.Errorf("%s: %s is %s and expected %v", name, item.Check.Name, item.State, expected)
			}
		}
	}
}

// TestOwnChecks: what became of each check is said, whatever it was, and only what has a say is judged.
func TestOwnChecks(t *testing.T) {
	t.Parallel()
	const text = `version: 1
checks:
  - { name: ran, tool: eslint }
  - { name: cached, tool: gofmt, required: true }
  - { name: skipped, tool: hadolint }
  - { name: failed, tool: go vet }
  - { name: late, tool: ruff, paths: ["*.go"] }
  - { name: quiet, tool: semgrep, mode: shadow }
  - { name: mild, tool: yamllint, mode: warn, paths: ["*.go"] }
  - { name: gone, tool: gofmt, mode: "off" }
`
	set, problems := settings.Parse("f", []byte(text), nil)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	lint := func(name string) report.Report {
		return report.Report{Kind: report.LintKind, Flag: name, Check: name, Format: "sarif", Lint: &report.Lint{
			Findings: []report.LintFinding{{Tool: name, Rule: "r", Severity: report.Error, Path: "a.go", Message: name}},
		}}
	}
	cached := lint("cached")
	cached.Cached, cached.Files = true, 3
	part := lint("ran")
	part.Files, part.Known = 20, 19
	known := lint("mild")
	known.Files, known.Known = 2, 2
	s := &change.Snapshot{
		Kind: change.Request, FilesTotal: 2, ReportsClosed: Deadline,
		Files: []diff.File{{Path: "a.go", Status: diff.Added}, {Path: "a.js", Status: diff.Added}},
		Reports: []report.Report{part, cached, {Kind: report.LintKind, Flag: "failed", Check: "failed", Problem: "it crashed"},
			lint("quiet"), known, lint("gone"), lint("stranger"), {Kind: report.LintKind, Flag: "ci", Lint: lint("ci").Lint}},
	}
	f, err := Gather(t.Context(), s, settings.Resolution{Settings: set})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, o := range f.Reports.Own {
		got = append(got, fmt.Sprintf("%s %s %d %d/%d %s", o.Name, o.State, o.Findings, o.FilesCached, o.Files, o.Why))
	}
	want := []string{
		"ran ran 1 19/20 ", "cached cached 1 3/3 ", "skipped skipped 0 0/0 The change has no file that it is for.",
		"failed failed 0 0/0 it crashed", "late failed 0 0/0 It had no result when the waiting was over.", "quiet ran 1 0/0 ",
		"mild cached 1 2/2 ",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("the checks are\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	var counts []string
	for _, x := range f.Lint.Findings {
		counts = append(counts, x.Tool+" "+x.Severity)
	}
	if text := strings.Join(counts, ", "); text != "cached error, ci error, ran error, mild warning" {
		t.Errorf("judged are %s", text)
	}
	if len(s.Reports) != 8 || s.Reports[4].Lint.Findings[0].Severity != report.Error {
		t.Error("the snapshot was changed")
	}
	var missing []string
	for _, m := range f.Reports.Missing {
		missing = append(missing, m.Flag)
	}
	if text := strings.Join(missing, ", "); text != "failed, late" {
		t.Errorf("missing are %s", text)
	}
}

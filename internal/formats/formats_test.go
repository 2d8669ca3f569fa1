package formats

import (
	"slices"
	"strings"
	"testing"

	"github.com/lintel-review/lintel/internal/report"
	"github.com/lintel-review/lintel/internal/settings"
)

// TestSettingsKnowTheFormats holds that a check may be set to write each format that is read, and no other.
func TestSettingsKnowTheFormats(t *testing.T) {
	for _, kind := range []report.Kind{report.CoverageKind, report.LintKind} {
		known := append(slices.Clone(settings.ReportFormats(string(kind))), "auto")
		if !slices.Equal(known, Names(kind)) {
			t.Errorf("%s: settings have %q, the parsers %q", kind, known, Names(kind))
		}
	}
}

// TestParse: each kind finds its format, and what is wrong is said.
func TestParse(t *testing.T) {
	for _, c := range []struct{ kind, text, format, problem string }{
		{"coverage", "mode: set\na.go:1.1,1.9 1 1\n", "go", ""},
		{"lint", `{"version":"2.1.0","runs":[]}`, "sarif", ""},
		{"coverage", "hello", "", "begins like none"},
		{"lint", "\x00", "", "none of the known formats"},
		{"smoke", "x", "", "no kind of report"},
	} {
		r, err := Parser{}.Parse(report.Kind(c.kind), "auto", strings.NewReader(c.text), 0)
		switch {
		case c.problem != "":
			if err == nil || !strings.Contains(err.Error(), c.problem) {
				t.Errorf("%q: %v, want %q", c.text, err, c.problem)
			}
		case err != nil || r.Format != c.format || (r.Coverage != nil) != (c.kind == "coverage") || (r.Lint != nil) != (c.kind == "lint"):
			t.Errorf("%q: %+v, %v", c.text, r, err)
		}
	}
}

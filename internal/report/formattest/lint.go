package formattest

import (
	"fmt"
	"strings"
	"testing"

	"github.com/lintel-review/lintel/internal/report"
)

func lint() kind[*report.LintCollector] {
	return kind[*report.LintCollector]{
		collect: report.NewLintCollector,
		shown:   func(c *report.LintCollector) (string, error) { return Shown(c.Finish()), nil },
		foreign: []string{"Go struct", "unmarshal"},
		check:   checkFindings,
	}
}

// Shown is a lint report as tests compare it: failed tools, findings, what was skipped.
func Shown(l report.Lint) string {
	var out []string
	for _, t := range l.Tools {
		if t.Failed {
			out = append(out, t.Name+" failed: "+t.FailedWhy)
		}
	}
	for _, f := range l.Findings {
		blind := ""
		if f.Blind {
			blind = "blind "
		}
		out = append(out, blind+f.String())
	}
	if l.Skipped > 0 {
		out = append(out, fmt.Sprintf("%d skipped", l.Skipped))
	}
	switch {
	case len(out) > 0:
		return strings.Join(out, "; ")
	case len(l.Tools) == 0:
		return "nothing of no tool"
	}
	return "nothing of " + l.Tools[0].Name
}

func checkFindings(t *testing.T, c *report.LintCollector) {
	t.Helper()
	l := c.Finish()
	for _, f := range l.Findings {
		if f.Line < 0 || f.EndLine < f.Line || f.EndLine > report.MaxLine || f.Tool == "" || f.Severity == "" {
			t.Fatalf("%+v", f)
		}
	}
	if len(l.Tools) == 0 && len(l.Findings) > 0 {
		t.Fatal("findings of no tool")
	}
}

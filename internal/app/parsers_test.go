package app

import (
	"fmt"
	"strings"
	"testing"

	ci "github.com/lintel-review/lintel/internal/report"
)

func TestParseReportFlag(t *testing.T) {
	t.Parallel()
	for value, want := range map[string]string{
		"coverage:go:coverage.out":               "{coverage go coverage.out  false}",
		"coverage:lcov:unit.info,flag=unit,base": "{coverage lcov unit.info unit true}",
		"coverage:auto:a,b.info,base,flag=e2e":   "{coverage auto a,b.info e2e true}",
		`coverage:cobertura:C:\out\cov.xml`:      `{coverage cobertura C:\out\cov.xml  false}`,
		"lint:sarif:out,flag=.sarif":             "{lint sarif out .sarif false}",
		"lint:auto:-":                            "{lint auto -  false}",
		"coverage:go:":                           "is not KIND:FORMAT:PATH",
		"coverage:go":                            "is not KIND:FORMAT:PATH",
		"coverage:go:,base":                      "names no file",
		"smoke:go:x":                             `no kind of report "smoke"`,
		"lint:lcov:x":                            `no format "lcov" for lint`,
	} {
		got, err := parseReportFlag(value)
		if said := fmt.Sprint(got); err == nil && said != want || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%s is %s, %v; want %s", value, said, err, want)
		}
	}
}

func TestParsers(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ kind, text, format, problem string }{
		{"coverage", "mode: set\na.go:1.1,1.9 1 1\n", "go", ""},
		{"lint", `{"version":"2.1.0","runs":[]}`, "sarif", ""},
		{"coverage", "hello", "", "begins like none"},
		{"lint", "\x00", "", "none of the known formats"},
		{"smoke", "x", "", "no kind of report"},
	} {
		r, err := parsers{}.Parse(ci.Kind(c.kind), "auto", strings.NewReader(c.text), 0)
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

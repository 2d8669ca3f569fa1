package formats

import (
	"strings"
	"testing"
)

func TestParse(t *testing.T) {
	for _, c := range []struct {
		format, in, want, problem string
		limit                     int64
	}{
		{Auto, `{"runs":[]}`, "sarif", "", 0},
		{Auto, `{"diagnostics":[]}`, "rdjson", "", 0},
		{Auto, `{"message":"m","location":{"path":"a"}}`, "rdjsonl", "", 0},
		{Auto, `<checkstyle/>`, "checkstyle", "", 0},
		{Auto, `{"Issues":[]}`, "golangci", "", 0},
		{Auto, `[{"filePath":"a","messages":[]}]`, "eslint", "", 0},
		{Auto, `[{"code":"E1","filename":"a"}]`, "ruff", "", 0},
		{Auto, "::error::x", "github", "", 0},
		{Auto, "--- a\n+++ a\n@@ -1 +1 @@\n-x\n+y\n", "diff", "", 0},
		{"ruff", `[]`, "ruff", "", 0},
		{Auto, `[]`, "", "name its format", 0},
		{"pylint", `[]`, "", `there is no lint format "pylint"; it is one of sarif, rdjson`, 0},
		{"sarif", `[]`, "sarif", "read it as sarif: byte 1: want an object", 0},
		{"sarif", `{"runs":[]}` + strings.Repeat(" ", 100), "sarif", "more than 50 bytes", 50},
		{Auto, `{"runs":[]}` + strings.Repeat(" ", 100<<10), "sarif", "more than 70000 bytes", 70_000},
	} {
		_, format, err := Parse(c.format, strings.NewReader(c.in), c.limit)
		if format != c.want || (c.problem == "") != (err == nil) || err != nil && !strings.Contains(err.Error(), c.problem) {
			t.Errorf("%s of %.30q is %q, %v", c.format, c.in, format, err)
		}
	}
}

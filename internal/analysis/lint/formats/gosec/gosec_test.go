package gosec

import (
	"testing"

	"github.com/lintel-review/lintel/internal/report/formattest"
)

var cases = []formattest.Case{
	{"issues", `{"Golang ` +
		`errors":{},"Issues":[{"severity":"HIGH","confidence":"HIGH","cwe":{"id":"78","url":"u"},"rule_id":"G204",` +
		`"details":"Subprocess launched with variable","file":"/w/a.go","code":"12: x","line":"12-14","column":"9",` +
		`"nosec":false,"suppressions":null},{"severity":"LOW","rule_id":"G104","details":"m","file":"/w/a.go",` +
		`"line":"3","column":"1","nosec":true}],"Stats":{"files":1},"GosecVersion":"dev"}`, "/w/a.go:12:9-14 error gosec " +
		"G204: Subprocess launched with variable", ""},
	{"suppressed",
		`{"Issues":[{"severity":"MEDIUM","rule_id":"G1","file":"a","line":"1","suppressions":[{"kind":"inSource"}]},` +
			`{"severity":"MEDIUM","rule_id":"G2","file":"a","line":"1","suppressions":[]}],"Stats":{}}`, "a:1 warning gosec G2: ", ""},
	{"code that does not load", `{"Golang errors":{"/w/a.go":[{"line":3,"column":1,"error":"expected }"}]},"Issues":[],"Stats":{}}`,
		"gosec failed: code could not be loaded, so gosec did not look at all of it; blind /w/a.go:3:1 error gosec error: expected }", ""},
	{"nothing", `{"Golang errors":{},"Issues":[],"Stats":{"files":3},"GosecVersion":"v2"}`, "nothing of gosec", ""},
	{"an empty object", `{}`, "", "has not both"},
	{"of golangci-lint", `{"Issues":[{"FromLinter":"errcheck","Pos":{}}],"Report":{}}`, "", "without one of gosec's severities"},
	{"a list", `[]`, "", "want an object"},
	{"empty", ``, "", "ends too early"},
	{"a bad line", `{"Issues":[{"severity":"LOW","rule_id":"G1","file":"a","line":"x"}]}`, "", "the line number"},
}

func TestRead(t *testing.T) { formattest.Run(t, Read, cases) }

// FuzzRead holds that no input makes the reader panic or leave the limits, and that what it reads is in order.
func FuzzRead(f *testing.F) { formattest.Fuzz(f, Read, cases) }

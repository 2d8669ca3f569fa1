package bandit

import (
	"testing"

	"github.com/lintel-review/lintel/internal/report/formattest"
)

var cases = []formattest.Case{
	{"a result", `{"errors":[],"generated_at":"2026-01-01T00:00:00Z","metrics":{"_totals":{"loc":3}},` +
		`"results":[{"code":"2 import subprocess\n","col_offset":0,"end_col_offset":17,"filename":"./src/a.py",` +
		`"issue_confidence":"HIGH","issue_cwe":{"id":78,"link":"x"},"issue_severity":"LOW","issue_text":"Consider ` +
		`possible security implications.","line_number":2,"line_range":[2,3],` +
		`"more_info":"https://bandit.readthedocs.io/x","test_id":"B404","test_name":"blacklist"}]}`, "./src/a.py:2:1-3 notice " +
		"bandit B404: Consider possible security implications.", ""},
	{"other severities",
		`{"metrics":{},"results":[{"filename":"a","test_id":"B1","issue_severity":"HIGH"},{"filename":"a",` +
			`"test_id":"B2","issue_severity":"MEDIUM"}]}`, "a error bandit B1: ; a " +
			"warning bandit B2: ", ""},
	{"a file that does not parse",
		`{"errors":[{"filename":"a.py","reason":"syntax error while parsing AST from file"}],"metrics":{},"results":[]}`,
		"blind a.py error bandit error: syntax error while parsing AST from file", ""},
	{"nothing", `{"errors":[],"metrics":{},"results":[]}`, "nothing of bandit", ""},
	{"an empty object", `{}`, "", "has not both"},
	{"of Semgrep", `{"results":[],"errors":[],"paths":{}}`, "", "has not both"},
	{"of something else", `{"metrics":{},"results":[{"check_id":"x"}]}`, "", "severities"},
	{"a list", `[]`, "", "want an object"},
	{"empty", ``, "", "ends too early"},
}

func TestRead(t *testing.T) { formattest.Run(t, Read, cases) }

// FuzzRead holds that no input makes the reader panic or leave the limits, and that what it reads is in order.
func FuzzRead(f *testing.F) { formattest.Fuzz(f, Read, cases) }

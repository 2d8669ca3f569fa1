package shellcheck

import (
	"testing"

	"github.com/lintel-review/lintel/internal/report/formattest"
)

const one = `{"file":"bin/a.sh","line":2,"endLine":2,"column":6,"endColumn":8,"level":"info","code":2086,` +
	`"message":"Double quote to prevent globbing.","fix":{"replacements":[{"line":2,"endLine":2,"column":6,` +
	`"endColumn":6,"precedence":7,"insertionPoint":"beforeStart","replacement":"\""},{"line":2,"endLine":2,"column":8,` +
	`"endColumn":8,"precedence":7,"insertionPoint":"afterEnd","replacement":"\""}]}}`

var cases = []formattest.Case{
	{"json1", `{"comments":[` + one + `]}`,
		`bin/a.sh:2:6-2:8 notice shellcheck SC2086: Double quote to prevent globbing. [2:6-2:6 "\""] [2:8-2:8 "\""]`, ""},
	{"json", `[` + one + `]`, `bin/a.sh:2:6-2:8 notice shellcheck SC2086: Double quote to prevent globbing.`, ""},
	{"it does not parse",
		`[{"file":"a","line":3,"endLine":3,"column":1,"endColumn":1,"level":"error","code":1073,"message":"Couldn't ` +
			`parse this if expression.","fix":null}]`, "blind a:3:1-3:1 error shellcheck SC1073: Couldn't parse this if expression.", ""},
	{"other levels", `[{"file":"a","level":"warning","code":1},{"file":"a","level":"style","code":2}]`,
		"a warning shellcheck SC1: ; a notice shellcheck SC2: ", ""},
	{"nothing", `[]`, "nothing of shellcheck", ""},
	{"nothing in json1", `{"comments":[]}`, "nothing of shellcheck", ""},
	{"an empty object", `{}`, "", "no list of comments"},
	{"of hadolint", `[{"file":"Dockerfile","line":1,"column":1,"level":"error","code":"DL3006","message":"m"}]`, "",
		`"code" is a text where the format has a whole number`},
	{"of something else", `[{"filename":"a"}]`, "", "without one of ShellCheck's levels"},
	{"empty", ``, "", "ends too early"},
	{"a negative line", `[{"file":"a","level":"error","code":1,"line":-1}]`, "", "is not between"},
}

func TestRead(t *testing.T) { formattest.Run(t, Read, cases) }

// FuzzRead holds that no input makes the reader panic or leave the limits, and that what it reads is in order.
func FuzzRead(f *testing.F) { formattest.Fuzz(f, Read, cases) }

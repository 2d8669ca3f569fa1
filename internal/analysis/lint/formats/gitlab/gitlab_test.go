package gitlab

import (
	"testing"

	"github.com/lintel-review/lintel/internal/report/formattest"
)

var cases = []formattest.Case{
	{"a linter's", `[{"description":"Unused variable ` +
		`x","check_name":"no-unused-vars","fingerprint":"7815","severity":"major","location":{"path":"src/a.js",` +
		`"lines":{"begin":42,"end":43}}}]`, "src/a.js:42-43 error gitlab " +
		"no-unused-vars: Unused variable x", ""},
	{"by positions",
		`[{"type":"issue","engine_name":"phpcs","description":"d","check_name":"c","fingerprint":"1","severity":"minor",` +
			`"location":{"path":"a","positions":{"begin":{"line":2,"column":3},"end":{"line":2,"column":5}}}}]`,
		"a:2:3-2:5 warning phpcs c: d", ""},
	{"a position as a line",
		`[{"description":"d","check_name":"c","severity":"info","location":{"path":"a","lines":{"begin":{"line":9,"column":2}}}}]`,
		"a:9:2 notice gitlab c: d", ""},
	{"other severities",
		`[{"check_name":"c","severity":"blocker","location":{"path":"a"}},{"check_name":"c","severity":"CRITICAL",` +
			`"location":{"path":"a"}},{"check_name":"c","severity":"?","location":{"path":"a"}}]`, "a error gitlab c: ; a error " +
			"gitlab c: ; a warning gitlab c: ", ""},
	{"another type", `[{"type":"measurement","name":"x"}]`, "nothing of gitlab", ""},
	{"nothing", `[]`, "nothing of gitlab", ""},
	{"of something else", `[{"filename":"a","code":"E1"}]`, "", "an entry without location.path"},
	{"without a check", `[{"location":{"path":"a"}}]`, "", "an entry without location.path"},
	{"an object", `{}`, "", "want a list"},
	{"empty", ``, "", "ends too early"},
	{"a text for a line", `[{"check_name":"c","location":{"path":"a","lines":{"begin":"x"}}}]`, "", "no whole number"},
	{"a negative line", `[{"check_name":"c","location":{"path":"a","lines":{"begin":-4}}}]`, "", "is not between"},
	{"cut", `[{"check_name":"c"`, "", "ends too early"},
}

func TestRead(t *testing.T) { formattest.Run(t, Read, cases) }

// FuzzRead holds that no input makes the reader panic or leave the limits, and that what it reads is in order.
func FuzzRead(f *testing.F) { formattest.Fuzz(f, Read, cases) }

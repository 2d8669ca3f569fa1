package deno

import (
	"testing"

	"github.com/lintel-review/lintel/internal/report/formattest"
)

var cases = []formattest.Case{
	{"a diagnostic",
		`{"version":1,"diagnostics":[{"range":{"start":{"line":1,"col":4,"bytePos":4},"end":{"line":1,"col":5,` +
			`"bytePos":5}},"filename":"file:///w/my%20app/a.ts","message":"x is never used","code":"no-unused-vars",` +
			`"hint":"prefix it"}],"errors":[]}`, "file:///w/my%20app/a.ts:1:5-1" +
			":6 error deno no-unused-vars: x is never used", ""},
	{"it does not parse", `{"diagnostics":[],"errors":[{"file_path":"/w/a.ts","message":"Unexpected token"}]}`,
		"blind /w/a.ts error deno error: Unexpected token", ""},
	{"nothing", `{"version":1,"diagnostics":[],"errors":[]}`, "nothing of deno", ""},
	{"an empty object", `{}`, "", "has not both"},
	{"of rdjson", `{"diagnostics":[{"message":"m","location":{"path":"a"}}]}`, "", "without a filename"},
	{"a list", `[]`, "", "want an object"},
	{"empty", ``, "", "ends too early"},
	{"a negative line", `{"diagnostics":[{"filename":"a","code":"x","range":{"start":{"line":-1}}}]}`, "", "is not between"},
}

func TestRead(t *testing.T) { formattest.Run(t, Read, cases) }

// FuzzRead holds that no input makes the reader panic or leave the limits, and that what it reads is in order.
func FuzzRead(f *testing.F) { formattest.Fuzz(f, Read, cases) }

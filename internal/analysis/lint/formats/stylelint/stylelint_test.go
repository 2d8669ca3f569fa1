package stylelint

import (
	"testing"

	"github.com/lintel-review/lintel/internal/report/formattest"
)

var cases = []formattest.Case{
	{"a warning",
		`[{"source":"/w/src/a.css","deprecations":[],"invalidOptionWarnings":[],"parseErrors":[],"errored":true,` +
			`"warnings":[{"line":3,"column":2,"endLine":3,"endColumn":4,"rule":"block-no-empty","severity":"error",` +
			`"text":"Empty block (block-no-empty)"},{"line":1,"column":1,"rule":"x/y","severity":"warning","text":"t"}]}]`,
		"/w/src/a.css:3:2-3:4 error " +
			"stylelint block-no-empty: Empty block; /w/src/a.css:1:1 warning stylelint x/y: t", ""},
	{"it does not parse",
		`[{"source":"a.css","warnings":[{"line":1,"column":1,"rule":"CssSyntaxError","severity":"error",` +
			`"text":"Unclosed block (CssSyntaxError)"}]}]`, "blind a.css:1:1 error " +
			"stylelint CssSyntaxError: Unclosed block", ""},
	{"a bad option", `[{"source":"a.css","invalidOptionWarnings":[{"text":"Unexpected option value"}],"warnings":[]}]`,
		"stylelint failed: Unexpected option value", ""},
	{"nothing", `[{"source":"a.css","warnings":[]}]`, "nothing of stylelint", ""},
	{"no file", `[]`, "nothing of stylelint", ""},
	{"of ESLint", `[{"filePath":"a","messages":[]}]`, "", "without a source"},
	{"an object", `{}`, "", "want a list"},
	{"empty", ``, "", "ends too early"},
	{"a negative line", `[{"source":"a","warnings":[{"line":-1}]}]`, "", "is not between"},
}

func TestRead(t *testing.T) { formattest.Run(t, Read, cases) }

// FuzzRead holds that no input makes the reader panic or leave the limits, and that what it reads is in order.
func FuzzRead(f *testing.F) { formattest.Fuzz(f, Read, cases) }

package rubocop

import (
	"testing"

	"github.com/lintel-review/lintel/internal/report/formattest"
)

var cases = []formattest.Case{
	{"an offense",
		`{"metadata":{"rubocop_version":"1.60.0"},"files":[{"path":"app/a.rb","offenses":[{"severity":"convention",` +
			`"message":"Use 2 spaces.","cop_name":"Layout/IndentationWidth","corrected":false,"correctable":true,` +
			`"location":{"start_line":2,"start_column":1,"last_line":2,"last_column":4,"length":4,"line":2,"column":1}},` +
			`{"severity":"warning","message":"gone","cop_name":"X","corrected":true,"location":{"line":1}}]}],` +
			`"summary":{"offense_count":2}}`, "app/a.rb:2:1-2:5 warning " +
			"rubocop Layout/IndentationWidth: Use 2 spaces.", ""},
	{"it does not parse",
		`{"metadata":{},"files":[{"path":"a.rb","offenses":[{"severity":"fatal","message":"unexpected ` +
			`token","cop_name":"Lint/Syntax","location":{"line":4,"column":2}}]}]}`,
		"blind a.rb:4:2 error rubocop Lint/Syntax: unexpected token", ""},
	{"an info", `{"files":[{"path":"a","offenses":[{"severity":"info","message":"m","cop_name":"c","location":{}}]}],"summary":{}}`,
		"a notice rubocop c: m", ""},
	{"nothing", `{"metadata":{},"files":[{"path":"a.rb","offenses":[]}],"summary":{}}`, "nothing of rubocop", ""},
	{"an empty object", `{}`, "", "has not both"},
	{"of something else", `{"files":[{"name":"x"}],"summary":{}}`, "", "without a path"},
	{"a list", `[]`, "", "want an object"},
	{"empty", ``, "", "ends too early"},
	{"a negative line", `{"files":[{"path":"a","offenses":[{"location":{"line":-1}}]}]}`, "", "is not between"},
}

func TestRead(t *testing.T) { formattest.Run(t, Read, cases) }

// FuzzRead holds that no input makes the reader panic or leave the limits, and that what it reads is in order.
func FuzzRead(f *testing.F) { formattest.Fuzz(f, Read, cases) }

package terraform

import (
	"testing"

	"github.com/lintel-review/lintel/internal/report/formattest"
)

var cases = []formattest.Case{
	{"an error", `{"format_version":"1.0","valid":false,"error_count":1,"warning_count":0,` +
		`"diagnostics":[{"severity":"error","summary":"Unsupported argument","detail":"An argument named \"nam\" is not ` +
		`expected here.","range":{"filename":"mod/main.tf","start":{"line":2,"column":3,"byte":30},"end":{"line":2,` +
		`"column":6,"byte":33}},"snippet":{"context":"resource","code":"  nam = 1","start_line":2,` +
		`"highlight_start_offset":2,"highlight_end_offset":5,"values":[]}}]}`, `mod/main.tf:2:3-2:6 error ` +
		`terraform validate: Unsupported argument: An argument named "nam" is not expected here.`, ""},
	{"a warning",
		`{"valid":true,"diagnostics":[{"severity":"warning","summary":"Deprecated","range":{"filename":"a.tf",` +
			`"start":{"line":1,"column":1},"end":{"line":1,"column":2}}}]}`, "a.tf:1:1-1:2 warning " +
			"terraform validate: Deprecated", ""},
	{"a provider that is not there",
		`{"format_version":"1.0","valid":false,"diagnostics":[{"severity":"error","summary":"Missing required ` +
			`provider","detail":"Run init."}]}`, "terraform failed: Missing required provider: Run init.", ""},
	{"nothing", `{"format_version":"1.0","valid":true,"error_count":0,"warning_count":0,"diagnostics":[]}`, "nothing of terraform", ""},
	{"an empty object", `{}`, "", "has not both"},
	{"no mark", `{"diagnostics":[]}`, "", "has not both"},
	{"rdjson", `{"valid":true,"diagnostics":[{"message":"m","location":{"path":"a"}}]}`, "", "without one of Terraform's severities"},
	{"a list", `[]`, "", "want an object"},
	{"empty", ``, "", "ends too early"},
	{"a negative line",
		`{"valid":true,"diagnostics":[{"severity":"error","summary":"s","range":{"filename":"a","start":{"line":-1}}}]}`, "",
		"is not between"},
	{"a place without a line",
		`{"valid":true,"diagnostics":[{"severity":"error","summary":"s","range":{"filename":"a","start":{"line":0,"column":4}}}]}`,
		"a error terraform validate: s", ""},
}

func TestRead(t *testing.T) { formattest.Run(t, Read, cases) }

// FuzzRead holds that no input makes the reader panic or leave the limits, and that what it reads is in order.
func FuzzRead(f *testing.F) { formattest.Fuzz(f, Read, cases) }

package tflint

import (
	"testing"

	"github.com/lintel-review/lintel/internal/report/formattest"
)

var cases = []formattest.Case{
	{"an issue", `{"issues":[{"rule":{"name":"terraform_unused_declarations","severity":"warning",` +
		`"link":"https://github.com/x"},"message":"variable \"x\" is declared but not used",` +
		`"range":{"filename":"mod/main.tf","start":{"line":1,"column":1},"end":{"line":1,"column":13}},"callers":[]}],"errors":[]}`,
		`mod/main.tf:1:1-1:13 ` +
			`warning ` +
			`tflint terraform_unused_declarations: variable "x" is declared but not used`, ""},
	{"it failed", `{"issues":[],"errors":[{"message":"Failed to load configurations","severity":"error"}]}`,
		"tflint failed: Failed to load configurations", ""},
	{"nothing", `{"issues":[],"errors":[]}`, "nothing of tflint", ""},
	{"an empty object", `{}`, "", "has not both"},
	{"of something else", `{"issues":[{"key":"x"}],"errors":[]}`, "", "without a rule"},
	{"a list", `[]`, "", "want an object"},
	{"empty", ``, "", "ends too early"},
	{"a negative line", `{"issues":[{"rule":{"name":"x","severity":"error"},"range":{"start":{"line":-1}}}]}`, "", "is not between"},
}

func TestRead(t *testing.T) { formattest.Run(t, Read, cases) }

// FuzzRead holds that no input makes the reader panic or leave the limits, and that what it reads is in order.
func FuzzRead(f *testing.F) { formattest.Fuzz(f, Read, cases) }

package golangci

import (
	"testing"

	"github.com/lintel-review/lintel/internal/report/formattest"
)

var cases = []formattest.Case{
	{"version 1", "{\"Issues\": [{\"FromLinter\": \"errcheck\", \"Text\": \"Error return value is not checked\", " +
		"\"Severity\": \"\", \"SourceLines\": [\"\\tf.Close()\"], \"Pos\": {\"Filename\": \"cart/cart.go\", \"Offset\": " +
		"1, \"Line\": 7, \"Column\": 9}}, {\"FromLinter\": \"gofmt\", \"Text\": \"File is not `gofmt`-ed\", " +
		"\"SourceLines\": [\"a  := 1\", \"b:=2\"], \"Replacement\": {\"NeedOnlyDelete\": false, \"NewLines\": [\"a := " +
		"1\", \"b := 2\"], \"Inline\": null}, \"LineRange\": {\"From\": 3, \"To\": 4}, \"Pos\": {\"Filename\": " +
		"\"a.go\", \"Line\": 3, \"Column\": 0}}, {\"FromLinter\": \"misspell\", \"Severity\": \"warning\", \"Text\": " +
		"\"t\", \"Replacement\": {\"Inline\": {\"StartCol\": 4, \"Length\": 3, \"NewString\": \"the\"}}, \"Pos\": " +
		"{\"Filename\": \"a.go\", \"Line\": 9, \"Column\": 5}}], \"Report\": {\"Linters\": [{\"Name\": \"errcheck\", " +
		"\"Enabled\": true}]}}",
		"cart/cart.go:7:9 error golangci-lint errcheck: Error return value is not checked; a.go:3-4 error golangci-lint " +
			"gofmt: File is not `gofmt`-ed [3:0-4:0 \"a := 1\\nb := 2\\n\"]; a.go:9:5 warning golangci-lint misspell: t " +
			"[9:5-9:8 \"the\"]", ""},
	{"null", `{"Issues":null,"Report":{"Linters":[]}}`, "nothing of golangci-lint", ""},
	{"version 2", `{"Issues":[{"FromLinter":"staticcheck","Text":"SA1000: ` +
		`x","SuggestedFixes":[{"Message":"","TextEdits":[{"Pos":12,"End":15,"NewText":"eA=="}]}],` +
		`"Pos":{"Filename":"a.go","Line":1,"Column":1},"ExpectNoLint":false}]}`, "a.go:1:1 error golangci-lint " +
		"staticcheck: SA1000: x", ""},
	{"deletes", `{"Issues":[{"FromLinter":"gofmt","Text":"t","SourceLines":["x"],"Replacement":{"NeedOnlyDelete":true},` +
		`"Pos":{"Filename":"a.go","Line":2}}]}`, `a.go:2 error golangci-lint ` +
		`gofmt: t [2:0-2:0 ""]`, ""},
	{"failed", `{"Issues":[],"Report":{"Error":"context loading failed: no go files"}}`,
		"golangci-lint failed: context loading failed: no go files", ""},
	{"does not compile", `{"Issues":[{"FromLinter":"typecheck","Text":"undefined: x","Pos":{"Filename":"a.go","Line":2,"Column":3}}]}`,
		"golangci-lint failed: the code could not be type-checked, so other linters did not look at all of it: " +
			"undefined: x; blind a.go:2:3 error golangci-lint typecheck: undefined: x", ""},
	{"a line as text", `{"Issues":[{"Pos":{"Line":"3"}}]}`, "", "byte"},
	{"a negative line", `{"Issues":[{"FromLinter":"x","Pos":{"Filename":"a","Line":-3}}]}`, "", "the line or column -3"},
	{"a huge number", `{"Issues":[{"Pos":{"Filename":"a","Line":1e99}}]}`, "", "byte"},
	{"a list", "[]", "", "want an object"},
	{"cut", `{"Issues":[{`, "", "ends too early"},
	{"more behind", "{\"Issues\":[],\"Report\":{}}\n0 issues.\n", "", "--output.json.path out.json"},
	{"an empty object", `{}`, "", "neither Issues"},
	{"no issues and no report", `{"Issues":[]}`, "", "neither Issues"},
	{"null for a report", `{"Issues":null,"Report":null}`, "", "neither Issues"},
	{"TFLint's", `{"issues":[],"errors":[]}`, "", "neither Issues"},
	{"gosec's", `{"Golang errors":{},"Issues":[{"severity":"HIGH","rule_id":"G1","file":"a.go","line":"1"}],"Stats":{}}`, "",
		"without FromLinter"},
	{"gosec's, clean", `{"Golang errors":{},"Issues":[],"Stats":{}}`, "", "neither Issues"},
}

func TestRead(t *testing.T) { formattest.Run(t, Read, cases) }

// FuzzRead holds that no input makes the reader panic or leave the limits, and that what it reads is in order.
func FuzzRead(f *testing.F) { formattest.Fuzz(f, Read, cases) }

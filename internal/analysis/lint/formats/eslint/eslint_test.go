package eslint

import (
	"testing"

	"github.com/lintel-review/lintel/internal/report/formattest"
)

var cases = []formattest.Case{
	{"messages", `[{"filePath": "/w/a.js", "messages": [{"ruleId": "no-var", "severity": 2, "message": "Unexpected ` +
		`var.", "line": 1, "column": 17, "endLine": 1, "endColumn": 22, "fix": {"range": [16, 19], "text": "let"}}, ` +
		`{"ruleId": "semi", "severity": 1, "message": "Missing semicolon.", "line": 2, "column": 6}], ` +
		`"suppressedMessages": [{"ruleId": "x", "severity": 2, "message": "m", "line": 1, "column": 1}], "errorCount": ` +
		`1, "source": "const a = \"😀\"; var b\nfoo()\n"}, {"filePath": "/w/b.js", "messages": [], "errorCount": 0}]`,
		`/w/a.js:1:17-1:22 error eslint no-var: Unexpected var. [1:17-1:20 "let"]; /w/a.js:2:6 warning eslint semi: Missing semicolon.`,
		""},
	{"a fix without a source",
		`[{"filePath":"a.js","messages":[{"ruleId":"semi","severity":1,"message":"m","line":1,"column":1,` +
			`"fix":{"range":[0,1],"text":";"}}]}]`, "a.js:1:1 warning eslint " +
			"semi: m", ""},
	{"a fix beyond the source",
		`[{"filePath":"a.js","source":"x","messages":[{"ruleId":"semi","severity":1,"message":"m","line":1,"column":1,` +
			`"fix":{"range":[0,9],"text":";"}}]}]`, "a.js:1:1 warning eslint " +
			"semi: m", ""},
	{"fatal", `[{"filePath":"a.js","messages":[{"ruleId":null,"fatal":true,"severity":2,"message":"Parsing error: ` +
		`Unexpected token","line":3,"column":4}]}]`, "blind a.js:3:4 error eslint parsing-error: Parsing error: Unexpected token", ""},
	{"without a place", `[{"filePath":"a.js","messages":[{"ruleId":null,"severity":1,"message":"File ignored"}]}]`,
		"a.js warning eslint : File ignored", ""},
	{"with metadata",
		`{"metadata":{"rulesMeta":{}},"results":[{"filePath":"a.ts",` +
			`"messages":[{"ruleId":"@typescript-eslint/no-unused-vars","severity":2,"message":"m","line":1,"column":1}]}]}`,
		"a.ts:1:1 error eslint " +
			"@typescript-eslint/no-unused-vars: m", ""},
	{"nothing", "[]", "nothing of eslint", ""},
	{"nothing, with metadata", `{"results":[],"metadata":{"cwd":"/w","rulesMeta":{}}}`, "nothing of eslint", ""},
	{"Bandit's", `{"errors":[],"metrics":{},"results":[]}`, "", "not the metadata"},
	{"no messages", `[{"filePath":"a.js"}]`, "", "a list of messages"},
	{"Stylelint's", `[{"source":"a.css","warnings":[]}]`, "", "a filePath"},
	{"no path", `[{"messages":[]}]`, "", "without a filePath"},
	{"no results", `{"metadata":{}}`, "", "no list of results"},
	{"a negative line", `[{"filePath":"a.js","messages":[{"line":-1}]}]`, "", "the line or column -1"},
	{"text", `"x"`, "", "want a list or an object"},
	{"cut", `[{"filePath":"a.js"`, "", "ends too early"},
	{"empty", "", "", "ends too early"},
}

func TestRead(t *testing.T) { formattest.Run(t, Read, cases) }

func TestPage(t *testing.T) {
	for rule, want := range map[string]string{
		"no-var":                            "https://eslint.org/docs/latest/rules/no-var",
		"@typescript-eslint/no-unused-vars": "https://typescript-eslint.io/rules/no-unused-vars/",
		"react/no-danger":                   "", "": "", "no-var)[x](y": "", "../x": "",
	} {
		if got := page(rule); got != want {
			t.Errorf("%q: %q", rule, got)
		}
	}
}

// FuzzRead holds that no input makes the reader panic or leave the limits, and that what it reads is in order.
func FuzzRead(f *testing.F) { formattest.Fuzz(f, Read, cases) }

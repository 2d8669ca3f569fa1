package biome

import (
	"testing"

	"github.com/lintel-review/lintel/internal/report/formattest"
)

var cases = []formattest.Case{
	{"version 2",
		`{"summary":{"changed":0,"unchanged":1,"errors":1,"warnings":0,"diagnosticsNotPrinted":0},` +
			`"diagnostics":[{"severity":"error","message":"Using == may be unsafe.",` +
			`"category":"lint/suspicious/noDoubleEquals","location":{"path":"src/a.js","start":{"line":2,"column":7},` +
			`"end":{"line":2,"column":9}},"advices":[]}],"command":"lint"}`, "src/a.js:2:7-2:9 error " +
			"biome " +
			"lint/suspicious/noDoubleEquals: Using == may be unsafe.", ""},
	{"version 1", `{"summary":{},"diagnostics":[{"category":"lint/x","severity":"warning","description":"Use ` +
		`===","message":[{"elements":[],"content":"Use ` +
		`"}],"location":{"path":{"file":"a.js"},"span":[14,16],"sourceCode":"var é;\nif (a == 1)"}}],"command":"check"}`,
		"a.js:2:7-2:9 warning biome lint/x: Use ===", ""},
	{"in pieces", `{"summary":{},"diagnostics":[{"category":"lint/x","severity":"hint","message":[{"content":"Use ` +
		`"},{"content":"==="}],"location":{"path":{"file":"a.js"},"span":null}}]}`, "a.js notice biome lint/x: Use ===", ""},
	{"the formatter", `{"summary":{"errors":1},"diagnostics":[{"severity":"error","message":"Formatter would have ` +
		`printed the following ` +
		`content:","category":"format","location":{"path":"src/a.js","start":{"line":0,"column":0},"end":{"line":0,` +
		`"column":0}},"advices":[]}],"command":"format"}`, "src/a.js error biome " +
		"format: " +
		"Formatter would have printed the following content:", ""},
	{"it does not parse",
		`{"summary":{},"diagnostics":[{"category":"parse","severity":"error","message":"expected ` +
			`}","location":{"path":"a.js","start":{"line":2,"column":1}}}]}`, "blind a.js:2:1 error biome parse: expected }", ""},
	{"nothing", `{"summary":{},"diagnostics":[],"command":"lint"}`, "nothing of biome", ""},
	{"an empty object", `{}`, "", "has not both"},
	{"of rdjson", `{"diagnostics":[]}`, "", "has not both"},
	{"of terraform", `{"format_version":"1.0","summary":{},"diagnostics":[{"severity":"error","summary":"x"}]}`, "",
		"without one of Biome's"},
	{"a list", `[]`, "", "want an object"},
	{"empty", ``, "", "ends too early"},
	{"a negative line",
		`{"summary":{},"diagnostics":[{"category":"x","severity":"error","location":{"path":"a","start":{"line":-1}}}]}`, "",
		"is not between"},
}

func TestRead(t *testing.T) { formattest.Run(t, Read, cases) }

// FuzzRead holds that no input makes the reader panic or leave the limits, and that what it reads is in order.
func FuzzRead(f *testing.F) { formattest.Fuzz(f, Read, cases) }

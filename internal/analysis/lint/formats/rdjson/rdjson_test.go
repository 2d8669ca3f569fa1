package rdjson

import (
	"strings"
	"testing"

	"github.com/lintel-review/lintel/internal/report/formattest"
)

var cases = []formattest.Case{
	{"a document",
		`{"source":{"name":"lint","url":"x"},"severity":"WARNING","diagnostics":[{"message":"m",` +
			`"location":{"path":"a.go","range":{"start":{"line":3,"column":2},"end":{"line":3,"column":5}}},` +
			`"severity":"ERROR","code":{"value":"R1","url":"https://e"},"suggestions":[{"range":{"start":{"line":3,` +
			`"column":2},"end":{"line":3,"column":5}},"text":"new"},{"text":"other"}]},{"message":"n","location":{"path":"b.go"}}]}`,
		`a.go:3:2-3:5 error lint R1: ` +
			`m [3:2-3:5 "new"]; b.go warning lint : n`, ""},
	{"the source behind",
		`{"diagnostics":[{"message":"m","location":{"path":"a"},"source":null}],"severity":3,"source":{"name":"late"}}`,
		"a notice late : m", ""},
	{"numbers", `{"diagnostics":[{"message":"m","location":{"path":"a"},"severity":1},{"message":"m",` +
		`"location":{"path":"a"},"severity":0}]}`, "a error rdjson : m; a " +
		"warning rdjson : m", ""},
	{"whole lines",
		`{"diagnostics":[{"message":"m","location":{"path":"a","range":{"start":{"line":2}}},` +
			`"suggestions":[{"range":{"start":{"line":2},"end":{"line":3}},"text":"x"}]},{"message":"d",` +
			`"location":{"path":"a","range":{"start":{"line":2}}},"suggestions":[{"range":{"start":{"line":2}},"text":""}]}]}`,
		`a:2 warning rdjson : m ` +
			`[2:0-3:0 "x\n"]; a:2 warning rdjson : d [2:0-2:0 ""]`, ""},
	{"null", `{"source":null,"diagnostics":null}`, "nothing of rdjson", ""},
	{"nothing", `{"diagnostics":[]}`, "nothing of rdjson", ""},
	{"Biome's", `{"summary":{},"diagnostics":[{"category":"lint/x","severity":"error","message":"m","location":{"path":{"file":"a.js"}}}]}`,
		"", `severity "error" is not ` +
			`known`},
	{"Biome's, clean", `{"summary":{},"diagnostics":[],"command":"lint"}`, "", "other tools write such JSON too"},
	{"terraform's", `{"format_version":"1.0","valid":false,"diagnostics":[{"severity":"error","summary":"x","range":{}}]}`, "", "severity"},
	{"terraform's, clean", `{"format_version":"1.0","valid":true,"diagnostics":[]}`, "", "other tools write such JSON too"},
	{"deno's", `{"version":1,"diagnostics":[{"filename":"a.ts","message":"m","code":"x"}],"errors":[]}`, "",
		`"code" is a text where the format has an object`},
	{"no diagnostics", `{"source":{"name":"x"}}`, "", "no list of diagnostics"},
	{"a severity", `{"diagnostics":[{"severity":"FATAL"}]}`, "", "is not known"},
	{"a negative line", `{"diagnostics":[{"message":"m","location":{"path":"a","range":{"start":{"line":-1}}}}]}`, "",
		"the line or column -1"},
	{"cut", `{"diagnostics":[`, "", "ends too early"},
}

func TestRead(t *testing.T) { formattest.Run(t, Read, cases) }

const one = `{"message":"m","location":{"path":"a","range":{"start":{"line":1}}},"source":{"name":"t"}}`

var lineCases = []formattest.Case{
	{"lines", one + "\n\n" + one + "\r\n", "a:1 warning t : m; a:1 warning t : m", ""},
	{"a bad line", one + "\nhello\n{}\n", "a:1 warning t : m; 2 skipped", ""},
	{"bad lines alone", "hello\nworld\n", "", "no line is a diagnostic; the first is \"hello\""},
	{"nothing", "", "nothing of rdjsonl", ""},
	{"a huge line", `{"message":"` + strings.Repeat("x", 10<<20) + `"}`, "", "line 1: it has more than"},
	{"a negative line", `{"message":"m","location":{"path":"a","range":{"start":{"line":-4}}}}`, "", "line 1: the line or column -4"},
}

func TestReadLines(t *testing.T) { formattest.Run(t, ReadLines, lineCases) }

// FuzzReadLines is FuzzRead for rdjsonl.
func FuzzReadLines(f *testing.F) { formattest.Fuzz(f, ReadLines, lineCases) }

// FuzzRead holds that no input makes the reader panic or leave the limits, and that what it reads is in order.
func FuzzRead(f *testing.F) { formattest.Fuzz(f, Read, cases) }

package pylint

import (
	"testing"

	"github.com/lintel-review/lintel/internal/report/formattest"
)

var cases = []formattest.Case{
	{"json", `[{"type":"convention","module":"a","obj":"","line":1,"column":0,"endLine":null,"endColumn":null,` +
		`"path":"src/a.py","symbol":"missing-module-docstring","message":"Missing module docstring",` +
		`"message-id":"C0114"},{"type":"warning","module":"a","obj":"f","line":3,"column":4,"endLine":3,"endColumn":9,` +
		`"path":"src/a.py","symbol":"unused-variable","message":"Unused","message-id":"W0612"}]`, "src/a.py:1:1 notice pylint " +
		"missing-module-docstring: Missing module docstring; src/a.py:3:5-3:10 warning pylint unused-variable: Unused", ""},
	{"json2", `{"messages":[{"type":"error","symbol":"no-member","message":"m","messageId":"E1101",` +
		`"confidence":"INFERENCE","module":"a","obj":"","line":2,"column":0,"endLine":2,"endColumn":4,"path":"a.py",` +
		`"absolutePath":"/w/a.py"}],"statistics":{"messageTypeCount":{"error":1},"modulesLinted":1,"score":0}}`,
		"a.py:2:1-2:5 error pylint " +
			"no-member: m", ""},
	{"it does not parse",
		`[{"type":"error","line":4,"column":1,"path":"a.py","symbol":"syntax-error","message":"invalid syntax","message-id":"E0001"}]`,
		"blind a.py:4:2 error pylint syntax-error: invalid syntax", ""},
	{"fatal", `[{"type":"fatal","line":1,"column":0,"path":"a.py","symbol":"fatal","message":"No module named ` +
		`a","message-id":"F0001"}]`, "pylint failed: No module named a; blind a.py:1:1 error pylint fatal: No module named a", ""},
	{"nothing", `[]`, "nothing of pylint", ""},
	{"nothing in json2", `{"messages":[],"statistics":{}}`, "nothing of pylint", ""},
	{"half of json2", `{"messages":[]}`, "", "has not both"},
	{"an empty object", `{}`, "", "has not both"},
	{"of something else", `[{"code":"E1","filename":"a"}]`, "", "without one of pylint's types"},
	{"empty", ``, "", "ends too early"},
	{"a text for a line", `[{"line":"x"}]`, "", `"line" is a text where the format has a whole number`},
	{"a negative line", `[{"type":"error","symbol":"s","message-id":"E1","line":-1}]`, "", "is not between"},
}

func TestRead(t *testing.T) { formattest.Run(t, Read, cases) }

// FuzzRead holds that no input makes the reader panic or leave the limits, and that what it reads is in order.
func FuzzRead(f *testing.F) { formattest.Fuzz(f, Read, cases) }

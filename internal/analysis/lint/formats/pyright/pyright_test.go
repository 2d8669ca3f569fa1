package pyright

import (
	"testing"

	"github.com/lintel-review/lintel/internal/report/formattest"
)

var cases = []formattest.Case{
	{"an error", `{"version":"1.1.400","time":"1","generalDiagnostics":[{"file":"/w/a.py","severity":"error",` +
		`"message":"Import \"x\" could not be resolved","range":{"start":{"line":0,"character":7},"end":{"line":0,` +
		`"character":8}},"rule":"reportMissingImports"},{"file":"/w/a.py","severity":"information","message":"m",` +
		`"range":{"start":{"line":2,"character":0},"end":{"line":3,"character":0}}}],"summary":{"filesAnalyzed":1,"errorCount":1}}`,
		`/w/a.py:1:8-1:9 error ` +
			`pyright reportMissingImports: Import "x" could not be resolved; /w/a.py:3:1 notice pyright : m`, ""},
	{"a warning about a file", `{"generalDiagnostics":[{"file":"a.py","severity":"warning","message":"m","rule":"r"}]}`,
		"a.py warning pyright r: m", ""},
	{"nothing", `{"generalDiagnostics":[],"summary":{"filesAnalyzed":3}}`, "nothing of pyright", ""},
	{"no file", `{"generalDiagnostics":[],"summary":{"filesAnalyzed":0}}`, "pyright failed: it looked at no file", ""},
	{"an empty object", `{}`, "", "no list of generalDiagnostics"},
	{"of something else", `{"generalDiagnostics":[{"code":"x"}]}`, "", "severities"},
	{"a list", `[]`, "", "want an object"},
	{"empty", ``, "", "ends too early"},
	{"a line below zero", `{"generalDiagnostics":[{"severity":"error","range":{"start":{"line":-2}}}]}`, "", "is not between"},
}

func TestRead(t *testing.T) { formattest.Run(t, Read, cases) }

// FuzzRead holds that no input makes the reader panic or leave the limits, and that what it reads is in order.
func FuzzRead(f *testing.F) { formattest.Fuzz(f, Read, cases) }

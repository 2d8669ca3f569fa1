package xccov

import (
	"testing"

	"github.com/lintel-review/lintel/internal/report/formattest"
)

var cases = []formattest.Case{
	{"xccov", `{"/Users/x/App/A.swift":[{"line":1,"isExecutable":false},{"line":2,"isExecutable":true,` +
		`"executionCount":3,"subranges":[{"column":5,"length":3,"executionCount":0}]},{"line":3,"isExecutable":true,` +
		`"executionCount":0},{"line":4,"isExecutable":true,"executionCount":1}]}`, "/Users/x/App/A.swift: 2 " +
		"partial, 3 miss, 4 hit", ""},
	{"nothing", `{}`, "", "no line of a file"},
	{"another JSON", `{"a":[{"x":1}]}`, "", "whether it is executable"},
	{"no list", `{"a":1}`, "", "want a list"},
	{"a count", `{"a":[{"line":1,"isExecutable":true}]}`, "", "is no number"},
}

func TestRead(t *testing.T) { formattest.Run(t, Read, cases) }

// FuzzRead holds that no input makes the reader panic or leave the limits, and that what it reads is in order.
func FuzzRead(f *testing.F) { formattest.Fuzz(f, Read, cases) }

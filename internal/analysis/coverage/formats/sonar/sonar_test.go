package sonar

import (
	"testing"

	"github.com/lintel-review/lintel/internal/report/formattest"
)

var cases = []formattest.Case{
	{"Sonar", `<coverage version="1"><file path="src/a.js"><lineToCover lineNumber="2" covered="false"/><lineToCover ` +
		`lineNumber="3" covered="true" branchesToCover="8" coveredBranches="7"/><lineToCover lineNumber="4" ` +
		`covered="true" branchesToCover="2" coveredBranches="2"/><lineToCover lineNumber="5" covered="true"/></file></coverage>`,
		"src/a.js: 2 miss, 3 partial, 4-5 hit", ""},
	{"a byte order mark",
		"\ufeff<coverage version=\"1\"><file path=\"a\"><lineToCover lineNumber=\"2\" covered=\"true\"/></file></coverage>", "a: 2 hit",
		""},
	{"another root", "<report/>", "", "the root is <report>"},
	{"nothing of it", `<coverage line-rate="1"/>`, "", "no <file>"},
	{"neither", `<coverage><file path="a"><lineToCover lineNumber="1" covered="maybe"/></file></coverage>`, "", "neither true nor false"},
	{"no number", `<coverage><file path="a"><lineToCover lineNumber="1" covered="true" branchesToCover="x"/></file></coverage>`, "",
		"no number"},
}

func TestRead(t *testing.T) { formattest.Run(t, Read, cases) }

// FuzzRead holds that no input makes the reader panic or leave the limits, and that what it reads is in order.
func FuzzRead(f *testing.F) { formattest.Fuzz(f, Read, cases) }

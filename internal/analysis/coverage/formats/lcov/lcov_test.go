package lcov

import (
	"strings"
	"testing"

	"github.com/lintel-review/lintel/internal/report/formattest"
)

var cases = []formattest.Case{
	{"a record", "TN:\nSF:src/a.js\nFN:1,f\nFNDA:1,f\nFNF:1\nDA:1,1\nDA:2,0\nLF:2\nLH:1\nend_of_record\n", "src/a.js: 1 hit, 2 miss", ""},
	{"a checksum, a branch",
		"SF:a\nDA:1,5,abc==\nDA:2,1\nDA:3,0\nBRDA:1,0,0,1\nBRDA:1,0,1,1\nBRDA:2,0,0,3\nBRDA:2,0,1,-\nBRDA:3,0,0,-\nend_of_record\n",
		"a: 1 hit, 2 partial, 3 miss", ""},
	{"several records of a file", "SF:a\nDA:1,0\nDA:2,1\nend_of_record\nSF:a\nDA:1,1\nDA:2,0\nend_of_record\n", "a: 1-2 hit", ""},
	{"the branches of several records",
		"SF:a\nDA:1,1\nBRDA:1,0,0,1\nBRDA:1,0,1,0\nend_of_record\nSF:a\nDA:1,1\nBRDA:1,0,0,-\nBRDA:1,0,1,2\nend_of_record\n",
		"a: 1 hit", ""},
	{"no end", "SF:a\nDA:1,1\nSF:b\nDA:1,0", "a: 1 hit b: 1 miss", ""},
	{"counts below zero", "SF:a\nDA:1,-3\nDA:2,18446744073709551615\nDA:3,1.5e+06\nDA:4,0.0\n", "a: 1-2 miss, 3 hit, 4 miss", ""},
	{"no place", "SF:a\nDA:undefined,1\nDA:0,1\nDA:2,1\nBRDA:undefined,0,0,1\n", "a: 2 hit", ""},
	{"Windows", "SF:C:\\src\\a.js\r\nDA:1,1\r\nend_of_record\r\n", "C:\\src\\a.js: 1 hit", ""},
	{"a branch before its line, names with commas", "SF:a\nBRDA:1,0,if (a, b),0\nDA:1,1\nend_of_record\n", "a: 1 partial", ""},
	{"a mark of byte order", "\ufeffSF:a\nDA:1,1\n", "a: 1 hit", ""},
	{"no measured line", "SF:a\nend_of_record\n", "a:", ""},
	{"nothing", "\n\n", "", "there is no record"},
	{"a line outside of a record", "DA:1,1\n", "", "line 1: DA stands outside"},
	{"a line after the end", "SF:a\nend_of_record\nDA:1,1\n", "", "line 3: DA stands outside"},
	{"NaN", "SF:a\nDA:1,NaN\n", "", "line 2: the count \"NaN\" is no number"},
	{"infinity", "SF:a\nDA:1,inf\n", "", "is no number"},
	{"a negative line", "SF:a\nDA:-1,1\n", "", "the line number \"-1\""},
	{"a huge line", "SF:a\nDA:99999999999999999999,1\n", "", "is not between"},
	{"no count", "SF:a\nDA:1\n", "", "has no count"},
	{"another text", "hello world\n", "", "is no line of an LCOV"},
	{"no name", "SF:\n", "", "without a name"},
	{"a line of 10 MB", "SF:" + strings.Repeat("x", 10<<20), "", "line 1: it has more than"},
}

// TestRead holds the reader to each report of the table.
func TestRead(t *testing.T) { formattest.Run(t, Read, cases) }

// FuzzRead holds that no input makes the reader panic or leave the limits, and that what it reads is in order.
func FuzzRead(f *testing.F) { formattest.Fuzz(f, Read, cases) }

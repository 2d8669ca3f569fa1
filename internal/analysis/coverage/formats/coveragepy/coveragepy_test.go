package coveragepy

import (
	"strings"
	"testing"

	"github.com/lintel-review/lintel/internal/report/formattest"
)

var cases = []formattest.Case{
	{"a file", "{\"meta\":{\"version\":\"7.6\",\"format\":3},\"files\":{\"pkg/a.py\":{\"executed_lines\":[1,2,5],\"summa" +
		"ry\":{\"percent_covered\":66.6},\"missing_lines\":[3],\"excluded_lines\":[4],\"missing_branches\":[[5,7],[3,-1]" +
		"]}},\"totals\":{}}", "pkg/a.py: 1-2 hit, 3 miss, 5 partial", ""},
	{"no lines", "{\"files\":{\"a.py\":{}}}", "", "no executed_lines"},
	{"no files", "{\"meta\":{}}", "", "no \"files\""},
	{"a list", "[]", "", "want an object"},
	{"cut", "{\"files\":{\"a.py\":{\"executed_lines\":[1", "", "ends too early"},
	{"NaN", "{\"files\":{\"a.py\":{\"executed_lines\":[NaN]}}}", "", "byte"},
	{"a negative line", "{\"files\":{\"a.py\":{\"executed_lines\":[-1]}}}", "", "a line is between"},
	{"more behind it", "{\"files\":{\"a.py\":{\"executed_lines\":[]}}} x", "", "follows behind"},
	{"a huge line", "{\"files\":{\"a.py\":{\"executed_lines\":[2000000000]}}}", "", "a line is between"},
	{"deep", strings.Repeat("[", 100000), "", "want an object"},
	{"deep inside", `{"files":{"a":` + strings.Repeat("[", 100000), "", "byte"},
}

// TestRead holds the reader to each report of the table.
func TestRead(t *testing.T) { formattest.Run(t, Read, cases) }

// FuzzRead holds that no input makes the reader panic or leave the limits, and that what it reads is in order.
func FuzzRead(f *testing.F) { formattest.Fuzz(f, Read, cases) }

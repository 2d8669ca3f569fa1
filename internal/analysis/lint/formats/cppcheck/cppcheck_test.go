package cppcheck

import (
	"testing"

	"github.com/lintel-review/lintel/internal/report/formattest"
)

var cases = []formattest.Case{
	{"an error", `<?xml version="1.0" encoding="UTF-8"?><results version="2"><cppcheck version="2.13.0"/><errors><error ` +
		`id="nullPointer" severity="error" msg="Null pointer dereference: p" verbose="Null pointer dereference: p" ` +
		`cwe="476" file0="src/a.c"><location file="src/a.c" line="7" column="6" info="here"/><location file="src/b.c" ` +
		`line="2" column="1" info="assigned"/><symbol>p</symbol></error><error id="unusedFunction" severity="style" ` +
		`msg="m"><location file="a.c" line="1"/></error></errors></results>`,
		"src/a.c:7:6 error cppcheck nullPointer: Null pointer dereference: p; a.c:1 notice cppcheck unusedFunction: m", ""},
	{"it does not parse",
		`<results version="2"><cppcheck version="2"/><errors><error id="syntaxError" severity="error" msg="syntax ` +
			`error"><location file="a.c" line="3" column="0"/></error></errors></results>`,
		"blind a.c:3 error cppcheck syntaxError: syntax error", ""},
	{"without a place", `<results version="2"><cppcheck version="2"/><errors><error id="toomanyconfigs" ` +
		`severity="information" msg="m"/></errors></results>`, " notice cppcheck toomanyconfigs: m", ""},
	{"nothing", `<results version="2"><cppcheck version="2.13.0"/><errors></errors></results>`, "nothing of cppcheck", ""},
	{"version 1", `<results><error file="a.c" line="1" id="x" severity="error" msg="m"/></results>`, "", "--xml-version=2"},
	{"of something else", `<results version="2"><errors/></results>`, "", "does not name cppcheck"},
	{"another root", `<checkstyle/>`, "", "the root is <checkstyle>"},
	{"an odd severity", `<results version="2"><cppcheck/><errors><error id="x" severity="bad"/></errors></results>`, "", "severities"},
	{"a bad line", `<results version="2"><cppcheck/><errors><error id="x" severity="error"><location file="a" ` +
		`line="-2"/></error></errors></results>`, "", "the line number"},
	{"cut", `<results version="2">`, "", "ends inside"},
}

func TestRead(t *testing.T) { formattest.Run(t, Read, cases) }

// FuzzRead holds that no input makes the reader panic or leave the limits, and that what it reads is in order.
func FuzzRead(f *testing.F) { formattest.Fuzz(f, Read, cases) }

package github

import (
	"strings"
	"testing"

	"github.com/lintel-review/lintel/internal/report"
	"github.com/lintel-review/lintel/internal/report/formattest"
)

var cases = []formattest.Case{
	{"Azure's", "Starting: Build\n##vso[task.logissue " +
		"type=warning;sourcepath=src\\a.cs;linenumber=3;columnnumber=4;code=CS0168;]The variable%3B x%0Ais unused\n" +
		"##vso[task.complete result=Failed;]x\n", `src\a.cs:3:4 warning github CS0168: The variable; x` + "\nis unused", ""},
	{"Azure's without a place", "##vso[task.logissue type=error]100%AZP25 wrong", " error github : 100% wrong", ""},
	{"Azure's of another type", "##vso[task.logissue type=debug]x", "", "no annotation"},
	{"an error", "::error file=src/a.js,line=3,endLine=4,col=5,endColumn=7,title=Bad%2C very::It is%0Atwo lines 100%25",
		"src/a.js:3:5-4:7 error github : Bad, very: It is\ntwo lines 100%", ""},
	{"ruff's", "some log\r\n::error title=Ruff (F401),file=/w/a.py,line=1,col=8,endLine=1,endColumn=10::a.py:1:8: F401 " +
		"unused\r\nFound 1 error.\n", "/w/a.py:1:8-1:10 error ruff F401: a.py:1:8: F401 unused", ""},
	{"without a file", "::warning::The cache was not found", " warning github : The cache was not found", ""},
	{"a notice", "  ::notice file=a%3Ab::hi", "a:b notice github : hi", ""},
	{"stopped", "::stop-commands::tok\n::error file=a::no\n::tok::\n::error file=b::yes", "b error github : yes", ""},
	{"other commands", "::group::x\n::set-output name=a::b\n::debug::y\nlog::error::z", "", "there is no annotation"},
	{"a title with colons", "::error file=src/a.js,line=2,title=mypy: attr-defined::no such attribute",
		"src/a.js:2 error github : mypy: attr-defined: no such attribute", ""},
	{"a Windows path", `::warning file=C:\w\src\a.cs,line=2,col=3::m`, `C:\w\src\a.cs:2:3 warning github : m`, ""},
	{"a URL in a title", "::error title=https%3A//x.example/a,file=a.js::m", "a.js error github : https://x.example/a: m", ""},
	{"two colons in the message", "::error file=a.rb,line=1::use A::B, not %3A%3A", "a.rb:1 error github : use A::B, not %3A%3A", ""},
	{"an equals sign in a value", "::error file=a=b.js,line=1::m", "a=b.js:1 error github : m", ""},
	{"blanks and case", "  ::ERROR FILE=a.js, Line=3 ,endLine=,col=::m", "a.js:3 error github : m", ""},
	{"an escaped per cent", "::error file=a.js,title=50%2525::%250A", "a.js error github : 50%25: %0A", ""},
	{"no end", "::error file=a.js,line=3:m", "", "there is no annotation"},
	{"a property without a value", "::error file=a.js,line::m", "a.js error github : m", ""},
	{"a clean tool", "All checks passed!\n", "nothing of github", ""},
	{"a tool that crashed", "Traceback (most recent call last):\n", "", "it begins with \"Traceback"},
	{"nothing", "", "nothing of github", ""},
	{"a negative line", "::error file=a,line=-1::x", "", "the line or column"},
	{"a line that is none", "::error file=a,line=1e3::x", "", "the line or column"},
	{"a long line", "::error file=a::xxxxxxxxxxxxxxxxxxxx", "a error github : xxxxxxxxxxxxxxxxxxxx", ""},
}

func TestRead(t *testing.T) { formattest.Run(t, Read, cases) }

func TestHugeLine(t *testing.T) {
	err := Read(strings.NewReader("::error file=a::"+strings.Repeat("x", 10<<20)), report.NewLintCollector())
	if err == nil || !strings.Contains(err.Error(), "line 1: it has more than") {
		t.Errorf("%.200v", err)
	}
}

// FuzzRead holds that no input makes the reader panic or leave the limits, and that what it reads is in order.
func FuzzRead(f *testing.F) { formattest.Fuzz(f, Read, cases) }

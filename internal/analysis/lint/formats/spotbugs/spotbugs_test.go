package spotbugs

import (
	"testing"

	"github.com/lintel-review/lintel/internal/report/formattest"
)

const instance = `<BugInstance type="NP_NULL" priority="1" rank="6" abbrev="NP" ` +
	`category="CORRECTNESS"><ShortMessage>Null</ShortMessage><LongMessage>Null pointer in ` +
	`com.acme.A.f()</LongMessage><Class classname="com.acme.A"><SourceLine classname="com.acme.A" start="3" end="40" ` +
	`sourcefile="A.java" sourcepath="com/acme/A.java"/></Class><Method name="f"><SourceLine start="9" end="14" ` +
	`sourcepath="com/acme/A.java"/></Method><SourceLine classname="com.acme.A" start="12" end="13" sourcefile="A.java" ` +
	`sourcepath="com/acme/A.java"/><SourceLine start="30" end="30" sourcepath="com/acme/A.java" role="ANOTHER"/></BugInstance>`

var cases = []formattest.Case{
	{"a bug", `<?xml version="1.0"?><BugCollection ` +
		`version="4.8"><Project><Jar>x</Jar><SrcDir>/w/core/src/main/java</SrcDir></Project>` + instance +
		`<Errors errors="0" missingClasses="0"/></BugCollection>`,
		"/w/core/src/main/java/com/acme/A.java:12-13 error spotbugs NP_NULL: Null pointer in com.acme.A.f()", ""},
	{"files as sources",
		`<BugCollection><Project><SrcDir>/w/a/src/com/acme/B.java</SrcDir><SrcDir>C:\w\a\src\com\acme\A.java</SrcDir></Project>` +
			instance + `</BugCollection>`, "C:/w/a/src/com/acme/A.java:12-13 error spotbugs NP_NULL: Null pointer in com.acme.A.f()", ""},
	{"two source folders",
		`<BugCollection><Project><SrcDir>/w/a</SrcDir><SrcDir>/w/b</SrcDir></Project>` + instance + `</BugCollection>`,
		"com/acme/A.java:12-13 error spotbugs NP_NULL: Null pointer in com.acme.A.f()", ""},
	{"of a class", `<BugCollection><BugInstance type="X" priority="2"><Class><SourceLine start="3" end="9" ` +
		`sourcepath="a/A.java"/></Class></BugInstance><BugInstance type="Y" ` +
		`priority="3"><ShortMessage>s</ShortMessage></BugInstance></BugCollection>`,
		"a/A.java warning spotbugs X: X;  notice spotbugs Y: s", ""},
	{"the primary line",
		`<BugCollection><BugInstance type="X" priority="2"><SourceLine start="3" sourcepath="a/A.java"/><SourceLine ` +
			`start="5" sourcepath="a/A.java" primary="true"/></BugInstance></BugCollection>`, "a/A.java:5 warning spotbugs X: X", ""},
	{"it failed", `<BugCollection><Errors errors="2"/></BugCollection>`,
		"spotbugs failed: it lists 2 errors of its own, so it did not look at everything", ""},
	{"nothing", `<BugCollection version="4.8"/>`, "nothing of spotbugs", ""},
	{"another root", `<report/>`, "", "the root is <report>"},
	{"without a type", `<BugCollection><BugInstance/></BugCollection>`, "", "without a type"},
	{"a bad line", `<BugCollection><BugInstance type="X"><SourceLine start="x"/></BugInstance></BugCollection>`, "", "the line number"},
	{"cut", `<BugCollection>`, "", "ends inside"},
}

func TestRead(t *testing.T) { formattest.Run(t, Read, cases) }

// FuzzRead holds that no input makes the reader panic or leave the limits, and that what it reads is in order.
func FuzzRead(f *testing.F) { formattest.Fuzz(f, Read, cases) }

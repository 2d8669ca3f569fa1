package checkstyle

import (
	"testing"

	"github.com/lintel-review/lintel/internal/report/formattest"
)

var cases = []formattest.Case{
	{"Checkstyle", `<?xml version="1.0" encoding="UTF-8"?><checkstyle version="10"><file name="/w/src/A.java"><error ` +
		`line="3" column="5" severity="warning" message="Line is &gt; 100" ` +
		`source="com.puppycrawl.tools.checkstyle.checks.sizes.LineLengthCheck"/><error line="4" severity="info" ` +
		`message="m" source="x.y"/><error line="5" severity="ignore" message="no"/></file></checkstyle>`,
		"/w/src/A.java:3:5 warning checkstyle LineLength: Line is > 100; /w/src/A.java:4 notice checkstyle x.y: m", ""},
	{"ESLint's", `<checkstyle version="4.3"><file name="a.js"><error line="1" column="2" severity="error" ` +
		`message="Missing (semi)" source="eslint.rules.semi" /></file><file name="b.js"></file></checkstyle>`,
		"a.js:1:2 error checkstyle semi: Missing (semi)", ""},
	{"without places", `<checkstyle><file name="a"><error message="whole file"/></file></checkstyle>`,
		"a error checkstyle : whole file", ""},
	{"an unknown severity", `<checkstyle><file name="a"><error line="1" severity="Convention" message="m"/></file></checkstyle>`,
		"a:1 warning checkstyle : m", ""},
	{"nothing", `<checkstyle version="8"/>`, "nothing of checkstyle", ""},
	{"an exception", "<checkstyle><file name=\"A.java\"><exception>\n<![CDATA[\nTokenStreamException: unexpected " +
		"char]]>\n</exception></file></checkstyle>", "checkstyle failed: the report does not say why", ""},
	{"another root", "<coverage/>", "", "the root is <coverage>"},
	{"no name", `<checkstyle><file><error line="1"/></file></checkstyle>`, "", "without a name"},
	{"outside", `<checkstyle><error line="1" message="m"/></checkstyle>`, "", "outside of a file"},
	{"a negative line", `<checkstyle><file name="a"><error line="-1" message="m"/></file></checkstyle>`, "", "the line number"},
	{"NaN", `<checkstyle><file name="a"><error line="NaN" message="m"/></file></checkstyle>`, "", "the line number"},
	{"entities", `<!DOCTYPE x [<!ENTITY a "b">]><checkstyle/>`, "", "declares entities"},
	{"cut", `<checkstyle><file name="a">`, "", "ends inside"},
	{"empty", ``, "", "no element"},
}

func TestRead(t *testing.T) { formattest.Run(t, Read, cases) }

// FuzzRead holds that no input makes the reader panic or leave the limits, and that what it reads is in order.
func FuzzRead(f *testing.F) { formattest.Fuzz(f, Read, cases) }

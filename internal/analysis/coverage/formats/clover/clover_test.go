package clover

import (
	"testing"

	"github.com/lintel-review/lintel/internal/report/formattest"
)

var cases = []formattest.Case{
	{"Istanbul", "<coverage generated=\"1\" clover=\"3.2.0\"><project name=\"x\"><metrics/><package name=\"a\"><file " +
		"name=\"a.js\" path=\"/w/src/a.js\">" +
		"<metrics statements=\"3\"/>" +
		"<line num=\"1\" count=\"1\" type=\"stmt\"/>" +
		"<line num=\"2\" count=\"0\" type=\"stmt\"/>" +
		"<line num=\"3\" count=\"4\" type=\"cond\" truecount=\"1\" falsecount=\"0\"/>" +
		"<line num=\"4\" count=\"4\" type=\"cond\" truecount=\"0\" falsecount=\"0\"/>" +
		"<line num=\"5\" count=\"4\" type=\"cond\" truecount=\"1\" falsecount=\"2\"/>" +
		"</file></package></project></coverage>",
		"/w/src/a.js: 1 hit, 2 miss, 3-4 hit, 5 partial", ""},
	{"OpenClover", `<coverage clover="4.5.2"><project name="x">` +
		`<file name="A.java" path="/w/A.java"><metrics loc="30"/>` +
		`<line num="3" complexity="1" type="method" count="2"/>` +
		`<line num="4" complexity="1" type="cond" truecount="4" falsecount="0"/>` +
		`<line num="4" type="stmt" count="4"/>` +
		`<line num="5" complexity="1" type="cond" truecount="2" falsecount="1"/>` +
		`<line num="6" complexity="1" type="cond" truecount="0" falsecount="0"/>` +
		`<line num="7" complexity="1" type="cond" truecount="1" falsecount="1"/>` +
		`<line num="7" complexity="1" type="cond" truecount="0" falsecount="1"/>` +
		`<line num="8" complexity="1" type="cond" count="4" truecount="2" falsecount="0"/>` +
		`</file></project></coverage>`,
		"/w/A.java: 3 hit, 4 partial, 5 hit, 6 miss, 7-8 partial", ""},
	{"Istanbul's counts of branches",
		`<coverage clover="3.2.0"><project><file name="a" path="a"><line num="1" count="4" type="cond" truecount="1" ` +
			`falsecount="1"/><line num="2" count="1" type="cond" truecount="2" falsecount="0"/><line num="3" count="0" ` +
			`type="cond" truecount="0" falsecount="2"/></file></project></coverage>`, "a: 1 partial, 2 hit, 3 miss", ""},
	{"no project", `<coverage line-rate="1"><packages/></coverage>`, "", "no <project>"},
	{"PHPUnit", "<coverage generated=\"1\"><project timestamp=\"1\"><file name=\"/w/src/A.php\"><class " +
		"name=\"A\"><metrics loc=\"1\"/></class><line num=\"3\" type=\"method\" name=\"f\" count=\"1\"/><line num=\"4\" " +
		"type=\"stmt\" count=\"0\"/><line num=\"99\" type=\"stmt\" count=\"0\"/><metrics loc=\"10\" " +
		"ncloc=\"8\"/></file></project></coverage>", "/w/src/A.php: 3 hit, 4 miss", ""},
	{"two files", "<coverage><project><file name=\"a\"><line num=\"1\" count=\"1\" type=\"stmt\"/></file><file " +
		"name=\"b\"><line num=\"1\" count=\"0\" type=\"stmt\"/></file></project></coverage>", "a: 1 hit b: 1 miss", ""},
	{"another root", "<report/>", "", "the root is <report>"},
	{"no name", "<coverage><file><line num=\"1\" count=\"1\"/></file></coverage>", "", "without a name"},
	{"a count", "<coverage><file name=\"a\"><line num=\"1\" count=\"Infinity\" type=\"stmt\"/></file></coverage>", "", "is no number"},
	{"a negative line", "<coverage><file name=\"a\"><line num=\"-1\" count=\"1\" type=\"stmt\"/></file></coverage>", "", "the line number"},
	{"cut", "<coverage><file name=\"a\">", "", "ends inside"},
}

// TestRead holds the reader to each report of the table.
func TestRead(t *testing.T) { formattest.Run(t, Read, cases) }

// FuzzRead holds that no input makes the reader panic or leave the limits, and that what it reads is in order.
func FuzzRead(f *testing.F) { formattest.Fuzz(f, Read, cases) }

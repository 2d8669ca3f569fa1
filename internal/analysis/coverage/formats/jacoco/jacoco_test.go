package jacoco

import (
	"testing"

	"github.com/lintel-review/lintel/internal/report/formattest"
)

var cases = []formattest.Case{
	{"groups", "<?xml version=\"1.0\"?><!DOCTYPE report PUBLIC \"-//JACOCO//DTD Report 1.1//EN\" \"report.dtd\"><report " +
		"name=\"r\"><sessioninfo id=\"x\"/><group name=\"core\"><package name=\"com/acme\"><class " +
		"name=\"com/acme/A\"><method name=\"&lt;init>\"><counter type=\"LINE\" missed=\"1\" " +
		"covered=\"2\"/></method></class><sourcefile name=\"A.java\"><line nr=\"3\" mi=\"0\" ci=\"3\" mb=\"0\" " +
		"cb=\"0\"/><line nr=\"4\" mi=\"2\" ci=\"0\" mb=\"2\" cb=\"0\"/><line nr=\"5\" mi=\"1\" ci=\"3\" mb=\"1\" " +
		"cb=\"1\"/><line nr=\"6\" mi=\"0\" ci=\"3\" mb=\"0\" cb=\"2\"/></sourcefile></package></group></report>",
		"com/acme/A.java: 3 hit, 4 miss, 5 partial, 6 hit", ""},
	{"no branches taken",
		"<report><package name=\"p\"><sourcefile name=\"A.kt\"><line nr=\"1\" mi=\"3\" ci=\"2\" mb=\"2\" " +
			"cb=\"0\"/><line nr=\"0\" mi=\"0\" ci=\"1\"/></sourcefile></package></report>", "p/A.kt: 1 partial", ""},
	{"no package name", "<report><package name=\"\"><sourcefile name=\"A.java\"><line nr=\"1\" mi=\"0\" ci=\"1\" " +
		"mb=\"0\" cb=\"0\"/></sourcefile></package></report>", "A.java: 1 hit", ""},
	{"nothing of the format", "<report><errors/></report>", "", "no <package>"},
	{"an empty subset", `<!DOCTYPE report PUBLIC "-//JACOCO//DTD Report 1.1//EN" "report.dtd"[]><report><package name="p"/></report>`,
		"", ""},
	{"another root", "<coverage/>", "", "the root is <coverage>"},
	{"NaN", "<report><sourcefile name=\"a\"><line nr=\"1\" ci=\"nan\"/></sourcefile></report>", "", "is no number"},
	{"cut", "<report><package name=\"p\">", "", "ends inside"},
	{"entities", "<!DOCTYPE r [<!ENTITY a \"aa\">]><report/>", "", "declares entities"},
	{"a negative line", "<report><sourcefile name=\"a\"><line nr=\"-1\" ci=\"1\"/></sourcefile></report>", "", "the line number"},
}

// TestRead holds the reader to each report of the table.
func TestRead(t *testing.T) { formattest.Run(t, Read, cases) }

// FuzzRead holds that no input makes the reader panic or leave the limits, and that what it reads is in order.
func FuzzRead(f *testing.F) { formattest.Fuzz(f, Read, cases) }

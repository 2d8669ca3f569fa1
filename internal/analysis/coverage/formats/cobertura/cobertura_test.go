package cobertura

import (
	"fmt"
	"strings"
	"testing"

	"github.com/lintel-review/lintel/internal/report"
	"github.com/lintel-review/lintel/internal/report/formattest"
)

var cases = []formattest.Case{
	{"a class", "<?xml version=\"1.0\" ?>\n<!DOCTYPE coverage SYSTEM " +
		"\"http://cobertura.sourceforge.net/xml/coverage-04.dtd\">\n<coverage " +
		"line-rate=\"1\"><sources><source>/src</source></sources><packages><package><classes><class " +
		"filename=\"a.py\"><methods/><lines><line number=\"1\" hits=\"1\"/><line number=\"2\" " +
		"hits=\"0\"/></lines></class></classes></package></packages></coverage>", "a.py: 1 hit, 2 miss", ""},
	{"inner classes and methods",
		"<coverage><class filename=\"A.java\"><methods><method><lines><line number=\"3\" " +
			"hits=\"2\"/></lines></method></methods><lines><line number=\"3\" hits=\"2\"/></lines></class><class " +
			"filename=\"A.java\"><lines><line number=\"9\" hits=\"0\"/></lines></class></coverage>", "A.java: 3 hit, 9 miss", ""},
	{"conditions", "<coverage><class filename=\"a\"><line number=\"1\" hits=\"1\" branch=\"true\" " +
		"condition-coverage=\"50% (1/2)\"/><line number=\"2\" hits=\"1\" condition-coverage=\"100% (2/2)\"/><line " +
		"number=\"3\" hits=\"0\" condition-coverage=\"0% (0/2)\"/><line number=\"4\" hits=\"1\" " +
		"condition-coverage=\"100%\"/></class></coverage>", "a: 1 partial, 2 hit, 3 miss, 4 hit", ""},
	{"odd numbers", "<coverage><class filename=\"a\"><line number=\"undefined\" hits=\"1\"/><line number=\"0\" " +
		"hits=\"1\"/><line number=\"1\" hits=\"1.5e3\"/><line number=\"2\" hits=\"99999999999999999999\"/><line " +
		"number=\"3\" hits=\"-1\"/></class></coverage>", "a: 1 hit, 2-3 miss", ""},
	{"no class", "<coverage><packages/></coverage>", "", ""},
	{"nothing of the format", "<coverage/>", "", "no <packages>"},
	{"where Istanbul's functions begin",
		`<coverage><class filename="a"><methods><method><lines><line number="2" hits="1"/><line number="3" ` +
			`hits="1"/></lines></method></methods><lines><line number="3" hits="1" branch="true" ` +
			`condition-coverage="50% (1/2)"/></lines></class></coverage>`, "a: 3 partial", ""},
	{"lines below methods alone",
		`<coverage><class filename="a"><methods><method><lines><line number="2" hits="1"/><line number="3" ` +
			`hits="0"/></lines></method></methods><lines/></class></coverage>`, "a: 2 hit, 3 miss", ""},
	{"coverage.py names what was missed",
		`<coverage><class filename="a"><line number="1" hits="1" branch="true" condition-coverage="50% (1/2)" ` +
			`missing-branches="4"/><line number="2" hits="1" branch="true" condition-coverage="100% (2/2)"/></class></coverage>`,
		"a: 1 partial, 2 hit", ""},
	{"conditions of two classes",
		`<coverage><class filename="a"><line number="1" hits="1" condition-coverage="50% (1/2)"><conditions><condition ` +
			`number="0" type="jump" coverage="50%"/></conditions></line></class><class filename="a"><line number="1" ` +
			`hits="1" condition-coverage="100% (2/2)"><conditions><condition number="1" type="jump" ` +
			`coverage="100%"/></conditions></line></class></coverage>`, "a: 1 partial", ""},
	{"Latin-1", "<?xml version='1.0' encoding='ISO-8859-1'?><coverage><class filename='&#233;.c'><line number='1' " +
		"hits='1'/></class></coverage>", "é.c: 1 hit", ""},
	{"a line outside of a class", "<coverage><packages/><line number=\"1\" hits=\"1\"/></coverage>", "", ""},
	{"another root", "<report/>", "", "the root is <report>"},
	{"cut", "<coverage><class filename=\"a\">", "", "ends inside <class>"},
	{"entities", "<!DOCTYPE c [<!ENTITY a \"aa\"><!ENTITY b \"&a;&a;\">]><coverage/>", "", "declares entities"},
	{"an unknown entity", "<coverage><class filename=\"&x;\"/></coverage>", "", "&x; is not known"},
	{"NaN", "<coverage><class filename=\"a\"><line number=\"1\" hits=\"NaN\"/></class></coverage>", "", "\"NaN\" is no number"},
	{"no hits", "<coverage><class filename=\"a\"><line number=\"1\"/></class></coverage>", "", "is no number"},
	{"a negative line", "<coverage>\n<class filename=\"a\"><line number=\"-4\" hits=\"1\"/></class></coverage>", "",
		"line 2: the line number \"-4\""},
	{"a tag of 10 MB", `<coverage a="` + strings.Repeat("x", 10<<20) + `"/>`, "", "a tag of more than"},
}

// TestRead holds the reader to each report of the table.
func TestRead(t *testing.T) { formattest.Run(t, Read, cases) }

func TestSources(t *testing.T) {
	c := report.NewCollector()
	if err := Read(strings.NewReader(
		"<coverage><sources><source>\n /src/app </source><source>/lib</source><source/></sources><packages/></coverage>"), c); err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(c.Roots()); got != "[/src/app /lib]" {
		t.Errorf("got %s", got)
	}
}

// FuzzRead holds that no input makes the reader panic or leave the limits, and that what it reads is in order.
func FuzzRead(f *testing.F) { formattest.Fuzz(f, Read, cases) }

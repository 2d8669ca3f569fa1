package pmd

import (
	"testing"

	"github.com/lintel-review/lintel/internal/report/formattest"
)

var cases = []formattest.Case{
	{"a violation", "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<pmd xmlns=\"http://pmd.sourceforge.net/report/2.0.0\" " +
		"version=\"7.0.0\"><file name=\"/w/src/A.java\"><violation beginline=\"3\" endline=\"4\" begincolumn=\"8\" " +
		"endcolumn=\"20\" rule=\"UnusedImports\" ruleset=\"Best Practices\" " +
		"externalInfoUrl=\"https://docs.pmd-code.org/x\" priority=\"4\">\nUnused import &apos;x&apos;\n</violation></file></pmd>",
		"/w/src/A.java:3:8-4:21 notice pmd UnusedImports: Unused import 'x'", ""},
	{"priorities", `<pmd><file name="a"><violation rule="x" priority="1"/><violation rule="y" priority="2"/><violation ` +
		`rule="z" priority="3"/><violation rule="q"/></file></pmd>`,
		"a error pmd x: ; a error pmd y: ; a warning pmd z: ; a warning pmd q: ", ""},
	{"a file that does not parse", `<pmd><error filename="/w/A.java" msg="Encountered x at line 3"/></pmd>`,
		"blind /w/A.java error pmd error: Encountered x at line 3", ""},
	{"a rule that cannot be set up", `<pmd><configerror rule="LoosePackageCoupling" msg="No packages"/></pmd>`,
		"pmd failed: the rule LoosePackageCoupling could not be set up: No packages", ""},
	{"suppressed", `<pmd><suppressedviolation filename="a" suppressiontype="annotation"/></pmd>`, "nothing of pmd", ""},
	{"nothing", `<pmd version="7"></pmd>`, "nothing of pmd", ""},
	{"another root", `<pmd-cpd/>`, "", "the root is <pmd-cpd>"},
	{"outside", `<pmd><violation rule="x"/></pmd>`, "", "outside of a file"},
	{"a bad line", `<pmd><file name="a"><violation rule="x" beginline="-1"/></file></pmd>`, "", "the line number"},
	{"empty", ``, "", "no element"},
	{"cut", `<pmd><file name="a">`, "", "ends inside"},
}

func TestRead(t *testing.T) { formattest.Run(t, Read, cases) }

// FuzzRead holds that no input makes the reader panic or leave the limits, and that what it reads is in order.
func FuzzRead(f *testing.F) { formattest.Fuzz(f, Read, cases) }

package opencover

import (
	"testing"

	"github.com/lintel-review/lintel/internal/report/formattest"
)

var cases = []formattest.Case{
	{"OpenCover", `<?xml version="1.0" encoding="utf-8"?><CoverageSession><Summary ` +
		`numSequencePoints="4"/><Modules><Module ` +
		`skippedDueTo="Filter"><ModulePath>x.dll</ModulePath></Module><Module><Files><File uid="1" ` +
		`fullPath="C:\src\Shop\Cart.cs"/><File uid="2" ` +
		`fullPath="C:\src\Shop\B.cs"/></Files><Classes><Class><FullName>Shop.Cart</FullName><Methods><Method><FileRef ` +
		`uid="1"/><SequencePoints><SequencePoint vc="2" uspid="1" ordinal="0" offset="0" sl="10" sc="9" el="12" ec="10" ` +
		`bec="0" bev="0" fileid="1"/><SequencePoint vc="1" sl="13" el="13" fileid="1"/><SequencePoint vc="0" sl="14" ` +
		`el="14" fileid="1"/><SequencePoint vc="1" sl="16707566" el="16707566" fileid="1"/><SequencePoint vc="1" sl="3" ` +
		`el="3" fileid="2"/><SequencePoint vc="1" sl="3" el="3" fileid="9"/></SequencePoints><BranchPoints><BranchPoint ` +
		`vc="1" ordinal="0" offset="5" sl="13" path="0" offsetend="7" fileid="1"/><BranchPoint vc="0" ordinal="1" ` +
		`offset="5" sl="13" path="1" offsetend="9" ` +
		`fileid="1"/></BranchPoints></Method></Methods></Class></Classes></Module></Modules></CoverageSession>`,
		`C:\src\Shop\B.cs: 3 hit C:\src\Shop\Cart.cs: 10-12 hit, 13 partial, 14 miss`, ""},
	{"another root", "<coverage/>", "", "the root is <coverage>"},
	{"nothing of it", "<CoverageSession/>", "", "no <Modules>"},
	{"a count", `<CoverageSession><Modules><File uid="1" fullPath="a"/><SequencePoint vc="x" sl="1" ` +
		`fileid="1"/></Modules></CoverageSession>`, "", "is no number"},
	{"cut", `<CoverageSession><Modules>`, "", "ends inside"},
}

func TestRead(t *testing.T) { formattest.Run(t, Read, cases) }

// FuzzRead holds that no input makes the reader panic or leave the limits, and that what it reads is in order.
func FuzzRead(f *testing.F) { formattest.Fuzz(f, Read, cases) }

package llvmcov

import (
	"testing"

	"github.com/lintel-review/lintel/internal/report/formattest"
)

var cases = []formattest.Case{
	{"llvm-cov export",
		`{"data":[{"files":[{"branches":[[3,7,3,12,1,0,0,0,4],[6,3,6,5,2,3,0,0,4]],"expansions":[],` +
			`"filename":"/w/src/a.c","segments":[[1,15,2,true,true,false],[3,7,2,true,true,false],[3,12,2,true,false,` +
			`false],[3,14,1,true,false,true],[3,15,0,true,true,false],[5,4,2,true,false,false],[8,2,0,false,false,` +
			`false],[10,1,0,true,true,false],[11,2,0,false,false,false]],"summary":{}}],"functions":[{"name":"main"}],` +
			`"totals":{}}],"type":"llvm.coverage.json.export","version":"2.0.1"}`, "/w/src/a.c: 1-2 hit, 3 " +
			"partial, 4-5 miss, 6-8 hit, 10-11 miss", ""},
	{"older segments",
		`{"type":"llvm.coverage.json.export","data":[{"files":[{"filename":"a.rs","segments":[[1,1,5,1,1],[2,2,0,0,0]]}]}]}`,
		"a.rs: 1-2 hit", ""},
	{"a skipped region",
		`{"type":"llvm.coverage.json.export","data":[{"files":[{"filename":"a.c","segments":[[1,1,1,true,true,false],[2,` +
			`1,0,false,true,false],[4,1,1,true,false,false],[5,1,0,false,false,false]]}]}]}`, "a.c: 1 hit, 5 hit", ""},
	{"nothing of it", `{"data":[]}`, "", "its type is not"},
	{"no files", `{"type":"llvm.coverage.json.export","data":[{"totals":{}}]}`, "", "no \"files\""},
	{"a short segment", `{"type":"llvm.coverage.json.export","data":[{"files":[{"filename":"a","segments":[[1]]}]}]}`, "",
		"fewer than five"},
	{"out of order",
		`{"type":"llvm.coverage.json.export","data":[{"files":[{"filename":"a","segments":[[5,1,1,true,true],[1,1,1,true,true]]}]}]}`,
		"", "comes after"},
	{"a short branch", `{"type":"llvm.coverage.json.export","data":[{"files":[{"filename":"a","segments":[],"branches":[[1]]}]}]}`, "",
		"fewer than six"},
}

func TestRead(t *testing.T) { formattest.Run(t, Read, cases) }

// FuzzRead holds that no input makes the reader panic or leave the limits, and that what it reads is in order.
func FuzzRead(f *testing.F) { formattest.Fuzz(f, Read, cases) }

package coveralls

import (
	"testing"

	"github.com/lintel-review/lintel/internal/report/formattest"
)

var cases = []formattest.Case{
	{"Coveralls",
		`{"service_name":"x","repo_token":"t","source_files":[{"name":"lib/a.rb","source_digest":"d","coverage":[null,1,` +
			`0,2],"branches":[4,0,0,1,4,0,1,0,2,0,0,1]}],"git":{}}`, "lib/a.rb: 2 hit, 3 miss, 4 " +
			"partial", ""},
	{"nothing of it", `{}`, "", "no \"source_files\""},
	{"no coverage", `{"source_files":[{"name":"a"}]}`, "", "no coverage"},
	{"a branch", `{"source_files":[{"name":"a","coverage":[],"branches":[1]}]}`, "", "count each"},
	{"a string", `{"source_files":[{"name":"a","coverage":["x"]}]}`, "", "byte"},
	{"cut", `{"source_files":[{"name":"a","coverage":[`, "", "too early"},
}

func TestRead(t *testing.T) { formattest.Run(t, Read, cases) }

// FuzzRead holds that no input makes the reader panic or leave the limits, and that what it reads is in order.
func FuzzRead(f *testing.F) { formattest.Fuzz(f, Read, cases) }

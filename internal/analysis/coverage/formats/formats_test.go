package formats

import (
	"fmt"
	"strings"
	"testing"
)

func TestParse(t *testing.T) {
	for _, c := range []struct{ name, format, in, is, want, problem string }{
		{"go by content", Auto, "mode: set\nm/a.go:3.19,5.2 2 1\n", "go", "m/a.go: 3-4 hit", ""},
		{"lcov by content", Auto, "TN:\nSF:a.js\nDA:1,0\nend_of_record\n", "lcov", "a.js: 1 miss", ""},
		{"cobertura by content", Auto, `<coverage line-rate="1"><class filename="a.py"><line number="1" hits="1"/></class></coverage>`, "cobertura", "a.py: 1 hit", ""},
		{"jacoco by content", Auto, `<report name="x"><package name="p"><sourcefile name="A.java"><line nr="1" mi="0" ci="1" mb="0" cb="0"/></sourcefile></package></report>`, "jacoco", "p/A.java: 1 hit", ""},
		{"clover by content", Auto, `<coverage generated="1"><project><file name="a.php"><line num="1" type="stmt" count="1"/></file></project></coverage>`, "clover", "a.php: 1 hit", ""},
		{"coverage.py by content", Auto, `{"meta":{},"files":{"a.py":{"executed_lines":[1],"missing_lines":[2]}}}`, "coveragepy", "a.py: 1 hit, 2 miss", ""},
		{"simplecov by content", Auto, `{"RSpec":{"coverage":{"a.rb":{"lines":[1,0]}}}}`, "simplecov", "a.rb: 1 hit, 2 miss", ""},
		{"istanbul by content", Auto, `{"a.js":{"path":"a.js","statementMap":{"0":{"start":{"line":1,"column":0},"end":{"line":1,"column":9}}},"s":{"0":1},"fnMap":{},"f":{},"branchMap":{},"b":{}}}`, "istanbul", "a.js: 1 hit", ""},
		{"a name goes before the content", "lcov", "mode: set\n", "", "", "read it as lcov: "},
		{"an unknown name", "html", "x", "", "", `no coverage format "html"; it is one of go, lcov, cobertura`},
		{"what nobody knows", Auto, "hello", "", "", "begins like none of the known formats"},
		{"nothing", Auto, "", "", "", "the file is empty"},
		{"too much", Auto, "mode: set\n" + strings.Repeat("a.go:1.1,1.9 1 1\n", 20_000), "", "", "more than 100000 bytes"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, is, err := Parse(c.format, strings.NewReader(c.in), 100_000)
			if c.problem != "" {
				if err == nil || !strings.Contains(err.Error(), c.problem) {
					t.Fatalf("got %v, want %q", err, c.problem)
				}
				return
			}
			if err != nil || is != c.is || strings.Trim(fmt.Sprint(got.Files), "[]") != c.want {
				t.Errorf("got %s %v %v, want %s %s", is, got.Files, err, c.is, c.want)
			}
		})
	}
	if got := len(Names()); got != 9 {
		t.Errorf("%d names", got)
	}
}

package formats

import (
	"fmt"
	"strings"
	"testing"

	"github.com/lintel-review/lintel/internal/report"
	"github.com/lintel-review/lintel/internal/report/registry"
)

const auto = registry.Auto

func TestParse(t *testing.T) {
	for _, c := range []struct{ name, format, in, is, want, problem string }{
		{"go by content", auto, "mode: set\nm/a.go:3.19,5.2 2 1\n", "go", "m/a.go: 3-4 hit", ""},
		{"lcov by content", auto, "TN:\nSF:a.js\nDA:1,0\nend_of_record\n", "lcov", "a.js: 1 miss", ""},
		{"cobertura by content", auto, `<coverage line-rate="1"><class filename="a.py"><line number="1" hits="1"/></class></coverage>`,
			"cobertura", "a.py: 1 hit", ""},
		{"jacoco by content", auto,
			`<report name="x"><package name="p"><sourcefile name="A.java"><line nr="1" mi="0" ci="1" mb="0" ` +
				`cb="0"/></sourcefile></package></report>`, "jacoco", "p/A.java: 1 hit", ""},
		{"clover by content", auto,
			`<coverage generated="1"><project><file name="a.php"><line num="1" type="stmt" count="1"/></file></project></coverage>`,
			"clover", "a.php: 1 hit", ""},
		{"coverage.py by content", auto, `{"meta":{},"files":{"a.py":{"executed_lines":[1],"missing_lines":[2]}}}`, "coveragepy",
			"a.py: 1 hit, 2 miss", ""},
		{"simplecov by content", auto, `{"RSpec":{"coverage":{"a.rb":{"lines":[1,0]}}}}`, "simplecov", "a.rb: 1 hit, 2 miss", ""},
		{"istanbul by content", auto,
			`{"a.js":{"path":"a.js","statementMap":{"0":{"start":{"line":1,"column":0},"end":{"line":1,"column":9}}},` +
				`"s":{"0":1},"fnMap":{},"f":{},"branchMap":{},"b":{}}}`, "istanbul", "a.js: 1 hit", ""},
		{"opencover by content", auto,
			`<CoverageSession><Modules><File uid="1" fullPath="a.cs"/><SequencePoint vc="1" sl="1" ` +
				`fileid="1"/></Modules></CoverageSession>`, "opencover", "a.cs: 1 hit", ""},
		{"gcov by content", auto, "        -:    0:Source:a.c\n        1:    1:x\n", "gcov", "a.c: 1 hit", ""},
		{"gcovr by content", auto, `{"gcovr/format_version":"0.6","files":[{"file":"a.c","lines":[{"line_number":1,"count":1}]}]}`,
			"gcovr", "a.c: 1 hit", ""},
		{"llvm by content", auto,
			`{"data":[{"files":[{"expansions":[],"filename":"a.c","segments":[[1,1,1,true,true,false],[1,9,0,false,` +
				`false,false]]}]}],"type":"llvm.coverage.json.export"}`, "llvm", "a.c: 1 hit", ""},
		{"xccov by content", auto, `{"a.swift":[{"line":1,"isExecutable":true,"executionCount":1}]}`, "xccov", "a.swift: 1 hit", ""},
		{"coveralls by content", auto, `{"source_files":[{"name":"a.rb","coverage":[1]}]}`, "coveralls", "a.rb: 1 hit", ""},
		{"sonar by content", auto,
			`<coverage version="1"><file path="a.js"><lineToCover lineNumber="1" covered="true"/></file></coverage>`, "sonar",
			"a.js: 1 hit", ""},
		{"simplecov-json by content", auto,
			`{"timestamp":1,"command_name":"RSpec","files":[{"filename":"a.rb","covered_percent":50.0,"coverage":[1,0]}],"metrics":{}}`,
			"simplecov", "a.rb: 1 hit, 2 miss", ""},
		{"a byte order mark in JSON", auto, "\ufeff" + `{"source_files":[{"name":"a.rb","coverage":[1]}]}`, "coveralls", "a.rb: 1 hit", ""},
		{"a byte order mark in named JSON", "istanbul", "\ufeff" + `{"a.js":{"statementMap":{"0":{"start":{"line":1}}},"s":{"0":1}}}`,
			"istanbul", "a.js: 1 hit", ""},
		{"an empty file with a name", "istanbul", "", "", "", "ends too early"},
		{"an empty object with a name", "coveragepy", "{}", "", "", "no \"files\""},
		{"another tool's JSON", auto, `{"Issues":[],"Stats":{"files":3},"GosecVersion":"dev"}`, "", "", "begins like none"},
		{"a name goes before the content", "lcov", "mode: set\n", "", "", "read it as lcov: "},
		{"an unknown name", "html", "x", "", "", `no coverage format "html"; it is one of go, lcov, cobertura`},
		{"what nobody knows", auto, "hello", "", "", "begins like none of the known formats"},
		{"nothing", auto, "", "", "", "the file is empty"},
		{"too much", auto, "mode: set\n" + strings.Repeat("a.go:1.1,1.9 1 1\n", 20_000), "", "", "more than 100000 bytes"},
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
	if got := len(Names()); got != 16 {
		t.Errorf("%d names", got)
	}
}

// TestNothingOfTheFormat holds that each reader refuses what has none of its format's marks, however it is named.
func TestNothingOfTheFormat(t *testing.T) {
	for _, format := range Names() {
		for _, in := range []string{"", " ", "\ufeff", "{}", "[]", "null", "<x/>", "<coverage/>", "<report/>", "<html></html>",
			"hello\n", `{"Issues":[]}`, `{"runs":[]}`, `{"files":{}}`, `{"files":[]}`} {
			if got, is, err := Parse(format, strings.NewReader(in), 0); err == nil {
				t.Errorf("%q is taken for %s (%s): %v", in, format, is, got)
			}
		}
	}
}

// TestEvidence holds what each format says of the text of a file.
func TestEvidence(t *testing.T) {
	for _, c := range []struct{ what, in, want string }{
		{"Go's columns", "mode: set\na.go:3.19,5.12 2 1\na.go:3.4,3.9 1 1\n", "widths [{3 18} {5 11}]"},
		{"LCOV without checksums", "SF:a.js\nDA:1,1\nend_of_record\n", ""},
		{"LCOV's checksums", "SF:a.js\nDA:1,1,1B2M2Y8AsgTpgAmY7PhCfg\nDA:2,1,1B2M2Y8AsgTpgAmY7PhCfg==\nend_of_record\n",
			"digests [{1 3558706393} {2 3558706393}]"},
		{"what is no MD5", "SF:a.js\nDA:1,1,abc\nDA:2,1,1B2M2Y8AsgTpgAmY7PhC!g\nend_of_record\n", ""},
		{"two checksums of a line",
			"SF:a.js\nDA:1,1,1B2M2Y8AsgTpgAmY7PhCfg\nend_of_record\nSF:a.js\nDA:1,1,7B2M2Y8AsgTpgAmY7PhCfg\nend_of_record\n",
			"digests [{1 1}]"},
		{"gcov's text", "        -:    0:Source:a.c\n        1:    1:\n        -:    2:x\n        -:    3:/*EOF*/\n",
			"lines 2 whole digests [{1 3558706393} {2 2647975009}]"},
		{"Istanbul's columns",
			`{"a.js":{"statementMap":{"0":{"start":{"line":1,"column":4},"end":{"line":2,"column":9}},` +
				`"1":{"start":{"line":2,"column":1},"end":{"line":2,"column":null}}},"s":{"0":1}}}`, "widths [{1 4} {2 9}]"},
		{"V8's columns", v8(12), "exact widths [{2 9} {3 9} {4 9} {5 9} {6 9} {7 9} {8 9} {9 9} {10 9} {11 9} {12 9}]"},
		{"as many lines as statements", v8(3), "widths [{2 9} {3 9}]"},
		{"OpenCover's columns",
			`<CoverageSession><Modules><File uid="1" fullPath="a.cs"/><SequencePoint vc="1" sl="1" sc="9" el="2" ec="4" ` +
				`fileid="1"/></Modules></CoverageSession>`, "widths [{1 9} {2 3}]"},
		{"LLVM's columns",
			`{"data":[{"files":[{"filename":"a.c","segments":[[1,12,1,true,true,false],[3,2,0,false,false,false]]}]}],` +
				`"type":"llvm.coverage.json.export"}`, "widths [{1 10}]"},
		{"SimpleCov's lines", `{"RSpec":{"coverage":{"a.rb":{"lines":[1,0,null]}}}}`, "lines 3"},
		{"Coveralls' lines and source", `{"source_files":[{"name":"a.rb","coverage":[1,null],"source":"\r\nx\n"}]}`,
			"lines 2 digests [{1 3558706393} {2 2647975009}]"},
		{"PHPUnit's count",
			`<coverage generated="1"><project><file name="a.php"><line num="1" type="stmt" count="1"/><metrics ` +
				`loc="7"/></file></project></coverage>`, "lines 7 whole"},
		{"OpenClover's count",
			`<coverage generated="1"><project><file name="A.java"><line num="1" type="stmt" count="1"/><metrics ` +
				`loc="7"/></file></project></coverage>`, "lines 7"},
	} {
		got, _, err := Parse(auto, strings.NewReader(c.in), 0)
		if err != nil {
			t.Errorf("%s: %v", c.what, err)
			continue
		}
		if said := evidence(got.Files[0].Evidence); said != c.want {
			t.Errorf("%s: %q, want %q", c.what, said, c.want)
		}
	}
}

// v8 is a report of a file whose lines are a statement each, the first of them blank.
func v8(lines int) string {
	var list []string
	for i := range lines {
		list = append(list, fmt.Sprintf(`"%d":{"start":{"line":%d,"column":0},"end":{"line":%d,"column":%d}}`, i, i+1, i+1, 9*min(i, 1)))
	}
	return `{"a.js":{"statementMap":{` + strings.Join(list, ",") + `},"s":{"0":1}}}`
}

func evidence(e *report.Evidence) string {
	var out []string
	if e == nil {
		return ""
	}
	if e.Lines > 0 {
		out = append(out, fmt.Sprintf("lines %d", e.Lines))
	}
	if e.Whole {
		out = append(out, "whole")
	}
	if e.Exact {
		out = append(out, "exact")
	}
	if len(e.Widths) > 0 {
		out = append(out, fmt.Sprintf("widths %v", e.Widths))
	}
	if len(e.Digests) > 0 {
		out = append(out, fmt.Sprintf("digests %v", e.Digests))
	}
	return strings.Join(out, " ")
}

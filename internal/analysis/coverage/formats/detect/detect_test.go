package detect

import (
	"strings"
	"testing"

	"github.com/lintel-review/lintel/internal/report/formattest"
)

func TestFormat(t *testing.T) {
	formattest.Detects(t, Format, Formats(), map[string]string{
		"mode: set\nm/a.go:1.1,2.2 1 1\n": Go,
		"\ufeffmode: atomic\r\n":          Go,
		"TN:\nSF:src/a.js\nDA:1,1\n":      LCOV,
		"# made by x\nTN:\nSF:a\n":        LCOV,
		"SF:C:\\a\r\nDA:1,1\r\n":          LCOV,
		`<?xml version="1.0" ?><!DOCTYPE coverage SYSTEM "http://x/coverage-04.dtd"><coverage line-rate="0.5" version="1">`: Cobertura,
		`<coverage><sources><source>/a</source>`:                                                 Cobertura,
		`<?xml version="1.0"?><!-- <report> --><coverage generated="1" clover="3.2.0"><project>`: Clover,
		`<coverage generated="1700000000"><project timestamp="1">`:                               Clover,
		`<!DOCTYPE report PUBLIC "-//JACOCO//DTD Report 1.1//EN" "report.dtd"><report name="x">`: JaCoCo,
		`<report name="x"><sessioninfo id="a"/>`:                                                 JaCoCo,
		`{"meta": {"version": "7.6"}, "files": {"a.py": {"executed_lines": [1`:                   CoveragePy,
		`{"RSpec": {"coverage": {"/a.rb": {"lines": [`:                                           SimpleCov,
		`{"meta":{"simplecov_version":"0.22"},"coverage":{`:                                      SimpleCov,
		`{"timestamp":1,"files":[{"filename":"a.rb","covered_percent":50.0`:                      SimpleCov,
		`{"/a.js":{"path":"/a.js","statementMap":{`:                                              Istanbul,
		`{"/a.js":{"data":{"path":"/a.js","statementMap":{`:                                      Istanbul,
		`{"files": [{"file": "a.c", "functions": [{"execution_count": 0, "lineno"`:               Gcovr,
		`{"files": [{"file": "a.c", "functions": [], "lines": [{"branches": [], "gcovr/noncode"`: Gcovr,
		"":                                "",
		"mode: maybe\n":                   "",
		"mode: setter\n":                  "",
		"hello":                           "",
		"{":                               "",
		`{"files":[`:                      "",
		`{"version":"2.1.0","runs":[{}]}`: "",
		"<html><body>":                    "",
		`<checkstyle version="8"><file name="a"><error line="1"/></file></checkstyle>`: "",
		`<report><errors/></report>`:             "",
		`<coverage>`:                             "",
		strings.Repeat("[", 100_000):             "",
		strings.Repeat(`{"a":`, 100_000):         "",
		strings.Repeat("x", 10<<20) + "\nSF:a\n": "",
	})
}

// FuzzFormat holds that nothing panics and that only known names come out.
func FuzzFormat(f *testing.F) {
	formattest.FuzzDetects(f, Format, Formats(),
		`{"a":[{"b":1},[]],"coverage":{"x":{"lines":[]}}}`,
		`<coverage a='>' clover="1">`,
	)
}

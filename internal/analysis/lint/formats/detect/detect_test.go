package detect

import (
	"strings"
	"testing"

	"github.com/lintel-review/lintel/internal/report/formattest"
)

func TestFormat(t *testing.T) {
	formattest.Detects(t, Format, Formats(), map[string]string{
		`{"$schema":"https://json.schemastore.org/sarif-2.1.0.json","version":"2.1.0","runs":[`:    SARIF,
		"\ufeff" + `{"version":"2.1.0","runs":[]}`:                                                 SARIF,
		`{"source":{"name":"x"},"diagnostics":[`:                                                   RDJSON,
		`{"message":"m","location":{"path":"a","range":{`:                                          RDJSONL,
		`<?xml version="1.0"?><!-- <coverage> --><checkstyle version="8">`:                         Checkstyle,
		`{"Issues":null,"Report":{}}`:                                                              GolangCI,
		`[{"filePath":"/a.js","messages":[`:                                                        ESLint,
		`{"results":[{"filePath":"/a.js","messages":[`:                                             ESLint,
		`[{"cell":null,"code":"F401","end_location":{"row":1},"filename":"a","location":{"row":1,`: Ruff,
		`{"cell":null,"code":"F401","end_location":{"row":1},"filename":"a","location":{"row":1,`:  Ruff,
		"::error file=a,line=1::x":                                                                 GitHub,
		"Run ruff\r\n::warning::x\r\n":                                                             GitHub,
		"diff a.go.orig a.go\n--- a.go.orig\n+++ a.go\n@@ -1 +1 @@\n":                              Diff,
		"--- a.py\t2026\r\n+++ a.py\t2026\r\n@@ -1 +1 @@\r\n":                                      Diff,
		`{"format_version":"1.0","valid":true,"error_count":0,"diagnostics":[]}`:                   Terraform,
		"Diff in /w/src/main.rs:3:\n fn main() {\n-    a( )\n":                                     Diff,
		"Diff in /w/src/main.rs at line 3:\n":                                                      Diff,
		"##vso[task.logissue type=error;sourcepath=a.cs;linenumber=3]x":                            GitHub,
		"##[error]src/a.cs(3,4): error CS1002: ; expected":                                         Text,
		"##[error]Process completed with exit code 1.":                                             "",
		"Diff in the two halves:\n":                                                                "",
		"":                                                                                         "",
		"[]":                                                                                       "",
		" [ ] ":                                                                                    "",
		"hello":                                                                                    "",
		"log ::error::x":                                                                           "",
		"--- a\n+++ b\nno hunk":                                                                    "",
		`<coverage>`:                                                                               "",
		`{"version":"2.1.0"`:                                                                       "",
		strings.Repeat("[", 100_000):                                                               "",
		strings.Repeat(`{"a":`, 100_000):                                                           "",
		strings.Repeat("x", 10<<20) + "\n::error::y\n":                                             "",
	})
}

// FuzzFormat holds that nothing panics and that only known names come out.
func FuzzFormat(f *testing.F) {
	formattest.FuzzDetects(f, Format, Formats(),
		`[{"a":[{"b":1},[]],"messages":[]}]`,
		`{"location":{"path":"a"}}`,
	)
}

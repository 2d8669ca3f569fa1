package formats

import (
	"slices"
	"strings"
	"testing"

	"github.com/lintel-review/lintel/internal/analysis/lint/formats/detect"
	"github.com/lintel-review/lintel/internal/report/registry"
)

const auto = registry.Auto

// samples are the beginnings of reports by the format that they are of. Each stands for a tool's clean and its unclean report.
var samples = map[string][]string{
	"sarif":      {`{"version":"2.1.0","runs":[]}`, `{"runs":[{"tool":{"driver":{"name":"x"}},"results":[]}]}`},
	"rdjson":     {`{"diagnostics":[]}`, `{"source":{"name":"x"},"diagnostics":[{"message":"m","location":{"path":"a"}}]}`},
	"rdjsonl":    {`{"message":"m","location":{"path":"a"}}`},
	"checkstyle": {`<checkstyle/>`},
	"gitlab": {
		`[{"description":"d","check_name":"c","fingerprint":"f","severity":"major","location":{"path":"a","lines":{"begin":1}}}]`},
	"text": {"a.ts(3,5): error TS1005: m\n", "a.py:3: error: m  [misc]\n", "# x\n./a.go:3:2: m\n", "C:\\w\\a.py:3:5: E501 m\n",
		"Dockerfile:3 DL3008 m\n",
		"\x1b[96msrc/b.ts\x1b[0m:\x1b[93m1\x1b[0m:\x1b[93m5\x1b[0m - \x1b[91merror\x1b[0m\x1b[90m TS2322: \x1b[0mm\n"},
	"github": {"::error::x", "log\n::warning file=a,title=x: y::m\n", "::ERROR file=C:\\a::m",
		"##vso[task.logissue type=error;sourcepath=a.cs;linenumber=3]m"},
	"diff":     {"--- a\n+++ a\n@@ -1 +1 @@\n-x\n+y\n", "Diff in /w/a.rs:1:\n-x\n+y\n"},
	"golangci": {`{"Issues":[],"Report":{}}`, `{"Issues":[{"FromLinter":"x","Text":"t","Pos":{"Filename":"a","Line":1}}],"Report":{}}`},
	"eslint": {`[{"filePath":"a","messages":[]}]`, `{"results":[{"filePath":"a","messages":[]}]}`,
		`{"results":[],"metadata":{"cwd":"/w","rulesMeta":{}}}`},
	"ruff": {
		`[{"cell":null,"code":"E1","end_location":{"row":1,"column":2},"filename":"a","location":{"row":1,"column":1},"message":"m"}]`},
	"cargo":   {`{"reason":"compiler-artifact"}` + "\n" + `{"reason":"build-finished","success":true}`},
	"pylint":  {`[{"type":"error","message-id":"E1","symbol":"s","path":"a"}]`, `{"messages":[],"statistics":{}}`},
	"pyright": {`{"version":"1","generalDiagnostics":[],"summary":{}}`},
	"bandit": {`{"errors":[],"generated_at":"x","metrics":{},"results":[]}`,
		`{"metrics":{},"results":[{"test_id":"B1","issue_text":"m","issue_severity":"LOW","filename":"a"}]}`},
	"rubocop":   {`{"metadata":{"rubocop_version":"1"},"files":[],"summary":{}}`},
	"stylelint": {`[{"source":"a.css","deprecations":[],"warnings":[]}]`},
	"biome": {`{"summary":{},"diagnostics":[],"command":"lint"}`,
		`{"summary":{},"diagnostics":[{"category":"x","severity":"error","location":{"path":{"file":"a"}}}]}`},
	"deno":       {`{"version":1,"diagnostics":[],"errors":[]}`, `{"diagnostics":[{"filename":"a","range":{},"code":"x"}],"errors":[]}`},
	"shellcheck": {`{"comments":[]}`, `[{"file":"a","line":1,"endLine":1,"column":1,"endColumn":1,"level":"info","code":1,"message":"m"}]`},
	"gosec": {`{"Golang errors":{},"Issues":[],"Stats":{}}`,
		`{"Issues":[{"severity":"LOW","rule_id":"G1","details":"m","file":"a","line":"1"}],"Stats":{}}`},
	"tflint": {`{"issues":[],"errors":[]}`, `{"issues":[{"rule":{"name":"x","severity":"error"},"range":{}}],"errors":[]}`},
	"terraform": {`{"valid":true,"diagnostics":[],"format_version":"1.0"}`,
		`{"valid":false,"diagnostics":[{"severity":"error","summary":"s","range":{"filename":"a.tf","start":{"line":1,"column":1}}}]}`},
	"pmd":      {`<?xml version="1.0"?><pmd version="7"/>`},
	"spotbugs": {`<BugCollection version="4"/>`},
	"prettier": {"[warn] a.js\n[warn] Code style issues found in the above file. Run Prettier with --write to fix.\n"},
	"cppcheck": {`<results version="2"><cppcheck version="2"/></results>`},
}

// TestSamples holds that each format is told by its content, with a byte order mark too, and that the report of one
// tool is not taken by the name of another.
func TestSamples(t *testing.T) {
	for _, format := range detect.Formats() {
		if len(samples[format]) == 0 {
			t.Errorf("%s has no sample", format)
		}
	}
	lists := []string{"eslint", "ruff", "pylint", "stylelint", "shellcheck", "gitlab"}
	for format, all := range samples {
		for _, in := range all {
			for _, text := range []string{in, "\ufeff" + in} {
				if _, got, err := Parse(auto, strings.NewReader(text), 0); err != nil || got != format {
					t.Errorf("auto of %.60q is %q, %v; want %s", text, got, err, format)
				}
				if _, _, err := Parse(format, strings.NewReader(text), 0); err != nil {
					t.Errorf("%s of %.60q: %v", format, text, err)
				}
			}
			for _, other := range detect.Formats() {
				if other == format || other == "text" && format == "rdjsonl" {
					continue
				}
				l, _, err := Parse(other, strings.NewReader(in), 0)
				if err == nil {
					t.Errorf("%.60q, which is of %s, is read as %s: %v", in, format, other, l.Tools)
				}
			}
		}
	}
	for _, format := range lists { // a list without elements is what these tools write when they find nothing
		if _, _, err := Parse(format, strings.NewReader("[]"), 0); err != nil {
			t.Errorf("%s of []: %v", format, err)
		}
	}
	for _, format := range detect.Formats() {
		for _, in := range []string{"{}", "[{}]", "null", "<x/>", "hello\n", `{"results":[],"errors":[],"paths":{}}`,
			`{"error":"out of memory"}`, `[{"filename":"a.yml","file_results":{}}]`,
			`[{"id":"201","message":"m","filename":"x.sls","linenumber":3}]`} {
			if l, _, err := Parse(format, strings.NewReader(in), 0); err == nil {
				t.Errorf("%s takes %q: %v", format, in, l.Tools)
			}
		}
	}
	quiet := []string{"text", "github", "diff", "rdjsonl", "prettier"} // tools that write these write nothing when they find nothing
	for _, format := range detect.Formats() {
		if _, _, err := Parse(format, strings.NewReader(""), 0); (err == nil) != slices.Contains(quiet, format) {
			t.Errorf("%s of an empty file: %v", format, err)
		}
	}
}

func TestParse(t *testing.T) {
	for _, c := range []struct {
		format, in, want, problem string
		limit                     int64
	}{
		{auto, `[]`, "", "name its format", 0},
		{auto, `{}`, "", "an empty object", 0},
		{auto, ``, "", "the file is empty", 0},
		{auto, `[{"filename":"a.yml","file_results":{}}]`, "", "cfn-nag", 0},
		{"rdjson", `{"format_version":"1.0","valid":true,"diagnostics":[]}`, "rdjson",
			`it is of the format terraform; name that, or "auto"`, 0},
		{auto, `[{"code":"E1","filename":"a"}]`, "", "none of the known formats", 0},
		{auto, "\xff\xfe{\x00", "", "UTF-16", 0},
		{"eslint", "\xff\xfe[\x00", "eslint", "UTF-16", 0},
		{"ruff", `{"issues":[],"errors":[]}`, "ruff", `it is of the format tflint; name that, or "auto"`, 0},
		{"semgrep", `[]`, "", `there is no lint format "semgrep"; it is one of sarif, rdjson`, 0},
		{"sarif", `[]`, "sarif", "read it as sarif: byte 1: want an object", 0},
		{"sarif", `{"version":"2.1.0","runs":[]}` + strings.Repeat(" ", 100), "sarif", "more than 50 bytes", 50},
		{auto, `{"version":"2.1.0","runs":[]}` + strings.Repeat(" ", 100<<10), "sarif", "more than 70000 bytes", 70_000},
	} {
		_, format, err := Parse(c.format, strings.NewReader(c.in), c.limit)
		if format != c.want || (c.problem == "") != (err == nil) || err != nil && !strings.Contains(err.Error(), c.problem) {
			t.Errorf("%s of %.30q is %q, %v", c.format, c.in, format, err)
		}
	}
}

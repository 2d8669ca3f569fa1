package ruff

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/lintel-review/lintel/internal/report"
)

func TestRead(t *testing.T) {
	for _, c := range []struct{ name, in, want, problem string }{
		{"a safe fix", "[{\"cell\": null, \"code\": \"F401\", \"end_location\": {\"column\": 10, \"row\": 1}, \"filename\": \"/w/a.py\", \"fix\": {\"applicability\": \"safe\", \"edits\": [{\"content\": \"\", \"end_location\": {\"column\": 1, \"row\": 2}, \"location\": {\"column\": 1, \"row\": 1}}], \"message\": \"Remove\"}, \"location\": {\"column\": 8, \"row\": 1}, \"message\": \"`os` imported but unused\", \"noqa_row\": 1, \"url\": \"https://docs.astral.sh/ruff/rules/unused-import\"}]", "/w/a.py:1:8-1:10 error ruff F401: `os` imported but unused [1:1-2:1 \"\"]", ""},
		{"an unsafe fix", "[{\"cell\": null, \"code\": \"F401\", \"end_location\": {\"column\": 10, \"row\": 1}, \"filename\": \"/w/a.py\", \"fix\": {\"applicability\": \"unsafe\", \"edits\": [{\"content\": \"\", \"end_location\": {\"column\": 1, \"row\": 2}, \"location\": {\"column\": 1, \"row\": 1}}], \"message\": \"Remove\"}, \"location\": {\"column\": 8, \"row\": 1}, \"message\": \"`os` imported but unused\", \"noqa_row\": 1, \"url\": \"https://docs.astral.sh/ruff/rules/unused-import\"}]", "/w/a.py:1:8-1:10 error ruff F401: `os` imported but unused", ""},
		{"lines", "{\"cell\": null, \"code\": \"F401\", \"end_location\": {\"column\": 10, \"row\": 1}, \"filename\": \"/w/a.py\", \"fix\": null, \"location\": {\"column\": 8, \"row\": 1}, \"message\": \"`os` imported but unused\", \"noqa_row\": 1, \"url\": \"https://docs.astral.sh/ruff/rules/unused-import\"}\n{\"cell\": null, \"code\": \"E501\", \"end_location\": {\"column\": 10, \"row\": 1}, \"filename\": \"/w/a.py\", \"fix\": null, \"location\": {\"column\": 8, \"row\": 1}, \"message\": \"`os` imported but unused\", \"noqa_row\": 1, \"url\": \"https://docs.astral.sh/ruff/rules/unused-import\"}\n", "/w/a.py:1:8-1:10 error ruff F401: `os` imported but unused; /w/a.py:1:8-1:10 error ruff E501: `os` imported but unused", ""},
		{"syntax", `[{"cell": null, "code": null, "end_location": {"column": 10, "row": 1}, "filename": "/w/a.py", "fix": null, "location": {"column": 8, "row": 1}, "message": "SyntaxError: x", "noqa_row": 1, "url": "https://docs.astral.sh/ruff/rules/unused-import"}]`, "blind /w/a.py:1:8-1:10 error ruff invalid-syntax: SyntaxError: x", ""},
		{"syntax, newer", `[{"cell": null, "code": "invalid-syntax", "end_location": {"column": 10, "row": 1}, "filename": "/w/a.py", "fix": null, "location": {"column": 8, "row": 1}, "message": "Expected x", "noqa_row": 1, "url": null}]`, "blind /w/a.py:1:8-1:10 error ruff invalid-syntax: Expected x", ""},
		{"a notebook", "[{\"cell\": 3, \"code\": \"F401\", \"end_location\": {\"column\": 10, \"row\": 1}, \"filename\": \"/w/a.py\", \"fix\": null, \"location\": {\"column\": 8, \"row\": 1}, \"message\": \"`os` imported but unused\", \"noqa_row\": 1, \"url\": \"https://docs.astral.sh/ruff/rules/unused-import\"}]", "/w/a.py error ruff F401: `os` imported but unused", ""},
		{"nothing", "[]", "nothing of ruff", ""},
		{"no lines", " \n", "nothing of ruff", ""},
		{"no filename", `[{"code":"F401"}]`, "", "without a filename"},
		{"a negative row", "[{\"cell\": null, \"code\": \"F401\", \"end_location\": {\"column\": 10, \"row\": 1}, \"filename\": \"/w/a.py\", \"fix\": null, \"location\": {\"row\": -2, \"column\": 1}, \"message\": \"`os` imported but unused\", \"noqa_row\": 1, \"url\": \"https://docs.astral.sh/ruff/rules/unused-import\"}]", "", "the line or column -2"},
		{"behind", "[] []", "", "something follows"},
		{"cut", `[{"code":`, "", "ends too early"},
		{"text", "hello", "", "invalid character"},
	} {
		t.Run(c.name, func(t *testing.T) {
			collector := report.NewLintCollector()
			err := Read(strings.NewReader(c.in), collector)
			if c.problem != "" {
				if err == nil || !strings.Contains(err.Error(), c.problem) || len(err.Error()) > 600 {
					t.Fatalf("got %.600v, want %q", err, c.problem)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if got := shown(collector.Finish()); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

// shown is a report as tests compare it: failed tools, findings, what was skipped.
func shown(l report.Lint) string {
	var out []string
	for _, t := range l.Tools {
		if t.Failed {
			out = append(out, t.Name+" failed: "+t.FailedWhy)
		}
	}
	for _, f := range l.Findings {
		blind := ""
		if f.Blind {
			blind = "blind "
		}
		out = append(out, blind+f.String())
	}
	if l.Skipped > 0 {
		out = append(out, fmt.Sprintf("%d skipped", l.Skipped))
	}
	if len(out) == 0 {
		return "nothing of " + l.Tools[0].Name
	}
	return strings.Join(out, "; ")
}

// FuzzRead holds that no input makes the reader panic or leave the limits, and that what it reads is in order.
func FuzzRead(f *testing.F) {
	for _, seed := range []string{"[{\"cell\": null, \"code\": \"F401\", \"end_location\": {\"column\": 10, \"row\": 1}, \"filename\": \"/w/a.py\", \"fix\": {\"applicability\": \"safe\", \"edits\": [{\"content\": \"\", \"end_location\": {\"column\": 1, \"row\": 2}, \"location\": {\"column\": 1, \"row\": 1}}], \"message\": \"Remove\"}, \"location\": {\"column\": 8, \"row\": 1}, \"message\": \"`os` imported but unused\", \"noqa_row\": 1, \"url\": \"https://docs.astral.sh/ruff/rules/unused-import\"}]", "[{\"cell\": null, \"code\": \"F401\", \"end_location\": {\"column\": 10, \"row\": 1}, \"filename\": \"/w/a.py\", \"fix\": {\"applicability\": \"unsafe\", \"edits\": [{\"content\": \"\", \"end_location\": {\"column\": 1, \"row\": 2}, \"location\": {\"column\": 1, \"row\": 1}}], \"message\": \"Remove\"}, \"location\": {\"column\": 8, \"row\": 1}, \"message\": \"`os` imported but unused\", \"noqa_row\": 1, \"url\": \"https://docs.astral.sh/ruff/rules/unused-import\"}]", "{\"cell\": null, \"code\": \"F401\", \"end_location\": {\"column\": 10, \"row\": 1}, \"filename\": \"/w/a.py\", \"fix\": null, \"location\": {\"column\": 8, \"row\": 1}, \"message\": \"`os` imported but unused\", \"noqa_row\": 1, \"url\": \"https://docs.astral.sh/ruff/rules/unused-import\"}\n{\"cell\": null, \"code\": \"E501\", \"end_location\": {\"column\": 10, \"row\": 1}, \"filename\": \"/w/a.py\", \"fix\": null, \"location\": {\"column\": 8, \"row\": 1}, \"message\": \"`os` imported but unused\", \"noqa_row\": 1, \"url\": \"https://docs.astral.sh/ruff/rules/unused-import\"}\n", `[{"cell": null, "code": null, "end_location": {"column": 10, "row": 1}, "filename": "/w/a.py", "fix": null, "location": {"column": 8, "row": 1}, "message": "SyntaxError: x", "noqa_row": 1, "url": "https://docs.astral.sh/ruff/rules/unused-import"}]`, `[{"cell": null, "code": "invalid-syntax", "end_location": {"column": 10, "row": 1}, "filename": "/w/a.py", "fix": null, "location": {"column": 8, "row": 1}, "message": "Expected x", "noqa_row": 1, "url": null}]`, "[{\"cell\": 3, \"code\": \"F401\", \"end_location\": {\"column\": 10, \"row\": 1}, \"filename\": \"/w/a.py\", \"fix\": null, \"location\": {\"column\": 8, \"row\": 1}, \"message\": \"`os` imported but unused\", \"noqa_row\": 1, \"url\": \"https://docs.astral.sh/ruff/rules/unused-import\"}]"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		collector := report.NewLintCollector()
		if err := Read(bytes.NewReader(in), collector); err != nil {
			return
		}
		l := collector.Finish()
		for _, f := range l.Findings {
			if f.Line < 0 || f.EndLine < f.Line || f.EndLine > report.MaxLine || f.Tool == "" || f.Severity == "" {
				t.Fatalf("%+v", f)
			}
		}
		if len(l.Tools) == 0 {
			t.Fatal("no tool")
		}
	})
}

package golangci

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/lintel-review/lintel/internal/report"
)

func TestRead(t *testing.T) {
	for _, c := range []struct{ name, in, want, problem string }{
		{"version 1", "{\"Issues\": [{\"FromLinter\": \"errcheck\", \"Text\": \"Error return value is not checked\", \"Severity\": \"\", \"SourceLines\": [\"\\tf.Close()\"], \"Pos\": {\"Filename\": \"cart/cart.go\", \"Offset\": 1, \"Line\": 7, \"Column\": 9}}, {\"FromLinter\": \"gofmt\", \"Text\": \"File is not `gofmt`-ed\", \"SourceLines\": [\"a  := 1\", \"b:=2\"], \"Replacement\": {\"NeedOnlyDelete\": false, \"NewLines\": [\"a := 1\", \"b := 2\"], \"Inline\": null}, \"LineRange\": {\"From\": 3, \"To\": 4}, \"Pos\": {\"Filename\": \"a.go\", \"Line\": 3, \"Column\": 0}}, {\"FromLinter\": \"misspell\", \"Severity\": \"warning\", \"Text\": \"t\", \"Replacement\": {\"Inline\": {\"StartCol\": 4, \"Length\": 3, \"NewString\": \"the\"}}, \"Pos\": {\"Filename\": \"a.go\", \"Line\": 9, \"Column\": 5}}], \"Report\": {\"Linters\": [{\"Name\": \"errcheck\", \"Enabled\": true}]}}", "cart/cart.go:7:9 error golangci-lint errcheck: Error return value is not checked; a.go:3-4 error golangci-lint gofmt: File is not `gofmt`-ed [3:0-4:0 \"a := 1\\nb := 2\\n\"]; a.go:9:5 warning golangci-lint misspell: t [9:5-9:8 \"the\"]", ""},
		{"null", `{"Issues":null,"Report":{"Linters":[]}}`, "nothing of golangci-lint", ""},
		{"version 2", `{"Issues":[{"FromLinter":"staticcheck","Text":"SA1000: x","SuggestedFixes":[{"Message":"","TextEdits":[{"Pos":12,"End":15,"NewText":"eA=="}]}],"Pos":{"Filename":"a.go","Line":1,"Column":1},"ExpectNoLint":false}]}`, "a.go:1:1 error golangci-lint staticcheck: SA1000: x", ""},
		{"deletes", `{"Issues":[{"FromLinter":"gofmt","Text":"t","SourceLines":["x"],"Replacement":{"NeedOnlyDelete":true},"Pos":{"Filename":"a.go","Line":2}}]}`, `a.go:2 error golangci-lint gofmt: t [2:0-2:0 ""]`, ""},
		{"failed", `{"Issues":[],"Report":{"Error":"context loading failed: no go files"}}`, "golangci-lint failed: context loading failed: no go files", ""},
		{"does not compile", `{"Issues":[{"FromLinter":"typecheck","Text":"undefined: x","Pos":{"Filename":"a.go","Line":2,"Column":3}}]}`, "golangci-lint failed: the code could not be type-checked, so other linters did not look at all of it: undefined: x; blind a.go:2:3 error golangci-lint typecheck: undefined: x", ""},
		{"a line as text", `{"Issues":[{"Pos":{"Line":"3"}}]}`, "", "byte"},
		{"a negative line", `{"Issues":[{"Pos":{"Filename":"a","Line":-3}}]}`, "", "the line or column -3"},
		{"a huge number", `{"Issues":[{"Pos":{"Filename":"a","Line":1e99}}]}`, "", "byte"},
		{"a list", "[]", "", "want an object"},
		{"cut", `{"Issues":[{`, "", "ends too early"},
		{"more behind", `{"Issues":[]} x`, "", "something follows"},
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
	for _, seed := range []string{"{\"Issues\": [{\"FromLinter\": \"errcheck\", \"Text\": \"Error return value is not checked\", \"Severity\": \"\", \"SourceLines\": [\"\\tf.Close()\"], \"Pos\": {\"Filename\": \"cart/cart.go\", \"Offset\": 1, \"Line\": 7, \"Column\": 9}}, {\"FromLinter\": \"gofmt\", \"Text\": \"File is not `gofmt`-ed\", \"SourceLines\": [\"a  := 1\", \"b:=2\"], \"Replacement\": {\"NeedOnlyDelete\": false, \"NewLines\": [\"a := 1\", \"b := 2\"], \"Inline\": null}, \"LineRange\": {\"From\": 3, \"To\": 4}, \"Pos\": {\"Filename\": \"a.go\", \"Line\": 3, \"Column\": 0}}, {\"FromLinter\": \"misspell\", \"Severity\": \"warning\", \"Text\": \"t\", \"Replacement\": {\"Inline\": {\"StartCol\": 4, \"Length\": 3, \"NewString\": \"the\"}}, \"Pos\": {\"Filename\": \"a.go\", \"Line\": 9, \"Column\": 5}}], \"Report\": {\"Linters\": [{\"Name\": \"errcheck\", \"Enabled\": true}]}}", `{"Issues":null,"Report":{"Linters":[]}}`, `{"Issues":[{"FromLinter":"staticcheck","Text":"SA1000: x","SuggestedFixes":[{"Message":"","TextEdits":[{"Pos":12,"End":15,"NewText":"eA=="}]}],"Pos":{"Filename":"a.go","Line":1,"Column":1},"ExpectNoLint":false}]}`, `{"Issues":[{"FromLinter":"gofmt","Text":"t","SourceLines":["x"],"Replacement":{"NeedOnlyDelete":true},"Pos":{"Filename":"a.go","Line":2}}]}`, `{"Issues":[],"Report":{"Error":"context loading failed: no go files"}}`, `{"Issues":[{"FromLinter":"typecheck","Text":"undefined: x","Pos":{"Filename":"a.go","Line":2,"Column":3}}]}`} {
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

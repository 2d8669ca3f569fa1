package rdjson

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/lintel-review/lintel/internal/report"
)

func TestRead(t *testing.T) {
	for _, c := range []struct{ name, in, want, problem string }{
		{"a document", `{"source":{"name":"lint","url":"x"},"severity":"WARNING","diagnostics":[{"message":"m","location":{"path":"a.go","range":{"start":{"line":3,"column":2},"end":{"line":3,"column":5}}},"severity":"ERROR","code":{"value":"R1","url":"https://e"},"suggestions":[{"range":{"start":{"line":3,"column":2},"end":{"line":3,"column":5}},"text":"new"},{"text":"other"}]},{"message":"n","location":{"path":"b.go"}}]}`, `a.go:3:2-3:5 error lint R1: m [3:2-3:5 "new"]; b.go warning lint : n`, ""},
		{"the source behind", `{"diagnostics":[{"message":"m","location":{"path":"a"},"source":null}],"severity":3,"source":{"name":"late"}}`, "a notice late : m", ""},
		{"numbers", `{"diagnostics":[{"message":"m","location":{"path":"a"},"severity":1},{"message":"m","location":{"path":"a"},"severity":0}]}`, "a error rdjson : m; a warning rdjson : m", ""},
		{"whole lines", `{"diagnostics":[{"message":"m","location":{"path":"a","range":{"start":{"line":2}}},"suggestions":[{"range":{"start":{"line":2},"end":{"line":3}},"text":"x"}]},{"message":"d","location":{"path":"a","range":{"start":{"line":2}}},"suggestions":[{"range":{"start":{"line":2}},"text":""}]}]}`, `a:2 warning rdjson : m [2:0-3:0 "x\n"]; a:2 warning rdjson : d [2:0-2:0 ""]`, ""},
		{"null", `{"source":null,"diagnostics":null}`, "nothing of rdjson", ""},
		{"no diagnostics", `{"source":{"name":"x"}}`, "", "no list of diagnostics"},
		{"a severity", `{"diagnostics":[{"severity":"FATAL"}]}`, "", "is not known"},
		{"a negative line", `{"diagnostics":[{"message":"m","location":{"path":"a","range":{"start":{"line":-1}}}}]}`, "", "the line or column -1"},
		{"cut", `{"diagnostics":[`, "", "ends too early"},
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

func TestReadLines(t *testing.T) {
	const one = `{"message":"m","location":{"path":"a","range":{"start":{"line":1}}},"source":{"name":"t"}}`
	for _, c := range []struct{ name, in, want, problem string }{
		{"lines", one + "\n\n" + one + "\r\n", "a:1 warning t : m; a:1 warning t : m", ""},
		{"a bad line", one + "\nhello\n{}\n", "a:1 warning t : m; 2 skipped", ""},
		{"bad lines alone", "hello\nworld\n", "", "no line is a diagnostic; the first is \"hello\""},
		{"nothing", "", "nothing of rdjsonl", ""},
		{"a huge line", `{"message":"` + strings.Repeat("x", 10<<20) + `"}`, "", "line 1: it has more than"},
		{"a negative line", `{"message":"m","location":{"path":"a","range":{"start":{"line":-4}}}}`, "", "line 1: the line or column -4"},
	} {
		t.Run(c.name, func(t *testing.T) {
			collector := report.NewLintCollector()
			err := ReadLines(strings.NewReader(c.in), collector)
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

// FuzzReadLines is FuzzRead for rdjsonl.
func FuzzReadLines(f *testing.F) {
	f.Add([]byte(`{"message":"m","location":{"path":"a","range":{"start":{"line":1}}},"suggestions":[{"text":"x"}]}`))
	f.Fuzz(func(t *testing.T, in []byte) {
		collector := report.NewLintCollector()
		if err := ReadLines(bytes.NewReader(in), collector); err != nil {
			return
		}
		for _, f := range collector.Finish().Findings {
			if f.Line < 0 || f.EndLine < f.Line || f.EndLine > report.MaxLine {
				t.Fatalf("%+v", f)
			}
		}
	})
}

// FuzzRead holds that no input makes the reader panic or leave the limits, and that what it reads is in order.
func FuzzRead(f *testing.F) {
	for _, seed := range []string{`{"source":{"name":"lint","url":"x"},"severity":"WARNING","diagnostics":[{"message":"m","location":{"path":"a.go","range":{"start":{"line":3,"column":2},"end":{"line":3,"column":5}}},"severity":"ERROR","code":{"value":"R1","url":"https://e"},"suggestions":[{"range":{"start":{"line":3,"column":2},"end":{"line":3,"column":5}},"text":"new"},{"text":"other"}]},{"message":"n","location":{"path":"b.go"}}]}`, `{"diagnostics":[{"message":"m","location":{"path":"a"},"source":null}],"severity":3,"source":{"name":"late"}}`, `{"diagnostics":[{"message":"m","location":{"path":"a"},"severity":1},{"message":"m","location":{"path":"a"},"severity":0}]}`, `{"diagnostics":[{"message":"m","location":{"path":"a","range":{"start":{"line":2}}},"suggestions":[{"range":{"start":{"line":2},"end":{"line":3}},"text":"x"}]},{"message":"d","location":{"path":"a","range":{"start":{"line":2}}},"suggestions":[{"range":{"start":{"line":2}},"text":""}]}]}`, `{"source":null,"diagnostics":null}`} {
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

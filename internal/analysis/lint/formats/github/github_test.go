package github

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/lintel-review/lintel/internal/report"
)

func TestRead(t *testing.T) {
	for _, c := range []struct{ name, in, want, problem string }{
		{"an error", "::error file=src/a.js,line=3,endLine=4,col=5,endColumn=7,title=Bad%2C very::It is%0Atwo lines 100%25", "src/a.js:3:5-4:7 error github : Bad, very: It is\ntwo lines 100%", ""},
		{"ruff's", "some log\r\n::error title=Ruff (F401),file=/w/a.py,line=1,col=8,endLine=1,endColumn=10::a.py:1:8: F401 unused\r\nFound 1 error.\n", "/w/a.py:1:8-1:10 error ruff F401: a.py:1:8: F401 unused", ""},
		{"without a file", "::warning::The cache was not found", " warning github : The cache was not found", ""},
		{"a notice", "  ::notice file=a%3Ab::hi", "a:b notice github : hi", ""},
		{"stopped", "::stop-commands::tok\n::error file=a::no\n::tok::\n::error file=b::yes", "b error github : yes", ""},
		{"other commands", "::group::x\n::set-output name=a::b\n::debug::y\nlog::error::z", "nothing of github", ""},
		{"nothing", "", "nothing of github", ""},
		{"a negative line", "::error file=a,line=-1::x", "", "the line or column"},
		{"a line that is none", "::error file=a,line=1e3::x", "", "the line or column"},
		{"a long line", "::error file=a::xxxxxxxxxxxxxxxxxxxx", "a error github : xxxxxxxxxxxxxxxxxxxx", ""},
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

func TestHugeLine(t *testing.T) {
	err := Read(strings.NewReader("::error file=a::"+strings.Repeat("x", 10<<20)), report.NewLintCollector())
	if err == nil || !strings.Contains(err.Error(), "line 1: it has more than") {
		t.Errorf("%.200v", err)
	}
}

// FuzzRead holds that no input makes the reader panic or leave the limits, and that what it reads is in order.
func FuzzRead(f *testing.F) {
	for _, seed := range []string{"::error file=src/a.js,line=3,endLine=4,col=5,endColumn=7,title=Bad%2C very::It is%0Atwo lines 100%25", "some log\r\n::error title=Ruff (F401),file=/w/a.py,line=1,col=8,endLine=1,endColumn=10::a.py:1:8: F401 unused\r\nFound 1 error.\n", "::warning::The cache was not found", "  ::notice file=a%3Ab::hi", "::stop-commands::tok\n::error file=a::no\n::tok::\n::error file=b::yes", "::group::x\n::set-output name=a::b\n::debug::y\nlog::error::z"} {
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

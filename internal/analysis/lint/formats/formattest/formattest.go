// Package formattest runs the tables of the lint formats' tests, so that each of them holds its reader to the same promises.
package formattest

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/lintel-review/lintel/internal/report"
)

// Read is a format's reader.
type Read func(io.Reader, *report.LintCollector) error

// Case is one report and what is in it, as Shown writes it, or a part of the error.
//
// It is no type of its own, so that tables may leave its fields' names out.
type Case = struct{ Name, In, Want, Problem string }

// Run holds a reader to its table: each report gives what it should, or a short error that a user can read.
func Run(t *testing.T, read Read, cases []Case) {
	t.Helper()
	for _, c := range cases {
		t.Run(c.Name, func(t *testing.T) {
			collector := report.NewLintCollector()
			err := read(strings.NewReader(c.In), collector)
			if c.Problem != "" {
				if err == nil || !strings.Contains(err.Error(), c.Problem) || len(err.Error()) > 600 {
					t.Fatalf("got %.600v, want %q", err, c.Problem)
				}
				if strings.Contains(err.Error(), "Go struct") || strings.Contains(err.Error(), "unmarshal") {
					t.Fatalf("the words of a library: %v", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if got := Shown(collector.Finish()); got != c.Want {
				t.Errorf("got  %s\nwant %s", got, c.Want)
			}
		})
	}
}

// Shown is a report as tests compare it: failed tools, findings, what was skipped.
func Shown(l report.Lint) string {
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
	switch {
	case len(out) > 0:
		return strings.Join(out, "; ")
	case len(l.Tools) == 0:
		return "nothing of no tool"
	}
	return "nothing of " + l.Tools[0].Name
}

// Fuzz holds that no input makes a reader panic or leave the limits, and that what it reads is in order. The table's reports are the seeds.
func Fuzz(f *testing.F, read Read, cases []Case) {
	f.Helper()
	for _, c := range cases {
		f.Add([]byte(c.In))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		collector := report.NewLintCollector()
		if err := read(bytes.NewReader(in), collector); err != nil {
			return
		}
		l := collector.Finish()
		for _, f := range l.Findings {
			if f.Line < 0 || f.EndLine < f.Line || f.EndLine > report.MaxLine || f.Tool == "" || f.Severity == "" {
				t.Fatalf("%+v", f)
			}
		}
		if len(l.Tools) == 0 && len(l.Findings) > 0 {
			t.Fatal("findings of no tool")
		}
	})
}

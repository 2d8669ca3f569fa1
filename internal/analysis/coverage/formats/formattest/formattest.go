// Package formattest runs the tables of the coverage formats' tests, so that each of them holds its reader to the same promises.
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
type Read func(io.Reader, *report.Collector) error

// Case is one report and what is in it, "a.c: 1-3 hit, 5 miss", or a part of the error.
//
// It is no type of its own, so that tables may leave its fields' names out.
type Case = struct{ Name, In, Want, Problem string }

// Run holds a reader to its table: each report gives what it should, or a short error that a user can read.
func Run(t *testing.T, read Read, cases []Case) {
	t.Helper()
	for _, c := range cases {
		t.Run(c.Name, func(t *testing.T) {
			collector := report.NewCollector()
			err := read(strings.NewReader(c.In), collector)
			if c.Problem != "" {
				if err == nil || !strings.Contains(err.Error(), c.Problem) || len(err.Error()) > 600 {
					t.Fatalf("got %.600v, want %q", err, c.Problem)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			read, err := collector.Finish()
			if got := strings.Trim(fmt.Sprint(read.Files), "[]"); err != nil || got != c.Want {
				t.Errorf("got  %s %v\nwant %s", got, err, c.Want)
			}
		})
	}
}

// Fuzz holds that no input makes a reader panic or leave the limits, and that what it reads is in order. The table's reports are the seeds.
func Fuzz(f *testing.F, read Read, cases []Case) {
	f.Helper()
	for _, c := range cases {
		if len(c.In) < 64<<10 {
			f.Add([]byte(c.In))
		}
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		c := report.NewCollector()
		if err := read(bytes.NewReader(in), c); err != nil {
			return
		}
		read, err := c.Finish()
		if err != nil {
			t.Fatal(err) // no input of this size may take so much
		}
		for _, file := range read.Files {
			last := 0
			for _, r := range file.Lines {
				if r.From <= last || r.To < r.From || r.To > report.MaxLine || r.State == report.Unmeasured {
					t.Fatalf("%s", file)
				}
				last = r.To
			}
			for _, b := range file.Branches {
				if file.At(b.Line) != report.Partial || len(b.Missed) == 0 {
					t.Fatalf("%s: %+v", file, b)
				}
			}
			if e := file.Evidence; e != nil {
				inOrder(t, e.Widths)
				inOrder(t, e.Digests)
			}
		}
	})
}

func inOrder(t *testing.T, facts []report.LineFact) {
	t.Helper()
	for i, f := range facts {
		if f.Line == 0 || f.Line > report.MaxLine || i > 0 && f.Line <= facts[i-1].Line {
			t.Fatalf("%v", facts)
		}
	}
}

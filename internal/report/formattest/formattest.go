// Package formattest runs the tables of the report formats' tests, those of coverage and those of linters, so that each
// of them holds its reader to the same promises.
package formattest

import (
	"bytes"
	"io"
	"strings"
	"testing"

	"github.com/lintel-review/lintel/internal/report"
)

// collector is what readers of one kind of report fill.
type collector interface {
	*report.Collector | *report.LintCollector
}

// Case is one report and what is in it, or a part of the error: of coverage "a.c: 1-3 hit, 5 miss", of lint what Shown writes.
//
// It is no type of its own, so that tables may leave its fields' names out.
type Case = struct{ Name, In, Want, Problem string }

// kind is what differs between coverage and lint.
type kind[C collector] struct {
	collect func() C
	// shown is what was read, as the tables have it.
	shown func(C) (string, error)
	// foreign are words of a library that no error may have.
	foreign []string
	// check fails the test when what was read is out of order.
	check func(*testing.T, C)
}

func kindOf[C collector]() kind[C] {
	for _, k := range []any{coverage(), lint()} {
		if k, ok := k.(kind[C]); ok {
			return k
		}
	}
	panic("formattest: a collector of no kind")
}

// Run holds a reader to its table: each report gives what it should, or a short error that a user can read.
func Run[C collector](t *testing.T, read func(io.Reader, C) error, cases []Case) {
	t.Helper()
	k := kindOf[C]()
	for _, c := range cases {
		t.Run(c.Name, func(t *testing.T) {
			into := k.collect()
			err := read(strings.NewReader(c.In), into)
			if c.Problem != "" {
				if err == nil || !strings.Contains(err.Error(), c.Problem) || len(err.Error()) > 600 {
					t.Fatalf("got %.600v, want %q", err, c.Problem)
				}
				for _, word := range k.foreign {
					if strings.Contains(err.Error(), word) {
						t.Fatalf("the words of a library: %v", err)
					}
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if got, err := k.shown(into); err != nil || got != c.Want {
				t.Errorf("got  %s %v\nwant %s", got, err, c.Want)
			}
		})
	}
}

// Fuzz holds that no input makes a reader panic or leave the limits, and that what it reads is in order. The table's reports are the seeds.
func Fuzz[C collector](f *testing.F, read func(io.Reader, C) error, cases []Case) {
	f.Helper()
	k := kindOf[C]()
	for _, c := range cases {
		if len(c.In) < 64<<10 {
			f.Add([]byte(c.In))
		}
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		into := k.collect()
		if err := read(bytes.NewReader(in), into); err == nil {
			k.check(t, into)
		}
	})
}

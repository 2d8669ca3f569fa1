package formattest

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/lintel-review/lintel/internal/report"
)

func coverage() kind[*report.Collector] {
	return kind[*report.Collector]{collect: report.NewCollector, shown: shownFiles, check: checkFiles}
}

func shownFiles(c *report.Collector) (string, error) {
	read, err := c.Finish()
	return strings.Trim(fmt.Sprint(read.Files), "[]"), err
}

func checkFiles(t *testing.T, c *report.Collector) {
	t.Helper()
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
}

func inOrder(t *testing.T, facts []report.LineFact) {
	t.Helper()
	for i, f := range facts {
		if f.Line == 0 || f.Line > report.MaxLine || i > 0 && f.Line <= facts[i-1].Line {
			t.Fatalf("%v", facts)
		}
	}
}

// BenchCoverage measures how fast a reader takes a report, which must have so many files.
func BenchCoverage(b *testing.B, read func(io.Reader, *report.Collector) error, in []byte, files int) {
	b.Helper()
	b.SetBytes(int64(len(in)))
	b.ReportAllocs()
	for b.Loop() {
		c := report.NewCollector()
		err := read(bytes.NewReader(in), c)
		got, tooMuch := c.Finish()
		if err != nil || tooMuch != nil || len(got.Files) != files {
			b.Fatal(err, tooMuch)
		}
	}
}

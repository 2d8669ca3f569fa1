package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime/debug"
	"runtime/metrics"
	"strings"
	"syscall"
	"time"

	"golang.org/x/tools/cover"

	"github.com/lintel-review/lintel/internal/analysis/coverage"
)

// reportSize is about how large each report is, fewReportSize in a small run. The peer's numbers are of 52 MB.
const reportSize, fewReportSize = 50 << 20, 8 << 20

// shortSize is for SimpleCov, which spends two bytes on a line: 50 MB would be 26 million lines, more than a report may
// take (report.MaxMemory).
const shortSize = 16 << 20

// reportFiles is how many files a report has.
const reportFiles = 2000

// writers write a report of a format: the beginning, one file with lines from a number on, the end.
var writers = []struct {
	format string
	rate   float64 // the bar, in MB/s; 0 is none
	begin  string
	file   func(b *bytes.Buffer, f, lines int)
	end    string
}{
	{"go", 0, "mode: set\n", func(b *bytes.Buffer, f, lines int) {
		for i := range lines {
			fmt.Fprintf(b, "github.com/acme/shop/internal/pkg%d/file%d.go:%d.20,%d.3 2 %d\n", f%50, f, 10+i*4, 13+i*4, (i/4*f)%3)
		}
	}, ""},
	{"lcov", 60, "TN:\n", func(b *bytes.Buffer, f, lines int) {
		fmt.Fprintf(b, "SF:/home/runner/work/shop/shop/pkg%d/file%d.js\n", f%50, f)
		for i := range lines {
			fmt.Fprintf(b, "DA:%d,%d\n", i+1, (i/4*f)%3)
		}
		b.WriteString("end_of_record\n")
	}, ""},
	{"cobertura", 18, `<?xml version="1.0" ?><coverage line-rate="0.5"><packages><package name="p"><classes>` + "\n",
		func(b *bytes.Buffer, f, lines int) {
			fmt.Fprintf(b, `<class name="c" filename="pkg%d/file%d.py"><methods/><lines>`+"\n", f%50, f)
			for i := range lines {
				fmt.Fprintf(b, "\t\t\t\t\t<line number=\"%d\" hits=\"%d\"/>\n", i+1, (i/4*f)%3)
			}
			b.WriteString("</lines></class>\n")
		}, "</classes></package></packages></coverage>\n"},
	{"jacoco", 0, `<?xml version="1.0"?><report name="shop">` + "\n", func(b *bytes.Buffer, f, lines int) {
		fmt.Fprintf(b, `<package name="com/acme/p%d"><sourcefile name="File%d.java">`+"\n", f%50, f)
		for i := range lines {
			fmt.Fprintf(b, `<line nr="%d" mi="%d" ci="3" mb="0" cb="0"/>`+"\n", i+1, (i/4*f)%3)
		}
		b.WriteString("</sourcefile></package>\n")
	}, "</report>\n"},
	{"clover", 0, `<?xml version="1.0"?><coverage generated="1"><project timestamp="1">` + "\n", func(b *bytes.Buffer, f, lines int) {
		fmt.Fprintf(b, `<file name="/app/src/p%d/File%d.php">`+"\n", f%50, f)
		for i := range lines {
			fmt.Fprintf(b, `<line num="%d" type="stmt" count="%d"/>`+"\n", i+1, (i/4*f)%3)
		}
		b.WriteString("</file>\n")
	}, "</project></coverage>\n"},
	{"coveragepy", 0, `{"meta":{"version":"7.6"},"files":{"first.py":{"executed_lines":[1],"missing_lines":[]}`,
		func(b *bytes.Buffer, f, lines int) {
			fmt.Fprintf(b, ",\n\"pkg%d/file%d.py\":{\"executed_lines\":[0", f%50, f)
			for i := range lines {
				fmt.Fprintf(b, ", %d", i+9)
			}
			b.WriteString(`],"missing_lines":[2, 4, 6],"excluded_lines":[]}`)
		}, "}}\n"},
	{"simplecov", 0, `{"RSpec":{"coverage":{"/app/first.rb":{"lines":[1]}`, func(b *bytes.Buffer, f, lines int) {
		fmt.Fprintf(b, ",\n\"/app/pkg%d/file%d.rb\":{\"lines\":[null", f%50, f)
		for i := range lines {
			fmt.Fprintf(b, ",%d", (i/4*f)%3)
		}
		b.WriteString("]}")
	}, "},\"timestamp\":1}}\n"},
	{"istanbul", 0, `{"/app/first.js":{"path":"/app/first.js","statementMap":{},"s":{},"branchMap":{},"b":{},"fnMap":{},"f":{}}`,
		func(b *bytes.Buffer, f, lines int) {
			fmt.Fprintf(b, ",\n\"/app/pkg%d/file%d.js\":{\"path\":\"/app/pkg%d/file%d.js\",\"statementMap\":{", f%50, f, f%50, f)
			for i := range lines {
				fmt.Fprintf(b, `%s"%d":{"start":{"line":%d,"column":2},"end":{"line":%d,"column":30}}`, strings.Repeat(",", min(i, 1)), i,
					i+1, i+1)
			}
			b.WriteString(`},"s":{`)
			for i := range lines {
				fmt.Fprintf(b, `%s"%d":%d`, strings.Repeat(",", min(i, 1)), i, (i/4*f)%3)
			}
			b.WriteString(`},"branchMap":{},"b":{},"fnMap":{},"f":{}}`)
		}, "}\n"},
}

// reports reads about 50 MB (16 of SimpleCov) of each format of coverage reports from a file on disk, once, the Go
// profile three times and beside x/tools/cover.
func reports(_ context.Context, b *bench) error {
	for _, w := range writers {
		name := filepath.Join(b.dir, "report."+w.format)
		want := b.size(reportSize, fewReportSize)
		if w.format == "simplecov" {
			want = min(want, shortSize)
		}
		size, err := writeReport(name, want, w.begin, w.end, w.file)
		if err != nil {
			return err
		}
		rounds := 1
		if w.format == "go" {
			rounds = 3
		}
		took, peak, err := readReport(name, rounds, func(r io.Reader) error {
			c, _, err := coverage.Parse(w.format, r, 0)
			if err == nil && len(c.Files) < reportFiles {
				err = fmt.Errorf("%d files of %s were read", len(c.Files), w.format)
			}
			return err
		})
		if err != nil {
			return err
		}
		rate := float64(size) / 1e6 / took.Seconds()
		r := row{What: fmt.Sprintf("coverage, %s of %.0f MB", w.format, float64(size)/1e6),
			Measured: fmt.Sprintf("%s of CPU, %.0f MB/s, %.0f MB at most", ms(took), rate, peak),
			Values:   map[string]float64{"seconds": took.Seconds(), "mb_per_second": rate, "peak_mb": peak}}
		switch {
		case w.format == "go":
			theirs, memory, err := readReport(name, rounds, func(r io.Reader) error {
				_, err := cover.ParseProfilesFromReader(r)
				return err
			})
			if err != nil {
				return err
			}
			r.Bar, r.Verdict = "<= 1.3 times x/tools", judge(took.Seconds() <= 1.3*theirs.Seconds())
			r.Peer = fmt.Sprintf("x/tools/cover here: %s of CPU, %.0f MB", ms(theirs), memory)
		case w.rate > 0:
			r.Bar, r.Verdict = fmt.Sprintf(">= %.0f MB/s, < 150 MB", w.rate), judge(rate >= w.rate && peak < 150)
			r.Peer = map[string]string{"lcov": "octocov 4 s, 480 MB", "cobertura": "octocov 5 s, 225 MB"}[w.format]
		}
		b.table.add(r)
		if err := os.Remove(name); err != nil {
			return err
		}
	}
	return nil
}

// writeReport fills a file. Each format has as many lines a file as make up the size.
func writeReport(name string, want int, begin, end string, file func(b *bytes.Buffer, f, lines int)) (int64, error) {
	var b bytes.Buffer
	file(&b, 1, 1000)
	lines := want / reportFiles * 1000 / b.Len()
	out, err := os.Create(name)
	if err != nil {
		return 0, err
	}
	defer out.Close()
	w := bufio.NewWriterSize(out, 1<<20)
	// A failed write is remembered and told by Flush.
	_, _ = w.WriteString(begin)
	for f := range reportFiles {
		b.Reset()
		file(&b, f, lines)
		_, _ = w.Write(b.Bytes())
	}
	_, _ = w.WriteString(end)
	if err := w.Flush(); err != nil {
		return 0, err
	}
	info, err := out.Stat()
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}

// readReport gives the least processor time of some rounds, the collector's included, so that a busy machine changes
// little; and by how many MB the heap was larger than before at the most.
func readReport(name string, rounds int, read func(io.Reader) error) (time.Duration, float64, error) {
	best, peak := time.Duration(0), 0.0
	for i := range rounds {
		f, err := os.Open(name)
		if err != nil {
			return 0, 0, err
		}
		var took time.Duration
		most, err := heapGrows(func() error {
			start := processor()
			defer func() { took = processor() - start }()
			return read(f)
		})
		peak = max(peak, most)
		f.Close()
		if err != nil {
			return 0, 0, err
		}
		if i == 0 || took < best {
			best = took
		}
	}
	return best, peak, nil
}

// heapGrows runs something and says by how many MB the heap was larger than before at the most.
func heapGrows(run func() error) (float64, error) {
	debug.FreeOSMemory()
	before := heap()
	done, most := make(chan struct{}), make(chan float64)
	go func() {
		tick := time.NewTicker(2 * time.Millisecond)
		defer tick.Stop()
		highest := 0.0
		for {
			select {
			case <-tick.C:
				highest = max(highest, heap()-before)
			case <-done:
				most <- max(highest, heap()-before)
				return
			}
		}
	}()
	err := run()
	close(done)
	return <-most, err
}

// processor is how long this process has kept processors busy.
func processor() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// heap is what the heap takes of the machine's memory, in MB.
func heap() float64 {
	all := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}, {Name: "/memory/classes/heap/unused:bytes"}}
	metrics.Read(all)
	return float64(all[0].Value.Uint64()+all[1].Value.Uint64()) / 1e6
}

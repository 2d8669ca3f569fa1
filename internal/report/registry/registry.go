// Package registry reads a report in any format of its kind, by the format's name or by how the report begins.
//
// Callers may rely on: no more bytes are read than allowed; a report that breaks a bound or its format is an error that
// names the format, never half a report; a byte order mark in front of a report is skipped.
package registry

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/lintel-review/lintel/internal/report"
)

// Auto is the name that asks for detection by content.
const Auto = "auto"

// Head is how many bytes of a report's beginning are needed to tell its format.
const Head = 64 << 10

// byteOrderMark is what some editors and shells write in front of UTF-8.
var byteOrderMark = []byte("\xef\xbb\xbf")

// Trim is the part of a report's beginning that detection goes by: without a byte order mark, without space in front.
func Trim(head []byte) []byte {
	head = bytes.TrimLeft(bytes.TrimPrefix(head, byteOrderMark), " \t\r\n")
	return head[:min(len(head), Head)]
}

// Detector tells formats apart by how a report begins.
type Detector struct {
	// Names are those of all formats, in the order of the documentation.
	Names []string
	// Format names the format of a report by its first bytes, at least Head of them or all there are.
	Format func(head []byte) (string, error)
	// Contradicts says why a report that is called by the name of a format is not of it; "" when it may be. It may be
	// nil.
	Contradicts func(format string, head []byte) string
}

// Reader reads a report of one format into a collector.
type Reader[C any] = func(r io.Reader, into C) error

// Registry holds the formats of one kind of report. C collects what is read, T is the report.
type Registry[C, T any] struct {
	kind     string
	detector Detector
	readers  map[string]Reader[C]
	collect  func() C
	finish   func(C) (T, error)
}

// New makes a registry for a kind of report. It panics when the readers are not those of the detector's formats: that
// is a fault of the program.
func New[C, T any](kind string, d Detector, readers map[string]Reader[C], collect func() C, finish func(C) (T, error)) *Registry[C, T] {
	if names := slices.Sorted(maps.Keys(readers)); !slices.Equal(names, slices.Sorted(slices.Values(d.Names))) {
		panic(fmt.Sprintf("registry: %s reports are detected as %v and read as %v", kind, d.Names, names))
	}
	return &Registry[C, T]{kind: kind, detector: d, readers: readers, collect: collect, finish: finish}
}

// Names are all names that Parse takes, in the order of the documentation, Auto last.
func (g *Registry[C, T]) Names() []string { return append(slices.Clone(g.detector.Names), Auto) }

// Parse reads one report of at most limit bytes (0: report.MaxBytes) and says which format it has.
func (g *Registry[C, T]) Parse(format string, r io.Reader, limit int64) (out T, is string, err error) {
	if !slices.Contains(g.Names(), format) {
		return out, "", fmt.Errorf("there is no %s format %q; it is one of %s", g.kind, format, strings.Join(g.Names(), ", "))
	}
	if limit <= 0 {
		limit = report.MaxBytes
	}
	in := bufio.NewReaderSize(report.Limited(r, limit), Head)
	if is, err = g.format(format, in); err != nil {
		return out, is, err
	}
	into := g.collect()
	if err = g.readers[is](in, into); err == nil {
		out, err = g.finish(into)
	}
	if err != nil {
		var none T
		return none, is, fmt.Errorf("read it as %s: %w", is, err)
	}
	return out, is, nil
}

// format settles which format a report has, by its beginning, and skips a byte order mark. With an error, it gives the
// name that the caller gave.
func (g *Registry[C, T]) format(name string, in *bufio.Reader) (string, error) {
	given := strings.TrimPrefix(name, Auto)
	head, err := in.Peek(Head)
	if err != nil && !errors.Is(err, io.EOF) {
		return given, err
	}
	if bytes.HasPrefix(head, []byte("\xff\xfe")) || bytes.HasPrefix(head, []byte("\xfe\xff")) {
		return given, errors.New("it is UTF-16; write it as UTF-8 " + // as ">" writes in an older PowerShell
			"(in PowerShell: | Out-File -Encoding utf8 out.json, or the tool's own option for a file)")
	}
	if bytes.HasPrefix(head, byteOrderMark) {
		head = head[len(byteOrderMark):]
		if _, err := in.Discard(len(byteOrderMark)); err != nil {
			return given, err
		}
	}
	if name == Auto {
		return g.detector.Format(head)
	}
	if contradicts := g.detector.Contradicts; contradicts != nil {
		if why := contradicts(name, head); why != "" {
			return name, fmt.Errorf("read it as %s: %s", name, why)
		}
	}
	return name, nil
}

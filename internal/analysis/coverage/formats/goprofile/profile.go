// Package goprofile reads the cover profiles of "go test -coverprofile".
// The format is that of golang.org/x/tools/cover: "mode: set" and lines "name:line.column,line.column statements count".
//
// Callers may rely on: profiles that were put together with their mode lines are read, a block that stands there
// several times ran when it ran once, and a block counts for its last line only if it goes beyond the closing brace in
// column 1.
package goprofile

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/lintel-review/lintel/internal/report"
)

// Read reads a profile. The names are import paths with a file.
func Read(r io.Reader, c *report.Collector) error {
	var name []byte
	var file *report.LineSet
	mode := false
	err := report.EachLine(r, func(line []byte) error {
		if len(line) == 0 {
			return nil
		}
		if m, ok := bytes.CutPrefix(line, []byte("mode: ")); ok {
			switch string(bytes.TrimSpace(m)) {
			case "set", "count", "atomic":
				mode = true
				return nil
			}
			return fmt.Errorf("the mode %.40q is none of set, count and atomic", m)
		}
		if !mode {
			return errors.New(`a Go cover profile begins with "mode: set", "mode: count" or "mode: atomic"`)
		}
		// The name may have colons of its own: C:\src\a.go.
		colon := bytes.LastIndexByte(line, ':')
		if colon <= 0 {
			return fmt.Errorf("%.80q is no block", line)
		}
		b, err := parse(line[colon+1:])
		if err != nil {
			return fmt.Errorf("%.80q: %w", line, err)
		}
		if file == nil || !bytes.Equal(name, line[:colon]) {
			if file, err = c.File(string(line[:colon])); err != nil {
				return err
			}
			name = append(name[:0], line[:colon]...)
		}
		file.Width(b.from, b.fromColumn-1)
		file.Width(b.to, b.toColumn-1)
		// A block that ends in column 2 ends with the brace in column 1, and nothing of it stands on that line.
		if b.toColumn <= 2 && b.to > b.from {
			b.to--
		}
		if b.to < b.from || b.statements == 0 {
			return nil
		}
		state := report.Miss
		if b.ran {
			state = report.Hit
		}
		return file.SetRange(b.from, b.to, state)
	})
	if err == nil && !mode {
		err = errors.New(`the file is empty; a Go cover profile begins with "mode: set", "mode: count" or "mode: atomic"`)
	}
	return err
}

type block struct {
	from, fromColumn, to, toColumn, statements int
	ran                                        bool
}

var errBlock = errors.New(`want "line.column,line.column statements count"`)

// parse reads "15.19,17.2 2 1".
func parse(b []byte) (out block, err error) {
	var fields [5]int
	for i, sep := range []byte(".,.  ") {
		n, digits := 0, 0
		for ; digits < len(b) && b[digits] >= '0' && b[digits] <= '9'; digits++ {
			if n = n*10 + int(b[digits]-'0'); n > 1<<30 {
				return out, errBlock
			}
		}
		if digits == 0 || digits >= len(b) || b[digits] != sep {
			return out, errBlock
		}
		fields[i], b = n, b[digits+1:]
	}
	if out.ran, err = report.Count(b); err != nil {
		return out, err
	}
	out.from, out.fromColumn, out.to, out.toColumn, out.statements = fields[0], fields[1], fields[2], fields[3], fields[4]
	if out.to < out.from {
		return out, errors.New("the block ends before it begins")
	}
	return out, nil
}

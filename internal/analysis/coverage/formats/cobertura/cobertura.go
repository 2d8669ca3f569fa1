// Package cobertura reads Cobertura's XML, which coverage.py, gcovr, coverlet and many others write.
// The format is that of its coverage-04.dtd: packages, classes with a filename, lines with a number, hits and condition-coverage.
//
// Callers may rely on: several classes of one file are one, lines that stand below methods too count once, conditions that were not all met make a line
// partial, and the folders of <sources> are given as roots.
package cobertura

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/lintel-review/lintel/internal/report"
	"github.com/lintel-review/lintel/internal/xmlscan"
)

// Read reads a report. The names are those of the classes' filename.
func Read(r io.Reader, c *report.Collector) error {
	s := xmlscan.New(r)
	var file *report.LineSet
	root := false
	for {
		kind, err := s.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err == nil && kind == xmlscan.End {
			switch s.Name() {
			case "source":
				var text string
				text, err = s.Text()
				c.Root(text)
			case "class":
				file = nil
			}
			if err != nil {
				return err
			}
			continue
		}
		if err != nil {
			return err
		}
		name := s.Name()
		switch {
		case !root && name != "coverage":
			return fmt.Errorf("line %d: the root is <%s>, not <coverage>", s.Line(), name)
		case name == "class":
			var path string
			if path, _, err = s.Attr("filename"); err == nil {
				file, err = c.File(path)
			}
		case name == "line" && file != nil:
			err = line(s, file)
		}
		root = true
		if err != nil {
			return fmt.Errorf("line %d: %w", s.Line(), err)
		}
	}
}

func line(s *xmlscan.Scanner, file *report.LineSet) error {
	number, err := s.Bytes("number")
	if err != nil {
		return err
	}
	n, err := report.LineNumber(number)
	if err != nil || n == 0 {
		return err
	}
	hits, err := s.Bytes("hits")
	if err != nil {
		return err
	}
	ran, err := report.Count(hits)
	if err != nil {
		return err
	}
	if !ran {
		return file.Set(n, report.Miss)
	}
	state := report.Hit
	conditions, err := s.Bytes("condition-coverage")
	if err != nil {
		return err
	}
	// "50% (1/2)"; coverlet writes "100%" alone.
	if conditions = bytes.TrimSpace(conditions); len(conditions) > 0 && !bytes.HasPrefix(conditions, []byte("100")) {
		state = report.Partial
	}
	return file.Set(n, state)
}

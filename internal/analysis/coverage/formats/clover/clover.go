// Package clover reads Clover's XML, which PHPUnit and Istanbul write too.
// The format is that of its clover.xsd: a project, packages, files with lines of statements, conditions and methods.
//
// Callers may rely on: a file's path attribute goes before its name; a condition of which only one outcome was seen makes its line partial; lines beyond
// the file's own count of lines, which PHPUnit writes, are left out.
package clover

import (
	"errors"
	"fmt"
	"io"

	"github.com/lintel-review/lintel/internal/report"
	"github.com/lintel-review/lintel/internal/xmlscan"
)

// Read reads a report.
func Read(r io.Reader, c *report.Collector) error {
	s := xmlscan.New(r)
	p := reader{s: s, c: c}
	root := false
	for {
		kind, err := s.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		name := s.Name()
		switch {
		case kind == xmlscan.End && name == "file":
			err = p.end()
		case kind == xmlscan.End:
		case !root && name != "coverage":
			err = fmt.Errorf("the root is <%s>, not <coverage>", name)
		case name == "file":
			err = p.start()
		case name == "line" && p.file != nil:
			err = p.line()
		case name == "metrics" && p.file != nil && s.Parent() == "file":
			var loc string
			if loc, _, err = s.Attr("loc"); err == nil && loc != "" {
				p.last, err = report.LineNumber(loc)
			}
		}
		root = true
		if err != nil {
			return fmt.Errorf("line %d: %w", s.Line(), err)
		}
	}
}

type reader struct {
	s    *xmlscan.Scanner
	c    *report.Collector
	file *report.LineSet
	// lines wait for the end of the file, since its count of lines comes last.
	lines []report.LineRange
	last  int
}

func (p *reader) start() error {
	path, ok, err := p.s.Attr("path")
	if err == nil && (!ok || path == "") {
		path, _, err = p.s.Attr("name")
	}
	if err == nil {
		p.file, err = p.c.File(path)
	}
	return err
}

func (p *reader) end() error {
	for _, l := range p.lines {
		if p.last > 0 && l.From > p.last {
			continue
		}
		if err := p.file.Set(l.From, l.State); err != nil {
			return err
		}
	}
	p.file, p.lines, p.last = nil, p.lines[:0], 0
	return nil
}

func (p *reader) line() error {
	number, err := p.s.Bytes("num")
	if err != nil {
		return err
	}
	n, err := report.LineNumber(number)
	if err != nil || n == 0 {
		return err
	}
	kind, _, err := p.s.Attr("type")
	if err != nil {
		return err
	}
	var ran [3]bool
	for i, name := range []string{"count", "truecount", "falsecount"} {
		text, err := p.s.Bytes(name)
		if err != nil {
			return err
		}
		if text != nil {
			if ran[i], err = report.Count(text); err != nil {
				return err
			}
		}
	}
	state := report.Miss
	switch {
	case kind == "cond" && ran[1] && ran[2]:
		state = report.Hit
	case kind == "cond" && (ran[1] || ran[2]):
		state = report.Partial
	case kind != "cond" && ran[0]:
		state = report.Hit
	}
	if len(p.lines) > 2*report.MaxLine {
		return fmt.Errorf("a file of more than %d lines", 2*report.MaxLine)
	}
	p.lines = append(p.lines, report.LineRange{From: n, To: n, State: state})
	return nil
}

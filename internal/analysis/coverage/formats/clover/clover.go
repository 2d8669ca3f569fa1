// Package clover reads Clover's XML, which PHPUnit and Istanbul write too.
// The format is that of its clover.xsd: a project, packages, files with lines of statements, conditions and methods.
//
// Callers may rely on: a file's path attribute goes before its name; a condition of which only one outcome was seen
// makes its line partial; lines beyond the file's own count of lines, which PHPUnit writes, are left out. The
// attributes truecount and falsecount of a condition say in OpenClover how often it was true and false, and in
// Istanbul's reports, where a count stands beside them, how many branches were taken and how many were not.
package clover

import (
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/lintel-review/lintel/internal/report"
	"github.com/lintel-review/lintel/internal/xmlscan"
)

// Read reads a report.
func Read(r io.Reader, c *report.Collector) error {
	s := xmlscan.New(r)
	p := reader{s: s, c: c}
	root, project := false, false
	for {
		kind, err := s.Next()
		if errors.Is(err, io.EOF) {
			if !project {
				return errors.New("there is no <project> in it; a Clover report has one")
			}
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
		case name == "project" || name == "testproject":
			project = true
		case name == "file":
			err = p.start()
		case name == "line" && p.file != nil:
			err = p.line()
		case name == "metrics" && p.file != nil && s.Parent() == "file":
			var loc string
			if loc, _, err = s.Attr("loc"); err == nil && loc != "" {
				if p.last, err = report.LineNumber(loc); err == nil {
					p.file.Length(p.last, p.php)
				}
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
	lines []line
	last  int
	name  []byte
	// php says that PHPUnit counted the lines, which counts all.
	php bool
}

func (p *reader) start() error {
	path, ok, err := p.s.Attr("path")
	if err == nil && (!ok || path == "") {
		path, _, err = p.s.Attr("name")
	}
	if err == nil {
		p.file, err = p.c.File(path)
		p.php = strings.HasSuffix(path, ".php")
	}
	return err
}

func (p *reader) end() error {
	for _, l := range p.lines {
		if p.last > 0 && l.number > p.last {
			continue
		}
		state := report.Miss
		if l.ran {
			state = report.Hit
		}
		if l.partial {
			state = report.Partial
		}
		if err := p.file.Set(l.number, state); err != nil {
			return err
		}
		if !l.condition {
			continue
		}
		for i, taken := range l.outcomes {
			p.name = append(strconv.AppendInt(p.name[:0], int64(l.nth), 10), ',', byte('t'+i))
			if err := p.file.Branch(l.number, p.name, taken); err != nil {
				return err
			}
		}
	}
	p.file, p.lines, p.last = nil, p.lines[:0], 0
	return nil
}

// line is one line of a file. Only OpenClover tells the two outcomes of a condition apart; nth counts the conditions of one line.
type line struct {
	number, nth             int
	ran, partial, condition bool
	outcomes                [2]bool
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
	counted := false
	for i, name := range []string{"count", "truecount", "falsecount"} {
		text, err := p.s.Bytes(name)
		if err != nil {
			return err
		}
		if text != nil {
			counted = counted || i == 0
			if ran[i], err = report.Count(text); err != nil {
				return err
			}
		}
	}
	l := line{number: n, ran: ran[0]}
	if last := len(p.lines) - 1; last >= 0 && p.lines[last].number == n {
		l.nth = p.lines[last].nth + 1
	}
	switch complexity, err := p.s.Bytes("complexity"); {
	case err != nil:
		return err
	case kind == "cond" && counted && complexity == nil:
		l.partial = ran[0] && ran[2] // Istanbul: some branches were not taken
	case kind == "cond":
		l.condition, l.ran, l.outcomes = true, ran[1] || ran[2], [2]bool{ran[1], ran[2]}
	}
	if len(p.lines) > 2*report.MaxLine {
		return fmt.Errorf("a file of more than %d lines", 2*report.MaxLine)
	}
	p.lines = append(p.lines, l)
	return nil
}

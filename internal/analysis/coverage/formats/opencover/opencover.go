// Package opencover reads the XML of OpenCover, which coverlet writes too. The format: modules with files by number,
// and classes whose methods have sequence points and branch points with the number of a file, lines and a count of
// visits.
//
// Callers may rely on: a sequence point counts for all its lines, those that the compiler hides are left out, and a
// line that ran is partial when one of its branch points was not visited.
package opencover

import (
	"errors"
	"fmt"
	"io"

	"github.com/lintel-review/lintel/internal/report"
	"github.com/lintel-review/lintel/internal/xmlscan"
)

// hidden is the line number that compilers give to code that has none.
const hidden = 0xfeefee

type reader struct {
	s     *xmlscan.Scanner
	c     *report.Collector
	files map[string]*report.LineSet
	name  []byte
}

// Read reads a report.
func Read(r io.Reader, c *report.Collector) error {
	p := reader{s: xmlscan.New(r), c: c, files: map[string]*report.LineSet{}}
	root, modules := false, false
	for {
		kind, err := p.s.Next()
		if errors.Is(err, io.EOF) {
			if !modules {
				return errors.New("there is no <Modules> in it; an OpenCover report has them")
			}
			return nil
		}
		if err != nil {
			return err
		}
		if kind == xmlscan.End {
			continue
		}
		switch name := p.s.Name(); {
		case !root && name != "CoverageSession":
			err = fmt.Errorf("the root is <%s>, not <CoverageSession>", name)
		case name == "Modules":
			modules = true
		case name == "File":
			err = p.file()
		case name == "SequencePoint":
			err = p.point(false)
		case name == "BranchPoint":
			err = p.point(true)
		}
		root = true
		if err != nil {
			return fmt.Errorf("line %d: %w", p.s.Line(), err)
		}
	}
}

func (p *reader) file() error {
	uid, _, err := p.s.Attr("uid")
	if err != nil {
		return err
	}
	path, ok, err := p.s.Attr("fullPath")
	if err != nil || !ok {
		return err // a tracked test, not a source file
	}
	p.files[uid], err = p.c.File(path)
	return err
}

func (p *reader) point(branch bool) error {
	uid, err := p.s.Bytes("fileid")
	if err != nil {
		return err
	}
	file := p.files[string(uid)]
	if file == nil {
		return nil // generated code, of no file
	}
	start, err := p.s.Bytes("sl")
	if err != nil || string(start) == fmt.Sprint(hidden) {
		return err
	}
	from, err := report.LineNumber(start)
	if err != nil || from == 0 {
		return err
	}
	visits, err := p.s.Bytes("vc")
	if err != nil {
		return err
	}
	ran, err := report.Count(visits)
	if err != nil {
		return err
	}
	if branch {
		p.name = p.name[:0]
		for _, name := range []string{"offset", "path", "offsetend"} {
			v, err := p.s.Bytes(name)
			if err != nil {
				return err
			}
			p.name = append(append(p.name, v...), ',')
		}
		return file.Branch(from, p.name, ran)
	}
	to := from
	if end, err := p.s.Bytes("el"); err != nil {
		return err
	} else if end != nil {
		if to, err = report.LineNumber(end); err != nil {
			return err
		}
	}
	if err := p.columns(file, from, max(from, to)); err != nil {
		return err
	}
	state := report.Miss
	if ran {
		state = report.Hit
	}
	return file.SetRange(from, max(from, to), state)
}

// columns keeps how far to the right a sequence point begins and ends. Both count from 1, the end is behind its last character.
func (p *reader) columns(file *report.LineSet, from, to int) error {
	for _, at := range []struct {
		name        string
		line, extra int
	}{{"sc", from, 0}, {"ec", to, 1}} {
		text, err := p.s.Bytes(at.name)
		if err != nil {
			return err
		}
		if n, err := report.LineNumber(text); err == nil {
			file.Width(at.line, n-at.extra)
		}
	}
	return nil
}

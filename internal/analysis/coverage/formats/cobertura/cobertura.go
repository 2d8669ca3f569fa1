// Package cobertura reads Cobertura's XML, which coverage.py, gcovr, coverlet and many others write.
// The format is that of its coverage-04.dtd: packages, classes with a filename, lines with a number, hits and condition-coverage.
//
// Callers may rely on: several classes of one file are one, lines that stand below methods too count once, conditions
// that were not all met make a line partial, and the folders of <sources> are given as roots.
package cobertura

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/lintel-review/lintel/internal/report"
	"github.com/lintel-review/lintel/internal/xmlscan"
)

// Read reads a report. The names are those of the classes' filename.
func Read(r io.Reader, c *report.Collector) error {
	s := xmlscan.New(r)
	var file *report.LineSet
	number := 0 // of the last line that ran
	var of []report.LineRange
	methods, own := false, false
	root, any := false, false
	for {
		kind, err := s.Next()
		if errors.Is(err, io.EOF) {
			if !any {
				return errors.New("there is no <packages> and no <class> in it; a Cobertura report has them")
			}
			return nil
		}
		if err == nil && kind == xmlscan.End {
			switch s.Name() {
			case "source":
				var text string
				text, err = s.Text()
				c.Root(text)
			case "methods":
				methods = false
			case "class":
				// Istanbul lists below methods where functions begin, which are no lines of code; what a class lists itself goes before.
				for _, l := range of {
					if err == nil && !own {
						err = file.Set(l.From, l.State)
					}
				}
				file, of, own = nil, of[:0], false
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
		case name == "packages":
			any = true
		case name == "class":
			any = true
			var path string
			if path, _, err = s.Attr("filename"); err == nil {
				file, err = c.File(path)
			}
		case name == "line" && file != nil:
			var l report.LineRange
			if l, number, err = line(s, file, methods); l.From > 0 && len(of) < 2*report.MaxLine {
				of = append(of, l)
			}
			own = own || !methods
		case name == "methods":
			methods = true
		case name == "condition" && file != nil && number > 0 && !methods:
			err = condition(s, file, number)
		}
		root = true
		if err != nil {
			return fmt.Errorf("line %d: %w", s.Line(), err)
		}
	}
}

// line reads a line and gives its number when it ran and has branches. A line of a method is only given, not set.
func line(s *xmlscan.Scanner, file *report.LineSet, method bool) (of report.LineRange, branches int, err error) {
	number, err := s.Bytes("number")
	if err != nil {
		return of, 0, err
	}
	n, err := report.LineNumber(number)
	if err != nil || n == 0 {
		return of, 0, err
	}
	hits, err := s.Bytes("hits")
	if err != nil {
		return of, 0, err
	}
	ran, err := report.Count(hits)
	if err != nil {
		return of, 0, err
	}
	l := report.LineRange{From: n, To: n, State: report.Miss}
	if ran {
		l.State = report.Hit
		if branches, err = conditions(s, file, &l, method); err != nil {
			return of, 0, err
		}
	}
	if method {
		return l, 0, nil
	}
	return of, branches, file.Set(n, l.State)
}

// conditions reads what a line that ran says of its conditions: "50% (1/2)", and coverlet writes "100%" alone.
func conditions(s *xmlscan.Scanner, file *report.LineSet, l *report.LineRange, method bool) (branches int, err error) {
	met, err := s.Bytes("condition-coverage")
	if met = bytes.TrimSpace(met); err != nil || len(met) == 0 {
		return 0, err
	}
	if bytes.HasPrefix(met, []byte("100")) {
		return l.From, nil
	}
	missing, ok, err := s.Attr("missing-branches")
	if err != nil {
		return 0, err
	}
	taken, total := 0, 0
	if i := bytes.IndexByte(met, '('); i >= 0 {
		_, _ = fmt.Sscanf(string(met[i:]), "(%d/%d)", &taken, &total)
	}
	if !ok || missing == "" || total == 0 || method {
		l.State = report.Partial
		return l.From, nil
	}
	// coverage.py names the branches that were not taken.
	names := strings.Split(missing, ",")
	for i := range names {
		names[i] = strings.TrimSpace(names[i])
	}
	return 0, file.Missed(l.From, total, names)
}

// condition reads one of a line's conditions: the line is partial when one of them was not met in all ways, whatever
// the line's own attribute says.
func condition(s *xmlscan.Scanner, file *report.LineSet, n int) error {
	name, err := s.Bytes("number")
	if err != nil || name == nil {
		return err
	}
	met, err := s.Bytes("coverage")
	if err != nil || met == nil {
		return err
	}
	return file.Branch(n, append([]byte("condition "), name...), bytes.HasPrefix(bytes.TrimSpace(met), []byte("100")))
}

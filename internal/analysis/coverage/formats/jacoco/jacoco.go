// Package jacoco reads JaCoCo's XML, which Gradle and Maven write for Java and Kotlin. The format is that of its
// report.dtd: groups, packages, source files and lines with counts of missed and covered instructions and branches.
//
// Callers may rely on: a file's name is its package's folder and its own name, within the group it stands in; the usual
// source folders are given; a line that ran is partial when a branch of it was not taken, even if none was.
package jacoco

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/lintel-review/lintel/internal/report"
	"github.com/lintel-review/lintel/internal/xmlscan"
)

// roots, the usual ones first, are the folders that Java and Kotlin sources stand in, below a module.
var roots = []string{"src/main/java", "src/main/kotlin", "src/main/scala", "src/main/groovy", "src/test/java", "src/test/kotlin",
	"app/src/main/java", "app/src/main/kotlin", "src"}

// Read reads a report.
func Read(r io.Reader, c *report.Collector) error {
	c.Packages(roots...)
	s := xmlscan.New(r)
	var file *report.LineSet
	// A module is a group of the report, or the report itself.
	var modules []string
	pack, root, any := "", false, false
	for {
		kind, err := s.Next()
		if errors.Is(err, io.EOF) {
			if !any {
				return errors.New("there is no <package> and no <counter> in it; a JaCoCo report has them")
			}
			return nil
		}
		if err != nil {
			return err
		}
		name := s.Name()
		if kind == xmlscan.End {
			switch {
			case name == "sourcefile":
				file = nil
			case name == "group" && len(modules) > 1:
				modules = modules[:len(modules)-1]
			}
			continue
		}
		switch {
		case !root && name != "report":
			return fmt.Errorf("line %d: the root is <%s>, not <report>", s.Line(), name)
		case name == "report" || name == "group":
			var module string
			module, _, err = s.Attr("name")
			modules = append(modules, module)
		case name == "counter":
			any = true
		case name == "package":
			any = true
			pack, _, err = s.Attr("name")
		case name == "sourcefile":
			var base string
			if base, _, err = s.Attr("name"); err == nil {
				file, err = c.FileIn(modules[len(modules)-1], strings.TrimPrefix(pack+"/"+base, "/"))
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
	number, err := s.Bytes("nr")
	if err != nil {
		return err
	}
	n, err := report.LineNumber(number)
	if err != nil || n == 0 {
		return err
	}
	// Missed and covered branches, covered instructions.
	var ran [3]bool
	for i, name := range []string{"mb", "cb", "ci"} {
		text, err := s.Bytes(name)
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
	case ran[0] && (ran[1] || ran[2]):
		state = report.Partial
	case ran[2] || ran[1]:
		state = report.Hit
	}
	return file.Set(n, state)
}

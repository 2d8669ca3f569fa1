// Package sonar reads the generic coverage XML that SonarQube takes.
// The format: files with a path, and lines to cover that say whether they were covered and of how many branches.
//
// Callers may rely on: a covered line is partial when fewer branches were covered than there are.
package sonar

import (
	"errors"
	"fmt"
	"io"
	"strconv"

	"github.com/lintel-review/lintel/internal/report"
	"github.com/lintel-review/lintel/internal/xmlscan"
)

// Read reads a report.
func Read(r io.Reader, c *report.Collector) error {
	var file *report.LineSet
	files := false
	err := xmlscan.Walk(r, "coverage", func(s *xmlscan.Scanner) error {
		switch name := s.Name(); {
		case name == "file":
			path, _, err := s.Attr("path")
			if err == nil {
				files = true
				file, err = c.File(path)
			}
			return err
		case name == "lineToCover" && file != nil:
			return line(s, file)
		}
		return nil
	}, func(s *xmlscan.Scanner) error {
		if s.Name() == "file" {
			file = nil
		}
		return nil
	})
	if err == nil && !files {
		err = errors.New("there is no <file> with a path in it; a generic coverage report has them")
	}
	return err
}

func line(s *xmlscan.Scanner, file *report.LineSet) error {
	number, err := s.Bytes("lineNumber")
	if err != nil {
		return err
	}
	n, err := report.LineNumber(number)
	if err != nil {
		return err
	}
	covered, err := s.Bytes("covered")
	if err != nil {
		return err
	}
	var branches [2]int
	for i, name := range []string{"branchesToCover", "coveredBranches"} {
		text, err := s.Bytes(name)
		if err != nil {
			return err
		}
		if text == nil {
			continue
		}
		if branches[i], err = strconv.Atoi(string(text)); err != nil || branches[i] < 0 {
			return fmt.Errorf("%s is %.40q, no number", name, text)
		}
	}
	switch string(covered) {
	case "false":
		return file.Set(n, report.Miss)
	case "true":
		if branches[1] < branches[0] {
			return file.Set(n, report.Partial)
		}
		return file.Set(n, report.Hit)
	}
	return fmt.Errorf("covered is %.40q, neither true nor false", covered)
}

// Package coveragepy reads what "coverage json" of coverage.py writes. The format is that of its documentation: files
// by name, each with its executed, missing and excluded lines, and branches as pairs of lines.
//
// Callers may rely on: excluded lines are not measured, and a line that ran is partial when a branch from it was not taken.
package coveragepy

import (
	"errors"
	"fmt"
	"io"
	"strconv"

	"github.com/lintel-review/lintel/internal/jsonscan"
	"github.com/lintel-review/lintel/internal/report"
)

type entry struct {
	Executed *[]int  `json:"executed_lines"`
	Missing  []int   `json:"missing_lines"`
	Taken    [][]int `json:"executed_branches"`
	Missed   [][]int `json:"missing_branches"`
}

// Read reads a report.
func Read(r io.Reader, c *report.Collector) error {
	dec := jsonscan.NewDecoder(r)
	found := false
	err := jsonscan.Members(dec, func(name string) error {
		if name != "files" {
			return jsonscan.Skip(dec)
		}
		return jsonscan.Members(dec, func(path string) error {
			var e entry
			if err := jsonscan.Value(dec, &e); err != nil {
				return fmt.Errorf("%.200q: %w", path, err)
			}
			if e.Executed == nil {
				return fmt.Errorf("%.200q has no executed_lines", path)
			}
			found = true
			return file(c, path, e)
		})
	})
	if err == nil && !found {
		err = errors.New(`there is no "files" with files in it`)
	}
	if err == nil {
		err = jsonscan.Whole(dec)
	}
	return err
}

func file(c *report.Collector, path string, e entry) error {
	lines, err := c.File(path)
	if err != nil {
		return err
	}
	for _, n := range *e.Executed {
		if err := lines.Set(n, report.Hit); err != nil {
			return err
		}
	}
	for _, n := range e.Missing {
		if err := lines.Set(n, report.Miss); err != nil {
			return err
		}
	}
	for i, list := range [][][]int{e.Taken, e.Missed} {
		for _, b := range list {
			if len(b) != 2 {
				return fmt.Errorf("%.200q: a branch is a pair of lines", path)
			}
			// The XML report calls what leaves the function "exit", and other lines by their numbers.
			to := "exit"
			if b[1] > 0 {
				to = strconv.Itoa(b[1])
			}
			if err := lines.Branch(b[0], []byte(to), i == 0); err != nil {
				return err
			}
		}
	}
	return nil
}

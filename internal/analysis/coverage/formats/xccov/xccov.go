// Package xccov reads what "xccov view --archive --json" writes of an Xcode result bundle.
// The format: by file, a list of lines that say whether they are executable, how often they ran, and of which parts that is not so.
//
// Callers may rely on: a line that ran is partial when a part of it never did.
package xccov

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/lintel-review/lintel/internal/jsonscan"
	"github.com/lintel-review/lintel/internal/report"
)

type line struct {
	Line       int         `json:"line"`
	Executable *bool       `json:"isExecutable"`
	Count      json.Number `json:"executionCount"`
	Parts      []struct {
		Count json.Number `json:"executionCount"`
	} `json:"subranges"`
}

// Read reads a report.
func Read(r io.Reader, c *report.Collector) error {
	dec := jsonscan.NewDecoder(r)
	found := false
	err := jsonscan.Members(dec, func(path string) error {
		lines, err := c.File(path)
		if err != nil {
			return err
		}
		return jsonscan.Each(dec, func(l line) error {
			if l.Executable == nil {
				return fmt.Errorf("%.200q: a line does not say whether it is executable", path)
			}
			if found = true; !*l.Executable {
				return nil
			}
			ran, err := report.Count(l.Count.String())
			if err != nil {
				return fmt.Errorf("%.200q, line %d: %w", path, l.Line, err)
			}
			state := report.Miss
			if ran {
				state = report.Hit
			}
			for _, part := range l.Parts {
				if reached, err := report.Count(part.Count.String()); err != nil {
					return fmt.Errorf("%.200q, line %d: %w", path, l.Line, err)
				} else if ran && !reached {
					state = report.Partial
				}
			}
			return lines.Set(l.Line, state)
		})
	})
	if err == nil && !found {
		err = errors.New("there is no line of a file in it")
	}
	if err == nil {
		err = jsonscan.Whole(dec)
	}
	return err
}

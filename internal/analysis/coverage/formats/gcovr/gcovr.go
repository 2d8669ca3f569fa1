// Package gcovr reads the JSON of gcovr, and that of "gcov --json-format", which has the same shape.
// The format: a list of files, each with lines that have a number, a count and branches with counts.
//
// Callers may rely on: lines that gcovr takes for no code or leaves out are not measured, and a line that ran is
// partial when a branch of it was not taken.
package gcovr

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"

	"github.com/lintel-review/lintel/internal/jsonscan"
	"github.com/lintel-review/lintel/internal/report"
)

type branch struct {
	Count    json.Number `json:"count"`
	Excluded bool        `json:"gcovr/excluded"`
}

type line struct {
	Number   int         `json:"line_number"`
	Count    json.Number `json:"count"`
	Branches []branch    `json:"branches"`
	NoCode   bool        `json:"gcovr/noncode"`
	Excluded bool        `json:"gcovr/excluded"`
}

// Read reads a report.
func Read(r io.Reader, c *report.Collector) error {
	dec := jsonscan.NewDecoder(r)
	marked, found := false, false
	err := jsonscan.Members(dec, func(name string) error {
		switch name {
		case "gcovr/format_version", "gcc_version":
			marked = true
		case "current_working_directory":
			var dir string
			if err := jsonscan.Value(dec, &dir); err != nil {
				return err
			}
			c.Root(dir)
			return nil
		case "files":
			found = true
			return jsonscan.Elements(dec, func() error { return file(dec, c) })
		}
		return jsonscan.Skip(dec)
	})
	if err == nil && (!marked || !found) {
		err = errors.New(`there is no "gcovr/format_version" or "gcc_version" beside "files" in it`)
	}
	if err == nil {
		err = jsonscan.Whole(dec)
	}
	return err
}

func file(dec *json.Decoder, c *report.Collector) error {
	var e struct {
		File  string `json:"file"`
		Lines []line `json:"lines"`
	}
	if err := jsonscan.Value(dec, &e); err != nil {
		return err
	}
	lines, err := c.File(e.File)
	if err != nil {
		return err
	}
	for _, l := range e.Lines {
		if l.NoCode || l.Excluded {
			continue
		}
		ran, err := report.Count(l.Count.String())
		if err != nil {
			return fmt.Errorf("%.200q, line %d: %w", e.File, l.Number, err)
		}
		state := report.Miss
		if ran {
			state = report.Hit
		}
		if err := lines.Set(l.Number, state); err != nil {
			return err
		}
		for i, b := range l.Branches {
			if b.Excluded {
				continue
			}
			ran, err := report.Count(b.Count.String())
			if err != nil {
				return fmt.Errorf("%.200q, line %d: %w", e.File, l.Number, err)
			}
			if err := lines.Branch(l.Number, strconv.AppendInt(nil, int64(i), 10), ran); err != nil {
				return err
			}
		}
	}
	return nil
}

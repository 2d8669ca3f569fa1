// Package coveralls reads the JSON that tools send to Coveralls. The format: source files with a name, an array of
// counts in which null is no code, and branches as a flat list of line, block, branch and count.
//
// Callers may rely on: a line that ran is partial when one of its branches was not taken.
package coveralls

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/lintel-review/lintel/internal/jsonscan"
	"github.com/lintel-review/lintel/internal/report"
)

// Read reads a report.
func Read(r io.Reader, c *report.Collector) error {
	dec := jsonscan.NewDecoder(r)
	found := false
	err := jsonscan.Members(dec, func(name string) error {
		if name != "source_files" {
			return jsonscan.Skip(dec)
		}
		found = true
		return jsonscan.Elements(dec, func() error { return file(dec, c) })
	})
	if err == nil && !found {
		err = errors.New(`there are no "source_files" in it`)
	}
	if err == nil {
		err = jsonscan.Whole(dec)
	}
	return err
}

func file(dec *json.Decoder, c *report.Collector) error {
	var e struct {
		Name     string         `json:"name"`
		Coverage []*json.Number `json:"coverage"`
		Branches []json.Number  `json:"branches"`
		Source   string         `json:"source"`
	}
	if err := jsonscan.Value(dec, &e); err != nil {
		return err
	}
	if e.Coverage == nil {
		return fmt.Errorf("%.200q has no coverage", e.Name)
	}
	lines, err := c.File(e.Name)
	if err != nil {
		return err
	}
	lines.Length(len(e.Coverage), false)
	n := 0
	for text := range strings.SplitSeq(strings.TrimSuffix(e.Source, "\n"), "\n") {
		if n++; e.Source != "" {
			lines.Digest(n, report.Digest([]byte(strings.TrimSuffix(text, "\r"))))
		}
	}
	for i, count := range e.Coverage {
		if count == nil {
			continue
		}
		ran, err := report.Count(count.String())
		if err != nil {
			return fmt.Errorf("%.200q, line %d: %w", e.Name, i+1, err)
		}
		state := report.Miss
		if ran {
			state = report.Hit
		}
		if err := lines.Set(i+1, state); err != nil {
			return err
		}
	}
	if len(e.Branches)%4 != 0 {
		return fmt.Errorf("%.200q: its branches are not line, block, branch and count each", e.Name)
	}
	for b := e.Branches; len(b) > 0; b = b[4:] {
		n, err := report.LineNumber(b[0].String())
		if err != nil {
			return fmt.Errorf("%.200q: %w", e.Name, err)
		}
		ran, err := report.Count(b[3].String())
		if err != nil {
			return fmt.Errorf("%.200q: %w", e.Name, err)
		}
		if err := lines.Branch(n, []byte(b[1].String()+","+b[2].String()), ran); err != nil {
			return err
		}
	}
	return nil
}

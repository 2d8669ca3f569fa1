// Package ruff reads the JSON of "ruff check --output-format json" and json-lines.
//
// Callers may rely on: what is empty is no report, as ruff writes [] when all is well and nothing when it crashed; each
// finding is an error, as ruff fails on any; a file that ruff cannot parse is such a finding too, and nothing else was
// looked for in it; only fixes that ruff calls safe are kept; a place in a notebook's cell is none in its file.
package ruff

import (
	"bufio"
	"encoding/json"
	"errors"
	"io"

	"github.com/lintel-review/lintel/internal/jsonscan"
	"github.com/lintel-review/lintel/internal/report"
)

const tool = "ruff"

type place struct {
	Row    int `json:"row"`
	Column int `json:"column"`
}

type diagnostic struct {
	Code     *string          `json:"code"`
	Message  string           `json:"message"`
	Filename string           `json:"filename"`
	Cell     *json.RawMessage `json:"cell"`
	Start    *place           `json:"location"`
	End      *place           `json:"end_location"`
	URL      *string          `json:"url"`
	Fix      *struct {
		Applicability string `json:"applicability"`
		Edits         []struct {
			Content string `json:"content"`
			Start   place  `json:"location"`
			End     place  `json:"end_location"`
		} `json:"edits"`
	} `json:"fix"`
}

// Read reads a report.
func Read(r io.Reader, c *report.LintCollector) error {
	if err := c.Tool(tool); err != nil {
		return err
	}
	in := bufio.NewReader(r)
	first, err := beginning(in)
	if err != nil {
		return err
	}
	dec := json.NewDecoder(in)
	one := func() error {
		var d diagnostic
		if err := jsonscan.Value(dec, &d); err != nil {
			return err
		}
		return add(c, d)
	}
	if first == '[' {
		if err := jsonscan.Elements(dec, one); err != nil {
			return err
		}
		return jsonscan.Whole(dec)
	}
	if first == 0 {
		return errors.New(
			"the file is empty; ruff's JSON is [] when nothing was found, so ruff did not run to its end (its " +
				"json-lines are empty then, and cannot be told from a crash: use --output-format json)")
	}
	for dec.More() {
		if err := one(); err != nil {
			return err
		}
	}
	return jsonscan.Whole(dec)
}

// beginning is the first byte that is not blank, left unread; 0 when there is none.
func beginning(in *bufio.Reader) (byte, error) {
	for {
		b, err := in.ReadByte()
		switch {
		case errors.Is(err, io.EOF):
			return 0, nil
		case err != nil:
			return 0, err
		case b == ' ' || b == '\t' || b == '\r' || b == '\n':
			continue
		}
		return b, in.UnreadByte()
	}
}

func add(c *report.LintCollector, d diagnostic) error {
	if d.Filename == "" || d.Start == nil || d.End == nil {
		return errors.New("a finding without a filename, a location and an end_location, which each of ruff's has")
	}
	f := report.LintFinding{
		Tool: tool, Rule: "invalid-syntax", Severity: report.Error, Path: d.Filename, Message: d.Message, Unit: report.Characters,
		Line: d.Start.Row, Column: d.Start.Column, EndLine: d.End.Row, EndColumn: d.End.Column,
	}
	if d.Code != nil && *d.Code != "" {
		f.Rule = *d.Code
	}
	f.Blind = f.Rule == "invalid-syntax"
	if d.URL != nil {
		f.Help = *d.URL
	}
	if d.Cell != nil && string(*d.Cell) != "null" {
		f.Line, f.Column, f.EndLine, f.EndColumn = 0, 0, 0, 0
		return c.Add(f)
	}
	if d.Fix != nil && d.Fix.Applicability == "safe" {
		for _, e := range d.Fix.Edits {
			f.Fix = append(f.Fix,
				report.Edit{Line: e.Start.Row, Column: e.Start.Column, EndLine: e.End.Row, EndColumn: e.End.Column, Text: e.Content})
		}
	}
	return c.Add(f)
}

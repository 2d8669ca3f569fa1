// Package biome reads the JSON of Biome (--reporter=json), of version 2 with its lines and columns and of version 1 with offsets.
//
// Callers may rely on: the rule is the category, "lint/suspicious/noDoubleEquals"; what Biome found and did not print
// (--max-diagnostics, 20 by default) is counted as beyond the limits; a file that does not parse is marked as not read.
package biome

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"unicode/utf8"

	"github.com/lintel-review/lintel/internal/jsonscan"
	"github.com/lintel-review/lintel/internal/report"
)

const tool = "biome"

type place struct {
	Line   int `json:"line"`
	Column int `json:"column"`
}

type diagnostic struct {
	Category    *string         `json:"category"`
	Severity    string          `json:"severity"`
	Description string          `json:"description"`
	Message     json.RawMessage `json:"message"`
	Location    *struct {
		Path   json.RawMessage `json:"path"`
		Start  *place          `json:"start"`
		End    *place          `json:"end"`
		Span   []int           `json:"span"`
		Source *string         `json:"sourceCode"`
	} `json:"location"`
}

var severities = map[string]report.Severity{
	"fatal": report.Error, "error": report.Error, "warning": report.Warning, "information": report.Notice, "info": report.Notice,
	"hint": report.Notice,
}

type summary struct {
	Errors  int `json:"errors"`
	Missing int `json:"diagnosticsNotPrinted"`
}

// Read reads a report.
func Read(r io.Reader, c *report.LintCollector) error {
	if err := c.Tool(tool); err != nil {
		return err
	}
	dec := jsonscan.NewDecoder(r)
	var sum *summary
	found, errorsSeen := false, 0
	err := jsonscan.Members(dec, func(name string) error {
		switch name {
		case "summary":
			return jsonscan.Value(dec, &sum)
		case "diagnostics":
			found = true
			return jsonscan.Each(dec, func(d diagnostic) error {
				if severities[d.Severity] == report.Error {
					errorsSeen++
				}
				return add(c, d)
			})
		}
		return jsonscan.Skip(dec)
	})
	if err == nil && (!found || sum == nil) {
		err = errors.New("Biome's JSON has diagnostics and a summary, and this has not both")
	}
	if err == nil {
		err = jsonscan.Whole(dec)
	}
	if err != nil || sum.Missing <= 0 {
		return err
	}
	missing := min(sum.Missing, report.MaxLine)
	hidden := min(max(sum.Errors-errorsSeen, 0), missing)
	if hidden > 0 {
		c.Count(tool, "", report.Error, hidden)
	}
	if missing > hidden {
		c.Count(tool, "", report.Warning, missing-hidden)
	}
	c.Note("Biome did not print all that it found; run it with --max-diagnostics=none")
	return nil
}

func add(c *report.LintCollector, d diagnostic) error {
	severity, ok := severities[d.Severity]
	if !ok || d.Category == nil && d.Location == nil {
		return errors.New("a diagnostic without one of Biome's severities, a category and a location")
	}
	f := report.LintFinding{Tool: tool, Severity: severity, Message: text(d), Unit: report.Characters}
	if d.Category != nil {
		f.Rule = *d.Category
	}
	f.Blind = f.Rule == "parse"
	if at := d.Location; at != nil {
		f.Path = name(at.Path)
		switch {
		case at.Start != nil:
			f.Line, f.Column = at.Start.Line, at.Start.Column
			if at.End != nil {
				f.EndLine, f.EndColumn = at.End.Line, at.End.Column
			}
		case at.Source != nil && len(at.Span) == 2:
			f.Line, f.Column = position(*at.Source, at.Span[0])
			f.EndLine, f.EndColumn = position(*at.Source, at.Span[1])
		}
	}
	if f.Line == 0 {
		f.Column = 0
	}
	return c.Add(f)
}

// text is the message, which version 1 writes in pieces.
func text(d diagnostic) string {
	var whole string
	if json.Unmarshal(d.Message, &whole) == nil && whole != "" {
		return whole
	}
	if d.Description != "" {
		return d.Description
	}
	var pieces []struct {
		Content string `json:"content"`
	}
	if json.Unmarshal(d.Message, &pieces) == nil {
		for _, p := range pieces {
			whole += p.Content
		}
	}
	return whole
}

// name is a path, which version 1 wraps as {"file": "a.js"}.
func name(raw json.RawMessage) string {
	var path string
	if json.Unmarshal(raw, &path) == nil {
		return path
	}
	var wrapped struct {
		File string `json:"file"`
	}
	_ = json.Unmarshal(raw, &wrapped) // a place without a file has none
	return wrapped.File
}

// position is the line and the column, in characters, of an offset in bytes; 0 when the text is shorter.
func position(source string, offset int) (line, column int) {
	if offset < 0 || offset > len(source) {
		return 0, 0
	}
	before := source[:offset]
	at := bytes.LastIndexByte([]byte(before), '\n') + 1
	return bytes.Count([]byte(before), []byte("\n")) + 1, utf8.RuneCountInString(before[at:]) + 1
}

// Package gitlab reads GitLab's Code Quality reports, the part of Code Climate's format that GitLab documents.
//
// Callers may rely on: each finding has a check's name or a fingerprint, and a place; "major" and worse are errors, as
// that is what linters' formatters write for an error; entries of another type than "issue" are none of ours.
package gitlab

import (
	"encoding/json"
	"errors"
	"io"
	"strings"

	"github.com/lintel-review/lintel/internal/jsonscan"
	"github.com/lintel-review/lintel/internal/report"
)

type position struct {
	Line   int `json:"line"`
	Column int `json:"column"`
}

type issue struct {
	Type        string `json:"type"`
	Engine      string `json:"engine_name"`
	Check       string `json:"check_name"`
	Description string `json:"description"`
	Fingerprint string `json:"fingerprint"`
	Severity    string `json:"severity"`
	Location    struct {
		Path  string `json:"path"`
		Lines *struct {
			Begin json.RawMessage `json:"begin"`
			End   json.RawMessage `json:"end"`
		} `json:"lines"`
		Positions *struct {
			Begin position `json:"begin"`
			End   position `json:"end"`
		} `json:"positions"`
	} `json:"location"`
}

var severities = map[string]report.Severity{
	"blocker": report.Error, "critical": report.Error, "major": report.Error, "minor": report.Warning, "info": report.Notice,
}

// Read reads a report.
func Read(r io.Reader, c *report.LintCollector) error {
	c.Assume("gitlab", "")
	dec := jsonscan.NewDecoder(r)
	err := jsonscan.ListOr(dec, func() error {
		var i issue
		if err := jsonscan.Value(dec, &i); err != nil {
			return err
		}
		if i.Type != "" && !strings.EqualFold(i.Type, "issue") {
			return nil
		}
		return add(c, i)
	}, func() error { return errors.New("want a list, got an object") })
	if err == nil {
		err = jsonscan.Whole(dec)
	}
	return err
}

func add(c *report.LintCollector, i issue) error {
	if i.Location.Path == "" || i.Check == "" && i.Fingerprint == "" {
		return errors.New("an entry without location.path, or without check_name and fingerprint, which GitLab's Code Quality asks for")
	}
	severity, ok := severities[strings.ToLower(i.Severity)]
	if !ok {
		severity = report.Warning
	}
	f := report.LintFinding{Tool: i.Engine, Rule: i.Check, Severity: severity, Path: i.Location.Path, Message: i.Description}
	switch at := i.Location; {
	case at.Positions != nil:
		f.Line, f.Column, f.EndLine, f.EndColumn = at.Positions.Begin.Line, at.Positions.Begin.Column, at.Positions.End.Line,
			at.Positions.End.Column
	case at.Lines != nil:
		var err error
		if f.Line, f.Column, err = place(at.Lines.Begin); err != nil {
			return err
		}
		if f.EndLine, f.EndColumn, err = place(at.Lines.End); err != nil {
			return err
		}
	}
	return c.Add(f)
}

// place is a line, or a position as some formatters write it in the line's place.
func place(raw json.RawMessage) (line, column int, err error) {
	if len(raw) == 0 || string(raw) == "null" {
		return 0, 0, nil
	}
	var p position
	if err := json.Unmarshal(raw, &p); err == nil {
		return p.Line, p.Column, nil
	}
	if err := json.Unmarshal(raw, &line); err != nil {
		return 0, 0, errors.New("a line that is no whole number")
	}
	return line, 0, nil
}

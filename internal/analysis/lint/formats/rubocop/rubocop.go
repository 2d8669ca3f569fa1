// Package rubocop reads the JSON of RuboCop and Standard (--format json).
//
// Callers may rely on: the rule is the cop; a convention and a refactoring are warnings and an info a notice; an
// offense that RuboCop has corrected already is none; a file that does not parse is marked as not read.
package rubocop

import (
	"errors"
	"io"

	"github.com/lintel-review/lintel/internal/jsonscan"
	"github.com/lintel-review/lintel/internal/report"
)

const tool = "rubocop"

type file struct {
	Path     string `json:"path"`
	Offenses []struct {
		Severity  string `json:"severity"`
		Message   string `json:"message"`
		Cop       string `json:"cop_name"`
		Corrected bool   `json:"corrected"`
		Location  struct {
			Line        int `json:"line"`
			Column      int `json:"column"`
			StartLine   int `json:"start_line"`
			StartColumn int `json:"start_column"`
			LastLine    int `json:"last_line"`
			LastColumn  int `json:"last_column"`
		} `json:"location"`
	} `json:"offenses"`
}

var severities = map[string]report.Severity{
	"fatal": report.Error, "error": report.Error, "warning": report.Warning, "convention": report.Warning, "refactor": report.Warning,
	"info": report.Notice,
}

// Read reads a report.
func Read(r io.Reader, c *report.LintCollector) error {
	if err := c.Tool(tool); err != nil {
		return err
	}
	dec := jsonscan.NewDecoder(r)
	files, summary := false, false
	err := jsonscan.Members(dec, func(name string) error {
		switch name {
		case "files":
			files = true
			return jsonscan.Each(dec, func(f file) error {
				if f.Path == "" || f.Offenses == nil {
					return errors.New("a file without a path and a list of offenses")
				}
				return add(c, f)
			})
		case "summary", "metadata":
			summary = true
		}
		return jsonscan.Skip(dec)
	})
	if err == nil && (!files || !summary) {
		err = errors.New("RuboCop's JSON has files and a summary, and this has not both")
	}
	if err == nil {
		err = jsonscan.Whole(dec)
	}
	return err
}

func add(c *report.LintCollector, from file) error {
	for _, o := range from.Offenses {
		if o.Corrected {
			continue
		}
		severity, ok := severities[o.Severity]
		if !ok {
			severity = report.Warning
		}
		at := o.Location
		f := report.LintFinding{
			Tool: tool, Rule: o.Cop, Severity: severity, Path: from.Path, Line: at.StartLine, Column: at.StartColumn,
			EndLine: at.LastLine, Message: o.Message,
			Unit: report.Characters, Blind: o.Cop == "Lint/Syntax",
		}
		if f.Line == 0 {
			f.Line, f.Column = at.Line, at.Column
		}
		if at.LastColumn > 0 {
			f.EndColumn = at.LastColumn + 1 // the last column is part of it
		}
		if err := c.Add(f); err != nil {
			return err
		}
	}
	return nil
}

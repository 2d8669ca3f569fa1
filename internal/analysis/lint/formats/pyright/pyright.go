// Package pyright reads the JSON of pyright and basedpyright (--outputjson).
//
// Callers may rely on: places count from 0 there and from 1 here; an information is a notice; a run that looked at no file has failed.
package pyright

import (
	"errors"
	"io"

	"github.com/lintel-review/lintel/internal/jsonscan"
	"github.com/lintel-review/lintel/internal/report"
)

const tool = "pyright"

type place struct {
	Line      int `json:"line"`
	Character int `json:"character"`
}

type diagnostic struct {
	File     string `json:"file"`
	Severity string `json:"severity"`
	Message  string `json:"message"`
	Rule     string `json:"rule"`
	Range    *struct {
		Start place `json:"start"`
		End   place `json:"end"`
	} `json:"range"`
}

var severities = map[string]report.Severity{
	"error": report.Error, "warning": report.Warning, "information": report.Notice, "hint": report.Notice,
	"unreachable": report.Notice, "unused": report.Notice, "deprecated": report.Notice,
}

// Read reads a report.
func Read(r io.Reader, c *report.LintCollector) error {
	if err := c.Tool(tool); err != nil {
		return err
	}
	dec := jsonscan.NewDecoder(r)
	found := false
	err := jsonscan.Members(dec, func(name string) error {
		switch name {
		case "generalDiagnostics":
			found = true
			return jsonscan.Each(dec, func(d diagnostic) error { return add(c, d) })
		case "summary":
			var s struct {
				Files *int `json:"filesAnalyzed"`
			}
			if err := jsonscan.Value(dec, &s); err != nil {
				return err
			}
			if s.Files != nil && *s.Files == 0 {
				return c.Fail(tool, "it looked at no file")
			}
			return nil
		}
		return jsonscan.Skip(dec)
	})
	if err == nil && !found {
		err = errors.New("there is no list of generalDiagnostics in it")
	}
	if err == nil {
		err = jsonscan.Whole(dec)
	}
	return err
}

func add(c *report.LintCollector, d diagnostic) error {
	severity, ok := severities[d.Severity]
	if !ok {
		return errors.New("a diagnostic without one of pyright's severities")
	}
	f := report.LintFinding{Tool: tool, Rule: d.Rule, Severity: severity, Path: d.File, Message: d.Message, Unit: report.UTF16}
	if d.Range != nil {
		f.Line, f.Column, f.EndLine, f.EndColumn = d.Range.Start.Line+1, d.Range.Start.Character+1, d.Range.End.Line+1,
			d.Range.End.Character+1
		if f.EndLine > f.Line && f.EndColumn == 1 {
			f.EndLine, f.EndColumn = f.EndLine-1, 0 // it ends before the first character of that line
		}
	}
	return c.Add(f)
}

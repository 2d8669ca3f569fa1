// Package deno reads the JSON of deno lint (--json).
//
// Callers may rely on: each diagnostic is an error, as deno lint fails on any; a file that Deno could not parse is an error in it.
package deno

import (
	"errors"
	"io"

	"github.com/lintel-review/lintel/internal/jsonscan"
	"github.com/lintel-review/lintel/internal/report"
)

const tool = "deno"

type place struct {
	Line   int `json:"line"`
	Column int `json:"col"`
}

type diagnostic struct {
	Code  string `json:"code"`
	Text  string `json:"message"`
	File  string `json:"filename"`
	Hint  string `json:"hint"`
	Range *struct {
		Start place `json:"start"`
		End   place `json:"end"`
	} `json:"range"`
}

// Read reads a report.
func Read(r io.Reader, c *report.LintCollector) error {
	if err := c.Tool(tool); err != nil {
		return err
	}
	dec := jsonscan.NewDecoder(r)
	found, failed := false, false
	err := jsonscan.Members(dec, func(name string) error {
		switch name {
		case "diagnostics":
			found = true
			return jsonscan.Each(dec, func(d diagnostic) error { return add(c, d) })
		case "errors":
			failed = true
			return jsonscan.Elements(dec, func() error {
				var e struct {
					File string `json:"file_path"`
					Why  string `json:"message"`
				}
				if err := jsonscan.Value(dec, &e); err != nil {
					return err
				}
				return c.Add(
					report.LintFinding{Tool: tool, Rule: "error", Severity: report.Error, Path: e.File, Message: e.Why, Blind: true})
			})
		}
		return jsonscan.Skip(dec)
	})
	if err == nil && (!found || !failed) {
		err = errors.New("deno lint's JSON has diagnostics and errors, and this has not both")
	}
	if err == nil {
		err = jsonscan.Whole(dec)
	}
	return err
}

func add(c *report.LintCollector, d diagnostic) error {
	if d.File == "" || d.Code == "" {
		return errors.New("a diagnostic without a filename and a code")
	}
	f := report.LintFinding{Tool: tool, Rule: d.Code, Severity: report.Error, Path: d.File, Message: d.Text, Unit: report.UTF16}
	if d.Range != nil {
		// Lines count from 1 there, columns from 0.
		f.Line, f.Column, f.EndLine, f.EndColumn = d.Range.Start.Line, d.Range.Start.Column+1, d.Range.End.Line, d.Range.End.Column+1
	}
	return c.Add(f)
}

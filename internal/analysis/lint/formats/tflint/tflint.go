// Package tflint reads the JSON of TFLint (--format json).
//
// Callers may rely on: severities are TFLint's own; what it lists as an error of its own means that it failed.
package tflint

import (
	"errors"
	"io"

	"github.com/lintel-review/lintel/internal/jsonscan"
	"github.com/lintel-review/lintel/internal/report"
)

const tool = "tflint"

type place struct {
	Line   int `json:"line"`
	Column int `json:"column"`
}

type issue struct {
	Rule struct {
		Name     string `json:"name"`
		Severity string `json:"severity"`
		Link     string `json:"link"`
	} `json:"rule"`
	Message string `json:"message"`
	Range   struct {
		File  string `json:"filename"`
		Start place  `json:"start"`
		End   place  `json:"end"`
	} `json:"range"`
}

var severities = map[string]report.Severity{"error": report.Error, "warning": report.Warning, "notice": report.Notice,
	"info": report.Notice}

// Read reads a report.
func Read(r io.Reader, c *report.LintCollector) error {
	if err := c.Tool(tool); err != nil {
		return err
	}
	dec := jsonscan.NewDecoder(r)
	issues, failed := false, false
	err := jsonscan.Members(dec, func(name string) error {
		switch name {
		case "issues":
			issues = true
			return jsonscan.Each(dec, func(i issue) error { return add(c, i) })
		case "errors":
			failed = true
			return jsonscan.Elements(dec, func() error {
				var e struct {
					Message string `json:"message"`
				}
				if err := jsonscan.Value(dec, &e); err != nil {
					return err
				}
				return c.Fail(tool, e.Message)
			})
		}
		return jsonscan.Skip(dec)
	})
	if err == nil && (!issues || !failed) {
		err = errors.New("TFLint's JSON has issues and errors, and this has not both")
	}
	if err == nil {
		err = jsonscan.Whole(dec)
	}
	return err
}

func add(c *report.LintCollector, i issue) error {
	severity, ok := severities[i.Rule.Severity]
	if !ok || i.Rule.Name == "" {
		return errors.New("an issue without a rule of one of TFLint's severities")
	}
	return c.Add(report.LintFinding{
		Tool: tool, Rule: i.Rule.Name, Severity: severity, Path: i.Range.File, Line: i.Range.Start.Line, Column: i.Range.Start.Column,
		EndLine: i.Range.End.Line, EndColumn: i.Range.End.Column, Message: i.Message, Help: i.Rule.Link, Unit: report.Characters,
	})
}

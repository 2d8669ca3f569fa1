// Package terraform reads the JSON of "terraform validate -json", which OpenTofu writes too. The format is that of
// HashiCorp's page on the command: diagnostics with a severity, a summary, a detail and, when they have a place, a
// range.
//
// Callers may rely on: the rule is "validate", as diagnostics have no names of their own; an error without a place, as
// of a provider that is not installed, means that the tool failed; columns count characters.
package terraform

import (
	"errors"
	"io"

	"github.com/lintel-review/lintel/internal/jsonscan"
	"github.com/lintel-review/lintel/internal/report"
)

const (
	tool = "terraform"
	rule = "validate"
)

type place struct {
	Line   int `json:"line"`
	Column int `json:"column"`
}

type diagnostic struct {
	Severity string `json:"severity"`
	Summary  string `json:"summary"`
	Detail   string `json:"detail"`
	Range    *struct {
		File  string `json:"filename"`
		Start place  `json:"start"`
		End   place  `json:"end"`
	} `json:"range"`
}

var severities = map[string]report.Severity{"error": report.Error, "warning": report.Warning}

// Read reads a report.
func Read(r io.Reader, c *report.LintCollector) error {
	if err := c.Tool(tool); err != nil {
		return err
	}
	dec := jsonscan.NewDecoder(r)
	marked, found := false, false
	err := jsonscan.Members(dec, func(name string) error {
		switch name {
		case "format_version", "valid":
			marked = true
		case "diagnostics":
			found = true
			return jsonscan.Each(dec, func(d diagnostic) error { return add(c, d) })
		}
		return jsonscan.Skip(dec)
	})
	if err == nil && (!marked || !found) {
		err = errors.New("the JSON of terraform validate says whether it is valid and lists diagnostics, and this has not both")
	}
	if err == nil {
		err = jsonscan.Whole(dec)
	}
	return err
}

func add(c *report.LintCollector, d diagnostic) error {
	severity, ok := severities[d.Severity]
	if !ok || d.Summary == "" {
		return errors.New("a diagnostic without one of Terraform's severities and a summary")
	}
	message := d.Summary
	if d.Detail != "" {
		message += ": " + d.Detail
	}
	if d.Range == nil || d.Range.File == "" {
		if severity == report.Error {
			return c.Fail(tool, message)
		}
		c.Note("Terraform warns: %s", message)
		return nil
	}
	at := d.Range
	f := report.LintFinding{
		Tool: tool, Rule: rule, Severity: severity, Path: at.File, Line: at.Start.Line, EndLine: at.End.Line, Message: message,
		Unit: report.Characters,
	}
	if f.Line > 0 {
		f.Column, f.EndColumn = at.Start.Column, at.End.Column
	}
	return c.Add(f)
}

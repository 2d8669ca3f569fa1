// Package stylelint reads the JSON of Stylelint (--formatter json).
//
// Callers may rely on: a style sheet that does not parse is marked as not read; an option of a rule that Stylelint does not
// accept means that it failed, as that rule did not look at anything.
package stylelint

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/lintel-review/lintel/internal/jsonscan"
	"github.com/lintel-review/lintel/internal/report"
)

const tool = "stylelint"

type notice struct {
	Text string `json:"text"`
}

type result struct {
	Source   *string  `json:"source"`
	Invalid  []notice `json:"invalidOptionWarnings"`
	Warnings []struct {
		Line      int    `json:"line"`
		Column    int    `json:"column"`
		EndLine   int    `json:"endLine"`
		EndColumn int    `json:"endColumn"`
		Rule      string `json:"rule"`
		Severity  string `json:"severity"`
		Text      string `json:"text"`
	} `json:"warnings"`
}

// Read reads a report.
func Read(r io.Reader, c *report.LintCollector) error {
	if err := c.Tool(tool); err != nil {
		return err
	}
	dec := jsonscan.NewDecoder(r)
	err := jsonscan.ListOr(dec, func() error {
		var one result
		if err := jsonscan.Value(dec, &one); err != nil {
			return err
		}
		return add(c, one)
	}, func() error { return errors.New("want a list, got an object") })
	if err == nil {
		err = jsonscan.Whole(dec)
	}
	return err
}

func add(c *report.LintCollector, one result) error {
	if one.Source == nil || one.Warnings == nil {
		return errors.New("a result without a source and a list of warnings")
	}
	for _, n := range one.Invalid {
		if err := c.Fail(tool, n.Text); err != nil {
			return err
		}
	}
	for _, w := range one.Warnings {
		f := report.LintFinding{
			Tool: tool, Rule: w.Rule, Severity: report.Error, Path: *one.Source, Line: w.Line, Column: w.Column, EndLine: w.EndLine,
			EndColumn: w.EndColumn,
			Message:   strings.TrimSuffix(w.Text, " ("+w.Rule+")"), Unit: report.UTF16, Blind: w.Rule == "CssSyntaxError",
		}
		if w.Severity == "warning" {
			f.Severity = report.Warning
		}
		if w.Rule != "" && !strings.ContainsAny(w.Rule, "/ ") && !f.Blind {
			f.Help = "https://stylelint.io/user-guide/rules/" + w.Rule + "/"
		}
		if err := c.Add(f); err != nil {
			return fmt.Errorf("%.200q: %w", f.Path, err)
		}
	}
	return nil
}

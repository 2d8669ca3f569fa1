// Package shellcheck reads the JSON of ShellCheck (-f json and json1).
//
// Callers may rely on: an info and a style are notices; a script that ShellCheck cannot parse is marked as not read;
// corrections come from json1 alone, since the columns of json count a tab as eight.
package shellcheck

import (
	"errors"
	"fmt"
	"io"

	"github.com/lintel-review/lintel/internal/jsonscan"
	"github.com/lintel-review/lintel/internal/report"
)

const tool = "shellcheck"

type comment struct {
	File      string `json:"file"`
	Line      int    `json:"line"`
	EndLine   int    `json:"endLine"`
	Column    int    `json:"column"`
	EndColumn int    `json:"endColumn"`
	Level     string `json:"level"`
	Code      int    `json:"code"`
	Message   string `json:"message"`
	Fix       *struct {
		Replacements []struct {
			Line      int    `json:"line"`
			EndLine   int    `json:"endLine"`
			Column    int    `json:"column"`
			EndColumn int    `json:"endColumn"`
			Text      string `json:"replacement"`
		} `json:"replacements"`
	} `json:"fix"`
}

var severities = map[string]report.Severity{"error": report.Error, "warning": report.Warning, "info": report.Notice, "style": report.Notice}

// Read reads a report.
func Read(r io.Reader, c *report.LintCollector) error {
	if err := c.Tool(tool); err != nil {
		return err
	}
	dec := jsonscan.NewDecoder(r)
	one := func(exact bool) func() error {
		return func() error {
			var m comment
			if err := jsonscan.Value(dec, &m); err != nil {
				return err
			}
			return add(c, m, exact)
		}
	}
	err := jsonscan.ListOr(dec, one(false), func() error {
		found := false
		err := jsonscan.MoreMembers(dec, func(name string) error {
			if name != "comments" {
				return jsonscan.Skip(dec)
			}
			found = true
			return jsonscan.Elements(dec, one(true))
		})
		if err == nil && !found {
			err = errors.New("there is no list of comments in it")
		}
		return err
	})
	if err == nil {
		err = jsonscan.Whole(dec)
	}
	return err
}

func add(c *report.LintCollector, m comment, exact bool) error {
	severity, ok := severities[m.Level]
	if !ok || m.Code <= 0 || m.File == "" {
		return errors.New("a comment without one of ShellCheck's levels, a code and a file")
	}
	f := report.LintFinding{
		Tool: tool, Rule: fmt.Sprintf("SC%d", m.Code), Severity: severity, Path: m.File, Line: m.Line, Column: m.Column,
		EndLine: m.EndLine, EndColumn: m.EndColumn,
		Message: m.Message, Unit: report.Characters, Help: fmt.Sprintf("https://www.shellcheck.net/wiki/SC%d", m.Code),
		Blind: m.Code == 1072 || m.Code == 1073,
	}
	if m.Fix != nil && exact {
		for _, e := range m.Fix.Replacements {
			f.Fix = append(f.Fix, report.Edit{Line: e.Line, Column: e.Column, EndLine: e.EndLine, EndColumn: e.EndColumn, Text: e.Text})
		}
	}
	return c.Add(f)
}

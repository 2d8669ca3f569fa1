// Package pylint reads the JSON of pylint, that of --output-format=json and of json2.
//
// Callers may rely on: the rule is the message's symbol; a convention, a refactoring and an information are notices; a
// fatal message means that pylint could not do its work, a syntax error that it saw nothing else of the file.
package pylint

import (
	"errors"
	"io"

	"github.com/lintel-review/lintel/internal/jsonscan"
	"github.com/lintel-review/lintel/internal/report"
)

const tool = "pylint"

type message struct {
	Type      string `json:"type"`
	Symbol    string `json:"symbol"`
	ID        string `json:"message-id"`
	ID2       string `json:"messageId"`
	Text      string `json:"message"`
	Path      string `json:"path"`
	Line      int    `json:"line"`
	Column    *int   `json:"column"`
	EndLine   *int   `json:"endLine"`
	EndColumn *int   `json:"endColumn"`
}

var severities = map[string]report.Severity{
	"fatal": report.Error, "error": report.Error, "warning": report.Warning, "convention": report.Notice, "refactor": report.Notice,
	"info": report.Notice, "information": report.Notice,
}

// Read reads a report.
func Read(r io.Reader, c *report.LintCollector) error {
	if err := c.Tool(tool); err != nil {
		return err
	}
	dec := jsonscan.NewDecoder(r)
	one := func() error {
		var m message
		if err := jsonscan.Value(dec, &m); err != nil {
			return err
		}
		return add(c, m)
	}
	err := jsonscan.ListOr(dec, one, func() error {
		messages, statistics := false, false
		err := jsonscan.MoreMembers(dec, func(name string) error {
			switch name {
			case "messages":
				messages = true
				return jsonscan.Elements(dec, one)
			case "statistics":
				statistics = true
			}
			return jsonscan.Skip(dec)
		})
		if err == nil && (!messages || !statistics) {
			err = errors.New("pylint's json2 has messages and statistics, and this has not both")
		}
		return err
	})
	if err == nil {
		err = jsonscan.Whole(dec)
	}
	return err
}

func add(c *report.LintCollector, m message) error {
	severity, ok := severities[m.Type]
	if !ok || m.Symbol == "" || m.ID == "" && m.ID2 == "" {
		return errors.New("a message without one of pylint's types, a symbol and an id")
	}
	f := report.LintFinding{
		Tool: tool, Rule: m.Symbol, Severity: severity, Path: m.Path, Line: m.Line, EndLine: value(m.EndLine), Message: m.Text,
		Unit:  report.Characters,
		Blind: m.Symbol == "syntax-error",
		Help:  "https://pylint.readthedocs.io/en/latest/user_guide/messages/" + m.Type + "/" + m.Symbol + ".html",
	}
	if m.Column != nil && m.Line > 0 {
		f.Column = *m.Column + 1 // columns count from 0
		if m.EndColumn != nil {
			f.EndColumn = *m.EndColumn + 1
		}
	}
	if m.Type == "fatal" {
		if err := c.Fail(tool, m.Text); err != nil {
			return err
		}
		f.Blind = f.Line > 0
	}
	return c.Add(f)
}

func value(n *int) int {
	if n == nil {
		return 0
	}
	return *n
}

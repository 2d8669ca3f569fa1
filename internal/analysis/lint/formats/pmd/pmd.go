// Package pmd reads the XML of PMD (--format xml).
//
// Callers may rely on: priorities 1 and 2 are errors, 3 is a warning, 4 and 5 are notices; a file that PMD could not
// read is an error in it; a rule that could not be set up means that PMD failed; what is suppressed is no finding.
package pmd

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/lintel-review/lintel/internal/report"
	"github.com/lintel-review/lintel/internal/xmlscan"
)

const tool = "pmd"

var severities = map[string]report.Severity{"1": report.Error, "2": report.Error, "3": report.Warning, "4": report.Notice,
	"5": report.Notice}

type reader struct {
	c    *report.LintCollector
	file string
	open *report.LintFinding
}

// Read reads a report.
func Read(r io.Reader, c *report.LintCollector) error {
	if err := c.Tool(tool); err != nil {
		return err
	}
	p := &reader{c: c}
	return xmlscan.Walk(r, "pmd", p.start, p.end)
}

func (p *reader) start(s *xmlscan.Scanner) error {
	switch s.Name() {
	case "file":
		var err error
		p.file, err = s.Required("name")
		return err
	case "violation":
		return p.violation(s)
	case "error":
		text, err := s.Attrs("filename", "msg")
		if err != nil {
			return err
		}
		return p.c.Add(report.LintFinding{Tool: tool, Rule: "error", Severity: report.Error, Path: text[0], Message: text[1], Blind: true})
	case "configerror":
		text, err := s.Attrs("rule", "msg")
		if err != nil {
			return err
		}
		return p.c.Fail(tool, fmt.Sprintf("the rule %s could not be set up: %s", text[0], text[1]))
	}
	return nil
}

func (p *reader) violation(s *xmlscan.Scanner) error {
	text, err := s.Attrs("beginline", "begincolumn", "endline", "endcolumn", "rule", "priority", "externalInfoUrl")
	if err != nil {
		return err
	}
	if p.file == "" || text[4] == "" {
		return errors.New("a violation without a rule, or outside of a file")
	}
	severity, ok := severities[text[5]]
	if !ok {
		severity = report.Warning
	}
	f := report.LintFinding{Tool: tool, Rule: text[4], Severity: severity, Path: p.file, Help: text[6], Unit: report.UTF16}
	for i, into := range []*int{&f.Line, &f.Column, &f.EndLine, &f.EndColumn} {
		if text[i] == "" {
			continue
		}
		if *into, err = report.LineNumber(text[i]); err != nil {
			return err
		}
	}
	if f.EndColumn > 0 {
		f.EndColumn++ // the last column is part of it
	}
	p.open = &f
	return nil
}

func (p *reader) end(s *xmlscan.Scanner) error {
	switch s.Name() {
	case "file":
		p.file = ""
	case "violation":
		if p.open == nil {
			return nil
		}
		text, err := s.Text()
		if err != nil {
			return err
		}
		p.open.Message = strings.TrimSpace(text)
		err = p.c.Add(*p.open)
		p.open = nil
		return err
	}
	return nil
}

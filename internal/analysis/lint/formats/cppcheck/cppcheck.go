// Package cppcheck reads the XML of Cppcheck, version 2 of its format (--xml).
//
// Callers may rely on: an error is an error, a warning and what it calls performance or portability are warnings, style
// and information are notices; the place is the first that a finding names; code that Cppcheck could not read is marked
// as not read.
package cppcheck

import (
	"cmp"
	"errors"
	"io"
	"slices"

	"github.com/lintel-review/lintel/internal/report"
	"github.com/lintel-review/lintel/internal/xmlscan"
)

const tool = "cppcheck"

var severities = map[string]report.Severity{
	"error": report.Error, "warning": report.Warning, "performance": report.Warning, "portability": report.Warning, "style": report.Notice,
	"information": report.Notice, "debug": report.Notice, "none": report.Notice, "internal": report.Notice,
}

// unread are the findings that say that a file, or a part of it, was not read.
var unread = []string{"syntaxError", "internalError", "internalAstError", "cppcheckError", "preprocessorErrorDirective", "unknownMacro"}

type reader struct {
	c    *report.LintCollector
	open *report.LintFinding
	own  bool
}

// Read reads a report.
func Read(r io.Reader, c *report.LintCollector) error {
	if err := c.Tool(tool); err != nil {
		return err
	}
	p := &reader{c: c}
	err := xmlscan.Walk(r, "results", p.start, p.end)
	if err == nil && !p.own {
		err = errors.New("it does not name cppcheck, which its XML does")
	}
	return err
}

func (p *reader) end(s *xmlscan.Scanner) error {
	if s.Name() != "error" || p.open == nil {
		return nil
	}
	f := *p.open
	p.open = nil
	return p.c.Add(f)
}

func (p *reader) start(s *xmlscan.Scanner) error {
	switch s.Name() {
	case "results":
		if version, _, _ := s.Attr("version"); version != "2" {
			return errors.New("it is not version 2 of cppcheck's XML; write --xml-version=2")
		}
	case "cppcheck":
		p.own = true
	case "error":
		text, err := s.Attrs("id", "severity", "msg", "verbose")
		if err != nil {
			return err
		}
		severity, ok := severities[text[1]]
		if !ok || text[0] == "" {
			return errors.New("an error without an id and one of cppcheck's severities")
		}
		p.open = &report.LintFinding{
			Tool: tool, Rule: text[0], Severity: severity, Message: cmp.Or(text[2], text[3]), Unit: report.Characters,
			Blind: slices.Contains(unread, text[0]),
		}
	case "location":
		if p.open == nil || p.open.Path != "" {
			return nil // the first is where it is, others say how it came to be
		}
		text, err := s.Attrs("file", "line", "column")
		if err != nil {
			return err
		}
		p.open.Path = text[0]
		for i, into := range []*int{&p.open.Line, &p.open.Column} {
			if text[i+1] == "" {
				continue
			}
			if *into, err = report.LineNumber(text[i+1]); err != nil {
				return err
			}
		}
	}
	return nil
}

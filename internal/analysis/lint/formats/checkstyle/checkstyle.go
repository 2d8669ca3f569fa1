// Package checkstyle reads Checkstyle's XML, which ESLint, PHP_CodeSniffer, ktlint, detekt, golangci-lint and many others write too.
// The format is that of Checkstyle's XMLLogger: files with errors in them.
//
// Callers may rely on: a severity that is not given is an error, as in Checkstyle; "ignore" is no finding; an exception
// that Checkstyle met means that the tool failed.
package checkstyle

import (
	"errors"
	"io"
	"strings"

	"github.com/lintel-review/lintel/internal/report"
	"github.com/lintel-review/lintel/internal/xmlscan"
)

var severities = map[string]report.Severity{"": report.Error, "error": report.Error, "warning": report.Warning, "info": report.Notice}

// Read reads a report.
func Read(r io.Reader, c *report.LintCollector) error {
	c.Assume("checkstyle", "")
	p := &reader{c: c}
	return xmlscan.Walk(r, "checkstyle", p.start, p.end)
}

type reader struct {
	c    *report.LintCollector
	file string
}

func (p *reader) start(s *xmlscan.Scanner) error {
	switch s.Name() {
	case "file":
		var err error
		p.file, err = s.Required("name")
		return err
	case "error":
		return p.finding(s)
	}
	return nil
}

func (p *reader) end(s *xmlscan.Scanner) error {
	switch s.Name() {
	case "file":
		p.file = ""
	case "exception":
		why, err := s.Text()
		if err != nil {
			return err
		}
		return p.c.Fail("checkstyle", why)
	}
	return nil
}

func (p *reader) finding(s *xmlscan.Scanner) error {
	text, err := s.Attrs("line", "column", "severity", "message", "source")
	if err != nil {
		return err
	}
	line, err := number(text[0])
	if err != nil {
		return err
	}
	column, err := number(text[1])
	if err != nil {
		return err
	}
	if text[2] == "ignore" {
		return nil
	}
	severity, ok := severities[strings.ToLower(text[2])]
	if !ok {
		severity = report.Warning
	}
	if p.file == "" {
		return errors.New("an error outside of a file")
	}
	return p.c.Add(report.LintFinding{Rule: rule(text[4]), Severity: severity, Path: p.file, Line: line, Column: column, Message: text[3]})
}

func number(text string) (int, error) {
	if text == "" {
		return 0, nil
	}
	return report.LineNumber(text)
}

// rule is the short name of a check: Checkstyle writes the class, ESLint "eslint.rules.semi".
func rule(source string) string {
	if rest, ok := strings.CutPrefix(source, "eslint.rules."); ok {
		return rest
	}
	if strings.HasPrefix(source, "com.puppycrawl.tools.checkstyle.") {
		return strings.TrimSuffix(source[strings.LastIndexByte(source, '.')+1:], "Check")
	}
	return source
}

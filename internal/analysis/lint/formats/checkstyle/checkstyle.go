// Package checkstyle reads Checkstyle's XML, which ESLint, PHP_CodeSniffer, ktlint, detekt, golangci-lint and many others write too.
// The format is that of Checkstyle's XMLLogger: files with errors in them.
//
// Callers may rely on: a severity that is not given is an error, as in Checkstyle; "ignore" is no finding; an exception that Checkstyle met means that the
// tool failed.
package checkstyle

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/lintel-review/lintel/internal/report"
	"github.com/lintel-review/lintel/internal/xmlscan"
)

var severities = map[string]report.Severity{"": report.Error, "error": report.Error, "warning": report.Warning, "info": report.Notice}

// Read reads a report.
func Read(r io.Reader, c *report.LintCollector) error {
	c.Assume("checkstyle", "")
	s := xmlscan.New(r)
	p := reader{s: s, c: c}
	root := false
	for {
		kind, err := s.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		name := s.Name()
		switch {
		case kind == xmlscan.End && name == "file":
			p.file = ""
		case kind == xmlscan.End && name == "exception":
			var why string
			if why, err = s.Text(); err == nil {
				err = c.Fail("checkstyle", why)
			}
		case kind == xmlscan.End:
		case !root && name != "checkstyle":
			err = fmt.Errorf("the root is <%s>, not <checkstyle>", name)
		case name == "file":
			p.file, _, err = s.Attr("name")
			if err == nil && p.file == "" {
				err = errors.New("a file without a name")
			}
		case name == "error":
			err = p.finding()
		}
		root = true
		if err != nil {
			return fmt.Errorf("line %d: %w", s.Line(), err)
		}
	}
}

type reader struct {
	s    *xmlscan.Scanner
	c    *report.LintCollector
	file string
}

func (p *reader) finding() error {
	var text [5]string
	for i, name := range []string{"line", "column", "severity", "message", "source"} {
		var err error
		if text[i], _, err = p.s.Attr(name); err != nil {
			return err
		}
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

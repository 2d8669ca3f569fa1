// Package text reads what nearly every compiler and linter prints: "file:line:column: message" and its dialects,
// "file(line,column): error CODE: message" of TypeScript and MSBuild among them.
//
// Callers may rely on: a line that names a file and a line of it is a finding, and any other line is none; a note
// explains the finding before it and is none of its own; a finding without a severity is an error, as tools that print
// none fail on any; text of which no line is a finding is refused, unless it says that all is well, as a tool that
// crashed prints text too; no text at all is all that many tools print when they find nothing.
package text

import (
	"bytes"
	"fmt"
	"io"
	"strings"

	"github.com/lintel-review/lintel/internal/lazyregexp"
	"github.com/lintel-review/lintel/internal/report"
)

// Tool is the name of a tool that does not say its own.
const Tool = "text"

var (
	colours = lazyregexp.New("\x1b\\[[0-9;]*[A-Za-z]")
	// well is how tools say that they found nothing.
	well = lazyregexp.New(
		`(?i)^\W*(?:success: no issues found|all checks passed|found 0 (?:errors|issues|problems|warnings)|0 ` +
			`(?:errors|issues|problems|offenses|warnings)\b|no (?:issues|errors|problems|warnings|offenses)(?: were)? ` +
			`(?:found|detected)|\d+ files? inspected, no offenses|\[ok\] no errors|your code has been rated at|checked ` +
			`\d+ files? in|all done!|done linting|everything (?:is )?(?:ok|fine|clean)|no violations|all matched ` +
			`files|linting completed without)`)
	// mypy's last line says how many files it checked, and nobody else's does.
	mypy = lazyregexp.New(
		`^(?:Found \d+ errors? in \d+ files? \((?:checked \d+ source files?|errors prevented further ` +
			`checking)\)|Success: no issues found in \d+ source files?)`)
)

// Read reads a report.
func Read(r io.Reader, c *report.LintCollector) error {
	c.Assume(Tool, "")
	p := &reader{c: c}
	if err := report.EachLine(r, p.line); err != nil {
		return err
	}
	if p.stopped {
		if err := c.Fail(p.tool(), "errors prevented further checking, so it did not look at everything"); err != nil {
			return err
		}
	}
	if p.found == 0 && p.first != "" && !p.well {
		return fmt.Errorf(
			"no line of it is a finding (file:line: message), and it does not say that all is well; it begins with %.100q", p.first)
	}
	return nil
}

type reader struct {
	c     *report.LintCollector
	named string
	found int
	// first is the first line that is neither blank nor a finding.
	first   string
	well    bool
	stopped bool
}

func (p *reader) tool() string {
	if p.named == "" {
		return Tool
	}
	return p.named
}

func (p *reader) is(tool string) {
	p.named = tool
	p.c.Assume(tool, "")
}

func (p *reader) line(raw []byte) error {
	text := string(raw)
	if bytes.IndexByte(raw, 0x1b) >= 0 {
		text = colours.ReplaceAllString(text, "")
	}
	text = strings.TrimRight(text, " \t")
	if text == "" {
		return nil
	}
	text, limit := azure(text)
	f, ok := finding(text)
	if ok && f.Severity == report.Error && limit != "" {
		f.Severity = limit
	}
	if !ok {
		p.note(text)
		return nil
	}
	p.found++
	if f.Severity == "" {
		return nil // a note
	}
	if strings.HasPrefix(f.Rule, "TS") && p.named == "" && isCode(f.Rule[2:]) {
		p.is("tsc")
	}
	return p.c.Add(f)
}

// pipeline is what Azure Pipelines puts before a line of a program: a time, and a mark for lines that are errors and warnings.
var pipeline = lazyregexp.New(`^(?:\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z )?##\[(error|warning)\]`)

// azure takes that away. The severity is a warning for a line that is marked as no more.
func azure(text string) (string, report.Severity) {
	m := pipeline.FindStringSubmatch(text)
	if m == nil {
		return text, ""
	}
	if m[1] == "warning" {
		return text[len(m[0]):], report.Warning
	}
	return text[len(m[0]):], ""
}

// isCode reports whether text is a number of TypeScript's size.
func isCode(text string) bool {
	return len(text) >= 4 && len(text) <= 5 && strings.Trim(text, "0123456789") == ""
}

// note reads a line that is no finding, such as a summary.
func (p *reader) note(text string) {
	trimmed := strings.TrimSpace(text)
	if p.first == "" {
		p.first = trimmed
	}
	switch {
	case mypy.MatchString(trimmed):
		p.is("mypy")
		p.stopped = p.stopped || strings.Contains(trimmed, "prevented further checking")
	case strings.HasPrefix(trimmed, "************* Module "):
		p.is("pylint")
	}
	p.well = p.well || well.MatchString(trimmed)
}

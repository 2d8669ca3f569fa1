// Package diff reads the unified diff by which formatters say what they would change: gofmt -d, black --diff, ruff
// format --diff, git diff after a formatter; and what rustfmt --check prints in its place. Each run of changed lines is
// a finding with its correction.
//
// Callers may rely on: the old side is the file as it is; lines are taken by the counts of the hunk's header, never by
// what they look like; a hunk that does not match its header is an error. A carriage return before a line's end is not
// kept, so a correction of such lines applies to no text.
package diff

import (
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/lintel-review/lintel/internal/lazyregexp"
	"github.com/lintel-review/lintel/internal/report"
	"github.com/lintel-review/lintel/internal/text"
)

// rule is the rule of each finding.
const rule = "format"

var header = lazyregexp.New(`^@@ -(\d{1,9})(?:,(\d{1,9}))? \+(\d{1,9})(?:,(\d{1,9}))? @@`)

type reader struct {
	c *report.LintCollector
	// old is the name behind "---", path the file's once "+++" was read.
	old, path        string
	line             int
	oldLeft, newLeft int
	start            int
	was, now         []string
	hunks            int
	other            bool
	// rust says that what follows is a mismatch of rustfmt's, which has no counts.
	rust bool
}

// Read reads a report.
func Read(r io.Reader, c *report.LintCollector) error {
	c.Assume("format", report.Error)
	p := &reader{c: c}
	if err := report.EachLine(r, func(line []byte) error { return p.take(string(line)) }); err != nil {
		return err
	}
	if p.oldLeft+p.newLeft > 0 {
		return fmt.Errorf("the diff of %.200q ends inside a hunk", p.path)
	}
	if err := p.endRust(); err != nil {
		return err
	}
	if p.hunks == 0 && p.other {
		return errors.New("there is no hunk of a unified diff in it")
	}
	return p.flush()
}

func (p *reader) take(text string) error {
	if p.oldLeft > 0 || p.newLeft > 0 {
		return p.inside(text)
	}
	if m := mismatch.FindStringSubmatch(colours.ReplaceAllString(text, "")); m != nil {
		return p.startRust(m)
	}
	if p.rust {
		return p.insideRust(colours.ReplaceAllString(text, ""))
	}
	if strings.HasPrefix(text, `\ `) {
		return nil
	}
	if err := p.flush(); err != nil {
		return err
	}
	switch {
	case strings.HasPrefix(text, "@@ -"):
		return p.hunk(text)
	case strings.HasPrefix(text, "--- "):
		p.old, p.path = name(text[4:]), ""
	case strings.HasPrefix(text, "+++ ") && p.old != "":
		p.path = pick(p.old, name(text[4:]))
		p.old = ""
	case strings.TrimSpace(text) != "":
		if strings.HasPrefix(text, "diff ") && strings.Contains(text, ".orig ") {
			p.c.Assume("gofmt", "") // gofmt alone writes "diff a.go.orig a.go"
		}
		p.other = true
	}
	return nil
}

// name is a file's name without the date that some tools write behind a tab.
func name(text string) string {
	text, _, _ = strings.Cut(text, "\t")
	if unquoted, err := strconv.Unquote(text); err == nil {
		return unquoted
	}
	return strings.TrimSpace(text)
}

// before and behind are what formatters write around the two names of one file: git (in each of its ways), terraform,
// docformatter, autopep8 before them; isort, gofmt and shfmt, golines behind.
var (
	before = [][2]string{
		{"a/", "b/"}, {"old/", "new/"}, {"before/", "after/"}, {"original/", "fixed/"}, {"original/", "formatted/"}, {"i/", "w/"},
		{"c/", "w/"}, {"c/", "i/"}, {"o/", "w/"}, {"1/", "2/"},
	}
	behind = [][2]string{
		{":before", ":after"}, {".orig", ""}, {"", ".shortened"}, {".orig", ".new"}, {" (original)", " (formatted)"},
		{" (original)", " (reformatted)"},
		{" (before formatting)", " (after formatting)"}, {" (current)", " (formatted)"},
	}
)

// pick is the file that two names mean; empty when there is no old file. Where the names differ in another way, the old
// one is the file as it is: the new one may be a temporary file, or no file at all.
func pick(old, now string) string {
	if old == "/dev/null" {
		return ""
	}
	for _, p := range before {
		a, okA := strings.CutPrefix(old, p[0])
		b, okB := strings.CutPrefix(now, p[1])
		if okA && (okB && a == b || now == "/dev/null" && p[0] == "a/") {
			return a
		}
	}
	for _, p := range behind {
		a, okA := strings.CutSuffix(old, p[0])
		b, okB := strings.CutSuffix(now, p[1])
		if okA && okB && a == b {
			return a
		}
	}
	if a, ok := strings.CutPrefix(old, "a/"); ok && strings.HasPrefix(now, "b/") {
		return a // a rename
	}
	return old
}

func (p *reader) hunk(text string) error {
	m := header.FindStringSubmatch(text)
	if m == nil {
		return fmt.Errorf("%.80q is not a hunk header (@@ -a,b +c,d @@)", text)
	}
	numbers := [4]int{0, 1, 0, 1}
	for i := range numbers {
		if m[i+1] != "" {
			numbers[i], _ = strconv.Atoi(m[i+1]) // nine digits at most
		}
	}
	p.line, p.oldLeft, p.newLeft = numbers[0], numbers[1], numbers[3]
	if p.oldLeft == 0 {
		p.line++ // a side without lines names the line before it
	}
	p.hunks++
	return nil
}

func (p *reader) inside(text string) error {
	op := byte(' ')
	if text != "" {
		op, text = text[0], text[1:]
	}
	switch op {
	case ' ':
		if err := p.flush(); err != nil {
			return err
		}
		p.line, p.oldLeft, p.newLeft = p.line+1, p.oldLeft-1, p.newLeft-1
	case '-', '+':
		if len(p.was)+len(p.now) == 0 {
			p.start = p.line
		}
		if op == '-' {
			p.was = append(p.was, text)
			p.line, p.oldLeft = p.line+1, p.oldLeft-1
		} else {
			p.now = append(p.now, text)
			p.newLeft--
		}
	case '\\':
		return nil
	default:
		return fmt.Errorf("%.80q is no line of a hunk", string(op)+text)
	}
	if p.oldLeft < 0 || p.newLeft < 0 {
		return errors.New("a hunk has more lines than its header counts")
	}
	return nil
}

// flush makes a finding of a run of changed lines.
func (p *reader) flush() error {
	was, now := p.was, p.now
	p.was, p.now = p.was[:0], p.now[:0]
	if len(was)+len(now) == 0 || p.path == "" {
		return nil
	}
	f := report.LintFinding{Rule: rule, Path: p.path, Line: p.start, EndLine: p.start + len(was) - 1, Message: message(len(was), len(now))}
	e := report.Edit{Line: f.Line, EndLine: f.EndLine, Text: joined(now)}
	if len(was) > 0 {
		f.Source = was[0]
		text := joined(was)
		e.Was = &text
	}
	f.Fix = []report.Edit{e}
	return p.c.Add(f)
}

func joined(lines []string) string {
	if len(lines) == 0 {
		return ""
	}
	return strings.Join(lines, "\n") + "\n"
}

func message(was, now int) string {
	switch {
	case now == 0:
		return fmt.Sprintf("The formatter would remove %s.", text.Count(was, "line"))
	case was == 0:
		return fmt.Sprintf("The formatter would add %s here.", text.Count(now, "line"))
	}
	return fmt.Sprintf("The formatter would write %s differently.", text.Count(was, "line"))
}

package diff

import (
	"strconv"

	"github.com/lintel-review/lintel/internal/lazyregexp"
	"github.com/lintel-review/lintel/internal/report"
)

var (
	// mismatch begins each place at which rustfmt --check would write something else; before version 1.7 it says "at line 3".
	mismatch = lazyregexp.New(`^Diff in (.+?)(?: at line (\d{1,9})|:(\d{1,9})):$`)
	colours  = lazyregexp.New("\x1b(?:\\[[0-9;]*[A-Za-z]|\\(B)")
)

func (p *reader) startRust(m []string) error {
	if err := p.endRust(); err != nil {
		return err
	}
	p.c.Assume("rustfmt", "")
	line, _ := strconv.Atoi(m[2] + m[3]) // nine digits at most, one of them is empty
	p.path, p.line, p.rust = m[1], line, true
	p.hunks++
	return nil
}

// insideRust takes a line of a mismatch. It has no counts: it ends with the next one, or with what is no line of one.
func (p *reader) insideRust(text string) error {
	if text == "" {
		return p.endRust()
	}
	switch text[0] {
	case ' ':
		p.line++
		return p.flush()
	case '-', '+':
		if len(p.was)+len(p.now) == 0 {
			p.start = p.line
		}
		if text[0] == '-' {
			p.was, p.line = append(p.was, text[1:]), p.line+1
		} else {
			p.now = append(p.now, text[1:])
		}
		return nil
	}
	p.other = true
	return p.endRust()
}

// endRust ends a mismatch. An empty line at its very end is none: rustfmt shows so that the file is to end with a line end.
func (p *reader) endRust() error {
	if !p.rust {
		return nil
	}
	p.rust = false
	if n := len(p.now); n > 0 && p.now[n-1] == "" {
		p.now = p.now[:n-1]
		if len(p.was)+n == 1 {
			p.now = p.now[:0]
			return p.c.Add(
				report.LintFinding{
					Rule:    rule,
					Path:    p.path,
					Line:    max(p.start-1, 1),
					Message: "The formatter would end the file with a line end.",
				})
		}
	}
	return p.flush()
}

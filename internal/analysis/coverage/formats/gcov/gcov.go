// Package gcov reads the text files that gcov writes beside the sources, one or several behind each other. The format:
// "count:line:text" for each line of the source, with tags in line 0, and lines about branches, calls and functions
// between them with -b.
//
// Callers may rely on: "-" is no code, "#####" and "=====" never ran, and a line that ran is partial when one of its
// branches was not taken.
package gcov

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"

	"github.com/lintel-review/lintel/internal/report"
)

type reader struct {
	c    *report.Collector
	file *report.LineSet
	last int
	seen bool
	// length is how many lines of the file are shown; gcov shows all.
	length int
}

// Read reads a report.
func Read(r io.Reader, c *report.Collector) error {
	p := reader{c: c}
	if err := report.EachLine(r, p.line); err != nil {
		return err
	}
	if !p.seen {
		return errors.New(`there is no source in it; a file of gcov begins with "-: 0:Source:src/a.c"`)
	}
	return nil
}

func (p *reader) line(line []byte) error {
	if rest, ok := bytes.CutPrefix(line, []byte("branch ")); ok {
		return p.branch(bytes.TrimSpace(rest))
	}
	count, rest, ok := bytes.Cut(line, []byte(":"))
	number, text, ok2 := bytes.Cut(rest, []byte(":"))
	if number = bytes.TrimSpace(number); !ok || !ok2 || len(number) == 0 || number[0] < '0' || number[0] > '9' {
		return p.between(line)
	}
	n, err := report.LineNumber(number)
	if err != nil {
		return err
	}
	if n == 0 {
		if name, ok := bytes.CutPrefix(text, []byte("Source:")); ok {
			p.file, err = p.c.File(string(name))
			p.seen, p.last, p.length = true, 0, 0
		}
		return err
	}
	if p.file == nil {
		return errors.New("a line of code stands before the name of its source")
	}
	if string(text) != "/*EOF*/" { // gcov did not find the line
		p.length = max(p.length, n)
		p.file.Digest(n, report.Digest(text))
		p.file.Length(p.length, true)
	}
	state := report.Hit
	switch count = bytes.TrimSuffix(bytes.TrimSpace(count), []byte("*")); string(count) {
	case "-":
		p.last = 0
		return nil
	case "#####", "=====", "$$$$$", "%%%%%":
		state = report.Miss
	default:
		ran, err := report.Count(plain(count))
		if err != nil {
			return err
		}
		if !ran {
			state = report.Miss
		}
	}
	p.last = n
	return p.file.Set(n, state)
}

// plain takes the unit from a count in a human's form, "1.2k".
func plain(count []byte) []byte { return bytes.TrimRight(count, "kMGTPEZY") }

// between is a line that is about no line of the source: a call, a function, the name of an instance of a template.
func (p *reader) between(line []byte) error {
	line = bytes.TrimSpace(line)
	for _, begin := range []string{"call ", "function ", "unconditional ", "condition ", "---", "path ", "path:"} {
		if bytes.HasPrefix(line, []byte(begin)) {
			return nil
		}
	}
	if len(line) == 0 || p.file != nil && bytes.HasSuffix(line, []byte(":")) {
		return nil
	}
	return fmt.Errorf("%.60q is no line of gcov", line)
}

// branch reads "0 taken 50% (fallthrough)", "1 never executed".
func (p *reader) branch(rest []byte) error {
	number, outcome, ok := bytes.Cut(rest, []byte(" "))
	if _, err := strconv.Atoi(string(number)); err != nil || !ok {
		return fmt.Errorf("%.60q is no branch", rest)
	}
	if p.file == nil || p.last == 0 {
		return nil
	}
	outcome = bytes.TrimSpace(outcome)
	taken, ok := bytes.CutPrefix(outcome, []byte("taken "))
	if !ok {
		return p.file.Branch(p.last, number, false)
	}
	taken, _, _ = bytes.Cut(taken, []byte(" "))
	ran, err := report.Count(plain(bytes.TrimSuffix(taken, []byte("%"))))
	if err != nil {
		return err
	}
	return p.file.Branch(p.last, number, ran)
}

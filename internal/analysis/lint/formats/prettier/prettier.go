// Package prettier reads what prettier --check writes to standard error: the files that it would write otherwise, and
// those that it could not read.
//
// Callers may rely on: a line that is none of prettier's is an error; a file that it could not read makes the tool one
// that failed, as prettier then says nothing of that file.
package prettier

import (
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/lintel-review/lintel/internal/lazyregexp"
	"github.com/lintel-review/lintel/internal/report"
)

const tool = "prettier"

var (
	colours = lazyregexp.New("\x1b\\[[0-9;]*[A-Za-z]")
	// sum is prettier's last line: a sentence, which no name of a file that prettier takes ends like.
	sum = lazyregexp.New(`^(Code style issues (?:found )?in |Error occurred when checking code style in |` +
		`Run Prettier ).*[.?]$`)
	// unread is a file that prettier could not parse.
	unread = lazyregexp.New(`^(.+?): (\w*Error: .*?)(?: \((\d{1,9}):(\d{1,9})\))?$`)
)

// Read reads a report.
func Read(r io.Reader, c *report.LintCollector) error {
	c.Assume(tool, report.Error)
	if err := c.Tool(tool); err != nil {
		return err
	}
	return report.EachLine(r, func(raw []byte) error {
		line := strings.TrimRight(colours.ReplaceAllString(string(raw), ""), " ")
		if name, ok := strings.CutPrefix(line, "[warn] "); ok {
			if sum.MatchString(name) {
				return nil
			}
			return c.Add(report.LintFinding{Tool: tool, Rule: "format", Path: name,
				Message: "The formatter would write this file differently."})
		}
		if what, ok := strings.CutPrefix(line, "[error] "); ok {
			return broken(c, what)
		}
		if line == "" || line == "[error]" || line == "Checking formatting..." || line == "All matched files use Prettier code style!" {
			return nil
		}
		return fmt.Errorf("the line %.100q is none of prettier --check", line)
	})
}

// broken takes a line about a file that could not be read; lines of its text, which follow, are left out.
func broken(c *report.LintCollector, what string) error {
	m := unread.FindStringSubmatch(what)
	if m == nil {
		return nil
	}
	line, _ := strconv.Atoi(m[3]) // digits, or nothing
	column, _ := strconv.Atoi(m[4])
	if err := c.Fail(tool, "it could not read "+m[1]); err != nil {
		return err
	}
	return c.Add(report.LintFinding{Tool: tool, Rule: "unreadable", Path: m[1], Line: line, Column: column, Message: m[2], Blind: true})
}

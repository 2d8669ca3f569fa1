// Package eslint reads ESLint's JSON, with or without the metadata of its rules, and that of the tools that write the same.
//
// Callers may rely on: severity 2 is an error and 1 a warning; a fatal message means that the file could not be read,
// so that nothing else was looked for in it; what a comment suppressed is no finding; a fix is kept only when the
// report has the file's source, to which its offsets refer.
package eslint

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf16"

	"github.com/lintel-review/lintel/internal/jsonscan"
	"github.com/lintel-review/lintel/internal/lazyregexp"
	"github.com/lintel-review/lintel/internal/report"
)

const tool = "eslint"

type file struct {
	Path     string    `json:"filePath"`
	Messages []message `json:"messages"` // nil when there is none
	Source   *string   `json:"source"`
}

type message struct {
	Rule      *string `json:"ruleId"`
	Severity  int     `json:"severity"`
	Text      string  `json:"message"`
	Line      *int    `json:"line"`
	Column    *int    `json:"column"`
	EndLine   *int    `json:"endLine"`
	EndColumn *int    `json:"endColumn"`
	Fatal     bool    `json:"fatal"`
	Fix       *struct {
		Range []int  `json:"range"`
		Text  string `json:"text"`
	} `json:"fix"`
}

// Read reads a report.
func Read(r io.Reader, c *report.LintCollector) error {
	if err := c.Tool(tool); err != nil {
		return err
	}
	dec := jsonscan.NewDecoder(r)
	err := jsonscan.ListOr(dec, func() error { return one(dec, c) }, func() error {
		found, about, results := false, false, 0
		err := jsonscan.MoreMembers(dec, func(name string) error {
			about = about || name == "metadata"
			if name != "results" {
				return jsonscan.Skip(dec)
			}
			found = true
			return jsonscan.Elements(dec, func() error { results++; return one(dec, c) })
		})
		if err == nil && !found {
			err = errors.New("there is no list of results in it")
		}
		if err == nil && results == 0 && !about {
			err = errors.New("it has no results and not the metadata that ESLint writes beside them")
		}
		return err
	})
	if err == nil {
		err = jsonscan.Whole(dec)
	}
	return err
}

func one(dec *json.Decoder, c *report.LintCollector) error {
	var f file
	if err := jsonscan.Value(dec, &f); err != nil {
		return err
	}
	if f.Path == "" || f.Messages == nil {
		return errors.New("a result without a filePath and a list of messages")
	}
	var at *places
	if f.Source != nil {
		at = newPlaces(*f.Source)
	}
	for _, m := range f.Messages {
		if err := c.Add(finding(f.Path, m, at)); err != nil {
			return fmt.Errorf("%.200q: %w", f.Path, err)
		}
	}
	return nil
}

func finding(path string, m message, at *places) report.LintFinding {
	f := report.LintFinding{
		Tool: tool, Path: path, Severity: report.Warning, Message: m.Text, Blind: m.Fatal, Unit: report.UTF16,
		Line: number(m.Line), Column: number(m.Column), EndLine: number(m.EndLine), EndColumn: number(m.EndColumn),
	}
	if m.Severity >= 2 || m.Fatal {
		f.Severity = report.Error
	}
	if m.Rule != nil {
		f.Rule = *m.Rule
	}
	if f.Rule == "" && m.Fatal {
		f.Rule = "parsing-error"
	} else {
		f.Help = page(f.Rule)
	}
	if at == nil {
		return f
	}
	f.Source = at.line(f.Line)
	if m.Fix != nil && len(m.Fix.Range) == 2 {
		f.Fix = at.edit(m.Fix.Range[0], m.Fix.Range[1], m.Fix.Text)
	}
	return f
}

var plainName = lazyregexp.New(`^[a-z][a-z0-9-]*$`)

// page is where a rule of ESLint itself, or of typescript-eslint, is explained. Reports do not say it, and the
// addresses follow from the names.
func page(rule string) string {
	own, isTypeScript := strings.CutPrefix(rule, "@typescript-eslint/")
	switch {
	case !plainName.MatchString(own):
		return ""
	case isTypeScript:
		return "https://typescript-eslint.io/rules/" + own + "/"
	}
	return "https://eslint.org/docs/latest/rules/" + own
}

func number(n *int) int {
	if n == nil {
		return 0
	}
	return *n
}

// places turns offsets into lines and columns. Offsets count UTF-16 units, as JavaScript does.
type places struct {
	units  []uint16
	starts []int
}

func newPlaces(source string) *places {
	p := &places{units: utf16.Encode([]rune(source)), starts: []int{0}}
	for i, u := range p.units {
		if u == '\n' {
			p.starts = append(p.starts, i+1)
		}
	}
	return p
}

func (p *places) at(offset int) (line, column int) {
	low, high := 0, len(p.starts)
	for high-low > 1 {
		if mid := (low + high) / 2; p.starts[mid] <= offset {
			low = mid
		} else {
			high = mid
		}
	}
	return low + 1, offset - p.starts[low] + 1
}

func (p *places) edit(from, to int, text string) []report.Edit {
	if from < 0 || to < from || to > len(p.units) {
		return nil
	}
	e := report.Edit{Text: text}
	e.Line, e.Column = p.at(from)
	e.EndLine, e.EndColumn = p.at(to)
	was := string(utf16.Decode(p.units[from:to]))
	e.Was = &was
	return []report.Edit{e}
}

func (p *places) line(n int) string {
	if n < 1 || n > len(p.starts) {
		return ""
	}
	end := len(p.units)
	if n < len(p.starts) {
		end = p.starts[n] - 1
	}
	return strings.TrimSuffix(string(utf16.Decode(p.units[p.starts[n-1]:min(end, p.starts[n-1]+1000)])), "\r")
}

// Package rdjson reads the Reviewdog Diagnostic Format, as one JSON document (rdjson) or one diagnostic a line (rdjsonl).
// The format is that of reviewdog's proto/rdf.
//
// Callers may rely on: severities are names or the numbers of the protocol; a diagnostic without one has the
// document's, or is a warning; columns count bytes; lines of rdjsonl that are no diagnostic are counted, and a report
// of nothing else is an error.
package rdjson

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/lintel-review/lintel/internal/jsonscan"
	"github.com/lintel-review/lintel/internal/report"
)

type source struct {
	Name string `json:"name"`
}

type position struct {
	Line   int `json:"line"`
	Column int `json:"column"`
}

type span struct {
	Start *position `json:"start"`
	End   *position `json:"end"`
}

type diagnostic struct {
	Message  string `json:"message"`
	Location struct {
		Path  string `json:"path"`
		Range *span  `json:"range"`
	} `json:"location"`
	Severity severity `json:"severity"`
	Source   *source  `json:"source"`
	Code     *struct {
		Value string `json:"value"`
		URL   string `json:"url"`
	} `json:"code"`
	Suggestions []struct {
		Range *span  `json:"range"`
		Text  string `json:"text"`
	} `json:"suggestions"`
}

// severity is a name or a number in JSON.
type severity report.Severity

func (s *severity) UnmarshalJSON(text []byte) error {
	switch strings.Trim(string(text), `"`) {
	case "ERROR", "1":
		*s = severity(report.Error)
	case "WARNING", "2":
		*s = severity(report.Warning)
	case "INFO", "3":
		*s = severity(report.Notice)
	case "", "UNKNOWN_SEVERITY", "0", "null":
	default:
		return fmt.Errorf("the severity %.40s is not known", text)
	}
	return nil
}

// Read reads an rdjson document.
func Read(r io.Reader, c *report.LintCollector) error {
	c.Assume("rdjson", "")
	dec := jsonscan.NewDecoder(r)
	found, diagnostics, other := false, 0, ""
	err := jsonscan.Members(dec, func(name string) error {
		switch name {
		case "source":
			var s *source
			if err := jsonscan.Value(dec, &s); err != nil || s == nil {
				return err
			}
			c.Assume(s.Name, "")
			return nil
		case "severity":
			var s severity
			if err := jsonscan.Value(dec, &s); err != nil {
				return err
			}
			c.Assume("", report.Severity(s))
			return nil
		case "diagnostics":
			found = true
			return jsonscan.Each(dec, func(d diagnostic) error {
				diagnostics++
				return add(c, d)
			})
		}
		other = cmp.Or(other, name)
		return jsonscan.Skip(dec)
	})
	if err == nil && !found {
		err = errors.New("there is no list of diagnostics in it")
	}
	if err == nil && diagnostics == 0 && other != "" {
		err = fmt.Errorf("it has no diagnostics, and a %.40q that rdjson does not know: other tools write such JSON too", other)
	}
	if err == nil {
		err = jsonscan.Whole(dec)
	}
	return err
}

// ReadLines reads rdjsonl. A line may be as long as a report's value.
func ReadLines(r io.Reader, c *report.LintCollector) error {
	c.Assume("rdjsonl", "")
	read, bad := 0, ""
	err := report.EachLine(r, func(line []byte) error {
		if len(strings.TrimSpace(string(line))) == 0 {
			return nil
		}
		var d diagnostic
		if err := json.Unmarshal(line, &d); err != nil || d.Message == "" || d.Location.Path == "" {
			c.Skip()
			if bad == "" {
				bad = fmt.Sprintf("%.100q", line)
			}
			return nil
		}
		read++
		return add(c, d)
	})
	if err == nil && bad != "" {
		if read == 0 {
			return fmt.Errorf("no line is a diagnostic; the first is %s", bad)
		}
		c.Note("a line that is no diagnostic: %s", bad)
	}
	return err
}

func add(c *report.LintCollector, d diagnostic) error {
	if d.Message == "" || d.Location.Path == "" {
		return errors.New("a diagnostic without a message and a location.path, which each of rdjson's has")
	}
	f := report.LintFinding{Severity: report.Severity(d.Severity), Path: d.Location.Path, Unit: report.Bytes, Message: d.Message}
	if d.Source != nil {
		f.Tool = d.Source.Name
	}
	if d.Code != nil {
		f.Rule, f.Help = d.Code.Value, d.Code.URL
	}
	if r := d.Location.Range; r != nil && r.Start != nil {
		f.Line, f.Column = r.Start.Line, r.Start.Column
		if r.End != nil {
			f.EndLine, f.EndColumn = r.End.Line, r.End.Column
		}
	}
	if len(d.Suggestions) > 0 {
		f.Fix = fix(d.Suggestions[0].Range, d.Suggestions[0].Text)
	}
	return c.Add(f)
}

// fix is the first suggestion; others are other ways to do the same.
func fix(r *span, text string) []report.Edit {
	if r == nil || r.Start == nil {
		return nil
	}
	e := report.Edit{Line: r.Start.Line, Column: r.Start.Column, EndLine: r.Start.Line, EndColumn: r.Start.Column, Text: text}
	if r.End != nil && r.End.Line > 0 {
		e.EndLine, e.EndColumn = r.End.Line, r.End.Column
	}
	if e.Column == 0 {
		e.EndColumn = 0
		if text != "" {
			e.Text = strings.TrimSuffix(text, "\n") + "\n"
		}
	}
	return []report.Edit{e}
}

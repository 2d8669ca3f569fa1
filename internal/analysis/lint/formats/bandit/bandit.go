// Package bandit reads the JSON of Bandit (-f json).
//
// Callers may rely on: the rule is the test's id; HIGH is an error, MEDIUM a warning and LOW a notice; a file that
// Bandit could not read is an error in it.
package bandit

import (
	"errors"
	"io"

	"github.com/lintel-review/lintel/internal/jsonscan"
	"github.com/lintel-review/lintel/internal/report"
)

const tool = "bandit"

type result struct {
	File     string `json:"filename"`
	ID       string `json:"test_id"`
	Name     string `json:"test_name"`
	Severity string `json:"issue_severity"`
	Text     string `json:"issue_text"`
	Line     int    `json:"line_number"`
	Lines    []int  `json:"line_range"`
	Column   *int   `json:"col_offset"`
	Page     string `json:"more_info"`
}

var severities = map[string]report.Severity{"HIGH": report.Error, "MEDIUM": report.Warning, "LOW": report.Notice,
	"UNDEFINED": report.Warning}

// Read reads a report.
func Read(r io.Reader, c *report.LintCollector) error {
	if err := c.Tool(tool); err != nil {
		return err
	}
	dec := jsonscan.NewDecoder(r)
	results, metrics := false, false
	err := jsonscan.Members(dec, func(name string) error {
		switch name {
		case "results":
			results = true
			return jsonscan.Each(dec, func(one result) error { return add(c, one) })
		case "errors":
			return jsonscan.Elements(dec, func() error {
				var e struct {
					File string `json:"filename"`
					Why  string `json:"reason"`
				}
				if err := jsonscan.Value(dec, &e); err != nil {
					return err
				}
				return c.Add(
					report.LintFinding{Tool: tool, Rule: "error", Severity: report.Error, Path: e.File, Message: e.Why, Blind: true})
			})
		case "metrics":
			metrics = true
		}
		return jsonscan.Skip(dec)
	})
	if err == nil && (!results || !metrics) {
		err = errors.New("Bandit's JSON has results and metrics, and this has not both")
	}
	if err == nil {
		err = jsonscan.Whole(dec)
	}
	return err
}

func add(c *report.LintCollector, one result) error {
	severity, ok := severities[one.Severity]
	if !ok || one.ID == "" || one.File == "" {
		return errors.New("a result without one of Bandit's severities, a test_id and a filename")
	}
	f := report.LintFinding{
		Tool: tool, Rule: one.ID, Severity: severity, Path: one.File, Line: one.Line, Message: one.Text, Help: one.Page, Unit: report.Bytes,
	}
	if n := len(one.Lines); n > 0 && one.Lines[n-1] > f.Line {
		f.EndLine = one.Lines[n-1]
	}
	if one.Column != nil && f.Line > 0 {
		f.Column = *one.Column + 1
	}
	return c.Add(f)
}

// Package gosec reads the JSON of gosec (-fmt json).
//
// Callers may rely on: HIGH is an error, MEDIUM a warning and LOW a notice; what a comment or a file suppresses is no
// finding; code that gosec could not load means that it failed.
package gosec

import (
	"encoding/json"
	"errors"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/lintel-review/lintel/internal/jsonscan"
	"github.com/lintel-review/lintel/internal/report"
)

const tool = "gosec"

type issue struct {
	Severity     string            `json:"severity"`
	Rule         string            `json:"rule_id"`
	Details      string            `json:"details"`
	File         string            `json:"file"`
	Line         string            `json:"line"`
	Column       string            `json:"column"`
	NoSec        bool              `json:"nosec"`
	Suppressions []json.RawMessage `json:"suppressions"`
}

var severities = map[string]report.Severity{"HIGH": report.Error, "MEDIUM": report.Warning, "LOW": report.Notice}

// Read reads a report.
func Read(r io.Reader, c *report.LintCollector) error {
	if err := c.Tool(tool); err != nil {
		return err
	}
	dec := jsonscan.NewDecoder(r)
	issues, own := false, false
	err := jsonscan.Members(dec, func(name string) error {
		switch name {
		case "Issues":
			issues = true
			return jsonscan.Each(dec, func(i issue) error { return add(c, i) })
		case "Golang errors":
			own = true
			return failures(dec, c)
		case "Stats", "GosecVersion":
			own = true
		}
		return jsonscan.Skip(dec)
	})
	if err == nil && (!issues || !own) {
		err = errors.New("gosec's JSON has Issues and Stats, and this has not both")
	}
	if err == nil {
		err = jsonscan.Whole(dec)
	}
	return err
}

// failures are the errors of loading code, by file.
func failures(dec *json.Decoder, c *report.LintCollector) error {
	var all map[string][]struct {
		Line   int    `json:"line"`
		Column int    `json:"column"`
		Error  string `json:"error"`
	}
	if err := jsonscan.Value(dec, &all); err != nil {
		return err
	}
	for _, file := range slices.Sorted(maps.Keys(all)) {
		for _, e := range all[file] {
			if err := c.Fail(tool, "code could not be loaded, so gosec did not look at all of it"); err != nil {
				return err
			}
			f := report.LintFinding{
				Tool:     tool,
				Rule:     "error",
				Severity: report.Error,
				Path:     file,
				Line:     e.Line,
				Message:  e.Error,
				Blind:    true,
				Unit:     report.Bytes,
			}
			if e.Line > 0 {
				f.Column = e.Column
			}
			if err := c.Add(f); err != nil {
				return err
			}
		}
	}
	return nil
}

func add(c *report.LintCollector, i issue) error {
	severity, ok := severities[strings.ToUpper(i.Severity)]
	if !ok || i.Rule == "" || i.File == "" {
		return errors.New("an issue without one of gosec's severities, a rule_id and a file")
	}
	if i.NoSec || len(i.Suppressions) > 0 {
		return nil
	}
	f := report.LintFinding{Tool: tool, Rule: i.Rule, Severity: severity, Path: i.File, Message: i.Details, Unit: report.Bytes}
	from, to, _ := strings.Cut(i.Line, "-") // "12" or "12-14"
	var err error
	if f.Line, err = report.LineNumber(from); err != nil {
		return err
	}
	if to != "" {
		if f.EndLine, err = report.LineNumber(to); err != nil {
			return err
		}
	}
	if n, err := strconv.Atoi(i.Column); err == nil && n > 0 && n <= report.MaxLine {
		f.Column = n
	}
	return c.Add(f)
}

// Package golangci reads golangci-lint's JSON, of version 1 and 2 alike.
//
// Callers may rely on: each issue names its linter and its place, and a report without issues has the Report that
// golangci-lint writes; the rule is the linter that found it; a finding without a severity is an error, as
// golangci-lint fails on any; what the report calls an error of its own, and code that cannot be type-checked, mean
// that the tool failed.
package golangci

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/lintel-review/lintel/internal/jsonscan"
	"github.com/lintel-review/lintel/internal/report"
)

const tool = "golangci-lint"

type issue struct {
	FromLinter  string
	Text        string
	Severity    string
	SourceLines []string
	Pos         *struct {
		Filename string
		Line     int
		Column   int
	}
	LineRange *struct{ From, To int }
	// Replacement is what version 1 has; the offsets of version 2's SuggestedFixes mean nothing outside of its process.
	Replacement *struct {
		NewLines       []string
		NeedOnlyDelete bool
		Inline         *struct {
			StartCol, Length int
			NewString        string
		}
	}
}

var severities = map[string]report.Severity{
	"warning": report.Warning, "warn": report.Warning, "medium": report.Warning,
	"info": report.Notice, "note": report.Notice, "notice": report.Notice, "low": report.Notice, "hint": report.Notice,
}

// Read reads a report.
func Read(r io.Reader, c *report.LintCollector) error {
	dec := jsonscan.NewDecoder(r)
	if err := c.Tool(tool); err != nil {
		return err
	}
	own := false
	err := jsonscan.Members(dec, func(name string) error {
		switch name {
		case "Issues":
			return jsonscan.Each(dec, func(i issue) error {
				own = true
				return add(c, i)
			})
		case "Report":
			var about *struct{ Error string }
			if err := jsonscan.Value(dec, &about); err != nil || about == nil {
				return err
			}
			own = true
			if about.Error != "" {
				return c.Fail(tool, about.Error)
			}
			return nil
		}
		return jsonscan.Skip(dec)
	})
	if err == nil && jsonscan.Whole(dec) != nil {
		err = fmt.Errorf(
			"byte %d: something follows behind the JSON; golangci-lint writes its text there when both go to the "+
				"standard output, so let it write the JSON to a file: --output.json.path out.json", dec.InputOffset())
	}
	if err == nil && !own {
		err = errors.New("it has neither Issues with FromLinter and Pos nor the Report that golangci-lint writes beside them")
	}
	return err
}

func add(c *report.LintCollector, i issue) error {
	if i.FromLinter == "" || i.Pos == nil {
		return errors.New("an issue without FromLinter and Pos, which each of golangci-lint's has")
	}
	f := report.LintFinding{
		Tool: tool, Rule: i.FromLinter, Severity: report.Error, Path: i.Pos.Filename, Line: i.Pos.Line, EndLine: i.Pos.Line,
		Column: i.Pos.Column, Unit: report.Bytes, Message: i.Text, Blind: i.FromLinter == "typecheck",
	}
	if s, ok := severities[strings.ToLower(i.Severity)]; ok {
		f.Severity = s
	}
	if f.Blind {
		if err := c.Fail(tool, "the code could not be type-checked, so other linters did not look at all of it: "+i.Text); err != nil {
			return err
		}
	}
	from := f.Line
	if r := i.LineRange; r != nil && r.From > 0 && r.To >= r.From {
		from, f.EndLine = r.From, max(f.EndLine, r.To)
	}
	if n := f.Line - from; n >= 0 && n < len(i.SourceLines) {
		f.Source = i.SourceLines[n]
	}
	f.Fix = fix(i, from)
	return c.Add(f)
}

func fix(i issue, from int) []report.Edit {
	r := i.Replacement
	if r == nil || from < 1 {
		return nil
	}
	if in := r.Inline; in != nil {
		e := report.Edit{
			Line:      i.Pos.Line,
			Column:    in.StartCol + 1,
			EndLine:   i.Pos.Line,
			EndColumn: in.StartCol + in.Length + 1,
			Text:      in.NewString,
		}
		if in.StartCol < 0 || in.Length < 0 {
			return nil
		}
		return []report.Edit{e}
	}
	e := report.Edit{Line: from, EndLine: max(from, i.Pos.Line)}
	if l := i.LineRange; l != nil && l.To >= from {
		e.EndLine = l.To
	}
	if len(r.NewLines) > 0 && !r.NeedOnlyDelete {
		e.Text = strings.Join(r.NewLines, "\n") + "\n"
	} else if !r.NeedOnlyDelete {
		return nil
	}
	if len(i.SourceLines) == e.EndLine-e.Line+1 {
		was := strings.Join(i.SourceLines, "\n") + "\n"
		e.Was = &was
	}
	return []report.Edit{e}
}

// Package cargo reads the JSON messages of cargo check, cargo clippy and cargo build (--message-format json).
//
// Callers may rely on: lines that are no compiler's message are left out, as are sums such as "2 warnings emitted"; an
// error of the compiler itself means that the code did not compile, so that the lints did not see all of it; a stream
// that does not say how the build ended was cut; only corrections that the compiler calls machine-applicable are kept.
package cargo

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/lintel-review/lintel/internal/jsonscan"
	"github.com/lintel-review/lintel/internal/lazyregexp"
	"github.com/lintel-review/lintel/internal/report"
)

const tool = "cargo"

type span struct {
	File        string  `json:"file_name"`
	Line        int     `json:"line_start"`
	EndLine     int     `json:"line_end"`
	Column      int     `json:"column_start"`
	EndColumn   int     `json:"column_end"`
	Primary     bool    `json:"is_primary"`
	Replacement *string `json:"suggested_replacement"`
	Applies     string  `json:"suggestion_applicability"`
	Text        []struct {
		Text string `json:"text"`
	} `json:"text"`
}

type diagnostic struct {
	Message string `json:"message"`
	Level   string `json:"level"`
	Code    *struct {
		Code string `json:"code"`
	} `json:"code"`
	Spans    []span `json:"spans"`
	Children []struct {
		Spans []span `json:"spans"`
	} `json:"children"`
}

type entry struct {
	Reason  string          `json:"reason"`
	Success *bool           `json:"success"`
	Message json.RawMessage `json:"message"`
}

// Read reads a report.
func Read(r io.Reader, c *report.LintCollector) error {
	if err := c.Tool(tool); err != nil {
		return err
	}
	dec := jsonscan.NewDecoder(r)
	entries, ended := 0, false
	for n := 1; dec.More(); n++ {
		var e entry
		if err := jsonscan.Value(dec, &e); err != nil {
			return fmt.Errorf("message %d: %w (let cargo's other output go elsewhere: it belongs on the standard error)", n, err)
		}
		if e.Reason == "" {
			return fmt.Errorf("message %d has no reason, which each message of cargo has", n)
		}
		entries++
		switch e.Reason {
		case "build-finished":
			ended = true
		case "compiler-message":
			var d diagnostic
			if err := json.Unmarshal(e.Message, &d); err != nil {
				return fmt.Errorf("message %d is not one of the compiler's", n)
			}
			if err := add(c, d); err != nil {
				return fmt.Errorf("message %d: %w", n, err)
			}
		}
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return fmt.Errorf("byte %d: something that is no message of cargo", dec.InputOffset())
	}
	if entries == 0 {
		return errors.New("there is no message of cargo in it, not even that the build has ended: cargo did not run")
	}
	if !ended {
		return c.Fail(tool, "it does not say that the build has ended (build-finished), so it was cut or cargo was stopped")
	}
	return nil
}

// compiler is the code of an error of the compiler itself; a lint's is a name.
var compiler = lazyregexp.New(`^E\d+$`)

func add(c *report.LintCollector, d diagnostic) error {
	f := report.LintFinding{Tool: tool, Message: d.Message, Unit: report.Characters}
	if d.Code != nil {
		f.Rule = d.Code.Code
	}
	switch {
	case strings.HasPrefix(d.Level, "error"):
		f.Severity = report.Error
	case d.Level == "warning":
		f.Severity = report.Warning
	default:
		f.Severity = report.Notice // note, help, failure-note
	}
	at := primary(d.Spans)
	if at == nil && f.Rule == "" && !strings.HasPrefix(d.Level, "error: internal") {
		return nil // a sum of what was said, such as "aborting due to 2 previous errors"
	}
	if f.Severity == report.Error && (f.Rule == "" || compiler.MatchString(f.Rule)) {
		f.Blind = at != nil
		if err := c.Fail(tool, "the code does not compile, so the lints did not see all of it: "+d.Message); err != nil {
			return err
		}
	}
	if name, ok := strings.CutPrefix(f.Rule, "clippy::"); ok {
		f.Help = "https://rust-lang.github.io/rust-clippy/master/index.html#" + name
	}
	if at == nil {
		return c.Add(f)
	}
	f.Path, f.Line, f.EndLine, f.Column, f.EndColumn = at.File, at.Line, at.EndLine, at.Column, at.EndColumn
	if len(at.Text) > 0 {
		f.Source = at.Text[0].Text
	}
	for _, child := range d.Children {
		if f.Fix = edits(at.File, child.Spans); f.Fix != nil {
			break // others are other ways to do the same
		}
	}
	return c.Add(f)
}

func primary(spans []span) *span {
	for i := range spans {
		if spans[i].Primary {
			return &spans[i]
		}
	}
	return nil
}

// edits are those of one suggestion, when each of them is in the file and safe.
func edits(file string, spans []span) []report.Edit {
	var out []report.Edit
	for _, s := range spans {
		if s.Replacement == nil || s.Applies != "MachineApplicable" || s.File != file || s.Line < 1 || s.Column < 1 {
			return nil
		}
		out = append(out, report.Edit{Line: s.Line, Column: s.Column, EndLine: s.EndLine, EndColumn: s.EndColumn, Text: *s.Replacement})
	}
	return out
}

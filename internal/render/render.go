// Package render is the door to the formats of lintel check: it writes a verdict in the format that was asked for. The
// words of each stand below it: console for people at a terminal, comment for Markdown, data for programs.
//
// Callers may rely on this:
//   - equal verdicts give equal bytes, findings in the order they came;
//   - all text of a verdict is untrusted. Control characters, escape sequences, line ends and characters that turn the
//     direction of text cannot reach a terminal or begin a workflow command;
//   - JSON is the published contract (docs/check.schema.json) and lists every finding; the other formats leave out those
//     in shadow.
package render

import (
	"fmt"
	"io"
	"slices"

	"github.com/lintel-review/lintel/internal/render/comment"
	"github.com/lintel-review/lintel/internal/render/console"
	"github.com/lintel-review/lintel/internal/render/contract"
	"github.com/lintel-review/lintel/internal/render/data"
)

// Format is a way to write a verdict.
type Format string

// The formats.
const (
	Text    Format = "text"
	JSON    Format = "json"
	SARIF   Format = "sarif"
	RDJSONL Format = "rdjsonl"
	GitHub  Format = "github"
	GitLab  Format = "gitlab"
	// Markdown is a summary for people, bounded, for the page of a CI job.
	Markdown Format = "markdown"
)

// Formats are all formats, in the order of the help text.
func Formats() []Format { return []Format{Text, JSON, SARIF, RDJSONL, GitHub, GitLab, Markdown} }

// ParseFormat reads a format. The error names all.
func ParseFormat(s string) (Format, error) {
	if f := Format(s); slices.Contains(Formats(), f) {
		return f, nil
	}
	return "", fmt.Errorf("format %q is not one of text, json, sarif, rdjsonl, github, gitlab, markdown", s)
}

// Options bear on single formats.
type Options struct {
	// Color lets Text use the terminal's colours.
	Color bool
	// Columns fits Text to so many characters a line; 0 folds nothing.
	Columns int
	// Data is for the formats that programs read.
	Data data.Options
}

// Write writes the verdict. The error is the writer's.
func Write(w io.Writer, format Format, v contract.Verdict, o Options) error {
	text, err := written(format, v, o)
	if err != nil {
		return err
	}
	if _, err := io.WriteString(w, text); err != nil {
		return fmt.Errorf("write verdict: %w", err)
	}
	return nil
}

func written(format Format, v contract.Verdict, o Options) (string, error) {
	switch format {
	case Text:
		return console.Verdict(v, o.Color, o.Columns), nil
	case Markdown:
		return comment.Summary(v), nil
	case GitHub:
		return data.GitHub(v, o.Data), nil
	case JSON:
		return data.JSON(v)
	case SARIF:
		return data.SARIF(v, o.Data)
	case RDJSONL:
		return data.RDJSONL(v, o.Data)
	case GitLab:
		return data.GitLab(v, o.Data)
	}
	return "", fmt.Errorf("write verdict: format %q is not known", format)
}

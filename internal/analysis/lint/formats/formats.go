// Package formats reads a lint report of any format that its children know, by name or by how it begins.
// The children know one format each and nothing of each other.
//
// Callers may rely on: what is read is bounded in bytes and findings, and what is beyond is counted by rule; a report that breaks a bound or its format
// is an error that says where, never half a report; the names of files are those of the report.
package formats

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/lintel-review/lintel/internal/analysis/lint/formats/checkstyle"
	"github.com/lintel-review/lintel/internal/analysis/lint/formats/detect"
	"github.com/lintel-review/lintel/internal/analysis/lint/formats/diff"
	"github.com/lintel-review/lintel/internal/analysis/lint/formats/eslint"
	"github.com/lintel-review/lintel/internal/analysis/lint/formats/github"
	"github.com/lintel-review/lintel/internal/analysis/lint/formats/golangci"
	"github.com/lintel-review/lintel/internal/analysis/lint/formats/rdjson"
	"github.com/lintel-review/lintel/internal/analysis/lint/formats/ruff"
	"github.com/lintel-review/lintel/internal/analysis/lint/formats/sarif"
	"github.com/lintel-review/lintel/internal/report"
)

// Auto is the name that asks for detection by content.
const Auto = "auto"

// Names are all names that Parse takes, in the order of the documentation, Auto last.
func Names() []string { return append(detect.Formats(), Auto) }

// Parse reads one report of at most limit bytes (0: report.MaxBytes) and says which format it has.
func Parse(format string, r io.Reader, limit int64) (report.Lint, string, error) {
	if !slices.Contains(Names(), format) {
		return report.Lint{}, "", fmt.Errorf("there is no lint format %q; it is one of %s", format, strings.Join(Names(), ", "))
	}
	if limit <= 0 {
		limit = report.MaxBytes
	}
	in := bufio.NewReaderSize(report.Limited(r, limit), detect.Head)
	if format == Auto {
		head, err := in.Peek(detect.Head)
		if err != nil && !errors.Is(err, io.EOF) {
			return report.Lint{}, "", err
		}
		if format, err = detect.Format(head); err != nil {
			return report.Lint{}, "", err
		}
	}
	c := report.NewLintCollector()
	if err := read(format, in, c); err != nil {
		return report.Lint{}, format, fmt.Errorf("read it as %s: %w", format, err)
	}
	return c.Finish(), format, nil
}

func read(format string, r io.Reader, c *report.LintCollector) error {
	switch format {
	case detect.SARIF:
		return sarif.Read(r, c)
	case detect.RDJSON:
		return rdjson.Read(r, c)
	case detect.RDJSONL:
		return rdjson.ReadLines(r, c)
	case detect.Checkstyle:
		return checkstyle.Read(r, c)
	case detect.GolangCI:
		return golangci.Read(r, c)
	case detect.ESLint:
		return eslint.Read(r, c)
	case detect.Ruff:
		return ruff.Read(r, c)
	case detect.GitHub:
		return github.Read(r, c)
	case detect.Diff:
		return diff.Read(r, c)
	}
	panic("formats: detect knows a format that is not read: " + format)
}

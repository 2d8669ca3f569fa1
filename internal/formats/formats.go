// Package formats reads a CI report in any format that the analyses know, for uploads and for the command line alike.
package formats

import (
	"fmt"
	"io"

	"github.com/lintel-review/lintel/internal/analysis/coverage"
	"github.com/lintel-review/lintel/internal/analysis/lint"
	"github.com/lintel-review/lintel/internal/report"
)

// Names are the names of the formats of each kind of report, "auto" last.
func Names(kind report.Kind) []string {
	switch kind {
	case report.CoverageKind:
		return coverage.Formats()
	case report.LintKind:
		return lint.Formats()
	}
	return nil
}

// Parser reads every format that the analyses know.
type Parser struct{}

// Parse reads one report of at most limit bytes, 0 for the largest there may be. The error says where the report is wrong.
func (Parser) Parse(kind report.Kind, format string, r io.Reader, limit int64) (report.Report, error) {
	out := report.Report{Kind: kind, Format: format}
	switch kind {
	case report.CoverageKind:
		c, is, err := coverage.Parse(format, r, limit)
		if err != nil {
			return out, err
		}
		out.Format, out.Coverage = is, &c
	case report.LintKind:
		l, is, err := lint.Parse(format, r, limit)
		if err != nil {
			return out, err
		}
		out.Format, out.Lint = is, &l
	default:
		return out, fmt.Errorf("there is no kind of report %q; it is %s or %s", kind, report.CoverageKind, report.LintKind)
	}
	return out, nil
}

package app

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/lintel-review/lintel/internal/analysis/coverage"
	"github.com/lintel-review/lintel/internal/analysis/lint"
	ci "github.com/lintel-review/lintel/internal/report"
)

// parsers read every format that the analyses know, for uploads and for the command line alike.
type parsers struct{}

// ReportFormats are the names of the formats of each kind of report, "auto" last.
func ReportFormats(kind ci.Kind) []string {
	switch kind {
	case ci.CoverageKind:
		return coverage.Formats()
	case ci.LintKind:
		return lint.Formats()
	}
	return nil
}

// Parse reads one report of at most limit bytes, 0 for the largest there may be. The error says where the report is wrong.
func (parsers) Parse(kind ci.Kind, format string, r io.Reader, limit int64) (ci.Report, error) {
	out := ci.Report{Kind: kind, Format: format}
	switch kind {
	case ci.CoverageKind:
		c, is, err := coverage.Parse(format, r, limit)
		if err != nil {
			return out, err
		}
		out.Format, out.Coverage = is, &c
	case ci.LintKind:
		l, is, err := lint.Parse(format, r, limit)
		if err != nil {
			return out, err
		}
		out.Format, out.Lint = is, &l
	default:
		return out, fmt.Errorf("there is no kind of report %q; it is %s or %s", kind, ci.CoverageKind, ci.LintKind)
	}
	return out, nil
}

// reportFlag is one "--report KIND:FORMAT:PATH[,flag=NAME][,base]".
type reportFlag struct {
	kind               ci.Kind
	format, path, flag string
	base               bool
}

// parseReportFlag reads a flag's value. Options are taken from its end, so that a path may have commas in it, and colons.
func parseReportFlag(value string) (reportFlag, error) {
	parts := strings.SplitN(value, ":", 3)
	if len(parts) < 3 || parts[2] == "" {
		return reportFlag{}, fmt.Errorf("%q is not KIND:FORMAT:PATH", value)
	}
	f := reportFlag{kind: ci.Kind(parts[0]), format: parts[1], path: parts[2]}
	formats := ReportFormats(f.kind)
	switch {
	case formats == nil:
		return f, fmt.Errorf("%q: there is no kind of report %q; it is %s or %s", value, parts[0], ci.CoverageKind, ci.LintKind)
	case !slices.Contains(formats, f.format):
		return f, fmt.Errorf("%q: there is no format %q for %s; it is one of %s", value, f.format, f.kind, strings.Join(formats, ", "))
	}
	for {
		at := strings.LastIndexByte(f.path, ',')
		if at < 0 {
			return f, nil
		}
		option := f.path[at+1:]
		name, isFlag := strings.CutPrefix(option, "flag=")
		switch {
		case option == "base":
			f.base = true
		case isFlag && name != "":
			f.flag = name
		default:
			return f, nil
		}
		f.path = f.path[:at]
		if f.path == "" {
			return f, fmt.Errorf("%q names no file", value)
		}
	}
}

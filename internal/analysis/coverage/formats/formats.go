// Package formats reads a coverage report of any format that its children know, by name or by how it begins.
// The children know one format each and nothing of each other.
//
// Callers may rely on: what is read is bounded in bytes, files and lines; a report that breaks a bound or its format is
// an error that says where, never half a report; the paths are still those of the report.
package formats

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/lintel-review/lintel/internal/analysis/coverage/formats/clover"
	"github.com/lintel-review/lintel/internal/analysis/coverage/formats/cobertura"
	"github.com/lintel-review/lintel/internal/analysis/coverage/formats/coveragepy"
	"github.com/lintel-review/lintel/internal/analysis/coverage/formats/coveralls"
	"github.com/lintel-review/lintel/internal/analysis/coverage/formats/detect"
	"github.com/lintel-review/lintel/internal/analysis/coverage/formats/gcov"
	"github.com/lintel-review/lintel/internal/analysis/coverage/formats/gcovr"
	"github.com/lintel-review/lintel/internal/analysis/coverage/formats/goprofile"
	"github.com/lintel-review/lintel/internal/analysis/coverage/formats/istanbul"
	"github.com/lintel-review/lintel/internal/analysis/coverage/formats/jacoco"
	"github.com/lintel-review/lintel/internal/analysis/coverage/formats/lcov"
	"github.com/lintel-review/lintel/internal/analysis/coverage/formats/llvmcov"
	"github.com/lintel-review/lintel/internal/analysis/coverage/formats/opencover"
	"github.com/lintel-review/lintel/internal/analysis/coverage/formats/simplecov"
	"github.com/lintel-review/lintel/internal/analysis/coverage/formats/sonar"
	"github.com/lintel-review/lintel/internal/analysis/coverage/formats/xccov"
	"github.com/lintel-review/lintel/internal/report"
)

// Auto is the name that asks for detection by content.
const Auto = "auto"

// Names are all names that Parse takes, in the order of the documentation, Auto last.
func Names() []string { return append(detect.Formats(), Auto) }

// Parse reads one report of at most limit bytes (0: report.MaxBytes) and says which format it has.
func Parse(format string, r io.Reader, limit int64) (report.Coverage, string, error) {
	if !slices.Contains(Names(), format) {
		return report.Coverage{}, "", fmt.Errorf("there is no coverage format %q; it is one of %s", format, strings.Join(Names(), ", "))
	}
	if limit <= 0 {
		limit = report.MaxBytes
	}
	in := bufio.NewReaderSize(report.Limited(r, limit), detect.Head)
	if mark, _ := in.Peek(3); string(mark) == "\xef\xbb\xbf" {
		_, _ = in.Discard(3) // a byte order mark, which JSON has no place for
	}
	if format == Auto {
		head, err := in.Peek(detect.Head)
		if err != nil && !errors.Is(err, io.EOF) {
			return report.Coverage{}, "", err
		}
		if format, err = detect.Format(head); err != nil {
			return report.Coverage{}, "", err
		}
	}
	c := report.NewCollector()
	if err := read(format, in, c); err != nil {
		return report.Coverage{}, format, fmt.Errorf("read it as %s: %w", format, err)
	}
	out, err := c.Finish()
	if err != nil {
		return report.Coverage{}, format, fmt.Errorf("read it as %s: %w", format, err)
	}
	return out, format, nil
}

func read(format string, r io.Reader, c *report.Collector) error {
	switch format {
	case detect.Go:
		return goprofile.Read(r, c)
	case detect.LCOV:
		return lcov.Read(r, c)
	case detect.Cobertura:
		return cobertura.Read(r, c)
	case detect.JaCoCo:
		return jacoco.Read(r, c)
	case detect.Clover:
		return clover.Read(r, c)
	case detect.CoveragePy:
		return coveragepy.Read(r, c)
	case detect.SimpleCov:
		return simplecov.Read(r, c)
	case detect.Istanbul:
		return istanbul.Read(r, c)
	case detect.OpenCover:
		return opencover.Read(r, c)
	case detect.Gcov:
		return gcov.Read(r, c)
	case detect.Gcovr:
		return gcovr.Read(r, c)
	case detect.LLVM:
		return llvmcov.Read(r, c)
	case detect.Xccov:
		return xccov.Read(r, c)
	case detect.Coveralls:
		return coveralls.Read(r, c)
	case detect.Sonar:
		return sonar.Read(r, c)
	}
	panic("formats: detect knows a format that is not read: " + format)
}

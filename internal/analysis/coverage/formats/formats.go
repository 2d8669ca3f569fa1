// Package formats reads a coverage report of any format that its children know, by name or by how it begins.
// The children know one format each and nothing of each other.
//
// Callers may rely on: what is read is bounded in bytes, files and lines; a report that breaks a bound or its format is
// an error that says where, never half a report; the paths are still those of the report.
package formats

import (
	"io"

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
	"github.com/lintel-review/lintel/internal/report/registry"
)

// detector tells the formats apart.
var detector = registry.Detector{
	Names:  detect.Formats(),
	Format: detect.Format,
}

// readers are those of all formats.
var readers = map[string]registry.Reader[*report.Collector]{
	detect.Go:         goprofile.Read,
	detect.LCOV:       lcov.Read,
	detect.Cobertura:  cobertura.Read,
	detect.JaCoCo:     jacoco.Read,
	detect.Clover:     clover.Read,
	detect.CoveragePy: coveragepy.Read,
	detect.SimpleCov:  simplecov.Read,
	detect.Istanbul:   istanbul.Read,
	detect.OpenCover:  opencover.Read,
	detect.Gcov:       gcov.Read,
	detect.Gcovr:      gcovr.Read,
	detect.LLVM:       llvmcov.Read,
	detect.Xccov:      xccov.Read,
	detect.Coveralls:  coveralls.Read,
	detect.Sonar:      sonar.Read,
}

var all = registry.New("coverage", detector, readers, report.NewCollector, (*report.Collector).Finish)

// Names are all names that Parse takes, in the order of the documentation, "auto" last.
func Names() []string { return all.Names() }

// Parse reads one report of at most limit bytes (0: report.MaxBytes) and says which format it has.
func Parse(format string, r io.Reader, limit int64) (report.Coverage, string, error) {
	return all.Parse(format, r, limit)
}

// Package formats reads a lint report of any format that its children know, by name or by how it begins.
// The children know one format each and nothing of each other.
//
// Callers may rely on: what is read is bounded in bytes and findings, and what is beyond is counted by rule; a report
// that breaks a bound or its format is an error that says where, never half a report; the names of files are those of
// the report.
package formats

import (
	"io"

	"github.com/lintel-review/lintel/internal/analysis/lint/formats/bandit"
	"github.com/lintel-review/lintel/internal/analysis/lint/formats/biome"
	"github.com/lintel-review/lintel/internal/analysis/lint/formats/cargo"
	"github.com/lintel-review/lintel/internal/analysis/lint/formats/checkstyle"
	"github.com/lintel-review/lintel/internal/analysis/lint/formats/cppcheck"
	"github.com/lintel-review/lintel/internal/analysis/lint/formats/deno"
	"github.com/lintel-review/lintel/internal/analysis/lint/formats/detect"
	"github.com/lintel-review/lintel/internal/analysis/lint/formats/diff"
	"github.com/lintel-review/lintel/internal/analysis/lint/formats/eslint"
	"github.com/lintel-review/lintel/internal/analysis/lint/formats/github"
	"github.com/lintel-review/lintel/internal/analysis/lint/formats/gitlab"
	"github.com/lintel-review/lintel/internal/analysis/lint/formats/golangci"
	"github.com/lintel-review/lintel/internal/analysis/lint/formats/gosec"
	"github.com/lintel-review/lintel/internal/analysis/lint/formats/pmd"
	"github.com/lintel-review/lintel/internal/analysis/lint/formats/prettier"
	"github.com/lintel-review/lintel/internal/analysis/lint/formats/pylint"
	"github.com/lintel-review/lintel/internal/analysis/lint/formats/pyright"
	"github.com/lintel-review/lintel/internal/analysis/lint/formats/rdjson"
	"github.com/lintel-review/lintel/internal/analysis/lint/formats/rubocop"
	"github.com/lintel-review/lintel/internal/analysis/lint/formats/ruff"
	"github.com/lintel-review/lintel/internal/analysis/lint/formats/sarif"
	"github.com/lintel-review/lintel/internal/analysis/lint/formats/shellcheck"
	"github.com/lintel-review/lintel/internal/analysis/lint/formats/spotbugs"
	"github.com/lintel-review/lintel/internal/analysis/lint/formats/stylelint"
	"github.com/lintel-review/lintel/internal/analysis/lint/formats/terraform"
	"github.com/lintel-review/lintel/internal/analysis/lint/formats/text"
	"github.com/lintel-review/lintel/internal/analysis/lint/formats/tflint"
	"github.com/lintel-review/lintel/internal/report"
	"github.com/lintel-review/lintel/internal/report/registry"
)

// detector tells the formats apart.
var detector = registry.Detector{
	Names:       detect.Formats(),
	Format:      detect.Format,
	Contradicts: detect.Contradicts,
}

// readers are those of all formats.
var readers = map[string]registry.Reader[*report.LintCollector]{
	detect.SARIF:      sarif.Read,
	detect.RDJSON:     rdjson.Read,
	detect.RDJSONL:    rdjson.ReadLines,
	detect.Checkstyle: checkstyle.Read,
	detect.GitLab:     gitlab.Read,
	detect.Text:       text.Read,
	detect.GitHub:     github.Read,
	detect.Diff:       diff.Read,
	detect.GolangCI:   golangci.Read,
	detect.ESLint:     eslint.Read,
	detect.Ruff:       ruff.Read,
	detect.Cargo:      cargo.Read,
	detect.Pylint:     pylint.Read,
	detect.Pyright:    pyright.Read,
	detect.Bandit:     bandit.Read,
	detect.RuboCop:    rubocop.Read,
	detect.Stylelint:  stylelint.Read,
	detect.Biome:      biome.Read,
	detect.Deno:       deno.Read,
	detect.ShellCheck: shellcheck.Read,
	detect.Gosec:      gosec.Read,
	detect.TFLint:     tflint.Read,
	detect.Terraform:  terraform.Read,
	detect.PMD:        pmd.Read,
	detect.SpotBugs:   spotbugs.Read,
	detect.Cppcheck:   cppcheck.Read,
	detect.Prettier:   prettier.Read,
}

var all = registry.New("lint", detector, readers, report.NewLintCollector, finish)

func finish(c *report.LintCollector) (report.Lint, error) { return c.Finish(), nil }

// Names are all names that Parse takes, in the order of the documentation, "auto" last.
func Names() []string { return all.Names() }

// Parse reads one report of at most limit bytes (0: report.MaxBytes) and says which format it has.
func Parse(format string, r io.Reader, limit int64) (report.Lint, string, error) {
	return all.Parse(format, r, limit)
}

// Package formats reads a lint report of any format that its children know, by name or by how it begins.
// The children know one format each and nothing of each other.
//
// Callers may rely on: what is read is bounded in bytes and findings, and what is beyond is counted by rule; a report
// that breaks a bound or its format is an error that says where, never half a report; the names of files are those of
// the report.
package formats

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

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
	said := strings.TrimPrefix(format, Auto)
	head, err := in.Peek(detect.Head)
	if err != nil && !errors.Is(err, io.EOF) {
		return report.Lint{}, said, err
	}
	if why := encoding(head); why != "" {
		return report.Lint{}, said, errors.New(why)
	}
	if mark := []byte("\xef\xbb\xbf"); bytes.HasPrefix(head, mark) {
		head = head[len(mark):]
		if _, err := in.Discard(len(mark)); err != nil {
			return report.Lint{}, said, err
		}
	}
	if format == Auto {
		if format, err = detect.Format(head); err != nil {
			return report.Lint{}, "", err
		}
	} else if why := detect.Contradicts(format, head); why != "" {
		return report.Lint{}, format, fmt.Errorf("read it as %s: %s", format, why)
	}
	c := report.NewLintCollector()
	if err := readers()[format](in, c); err != nil {
		return report.Lint{}, format, fmt.Errorf("read it as %s: %w", format, err)
	}
	return c.Finish(), format, nil
}

// encoding says why text that is not UTF-8 is not read, as what ">" writes in an older PowerShell; "" when nothing is known against it.
func encoding(head []byte) string {
	if bytes.HasPrefix(head, []byte("\xff\xfe")) || bytes.HasPrefix(head, []byte("\xfe\xff")) {
		return "it is UTF-16; write it as UTF-8 (in PowerShell: | Out-File -Encoding utf8 out.json, or the tool's own option for a file)"
	}
	return ""
}

// readers are those of all formats.
func readers() map[string]func(io.Reader, *report.LintCollector) error {
	return map[string]func(io.Reader, *report.LintCollector) error{
		detect.SARIF: sarif.Read, detect.RDJSON: rdjson.Read, detect.RDJSONL: rdjson.ReadLines, detect.Checkstyle: checkstyle.Read,
		detect.GitLab: gitlab.Read,
		detect.Text:   text.Read, detect.GitHub: github.Read, detect.Diff: diff.Read, detect.GolangCI: golangci.Read,
		detect.ESLint: eslint.Read,
		detect.Ruff:   ruff.Read, detect.Cargo: cargo.Read, detect.Pylint: pylint.Read, detect.Pyright: pyright.Read,
		detect.Bandit:  bandit.Read,
		detect.RuboCop: rubocop.Read, detect.Stylelint: stylelint.Read, detect.Biome: biome.Read, detect.Deno: deno.Read,
		detect.ShellCheck: shellcheck.Read,
		detect.Gosec:      gosec.Read, detect.TFLint: tflint.Read, detect.Terraform: terraform.Read, detect.PMD: pmd.Read,
		detect.SpotBugs: spotbugs.Read, detect.Cppcheck: cppcheck.Read,
	}
}

package coverage

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/lintel-review/lintel/internal/diff"
	"github.com/lintel-review/lintel/internal/report"
	"github.com/lintel-review/lintel/internal/text"
)

// reduced is the trust in numbers whose making the change itself edits.
const reduced = "reduced"

// trust says who could have made the numbers. It never drops a report: a number that can be forged is shown with a note.
func (a *analysis) trust() {
	f := &a.facts
	for i, r := range a.reports {
		if r.Kind == report.CoverageKind && a.refusals[i] == "" && !r.Base && trustOf(r) == report.AuthorTrust {
			f.Trust = string(report.AuthorTrust)
			a.why(fmt.Sprintf("The report %s was made by code of the change's own author.", text.Clip(r.Source, maxPath)))
		}
	}
	for _, file := range a.s.Files {
		for _, p := range []string{file.Path, file.OldPath} {
			if p == "" || !measures(p, file) {
				continue
			}
			if f.Trust == string(report.FullTrust) {
				f.Trust = reduced
			}
			a.why(fmt.Sprintf("The change edits %s, which decides how coverage is measured.", text.Clip(p, maxPath)))
			break
		}
	}
}

// trustOf treats a report whose writer is not known as the author's.
func trustOf(r report.Report) report.Trust {
	if r.Trust == report.FullTrust {
		return r.Trust
	}
	return report.AuthorTrust
}

func (a *analysis) why(text string) {
	if len(a.facts.TrustWhy) < maxNames {
		a.facts.TrustWhy = append(a.facts.TrustWhy, text)
	}
}

// ciFolders and ciFiles say what CI runs. configs say what is measured. shared hold that among much else, so they count
// only when a changed line speaks of it.
var (
	ciFolders = []string{".github/workflows/", ".github/actions/", ".circleci/", ".buildkite/", ".gitlab/ci/", ".azure-pipelines/"}
	ciFiles   = []string{".gitlab-ci.yml", "Jenkinsfile", "azure-pipelines.yml", "bitbucket-pipelines.yml", ".travis.yml", ".drone.yml",
		"appveyor.yml"}
	configs = []string{".coveragerc", ".simplecov", ".nycrc", ".nycrc.json", ".nycrc.yml", ".c8rc.json", ".lcovrc", "codecov.yml",
		".codecov.yml", "coverlet.runsettings", "lintel-coverage.yml"}
	shared = []string{
		"package.json", "pyproject.toml", "setup.cfg", "tox.ini", "pytest.ini", "Makefile", "Rakefile", "build.gradle",
		"build.gradle.kts", "pom.xml", "phpunit.xml", "phpunit.xml.dist",
		"jest.config.js", "jest.config.ts", "jest.config.mjs", "vitest.config.ts", "vitest.config.js", "vite.config.ts",
		"vite.config.js", "spec_helper.rb", "Cargo.toml",
	}
	speaks = []string{"coverage", "cover", "jacoco", "cov", "nyc", "c8", "simplecov"}
)

func measures(p string, f diff.File) bool {
	base := path.Base(p)
	switch {
	case slices.ContainsFunc(ciFolders, func(dir string) bool { return strings.HasPrefix(p, dir) }), slices.Contains(ciFiles, base),
		slices.Contains(configs, base):
		return true
	case !slices.Contains(shared, base):
		return false
	case !f.Complete():
		return true
	}
	for _, h := range f.Hunks {
		for _, l := range h.Lines {
			if text := strings.ToLower(l.Text); l.Op != diff.Context &&
				slices.ContainsFunc(speaks, func(word string) bool { return strings.Contains(text, word) }) {
				return true
			}
		}
	}
	return false
}

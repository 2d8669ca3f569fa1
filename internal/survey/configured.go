package survey

import (
	"path"
	"slices"
	"strings"

	"github.com/lintel-review/lintel/internal/controls"
)

// Tool is something whose configuration lies in the repository and whose report Lintel reads.
type Tool struct {
	// Name is the tool's, Found the file that shows it.
	Name, Found string
	// Kind is "coverage" or "lint", Format what "lintel report upload" calls its report; empty for a CI.
	Kind, Format string
	// How makes the tool write it.
	How string
}

// known are the tools by the names of their configuration files, in the order in which they are told.
var known = []struct {
	tool  Tool
	names string
}{
	{Tool{Name: "Codecov", Kind: "coverage", Format: "auto", How: "the file that is sent to Codecov can be sent here, too"},
		"codecov.yml codecov.yaml .codecov.yml .codecov.yaml .github/codecov.yml"},
	{Tool{Name: "Coveralls", Kind: "coverage", Format: "lcov", How: "the file that is sent to Coveralls can be sent here, too"},
		".coveralls.yml"},
	{Tool{Name: "Vitest", Kind: "coverage", Format: "lcov", How: "coverage.reporter: ['lcov']"},
		"vitest.config.ts vitest.config.js vitest.config.mts vitest.config.mjs vitest.workspace.ts"},
	{Tool{Name: "Jest", Kind: "coverage", Format: "lcov", How: "--coverage --coverageReporters=lcov"},
		"jest.config.js jest.config.ts jest.config.mjs jest.config.cjs jest.config.json"},
	{Tool{Name: "nyc", Kind: "coverage", Format: "lcov", How: "nyc --reporter=lcov"}, ".nycrc .nycrc.json"},
	{Tool{Name: "coverage.py", Kind: "coverage", Format: "coveragepy", How: "coverage json"}, ".coveragerc"},
	{Tool{Name: "Go", Kind: "coverage", Format: "goprofile", How: "go test -coverprofile=cover.out ./..."}, "go.mod"},
	{Tool{Name: "PHPUnit", Kind: "coverage", Format: "clover", How: "phpunit --coverage-clover clover.xml"},
		"phpunit.xml phpunit.xml.dist"},
	{Tool{Name: "SimpleCov", Kind: "coverage", Format: "simplecov", How: "coverage/.resultset.json"}, ".simplecov"},
	{Tool{Name: "JaCoCo or Kover", Kind: "coverage", Format: "jacoco", How: "jacocoTestReport, xml.required = true"},
		"pom.xml build.gradle build.gradle.kts"},
	{Tool{Name: "Cargo", Kind: "coverage", Format: "lcov", How: "cargo llvm-cov --lcov"}, "Cargo.toml"},
	{Tool{Name: "golangci-lint", Kind: "lint", Format: "golangci", How: "golangci-lint run --output.json.path=lint.json"},
		".golangci.yml .golangci.yaml .golangci.toml .golangci.json"},
	{Tool{Name: "ESLint", Kind: "lint", Format: "eslint", How: "eslint --format json --output-file eslint.json"},
		"eslint.config.js eslint.config.mjs eslint.config.cjs eslint.config.ts .eslintrc .eslintrc.js .eslintrc.cjs " +
			".eslintrc.json .eslintrc.yml .eslintrc.yaml"},
	{Tool{Name: "Ruff", Kind: "lint", Format: "ruff", How: "ruff check --output-format json"}, "ruff.toml .ruff.toml"},
	{Tool{Name: "Pylint", Kind: "lint", Format: "pylint", How: "pylint --output-format=json2"}, ".pylintrc pylintrc"},
	{Tool{Name: "Pyright", Kind: "lint", Format: "pyright", How: "pyright --outputjson"}, "pyrightconfig.json"},
	{Tool{Name: "Flake8", Kind: "lint", Format: "text", How: "flake8 --output-file=flake8.txt"}, ".flake8"},
	{Tool{Name: "mypy", Kind: "lint", Format: "text", How: "mypy --no-pretty"}, "mypy.ini .mypy.ini"},
	{Tool{Name: "Biome", Kind: "lint", Format: "biome", How: "biome ci --reporter=json"}, "biome.json biome.jsonc"},
	{Tool{Name: "Stylelint", Kind: "lint", Format: "stylelint", How: "stylelint --formatter json"},
		".stylelintrc .stylelintrc.json .stylelintrc.js stylelint.config.js stylelint.config.mjs"},
	{Tool{Name: "Deno", Kind: "lint", Format: "deno", How: "deno lint --json"}, "deno.json deno.jsonc"},
	{Tool{Name: "RuboCop", Kind: "lint", Format: "rubocop", How: "rubocop --format json"}, ".rubocop.yml"},
	{Tool{Name: "Clippy", Kind: "lint", Format: "cargo", How: "cargo clippy --message-format=json"}, "clippy.toml .clippy.toml"},
	{Tool{Name: "ShellCheck", Kind: "lint", Format: "shellcheck", How: "shellcheck --format=json1"}, ".shellcheckrc"},
	{Tool{Name: "TFLint", Kind: "lint", Format: "tflint", How: "tflint --format=json"}, ".tflint.hcl"},
	{Tool{Name: "Checkstyle", Kind: "lint", Format: "checkstyle", How: "its own XML"}, "checkstyle.xml config/checkstyle/checkstyle.xml"},
	{Tool{Name: "clang-tidy", Kind: "lint", Format: "text", How: "its plain output"}, ".clang-tidy"},
	{Tool{Name: "GitLab CI"}, ".gitlab-ci.yml"},
	{Tool{Name: "Jenkins"}, "Jenkinsfile"},
	{Tool{Name: "CircleCI"}, ".circleci/config.yml"},
	{Tool{Name: "Azure Pipelines"}, "azure-pipelines.yml"},
	{Tool{Name: "Buildkite"}, ".buildkite/pipeline.yml .buildkite/pipeline.yaml"},
	{Tool{Name: "Bitbucket Pipelines"}, "bitbucket-pipelines.yml"},
}

// Tools tells the tools by the paths of a tree: at its root where they belong there, else one folder or two below, as
// in a repository of many projects. inside are words of pyproject.toml and setup.cfg, which hold the configuration of
// several tools.
func Tools(paths []string, inside string) []Tool {
	var out []Tool
	for _, k := range known {
		if found := nearest(paths, strings.Fields(k.names)); found != "" {
			k.tool.Found = found
			out = append(out, k.tool)
		}
	}
	for _, p := range []struct {
		mark string
		tool Tool
	}{
		{"[tool.coverage", Tool{Name: "coverage.py", Kind: "coverage", Format: "coveragepy", How: "coverage json"}},
		{"[tool.ruff", Tool{Name: "Ruff", Kind: "lint", Format: "ruff", How: "ruff check --output-format json"}},
		{"[tool.pylint", Tool{Name: "Pylint", Kind: "lint", Format: "pylint", How: "pylint --output-format=json2"}},
		{"[tool.pyright", Tool{Name: "Pyright", Kind: "lint", Format: "pyright", How: "pyright --outputjson"}},
		{"[tool.mypy", Tool{Name: "mypy", Kind: "lint", Format: "text", How: "mypy --no-pretty"}},
	} {
		has := slices.ContainsFunc(out, func(t Tool) bool { return t.Name == p.tool.Name })
		if strings.Contains(inside, "\n"+p.mark) && !has {
			p.tool.Found = "pyproject.toml"
			out = append(out, p.tool)
		}
	}
	for _, p := range paths {
		if path.Dir(p) == ".github/workflows" && (strings.HasSuffix(p, ".yml") || strings.HasSuffix(p, ".yaml")) {
			out = append(out, Tool{Name: "GitHub Actions", Found: ".github/workflows"})
			break
		}
	}
	return out
}

// nearest is the path with one of the names that lies least deep, at most two folders down.
func nearest(paths, names []string) string {
	best, depth := "", 3
	for _, p := range paths {
		for _, name := range names {
			if p != name && !strings.HasSuffix(p, "/"+name) {
				continue
			}
			if d := strings.Count(strings.TrimSuffix(p, name), "/"); d < depth || d == depth && p < best {
				best, depth = p, d
			}
		}
	}
	return best
}

// Owners is the CODEOWNERS file that the forge reads, by its own order of places; empty without one.
func Owners(paths []string) string {
	for _, place := range append(controls.Owners(), controls.Place{Path: ".gitlab/CODEOWNERS"}) {
		if slices.Contains(paths, place.Path) {
			return place.Path
		}
	}
	return ""
}

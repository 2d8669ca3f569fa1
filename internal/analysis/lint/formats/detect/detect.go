// Package detect tells the format of a lint report by how it begins; a file's name says nothing, as people name reports as they like.
// The answers are the names of the sibling packages' formats.
//
// Callers may rely on: a format is named only for marks that the format has and the others have not; a report of a tool
// that is known and not read is refused by the tool's name.
package detect

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	"github.com/lintel-review/lintel/internal/lazyregexp"
	"github.com/lintel-review/lintel/internal/report/registry"
)

// The formats. The comments say who writes them, and by which command; they are the table of docs/lint.md.
const (
	// CodeQL, Semgrep, golangci-lint, ESLint, ruff, Trivy and most scanners: `ruff check --output-format sarif >
	// out.sarif`
	SARIF = "sarif"
	// tools with output for reviewdog
	RDJSON = "rdjson"
	// tools with output for reviewdog
	RDJSONL = "rdjsonl"
	// Checkstyle, PHP_CodeSniffer, ktlint, detekt, ESLint: `phpcs --report=checkstyle > out.xml`
	Checkstyle = "checkstyle"
	// tools with output for GitLab Code Quality: `ruff check --output-format gitlab > out.json`
	GitLab = "gitlab"
	// compilers and nearly all linters: tsc, mypy, flake8, go vet, gcc, clang-tidy, hadolint, markdownlint, yamllint,
	// kotlinc, MSBuild: `tsc --noEmit --pretty false > out.txt`
	Text = "text"
	// tools that print annotations for GitHub Actions or Azure Pipelines (`##vso[task.logissue ...]`): `ruff check
	// --output-format github > out.txt`
	GitHub = "github"
	// formatters: `gofmt -d . > out.diff`, `ruff format --diff > out.diff`, `black --diff . > out.diff`, `terraform
	// fmt -diff -check > out.diff`, `prettier --write . && git diff > out.diff`, `cargo fmt --check > out.diff`
	Diff = "diff"
	// golangci-lint: `golangci-lint run --output.json.path out.json` (version 1: `--out-format json > out.json`)
	GolangCI = "golangci"
	// ESLint: `eslint . -f json -o out.json`
	ESLint = "eslint"
	// ruff: `ruff check --output-format json > out.json`
	Ruff = "ruff"
	// cargo check, cargo clippy: `cargo clippy --message-format json > out.json`
	Cargo = "cargo"
	// pylint: `pylint --output-format=json2 shop > out.json`, or `json`
	Pylint = "pylint"
	// pyright, basedpyright: `pyright --outputjson > out.json`
	Pyright = "pyright"
	// Bandit: `bandit -r . -f json -o out.json`
	Bandit = "bandit"
	// RuboCop, Standard: `rubocop --format json --out out.json`
	RuboCop = "rubocop"
	// Stylelint: `stylelint "**/*.css" -f json -o out.json`
	Stylelint = "stylelint"
	// Biome: `biome lint --reporter=json --max-diagnostics=none > out.json`
	Biome = "biome"
	// deno lint: `deno lint --json > out.json`
	Deno = "deno"
	// ShellCheck: `shellcheck -f json1 bin/*.sh > out.json`; `json` has no fixes
	ShellCheck = "shellcheck"
	// gosec: `gosec -fmt json -out out.json ./...`
	Gosec = "gosec"
	// TFLint: `tflint --recursive --format json > out.json`
	TFLint = "tflint"
	// Terraform, OpenTofu: `terraform validate -json > out.json`
	Terraform = "terraform"
	// PMD: `pmd check -d src -R rules.xml -f xml -r out.xml`
	PMD = "pmd"
	// SpotBugs, find-sec-bugs: `spotbugs -textui -xml:withMessages=out.xml classes`
	SpotBugs = "spotbugs"
	// Cppcheck: `cppcheck --xml src 2> out.xml`
	Cppcheck = "cppcheck"
	// Prettier: `prettier --check . 2> out.txt`
	Prettier = "prettier"
)

// Formats are all names, in the order of the documentation.
func Formats() []string {
	return []string{
		SARIF, RDJSON, RDJSONL, Checkstyle, GitLab, Text, GitHub, Diff, GolangCI, ESLint, Ruff, Cargo, Pylint, Pyright, Bandit, RuboCop,
		Stylelint, Biome, Deno,
		ShellCheck, Gosec, TFLint, Terraform, PMD, SpotBugs, Cppcheck, Prettier,
	}
}

var (
	command = lazyregexp.New(`(?mi)^\s*(?:::(?:error|warning|notice)(?: [^\n]*)?::|##vso\[task\.logissue [^\]\n]*\])`)
	patch   = lazyregexp.New(`(?m)^--- [^\n]+\n\+\+\+ [^\n]+\n@@ -|^Diff in [^\n]+(?: at line |:)\d+:$`)
	checked = lazyregexp.New(`(?m)^\[warn\] Code style issues (?:found )?in `)
	root    = lazyregexp.New(`<([A-Za-z_][\w.:-]*)`)
	colours = lazyregexp.New("\x1b\\[[0-9;]*[A-Za-z]")
	comment = lazyregexp.New(`(?s)<!--.*?-->|<\?.*?\?>|<!DOCTYPE[^>]*>`)
	// place is what nearly all linters write at the beginning of a line: "a/b.c:3:5: " or "a/b.c(3,5): ".
	place = lazyregexp.New(
		`(?m)^ {0,2}(?:##\[(?:error|warning)\])?(?:vet: ` +
			`)?(?:[A-Za-z]:[\\/])?(?:[^\s:][^:\n]*(?:\.\w+|[/\\][^:\n]+)|(?:Docker|Make|` +
			`Jenkins)file)(?::\d+(?::\d+)*(?:: ?| - )|\(\d+(?:,\d+)*\) ?: |:\d+ [A-Z]+\d+)\S`)
)

// Format names the format of a report by its first bytes, at least registry.Head of them or all there are.
func Format(head []byte) (string, error) {
	head = registry.Trim(head)
	format, foreign := "", ""
	switch {
	case len(head) == 0:
		return "", errors.New("the file is empty; name its format if the tool writes nothing when it finds nothing")
	case bytes.Equal(bytes.TrimSpace(head), []byte("[]")):
		return "", errors.New("it is an empty list, which more than one tool writes; name its format")
	case bytes.Equal(bytes.TrimSpace(head), []byte("{}")):
		return "", errors.New("it is an empty object, which no linter writes: look whether the tool ran")
	case head[0] == '<' || head[0] == '{' || head[0] == '[':
		format, foreign = structured(head)
	}
	switch text := colours.ReplaceAll(bytes.ReplaceAll(head, []byte("\r\n"), []byte("\n")), nil); {
	case format != "" || foreign != "" || head[0] == '<' || head[0] == '{':
	case command.Match(text):
		format = GitHub
	case patch.Match(text):
		format = Diff
	case checked.Match(text):
		format = Prettier
	case place.Match(text):
		format = Text
	}
	switch {
	case foreign != "":
		return "", fmt.Errorf("it is %s, which is not read; let it write SARIF or another of the known formats: %s", foreign,
			strings.Join(Formats(), ", "))
	case format == "":
		return "", fmt.Errorf("it begins like none of the known formats; name it: %s", strings.Join(Formats(), ", "))
	}
	return format, nil
}

// Contradicts says why a report that is called by the name of a format is not of it, when its beginning shows that for
// certain; "" when it does not.
func Contradicts(format string, head []byte) string {
	head = registry.Trim(head)
	if len(head) == 0 || head[0] != '<' && head[0] != '{' && head[0] != '[' || format == Text || format == GitHub || format == Diff {
		return ""
	}
	switch is, foreign := structured(head); {
	case foreign != "":
		return "it is " + foreign
	case is != "" && is != format:
		return fmt.Sprintf("it is of the format %s; name that, or %q", is, "auto")
	}
	return ""
}

// structured tells XML and JSON. The second name is that of a tool whose reports are known and not read.
func structured(head []byte) (format, foreign string) {
	if head[0] != '<' {
		return ofJSON(head)
	}
	m := root.FindSubmatch(comment.ReplaceAll(head, nil))
	if m == nil {
		return "", ""
	}
	switch string(m[1]) {
	case "checkstyle":
		return Checkstyle, ""
	case "pmd":
		return PMD, ""
	case "BugCollection":
		return SpotBugs, ""
	case "results":
		if bytes.Contains(head, []byte("<cppcheck")) {
			return Cppcheck, ""
		}
	case "pmd-cpd":
		return "", "a report of PMD's copy/paste detector"
	case "issues":
		return "", "Android lint's XML"
	case "testsuites", "testsuite":
		return "", "a JUnit report"
	case "coverage", "report":
		return "", "a coverage report"
	}
	return "", ""
}

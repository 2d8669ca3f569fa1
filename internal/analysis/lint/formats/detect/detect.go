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

// The formats.
const (
	SARIF      = "sarif"
	RDJSON     = "rdjson"
	RDJSONL    = "rdjsonl"
	Checkstyle = "checkstyle"
	GitLab     = "gitlab"
	Text       = "text"
	GitHub     = "github"
	Diff       = "diff"
	GolangCI   = "golangci"
	ESLint     = "eslint"
	Ruff       = "ruff"
	Cargo      = "cargo"
	Pylint     = "pylint"
	Pyright    = "pyright"
	Bandit     = "bandit"
	RuboCop    = "rubocop"
	Stylelint  = "stylelint"
	Biome      = "biome"
	Deno       = "deno"
	ShellCheck = "shellcheck"
	Gosec      = "gosec"
	TFLint     = "tflint"
	Terraform  = "terraform"
	PMD        = "pmd"
	SpotBugs   = "spotbugs"
	Cppcheck   = "cppcheck"
	Prettier   = "prettier"
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

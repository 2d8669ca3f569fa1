package detect

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/lintel-review/lintel/internal/jsonscan/outline"
)

// marks are places in a document that a format has: names of members joined by points, "[]" for the elements of a list.
type marks struct {
	format string
	// foreign names a tool whose reports are not read.
	foreign string
	all     []string
	none    []string
}

// known are the formats in JSON, the ones with the more telling marks first.
var known = []marks{
	{format: SARIF, all: []string{"$schema=sarif"}},
	{format: SARIF, all: []string{"runs", "version"}},
	{format: SARIF, all: []string{"runs[].tool"}},
	{format: Pyright, all: []string{"generalDiagnostics"}},
	{format: Gosec, all: []string{"Golang errors"}},
	{format: Gosec, all: []string{"GosecVersion"}},
	{format: Gosec, all: []string{"Issues[].rule_id", "Issues[].details"}},
	{format: GolangCI, all: []string{"Issues[].FromLinter", "Issues[].Pos"}},
	{format: GolangCI, all: []string{"Report", "Issues"}},
	{format: GolangCI, all: []string{"Report.Linters"}},
	{format: TFLint, all: []string{"issues[].rule", "issues[].range"}},
	{format: TFLint, all: []string{"issues", "errors"}},
	{format: Bandit, all: []string{"results[].test_id", "results[].issue_text"}},
	{format: Bandit, all: []string{"errors", "generated_at", "metrics"}},
	{format: RuboCop, all: []string{"metadata.rubocop_version"}},
	{format: RuboCop, all: []string{"files[].offenses"}},
	{format: Pylint, all: []string{"messages[].messageId", "messages[].symbol"}},
	{format: Pylint, all: []string{"messages", "statistics"}},
	{format: Pylint, all: []string{"[].message-id", "[].symbol"}},
	{format: ShellCheck, all: []string{"comments[].file", "comments[].level", "comments[].code"}},
	{format: ShellCheck, all: []string{"comments"}, none: []string{"comments[]", "url", "id", "title"}},
	{format: ShellCheck, all: []string{"[].file", "[].level", "[].code", "[].endColumn"}},
	{format: Biome, all: []string{"diagnostics[].category", "diagnostics[].location"}},
	{format: Biome, all: []string{"diagnostics", "summary", "command"}},
	{format: Deno, all: []string{"diagnostics[].filename", "diagnostics[].range", "diagnostics[].code"}},
	{format: Deno, all: []string{"version", "diagnostics", "errors"}, none: []string{"format_version"}},
	{format: Terraform, all: []string{"format_version", "valid", "diagnostics"}},
	{format: Terraform, all: []string{"valid", "diagnostics"}},
	{format: RDJSON, all: []string{"diagnostics[].location", "diagnostics[].message"}},
	{format: RDJSON, all: []string{"diagnostics"}, none: []string{
		"diagnostics[]", "summary", "command", "version", "errors", "format_version", "valid", "error_count", "results", "files",
	}},
	{format: Cargo, all: []string{"reason=cargo"}},
	{format: RDJSONL, all: []string{"location.path", "message"}, none: []string{"check_name", "fingerprint"}},
	{format: ESLint, all: []string{"[].filePath", "[].messages"}},
	{format: ESLint, all: []string{"results[].filePath", "results[].messages"}},
	{format: ESLint, all: []string{"results", "metadata.rulesMeta"}},
	{format: Stylelint, all: []string{"[].source", "[].warnings"}},
	{format: GitLab, all: []string{"[].fingerprint", "[].location.path"}},
	{format: GitLab, all: []string{"[].check_name", "[].location.path"}},
	{format: Ruff, all: []string{"[].code", "[].filename", "[].location.row", "[].end_location"}},
	{format: Ruff, all: []string{"code", "filename", "location.row", "end_location"}},
	{foreign: "cfn-nag's JSON", all: []string{"[].filename", "[].file_results"}},
	{foreign: "salt-lint's or hadolint's JSON", all: []string{"[].message", "[].linenumber"}},
	{foreign: "hadolint's JSON", all: []string{"[].file", "[].level", "[].code", "[].column"}},
	{foreign: "Semgrep's own JSON", all: []string{"results[].check_id", "results[].path"}},
	{foreign: "Trivy's own JSON", all: []string{"SchemaVersion", "ArtifactName"}},
	{foreign: "PHPStan's JSON", all: []string{"totals.file_errors"}},
	{foreign: "Checkov's own JSON", all: []string{"check_type", "results.failed_checks"}},
}

// ofJSON reads as many tokens as there are and looks for the marks.
func ofJSON(head []byte) (format, foreign string) {
	seen := places(head)
	for _, m := range known {
		if !slices.ContainsFunc(m.all, func(p string) bool { return !seen[p] }) &&
			!slices.ContainsFunc(m.none, func(p string) bool { return seen[p] }) {
			return m.format, m.foreign
		}
	}
	return "", ""
}

const (
	maxMarkDepth = 4
	maxPlaces    = 2000
	// maxAlike is how many documents, or elements of the outermost list, are read: they are all of one kind.
	maxAlike = 20
)

// places are those of the members, down to maxMarkDepth. A document that ends early has those that it came to.
func places(head []byte) map[string]bool {
	seen := map[string]bool{}
	alike := 0
	outline.Walk(head, func(around []outline.Level, event outline.Event, token json.Token) bool {
		switch inside := len(around); {
		case event == outline.End:
			if inside == 0 || inside == 1 && around[0].List {
				alike++
			}
		case inside > 0 && inside <= maxMarkDepth && (event == outline.Member || around[inside-1].List):
			seen[placeOf(around)] = true
		}
		if value, ok := token.(string); ok && event == outline.Value && len(around) == 1 {
			telling(seen, placeOf(around), value)
		}
		return len(seen) <= maxPlaces && alike <= maxAlike
	})
	return seen
}

// placeOf is the name of a place in a document, as marks have it.
func placeOf(around []outline.Level) string {
	at := ""
	for _, l := range around {
		if l.List {
			at += "[]"
		} else {
			at = strings.TrimPrefix(at+"."+l.Member, ".")
		}
	}
	return at
}

// telling keeps the few values that tell a format.
func telling(seen map[string]bool, at, text string) {
	switch {
	case at == "$schema" && strings.Contains(text, "sarif"):
		seen["$schema=sarif"] = true
	case at == "reason" &&
		slices.Contains([]string{"compiler-message", "compiler-artifact", "build-script-executed", "build-finished"}, text):
		seen["reason=cargo"] = true
	}
}

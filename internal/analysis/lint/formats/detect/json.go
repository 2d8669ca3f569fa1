package detect

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
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
	// maxAlike is how many documents, or elements of the outermost list, are looked at: they are all of one kind.
	maxAlike = 20
)

// places are those of the members, down to maxMarkDepth. A document that ends early has those that it came to.
func places(head []byte) map[string]bool {
	type level struct {
		at     string // the place of the value that is open
		list   bool
		member string
	}
	seen := map[string]bool{}
	var open []level
	dec := json.NewDecoder(bytes.NewReader(head))
	wantName, alike := false, 0
	for {
		token, err := dec.Token()
		if err != nil || len(seen) > maxPlaces || alike > maxAlike {
			return seen // the beginning ends here, or it is no JSON
		}
		deep := len(open) > maxMarkDepth
		if name, ok := token.(string); ok && wantName {
			top := &open[len(open)-1]
			if !deep {
				top.member = strings.TrimPrefix(top.at+"."+name, ".")
				seen[top.member] = true
			}
			wantName = false
			continue
		}
		if token == json.Delim('}') || token == json.Delim(']') {
			open = open[:len(open)-1]
			if len(open) == 0 || len(open) == 1 && open[0].list {
				alike++
			}
			wantName = len(open) > 0 && !open[len(open)-1].list
			continue
		}
		at := ""
		if len(open) > 0 && !deep {
			top := open[len(open)-1]
			if at = top.member; top.list {
				at = top.at + "[]"
				seen[at] = true
			}
		}
		switch token {
		case json.Delim('{'), json.Delim('['):
			open = append(open, level{at: at, list: token == json.Delim('[')})
			wantName = token == json.Delim('{')
			continue
		}
		if text, ok := token.(string); ok && len(open) == 1 {
			telling(seen, at, text)
		}
		wantName = len(open) > 0 && !open[len(open)-1].list
	}
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

package settings

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/lintel-review/lintel/internal/document"
	"github.com/lintel-review/lintel/internal/family"
	"github.com/lintel-review/lintel/internal/finding"
)

var lintFamily = section{family.Lint, lintKeys, lintProblems}

// Lint is what linters may find.
type Lint struct {
	Mode finding.Mode `json:"mode,omitempty" jsonschema:"enum=off,enum=shadow,enum=warn,enum=enforce"`
	Rollout
	// Filter says which findings are looked at: "added", "diff_context", "file" or "nofilter".
	Filter string `json:"filter" jsonschema:"enum=added,enum=diff_context,enum=file,enum=nofilter"`
	// NewOnly leaves out what the report of the merge base has too.
	NewOnly bool `json:"new_only"`
	// Required are the tools of which a report must be there.
	Required []string `json:"required" jsonschema:"maxItems=50,uniqueItems=true,minLength=1,maxLength=200"`
	// Severity gives tools ("eslint") and rules ("eslint/no-var", "eslint/react/*") another severity: error, warning, notice, or off.
	Severity map[string]string `json:"severity"`
	// Ignore are gitignore-style patterns of files whose findings are left out.
	Ignore []string `json:"ignore" jsonschema:"maxItems=50,uniqueItems=true,minLength=1,maxLength=512"`
	// Roots are folders that names in reports may be relative to; Fixes are beginnings of names to replace.
	Roots []string `json:"roots" jsonschema:"maxItems=50,uniqueItems=true,minLength=1,maxLength=512"`
	Fixes []string `json:"fixes" jsonschema:"maxItems=50,uniqueItems=true,minLength=2,maxLength=1024,pattern=::"`
}

func filledLint() Lint {
	return Lint{
		Filter:   "added",
		NewOnly:  true,
		Required: []string{},
		Severity: map[string]string{},
		Ignore:   []string{},
		Roots:    []string{},
		Fixes:    []string{},
	}
}

var lintKeys = []key{
	{"lint", "Findings of linters, scanners and formatters, from the reports that CI makes. Without a report and " +
		"without a required tool these rules say nothing.", ""},
	{"lint.mode", "Mode of all rules of the family; without it each rule has its own default mode.", "mode: enforce"},
	{"lint.filter", "Which findings are looked at: those on `added` lines, also those on the unchanged lines that the " +
		"diff shows (`diff_context`), all of changed files (`file`), or all (`nofilter`). " +
		"Only what is on added lines, or new against the merge base's report, can block.", "filter: file"},
	{"lint.new_only", "Leave out findings that the report of the merge base has too, also when their lines moved. " +
		"Without such a report nothing is left out.", "new_only: false"},
	{"lint.required", "Tools of which a report must be there, and that must not have failed, by the names that their " +
		"reports give them.", "required: [eslint, golangci-lint]"},
	{"lint.severity", "Severities of tools and rules that differ from the tool's own: `error` can block, `warning` and " +
		"`notice` cannot, `off` leaves them out. The longest key that fits counts.",
		"severity: { eslint: warning, eslint/no-debugger: error, \"ruff/D*\": \"off\" }"},
	{"lint.severity.*", "error, warning, notice or off", ""},
	{"lint.ignore", "Patterns, as in .gitignore, of files whose findings are left out. Patterns that begin with `!` are refused.",
		"ignore: [\"gen/**\"]"},
	{"lint.roots", "Folders of the repository that linters run in, so that names in their reports are relative to them. " +
		"`.` is the root.", "roots: [svc, web]"},
	{"lint.fixes", "Beginnings of names in reports to replace before they are looked up, as `old::new`. The first that " +
		"fits is used; an empty `old` adds a folder.", `fixes: ["/build/app/::", "shop/::services/shop/"]`},
	{"lint.fixes.*", "a pair old::new", ""},
}

const maxSeverities = 200

// lintProblems finds what a schema cannot.
func lintProblems(doc *document.Document) []document.Problem {
	var problems []document.Problem
	set, _ := doc.Value("lint", "severity").(map[string]any)
	if len(set) > maxSeverities {
		problems = append(problems,
			doc.Problem(fmt.Sprintf("lint.severity has %d members; at most %d are read", len(set), maxSeverities), "lint", "severity"))
	}
	for name, v := range set {
		severity, ok := v.(string)
		if ok && !slices.Contains([]string{"error", "warning", "notice", "off"}, severity) {
			problems = append(problems,
				doc.Problem(
					fmt.Sprintf("lint.severity of %q is %q; it is one of error, warning, notice, off", clip(name), clip(severity)),
					"lint", "severity", name))
		}
		tool, _, _ := strings.Cut(name, "/")
		if strings.TrimSpace(tool) == "" || tool == "*" || strings.Contains(strings.TrimSuffix(name, "*"), "*") || len(name) > 400 {
			problems = append(problems,
				doc.KeyProblem(
					fmt.Sprintf("lint.severity: %q names no tool and no rule; write it as eslint, eslint/no-var or \"eslint/react/*\"",
						clip(name)), "lint", "severity", name))
		}
	}
	patterns, _ := doc.Value("lint", "ignore").([]any)
	for i, v := range patterns {
		if p, ok := v.(string); ok {
			if why := badPattern(p); why != "" {
				problems = append(problems, doc.Problem(fmt.Sprintf("lint.ignore[%d] %s", i, why), "lint", "ignore", strconv.Itoa(i)))
			}
		}
	}
	return append(problems, fixProblems(doc, "lint")...)
}

// fixProblems finds the fixes of a family that replace a beginning by itself.
func fixProblems(doc *document.Document, family string) []document.Problem {
	var problems []document.Problem
	fixes, _ := doc.Value(family, "fixes").([]any)
	for i, v := range fixes {
		if f, ok := v.(string); ok {
			if before, after, cut := strings.Cut(f, "::"); cut && before == after {
				problems = append(problems,
					doc.Problem(fmt.Sprintf("%s.fixes[%d] replaces %q by itself", family, i, clip(before)), family, "fixes",
						strconv.Itoa(i)))
			}
		}
	}
	return problems
}

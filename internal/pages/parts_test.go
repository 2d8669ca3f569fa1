package pages

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// parts are what pages take from the code, by page and name: the text stands where the code has it, and nowhere else.
var parts = map[string]map[string]func(*testing.T) string{
	"docs/advice.md": {"gates": func(t *testing.T) string {
		return table("gate", "rule", constants(t, "internal/advice/advice.go", "Gate"))
	}},
	"docs/audit.md": {"acts": func(t *testing.T) string {
		return table("act", "who, then the detail", append(constants(t, "internal/audit/audit.go", "Act"),
			constants(t, "internal/organisation/read.go", "Act")...))
	}},
	"ARCHITECTURE.md": {
		"rule":    func(t *testing.T) string { return steps(t, "rule") },
		"format":  func(t *testing.T) string { return steps(t, "report-format") },
		"command": func(t *testing.T) string { return steps(t, "command") },
		"job":     func(t *testing.T) string { return steps(t, "job") },
		"page":    func(t *testing.T) string { return steps(t, "page") },
		"forge":   func(t *testing.T) string { return steps(t, "forge") },
	},
	"CONTRIBUTING.md": {"targets": targets},
	"docs/fakelab.md": {"guesses": guesses},
	"SECURITY.md":     {"attacks": attacks},
	"docs/backtest.md": {
		"build":  func(t *testing.T) string { return fenced(t, "sh", "cmd/lintel/testdata/backtest/build.sh") },
		"report": func(t *testing.T) string { return fenced(t, "text", "cmd/lintel/testdata/backtest/report.txt") },
	},
	"docs/dashboard.md": {"parameters": func(t *testing.T) string {
		return table("parameter", "values", trailing(t, "internal/flow/filter/parse.go", `\t"([a-z]+)", +// (.*)`))
	}},
	"docs/dependencies.md": {
		"files": readers,
		"bad":   func(t *testing.T) string { return fixture(t, "bad") },
		"good":  func(t *testing.T) string { return fixture(t, "good") },
	},
	"docs/evals.md": {"case": func(t *testing.T) string {
		return fenced(t, "text", "internal/advise/evals/golden/go-nil-map.txtar")
	}},
	"docs/owners.md": {"example": func(t *testing.T) string {
		return scripted(t, "yaml", "settings_ownership", ".github/lintel.yml")
	}},
	"docs/fakehub.md": {"seed": func(t *testing.T) string {
		return fenced(t, "yaml", "internal/fake/github/seed/testdata/example.yml")
	}},
	"docs/benchmarks.md": {"parts": bench, "rows": rows},
	"docs/ci.md": {
		"buildkite": func(t *testing.T) string { return fenced(t, "yaml", "deploy/ci/buildkite.yml") },
		"github":    func(t *testing.T) string { return fenced(t, "yaml", "deploy/ci/github.yml") },
		"gitlab":    func(t *testing.T) string { return fenced(t, "yaml", "deploy/ci/gitlab.yml") },
		"jenkins":   func(t *testing.T) string { return fenced(t, "groovy", "deploy/ci/Jenkinsfile") },
	},
	"docs/coverage.md": {"formats": func(t *testing.T) string {
		return table("format", "written by", constants(t, "internal/analysis/coverage/formats/detect/detect.go", ""))
	}},
	"docs/flow.md": {
		"deployment": func(t *testing.T) string {
			return table("field", "meaning", fields(t, "internal/deployments/deployments.go", "deployment"))
		},
		"incident": func(t *testing.T) string {
			return table("field", "meaning", fields(t, "internal/deployments/deployments.go", "incident"))
		},
	},
	"docs/how-it-decides.md": {"gaps": gaps},
	"docs/lint.md": {"formats": func(t *testing.T) string {
		return table("format", "written by, and how", constants(t, "internal/analysis/lint/formats/detect/detect.go", ""))
	}},
	"docs/objectives.md": {"alerts": alerts},
	"docs/operations.md": {
		"permissions": permissions,
		"caddy":       func(t *testing.T) string { return fenced(t, "caddyfile", "deploy/proxy/Caddyfile") },
		"nginx":       func(t *testing.T) string { return fenced(t, "nginx", "deploy/proxy/nginx.conf") },
	},
	"docs/checks.md": {"tools": tools},
	"docs/sandbox.md": {
		"attacks": escapes,
		"unit":    func(t *testing.T) string { return fenced(t, "ini", "deploy/systemd/checks.conf") },
	},
	"docs/smells.md": {
		"good": func(t *testing.T) string { return fenced(t, "go", "internal/analysis/smells/testdata/manual/good.txt") },
		"bad":  func(t *testing.T) string { return fenced(t, "go", "internal/analysis/smells/testdata/manual/bad.txt") },
	},
	"docs/tests.md": {
		"good": func(t *testing.T) string {
			return fenced(t, "diff", "internal/analysis/tests/testdata/manual/good.diff")
		},
		"bad": func(t *testing.T) string {
			return fenced(t, "diff", "internal/analysis/tests/testdata/manual/bad.diff")
		},
	},
	"docs/workflows.md": {
		"good": func(t *testing.T) string {
			return fenced(t, "yaml", "internal/analysis/workflows/testdata/manual/good.yml")
		},
		"bad": func(t *testing.T) string {
			return fenced(t, "yaml", "internal/analysis/workflows/testdata/manual/bad.yml")
		},
	},
	"docs/guides/other-ci.md": {
		"gitlab":    func(t *testing.T) string { return fenced(t, "yaml", "deploy/ci/check-gitlab.yml") },
		"component": func(t *testing.T) string { return fenced(t, "yaml", "deploy/ci/component-gitlab.yml") },
		"buildkite": func(t *testing.T) string { return fenced(t, "yaml", "deploy/ci/check-buildkite.yml") },
		"azure":     func(t *testing.T) string { return fenced(t, "yaml", "deploy/ci/check-azure.yml") },
		"circleci":  func(t *testing.T) string { return fenced(t, "yaml", "deploy/ci/check-circleci.yml") },
		"bitbucket": func(t *testing.T) string { return fenced(t, "yaml", "deploy/ci/check-bitbucket.yml") },
		"jenkins":   func(t *testing.T) string { return fenced(t, "groovy", "deploy/ci/check-Jenkinsfile") },
	},
	"docs/guides/github-actions.md": {
		"workflow": func(t *testing.T) string { return fenced(t, "yaml", "deploy/ci/check-github.yml") },
	},
	"docs/guides/writing-a-rule.md": {
		"rule": func(t *testing.T) string { return recipe(t, "policies/size/submodule.rego") },
		"test": func(t *testing.T) string { return recipe(t, "policies/size/submodule_test.rego") },
	},
	"docs/organisation.md": {
		"example":   func(t *testing.T) string { return fenced(t, "yaml", "deploy/organisation.example.yml") },
		"explained": func(t *testing.T) string { return scripted(t, "text", "settings_organisation", "want") },
		"own":       func(t *testing.T) string { return scripted(t, "yaml", "settings_organisation", ".github/lintel.yml") },
	},
	"docs/reports-api.md": {"refusals": refusals},
	"docs/risk.md":        {"weights": weights},
	"docs/scorecards.md": {"outcomes": func(t *testing.T) string {
		return table("outcome", "evidence", constants(t, "internal/outcome/outcome.go", "Outcome"))
	}},
}

// TestPublishedParts holds the generated parts of pages to the code: "make generate" writes them anew.
func TestPublishedParts(t *testing.T) {
	t.Parallel()
	for page, all := range parts {
		text := readRoot(t, page)
		before := text
		for name, write := range all {
			begin, end := "<!-- "+name+": written by make generate -->\n", "<!-- end of "+name+" -->"
			head, rest, found := strings.Cut(text, begin)
			_, tail, closed := strings.Cut(rest, end)
			if !found || !closed || strings.Count(text, begin) != 1 {
				t.Fatalf("%s has no place, or more than one, between %s and %s", page, begin, end)
			}
			text = head + begin + write(t) + end + tail
		}
		switch {
		case *update:
			if err := os.WriteFile(filepath.Join("../..", page), []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		case text != before:
			t.Errorf("%s is not what the code says; run make generate", page)
		}
	}
}

// TestEveryPartIsGenerated: what a page calls written by a program is written by a test that compares it, so that nobody
// hides prose from TestPagesDoNotGrow.
func TestEveryPartIsGenerated(t *testing.T) {
	t.Parallel()
	elsewhere := map[string][]string{ // who writes the others
		"docs/chat.md":    {"commands"},      // internal/chat
		"docs/metrics.md": {"metrics"},       // internal/metrics
		"docs/rooms.md":   {"plan", "doors"}, // internal/floor
		"ARCHITECTURE.md": {"plan", "doors"}, // internal/floor
	}
	for page, text := range pages(t) {
		for _, part := range generatedPart.FindAllString(text, -1) {
			name, _, _ := strings.Cut(strings.TrimPrefix(part, "<!-- "), ":")
			if parts[page][name] == nil && !slices.Contains(elsewhere[page], name) {
				t.Errorf("%s calls %q written by a program, and no test writes it", page, name)
			}
		}
	}
}

// row is a line of a table: what the code calls something, and what its comment says.
type row struct{ name, text string }

func table(name, text string, rows []row) string {
	var b strings.Builder
	fmt.Fprintf(&b, "| %s | %s |\n|---|---|\n", name, text)
	for _, r := range rows {
		fmt.Fprintf(&b, "| `%s` | %s |\n", r.name, strings.ReplaceAll(r.text, "|", `\|`))
	}
	return b.String()
}

func parsed(t *testing.T, file string) *ast.File {
	t.Helper()
	f, err := parser.ParseFile(token.NewFileSet(), filepath.Join("../..", file), nil, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// said is a comment in one line.
func said(doc *ast.CommentGroup) string { return strings.Join(strings.Fields(doc.Text()), " ") }

// constants are the commented constants of a type, or those without a type, with their texts as names.
func constants(t *testing.T, file, kind string) (all []row) {
	t.Helper()
	ast.Inspect(parsed(t, file), func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok || len(spec.Values) != 1 || spec.Doc == nil {
			return true
		}
		value, ok := spec.Values[0].(*ast.BasicLit)
		of := ""
		switch is := spec.Type.(type) {
		case *ast.Ident:
			of = is.Name
		case *ast.SelectorExpr:
			of = is.Sel.Name
		}
		if !ok || value.Kind != token.STRING || of != kind {
			return true
		}
		name, err := strconv.Unquote(value.Value)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, row{name, said(spec.Doc)})
		return true
	})
	if len(all) < 5 {
		t.Fatalf("%s has only %d commented constants of type %q", file, len(all), kind)
	}
	return all
}

// fields are the commented fields of a struct, by their names in JSON.
func fields(t *testing.T, file, kind string) (all []row) {
	t.Helper()
	ast.Inspect(parsed(t, file), func(n ast.Node) bool {
		spec, ok := n.(*ast.TypeSpec)
		if !ok || spec.Name.Name != kind {
			return true
		}
		for _, f := range spec.Type.(*ast.StructType).Fields.List {
			tag, err := strconv.Unquote(f.Tag.Value)
			if err != nil || f.Doc == nil {
				t.Fatalf("%s: a field of %s has no comment or no tag", file, kind)
			}
			all = append(all, row{reflect.StructTag(tag).Get("json"), said(f.Doc)})
		}
		return false
	})
	if len(all) == 0 {
		t.Fatalf("%s has no struct %s", file, kind)
	}
	return all
}

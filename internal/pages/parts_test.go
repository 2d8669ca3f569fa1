package pages

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/lintel-review/lintel/internal/risk"
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
	"docs/benchmarks.md": {"parts": bench},
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
	"docs/lint.md": {"formats": func(t *testing.T) string {
		return table("format", "written by, and how", constants(t, "internal/analysis/lint/formats/detect/detect.go", ""))
	}},
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

// bench is the table of what is measured, by which method: the entries of cmd/bench, in their order.
func bench(t *testing.T) string {
	t.Helper()
	text := func(e ast.Expr) string {
		whole := ""
		ast.Inspect(e, func(n ast.Node) bool {
			if lit, ok := n.(*ast.BasicLit); ok {
				one, err := strconv.Unquote(lit.Value)
				if err != nil {
					t.Fatal(err)
				}
				whole += one
			}
			return true
		})
		return whole
	}
	var rows []row
	ast.Inspect(parsed(t, "cmd/bench/main.go"), func(n ast.Node) bool {
		if e, ok := n.(*ast.CompositeLit); ok && e.Type == nil && len(e.Elts) == 4 {
			how := text(e.Elts[2])
			if how == "" {
				how = text(e.Elts[1]) + "."
			}
			rows = append(rows, row{text(e.Elts[0]), strings.ToUpper(how[:1]) + how[1:]})
		}
		return true
	})
	if len(rows) < 10 {
		t.Fatalf("only %d parts of the bench were found", len(rows))
	}
	return table("part", "what it does", rows)
}

// weights is the table of the signals of risk.
func weights(*testing.T) string {
	var b bytes.Buffer
	b.WriteString("| signal | what is counted | points |\n|---|---|---|\n")
	for _, w := range risk.Weights() {
		var steps []string
		for _, s := range w.Steps {
			steps = append(steps, fmt.Sprintf("%d from %d", s.Points, s.From))
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s |\n", w.Signal, w.Many, strings.Join(steps, ", "))
	}
	return b.String()
}

// refusals is the table of refused uploads: what each means, and the status that the server gives it.
func refusals(t *testing.T) string {
	t.Helper()
	status := map[string]string{}
	ast.Inspect(parsed(t, "internal/web/inbound/uploads.go"), func(n ast.Node) bool {
		if kv, ok := n.(*ast.KeyValueExpr); ok {
			if of, ok := kv.Key.(*ast.SelectorExpr); ok {
				if lit, ok := kv.Value.(*ast.BasicLit); ok && lit.Kind == token.INT {
					status[of.Sel.Name] = lit.Value
				}
			}
		}
		return true
	})
	names := map[string]string{} // from the text of a reason to its name in the code
	ast.Inspect(parsed(t, "internal/upload/upload.go"), func(n ast.Node) bool {
		if spec, ok := n.(*ast.ValueSpec); ok && len(spec.Values) == 1 {
			if lit, ok := spec.Values[0].(*ast.BasicLit); ok && lit.Kind == token.STRING {
				names[strings.Trim(lit.Value, `"`)] = spec.Names[0].Name
			}
		}
		return true
	})
	var b strings.Builder
	b.WriteString("| status | `error` | when |\n|---|---|---|\n")
	for _, r := range constants(t, "internal/upload/upload.go", "") {
		if s := status[names[r.name]]; s != "" {
			fmt.Fprintf(&b, "| %s | `%s` | %s |\n", s, r.name, r.text)
			delete(status, names[r.name])
		}
	}
	if len(status) > 0 {
		t.Errorf("these reasons have a status and no comment: %v", slices.Sorted(maps.Keys(status)))
	}
	return b.String()
}

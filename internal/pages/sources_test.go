package pages

import (
	"bytes"
	"encoding/json"
	"fmt"
	"go/ast"
	"go/token"
	"io/fs"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"
	"golang.org/x/tools/txtar"

	"github.com/lintel-review/lintel/internal/catalogue"
	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/forge/github"
	"github.com/lintel-review/lintel/internal/risk"
)

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

// targets are those of the Makefile with what they say of themselves.
func targets(t *testing.T) string {
	t.Helper()
	var all []row
	for _, m := range regexp.MustCompile(`(?m)^([a-z-]+):.*?## (.*)$`).FindAllStringSubmatch(readRoot(t, "Makefile"), -1) {
		all = append(all, row{"make " + m[1], m[2]})
	}
	return table("command", "what it does", all)
}

// rows are the numbers of docs/benchmarks.json, in the form of "go run ./cmd/bench -json", with those of other days as notes.
func rows(t *testing.T) string {
	t.Helper()
	var all []struct {
		What, Measured, Bar, Verdict, Peer string
		Notes                              []string
	}
	if err := json.Unmarshal([]byte(readRoot(t, "docs/benchmarks.json")), &all); err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	b.WriteString("| what | measured | bar | | peer |\n|---|---|---|---|---|\n")
	for _, r := range all {
		measured := strings.Join(append([]string{r.Measured}, r.Notes...), "; ")
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s |\n", r.What, measured, r.Bar, r.Verdict, r.Peer)
	}
	return b.String()
}

// gaps is what follows from each fact that can be missing. Those are the facts that the adapters of forges report.
func gaps(t *testing.T) string {
	t.Helper()
	known := map[string]bool{}
	var all []row
	for _, c := range change.Missing() {
		known[c.Fact] = true
		all = append(all, row{c.Fact, c.What + ": " + c.Then})
	}
	files, err := filepath.Glob("../../internal/forge/*/*.go")
	if err != nil {
		t.Fatal(err)
	}
	reported := regexp.MustCompile(`[gG]ap\("([a-z_.]+)"`)
	for _, file := range files {
		for _, m := range reported.FindAllStringSubmatch(readRoot(t, strings.TrimPrefix(filepath.ToSlash(file), "../../")), -1) {
			if !known[m[1]] {
				t.Errorf("%s reports the gap %q, and change.Missing does not say what follows", file, m[1])
			}
		}
	}
	return table("missing", "what happens", all)
}

// alerts are the rules for Prometheus.
func alerts(t *testing.T) string {
	t.Helper()
	var file struct {
		Groups []struct {
			Rules []struct {
				Alert               string
				Labels, Annotations map[string]string
			}
		}
	}
	if err := yaml.Unmarshal([]byte(readRoot(t, "deploy/alerts.yml")), &file); err != nil {
		t.Fatal(err)
	}
	var all []row
	for _, g := range file.Groups {
		for _, r := range g.Rules {
			text := regexp.MustCompile(`{{ \$labels\.(\w+) }}`).ReplaceAllString(r.Annotations["summary"], "*$1*")
			all = append(all, row{r.Alert, r.Labels["severity"] + ": " + text})
		}
	}
	return table("alert", "severity, and what it says", all)
}

// attackers are those whose attacks have a heading, in this order; the others follow.
var attackers = []string{"anybody on the network", "the author", "the author of a fork", "the code that a check runs on",
	"whoever took over a check worker", "somebody who may push", "anybody who may comment", "whoever writes policies"}

// attacks are the paragraphs "Attack by WHO: ..." in the comments of tests: what is tried, what stands in the way, and, after
// "Also", the further tests that try it.
func attacks(t *testing.T) string {
	t.Helper()
	by, others := map[string][]string{}, []string{}
	err := filepath.WalkDir("../../internal", func(name string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(name, "_test.go") {
			return err
		}
		file := strings.TrimPrefix(filepath.ToSlash(name), "../../")
		if text := readRoot(t, file); !strings.Contains(text, "// Attack by ") || file == "internal/pages/parts_test.go" {
			return nil
		}
		for _, d := range parsed(t, file).Decls {
			f, ok := d.(*ast.FuncDecl)
			if !ok {
				continue
			}
			for _, paragraph := range strings.Split(f.Doc.Text(), "\n\n") {
				who, what, _ := strings.Cut(strings.Join(strings.Fields(paragraph), " "), ": ")
				if who, ok = strings.CutPrefix(who, "Attack by "); !ok {
					continue
				}
				what, also, _ := strings.Cut(strings.TrimSuffix(what, "."), ". Also `")
				if more, same := strings.CutPrefix(also, file+"` "); same {
					also = ", " + more
				} else if also != "" {
					also = "; `" + also
				}
				line := fmt.Sprintf("%s (`%s` `%s`%s).", what, file, f.Name.Name, also)
				if slices.Contains(attackers, who) {
					by[who] = append(by[who], line)
				} else {
					others = append(others, "**"+strings.ToUpper(who[:1])+who[1:]+"**: "+line)
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, who := range attackers {
		if len(by[who]) == 0 {
			t.Errorf("no test tries what %s would", who)
		}
		fmt.Fprintf(&b, "**%s**:\n\n- %s\n\n", strings.ToUpper(who[:1])+who[1:], strings.Join(by[who], "\n- "))
	}
	fmt.Fprintf(&b, "**Others**:\n\n- %s\n", strings.Join(others, "\n- "))
	return b.String()
}

// fenced is an example that stands where a test runs it.
func fenced(t *testing.T, language, file string) string {
	t.Helper()
	text := readRoot(t, file)
	var any struct{}
	if err := yaml.Unmarshal([]byte(text), &any); language == "yaml" && err != nil {
		t.Errorf("%s: %v", file, err)
	}
	return "```" + language + "\n" + text + "```\n"
}

// fixture is what a change of package.json and its lock file leaves, of a fixture whose decision is a test of the policies.
func fixture(t *testing.T, name string) string {
	t.Helper()
	all := ""
	for _, f := range txtar.Parse([]byte(readRoot(t, "policies/dependencies/testdata/"+name+".txtar"))).Files {
		if file, ok := strings.CutPrefix(f.Name, "head/"); ok && strings.HasPrefix(file, "package") {
			all += "```json " + file + "\n" + string(f.Data) + "```\n"
		}
	}
	if strings.Count(all, "```") != 4 {
		t.Fatalf("the fixture %s does not have the two files", name)
	}
	return all
}

// recipe is a file of the recipe for a rule, which a test follows; a rule of one's own begins in shadow.
func recipe(t *testing.T, name string) string {
	t.Helper()
	return strings.Replace(archived(t, "rego", "internal/floor/recipes/testdata/rule.txtar", name), "mode: warn", "mode: shadow", 1)
}

// scripted is a file of a script, which says what the program prints.
func scripted(t *testing.T, language, script, name string) string {
	t.Helper()
	return archived(t, language, "cmd/lintel/testdata/script/"+script+".txtar", name)
}

func archived(t *testing.T, language, archive, name string) string {
	t.Helper()
	for _, f := range txtar.Parse([]byte(readRoot(t, archive))).Files {
		if f.Name == name {
			return "```" + language + "\n" + string(f.Data) + "```\n"
		}
	}
	t.Fatalf("%s has no file %s", archive, name)
	return ""
}

// permissions are those of the App, each with its comment in the code.
func permissions(t *testing.T) string {
	t.Helper()
	var b strings.Builder
	b.WriteString("| permission | level | for |\n|---|---|---|\n")
	source, n := readRoot(t, "internal/forge/github/doctor.go"), 0
	for _, m := range regexp.MustCompile(`\t"([a-z_]+)": +"(read|write)", +// (.*)\n`).FindAllStringSubmatch(source, -1) {
		if level := github.Needs()[m[1]]; level != m[2] {
			t.Errorf("%s is not %s but %q", m[1], m[2], level)
		}
		n++
		fmt.Fprintf(&b, "| %s | %s | %s |\n", m[1], m[2], m[3])
	}
	if n != len(github.Needs()) {
		t.Errorf("%d of %d permissions have a comment", n, len(github.Needs()))
	}
	return b.String()
}

// tools are those of the catalogue.
func tools(*testing.T) string {
	var changed, whole, byFile []string
	for _, name := range catalogue.Names() {
		if tool, _ := catalogue.Find(name); tool.TakesFiles {
			changed = append(changed, name)
		} else {
			whole = append(whole, name)
		}
		if tool, _ := catalogue.Find(name); tool.ByFile(nil) {
			byFile = append(byFile, name)
		}
	}
	return "- Given the changed files that they are for: " + strings.Join(changed, ", ") + ".\n- Given the whole tree: " +
		strings.Join(
			whole,
			", ",
		) + ".\n- Run only on files whose result nobody knows yet: " + strings.Join(byFile, ", ") + "; not where their settings " +
		"may load other files.\n"
}

// trailing are lines of code with the comments at their ends.
func trailing(t *testing.T, file, pattern string) (all []row) {
	t.Helper()
	for _, m := range regexp.MustCompile("(?m)^"+pattern+"$").FindAllStringSubmatch(readRoot(t, file), -1) {
		all = append(all, row{m[1], m[2]})
	}
	if len(all) < 5 {
		t.Fatalf("%s has only %d lines such as %s", file, len(all), pattern)
	}
	return all
}

// readers are the files of packages that are read, by ecosystem.
func readers(t *testing.T) string {
	t.Helper()
	var order []string
	by := map[string][]string{}
	for _, m := range regexp.MustCompile(`\{"([^"]+)", "([^"]+)", (Manifest|Lock|Both|Sums), read`).FindAllStringSubmatch(
		readRoot(t, "internal/analysis/dependencies/manifest/identify.go"), -1) {
		if by[m[2]] == nil {
			order = append(order, m[2])
		}
		if !slices.Contains(by[m[2]], m[1]) {
			by[m[2]] = append(by[m[2]], m[1])
		}
	}
	if len(order) < 8 {
		t.Fatalf("only %d ecosystems were found", len(order))
	}
	var b strings.Builder
	b.WriteString("| ecosystem | files |\n|---|---|\n")
	for _, e := range order {
		fmt.Fprintf(&b, "| %s | %s |\n", e, strings.Join(by[e], ", "))
	}
	return b.String()
}

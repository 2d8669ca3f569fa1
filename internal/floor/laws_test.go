package floor

import (
	"fmt"
	"go/ast"
	"path"
	"regexp"
	"slices"
	"strings"
)

// A law gives every breach of it, as sentences that say where and what to do.

// everyPackageHasALine holds the table and the tree against each other.
func everyPackageHasALine(tr tree, plan []line) (out []string) {
	there := map[string]bool{}
	for _, p := range tr.packages {
		there[p.path] = true
		if _, ok := lineOf(plan, p.path); !ok {
			out = append(out,
				fmt.Sprintf(
					"package %s has no line in the plan: add one to internal/floor/plan_test.go and say on which floor it stands", p.path))
		}
	}
	for _, l := range plan {
		if !there[l.path] {
			out = append(out, fmt.Sprintf("the plan has a line for %s, which is not there: remove it", l.path))
		}
	}
	return out
}

// importsGoDownwards is the import table.
func importsGoDownwards(tr tree, plan []line) (out []string) {
	for _, p := range tr.packages {
		from, ok := lineOf(plan, p.path)
		if !ok {
			continue
		}
		for _, f := range p.files {
			for _, imported := range f.imports() {
				name, ours := own(imported)
				if !ours {
					continue
				}
				to, ok := lineOf(plan, name)
				switch {
				case !ok:
					out = append(out, fmt.Sprintf("%s imports %s, which has no line in the plan", f.name, name))
				case to.floor == tests && from.floor != tests:
					out = append(out, fmt.Sprintf("%s imports %s, which is for tests only", f.name, name))
				case !allows(plan, from, to):
					out = append(out,
						fmt.Sprintf("%s (%s) imports %s (%s), which the plan does not allow", f.name, from.floor, name, to.floor))
				}
			}
		}
	}
	return out
}

// playsTheFake are the packages of the product whose work is to play a fake, with what they play. The record 0034 says what that costs.
var playsTheFake = map[string]string{
	"command/demo":         "shows the real server beside a GitHub for a laptop",
	"command/eval/answers": "lintel eval speaks the answers of a case through the real adapter",
}

// theProductImportsNoFake: what stands in for a forge or a model serves tests, tools for developers, and the demo.
func theProductImportsNoFake(tr tree, plan []line) (out []string) {
	for _, p := range tr.packages {
		from, ok := lineOf(plan, p.path)
		if !ok || from.floor == fake || from.floor == tool || from.floor == tests || playsTheFake[p.path] != "" {
			continue
		}
		for _, f := range p.files {
			for _, imported := range f.imports() {
				if name, ours := own(imported); ours && strings.HasPrefix(name, "fake/") {
					out = append(out, fmt.Sprintf("%s imports %s: the product imports no fake", f.name, name))
				}
			}
		}
	}
	return out
}

// impure are the imports that pure code must not have. net/url, net/netip and net/mail only parse.
var impure = regexp.MustCompile(
	`^(os|os/.*|net|net/http|net/http/.*|net/rpc.*|net/smtp|net/textproto|database/sql.*|math/rand.*|crypto/rand|` +
		`syscall|unsafe|plugin|log|log/.*)$`)

// clock are the functions of package time that read or wait for the clock. A limit is set by context.WithTimeout, which
// no result depends on.
var clock = []string{"Now", "Since", "Until", "Sleep", "After", "AfterFunc", "Tick", "NewTimer", "NewTicker"}

// pureCodeIsPure: equal inputs give equal results on the lower floors, whatever the machine and the hour.
func pureCodeIsPure(tr tree, plan []line) (out []string) {
	for _, p := range tr.packages {
		l, _ := lineOf(plan, p.path)
		if !l.floor.pure() {
			continue
		}
		for _, f := range p.files {
			for _, imported := range f.imports() {
				if impure.MatchString(imported) {
					out = append(out, fmt.Sprintf("%s is pure and imports %s", f.name, imported))
				}
			}
			if l.floor != judgement {
				out = append(out, goroutines(tr, f)...)
			}
			clockName := localName(f, "time")
			ast.Inspect(f.ast, func(n ast.Node) bool {
				if s, ok := n.(*ast.SelectorExpr); ok && clockName != "" {
					if x, ok := s.X.(*ast.Ident); ok && x.Name == clockName && slices.Contains(clock, s.Sel.Name) {
						out = append(out,
							fmt.Sprintf("%s is pure and uses time.%s: take the time as a value", tr.fset.Position(s.Pos()), s.Sel.Name))
					}
				}
				return true
			})
		}
	}
	return out
}

// goroutines are those that a file starts. A panic in one ends the program, whoever waits for it: the judgement runs each
// analysis in a goroutine that catches its panic, so an analysis needs none of its own.
func goroutines(tr tree, f file) (out []string) {
	ast.Inspect(f.ast, func(n ast.Node) bool {
		started := false
		switch n := n.(type) {
		case *ast.GoStmt:
			started = true
		case *ast.CallExpr:
			s, ok := n.Fun.(*ast.SelectorExpr)
			started = ok && s.Sel.Name == "Go"
		}
		if started {
			out = append(out, fmt.Sprintf("%s starts a goroutine, whose panic nobody catches: do it in turn", tr.fset.Position(n.Pos())))
		}
		return true
	})
	return out
}

// localName is the name by which a file knows an import of the standard library; empty when it does not import it.
func localName(f file, imported string) string {
	for _, spec := range f.ast.Imports {
		if spec.Path.Value == `"`+imported+`"` {
			if spec.Name != nil {
				return spec.Name.Name
			}
			return path.Base(imported)
		}
	}
	return ""
}

// maxFanOut is how many packages of ours one package may import, outside the wiring and where budgets have no number.
// Those that stand everywhere do not count.
const maxFanOut = 10

func fanOutIsSmall(tr tree, _ []line) (out []string) {
	for _, p := range tr.packages {
		seen := map[string]bool{}
		for _, f := range p.files {
			for _, imported := range f.imports() {
				if name, ok := own(imported); ok && !slices.Contains(everywhere, name) {
					seen[name] = true
				}
			}
		}
		if most := max(maxFanOut, budgets[p.path].imports); len(seen) > most && !slices.Contains(wiring, p.path) {
			out = append(out, fmt.Sprintf("package %s imports %d packages of ours, more than %d: split it", p.path, len(seen), most))
		}
	}
	return out
}

// vague are names that say nothing of what is inside.
var vague = []string{"util", "utils", "common", "helper", "helpers", "types", "base", "manager", "misc", "models", "core", "shared",
	"lib", "tools"}

func namesSaySomething(tr tree, _ []line) (out []string) {
	for _, p := range tr.packages {
		for _, part := range strings.Split(p.path, "/") {
			if slices.Contains(vague, part) {
				out = append(out, fmt.Sprintf("package %s is called %q: name it for what it holds", p.path, part))
			}
		}
		for _, f := range p.all() {
			stem := strings.TrimSuffix(strings.TrimSuffix(path.Base(f.name), ".go"), "_test")
			if slices.Contains(vague, stem) {
				out = append(out, fmt.Sprintf("%s is called %q: name it for what it holds", f.name, stem))
			}
		}
	}
	return out
}

// everyPackageExplainsItself: a package comment, in one file, that begins as godoc expects.
func everyPackageExplainsItself(tr tree, _ []line) (out []string) {
	for _, p := range tr.packages {
		n := 0
		for _, f := range p.files {
			if f.ast.Doc != nil {
				n++
				if text := f.ast.Doc.Text(); p.name != "main" && !strings.HasPrefix(text, "Package "+p.name+" ") {
					out = append(out, fmt.Sprintf("%s: the package comment should begin %q", f.name, "Package "+p.name+" "))
				}
			}
		}
		if n != 1 && len(p.files) > 0 {
			out = append(out, fmt.Sprintf("package %s has %d package comments, want one", p.path, n))
		}
	}
	return out
}

// gateFamily judges the evaluation itself, so no analysis belongs to it.
const gateFamily = "gate"

// familiesAreWhole: a rule family is an analysis, its policies and its page.
func familiesAreWhole(tr tree, _ []line) (out []string) {
	type parts struct{ code, rego, page bool }
	families := map[string]*parts{}
	family := func(name string) *parts {
		if families[name] == nil {
			families[name] = &parts{}
		}
		return families[name]
	}
	for name := range tr.files {
		dir, base := path.Split(name)
		switch {
		case path.Dir(path.Clean(dir)) == "internal/analysis" && path.Ext(base) == ".go" && !strings.HasSuffix(base, "_test.go"):
			family(path.Base(dir)).code = true
		case path.Dir(path.Clean(dir)) == "policies" && path.Ext(base) == ".rego" && path.Base(dir) != "lib":
			family(path.Base(dir)).rego = true
		case dir == "docs/rules/" && path.Ext(base) == ".md" && base != "README.md":
			family(strings.TrimSuffix(base, ".md")).page = true
		}
	}
	for name, has := range families {
		if !has.code && name != gateFamily {
			out = append(out, fmt.Sprintf("the rule family %s has no internal/analysis/%s", name, name))
		}
		if !has.rego {
			out = append(out, fmt.Sprintf("the rule family %s has no policies/%s", name, name))
		}
		if !has.page {
			out = append(out, fmt.Sprintf("the rule family %s has no docs/rules/%s.md: run make generate", name, name))
		}
	}
	return out
}

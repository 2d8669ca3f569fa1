package floor

import (
	"fmt"
	"go/ast"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

// maxFile is how many lines a file may have, tests included. There is no exception.
const maxFile = 500

// thingsStaySmall bounds files, and packages by their budget in the plan.
func thingsStaySmall(tr tree, _ []line) []string { return smallBy(tr, budgets) }

func smallBy(tr tree, budgets map[string]budget) (out []string) {
	for _, p := range tr.packages {
		total := 0
		for _, f := range p.all() {
			if f.lines > maxFile {
				out = append(out, fmt.Sprintf("%s has %d lines, more than %d: split it", f.name, f.lines, maxFile))
			}
		}
		for _, f := range p.files {
			total += f.lines
		}
		if most := max(maxLines, budgets[p.path].lines); total > most {
			out = append(out,
				fmt.Sprintf(
					"package %s has %d lines, more than its budget of %d: split it, or raise the number in "+
						"internal/floor/budgets_test.go", p.path, total, most))
		}
	}
	return out
}

// exports are the exported names of a package: types, functions, variables and constants, no methods.
func exports(p *pkg) (names []string) {
	for _, f := range p.files {
		for _, d := range f.ast.Decls {
			switch d := d.(type) {
			case *ast.FuncDecl:
				if d.Recv == nil {
					names = append(names, d.Name.Name)
				}
			case *ast.GenDecl:
				for _, spec := range d.Specs {
					switch spec := spec.(type) {
					case *ast.TypeSpec:
						names = append(names, spec.Name.Name)
					case *ast.ValueSpec:
						for _, n := range spec.Names {
							names = append(names, n.Name)
						}
					}
				}
			}
		}
	}
	return slices.DeleteFunc(names, func(n string) bool { return !ast.IsExported(n) })
}

// packagesExportLittle holds each package to its budget of exported names.
func packagesExportLittle(tr tree, _ []line) (out []string) {
	for _, p := range tr.packages {
		if n, most := len(exports(p)), max(maxNames, budgets[p.path].names); n > most {
			out = append(out,
				fmt.Sprintf(
					"package %s exports %d names, more than its budget of %d: unexport what only it uses, or raise the "+
						"number in internal/floor/budgets_test.go", p.path, n, most))
		}
	}
	return out
}

// maxMedian is the most names that the package in the middle exports. Programs and packages of tests alone have no names to export.
const maxMedian = 7

func theMedianExportsLittle(tr tree, _ []line) []string {
	var counts []int
	for _, p := range tr.packages {
		if p.name != "main" && len(p.files) > 0 {
			counts = append(counts, len(exports(p)))
		}
	}
	slices.Sort(counts)
	if median := counts[len(counts)/2]; median > maxMedian {
		return []string{fmt.Sprintf("the median package exports %d names, more than %d", median, maxMedian)}
	}
	return nil
}

// budgetsAreForPackages: a package that was moved or removed leaves no number behind.
func budgetsAreForPackages(plan []line, budgets map[string]budget) (out []string) {
	for name := range budgets {
		if _, ok := lineOf(plan, name); !ok {
			out = append(out, fmt.Sprintf("there is a budget for %s, which has no line in the plan: remove it", name))
		}
	}
	return out
}

// TestSizes grows a file and a package by one line beyond their limits.
func TestSizes(t *testing.T) {
	for _, c := range []struct {
		what   string
		budget int
		lines  []int
		want   string
	}{
		{"at the limits", 0, []int{500, 500, 500}, ""},
		{"a file", 0, []int{501}, "internal/diff/parta.go has 501 lines, more than 500: split it"},
		{"a package", 0, []int{500, 500, 500, 2},
			`package diff has 1502 lines, more than its budget of 1500: split it, or raise the number in internal/floor/budgets_test.go`},
		{"at its budget", 1600, []int{500, 500, 500, 100}, ""},
		{"beyond its budget", 1600, []int{500, 500, 500, 102},
			`package diff has 1602 lines, more than its budget of 1600: split it, or raise the number in internal/floor/budgets_test.go`},
	} {
		planted := fstest.MapFS{}
		for i, n := range c.lines {
			text := "package diff\n" + strings.Repeat("\n", n-1)
			planted["internal/diff/part"+string(rune('a'+i))+".go"] = &fstest.MapFile{Data: []byte(text)}
		}
		if got := strings.Join(smallBy(read(t, planted), map[string]budget{"diff": {lines: c.budget}}), "\n"); got != c.want {
			t.Errorf("%s: got %q, want %q", c.what, got, c.want)
		}
	}
}

// TestMedian has three packages, of which the one in the middle exports one name too many.
func TestMedian(t *testing.T) {
	names := func(n int) *fstest.MapFile {
		text := "package p\n"
		for i := range n {
			text += fmt.Sprintf("const Name%d = 1\n", i)
		}
		return &fstest.MapFile{Data: []byte(text)}
	}
	planted := fstest.MapFS{"internal/a/a.go": names(0), "internal/b/b.go": names(maxMedian), "internal/c/c.go": names(99)}
	if got := theMedianExportsLittle(read(t, planted), nil); len(got) != 0 {
		t.Errorf("at the limit: %q", got)
	}
	planted["internal/b/b.go"] = names(maxMedian + 1)
	if got := theMedianExportsLittle(read(t, planted), nil); len(got) != 1 {
		t.Errorf("beyond the limit: %q", got)
	}
}

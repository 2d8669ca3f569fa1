package floor

import (
	"fmt"
	"go/ast"
	"go/token"
	"regexp"
	"strconv"
)

// patternsWait: a regular expression that is compiled while the program starts costs every command, also
// those that never use it. Fakes and tools may.
func patternsWait(tr tree, plan []line) (out []string) {
	for _, p := range tr.packages {
		if l, _ := lineOf(plan, p.path); l.floor == fake || l.floor == tool || l.floor == tests {
			continue
		}
		for _, f := range p.files {
			for _, d := range f.ast.Decls {
				g, ok := d.(*ast.GenDecl)
				if !ok || g.Tok != token.VAR {
					continue
				}
				ast.Inspect(g, func(n ast.Node) bool {
					if _, later := n.(*ast.FuncLit); later {
						return false
					}
					if call, ok := n.(*ast.CallExpr); ok {
						if does := atStart(f, call); does != "" {
							out = append(out, fmt.Sprintf("%s %s", tr.fset.Position(call.Pos()), does))
						}
					}
					return true
				})
			}
		}
	}
	return out
}

func atStart(f file, call *ast.CallExpr) string {
	switch {
	case called(f, call, "regexp", "MustCompile"):
		return "compiles a pattern at the start: use lazyregexp.New"
	}
	return ""
}

// sortsAreShared: package slices has a copy of its sorts for each type of element, which makes the program larger.
func sortsAreShared(tr tree, plan []line) (out []string) {
	for _, p := range tr.packages {
		if l, _ := lineOf(plan, p.path); l.floor == tool || l.floor == tests {
			continue
		}
		for _, f := range p.files {
			ast.Inspect(f.ast, func(n ast.Node) bool {
				call, ok := n.(*ast.CallExpr)
				for _, name := range []string{"SortFunc", "SortStableFunc", "SortedFunc", "SortedStableFunc"} {
					if ok && called(f, call, "slices", name) {
						out = append(out, fmt.Sprintf("%s sorts by a copy for one type: use package sorting", tr.fset.Position(call.Pos())))
					}
				}
				return true
			})
		}
	}
	return out
}

// templatesCallNoMethods: one template of the standard library in the product, and the linker keeps every method of every
// type. Tools are programs of their own.
func templatesCallNoMethods(tr tree, plan []line) (out []string) {
	for _, p := range tr.packages {
		if l, _ := lineOf(plan, p.path); l.floor == tool || p.path == "template" {
			continue
		}
		for _, f := range p.files {
			for _, name := range f.imports() {
				if name == "html/template" || name == "text/template" {
					out = append(out, fmt.Sprintf("%s imports %s: use internal/template", f.name, name))
				}
			}
		}
	}
	return out
}

// patternsCompile: what waits for its first use is tried here, as far as it is written out.
func patternsCompile(tr tree, _ []line) (out []string) {
	for _, p := range tr.packages {
		for _, f := range p.files {
			ast.Inspect(f.ast, func(n ast.Node) bool {
				call, ok := n.(*ast.CallExpr)
				if !ok || len(call.Args) != 1 || !called(f, call, module+"/internal/lazyregexp", "New") {
					return true
				}
				if pattern, ok := written(call.Args[0]); ok {
					if _, err := regexp.Compile(pattern); err != nil {
						out = append(out, fmt.Sprintf("%s: %v", tr.fset.Position(call.Pos()), err))
					}
				}
				return true
			})
		}
	}
	return out
}

// called reports whether a call is of a function of an imported package.
func called(f file, call *ast.CallExpr, imported, name string) bool {
	s, ok := call.Fun.(*ast.SelectorExpr)
	if !ok || s.Sel.Name != name {
		return false
	}
	x, ok := s.X.(*ast.Ident)
	return ok && x.Name == localName(f, imported)
}

// written is the text of a literal, or of several that are added; false when anything else is in it.
func written(e ast.Expr) (string, bool) {
	switch e := e.(type) {
	case *ast.BasicLit:
		text, err := strconv.Unquote(e.Value)
		return text, err == nil
	case *ast.BinaryExpr:
		a, first := written(e.X)
		b, second := written(e.Y)
		return a + b, first && second && e.Op == token.ADD
	}
	return "", false
}

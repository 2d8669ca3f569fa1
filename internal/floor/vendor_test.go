package floor

import (
	"fmt"
	"go/ast"
	"path"
	"regexp"
	"slices"
	"strings"
)

// modulesAreNamed holds go.mod and the doors against each other.
func modulesAreNamed(tr tree, doors []door) (out []string) {
	required := map[string]bool{}
	inside := false
	for l := range strings.Lines(tr.goMod) {
		text, comment, _ := strings.Cut(strings.TrimSpace(l), "//")
		fields := strings.Fields(text)
		if len(fields) > 0 && fields[0] == "require" {
			inside = len(fields) > 1 && fields[1] == "("
			fields = fields[1:]
		} else if !inside {
			continue
		}
		switch {
		case len(fields) == 1 && fields[0] == ")":
			inside = false
		case len(fields) == 2:
			required[fields[0]] = true
			if d, ok := doorOf(doors, fields[0]); !strings.Contains(comment, "indirect") && (!ok || d.module != fields[0]) {
				out = append(out,
					fmt.Sprintf(
						"go.mod requires %s, which has no door: name its one package and the reason in internal/floor/doors_test.go",
						fields[0]))
			}
		}
	}
	for _, d := range doors {
		if !required[d.module] {
			out = append(out, fmt.Sprintf("there is a door for %s, which go.mod does not require: remove it", d.module))
		}
		if d.why == "" {
			out = append(out, fmt.Sprintf("the door for %s has no reason", d.module))
		}
	}
	return out
}

// modulesHaveOneDoor: only the named package imports a module. What only tests import may do as it likes, and so may tests.
func modulesHaveOneDoor(tr tree, plan []line, doors []door) (out []string) {
	for _, p := range tr.packages {
		if l, _ := lineOf(plan, p.path); l.floor == tests {
			continue
		}
		for _, f := range p.files {
			for _, imported := range f.imports() {
				if !vendored(imported) {
					continue
				}
				switch d, ok := doorOf(doors, imported); {
				case !ok:
					out = append(out, fmt.Sprintf("%s imports %s, which has no door", f.name, imported))
				case p.path == "cmd/bench" && slices.Contains(compared, imported):
				case d.at == "tests":
					out = append(out, fmt.Sprintf("%s imports %s, which is for tests only", f.name, imported))
				case d.at != "any" && d.at != p.path:
					out = append(out, fmt.Sprintf("%s imports %s, whose door is package %s", f.name, imported, d.at))
				}
			}
		}
	}
	return out
}

// vendorTypesStayInside: no exported signature names a third-party type. The law reads syntax, so it follows our own
// aliases, embedded fields and the unexported types that an exported declaration names; what a variable's initialiser
// infers is judged by whether it mentions a vendor at all.
func vendorTypesStayInside(tr tree, plan []line) (out []string) {
	for _, p := range tr.packages {
		l, _ := lineOf(plan, p.path)
		if l.floor == tests || p.name == "main" {
			continue
		}
		s := surface{tr: tr, types: map[string]declared{}, seen: map[string]bool{}}
		for _, f := range p.files {
			for _, d := range f.ast.Decls {
				if g, ok := d.(*ast.GenDecl); ok {
					for _, spec := range g.Specs {
						if ts, ok := spec.(*ast.TypeSpec); ok {
							s.types[ts.Name.Name] = declared{f, ts}
						}
					}
				}
			}
		}
		for _, f := range p.files {
			s.methods = append(s.methods, methodsOf(f)...)
		}
		for _, f := range p.files {
			s.file(f)
		}
		out = append(out, s.out...)
	}
	return out
}

// surface walks what importers of a package can see.
type surface struct {
	tr      tree
	types   map[string]declared
	methods []method
	seen    map[string]bool
	at      file
	out     []string
}

type declared struct {
	in   file
	spec *ast.TypeSpec
}

type method struct {
	in       file
	receiver string
	decl     *ast.FuncDecl
}

func methodsOf(f file) (out []method) {
	for _, d := range f.ast.Decls {
		fn, ok := d.(*ast.FuncDecl)
		if !ok || fn.Recv == nil || len(fn.Recv.List) == 0 || !fn.Name.IsExported() {
			continue
		}
		t := fn.Recv.List[0].Type
		for {
			switch x := t.(type) {
			case *ast.StarExpr:
				t = x.X
				continue
			case *ast.IndexExpr:
				t = x.X
				continue
			case *ast.IndexListExpr:
				t = x.X
				continue
			case *ast.Ident:
				out = append(out, method{f, x.Name, fn})
			}
			break
		}
	}
	return out
}

func (s *surface) file(f file) {
	s.at = f
	for _, d := range f.ast.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			if d.Recv == nil && d.Name.IsExported() {
				s.visit(d.Type)
			}
		case *ast.GenDecl:
			for _, spec := range d.Specs {
				switch spec := spec.(type) {
				case *ast.TypeSpec:
					if spec.Name.IsExported() {
						s.named(spec.Name.Name)
					}
				case *ast.ValueSpec:
					if !slices.ContainsFunc(spec.Names, (*ast.Ident).IsExported) {
						continue
					}
					if spec.Type != nil {
						s.visit(spec.Type)
						continue
					}
					for _, v := range spec.Values {
						s.visit(v)
					}
				}
			}
		}
	}
}

// named visits a type of the package once: what it is, and its exported methods.
func (s *surface) named(name string) {
	d, ok := s.types[name]
	if !ok || s.seen[name] {
		return
	}
	s.seen[name] = true
	before := s.at
	s.at = d.in
	if d.spec.TypeParams != nil {
		s.visit(d.spec.TypeParams)
	}
	s.visit(d.spec.Type)
	for _, m := range s.methods {
		if m.receiver == name {
			s.at = m.in
			s.visit(m.decl.Type)
		}
	}
	s.at = before
}

func (s *surface) visit(n ast.Node) {
	ast.Inspect(n, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.BlockStmt:
			return false // the body of a function literal
		case *ast.StructType:
			for _, field := range n.Fields.List {
				if len(field.Names) == 0 || slices.ContainsFunc(field.Names, (*ast.Ident).IsExported) {
					s.visit(field.Type)
				}
			}
			return false
		case *ast.SelectorExpr:
			if x, ok := n.X.(*ast.Ident); ok {
				if imported, bad := s.at.vendorOf(x.Name); bad {
					s.out = append(s.out,
						fmt.Sprintf("%s: %s.%s of %s is in an exported signature: wrap it in a type of ours",
							s.tr.fset.Position(n.Pos()), x.Name, n.Sel.Name, imported))
				}
				return false
			}
		case *ast.Ident:
			s.named(n.Name)
		}
		return true
	})
}

var majorVersion = regexp.MustCompile(`^v[0-9]+$`)

// vendorOf tells which third-party import a file means by a package's name. The name of an import without an alias is
// not in the importing file, so it is guessed: the last element of the path that is no version, with or without a "go-"
// before or ".go" behind it.
func (f file) vendorOf(name string) (string, bool) {
	for _, spec := range f.ast.Imports {
		imported := strings.Trim(spec.Path.Value, `"`)
		if !vendored(imported) {
			continue
		}
		if spec.Name != nil {
			if spec.Name.Name == name {
				return imported, true
			}
			continue
		}
		last := path.Base(imported)
		if majorVersion.MatchString(last) {
			last = path.Base(path.Dir(imported))
		}
		if last == name || strings.TrimPrefix(last, "go-") == name || strings.TrimSuffix(last, ".go") == name {
			return imported, true
		}
	}
	return "", false
}

package floor

import (
	"bytes"
	"cmp"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
)

const module = "github.com/lintel-review/lintel"

// tree is the source of the module, parsed and not compiled.
type tree struct {
	fset     *token.FileSet
	packages []*pkg
	files    map[string]bool // everything else there is, for the mirror law
	goMod    string
	shared   func() []copied // what copiesIn finds, sought once for two laws
}

// pkg is one folder with Go files.
type pkg struct {
	path  string // as in the plan
	name  string
	files []file // without tests
	tests []file
}

type file struct {
	name  string // from the module's root
	lines int
	text  []byte
	ast   *ast.File
}

// read parses every Go file of a module. Files of other systems (_windows.go, build tags) are read as well: the laws hold for all.
func read(t *testing.T, root fs.FS) tree {
	t.Helper()
	tr := tree{fset: token.NewFileSet(), files: map[string]bool{}}
	folders := map[string]*pkg{}
	err := fs.WalkDir(root, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		base := d.Name()
		if d.IsDir() {
			if name != "." &&
				(strings.HasPrefix(base, ".") || strings.HasPrefix(base, "_") || base == "testdata" || base == "node_modules") {
				return fs.SkipDir
			}
			// A module of its own is no part of the product: go build ./... does not see it either.
			if _, err := fs.Stat(root, path.Join(name, "go.mod")); err == nil && name != "." {
				return fs.SkipDir
			}
			return nil
		}
		tr.files[name] = true
		switch {
		case name == "go.mod":
			text, err := fs.ReadFile(root, name)
			tr.goMod = string(text)
			return err
		case path.Ext(name) != ".go":
			return nil
		}
		text, err := fs.ReadFile(root, name)
		if err != nil {
			return err
		}
		f, err := parser.ParseFile(tr.fset, name, text, parser.SkipObjectResolution|parser.ParseComments)
		if err != nil {
			return err
		}
		dir := strings.TrimPrefix(path.Dir(name), "internal/")
		p := folders[dir]
		if p == nil {
			p = &pkg{path: dir}
			folders[dir] = p
			tr.packages = append(tr.packages, p)
		}
		one := file{name: name, lines: bytes.Count(text, []byte("\n")), text: text, ast: f}
		if strings.HasSuffix(name, "_test.go") {
			p.tests = append(p.tests, one)
		} else {
			p.files, p.name = append(p.files, one), f.Name.Name
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	tr.packages = slices.DeleteFunc(tr.packages, func(p *pkg) bool { return slices.Contains(unplanned, p.path) })
	slices.SortFunc(tr.packages, func(a, b *pkg) int { return cmp.Compare(a.path, b.path) })
	tr.shared = sync.OnceValue(func() []copied { return copiesIn(tr) })
	return tr
}

// all are the files of a package with its tests.
func (p *pkg) all() []file { return append(slices.Clone(p.files), p.tests...) }

// imports are the import paths of a file.
func (f file) imports() []string {
	var out []string
	for _, spec := range f.ast.Imports {
		if p, err := strconv.Unquote(spec.Path.Value); err == nil {
			out = append(out, p)
		}
	}
	return out
}

// own is the path of one of our packages as in the plan; false for any other import.
func own(imported string) (string, bool) {
	rest, ok := strings.CutPrefix(imported, module+"/")
	return strings.TrimPrefix(rest, "internal/"), ok
}

// vendored reports whether an import path is a third-party module's.
func vendored(imported string) bool {
	first, _, _ := strings.Cut(imported, "/")
	return strings.Contains(first, ".") && !strings.HasPrefix(imported, module+"/")
}

// doorOf is the module of a third-party import, the longest that fits.
func doorOf(doors []door, imported string) (door, bool) {
	var best door
	for _, d := range doors {
		if (imported == d.module || strings.HasPrefix(imported, d.module+"/")) && len(d.module) > len(best.module) {
			best = d
		}
	}
	return best, best.module != ""
}

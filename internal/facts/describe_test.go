package facts

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

// module is the path that the packages of this repository begin with.
const module = "github.com/lintel-review/lintel/"

// descriptions are the comments of the code by their paths in the JSON, so that the published schema explains each
// field in the words of its source.
func descriptions(t *testing.T) map[string]string {
	t.Helper()
	docs := map[string]map[string]string{}
	out := map[string]string{}
	var walk func(typ reflect.Type, path string)
	walk = func(typ reflect.Type, path string) {
		for typ.Kind() == reflect.Pointer {
			typ = typ.Elem()
		}
		switch typ.Kind() {
		case reflect.Slice, reflect.Array, reflect.Map:
			walk(typ.Elem(), strings.TrimPrefix(path+".*", "."))
		case reflect.Struct:
			if docs[typ.PkgPath()] == nil {
				docs[typ.PkgPath()] = comments(t, typ.PkgPath())
			}
			for f := range typ.Fields() {
				if f.Anonymous {
					walk(f.Type, path)
					continue
				}
				name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
				if name == "-" || !f.IsExported() {
					continue
				}
				at := strings.TrimPrefix(path+"."+name, ".")
				if text := docs[typ.PkgPath()][typ.Name()+"."+f.Name]; text != "" {
					out[at] = text
				}
				walk(f.Type, at)
			}
		}
	}
	walk(reflect.TypeFor[Facts](), "")
	return out
}

// comments are those of all fields of all structs of one package, as "Type.Field". A field without its own has that of
// the nearest field above which names it, since one comment often speaks of several fields.
func comments(t *testing.T, pkg string) map[string]string {
	t.Helper()
	dir := filepath.Join("../..", strings.TrimPrefix(pkg, module))
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for _, e := range entries {
		if !strings.HasSuffix(e.Name(), ".go") || strings.HasSuffix(e.Name(), "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(dir, e.Name()), nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			spec, ok := n.(*ast.TypeSpec)
			if !ok {
				return true
			}
			fields, ok := spec.Type.(*ast.StructType)
			if !ok {
				return true
			}
			above := ""
			for _, f := range fields.Fields.List {
				text := f.Doc.Text()
				if text == "" {
					text = f.Comment.Text()
				}
				if text != "" {
					above = text
				}
				for _, name := range f.Names {
					switch {
					case text != "":
						out[spec.Name.Name+"."+name.Name] = strings.Join(strings.Fields(text), " ")
					case strings.Contains(above, name.Name):
						out[spec.Name.Name+"."+name.Name] = strings.Join(strings.Fields(above), " ")
					}
				}
			}
			return true
		})
	}
	return out
}

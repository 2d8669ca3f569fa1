package floor

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

// permissionsAreUsed: what a line of the plan allows, some file of the package does. A permission that nobody uses hides the next import that should
// have been talked about.
func permissionsAreUsed(tr tree, plan []line) (out []string) {
	for _, p := range tr.packages {
		from, ok := lineOf(plan, p.path)
		if !ok {
			continue
		}
		packages, floors := []string{}, []string{}
		for _, f := range p.files {
			for _, imported := range f.imports() {
				if name, ours := own(imported); ours {
					to, _ := lineOf(plan, name)
					packages, floors = append(packages, name), append(floors, "floor:"+string(to.floor))
				}
			}
		}
		for may := range strings.FieldsSeq(from.may) {
			if !slices.Contains(packages, may) && !slices.Contains(floors, may) {
				out = append(out, fmt.Sprintf("the line of %s allows %s, which it does not import: remove it", p.path, may))
			}
		}
	}
	return out
}

func TestUnusedPermission(t *testing.T) {
	tr := read(t, fstest.MapFS{
		"internal/a/a.go":      {Data: []byte("package a\n")},
		"internal/b/b.go":      {Data: []byte("package b\n")},
		"internal/c/c.go":      {Data: []byte("package c\nimport _ \"" + module + "/internal/a\"\n")},
		"internal/c/c_test.go": {Data: []byte("package c\nimport _ \"" + module + "/internal/b\"\n")},
	})
	got := permissionsAreUsed(tr, []line{{"a", words, ""}, {"b", words, ""}, {"c", left, "a b floor:words floor:analysis"}})
	want := []string{"the line of c allows b, which it does not import: remove it", "the line of c allows floor:analysis, which it does not import: remove it"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

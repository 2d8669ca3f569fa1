package floor

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

// permissionsAreUsed: what a line of the plan allows, some file of the package does. A permission that nobody uses
// hides the next import that should have been talked about.
func permissionsAreUsed(tr tree, plan []line) (out []string) {
	for _, p := range tr.packages {
		from, ok := lineOf(plan, p.path)
		if !ok {
			continue
		}
		imported := []line{}
		for _, f := range p.files {
			for _, name := range f.imports() {
				if name, ours := own(name); ours {
					to, _ := lineOf(plan, name)
					imported = append(imported, to)
				}
			}
		}
		for may := range strings.FieldsSeq(from.may) {
			if !slices.ContainsFunc(imported, func(to line) bool { return names(may, to) }) {
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
		"internal/d/e/e.go":    {Data: []byte("package e\n")},
		"internal/f/f.go":      {Data: []byte("package f\nimport _ \"" + module + "/internal/d/e\"\n")},
	})
	got := permissionsAreUsed(tr,
		[]line{
			{"a", words, ""},
			{"b", words, ""},
			{"c", left, "a b floor:words floor:analysis"},
			{"d/e", words, ""},
			{"f", left, "d/* a/*"},
		})
	want := []string{"the line of c allows b, which it does not import: remove it",
		"the line of c allows floor:analysis, which it does not import: remove it",
		"the line of f allows a/*, which it does not import: remove it"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

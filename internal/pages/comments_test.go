package pages

import (
	"go/ast"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"
)

// steps is the paragraph of a recipe, which stands with the archive that follows it.
func steps(t *testing.T, name string) string {
	t.Helper()
	archive := txtar.Parse([]byte(readRoot(t, "internal/floor/recipes/testdata/"+name+".txtar")))
	_, text, ok := strings.Cut(string(archive.Comment), "\n\n")
	if !ok {
		t.Fatalf("the archive %s does not say what to do", name)
	}
	return strings.TrimSpace(text) + "\n"
}

// escapes are the attacks that every sandbox must withstand.
func escapes(t *testing.T) string {
	t.Helper()
	for _, d := range parsed(t, "internal/sandbox/sandboxtest/sandboxtest.go").Decls {
		if f, ok := d.(*ast.FuncDecl); ok && f.Name.Name == "Attack" {
			_, list, _ := strings.Cut(f.Doc.Text(), "\n\n")
			if strings.Count(list, "  - ") < 5 {
				t.Fatal("Attack lists too few attacks")
			}
			return strings.ReplaceAll(strings.TrimPrefix(list, "  "), "\n  ", "\n")
		}
	}
	t.Fatal("sandboxtest has no Attack")
	return ""
}

// guessed is a guess of the fake GitLab: the rest of its comment's paragraph.
var guessed = regexp.MustCompile(`(?m)^// \[\?\] (.+(?:\n// .+)*)`)

// guesses are what the fake GitLab does although no document of GitLab says so.
func guesses(t *testing.T) string {
	t.Helper()
	files, err := filepath.Glob("../../internal/fake/gitlab/*.go")
	if err != nil {
		t.Fatal(err)
	}
	list := ""
	for _, file := range files {
		source := readRoot(t, strings.TrimPrefix(filepath.ToSlash(file), "../../"))
		for _, m := range guessed.FindAllStringSubmatch(source, -1) {
			list += "- " + strings.Join(strings.Fields(strings.ReplaceAll(m[1], "\n//", "\n")), " ") + "\n"
		}
	}
	if strings.Count(list, "\n") < 10 {
		t.Fatal("too few guesses were found")
	}
	return list
}

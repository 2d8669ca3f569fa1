package floor

import (
	"fmt"
	"go/ast"
	"go/token"
	"strings"
)

// oneForges are words of one forge, with the word of the project for what they mean.
var oneForges = map[string]string{"installation": "connection"}

// speaksOneForge are the packages that speak of one forge alone.
var speaksOneForge = []string{"forge/github", "githubaccess", "fake"}

// wordsAreOfNoForge: below the roof, names and comments say what is so on every forge in words of none. A comment may
// use a forge's word where it names the forge. Texts are not read: columns, stored values, settings keys and keys of the
// log keep the names that they were given.
func wordsAreOfNoForge(tr tree, plan []line) (out []string) {
	for _, p := range tr.packages {
		if l, _ := lineOf(plan, p.path); l.floor == roof && p.path != "web" || l.floor == tool ||
			spokenOf(p.path) {
			continue
		}
		for _, f := range p.all() {
			found := func(at token.Pos, text string) {
				for word, ours := range oneForges {
					if strings.Contains(strings.ToLower(text), word) {
						out = append(out, fmt.Sprintf("%s says %q, a word of one forge: say %q", tr.fset.Position(at), word, ours))
					}
				}
			}
			ast.Inspect(f.ast, func(n ast.Node) bool {
				if id, ok := n.(*ast.Ident); ok {
					found(id.Pos(), id.Name)
				}
				return true
			})
			for _, g := range f.ast.Comments {
				if text := g.Text(); !strings.Contains(strings.ToLower(text), "github") {
					found(g.Pos(), text)
				}
			}
		}
	}
	return out
}

// spokenOf reports whether a package is about one forge.
func spokenOf(path string) bool {
	for _, p := range speaksOneForge {
		if path == p || strings.HasPrefix(path, p+"/") {
			return true
		}
	}
	return false
}

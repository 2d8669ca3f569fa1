package floor

import (
	"fmt"
	"go/ast"
	"go/token"
	"regexp"
	"slices"
	"strings"
)

// oneForges are words of one forge, as names and comments write them, with the word of the project for what they mean.
// A check that runs something is no check run.
var oneForges = []struct {
	spoken *regexp.Regexp
	ours   string
	// except are packages in which the word means something else, or one forge's thing.
	except []string
}{
	{regexp.MustCompile(`(?i)installations?`), "connection", nil},
	{regexp.MustCompile(`(?i)(pull[- ]?requests?)`), "change", []string{
		"analysis/workflows", // events of GitHub Actions
		"ci",                 // variables of the CI systems of others
	}},
	{regexp.MustCompile(`(?i)(check-?runs?|check run)(?:$|[^s])`), "check", []string{
		// A run of a check that Lintel runs itself.
		"checkrun", "checkworker", "mirrors", "plan", "review", "store", "tooljobs", "tree", "treehttp",
	}},
}

// speaksOneForge are the packages that speak of one forge alone.
var speaksOneForge = []string{"forge/github", "githubaccess", "fake", "floor"}

// wordsAreOfNoForge: below the roof, names and comments say what is so on every forge in words of none; the glossary is
// docs/adr/0091-words-of-no-forge.md. A comment may use a forge's word where it names the forge. Texts are not read: columns,
// stored values, settings keys and keys of the log keep the names that they were given.
func wordsAreOfNoForge(tr tree, plan []line) (out []string) {
	for _, p := range tr.packages {
		if l, _ := lineOf(plan, p.path); l.floor == roof && p.path != "web" && !strings.HasPrefix(p.path, "web/") ||
			l.floor == tool || within(p.path, speaksOneForge) {
			continue
		}
		for _, f := range p.all() {
			found := func(at token.Pos, text string) {
				for _, w := range oneForges {
					if m := w.spoken.FindStringSubmatch(text); m != nil && !within(p.path, w.except) {
						out = append(out, fmt.Sprintf("%s says %q, a word of one forge: say %q", tr.fset.Position(at),
							strings.ToLower(m[len(m)-1]), w.ours))
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
					found(g.Pos(), strings.Join(strings.Fields(text), " "))
				}
			}
		}
	}
	return out
}

// within reports whether a package is one of some, or below one.
func within(path string, of []string) bool {
	return slices.ContainsFunc(of, func(p string) bool { return path == p || strings.HasPrefix(path, p+"/") })
}

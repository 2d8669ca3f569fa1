package floor

import (
	"fmt"
	"go/ast"
	"go/token"
	"maps"
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

// inText are words of one forge as a text writes them; names, keys and columns have no spaces.
var inText = regexp.MustCompile(`(?i)\b(pull requests?|check runs?|installations?)\b`)

// textsOfOneForge are the rooms below the roof, and pages, whose texts may have a word of one forge, each with the reason.
// Metrics' help, errors of the record and what the log says have none.
var textsOfOneForge = map[string]string{
	"web":                 "pages put their own texts into the words of the forges that are served (web.inWords)",
	"render/comment":      "a command of GitHub's, and what a comment says goes through change.Words.Say",
	"render/chart":        "a chart stands in such a page",
	"flow/definition":     "a page of definitions is such a page, and its documentation says once that they are merge requests on GitLab",
	"flow/stepped":        "its sentence stands in such a page",
	"rollout":             "its sentence stands in such a page, and in a finding that policy.Engine.speak words",
	"organisation":        "its reason stands in such a page",
	"organisationpreview": "its reason stands in such a page",
	"advicejobs":          "the end of a question stands in such a page",
	"budget":              "the reason why nobody asks stands in such a page",
	"weekly":              "it words its report itself (change.Words.Say)",
	"policy":              "the manual of a rule, which is such a page",
	"chat":                "the table of commands, which replies word by the forge",
	"publish":             "the button of GitHub's check",
	"settings":            "the reference of keys, which is for both forges and written once",
	"change":              "the words themselves",
	"flow":                "a parser of stored names, for programs",
	"past":                "the command line words it",
	"backfill":            "the command line words it",
	"operator":            "the command line words it",
	"survey":              "it reads messages of commits that GitHub wrote",
	"aftermath":           "it reads messages of commits that people and GitHub wrote",
	"churn":               "it reads messages of commits that GitHub wrote",
	"backtest":            "it counts merges by the messages that GitHub wrote",
	"analysis/workflows":  "workflows are GitHub's",
	"analysis/secrets":    "a kind of token is called so",
	"eval":                "labelled data came from GitHub",
	"ingest":              "a step of a workflow of GitHub",
	"setup":               "it registers an App on GitHub",
	"checkhost":           "a check runs, which is a sentence",
}

// spokenTexts finds words of one forge in the texts of a file.
func spokenTexts(f *ast.File, found func(at token.Pos, text string)) {
	tags := map[*ast.BasicLit]bool{}
	ast.Inspect(f, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.ImportSpec:
			return false
		case *ast.Field:
			tags[n.Tag] = true
		case *ast.BasicLit:
			if m := inText.FindString(n.Value); n.Kind == token.STRING && !tags[n] && m != "" {
				found(n.Pos(), m)
			}
		}
		return true
	})
}

// wordsAreOfNoForge: below the roof, names and comments say what is so on every forge in words of none; the glossary is
// docs/adr/0091-words-of-no-forge.md. A comment may use a forge's word where it names the forge. Columns,
// stored values, settings keys and keys of the log keep the names that they were given. What texts may say is textsOfOneForge's.
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
			if !slices.ContainsFunc(p.tests, func(t file) bool { return t.ast == f.ast }) &&
				!within(p.path, slices.Collect(maps.Keys(textsOfOneForge))) {
				spokenTexts(f.ast, func(at token.Pos, text string) {
					if within(p.path, []string{"store"}) && strings.HasPrefix(strings.ToLower(text), "installation") {
						return // a column
					}
					out = append(out, fmt.Sprintf("%s says %q in a text, a word of one forge: say what fits all, or give the reason in "+
						"internal/floor/forge_words_test.go", tr.fset.Position(at), strings.ToLower(text)))
				})
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

package facts

import (
	"path"
	"strings"

	"github.com/lintel-review/lintel/internal/controls"
	"github.com/lintel-review/lintel/internal/diff"
	"github.com/lintel-review/lintel/internal/language"
)

// kinds counts the changed files by what they are about.
type kinds struct{ folders, dependencies, automation, migrations, sensitive, rules, unread int }

// kindsOf tells what files are about by the words of their paths. Tests and documentation are about nothing: they are
// neither run nor deployed.
func kindsOf(files []diff.File) (k kinds) {
	folders := map[string]bool{}
	for _, f := range files {
		if !f.Complete() {
			k.unread++
		}
		folders[path.Dir(f.Path)] = true
		words := wordsOf(f.Path)
		switch {
		case controls.Is(f.Path) || f.OldPath != "" && controls.Is(f.OldPath):
			k.rules++
		case language.Manifest(f.Path) || language.LockFile(f.Path):
			k.dependencies++
		case hasAny(words, unrun):
		case automates(f.Path, words):
			k.automation++
		case hasAny(words, migration) || strings.HasSuffix(strings.ToLower(f.Path), ".sql"):
			k.migrations++
		case hasAny(words, sensitive):
			k.sensitive++
		}
	}
	k.folders = len(folders)
	return k
}

// wordsOf are the words of a path in lower case: "pkg/userAuth/pass_word.go" has pkg, user, auth, pass, word and go.
func wordsOf(p string) map[string]bool {
	words := map[string]bool{}
	var word strings.Builder
	end := func() {
		if word.Len() > 0 {
			words[strings.ToLower(word.String())] = true
			word.Reset()
		}
	}
	lower := false
	for _, c := range p {
		letter := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c > 127
		if !letter || lower && c >= 'A' && c <= 'Z' {
			end()
		}
		if letter {
			word.WriteRune(c)
		}
		lower = c >= 'a' && c <= 'z'
	}
	end()
	return words
}

func hasAny(words map[string]bool, of []string) bool {
	for _, w := range of {
		if words[w] {
			return true
		}
	}
	return false
}

var (
	unrun = []string{
		"test", "tests", "testdata", "spec", "specs", "fixtures", "docs", "doc", "md", "rst", "adoc", "examples", "mocks",
	}
	migration = []string{"migration", "migrations", "migrate"}
	sensitive = []string{
		"auth", "authn", "authz", "oauth", "oidc", "saml", "sso", "login", "session", "sessions", "password", "passwords",
		"secret", "secrets", "credential", "credentials", "crypto", "cipher", "encrypt", "encryption", "acl", "rbac",
		"permission", "permissions", "payment", "payments", "billing",
	}
	automation = []string{
		"dockerfile", "containerfile", "jenkinsfile", "makefile", "terraform", "tf", "helm", "kustomization", "ansible",
		"deploy", "deployment",
	}
	pipelines = []string{
		".github/workflows/", ".github/actions/", ".gitlab-ci", ".circleci/", ".buildkite/", "azure-pipelines",
	}
)

// automates reports whether a file builds, deploys or runs CI.
func automates(p string, words map[string]bool) bool {
	for _, folder := range pipelines {
		if strings.HasPrefix(p, folder) {
			return true
		}
	}
	return hasAny(words, automation)
}

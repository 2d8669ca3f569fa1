package risk

import (
	"strings"

	"github.com/lintel-review/lintel/internal/controls"
	"github.com/lintel-review/lintel/internal/language"
)

// The signals that count files by what they are about.
const (
	Rules        = "rule_files"
	Dependencies = "dependency_files"
	Automation   = "automation_files"
	Migrations   = "migration_files"
	Sensitive    = "sensitive_files"
)

// About tells what a file is about by the words of its path, as the name of a signal; empty when it is about none of
// them. The old path counts for files that rule reviews alone, since moving one away changes the rules. Tests and
// documentation are about nothing: they are neither run nor deployed.
func About(path, oldPath string) string {
	words := wordsOf(path)
	switch {
	case controls.Is(path) || oldPath != "" && controls.Is(oldPath):
		return Rules
	case language.Manifest(path) || language.LockFile(path):
		return Dependencies
	case hasAny(words, unrun):
	case automates(path, words):
		return Automation
	case hasAny(words, migration) || strings.HasSuffix(strings.ToLower(path), ".sql"):
		return Migrations
	case hasAny(words, sensitive):
		return Sensitive
	}
	return ""
}

// OfFile gives the points of one file by what it is about, and says that for people: "Migration of stored data". Both are
// empty for a file that is about nothing.
func OfFile(path, oldPath string) (points int, about string) {
	signal := About(path, oldPath)
	for _, w := range Weights() {
		if w.Signal == signal {
			return w.points(1), strings.ToUpper(w.One[:1]) + w.One[1:]
		}
	}
	return 0, ""
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

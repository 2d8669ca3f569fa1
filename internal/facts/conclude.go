package facts

import (
	"path"
	"strings"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/controls"
	"github.com/lintel-review/lintel/internal/diff"
	"github.com/lintel-review/lintel/internal/language"
	"github.com/lintel-review/lintel/internal/risk"
)

// conclude is the second stage of Gather: what all families' facts, and the paths of the change, say of its risk.
func conclude(f *Facts, s *change.Snapshot) risk.Facts {
	var unknown []string
	if f.Coverage.Patch.Lines.Measured == 0 {
		unknown = append(unknown, "coverage")
	}
	for _, x := range f.Failed {
		unknown = append(unknown, x.Family)
	}
	return risk.Conclude(signals(f, s), unknown)
}

// signals are all that has a weight. A family that comes later adds its own here, and a line to the table of weights.
func signals(f *Facts, s *change.Snapshot) []risk.Signal {
	of := kindsOf(s.Files)
	return []risk.Signal{
		{Name: "new_lines", Count: f.Size.New.Lines},
		{Name: "files", Count: f.Size.New.Files},
		{Name: "folders", Count: of.folders},
		{Name: "owner_groups", Count: len(f.Ownership.Groups) + f.Ownership.MoreGroups},
		{Name: "uncovered_lines", Count: f.Coverage.Patch.Lines.Measured - f.Coverage.Patch.Lines.Hits},
		{Name: "dependency_files", Count: of.dependencies},
		{Name: "automation_files", Count: of.automation},
		{Name: "migration_files", Count: of.migrations},
		{Name: "sensitive_files", Count: of.sensitive},
		{Name: "rule_files", Count: of.rules},
		{Name: "unread_files", Count: of.unread + max(f.Files.Total-f.Files.Listed, 0)},
		{Name: "linter_findings", Count: len(f.Lint.Findings) + f.Lint.More},
	}
}

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

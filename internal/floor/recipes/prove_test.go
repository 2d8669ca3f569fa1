package recipes

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestRecipes follows all recipes on one copy of the tree, builds the program with them, and has each show what it promises.
func TestRecipes(t *testing.T) {
	s := newScratch(t, load(t))
	lintel := s.build(t, "cmd/lintel")
	tests := s.compile(t, "internal/floor", "internal/forge/mirror", "internal/notify", "internal/web",
		"internal/analysis/lint/formats", "internal/analysis/lint/formats/oxlint")
	t.Run("laws", func(t *testing.T) { tests.run(t, "internal/floor", "^TestFloor$") })
	t.Run("command", func(t *testing.T) { commandRuns(t, s, lintel) })
	t.Run("forge", func(t *testing.T) { tests.run(t, "internal/forge/mirror", "^TestForge$") })
	t.Run("job", func(t *testing.T) { tests.run(t, "internal/notify", "^TestNotify$") })
	t.Run("page", func(t *testing.T) { tests.run(t, "internal/web", "^TestGatePage$") })
	t.Run("report-format", func(t *testing.T) { formatIsRead(t, tests, lintel) })
	t.Run("rule", func(t *testing.T) { ruleFires(t, s, lintel) })
}

// ruleFires: the rule can explain itself, its tests pass, its page is written, and it finds what it is for in a real repository.
func ruleFires(t *testing.T, s scratch, lintel string) {
	run(t, s.copied, lintel, "policy", "lint", "policies")
	run(t, s.copied, lintel, "policy", "test", "policies")
	run(t, s.copied, lintel, "policy", "docs", "--output", "docs/rules", "policies")
	if page := read(t, s.copied, "docs/rules/size.md"); !strings.Contains(page, "## submodule") {
		t.Errorf("docs/rules/size.md does not show the rule")
	}
	repository := t.TempDir()
	git(t, repository, "init", "--quiet", "--initial-branch", "main")
	write(t, repository, "shop.go", "package shop\n")
	git(t, repository, "add", ".")
	git(t, repository, "commit", "--quiet", "--message", "feat: open the shop")
	git(t, repository, "switch", "--quiet", "--create", "topic")
	git(t, repository, "update-index", "--add", "--cacheinfo", "160000,1111111111111111111111111111111111111111,lib")
	git(t, repository, "commit", "--quiet", "--message", "build: take a newer lib")
	if out, _ := try(t, repository, lintel, "check", "--base", "main"); !strings.Contains(out, "size/submodule") {
		t.Errorf("lintel check does not report the submodule:\n%s", out)
	}
}

// commandRuns: the command is in the help, explains itself, and does its work.
func commandRuns(t *testing.T, s scratch, lintel string) {
	for _, c := range []struct{ args, want string }{
		{"--help", "List the families of rules."},
		{"families --help", "Print the title of each family"},
		{"families", "commits\ncoverage\n"},
	} {
		if out := run(t, s.copied, lintel, strings.Fields(c.args)...); !strings.Contains(out, c.want) {
			t.Errorf("lintel %s does not say %q:\n%s", c.args, c.want, out)
		}
	}
}

// formatIsRead: the reader's own tests and those of all formats pass, and lintel check reads a report of the format.
func formatIsRead(t *testing.T, c tests, lintel string) {
	c.run(t, "internal/analysis/lint/formats/oxlint", "^TestRead$")
	c.run(t, "internal/analysis/lint/formats", ".")
	repository := t.TempDir()
	git(t, repository, "init", "--quiet", "--initial-branch", "main")
	write(t, repository, "shop.ts", "open()\n")
	git(t, repository, "add", ".")
	git(t, repository, "commit", "--quiet", "--message", "feat: open the shop")
	git(t, repository, "switch", "--quiet", "--create", "topic")
	write(t, repository, "shop.ts", "open()\nclose()\n")
	git(t, repository, "commit", "--quiet", "--all", "--message", "feat: close the shop")
	write(t, repository, "report.json",
		`{"diagnostics":[{"message":"no `+
			`debugger","code":"no-debugger","filename":"shop.ts","labels":[{"span":{"line":2,"column":1}}]}],"number_of_files":1}`)
	if out, _ := try(t, repository, lintel, "check", "--base", "main", "--report", "lint:auto:report.json"); !strings.Contains(out,
		"no debugger") {
		t.Errorf("lintel check does not show what the report says:\n%s", out)
	}
}

func git(t *testing.T, dir string, args ...string) {
	t.Helper()
	who := []string{"-c", "user.name=Wendy", "-c", "user.email=wendy@example.com", "-c", "commit.gpgsign=false"}
	run(t, dir, "git", append(who, args...)...)
}

func read(t *testing.T, dir, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func write(t *testing.T, dir, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

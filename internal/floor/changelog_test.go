package floor

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestChangelogIsHeld runs the check of CHANGELOG.md on a repository without a tag.
func TestChangelogIsHeld(t *testing.T) {
	script, err := filepath.Abs("../../scripts/check-changelog.sh")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	run := func(name string, args ...string) (string, error) {
		cmd := exec.CommandContext(t.Context(), name, args...)
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL=/dev/null", "GIT_AUTHOR_NAME=a", "GIT_AUTHOR_EMAIL=a@example.com",
			"GIT_COMMITTER_NAME=a", "GIT_COMMITTER_EMAIL=a@example.com")
		out, err := cmd.CombinedOutput()
		return string(out), err
	}
	git := func(args ...string) {
		t.Helper()
		if out, err := run("git", args...); err != nil {
			t.Fatalf("git %q: %v\n%s", args, err, out)
		}
	}
	git("init", "--quiet")
	const release = "\n## 0.1.0 (2026-01-02)\n\n### Added\n\n- x\n"
	for _, step := range []struct{ what, text, commit, want string }{
		{"nothing landed", "", "docs: begin", ""},
		{"a feature landed", "", "feat(x): new", `"## Unreleased" of CHANGELOG.md is empty`},
		{"it is noted", "\n### Added\n\n- x\n", "docs: note", ""},
		{"no kind of change", "\n### Nice\n\n- x\n", "docs: note", `"### Nice" is no kind of change`},
		{"an empty group", "\n### Added\n\n### Fixed\n\n- x\n", "docs: note", `"### Added" under "## Unreleased" has no line`},
		{"a group twice", "\n### Fixed\n\n- x\n\n### Fixed\n\n- x\n", "docs: note", `"### Fixed" comes twice`},
		{"a release", release, "chore: release", ""},
		{"a fix after it", release, "fix!: y", "1 feat or fix commits landed"},
	} {
		text := "# Changelog\n\n## Unreleased\n" + step.text
		if err := os.WriteFile(filepath.Join(dir, "CHANGELOG.md"), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		git("add", "CHANGELOG.md")
		git("commit", "--quiet", "--allow-empty", "--message", step.commit)
		out, err := run(script, "CHANGELOG.md")
		if (err == nil) != (step.want == "") || !strings.Contains(out, step.want) {
			t.Errorf("%s: %v, %q, want %q", step.what, err, out, step.want)
		}
	}
}

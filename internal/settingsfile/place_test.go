//race:unwatched
package settingsfile

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// TestPlace: a repository's remote says where its settings belong, and its files only where the remote does not.
func TestPlace(t *testing.T) {
	const hub, lab = ".github/lintel.yml", ".gitlab/lintel.yml"
	for name, c := range map[string]struct {
		origin string
		files  []string
		want   string
		there  bool
	}{
		"nothing":                    {"", nil, hub, false},
		"GitHub":                     {"git@github.com:acme/shop.git", nil, hub, false},
		"GitHub with GitLab's CI":    {"https://github.com/acme/shop", []string{".gitlab-ci.yml"}, hub, false},
		"GitHub with both":           {"https://github.com/acme/shop", []string{lab, hub}, hub, true},
		"GitLab":                     {"https://gitlab.example.com/acme/tools/shop.git", nil, lab, false},
		"GitLab with GitHub's":       {"git@gitlab.com:acme/shop.git", []string{".github/workflows/ci.yml"}, lab, false},
		"GitLab, settings are there": {"git@gitlab.com:acme/shop.git", []string{".lintel.yml"}, ".lintel.yml", true},
		"another host":               {"https://git.example.com/acme/shop", []string{".gitlab-ci.yml"}, lab, false},
		"another host, both":         {"https://git.example.com/shop", []string{".gitlab-ci.yml", ".github/workflows/ci.yml"}, hub, false},
		"another host, settings":     {"https://git.example.com/acme/shop", []string{".github/dependabot.yml", lab}, lab, true},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			for _, args := range [][]string{{"init", "-q"}, {"remote", "add", "origin", c.origin}} {
				if c.origin == "" {
					break
				}
				out, err := exec.CommandContext(t.Context(), "git", append([]string{"-C", dir}, args...)...).CombinedOutput()
				if err != nil {
					t.Fatalf("%v: %s", err, out)
				}
			}
			for _, f := range c.files {
				if err := os.MkdirAll(filepath.Join(dir, filepath.Dir(f)), 0o700); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(filepath.Join(dir, f), nil, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			if got, there := Place(t.Context(), dir); got != c.want || there != c.there {
				t.Errorf("%s, there %v; want %s, %v", got, there, c.want, c.there)
			}
		})
	}
}

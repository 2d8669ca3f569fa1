package check_test

import (
	"os/exec"
	"strings"
	"testing"

	fakehub "github.com/lintel-review/lintel/internal/fake/github"
	acme "github.com/lintel-review/lintel/internal/fake/github/shop"
)

const shop = acme.Name

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// anew makes a commit without parents that holds what a branch does.
func anew(t *testing.T, hub *fakehub.Hub, branch string) string {
	t.Helper()
	dir, err := hub.GitDir(shop)
	must(t, err)
	out, err := exec.CommandContext(t.Context(), "git", "--git-dir", dir, "-c", "user.name=wendy", "-c",
		"user.email=wendy@acme.example", "commit-tree", "-m", "feat: begin anew", hub.Tip(shop, branch)+"^{tree}").Output()
	must(t, err)
	return strings.TrimSpace(string(out))
}

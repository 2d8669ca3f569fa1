package server_test

import (
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lintel-review/lintel/internal/config"
	fakehub "github.com/lintel-review/lintel/internal/fake/github"
	"github.com/lintel-review/lintel/internal/server"
)

// ATTACK: get around what the organisation asks of every repository, by the repository's own settings.
//
// STEPS: switch a family off that the floor enforces, on the base branch; propose the same in a pull request; start the
// server with a floor that nobody can read.
//
// WHAT MUST HOLD: the floor holds, and the check says so; the pull request is told file and line; the server does not
// start without the floor that it was given.
func TestStoryOrganisation(t *testing.T) {
	t.Parallel()
	hub := world(t, fakehub.Options{})
	_, err := hub.Install("acme")
	must(t, err)
	const lax = "version: 1\ncommits: {mode: 'off'}\n"
	commit(t, hub, shop, fakehub.Commit{Branch: "main", Author: "olga", Message: "chore: lax", Files: fakehub.Files{
		".github/lintel.yml": lax,
	}})
	dir := t.TempDir()
	floor := filepath.Join(dir, "acme.yml")
	must(t, os.WriteFile(floor, []byte("version: 1\nfloor:\n  commits: {mode: enforce}\n"), 0o600))
	r := start(t, hub, dir, func(c *config.Config, _ *server.Options) { c.Organisation.SettingsFile = floor })
	r.quiet()

	sha := commit(t, hub, shop, fakehub.Commit{Branch: "wip", From: "main", Author: "wendy", Message: "WIP refunds", Files: fakehub.Files{
		"pay/refund.go": "package pay\n",
	}})
	open(t, hub, shop, fakehub.Pull{Title: "feat: refund", Head: "wip", Base: "main", Author: "wendy"})
	if run := r.run(sha, "failure"); !strings.Contains(run.Summary, "marked as unfinished") ||
		!strings.Contains(run.Text, "The organisation's floor holds** 1 setting, by `acme.yml`: `commits.mode` at `\"enforce\"` (line 3)") {
		t.Errorf("the floor does not hold, or the check does not say so:\n%s\n%s", run.Summary, run.Text)
	}

	sha = commit(t, hub, shop, fakehub.Commit{Branch: "laxer", From: "main", Author: "wendy", Message: "chore: ask for less",
		Files: fakehub.Files{".github/lintel.yml": lax + "size: {mode: warn}\n"}})
	open(t, hub, shop, fakehub.Pull{Title: "chore: ask for less", Head: "laxer", Base: "main", Author: "wendy"})
	if run := r.run(sha, "failure"); !strings.Contains(run.Summary, "commits.mode is laxer than the organisation's floor") {
		t.Errorf("the change that loosens is not told:\n%s", run.Summary)
	}

	broken := r.config
	broken.Database = "sqlite://" + filepath.Join(t.TempDir(), "lintel.db")
	for name, text := range map[string]string{"invalid": "version: 1\nfloor: {commits: {mode: sometimes}}\n", "absent": ""} {
		broken.Organisation.SettingsFile = filepath.Join(dir, name+".yml")
		if text != "" {
			must(t, os.WriteFile(broken.Organisation.SettingsFile, []byte(text), 0o600))
		}
		s, err := server.New(t.Context(), broken, server.Options{Log: slog.New(slog.DiscardHandler), Engine: shippedPolicies(t)})
		if err == nil {
			must(t, s.Close())
			t.Errorf("the server starts with a floor that is %s", name)
		}
	}
}

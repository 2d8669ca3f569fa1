package server_test

import (
	"strings"
	"testing"

	fakehub "github.com/lintel-review/lintel/internal/fake/github"
)

// ATTACK: have a lock file merged without its owners, under cover of a waiver that the settings give to a bot's own changes.
//
// STEPS: write the bot's name into a commit of one's own pull request; push to the bot's branch, in one's own name and
// in the bot's; rename a lock file to code on the bot's branch.
//
// WHAT MUST HOLD: the waiver lasts while the forge says that the bot opened the pull request and made each commit, for
// files of the waiver alone; what ends it is said.

const waiving = "version: 1\ncommits: { mode: warn }\nownership:\n  mode: enforce\n  waive: { authors: [dependabot] }\n"

// bots is a shop whose lock files mika owns, with dependabot installed.
func bots(t *testing.T) *rig {
	t.Helper()
	hub := world(t, fakehub.Options{})
	spec, err := hub.AddApp(fakehub.AppSpec{ID: 29110, Slug: "dependabot"})
	must(t, err)
	_, err = hub.InstallApp(spec.ID, "acme")
	must(t, err)
	_, err = hub.Install("acme")
	must(t, err)
	commit(t, hub, shop, fakehub.Commit{Branch: "main", Author: "olga", Message: "chore: waive", Files: fakehub.Files{
		".github/lintel.yml": waiving, "CODEOWNERS": "* @mika\n", "web/package-lock.json": strings.Repeat("{}\n", 20),
	}})
	r := start(t, hub, t.TempDir(), nil)
	r.quiet()
	return r
}

func lockUpdate(by string, signed bool) fakehub.Commit {
	return fakehub.Commit{
		Branch:  "deps",
		From:    "main",
		Author:  by,
		Signed:  signed,
		Message: "chore: bump x",
		Files:   fakehub.Files{"web/package-lock.json": strings.Repeat("{}\n", 20) + "{\"a\":1}\n"},
	}
}

func (r *rig) openDeps(by string) {
	r.t.Helper()
	open(r.t, r.hub, shop, fakehub.Pull{Title: "chore: bump x", Head: "deps", Base: "main", Author: by})
}

func TestStoryWaiver(t *testing.T) {
	t.Parallel()
	const bot = "dependabot[bot]"
	t.Run("the bot's own change passes, and says why", func(t *testing.T) {
		r := bots(t)
		sha := commit(t, r.hub, shop, lockUpdate(bot, true))
		r.openDeps(bot)
		if run := r.run(sha, "success"); !strings.Contains(run.Text+run.Summary, "ownership.waive") {
			t.Errorf("the waiver is not told:\n%s\n%s", run.Summary, run.Text)
		}
	})
	t.Run("the bot's name in a person's pull request waives nothing", func(t *testing.T) {
		r := bots(t)
		sha := commit(t, r.hub, shop, lockUpdate(bot, false))
		r.openDeps("wendy")
		r.run(sha, "failure")
		r.neverGreen(sha)
	})
	t.Run("a person's push ends it, and who it was is said", func(t *testing.T) {
		r := bots(t)
		commit(t, r.hub, shop, lockUpdate(bot, true))
		r.openDeps(bot)
		r.quiet()
		sha := commit(t, r.hub, shop,
			fakehub.Commit{
				Branch:  "deps",
				Author:  "wendy",
				Message: "fix: the lock",
				Files:   fakehub.Files{"web/package-lock.json": "[]\n"},
			})
		if run := r.run(sha, "failure"); !strings.Contains(run.Text+run.Summary, "is by wendy") {
			t.Errorf("what ended the waiver is not told:\n%s\n%s", run.Summary, run.Text)
		}
		r.neverGreen(sha)
	})
	t.Run("a push in the bot's name ends it", func(t *testing.T) {
		r := bots(t)
		commit(t, r.hub, shop, lockUpdate(bot, true))
		r.openDeps(bot)
		r.quiet()
		sha := commit(t, r.hub, shop,
			fakehub.Commit{Branch: "deps", Author: bot, Message: "chore: bump y", Files: fakehub.Files{"web/package-lock.json": "[1]\n"}})
		if run := r.run(sha, "failure"); !strings.Contains(run.Text+run.Summary, "without a signature") {
			t.Errorf("what ended the waiver is not told:\n%s\n%s", run.Summary, run.Text)
		}
		r.neverGreen(sha)
	})
	t.Run("what the waiver does not name needs its owner", func(t *testing.T) {
		r := bots(t)
		c := lockUpdate(bot, true)
		c.Files, c.Delete = fakehub.Files{"web/index.js": strings.Repeat("{}\n", 20)}, []string{"web/package-lock.json"}
		sha := commit(t, r.hub, shop, c)
		r.openDeps(bot)
		r.run(sha, "failure")
		r.neverGreen(sha)
	})
}

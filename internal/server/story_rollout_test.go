package server_test

import (
	"fmt"
	"strings"
	"testing"

	fakehub "github.com/lintel-review/lintel/internal/fake/github"
)

// TestStoryRollout: a family goes from shadow to enforce. In shadow nobody sees its findings, and they are stored. The
// pull request that lets it block says in its own check what it would have blocked, and operators see the same. A
// rollout that is over is said on each check, with whoever owns it as plain text.
func TestStoryRollout(t *testing.T) {
	t.Parallel()
	hub := world(t, fakehub.Options{})
	_, err := hub.Install("acme")
	must(t, err)
	settings := func(commits string) string {
		return "version: 1\ncommits: {mode: " + commits + "}\nownership: {mode: 'off'}\nsize: {mode: enforce, fail_over: 1, until: " +
			"2020-02-29, owner: \"<img src=x> @acme/core ![x](https://evil.example/x)\", reason: \"| a | `b` <!-- c\"}\n"
	}
	commit(t, hub, shop, fakehub.Commit{Branch: "main", Author: "olga", Message: "ci: try it out", Files: fakehub.Files{
		".github/lintel.yml": settings("shadow"),
	}})
	r := start(t, hub, t.TempDir())
	r.quiet()
	propose := func(branch, message, title string, files fakehub.Files) (number int, sha string) {
		sha = commit(t, hub, shop, fakehub.Commit{Branch: branch, From: "main", Author: "wendy", Message: message, Files: files})
		return open(t, hub, shop, fakehub.Pull{Title: title, Head: branch, Base: "main", Author: "wendy"}), sha
	}
	merge := func(number int) {
		must(t, hub.MergePull(shop, number, "squash", "wendy"))
		r.quiet()
	}

	// Two bad titles: one is corrected, the other is merged and reverted.
	_, sha := propose("first", "WIP refunds", "WIP refunds", fakehub.Files{"cart/a.go": "package cart\n\nvar A = 1\n"})
	run := r.run(sha, "success")
	if said := run.Summary + run.Text; strings.Contains(said, "commits/") || strings.Contains(said, "unfinished") {
		t.Errorf("the check shows what is in shadow:\n%s", said)
	}
	said := run.Summary + run.Text + fmt.Sprint(run.Annotations)
	for _, want := range []string{"A rollout has ended", "The rollout of size ended on 2020-02-29"} {
		if !strings.Contains(said, want) {
			t.Errorf("the check does not say %q:\n%s", want, said)
		}
	}
	for _, bad := range []string{"<img", " @acme/core", "](https://evil.example", "<!-- c"} {
		if strings.Contains(run.Summary+run.Text, bad) {
			t.Errorf("the owner's text is markup, %q:\n%s\n%s", bad, run.Summary, run.Text)
		}
	}
	number, sha := propose("second", "WIP gifts for all", "WIP gifts for all", fakehub.Files{"cart/b.go": "package cart\n\nvar B = 1\n"})
	r.run(sha, "success")
	merge(number)
	number, sha = propose("third", "fix: take the gifts back", `Revert "WIP gifts for all"`,
		fakehub.Files{"cart/b.go": "package cart\n"})
	r.run(sha, "success")
	merge(number)

	// Operators see it, and so does whoever is about to let the family block.
	page := r.adminPage("/rules/evidence?repo=acme/shop")
	if !strings.Contains(page, "of the last 3 pull requests, 1 of them was reverted later") {
		t.Errorf("the page lacks the evidence:\n%s", page)
	}
	number, sha = propose("enforce", "ci: enforce commits", "ci: enforce commits",
		fakehub.Files{".github/lintel.yml": settings("enforce")})
	run = r.run(sha, "success")
	said = run.Summary + run.Text + fmt.Sprint(run.Annotations)
	for _, want := range []string{
		"The proposed settings let rules block", "shadow now, would have blocked", "1 of them was reverted later",
	} {
		if !strings.Contains(said, want) {
			t.Errorf("the check of the new settings does not say %q:\n%s", want, said)
		}
	}
	merge(number)
	_, sha = propose("fifth", "WIP refunds again", "WIP refunds again", fakehub.Files{"cart/c.go": "package cart\n\nvar C = 1\n"})
	r.run(sha, "failure")
}

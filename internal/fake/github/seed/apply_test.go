//race:unwatched
package seed_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	fakehub "github.com/lintel-review/lintel/internal/fake/github"
	"github.com/lintel-review/lintel/internal/fake/github/seed"
	"github.com/lintel-review/lintel/internal/fake/testkey"
)

const world = `
users:
  - { login: olga, token: tok_olga }
  - { login: wendy }
organizations:
  - login: acme
    base_permission: none
    members: { olga: admin, wendy: member }
    teams:
      - { slug: platform }
      - { slug: storage, parent: platform, members: { wendy: maintainer } }
repositories:
  - owner: acme
    name: shop
    private: true
    default_branch: trunk
    teams: { platform: write }
    merge_methods: [squash]
    protection: { trunk: { checks: [lintel] } }
    commits:
      - { message: "feat: begin", files: { README.md: "# Shop\n", old: "x\n" } }
      - { branch: topic, author: wendy, message: "fix: less", delete: [old] }
      - { branch: other, from: topic, message: "feat: more", files: { more: "y\n" } }
  - { owner: olga, name: site, collaborators: { wendy: read } }
`

func apply(t *testing.T, text string) (*fakehub.Hub, seed.Applied) {
	t.Helper()
	s, problems, err := seed.Parse("seed.yaml", []byte(text))
	if err != nil || len(problems) > 0 {
		t.Fatalf("%v, %v", problems, err)
	}
	hub, err := fakehub.New(fakehub.Options{Key: testkey.RSA()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := hub.Close(); err != nil {
			t.Error(err)
		}
	})
	applied, err := seed.Apply(t.Context(), hub, s)
	if err != nil {
		t.Fatal(err)
	}
	return hub, applied
}

func TestApply(t *testing.T) {
	hub, applied := apply(t, world)
	if applied.Tokens["olga"] != "tok_olga" || len(applied.Tokens["wendy"]) < 20 {
		t.Errorf("tokens %v: olga's is given, wendy's is made up", applied.Tokens)
	}
	if applied.Installations["acme"] == 0 || applied.Installations["olga"] == 0 || len(applied.Installations) != 2 {
		t.Errorf("installations %v, want every owner of a repository", applied.Installations)
	}
	tips := map[string]string{}
	for _, branch := range []string{"trunk", "topic", "other"} {
		tips[branch] = hub.Tip("acme/shop", branch)
		if tips[branch] == "" {
			t.Errorf("no branch %s", branch)
		}
	}
	// Wendy may write by the team above hers: a pull request and its merge show that, and the required check.
	n, err := hub.OpenPull("acme/shop", fakehub.Pull{Head: "other", Title: "feat: more", Author: "wendy"})
	if err != nil {
		t.Fatal(err)
	}
	if err := hub.MergePull("acme/shop", n, "squash", "wendy"); err == nil {
		t.Error("merged without the required check")
	}
	if _, err := hub.PostRun("acme/shop", tips["other"], "lintel", "success", hub.App().ID); err != nil {
		t.Fatal(err)
	}
	if err := hub.MergePull("acme/shop", n, "rebase", "wendy"); err == nil {
		t.Error("merged by a method that the seed does not allow")
	}
	if err := hub.MergePull("acme/shop", n, "squash", "wendy"); err != nil {
		t.Errorf("merge: %v", err)
	}
}

func TestApplyChosenRepositories(t *testing.T) {
	_, applied := apply(t, world+"installations: [ { account: acme, repositories: [shop] } ]\n")
	if diff := cmp.Diff([]string{"acme"}, keys(applied.Installations)); diff != "" {
		t.Errorf("installed on (-want +got):\n%s", diff)
	}
}

func TestApplyNowhereInstalled(t *testing.T) {
	_, applied := apply(t, world+"installations: []\n")
	if len(applied.Installations) != 0 {
		t.Errorf("installed on %v, the file says nowhere", applied.Installations)
	}
}

// TestDocumentedExample applies the seed file that docs/fakehub.md shows.
func TestDocumentedExample(t *testing.T) {
	example, err := os.ReadFile(filepath.Join("testdata", "example.yml"))
	if err != nil {
		t.Fatal(err)
	}
	hub, applied := apply(t, string(example))
	if applied.Tokens["olga"] != "tok_olga" || hub.Tip("acme/shop", "other") == "" {
		t.Errorf("tokens %v, branch other at %q", applied.Tokens, hub.Tip("acme/shop", "other"))
	}
}

func keys(m map[string]int64) []string {
	var out []string
	for k := range m {
		out = append(out, k)
	}
	return out
}

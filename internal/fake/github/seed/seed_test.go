package seed_test

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"github.com/lintel-review/lintel/internal/fake/github/seed"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func TestParse(t *testing.T) {
	got, problems, err := seed.Parse("seed.yaml", []byte(`
users:
  - { login: olga, token: tok_olga }
  - { login: Wendy-W, name: Wendy, email: wendy@example.com }
organizations:
  - login: acme
    base_permission: read
    members: { olga: admin, wendy-w: member }
    teams:
      - { slug: platform, members: { olga: maintainer } }
      - { slug: storage, parent: platform }
repositories:
  - owner: acme
    name: shop
    teams: { storage: write }
    collaborators: { wendy-w: maintain }
    merge_methods: [squash]
    squash_title: PR_TITLE
    protection: { main: { checks: [lintel], reviews: 1 } }
    commits:
      - { author: olga, message: "feat: begin", files: { README.md: "# Shop\n", a/b.go: "package a\n" } }
      - { branch: topic/x, message: "fix: less", delete: [a/b.go] }
      - { branch: other, from: topic/x, message: "fix: more", files: { c: "" } }
  - { owner: olga, name: site }
installations:
  - { account: acme, repositories: [shop] }
`))
	if err != nil || len(problems) > 0 {
		t.Fatalf("%v, %v", problems, err)
	}
	want := seed.Seed{
		Users: []seed.User{{Login: "olga", Token: "tok_olga"}, {Login: "Wendy-W", Name: "Wendy", Email: "wendy@example.com"}},
		Organizations: []seed.Organization{{
			Login: "acme", BasePermission: "read", Members: map[string]string{"olga": "admin", "wendy-w": "member"},
			Teams: []seed.Team{{Slug: "platform", Members: map[string]string{"olga": "maintainer"}}, {Slug: "storage", Parent: "platform"}},
		}},
		Repositories: []seed.Repository{{
			Owner: "acme", Name: "shop", Teams: map[string]string{"storage": "write"},
			Collaborators: map[string]string{"wendy-w": "maintain"},
			MergeMethods:  []string{"squash"}, SquashTitle: "PR_TITLE",
			Protection: map[string]seed.Protection{"main": {Checks: []string{"lintel"}, Reviews: 1}},
			Commits: []seed.Commit{
				{Author: "olga", Message: "feat: begin", Files: map[string]string{"README.md": "# Shop\n", "a/b.go": "package a\n"}},
				{Branch: "topic/x", Message: "fix: less", Delete: []string{"a/b.go"}},
				{Branch: "other", From: "topic/x", Message: "fix: more", Files: map[string]string{"c": ""}},
			},
		}, {Owner: "olga", Name: "site"}},
		Installations: []seed.Installation{{Account: "acme", Repositories: []string{"shop"}}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("seed (-want +got):\n%s", diff)
	}
}

func TestParseEmpty(t *testing.T) {
	if _, problems, err := seed.Parse("seed.yaml", nil); err != nil || len(problems) > 0 {
		t.Errorf("%v, %v", problems, err)
	}
}

// TestParseProblems reads testdata/problems.txtar: a seed file "name.yaml" and the problems it gets, "name.problems".
func TestParseProblems(t *testing.T) {
	file := filepath.Join("testdata", "problems.txtar")
	archive, err := txtar.ParseFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i+1 < len(archive.Files); i += 2 {
		in, want := &archive.Files[i], &archive.Files[i+1]
		t.Run(in.Name, func(t *testing.T) {
			_, problems, err := seed.Parse(in.Name, in.Data)
			if err != nil {
				t.Fatal(err)
			}
			var b strings.Builder
			for _, p := range problems {
				b.WriteString(p.String() + "\n")
			}
			if b.Len() == 0 {
				t.Error("no problem was found")
			}
			if *update {
				want.Data = []byte(b.String())
			}
			if diff := cmp.Diff(string(want.Data), b.String()); diff != "" {
				t.Errorf("problems (-want +got):\n%s", diff)
			}
		})
	}
	if *update {
		if err := os.WriteFile(file, txtar.Format(archive), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte("users: [{login: a}]\nrepositories: [{owner: a, name: b, commits: [{message: m, files: {x: y}}]}]\n"))
	f.Add([]byte("organizations: [{login: a, teams: [{slug: t, parent: t}]}]\ninstallations: [{account: a, repositories: [x]}]\n"))
	f.Add([]byte("users: &a [*a]\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		s, problems, err := seed.Parse("f", data)
		if err != nil {
			t.Fatal(err)
		}
		if len(problems) > 0 && !cmp.Equal(s, seed.Seed{}) {
			t.Error("a seed came with problems")
		}
	})
}

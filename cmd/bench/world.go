package main

import (
	"fmt"
	"math/rand/v2"
	"strings"

	fakehub "github.com/lintel-review/lintel/internal/fake/github"
)

// The people: olga owns the organisations, wendy writes, mika and rita approve for the team payments.
func addPeople(hub *fakehub.Hub) error {
	for _, login := range []string{"olga", "wendy", "mika", "rita"} {
		if err := hub.AddUser(fakehub.User{Login: login}); err != nil {
			return err
		}
	}
	return nil
}

// folders hold ten files each in the sample repository.
var folders = []string{"cart", "pay", "search", "mail", "web/pages", "web/style", "tools", "docs/guide"}

// addRepository makes an organisation with the team payments and one repository as a real one looks: settings,
// CODEOWNERS of 30 rules, attributes, 80 files.
func addRepository(hub *fakehub.Hub, org, name string) (repo string, err error) {
	if err := hub.AddOrg(
		fakehub.Org{
			Login:   org,
			Members: map[string]string{"olga": "admin", "wendy": "member", "mika": "member", "rita": "member"},
		}); err != nil {
		return "", err
	}
	people := map[string]string{"olga": "admin", "wendy": "write", "mika": "write", "rita": "write"}
	if _, err := hub.AddRepo(fakehub.Repo{Owner: org, Name: name, Collaborators: people}); err != nil {
		return "", err
	}
	repo = org + "/" + name
	members := map[string]string{"mika": "member", "rita": "maintainer"}
	if err := hub.AddTeam(fakehub.Team{Org: org, Slug: "payments", Members: members, Repos: map[string]string{repo: "push"}}); err != nil {
		return "", err
	}
	files := fakehub.Files{
		".github/lintel.yml": "version: 1\ncommits: { mode: enforce, conventional: true }\nownership: { mode: enforce " +
			"}\nsize: { mode: enforce, fail_over: 1000 }\n",
		".github/CODEOWNERS": codeownersOf(org), ".gitattributes": "*.svg linguist-generated\n", "README.md": "# Sample\n",
	}
	for _, folder := range folders {
		for i := range 10 {
			files[fmt.Sprintf("%s/file%d.go", folder, i)] = source(folder, i, 0)
		}
	}
	_, err = hub.Commit(repo, fakehub.Commit{Branch: "main", Author: "olga", Message: "feat: start", Files: files})
	return repo, err
}

// codeownersOf is 30 rules: the folder pay belongs to the team payments, most others to nobody who must approve here.
func codeownersOf(org string) string {
	var b strings.Builder
	for i := range 28 {
		fmt.Fprintf(&b, "/services/s%d/ @olga\n", i)
	}
	fmt.Fprintf(&b, "/pay/ @%s/payments @mika\n*.sql @olga\n", org)
	return b.String()
}

// source is a file of about 40 lines; salt changes three of them.
func source(folder string, n, salt int) string {
	var b strings.Builder
	fmt.Fprintf(&b, "package %s\n\n", folder[strings.LastIndex(folder, "/")+1:])
	for i := range 36 {
		if salt != 0 && i%12 == 5 {
			fmt.Fprintf(&b, "var v%d_%d = compute(%d, %d) // changed\n", n, i, i, salt)
			continue
		}
		fmt.Fprintf(&b, "var v%d_%d = compute(%d, 0)\n", n, i, i)
	}
	return b.String()
}

// pull is an open pull request of the sample.
type pull struct {
	repo, branch string
	number       int
	head         string
	salt         int
	// manifests is set when each push also changes files that families read whole.
	manifests bool
}

// openPull opens a pull request that changes twenty files (ten when all are in one folder); those in the folder pay are
// owned by the team payments.
func openPull(hub *fakehub.Hub, repo string, n int, in []string) (*pull, error) {
	p := &pull{repo: repo, branch: fmt.Sprintf("change-%d", n), salt: 1}
	files := fakehub.Files{}
	for i := range min(20, 10*len(in)) {
		folder := in[i%len(in)]
		files[fmt.Sprintf("%s/file%d.go", folder, i/len(in))] = source(folder, i/len(in), n+1)
	}
	var err error
	if p.head, err = hub.Commit(repo,
		fakehub.Commit{Branch: p.branch, From: "main", Author: "wendy", Message: "feat(cart): compute anew", Files: files}); err != nil {
		return nil, err
	}
	p.number, err = hub.OpenPull(repo, fakehub.Pull{Head: p.branch, Base: "main", Title: "feat(cart): compute anew", Author: "wendy"})
	return p, err
}

// approve is the approval of an owner at the present head.
func (p *pull) approve(hub *fakehub.Hub) error {
	_, err := hub.Review(p.repo, p.number, fakehub.Review{Author: "mika", State: "APPROVE"})
	return err
}

// push adds a commit to a file without owners, so that the approval still holds.
func (p *pull) push(hub *fakehub.Hub) (err error) {
	p.salt++
	files := fakehub.Files{"cart/file0.go": source("cart", 0, 1000+p.salt)}
	if p.manifests {
		random := func() *rand.Rand { return rand.New(rand.NewPCG(1, uint64(p.salt))) }
		files["tools/package.json"] = packageJSON(random(), p.number, true)
		files[".github/workflows/build.yml"] = workflowSource(random(), p.number, true)
	}
	p.head, err = hub.Commit(p.repo, fakehub.Commit{Branch: p.branch, Author: "wendy",
		Message: fmt.Sprintf("fix(cart): compute case %d", p.salt), Files: files})
	return err
}

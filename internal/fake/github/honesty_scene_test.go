package github

import (
	"encoding/json"
	"strconv"
	"testing"
)

// populate makes an organisation with a repository that olga owns, wendy may write and rita may read, and installs the
// App on it and on rita's account.
func (s *scene) populate() {
	s.t.Helper()
	must := func(err error) {
		s.t.Helper()
		if err != nil {
			s.t.Fatal(err)
		}
	}
	for _, login := range []string{"olga", "wendy", "rita"} {
		must(s.hub.AddUser(User{Login: login, Name: login, Email: login + "@example.com"}))
		token, err := s.hub.Token(login)
		must(err)
		s.tokens[login] = token
	}
	must(s.hub.AddOrg(Org{Login: org, Members: map[string]string{"olga": "admin", "wendy": "member"}}))
	_, err := s.hub.AddRepo(Repo{Owner: org, Name: shop, Description: "A shop"})
	must(err)
	must(s.hub.AddTeam(Team{
		Org:     org,
		Slug:    "platform",
		Members: map[string]string{"wendy": "maintainer"},
		Repos:   map[string]string{org + "/" + shop: "push"},
	}))
	must(s.hub.AddTeam(Team{Org: org, Slug: "storage", Parent: "platform", Members: map[string]string{"wendy": "member"}}))
	_, err = s.hub.Commit(org+"/"+shop, Commit{Author: "olga", Message: "feat: begin", Files: Files{
		"README.md": "# Shop\n", ".github/CODEOWNERS": "* @acme/platform\n/x @nobody\n", "cart/cart.go": "package cart\n",
	}})
	must(err)
	s.installation, err = s.hub.Install(org)
	must(err)
	_, err = s.hub.Install("rita")
	must(err)
}

// pressButton is what a person does on the page of a check run; GitHub has no API for it.
func (s *scene) pressButton(run int64) {
	s.t.Helper()
	if err := s.hub.RequestAction(org+"/"+shop, run, "recheck", "wendy"); err != nil {
		s.t.Fatal(err)
	}
}

// markReady is GraphQL only on GitHub as well.
func (s *scene) markReady(number int) {
	s.t.Helper()
	if err := s.hub.SetDraft(org+"/"+shop, number, false, "rita"); err != nil {
		s.t.Fatal(err)
	}
}

// count is how often a delivery arrived.
func (r *receiver) count(guid string) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	n := 0
	for _, a := range r.got {
		if a.guid == guid {
			n++
		}
	}
	return n
}

func itoa(n int) string { return strconv.Itoa(n) }

func decode(t *testing.T, data []byte, v any) {
	t.Helper()
	if err := json.Unmarshal(data, v); err != nil {
		t.Fatal(err)
	}
}

// comment leaves a comment in the conversation.
func (s *scene) comment(n int) {
	s.t.Helper()
	if _, err := s.hub.Comment(org+"/"+shop, n, "rita", "nice"); err != nil {
		s.t.Fatal(err)
	}
}

// blob is the id of a file on main.
func (s *scene) blob(name string) string {
	s.t.Helper()
	file, _, _, err := s.asInstallation.Repositories.GetContents(s.ctx, org, shop, name, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	return file.GetSHA()
}

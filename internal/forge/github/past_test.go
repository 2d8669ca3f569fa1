package github_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/lintel-review/lintel/internal/change"
	fakehub "github.com/lintel-review/lintel/internal/fake/github"
)

// TestVouchedCommits: an author in the text of a commit proves nothing; a commit that GitHub made for an account and signed does.
func TestVouchedCommits(t *testing.T) {
	s := newShop(t, fakehub.Options{})
	must(t, s.hub.AddUser(fakehub.User{Login: "adele", Email: "adele@example.org"}))
	n, _ := s.topic(t, "signed", fakehub.Files{"a.txt": "a\n"})
	for i, c := range []fakehub.Commit{
		{Message: "feat: plain", Author: "wendy"},
		{Message: "feat: through the forge", Author: "wendy", Signed: true},
		{Message: "feat: in another's name", Author: "wendy", AuthorName: "Adele", AuthorEmail: "adele@example.org"},
		{Message: "feat: by nobody known", Author: "wendy", AuthorName: "X", AuthorEmail: "x@example.net", Signed: true},
	} {
		c.Branch, c.Files = "signed", fakehub.Files{"a.txt": fmt.Sprint(i)}
		_, err := s.hub.Commit("acme/shop", c)
		must(t, err)
	}
	for _, rest := range []bool{false, true} {
		s.forge.REST = rest
		var got []string
		for _, c := range s.read(t, n).Commits[1:] {
			login := ""
			if c.AuthorAccount != nil {
				login = c.AuthorAccount.Login
			}
			got = append(got, fmt.Sprint(login, " ", c.Vouched))
		}
		if want := "wendy false, wendy true, adele false,  false"; strings.Join(got, ", ") != want {
			t.Errorf("REST %v: %v, want %s", rest, got, want)
		}
	}
}

// TestHistoryOfTheDefaultBranch: the newest headers come with the first response, by either way of reading.
func TestHistoryOfTheDefaultBranch(t *testing.T) {
	s := newShop(t, fakehub.Options{})
	for i := range 120 {
		_, err := s.hub.Commit("acme/shop",
			fakehub.Commit{
				Author:  "wendy",
				Message: fmt.Sprintf("net/http: read %d\n\nwhy", i),
				Files:   fakehub.Files{"b.txt": fmt.Sprint(i)},
			})
		must(t, err)
	}
	n, _ := s.topic(t, "late", fakehub.Files{"a.txt": "a\n"})
	for _, rest := range []bool{false, true} {
		s.forge.REST = rest
		past := s.read(t, n).History
		if len(past) != change.MaxHistory || past[0] != (change.Past{Header: "net/http: read 119", Parents: 1}) {
			t.Errorf("REST %v: %d headers, first %+v", rest, len(past), past[:min(len(past), 1)])
		}
	}
}

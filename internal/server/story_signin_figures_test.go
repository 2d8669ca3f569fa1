package server_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/delivery"
	fakehub "github.com/lintel-review/lintel/internal/fake/github"
)

// ATTACK: a viewer asks the pages of figures, and their exports, for a repository that they may not read: by listing
// everything, by its name, by a pull request's page, by what a form offers.
//
// WHAT MUST HOLD: a viewer sees the figures of what they may read and nothing of the rest: no name, no row, no count.
func TestStorySignInFigures(t *testing.T) {
	t.Parallel()
	r, p, _, n := doors(t)
	commit(t, r.hub, "acme/vault", fakehub.Commit{Branch: "second", From: "main", Author: "olga", Message: "feat: second",
		Files: fakehub.Files{"b": "b\n"}})
	second := open(t, r.hub, "acme/vault", fakehub.Pull{Title: "feat: second", Head: "second", Base: "main", Author: "olga"})
	must(t, r.hub.MergePull("acme/vault", second, "merge", "olga"))
	r.quiet()
	for id, name := range map[int64]string{901: "shop-tools", 902: "safe"} {
		_, err := r.server.Record().Admit(t.Context(), delivery.Admission{
			Delivery: delivery.Delivery{ID: name, Forge: change.GitLab, Name: "x", ReceivedAt: time.Now()}, Outcome: delivery.Ignored,
			Seen: []delivery.Seen{
				{Forge: change.GitLab, Repository: change.Repository{ID: id, Owner: "acme", Name: name}, Gone: true},
			},
		})
		must(t, err)
	}
	pages := []string{"/flow", "/flow.json", "/flow.csv", "/flow/pulls?show=open", "/flow/pulls.json?show=open",
		"/flow/pulls.csv?show=open", "/flow/pulls?show=open&sort=slowest", "/flow?author=all&base=all&compare=none", "/definitions"}
	for _, x := range []struct {
		name, way, login string
		groups           []string
		shop, vault      bool
	}{
		{"a viewer by a group", "oidc", "vic", []string{"shop"}, true, false},
		{"a group that nobody gave a repository", "oidc", "val", []string{"shop-other"}, false, false},
		{"a member on GitHub", "github", "wendy", nil, true, true},
		{"a stranger on GitHub", "github", "mallory", nil, false, false},
		{"an auditor", "oidc", "ann", nil, true, true},
	} {
		b := r.browser()
		b.signIn(p, x.way, x.login, x.groups...)
		if x.login == "val" {
			if a := b.get("/flow"); a.status == http.StatusOK {
				t.Errorf("%s sees figures: %d", x.name, a.status)
			}
			continue
		}
		everything := ""
		for _, path := range pages {
			a := b.get(path)
			if a.status != http.StatusOK {
				t.Errorf("%s at %s: %d %s", x.name, path, a.status, a.body)
			}
			everything += a.body
		}
		for _, of := range []string{"", "&repo=acme/vault"} {
			var counted struct{ Merged int64 }
			must(t, json.Unmarshal([]byte(b.get("/flow.json?base=all&author=all"+of).body), &counted))
			if (counted.Merged == 1) != x.vault || counted.Merged > 1 {
				t.Errorf("%s counts %d merged, of a repository that they see: %t", x.name, counted.Merged, x.vault)
			}
		}
		trend := b.get("/flow.csv?base=all&author=all").body
		if strings.Contains(trend, ",1,") != x.vault {
			t.Errorf("%s gets a trend with what was merged, %t:\n%s", x.name, !x.vault, trend)
		}
		for name, may := range map[string]bool{"acme/shop": x.shop, "acme/vault": x.vault} {
			if strings.Contains(everything, name) != may {
				t.Errorf("%s sees %s: %t, want %t", x.name, name, !may, may)
			}
			short := strings.TrimPrefix(name, "acme/")
			list := "/flow/pulls.json?show=open"
			for _, path := range []string{"/flow/pulls.csv?show=open", list, list + "&repo=" + name} {
				if got := b.get(path).body; strings.Contains(got, short) != may {
					t.Errorf("%s at %s, of %s: %s", x.name, path, name, got)
				}
			}
			if got := b.get("/flow/pulls.csv?show=open&repo=" + name).body; strings.Contains(got, short+",") != may {
				t.Errorf("%s asks for %s: %s", x.name, name, got)
			}
			number := map[string]int{"shop": n, "vault": 1}[short]
			// What is public has a page for everybody on GitHub, as its pull requests have there.
			want := may || x.login == "mallory" && short == "shop"
			if got := b.get(fmt.Sprintf("/flow/pull/github/%s/%d", name, number)).status; (got == http.StatusOK) != want {
				t.Errorf("%s at the page of %s: %d", x.name, name, got)
			}
			if got := b.get("/flow/dora?repo=" + name).status; (got == http.StatusOK) != may {
				t.Errorf("%s at DORA of %s: %d", x.name, name, got)
			}
		}
		for path, may := range map[string]bool{"": x.shop && x.way == "oidc", "&forge=gitlab": x.shop && x.way == "oidc",
			"&forge=github": false} {
			if got := b.get("/rules/evidence?repo=acme/shop-tools" + path).status; (got == http.StatusOK) != may {
				t.Errorf("%s at the evidence of a project of GitLab%s: %d", x.name, path, got)
			}
		}
		if got := b.get("/rules/evidence?repo=acme/safe").status; (got == http.StatusOK) != (x.login == "ann") {
			t.Errorf("%s at the evidence of a project that nobody gave them: %d", x.name, got)
		}
		if got := b.get("/flow/dora").status; (got == http.StatusOK) != (x.login == "ann") {
			t.Errorf("%s at DORA of all: %d", x.name, got)
		}
	}
}

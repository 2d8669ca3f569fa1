package web

import (
	"net/http"
	"strings"
	"testing"

	"github.com/lintel-review/lintel/internal/change"
)

// mergeRequest is merge request n of the project group/sub/name of GitLab.
func mergeRequest(n int) change.Ref {
	return change.Ref{Key: change.Key{Forge: change.GitLab, RepoID: 7, Number: n}, Owner: "group/sub", Name: "name", Connection: 1}
}

// TestPagesOfGitLab: a page of a merge request links to GitLab, with its paths and its words, and pages about one repository
// find a project; a name that both forges have is asked for and never guessed.
func TestPagesOfGitLab(t *testing.T) {
	s := newScene(t)
	admin := Admin(s.Pages.o.Log, s.overview(), s.health(), s.Pages, nil, func(mux *http.ServeMux) {
		s.Pages.RouteEvidence(mux, s.Store)
		s.Pages.RouteAudit(mux, s.Store)
	})
	s.deliver(mergeRequest(5), sha("a"), nil, "opened")
	s.verdict(mergeRequest(5), judgement{title: "feat: sell"})
	page := get(admin, "/pr/gitlab/group/sub/name/5").Body.String()
	for _, want := range []string{
		`href="https://gitlab.example.com/group/sub/name"`, `href="https://gitlab.example.com/group/sub/name/-/merge_requests/5"`,
		`href="https://gitlab.example.com/group/sub/name/-/commit/` + sha("a") + `"`, "View merge request !5",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %s: %s", want, page)
		}
	}
	if strings.Contains(page, "github.example.com/group") {
		t.Error("the page of a merge request links to GitHub")
	}
	pages := []string{"/rules?repo=", "/rules/evidence?repo=", "/audit?repo="}
	for _, path := range pages {
		if w := get(admin, path+"group/sub/name"); w.Code != http.StatusOK {
			t.Errorf("%sgroup/sub/name: %d %s", path, w.Code, w.Body)
		}
	}
	if text := get(admin, "/rules/evidence").Body.String(); !strings.Contains(text, "among the 1 ") {
		t.Errorf("the evidence of all repositories leaves GitLab's out: %s", text)
	}
	twin := mergeRequest(1)
	twin.RepoID, twin.Owner, twin.Name = 8, "acme", "shop"
	s.deliver(twin, sha("b"), nil, "opened")
	s.deliver(pull(1), sha("c"), nil, "opened")
	for _, path := range pages {
		if w := get(admin, path+"acme/shop"); w.Code != http.StatusBadRequest || !strings.Contains(w.Body.String(), "forge=gitlab") {
			t.Errorf("%sacme/shop, which both have: %d", path, w.Code)
		}
		for _, forge := range change.Forges() {
			if w := get(admin, path+"acme/shop&forge="+string(forge)); w.Code != http.StatusOK {
				t.Errorf("%sacme/shop of %s: %d", path, forge, w.Code)
			}
		}
		if w := get(admin, path+"acme/shop&forge=local"); w.Code != http.StatusNotFound {
			t.Errorf("%sacme/shop of a forge that is none: %d", path, w.Code)
		}
	}
}

package web

import (
	"context"
	"errors"
	"html/template"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/lintel-review/lintel/internal/change"
)

// TestPageHasTheForgesWords opens a merge request before its first verdict, when its page has no title to show.
func TestPageHasTheForgesWords(t *testing.T) {
	g := newGate(t)
	for forge, want := range map[change.Forge]string{
		change.GitHub: `Pull request</bdi> <span class="no">#31<`,
		change.GitLab: `Merge request</bdi> <span class="no">!31<`,
	} {
		ref := pull(31)
		ref.Forge = forge
		g.deliver(ref, sha("1"), nil, "opened")
		w := get(g.Handler, g.signed(ref))
		if !strings.Contains(w.Body.String(), want) {
			t.Errorf("%s: status %d, the page does not say %q", forge, w.Code, want)
		}
	}
}

// TestPageSaysWhatHoldsNoMerge: where GitLab approves by itself, or nothing holds a merge, the page of an open merge request
// says so first.
func TestPageSaysWhatHoldsNoMerge(t *testing.T) {
	g := newGate(t)
	ref := pull(31)
	ref.Forge = change.GitLab
	g.deliver(ref, sha("1"), nil, "opened")
	for gate, want := range map[string]string{"auto_approved": "GitLab takes it for approved by itself", "approval": "",
		"none": "Nothing holds the merge"} {
		g.Pages.o.Held = func(_ context.Context, forge change.Forge, repo int64) (string, error) {
			if forge != change.GitLab || repo != ref.RepoID {
				t.Errorf("it asks for %s %d", forge, repo)
			}
			return gate, nil
		}
		body := get(g.Handler, g.signed(ref)).Body.String()
		for _, text := range []string{"GitLab takes it for approved by itself", "Nothing holds the merge"} {
			if strings.Contains(body, text) != (text == want) {
				t.Errorf("%s: the page says %q: %v", gate, text, text != want)
			}
		}
	}
	g.Pages.o.Held = func(context.Context, change.Forge, int64) (string, error) { return "", errors.New("broken") }
	if w := get(g.Handler, g.signed(ref)); w.Code == http.StatusOK {
		t.Error("a page is shown that does not know what holds the merge")
	}
}

// TestPagesHaveTheServersWords: pages of a whole server call changes as its forge does, or by a word that fits all; what
// people wrote stays as they wrote it, and so do pages of one change.
func TestPagesHaveTheServersWords(t *testing.T) {
	g := newGate(t)
	g.deliver(pull(31), sha("1"), nil, "opened")
	g.verdict(pull(31), judgement{title: "docs: what a pull request is"})
	admin := g.admin(g.overview(), g.health())
	theirs := `<bdi dir="auto">Pull requests</bdi><code>pull request</code><input value="pull requests">` +
		`<option value="pull requests">pull requests</option>`
	for _, c := range []struct {
		sites           change.Sites
		flow, rule, tab string
	}{
		{change.Sites{change.GitHub: ""}, "Flow of pull requests", "Lintel reviews pull requests", "<title>Pull requests"},
		{change.Sites{change.GitLab: ""}, "Flow of merge requests", "Lintel reviews merge requests", "<title>Merge requests"},
		{change.Sites{change.GitHub: "", change.GitLab: ""}, "Flow of changes", "Lintel reviews changes", "<title>Changes"},
	} {
		g.Pages.words = c.sites.Words()
		page := get(admin, "/").Body.String()
		if lacks := in(page, c.flow, "docs: what a pull request is"); lacks != "" {
			t.Errorf("%v: the overview lacks %q", c.sites, lacks)
		}
		if !strings.Contains(get(g.Handler, "/").Body.String(), c.rule) {
			t.Errorf("%v: the front page does not say %q", c.sites, c.rule)
		}
		w := httptest.NewRecorder()
		g.Pages.Page(w, httptest.NewRequest(http.MethodGet, "/flow/pulls", nil), http.StatusOK, "Pull requests", "../",
			template.HTML(`<h1>Pull requests</h1>`+theirs))
		if body := w.Body.String(); !strings.Contains(body, c.tab) || !strings.Contains(body, theirs) {
			t.Errorf("%v: the page of another room is\n%s", c.sites, body)
		}
		if one := get(admin, g.path(pull(31))).Body.String(); !strings.Contains(one, "View pull request #31") {
			t.Errorf("%v: the page of one change has other words", c.sites)
		}
	}
}

package fleet

import (
	"context"
	"errors"
	"fmt"
	"html/template"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/fleet"
)

var now = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// record has some repositories, or fails.
type record struct {
	repositories []fleet.Repository
	open         []fleet.Change
	refusals     []fleet.Refusals
	err          error
}

func (r record) Repositories(context.Context) ([]fleet.Repository, error) {
	return r.repositories, r.err
}

func (r record) OpenOf(context.Context, change.Repository, change.Forge) ([]fleet.Change, error) {
	return r.open, r.err
}

func (r record) RefusalsSince(context.Context, change.Forge, int64, time.Time) ([]fleet.Refusals, error) {
	return r.refusals, r.err
}

func (r record) RepositoryNamed(_ context.Context, forge change.Forge, owner, name string) (change.Repository, error) {
	if forge == change.GitLab && owner == "acme/tools" && name == "shop" {
		return change.Repository{ID: 7, Owner: owner, Name: name}, nil
	}
	if owner+"/"+name != "acme/shop" {
		return change.Repository{}, change.ErrNotFound
	}
	return change.Repository{ID: 7, Owner: "acme", Name: "shop"}, nil
}

// shell is a page without head and foot.
type shell struct{}

func (shell) Page(w http.ResponseWriter, _ *http.Request, status int, title, root string, content template.HTML) {
	w.WriteHeader(status)
	fmt.Fprintf(w, "<title>%s</title>%s<!-- %s -->", template.HTMLEscapeString(title), content, root)
}

func (shell) Trouble(w http.ResponseWriter, _ *http.Request, err error) {
	http.Error(w, err.Error(), http.StatusServiceUnavailable)
}

func (shell) Missing(w http.ResponseWriter, r *http.Request) { http.NotFound(w, r) }

func get(t *testing.T, r record, path string) *httptest.ResponseRecorder {
	t.Helper()
	p, err := New(r, shell{}, func() time.Time { return now })
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	p.Route(mux)
	w := httptest.NewRecorder()
	mux.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
	return w
}

func sixty() record {
	r := record{refusals: []fleet.Refusals{{Rule: "size/too-large", Refused: 12, Repositories: 3}}}
	for i := range 60 {
		r.repositories = append(r.repositories, fleet.Repository{Forge: change.GitHub, ID: int64(i), Name: fmt.Sprintf("acme/s-%02d", i)})
	}
	shop := &r.repositories[7]
	shop.Name, shop.Open, shop.Waiting, shop.WaitingSince, shop.Refused = "acme/shop", 3, 1, now.Add(-3*time.Hour), 1
	shop.Failing, shop.Failure = 1, "<script>alert(1)</script> the forge is down"
	shop.Calls, shop.Tokens, shop.Micro = 2, 41_000, 1_234_567
	r.open = []fleet.Change{
		{Ref: change.Ref{Key: change.Key{Number: 5}}, Title: "<b>bold</b>", WaitingSince: now.Add(-3 * time.Hour),
			Failure: "the forge is down"},
		{Ref: change.Ref{Key: change.Key{Number: 6}}, Conclusion: "success", JudgedAt: now.Add(-50 * time.Hour)},
		{Ref: change.Ref{Key: change.Key{Number: 7}}, Conclusion: "failure", Draft: true},
		{Ref: change.Ref{Key: change.Key{Number: 8}}, Conclusion: "pending"},
		{Ref: change.Ref{Key: change.Key{Number: 9}}},
	}
	return r
}

func TestList(t *testing.T) {
	t.Parallel()
	w := get(t, sixty(), "/repositories")
	body := w.Body.String()
	for _, want := range []string{
		"60 of 60 repositories. What fails", `href="./repositories/acme/shop"`, "1 look failed", "&lt;script&gt;", "1, 3 hours", "1.23",
		"41 k tokens", `href="./docs/rules/size#too-large"`, `href="./repositories?page=2"`,
	} {
		if !strings.Contains(body, want) {
			t.Errorf("the list does not show %q", want)
		}
	}
	if strings.Contains(body, "<script>") || strings.Contains(body, "s-59") {
		t.Error("markup of others, or more than a page")
	}
	if body := get(t, sixty(), "/repositories?page=2").Body.String(); !strings.Contains(body, "s-59") ||
		!strings.Contains(body, `href="./repositories?"`) && !strings.Contains(body, `href="./repositories"`) {
		t.Error("the second page")
	}
	if body := get(t, sixty(), "/repositories?q=shop&state=failing").Body.String(); !strings.Contains(body, "1 of 60 repositories") ||
		strings.Contains(body, "s-01") || !strings.Contains(body, `value="failing" selected`) || !strings.Contains(body, `value="shop"`) {
		t.Error("narrowed:\n" + body)
	}
	if body := get(t, sixty(), "/repositories?q=%22%3E%3Cscript%3E").Body.String(); strings.Contains(body, "<script>") ||
		!strings.Contains(body, "There is no such repository.") {
		t.Error("hostile words")
	}
	if w := get(t, sixty(), "/repositories?state=x"); w.Code != http.StatusBadRequest ||
		!strings.Contains(w.Body.String(), "there is no state") {
		t.Errorf("%d", w.Code)
	}
	if body := get(t, record{}, "/repositories").Body.String(); !strings.Contains(body, "has heard of no repository yet") {
		t.Error("an empty record")
	}
	if w := get(t, record{err: errors.New("locked")}, "/repositories"); w.Code != http.StatusServiceUnavailable {
		t.Errorf("%d", w.Code)
	}
}

func TestListJSON(t *testing.T) {
	t.Parallel()
	w := get(t, sixty(), "/repositories.json?state=failing")
	for _, want := range []string{`"found":1`, `"name":"acme/shop"`, `"more":false`, `"micro":1234567`} {
		if !strings.Contains(w.Body.String(), want) {
			t.Errorf("no %s in %s", want, w.Body)
		}
	}
	if w := get(t, sixty(), "/repositories.json?page=x"); w.Code != http.StatusBadRequest {
		t.Errorf("%d", w.Code)
	}
}

func TestOne(t *testing.T) {
	t.Parallel()
	body := get(t, sixty(), "/repositories/acme/shop").Body.String()
	for _, want := range []string{
		"<title>acme/shop</title>", `href="../../pr/github/acme/shop/5"`, "look failed", "the forge is down", "passes", "refused", "draft",
		"waits for CI", "no verdict", "&lt;b&gt;", "judged 2 days ago",
		`href="../../docs/rules/size#too-large"`, `href="../../rules?repo=acme`, "Refusals by rule",
	} {
		if !strings.Contains(body, want) {
			t.Errorf("the page does not show %q", want)
		}
	}
	if strings.Contains(body, "<b>bold") {
		t.Error("markup of others")
	}
	if w := get(t, sixty(), "/repositories/acme/other"); w.Code != http.StatusNotFound {
		t.Errorf("%d", w.Code)
	}
	if w := get(t, record{err: errors.New("locked")}, "/repositories/acme/shop"); w.Code != http.StatusServiceUnavailable {
		t.Errorf("%d", w.Code)
	}
	if _, err := New(nil, shell{}, time.Now); err == nil {
		t.Error("pages without a record")
	}
}

// TestNestedOwners: GitLab's groups nest, and a page's links lead from where its address stands.
func TestNestedOwners(t *testing.T) {
	t.Parallel()
	for path, root := range map[string]string{
		"/repositories/acme/tools/shop?forge=gitlab":   "../../../",
		"/repositories/acme%2Ftools/shop?forge=gitlab": "../../",
	} {
		w := get(t, sixty(), path)
		for _, want := range []string{"<title>acme/tools/shop</title>", `href="` + root + `pr/gitlab/acme/tools/shop/5">!5<`,
			`href="` + root + `repositories"`, `href="` + root + `docs/rules/size#too-large"`,
			`rules?repo=acme%2ftools%2fshop&amp;forge=gitlab"`,
			"Flow of its merge requests"} {
			if !strings.Contains(w.Body.String(), want) {
				t.Errorf("%s: %d does not show %q: %s", path, w.Code, want, w.Body)
			}
		}
	}
	if w := get(t, sixty(), "/repositories/acme/tools/shop"); w.Code != http.StatusNotFound {
		t.Errorf("of another forge: %d", w.Code)
	}
	listed := sixty()
	listed.repositories[0].Name, listed.repositories[0].Forge = "acme/tools/shop", change.GitLab
	const link = `href="./repositories/acme/tools/shop?forge=gitlab"`
	if body := get(t, listed, "/repositories?q=tools").Body.String(); !strings.Contains(body, link) {
		t.Error(body)
	}
}

package web

import (
	"net/http"
	"strings"
	"testing"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/organisation"
	"github.com/lintel-review/lintel/internal/settings"
)

// organisationsScene fills a record with an organisation whose waves stopped, and one whose file is not valid.
func organisationsScene(s *scene) {
	s.t.Helper()
	must := func(err error) {
		s.t.Helper()
		if err != nil {
			s.t.Fatal(err)
		}
	}
	ctx := s.t.Context()
	must(s.Store.KeepOrganisationFile(ctx, change.GitHub, 41, "b1", []byte("version: 1\nfloor: {size: {mode: warn}} # "+hostile)))
	version := func(at, blob string) *organisation.Version {
		return &organisation.Version{Commit: sha(at), Blob: blob,
			Waves: settings.Waves{Shares: []float64{1, 10, 100}, Minutes: 10, Factor: 2}}
	}
	must(s.Store.SaveOrganisation(ctx, organisation.State{
		Forge:    change.GitHub,
		OwnerID:  41,
		Login:    "acme",
		Place:    "acme/.github:lintel.yml",
		InForce:  version("a", "b1"),
		Next:     version("b", "b2"),
		Wave:     1,
		Stopped:  "30 of 50 pull requests are refused, 5 of 50 were before",
		Previous: version("c", "b0"),
	}))
	must(s.Store.SaveOrganisation(ctx, organisation.State{
		Forge:    change.GitHub,
		OwnerID:  42,
		Login:    "emca",
		Place:    "emca/.github:lintel.yml",
		Invalid:  version("d", "b3"),
		Problems: []string{"emca/.github:lintel.yml:3:1: " + hostile},
	}))
}

// TestOrganisations holds that operators see each organisation's file, escaped, and nobody else does.
func TestOrganisations(t *testing.T) {
	s := newScene(t)
	admin := Admin(s.Pages.o.Log, s.overview(), s.health(), s.Pages, nil, func(mux *http.ServeMux) {
		s.Pages.RouteOrganisations(mux, s.Store)
	})
	if w := get(admin, "/organisations"); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "was read yet") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	organisationsScene(s)
	text := get(admin, "/organisations").Body.String()
	for _, want := range []string{
		"<bdi>acme</bdi> <span class=\"pill bad\">stopped</span>", "1 %, 10 % (now), 100 %, each for 10 minutes",
		"30 of 50 pull requests are refused", "floor: {size: {mode: warn}}", "stopped at 10 % of the repositories",
		"<bdi>emca</bdi> <span class=\"pill bad\">not valid</span>", "no version", "emca/.github:lintel.yml:3:1: &lt;script&gt;",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the page does not show %q: %s", want, text)
		}
	}
	if strings.Contains(text, "<script") || strings.Contains(text, "\u202e") {
		t.Error("text of a stranger is not made harmless")
	}
	if w := get(Public(s.Pages.o.Log, s.health(), s.Pages), "/organisations"); w.Code != http.StatusNotFound {
		t.Errorf("strangers read organisations' files: %d", w.Code)
	}
}

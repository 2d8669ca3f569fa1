package web

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/command/demo/history"
	"github.com/lintel-review/lintel/internal/delivery"
	"github.com/lintel-review/lintel/internal/flow"
	"github.com/lintel-review/lintel/internal/flow/filter"
	flowboard "github.com/lintel-review/lintel/internal/web/board"
)

// figuresScene fills a record with a year of changes and one of a stranger, and gives the pages of figures.
func figuresScene(s *scene) func(*http.ServeMux) {
	s.t.Helper()
	must := func(err error) {
		s.t.Helper()
		if err != nil {
			s.t.Fatal(err)
		}
	}
	_, err := s.Store.Admit(s.t.Context(), delivery.Admission{
		Delivery: delivery.Delivery{ID: "year", Forge: change.GitHub, Name: "x", ReceivedAt: s.now},
		Outcome:  delivery.Ignored,
		Seen: []delivery.Seen{{
			Forge:      change.GitHub,
			Repository: change.Repository{ID: 7, Owner: "acme", Name: "shop", DefaultBranch: "main"},
			Gone:       true,
		}},
	})
	must(err)
	year := history.Year{Forge: "github", Seed: 5, End: s.now, Repositories: []history.Repository{
		{ID: 7, Owner: "acme", Name: "shop", Team: "payments", PerWeek: 12},
	}}
	var all []flow.Event
	must(year.Each(func(events []flow.Event) error { all = append(all, events...); return nil }))
	stranger := flow.NewActor(66, hostile, "User")
	for _, e := range []flow.Event{
		{Kind: flow.Opened, Actor: stranger, At: s.now.AddDate(0, 0, -2)},
		{Kind: flow.ReviewRequested, Actor: stranger, At: s.now.AddDate(0, 0, -2), Detail: flow.Detail{Team: hostile}},
		{Kind: flow.Merged, Actor: stranger, At: s.now.AddDate(0, 0, -1), Detail: flow.Detail{Base: hostile, Default: "main"}},
	} {
		e.Pull = flow.Pull{Forge: "github", RepoID: 7, Number: 903}
		e.Key = flow.Key(e)
		all = append(all, e)
	}
	_, err = s.Store.AppendEvents(s.t.Context(), all, "test")
	must(err)
	figures, err := flowboard.New(flowboard.Options{
		Only:       func(context.Context) map[filter.Repo]bool { return nil },
		Record:     s.Store,
		Shell:      s.Pages,
		Objectives: s.promised,
		Scores:     s.Store,
		Sites:      s.Pages.o.Sites,
		Now:        s.Pages.o.Now,
	})
	must(err)
	return figures.Route
}

// Pages of figures have a policy that lets their form ask, and nothing else more than other pages.
func TestFiguresPolicy(t *testing.T) {
	s := newScene(t)
	admin := Admin(s.Pages.o.Log, s.overview(), s.health(), s.Pages, nil, figuresScene(s))
	page, plain := get(admin, "/flow?author=all"), get(admin, "/objectives")
	got, usual := page.Header().Get("Content-Security-Policy"), plain.Header().Get("Content-Security-Policy")
	if !strings.Contains(got, "default-src 'none'") || !strings.Contains(got, "form-action 'self'") || strings.Contains(got, "unsafe") ||
		!strings.HasSuffix(got, "; script-src '"+htmxDigest+"'; connect-src 'self'") || strings.Contains(usual, "script-src") ||
		!strings.Contains(usual, "form-action 'none'") {
		t.Errorf("%s\n%s", got, usual)
	}
	body := page.Body.String()
	if strings.Contains(body, " style=") || strings.Count(body, "<script") != 1 || !strings.Contains(body,
		`<script src="./assets/htmx-2.0.11.min.js" integrity="`+htmxDigest+`" defer></script>`) || strings.Count(body, "<style>") != 2 ||
		!strings.Contains(body, "Skip to content") {
		t.Errorf("%.3000s", body)
	}
	if list := get(admin, "/flow/pulls?author=all&base=all").Body.String(); strings.Contains(list, "\u202e") ||
		strings.Contains(list, "<img") {
		t.Error("text of a stranger is not made harmless")
	}
	if strangers := get(Public(s.Pages.o.Log, s.health(), s.Pages), "/flow"); strangers.Code != http.StatusNotFound {
		t.Errorf("strangers read figures: %d", strangers.Code)
	}
}

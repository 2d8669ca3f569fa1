package board_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/flow/dora"
	"github.com/lintel-review/lintel/internal/flow/filter"
	"github.com/lintel-review/lintel/internal/web/board"
)

// Without a deployment merges stand in, and the page says that nothing else is known.
//
//race:unwatched
func TestDoraByMerges(t *testing.T) {
	s := newScene(t, board.Options{})
	s.year()
	page := s.get("/flow/dora", http.StatusOK)
	for _, want := range []string{"No deployment is known", "merges (proxy)", "fewer than 20 deployments",
		`href="../definitions#lead_time"`} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not say %q: %.3000s", want, page)
		}
	}
	if year := s.get("/flow/dora?from=2025-04-01", http.StatusOK); !strings.Contains(year,
		"Choose a shorter period, or months") ||
		strings.Contains(year, "<figure") {
		t.Error("a year by weeks is drawn")
	}
	if months := s.get("/flow/dora?from=2025-04-01&bucket=month", http.StatusOK); strings.Count(months, "<figure") != 5 {
		t.Error("a year by months is not drawn")
	}
	s.get("/flow/dora?repo=acme/nothing", http.StatusNotFound)
	if wrong := s.get("/flow/dora?size=7", http.StatusBadRequest); strings.Contains(wrong, `class="tile"`) {
		t.Error("figures of another filter")
	}
}

// Deployments have their source, and failed ones their reason.
func TestDora(t *testing.T) {
	s := newScene(t, board.Options{})
	s.repository(7, "acme", "shop")
	var all []dora.Deployment
	var incidents []dora.Incident
	for i := range 40 {
		at := now.Add(-time.Duration(i+1) * 36 * time.Hour)
		all = append(all, dora.Deployment{ID: fmt.Sprint("d", i), Forge: "github", RepoID: 7, Service: "shop",
			Environment: "production",
			Production:  true, Source: dora.ByAPI, SHA: fmt.Sprint("sha", i), Success: true, FinishedAt: at})
		if i%10 == 0 {
			resolved := at.Add(2 * time.Hour)
			incidents = append(incidents, dora.Incident{ID: fmt.Sprint("i", i), Forge: "github", RepoID: 7, Service: "shop",
				Deployment: fmt.Sprint("d", i), OpenedAt: at.Add(time.Hour), ResolvedAt: &resolved})
		}
	}
	if err := s.KeepDeployments(context.Background(), all, incidents); err != nil {
		t.Fatal(err)
	}
	page := s.get("/flow/dora?repo=acme/shop", http.StatusOK)
	for _, want := range []string{"40, by Lintel&#39;s API", "on 40 of 90 days", "10 %", "4 of 40 deployments",
		"4 as somebody told"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not say %q: %.4000s", want, page)
		}
	}
	if strings.Contains(page, "No deployment is known") {
		t.Error("deployments are known")
	}
}

// Services of one repository can be chosen, and are measured apart.
func TestDoraOfAService(t *testing.T) {
	s := newScene(t, board.Options{})
	s.repository(7, "acme", "shop")
	var all []dora.Deployment
	for i := range 9 {
		service := []string{"api", "web", "web"}[i%3]
		all = append(
			all,
			dora.Deployment{ID: fmt.Sprint("d", i), Forge: "github", RepoID: 7, Service: service, Environment: "production",
				Production: true, Source: dora.ByAPI, SHA: fmt.Sprint("sha", i), Success: true,
				FinishedAt: now.Add(-time.Duration(i+1) * time.Hour)},
		)
	}
	if err := s.KeepDeployments(context.Background(), all, nil); err != nil {
		t.Fatal(err)
	}
	for query, want := range map[string]string{"": "9, by Lintel&#39;s API", "&service=web": "6, by Lintel&#39;s API",
		"&service=api": "3, by Lintel&#39;s API", "&service=%3Cb%3E": "of service &lt;b&gt; of acme/shop"} {
		page := s.get("/flow/dora?repo=acme/shop"+query, http.StatusOK)
		if !strings.Contains(page, want) || strings.Contains(page, "No deployment is known") ||
			!strings.Contains(page, `<option value="web"`) ||
			strings.Contains(page, "<b>") {
			t.Errorf("%q: the page does not say %q: %.3000s", query, want, page)
		}
	}
	if page := s.get("/flow?repo=acme/shop", http.StatusOK); strings.Contains(page, `name="service"`) {
		t.Error("a page of pull requests offers services")
	}
}

// A name is looked for on both forges, and a repository that may not be shown hides none that may.
func TestDoraOnGitLab(t *testing.T) {
	var only map[filter.Repo]bool
	s := newScene(t, board.Options{Only: func(context.Context) map[filter.Repo]bool { return only }})
	s.repositoryOn(change.GitLab, 9, "acme/tools", "shop")
	s.repositoryOn(change.GitHub, 7, "acme", "both")
	s.repositoryOn(change.GitLab, 8, "acme", "both")
	var all []dora.Deployment
	for _, d := range []struct {
		forge string
		id    int64
		n     int
	}{{"gitlab", 9, 3}, {"github", 7, 4}, {"gitlab", 8, 5}} {
		for i := range d.n {
			all = append(all, dora.Deployment{ID: fmt.Sprint(d.forge, d.id, i), Forge: d.forge, RepoID: d.id, Service: "shop",
				Environment: "production", Production: true, Source: dora.ByAPI, SHA: fmt.Sprint("sha", i), Success: true,
				FinishedAt: now.Add(-time.Duration(i+1) * time.Hour)})
		}
	}
	if err := s.KeepDeployments(context.Background(), all, nil); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		repo string
		only map[filter.Repo]bool
		n    int
	}{
		{"acme/tools/shop", nil, 3},
		{"acme/both", nil, 4},
		{"acme/both", map[filter.Repo]bool{{Forge: "gitlab", ID: 8}: true}, 5},
		{"acme/both", map[filter.Repo]bool{{Forge: "gitlab", ID: 7}: true}, 0},
		{"acme/tools/shop", map[filter.Repo]bool{}, 0},
	} {
		only = c.only
		if c.n == 0 {
			s.get("/flow/dora?repo="+c.repo, http.StatusNotFound)
			continue
		}
		page, want := s.get("/flow/dora?repo="+c.repo, http.StatusOK), fmt.Sprintf("%d, by Lintel&#39;s API", c.n)
		if !strings.Contains(page, want) {
			t.Errorf("%s: the page does not say %q: %.3000s", c.repo, want, page)
		}
	}
}

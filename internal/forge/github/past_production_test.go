package github_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	fakehub "github.com/lintel-review/lintel/internal/fake/github"
	"github.com/lintel-review/lintel/internal/fake/hooklog"
	"github.com/lintel-review/lintel/internal/fake/traffic"
	"github.com/lintel-review/lintel/internal/flow/dora"
	"github.com/lintel-review/lintel/internal/forge/github"
	"github.com/lintel-review/lintel/internal/past"
)

// production reads all pages of what came to production.
func (s *shop) production(t *testing.T, since time.Time) (deployments []dora.Deployment, incidents []dora.Incident, missing []string,
	pages int,
) {
	t.Helper()
	q := past.ProductionQuery{Connection: s.installation, RepoID: s.repo, Since: since}
	for {
		p, err := s.forge.PastProduction(t.Context(), q)
		must(t, err)
		if pages++; pages > 50 {
			t.Fatalf("it never ends: %+v", p)
		}
		deployments, incidents = append(deployments, p.Deployments...), append(incidents, p.Incidents...)
		if p.Missing != "" {
			missing = append(missing, p.Missing)
		}
		if p.Calls == 0 || p.Missing == "" && p.Budget.Limit != 5000 {
			t.Errorf("a page without cost or limit: %+v", p)
		}
		if q.After = p.Next; p.Next == "" {
			return deployments, incidents, missing, pages
		}
	}
}

// TestPastProductionIsWhatWebhooksTell: the same deployment, release or incident has the same id and meaning by either way.
func TestPastProductionIsWhatWebhooksTell(t *testing.T) {
	s := newShop(t, fakehub.Options{})
	at := time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC)
	const repo = "acme/shop"
	number := func(id int64, err error) int64 {
		t.Helper()
		must(t, err)
		return id
	}
	sha := s.hub.Tip(repo, "main")
	ended := number(s.hub.Deploy(repo, "blue", sha, true, at, "in_progress", "failure", "success", "inactive"))
	number(s.hub.Deploy(repo, "staging", sha, false, at.Add(time.Hour), "success"))
	number(s.hub.Deploy(repo, "production", sha, false, at.Add(2*time.Hour), "in_progress"))
	shown := number(s.hub.Release(repo, "v1", "main", "", at))
	number(s.hub.Release(repo, "v2", "main", "draft", at))
	number(s.hub.Release(repo, "v3-rc1", "main", "prerelease", at))
	number(s.hub.Release(repo, "v0.9.1", "release-0", "", at))
	over := number(s.hub.Issue(repo, "shop is down", at, at.Add(time.Hour), "SEV1", "bug"))
	open := number(s.hub.Issue(repo, "slow", at, time.Time{}, "incident"))
	number(s.hub.Issue(repo, "typo", at, time.Time{}, "bug"))

	d, err := github.NewDecoder(secret)
	must(t, err)
	var deployments []dora.Deployment
	var incidents []dora.Incident
	told := func(event, action, body string) {
		t.Helper()
		text := fmt.Appendf(
			nil,
			`{"action":%q,"repository":{"id":%d,"full_name":"acme/shop","default_branch":"main"},%s}`,
			action,
			s.repo,
			body,
		)
		ev, err := d.Decode(headers(event, hooklog.Sign(secret, text)), text)
		must(t, err)
		deployments, incidents = append(deployments, ev.Deployments...), append(incidents, ev.Incidents...)
	}
	deployment := fmt.Sprintf(
		`"deployment":{"id":%d,"sha":%q,"environment":"blue","production_environment":true,"created_at":"2026-03-02T10:00:00Z"}`,
		ended,
		sha,
	)
	for i, state := range []string{"in_progress", "failure", "success", "inactive"} {
		told(
			"deployment_status",
			"created",
			fmt.Sprintf(`%s,"deployment_status":{"state":%q,"environment":"blue","created_at":"2026-03-02T10:0%d:00Z"}`,
				deployment, state, i+1),
		)
	}
	told("release", "published", fmt.Sprintf(`"release":{"id":%d,"target_commitish":"main","created_at":"2026-03-02T10:00:00Z",`+
		`"published_at":"2026-03-02T10:00:00Z"}`, shown))
	told(
		"issues",
		"opened",
		fmt.Sprintf(`"issue":{"id":%d,"number":2,"created_at":"2026-03-02T10:00:00Z","updated_at":"2026-03-02T10:00:00Z",`+
			`"closed_at":null,"labels":[{"name":"incident"}]}`, open),
	)
	told(
		"issues",
		"closed",
		fmt.Sprintf(`"issue":{"id":%d,"number":1,"created_at":"2026-03-02T10:00:00Z","updated_at":"2026-03-02T11:00:00Z",`+
			`"closed_at":"2026-03-02T11:00:00Z","labels":[{"name":"SEV1"},{"name":"bug"}]}`, over),
	)

	gotDeployments, gotIncidents, missing, _ := s.production(t, at.AddDate(0, -1, 0))
	gotDeployments = slices.DeleteFunc(
		gotDeployments,
		func(d dora.Deployment) bool { return d.Environment == "staging" && !d.Production },
	)
	byID := func(a, b dora.Incident) int { return strings.Compare(a.ID, b.ID) }
	slices.SortFunc(incidents, byID)
	slices.SortFunc(gotIncidents, byID)
	if diff := cmp.Diff(deployments, gotDeployments); diff != "" || len(deployments) != 3 {
		t.Errorf("deployments by webhook and from the past: %s", diff)
	}
	if diff := cmp.Diff(incidents, gotIncidents); diff != "" || len(incidents) != 2 {
		t.Errorf("incidents by webhook and from the past: %s", diff)
	}
	if missing != nil {
		t.Errorf("missing %v", missing)
	}
	if old, younger, _, _ := s.production(t, at.Add(90*time.Minute)); len(old) != 0 || len(younger) != 0 {
		t.Errorf("older than asked for: %v %v", old, younger)
	}
}

// TestPastProductionPages: long lists are read to their end, two requests for a hundred deployments.
func TestPastProductionPages(t *testing.T) {
	s := newShop(t, fakehub.Options{})
	at := time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC)
	for i := range 230 {
		_, err := s.hub.Deploy("acme/shop", "production", fmt.Sprintf("%040d", i), true, at.Add(time.Duration(i)*time.Hour), "success")
		must(t, err)
		_, err = s.hub.Release("acme/shop", fmt.Sprint("v", i), "main", "", at.Add(time.Duration(i)*time.Hour))
		must(t, err)
		_, err = s.hub.Issue("acme/shop", "down", at, time.Time{}, []string{"outage", "sev1"}[i%2])
		must(t, err)
	}
	before := len(s.hub.Requests())
	deployments, incidents, _, pages := s.production(t, at)
	ids := map[string]bool{}
	for _, d := range deployments {
		ids[d.ID] = true
	}
	for _, i := range incidents {
		ids[i.ID] = true
	}
	// Three pages of deployments and of releases, and two of each label.
	if len(ids) != 3*230 || pages != 10 {
		t.Errorf("%d of 690 in %d pages", len(ids), pages)
	}
	// Labels are listed for the first one, the next, and none; one request is for the token.
	if calls := len(s.hub.Requests()) - before; calls != 3*2+3*2+4+3+1 {
		t.Errorf("%d requests", calls)
	}
	recent, _, _, _ := s.production(t, at.Add(229*time.Hour))
	if len(recent) != 2 {
		t.Errorf("%d are as young as asked for, want a deployment and a release", len(recent))
	}
}

// TestPastProductionWithoutPermission: what the App may not read is passed over and named; a limit or a fault is neither.
func TestPastProductionWithoutPermission(t *testing.T) {
	s := newShop(t, fakehub.Options{App: fakehub.AppSpec{Permissions: map[string]string{"metadata": "read", "contents": "read",
		"pull_requests": "read"}}})
	must(t, s.hub.SetPrivate("acme/shop", true, "olga")) // what is public may be read by anybody
	at := time.Now().Add(-time.Hour)
	_, err := s.hub.Deploy("acme/shop", "production", s.hub.Tip("acme/shop", "main"), true, at, "success")
	must(t, err)
	_, err = s.hub.Release("acme/shop", "v1", "main", "", at)
	must(t, err)
	deployments, _, missing, _ := s.production(t, at.Add(-time.Hour))
	if diff := cmp.Diff([]string{"deployments", "incidents"}, missing); diff != "" || len(deployments) != 1 {
		t.Errorf("%d deployments; %s", len(deployments), diff)
	}
	s.hub.Fault(traffic.Fault{Path: "/releases", Status: 502})
	q := past.ProductionQuery{Connection: s.installation, RepoID: s.repo, After: "releases 1"}
	if p, err := s.forge.PastProduction(t.Context(), q); err == nil || p.Missing != "" {
		t.Errorf("a fault is taken for a missing permission: %+v", p)
	}
	for _, after := range []string{"x", "deployments", "deployments 0", "incidents x y"} {
		q.After = after
		if _, err := s.forge.PastProduction(t.Context(), q); err == nil || !strings.Contains(err.Error(), past.ErrCursor.Error()) {
			t.Errorf("place %q: %v", after, err)
		}
	}
}

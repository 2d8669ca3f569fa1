package gitlab_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/lintel-review/lintel/internal/change"
	fakelab "github.com/lintel-review/lintel/internal/fake/gitlab"
	"github.com/lintel-review/lintel/internal/fake/traffic"
	"github.com/lintel-review/lintel/internal/flow/dora"
	"github.com/lintel-review/lintel/internal/past"
)

// producing is what was told of production, by id: the last word counts.
type producing struct {
	deployments map[string]dora.Deployment
	incidents   map[string]dora.Incident
	missing     []string
	pages       int
}

func (p *producing) take(deployments []dora.Deployment, incidents []dora.Incident) {
	for _, d := range deployments {
		p.deployments[d.ID] = d
	}
	for _, i := range incidents {
		p.incidents[i.ID] = i
	}
}

// production reads all pages of what came to production.
func (s *shop) production(t *testing.T, since time.Time) *producing {
	t.Helper()
	f, all := s.forge(
		t,
		s.options,
	), &producing{
		deployments: map[string]dora.Deployment{},
		incidents:   map[string]dora.Incident{},
	}
	s.asked()
	calls := 0
	for after := ""; ; {
		page, err := f.PastProduction(
			t.Context(),
			past.ProductionQuery{Connection: 1, RepoID: s.id, Since: since, After: after},
		)
		must(t, err)
		all.take(page.Deployments, page.Incidents)
		if page.Missing != "" {
			all.missing = append(all.missing, page.Missing)
		}
		calls += page.Calls
		if all.pages++; page.Next == "" {
			break
		}
		if page.Next == after {
			t.Fatalf("the page after %q is itself", after)
		}
		after = page.Next
	}
	if asked := len(s.asked()); calls != asked {
		t.Errorf("%d calls counted of %d", calls, asked)
	}
	return all
}

// produce makes what tells of production, and some that tells nothing.
func (s *shop) produce(t *testing.T) {
	t.Helper()
	sha := s.Tip(s.id, "main")
	for _, d := range []fakelab.Deployment{
		{Environment: "blue", Tier: "production", States: []string{"running", "failed"}},
		{Environment: "blue", Tier: "production", States: []string{"running", "success"}},
		{Environment: "production/eu west", Tier: "production", States: []string{"success"}, NoJob: true},
		{Environment: "prod", States: []string{"success"}}, // of a GitLab that had no tiers
		{Environment: "prod", States: []string{"canceled"}},
		{Environment: "prod", States: []string{"running"}},
		{Environment: "production-like", Tier: "staging", States: []string{"success"}},
	} {
		d.SHA, d.By = sha, "rita"
		_, err := s.Deploy(s.id, d)
		must(t, err)
		s.clock.add(time.Minute)
	}
	must(t, s.Release(s.id, "v1", sha, "rita", s.clock.now()))
	must(t, s.Release(s.id, "v2", sha, "rita", s.clock.now().Add(time.Hour)))
	for _, i := range []struct {
		kind   string
		labels []string
		ends   bool
		then   []string
	}{
		{"incident", nil, true, nil},
		{"incident", []string{"SEV1"}, false, nil},
		{"issue", []string{"sev-2", "bug"}, true, nil},
		{"issue", []string{"outage"}, false, nil},
		{"issue", []string{"outage"}, false, []string{"bug"}}, // never was one
		{"issue", []string{"bug"}, false, nil},
	} {
		s.clock.add(time.Minute)
		iid, err := s.Issue(s.id, "down", i.kind, "rita", i.labels...)
		must(t, err)
		s.clock.add(time.Minute)
		if i.ends || i.then != nil {
			must(t, s.EditIssue(s.id, iid, i.ends, i.then...))
		}
	}
}

// TestPastProductionIsWhatWebhooksTell: the same deployment, release or incident has the same id and meaning by either way.
func TestPastProductionIsWhatWebhooksTell(t *testing.T) {
	s := newShop(t, fakelab.Options{}, map[string]string{"a": "1\n"}, map[string]string{"b": "1\n"})
	h := s.hear(t)
	since := s.clock.now()
	s.produce(t)
	must(t, s.WaitDelivered(t.Context()))
	got := s.production(t, since.Add(-time.Hour))
	h.mu.Lock()
	defer h.mu.Unlock()
	told := &producing{deployments: map[string]dora.Deployment{}, incidents: map[string]dora.Incident{}}
	told.take(h.deployments, h.incidents)
	for id, d := range told.deployments {
		if !d.Production {
			delete(told.deployments, id) // counts nowhere, and is not asked for
		}
	}
	for id, i := range told.incidents {
		if i.Withdrawn {
			delete(told.incidents, id)
		}
	}
	if d := gocmp.Diff(told.deployments, got.deployments); d != "" || len(got.deployments) != 5 {
		t.Errorf("%d deployments and releases; webhooks and the past differ:\n%s", len(got.deployments), d)
	}
	if d := gocmp.Diff(told.incidents, got.incidents); d != "" || len(got.incidents) != 4 {
		t.Errorf("%d incidents; webhooks and the past differ:\n%s", len(got.incidents), d)
	}
	if got.missing != nil {
		t.Errorf("missing %v", got.missing)
	}
	// What is older than what was asked for is left out, page by page.
	if late := s.production(t, s.clock.now().Add(time.Hour)); len(late.deployments)+len(late.incidents) != 0 {
		t.Errorf("older than asked for: %v", late)
	}
}

// TestPastProductionPages: long lists are read to their end.
func TestPastProductionPages(t *testing.T) {
	s := newShop(t, fakelab.Options{}, map[string]string{"a": "1\n"}, map[string]string{"b": "1\n"})
	sha := s.Tip(s.id, "main")
	for i := range 230 {
		name := []string{"production", "live"}[i%2]
		_, err := s.Deploy(
			s.id,
			fakelab.Deployment{Environment: name, Tier: "production", SHA: sha, By: "rita", States: []string{"success"},
				NoJob: true},
		)
		must(t, err)
		must(t, s.Release(s.id, fmt.Sprint("v", i), sha, "rita", s.clock.now()))
		_, err = s.Issue(s.id, "down", "incident", "rita", "outage")
		must(t, err)
	}
	got := s.production(t, time.Time{})
	// Two pages of each environment, three of releases, of incidents, and of the label.
	if len(got.deployments) != 2*230 || len(got.incidents) != 230 || got.pages != 2*2+3+3+3 {
		t.Errorf("%d and %d in %d pages", len(got.deployments), len(got.incidents), got.pages)
	}
}

// TestPastProductionThatIsNotShown: a list that GitLab hides is passed over and named; a limit, a fault or a dead token is not.
func TestPastProductionThatIsNotShown(t *testing.T) {
	s := newShop(t, fakelab.Options{}, map[string]string{"a": "1\n"}, map[string]string{"b": "1\n"})
	s.produce(t)
	var drops []func()
	for _, path := range []string{"/environments", "/issues"} {
		drops = append(drops, s.Fault(traffic.Fault{Path: path, Status: 403}))
	}
	got := s.production(t, time.Time{})
	if !slices.Equal(got.missing, []string{"deployments", "incidents"}) || len(got.deployments) != 1 ||
		len(got.incidents) != 0 {
		t.Errorf("%v: %d deployments, %d incidents", got.missing, len(got.deployments), len(got.incidents))
	}
	for _, drop := range drops {
		drop()
	}
	f := s.forge(t, s.options)
	q := past.ProductionQuery{Connection: 1, RepoID: s.id, After: "releases 1"}
	limited, unread := new(*change.Limited), new(*change.Unread)
	for code, want := range map[int]any{429: limited, 401: unread, 502: nil} {
		drop := s.Fault(traffic.Fault{Path: "/releases", Status: code})
		p, err := f.PastProduction(t.Context(), q)
		if err == nil || p.Missing != "" || want != nil && !errors.As(err, want) {
			t.Errorf("%d: %v, missing %q", code, err, p.Missing)
		}
		drop()
	}
	for _, after := range []string{"x", "deployments", "deployments 0", "incidents x y"} {
		q.After = after
		if _, err := f.PastProduction(t.Context(), q); err == nil ||
			!strings.Contains(err.Error(), past.ErrCursor.Error()) {
			t.Errorf("place %q: %v", after, err)
		}
	}
}

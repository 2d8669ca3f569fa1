package gitlab_test

import (
	"errors"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	gocmpopts "github.com/google/go-cmp/cmp/cmpopts"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/change/refusal"
	fakelab "github.com/lintel-review/lintel/internal/fake/gitlab"
	"github.com/lintel-review/lintel/internal/fake/traffic"
	"github.com/lintel-review/lintel/internal/flow"
	"github.com/lintel-review/lintel/internal/flow/dora"
	"github.com/lintel-review/lintel/internal/forge/gitlab"
	"github.com/lintel-review/lintel/internal/forge/gitlab/hook"
	"github.com/lintel-review/lintel/internal/past"
)

// heard are the events that webhooks of a project told of.
type heard struct {
	mu     sync.Mutex
	events []flow.Event

	deployments []dora.Deployment
	incidents   []dora.Incident
}

func (s *shop) hear(t *testing.T) *heard {
	t.Helper()
	door, err := hook.New(hook.Options{Instance: s.URL(), Tokens: []string{signing}, Connection: 1, Now: s.clock.now})
	must(t, err)
	h := &heard{}
	box := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		ev, err := door.Decode(r.Header, body)
		if err != nil {
			t.Error(err)
		}
		h.mu.Lock()
		defer h.mu.Unlock()
		h.events = append(h.events, ev.Flow...)
		h.deployments, h.incidents = append(h.deployments, ev.Deployments...), append(h.incidents, ev.Incidents...)
	}))
	t.Cleanup(box.Close)
	_, err = s.AddHook(fakelab.Hook{Project: s.id, URL: box.URL, Token: signing})
	must(t, err)
	return h
}

// about are the events of one merge request, by key.
func about(events []flow.Event, number int, but ...flow.Kind) map[string]flow.Event {
	all := map[string]flow.Event{}
	for _, e := range events {
		if e.Pull.Number == number && !slices.Contains(but, e.Kind) {
			all[e.Key] = e
		}
	}
	return all
}

func (s *shop) pastQuery(size past.Size, after string) past.Query {
	return past.Query{Connection: 1, Owner: "acme/tools", Name: "shop.web", Size: size, After: after}
}

// live plays the life of a merge request of rita's, a draft that dev reviews.
func (s *shop) live(t *testing.T, branch string) (iid int64) {
	t.Helper()
	s.push(t, branch, map[string]string{branch: "1\n2\n"})
	s.open(
		t,
		fakelab.Request{
			Source:    branch,
			Title:     "Draft: feat: " + branch,
			By:        "rita",
			Reviewers: []string{"dev"},
			Labels:    []string{"bug"},
		},
	)
	iid = int64(s.ref.Number)
	edit := func(by string, e fakelab.Edit) func() error { return func() error { return s.Edit(s.id, iid, by, e) } }
	for _, step := range []func() error{
		edit("rita", fakelab.Edit{Title: new("feat: " + branch)}),
		edit("rita", fakelab.Edit{Title: new("Draft: feat: " + branch)}),
		edit("rita", fakelab.Edit{Title: new("feat: " + branch)}),
		edit("rita", fakelab.Edit{Reviewers: []string{"ann"}}),
		edit("rita", fakelab.Edit{Reviewers: []string{"ann", "dev"}}),
		func() error { _, err := s.Say(s.id, iid, "dev", "approved this merge request"); return err },
		func() error { s.push(t, branch, map[string]string{branch: "1\n2\n3\n"}); return nil },
		func() error { return s.Approve(s.id, iid, "dev") },
		func() error { return s.Unapprove(s.id, iid, "dev") },
		func() error { return s.Approve(s.id, iid, "dev") },
		func() error { s.push(t, branch, map[string]string{branch: "1\n2\n3\n4\n"}); return nil },
		func() error { return s.Approve(s.id, iid, "dev") },
	} {
		s.clock.add(time.Minute)
		must(t, step())
	}
	s.clock.add(time.Minute)
	return iid
}

// TestWebhookAndPastAreOne plays lives, and holds what webhooks told of them against what the past tells: the same
// happening has the same key, and both give the same facts.
func TestWebhookAndPastAreOne(t *testing.T) {
	s := newShop(t, fakelab.Options{}, map[string]string{"a": "1\n"}, map[string]string{"b": "1\n"})
	h := s.hear(t)
	_, err := s.Commit(
		s.id,
		fakelab.Commit{Branch: "next", From: "main", By: "rita", Message: "next", Files: map[string]string{"n": "1\n"}},
	)
	must(t, err)
	merged := s.live(t, "merged")
	must(t, s.Merge(s.id, merged, "ann"))
	closed := s.live(t, "closed")
	for _, e := range []fakelab.Edit{{Target: new("next")}, {State: new("closed")}, {State: new("opened")}, {State: new("closed")}} {
		s.clock.add(time.Minute)
		must(t, s.Edit(s.id, closed, "ann", e))
	}
	must(t, s.WaitDelivered(t.Context()))
	page, err := s.forge(t, s.options).PastPulls(t.Context(), s.pastQuery(past.FirstSize(), ""))
	must(t, err)
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, iid := range []int64{merged, closed} {
		// The past knows commits and what is now, webhooks know pushes. Who closed for good is asked of GitLab, with all before.
		told := about(h.events, int(iid), flow.Pushed, flow.State)
		was := about(page.Events, int(iid), flow.Commit, flow.State)
		// Of a reset by a push, webhooks say that it took all approvals back, and the past whose they were.
		resets := [2]int{}
		for i, events := range []map[string]flow.Event{told, was} {
			for key, e := range events {
				if e.Kind == flow.ReviewDismissed && e.Actor.Login == "rita" {
					delete(events, key)
					resets[i]++
				}
			}
		}
		if resets != [2]int{1, 1} {
			t.Errorf("webhooks tell of %d resets by a push, and the past of %d", resets[0], resets[1])
		}
		for key, e := range told {
			if before, ok := was[key]; !ok {
				t.Errorf("only a webhook tells of %s by %s at %s", key, e.Actor.Login, e.At)
			} else if before.Actor != e.Actor && e.Kind != flow.Whole {
				t.Errorf("%s is by %v, and by %v in the past", key, e.Actor, before.Actor)
			}
		}
		for key, e := range was {
			if _, ok := told[key]; !ok {
				t.Errorf("only the past tells of %s by %s at %s", key, e.Actor.Login, e.At)
			}
		}
		a, ok := flow.Derive(slices.Collect(maps.Values(about(h.events, int(iid)))), flow.Given{})
		b, _ := flow.Derive(slices.Collect(maps.Values(about(page.Events, int(iid)))), flow.Given{})
		// What follows from commits, pushes and what is now, one of them alone knows.
		alone := gocmpopts.IgnoreFields(
			flow.Fact{},
			"Head",
			"Additions",
			"Deletions",
			"Files",
			"Labels",
			"FirstCommitAt",
			"Rounds",
			"CommitsAfterReview",
			"LinesAfterReview",
			"BaseIsDefault",
			"Stacked",
		)
		coding := gocmpopts.IgnoreFields(flow.Stages{}, "Coding")
		if d := gocmp.Diff(a, b, alone, coding); !ok || !b.Complete || d != "" {
			t.Errorf("webhooks and the past of !%d differ:\n%s", iid, d)
		}
		if iid == merged && (*b.Additions != 4 || *b.Files != 1) || !slices.Equal(b.Labels, []string{"bug"}) {
			t.Errorf("its size and labels are not read: %+v", b)
		}
	}
	if page.RepoID != s.id || page.Pulls != 3 || page.Total != 3 || page.More || page.Calls != 2 || page.Points != 2 {
		t.Errorf("%d of %d, %d calls", page.Pulls, page.Total, page.Calls)
	}
}

// TestPastByPages: pages and further pages of long lists tell what one page tells, whoever asks for less asks more often,
// and a page costs what it says.
func TestPastByPages(t *testing.T) {
	s := newShop(t, fakelab.Options{}, map[string]string{"a": "1\n"}, map[string]string{"b": "1\n"})
	iid := s.live(t, "old")
	for range 25 {
		s.clock.add(time.Second)
		_, err := s.Say(s.id, iid, "dev", "why?")
		must(t, err)
	}
	must(t, s.Merge(s.id, iid, "ann"))
	must(t, s.Repeat(s.id, iid, 4, time.Hour))
	f := s.forge(t, s.options)
	whole, err := f.PastPulls(t.Context(), s.pastQuery(past.FirstSize(), ""))
	must(t, err)
	var events []flow.Event
	calls, pages, after := 0, 0, ""
	s.asked()
	for more := true; more; pages++ {
		page, err := f.PastPulls(t.Context(), s.pastQuery(past.Size{Pulls: 2, Items: 10}, after))
		must(t, err)
		events = append(events, page.Events...)
		calls, after, more = calls+page.Calls, page.Cursor, page.More
	}
	if asked := len(s.asked()); pages != 3 || calls != asked || calls <= pages {
		t.Errorf("%d pages, %d calls counted of %d", pages, calls, asked)
	}
	keys := func(events []flow.Event) (all []string) {
		for _, e := range events {
			all = append(all, e.Key)
		}
		slices.Sort(all)
		return all
	}
	if a, b := keys(whole.Events), keys(events); !slices.Equal(a, b) || len(slices.Compact(a)) != len(b) ||
		whole.Pulls != 6 {
		t.Errorf("one page tells %d events, small ones %d", len(a), len(b))
	}
}

// TestPastThatIsRefused: what GitLab answers instead of a page means for a reading what it means on GitHub.
func TestPastThatIsRefused(t *testing.T) {
	s := newShop(t, fakelab.Options{}, map[string]string{"a": "1\n"}, map[string]string{"b": "1\n"})
	ask := func(f *gitlab.Forge, q past.Query) error {
		_, err := f.PastPulls(t.Context(), q)
		return err
	}
	says := func(message string) traffic.Fault {
		return traffic.Fault{Operation: "LintelPast", Status: 200, Body: `{"errors": [{"message": "` + message + `"}]}`}
	}
	large, refused, gone, limited := new(*past.TooLarge), new(*change.Refused), new(*change.Gone), new(*change.Limited)
	for name, c := range map[string]struct {
		fault traffic.Fault
		want  any
	}{
		"in time":      {says("Timeout on MergeRequest.notes"), large},
		"complexity":   {says("Query has complexity of 300, which exceeds max complexity of 250"), large},
		"gateway":      {traffic.Fault{Operation: "LintelPast", Status: 504}, large},
		"a wrong name": {says("Field 'notes' doesn't exist on type 'MergeRequest'"), refused},
		"a limit":      {traffic.Fault{Operation: "LintelPast", Status: 429, Header: map[string]string{"Retry-After": "3"}}, limited},
	} {
		drop := s.Fault(c.fault)
		if err := ask(s.forge(t, s.options), s.pastQuery(past.FirstSize(), "")); !errors.As(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
		drop()
	}
	drop := s.Fault(says("Please provide a valid cursor"))
	if err := ask(s.forge(t, s.options), s.pastQuery(past.FirstSize(), "x")); !errors.Is(err, past.ErrCursor) {
		t.Errorf("a cursor that is unknown: %v", err)
	}
	drop()
	q := s.pastQuery(past.FirstSize(), "")
	q.Name = "nothing"
	if err := ask(s.forge(t, s.options), q); !errors.As(err, gone) {
		t.Errorf("a project that is not there: %v", err)
	}
	rest := s.forge(t, func(o *gitlab.Options) { s.options(o); o.REST = true })
	if err := ask(rest, s.pastQuery(past.FirstSize(), "")); !errors.As(err, refused) ||
		(*refused).Kind != refusal.NotAvailable ||
		!strings.Contains(err.Error(), "gitlab.graphql") {
		t.Errorf("by REST alone: %v", err)
	}
}

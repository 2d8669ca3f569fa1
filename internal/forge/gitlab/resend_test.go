package gitlab_test

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/lintel-review/lintel/internal/change"
	fakelab "github.com/lintel-review/lintel/internal/fake/gitlab"
	"github.com/lintel-review/lintel/internal/fake/traffic"
	"github.com/lintel-review/lintel/internal/forge/gitlab"
)

// memory keeps marks.
type memory map[string]string

func (m memory) Mark(_ context.Context, name string) (string, error) { return m[name], nil }

func (m memory) SetMark(_ context.Context, name, value string) error {
	m[name] = value
	return nil
}

// deaf is a receiver of webhooks that fails until it hears.
type deaf struct {
	mu    sync.Mutex
	hears bool
	// fails is the status while it does not hear; 502 when it is 0.
	fails int
	// heard and refused are ids of deliveries.
	heard, refused []string
}

func (d *deaf) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	d.mu.Lock()
	defer d.mu.Unlock()
	id := r.Header.Get("Idempotency-Key")
	if !d.hears {
		d.refused = append(d.refused, id)
		w.WriteHeader(cmp.Or(d.fails, http.StatusBadGateway))
		return
	}
	d.heard = append(d.heard, id)
}

func (d *deaf) hear(can bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.hears, d.heard, d.refused = can, nil, nil
}

func (d *deaf) got() (heard, refused string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return strings.Join(d.heard, " "), strings.Join(d.refused, " ")
}

// TestResends: what a webhook could not deliver is sent again by whoever may ask, the oldest first, a few at once, and none
// for ever.
func TestResends(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	clock := func() time.Time { return now }
	s := newStage(t, fakelab.Options{Tier: fakelab.Premium, Now: clock})
	id, err := s.AddProject(fakelab.Project{Path: "acme/shop", Files: map[string]string{"a": "1\n"}})
	must(t, err)
	ear := &deaf{}
	box := httptest.NewServer(ear)
	t.Cleanup(box.Close)
	must(t, s.SetMember("acme", "rita", fakelab.Owner))
	_, err = s.AddHook(fakelab.Hook{Group: "acme", URL: box.URL, Events: []string{"push_events"}})
	must(t, err)
	push := func(n int) {
		t.Helper()
		for range n {
			_, err := s.Commit(id, fakelab.Commit{Branch: "main", By: "rita", Message: "feat: more\n",
				Files: map[string]string{"a": fmt.Sprint(s.Tip(id, "main"), "\n")}})
			must(t, err)
			must(t, s.Webhooks().Wait(t.Context()))
		}
	}
	as := func(scopes ...string) *gitlab.Forge {
		t.Helper()
		person, err := s.AddToken(fakelab.Token{User: "rita", Scopes: scopes})
		must(t, err)
		return s.forge(t, func(o *gitlab.Options) {
			o.Now, o.Token = clock, func() (string, error) { return person.Secret, nil }
		})
	}
	marks := memory{}
	repo := change.Repository{ID: id, Owner: "acme", Name: "shop"}
	again := func(f *gitlab.Forge) (asked int) {
		t.Helper()
		r := gitlab.Resends{Forge: f, Address: box.URL + "/", Marks: marks}
		got, err := r.Of(t.Context(), repo)
		must(t, err)
		if n, err := r.Of(t.Context(), repo); n.Arrived != 0 || err != nil { // it is the webhook of other projects, too
			t.Errorf("a second project of one webhook: %+v, %v", n, err)
		}
		return got.Arrived
	}
	push(6)
	_, lost := ear.got()
	ear.hear(true)
	for name, f := range map[string]*gitlab.Forge{"a Developer": s.forge(t, nil), "who may only read": as("read_api")} {
		if n := again(f); n != 0 {
			t.Errorf("%s had %d sent again", name, n)
		}
		now = now.Add(time.Minute)
	}
	owner := as("api")
	for _, want := range []int{4, 2, 0} {
		if n := again(owner); n != want {
			t.Errorf("%d were sent again, want %d", n, want)
		}
		now = now.Add(5 * time.Minute)
	}
	if got, _ := ear.got(); got != lost {
		t.Errorf("again came\n%s, want\n%s", got, lost)
	}
	// One that fails again ends the go, and is given up after three times.
	ear.hear(false)
	push(2)
	_, lost = ear.got()
	first := strings.Fields(lost)[0]
	for range 3 {
		if n := again(owner); n != 0 {
			t.Errorf("%d arrived", n)
		}
		now = now.Add(5 * time.Minute)
	}
	if _, got := ear.got(); strings.Count(got, first) != 3 {
		t.Errorf("%s was sent %d times: %s", first, strings.Count(got, first), got)
	}
	ear.hear(true)
	again(owner)
	if got, _ := ear.got(); got != strings.Fields(lost)[1] {
		t.Errorf("the one behind it: %q, want %q", got, strings.Fields(lost)[1])
	}
	// What is older than six hours is asked for no more, and a disabled webhook is left alone.
	ear.hear(false)
	push(1)
	now = now.Add(6*time.Hour + time.Second)
	ear.hear(true)
	if n := again(owner); n != 0 {
		t.Errorf("%d old ones were sent again", n)
	}
	broken := s.Fault(traffic.Fault{Path: "/events", Status: http.StatusInternalServerError})
	if _, err := (&gitlab.Resends{Forge: owner, Address: box.URL, Marks: marks}).Of(t.Context(), repo); err == nil {
		t.Error("a log that cannot be read is no error")
	}
	broken()
	s.Fault(traffic.Fault{Path: "/events", Status: http.StatusTooManyRequests, Times: 1})
	_, err = (&gitlab.Resends{Forge: owner, Address: box.URL, Marks: marks}).Of(t.Context(), repo)
	if limited := new(change.Limited); !errors.As(err, &limited) {
		t.Errorf("over the limit: %v", err)
	}
	// What we refuse when it comes again holds nothing up that comes behind it.
	now = now.Add(7 * time.Hour)
	ear.hear(false)
	push(1)
	ear.fails = http.StatusBadRequest
	f := as("api")
	if n, after := again(f), again(f); n != 1 || after != 0 {
		t.Errorf("a delivery that we refuse when it comes again was asked for %d and %d times", n, after)
	}
}

// logged is the log of a webhook as some GitLab shows it: plain where it shows no Idempotency-Key, and bare where it does not show
// what a delivery said either. It refuses to send the entries it is told to.
type logged struct {
	next        http.RoundTripper
	plain, bare bool
	refuse      map[string]bool
	asked       []string
}

func (l *logged) RoundTrip(r *http.Request) (*http.Response, error) {
	resend := strings.HasSuffix(r.URL.Path, "/resend")
	if resend {
		id := strings.Split(r.URL.Path, "/events/")[1]
		l.asked = append(l.asked, strings.TrimSuffix(id, "/resend"))
		if l.refuse[l.asked[len(l.asked)-1]] {
			return &http.Response{StatusCode: http.StatusUnprocessableEntity, Request: r, Header: http.Header{},
				Body: io.NopCloser(strings.NewReader(`{"message":"the data is too large"}`))}, nil
		}
	}
	resp, err := l.next.RoundTrip(r)
	if err != nil || resend || !strings.HasSuffix(r.URL.Path, "/events") {
		return resp, err
	}
	defer resp.Body.Close()
	var list []map[string]any
	if err := json.NewDecoder(resp.Body).Decode(&list); err != nil {
		return nil, err
	}
	for _, e := range list {
		if headers, ok := e["request_headers"].(map[string]any); ok && (l.plain || l.bare) {
			delete(headers, "Idempotency-Key")
		}
		if l.bare {
			e["request_data"] = map[string]any{"oversize": true}
		}
	}
	raw, err := json.Marshal(list)
	resp.Body, resp.ContentLength = io.NopCloser(bytes.NewReader(raw)), int64(len(raw))
	return resp, err
}

// TestResendsEnd: no delivery is asked for without end, where the log shows no key, where it shows nothing, where GitLab refuses
// to send it, and where the server starts again and again.
func TestResendsEnd(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	clock := func() time.Time { return now }
	s := newStage(t, fakelab.Options{Tier: fakelab.Premium, Now: clock})
	id, err := s.AddProject(fakelab.Project{Path: "acme/shop", Files: map[string]string{"a": "1\n"}})
	must(t, err)
	ear := &deaf{}
	box := httptest.NewServer(ear)
	t.Cleanup(box.Close)
	_, err = s.AddHook(fakelab.Hook{Project: id, URL: box.URL, Events: []string{"push_events"}})
	must(t, err)
	person, err := s.AddToken(fakelab.Token{User: "rita", Scopes: []string{"api"}})
	must(t, err)
	seen := &logged{next: http.DefaultTransport}
	f := s.forge(t, func(o *gitlab.Options) {
		o.Now, o.Transport, o.Token = clock, seen, func() (string, error) { return person.Secret, nil }
	})
	repo, marks := change.Repository{ID: id, Owner: "acme", Name: "shop"}, memory{}
	lose := func(n int) {
		t.Helper()
		now = now.Add(7 * time.Hour) // what was lost before is over
		ear.hear(false)
		seen.asked = nil
		for range n {
			_, err := s.Commit(id, fakelab.Commit{Branch: "main", By: "rita", Message: "feat: more\n",
				Files: map[string]string{"a": fmt.Sprint(s.Tip(id, "main"), "\n")}})
			must(t, err)
			must(t, s.Webhooks().Wait(t.Context()))
		}
	}
	of := func() gitlab.Resent {
		t.Helper()
		got, err := (&gitlab.Resends{Forge: f, Address: box.URL, Marks: marks}).Of(t.Context(), repo)
		must(t, err)
		return got
	}
	again := func(goes int) (sum gitlab.Resent) {
		t.Helper()
		for range goes {
			got := of()
			sum.Arrived, sum.GivenUp = sum.Arrived+got.Arrived, append(sum.GivenUp, got.GivenUp...)
			now = now.Add(5 * time.Minute)
		}
		return sum
	}

	seen.plain = true
	lose(1)
	if got := again(12); got.Arrived != 0 || len(seen.asked) != 2 || len(got.GivenUp) != 1 ||
		!strings.Contains(got.GivenUp[0], "failed 3 times") {
		t.Errorf("without a key it is asked for %v in an hour: %+v", seen.asked, got)
	}
	lose(2)
	ear.hear(true)
	if got := again(3); got.Arrived != 2 || len(got.GivenUp) != 0 {
		t.Errorf("without a key two that are lost once: %+v", got)
	}
	seen.bare = true
	lose(1)
	if got := again(3); len(seen.asked) != 0 || len(got.GivenUp) != 1 {
		t.Errorf("of which nothing is shown is asked for %v: %+v", seen.asked, got)
	}
	seen.plain, seen.bare = false, false

	// What GitLab refuses to send holds up none behind it.
	lose(2)
	ear.hear(true)
	list, err := events(s, person.Secret, id)
	must(t, err)
	seen.refuse = map[string]bool{list[1]: true} // the older one
	if got := again(3); got.Arrived != 1 || len(got.GivenUp) != 1 || !strings.Contains(got.GivenUp[0], "the data is too large") ||
		strings.Join(seen.asked, " ") != list[1]+" "+list[0] {
		t.Errorf("one that GitLab refuses to send: asked for %v of %v, %+v", seen.asked, list[:2], got)
	}

	// A server that starts anew asks for no more in a minute.
	lose(6)
	ear.hear(true)
	got := of()
	if more := of(); got.Arrived != 4 || more.Arrived != 0 {
		t.Errorf("in one minute are sent %d and %d", got.Arrived, more.Arrived)
	}
	now = now.Add(time.Minute)
	if got := of(); got.Arrived != 2 {
		t.Errorf("in the next one %d", got.Arrived)
	}
}

// events are the ids in the log of the project's only webhook, newest first.
func events(s *stage, secret string, project int64) (ids []string, err error) {
	get := func(path string, into any) error {
		req, err := http.NewRequest(http.MethodGet, fmt.Sprintf("%s/api/v4/projects/%d/hooks%s", s.URL(), project, path), nil)
		if err != nil {
			return err
		}
		req.Header.Set("PRIVATE-TOKEN", secret)
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			return err
		}
		defer resp.Body.Close()
		return json.NewDecoder(resp.Body).Decode(into)
	}
	var all []struct{ ID int64 }
	if err := get("", &all); err != nil {
		return nil, err
	}
	hook := all[0].ID
	if err := get(fmt.Sprintf("/%d/events?status=server_failure", hook), &all); err != nil {
		return nil, err
	}
	for _, e := range all {
		ids = append(ids, fmt.Sprint(e.ID))
	}
	return ids, nil
}

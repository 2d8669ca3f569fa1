package gitlab_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
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
		asked, err := r.Of(t.Context(), repo)
		must(t, err)
		if n, err := r.Of(t.Context(), repo); n != 0 || err != nil { // it is the webhook of other projects, too
			t.Errorf("a second project of one webhook: %d, %v", n, err)
		}
		return asked
	}
	push(6)
	_, lost := ear.got()
	ear.hear(true)
	for name, f := range map[string]*gitlab.Forge{"a Developer": s.forge(t, nil), "who may only read": as("read_api")} {
		if n := again(f); n != 0 {
			t.Errorf("%s had %d sent again", name, n)
		}
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

package gitlab_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/effect"
	fakelab "github.com/lintel-review/lintel/internal/fake/gitlab"
	"github.com/lintel-review/lintel/internal/forge/gitlab"
	"github.com/lintel-review/lintel/internal/forge/gitlab/hook"
)

// small is a reviewer for this story: what a webhook tells of is read and judged by one rule, and the verdict published.
type small struct {
	door  *hook.Door
	forge *gitlab.Forge
	mu    sync.Mutex
	kinds map[change.EventKind]int
	notes effect.ID
	errs  []error
}

func (r *small) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	r.mu.Lock()
	defer r.mu.Unlock()
	body, err := io.ReadAll(req.Body)
	if err != nil {
		r.errs = append(r.errs, err)
		return
	}
	ev, err := r.door.Decode(req.Header, body)
	if err != nil {
		r.errs = append(r.errs, err)
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	w.WriteHeader(http.StatusAccepted)
	if r.kinds[ev.Kind]++; ev.Kind == change.Updated {
		if err := r.look(context.WithoutCancel(req.Context()), ev.Ref); err != nil {
			r.errs = append(r.errs, err)
		}
	}
}

func (r *small) look(ctx context.Context, ref change.Ref) error {
	snap, err := r.forge.Snapshot(ctx, change.Record{Ref: ref, State: change.Open})
	if err != nil {
		return err
	}
	verdict := effect.Success
	for _, f := range snap.Files {
		for _, h := range f.Hunks {
			for _, l := range h.Lines {
				if strings.Contains(l.Text, "unwanted") {
					verdict = effect.Failure
				}
			}
		}
	}
	key := snap.Head.SHA + string(verdict)
	check := &effect.Check{
		Name:       "lintel",
		SHA:        snap.Head.SHA,
		Status:     effect.Completed,
		Conclusion: verdict,
		Title:      string(verdict),
	}
	if _, err = r.forge.Apply(ctx, effect.Effect{Key: "c" + key, Ref: ref, Check: check}, false); err != nil {
		return err
	}
	note := &effect.Comment{Body: "The verdict is " + string(verdict) + ".", Edits: r.notes}
	done, err := r.forge.Apply(ctx, effect.Effect{Key: "n" + key, Ref: ref, Comment: note}, false)
	r.notes = done.RemoteID
	return err
}

// TestStory: a merge request is opened and held, its author pushes and is let through, all by what GitLab sends.
func TestStory(t *testing.T) {
	s, f, _ := gated(t, nil)
	secret := "whsec_" + "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
	self, err := f.Self(t.Context())
	must(t, err)
	door, err := hook.New(hook.Options{Instance: s.URL(), Signing: []string{secret}, Connection: 1, Pipelines: true,
		Self: func() int64 { return self }, Now: s.clock.now})
	must(t, err)
	r := &small{door: door, forge: f, kinds: map[change.EventKind]int{}}
	server := httptest.NewServer(r)
	t.Cleanup(server.Close)
	_, err = s.AddHook(fakelab.Hook{Project: s.id, URL: server.URL, Signing: secret})
	must(t, err)
	settle := func() {
		t.Helper()
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		must(t, s.Webhooks().Wait(ctx))
		for _, err := range r.errs {
			t.Error(err)
		}
		r.errs = nil
	}
	closed := "closed"
	must(t, s.Edit(s.id, 1, "rita", fakelab.Edit{State: &closed}))
	s.push(t, "topic", map[string]string{"b": "1\nunwanted\n"})
	s.open(t, fakelab.Request{Source: "topic", Title: "feat: topic", By: "dev"})
	settle()
	if body := s.noteBody(t, r.notes); !strings.HasPrefix(body, "The verdict is failure.") {
		t.Errorf("the note says %q", body)
	}
	s.holds(t, "there is no pipeline")
	iid := int64(s.ref.Number)
	_, _, err = s.StartPipeline(s.id, fakelab.Pipeline{IID: iid, Jobs: []fakelab.Job{{Name: "unit"}}})
	must(t, err)
	settle()
	s.holds(t, "the pipeline is failed")
	first := r.notes
	s.push(t, "topic", map[string]string{"b": "1\nmore\n"})
	settle()
	_, _, err = s.StartPipeline(s.id, fakelab.Pipeline{IID: iid, Jobs: []fakelab.Job{{Name: "unit"}}})
	must(t, err)
	settle()
	s.holds(t, "")
	if body := s.noteBody(t, first); r.notes != first || !strings.HasPrefix(body, "The verdict is success.") {
		t.Errorf("the note says %q", body)
	}
	// What we wrote ourselves asked for nothing.
	before := r.kinds[change.Updated]
	must(t, r.look(t.Context(), s.ref))
	settle()
	if r.kinds[change.Updated] != before {
		t.Errorf("our own writes asked for %d more looks", r.kinds[change.Updated]-before)
	}
}

// TestSweep: without any webhook, what changed is found by when it changed, and the times overlap.
func TestSweep(t *testing.T) {
	s, f, _ := gated(t, nil)
	repos, err := f.Repositories(t.Context(), 1)
	must(t, err)
	if len(repos) != 1 || repos[0].ID != s.id || repos[0].Owner != "acme/tools" || repos[0].Name != "shop.web" ||
		!repos[0].Private {
		t.Errorf("%+v", repos)
	}
	since := s.clock.now()
	list := func(base string, since time.Time) int {
		t.Helper()
		all, err := f.OpenPulls(t.Context(), 1, "acme/tools", "shop.web", base, since)
		must(t, err)
		return len(all)
	}
	if list("", time.Time{}) != 1 || list("main", time.Time{}) != 1 || list("other", time.Time{}) != 0 {
		t.Error("the list of all is wrong")
	}
	if list("", since.Add(time.Minute)) != 1 || list("", since.Add(time.Hour)) != 0 {
		t.Error("the times do not overlap by a little")
	}
	s.clock.add(2 * time.Hour)
	head := s.push(t, "topic", map[string]string{"z": "1\n"})
	all, err := f.OpenPulls(t.Context(), 1, "acme/tools", "shop.web", "", since.Add(time.Hour))
	must(t, err)
	if len(all) != 1 || all[0].Head.SHA != head || all[0].Base.Ref != "main" || all[0].Number != 1 {
		t.Errorf("a push is found as %+v", all)
	}
	ends := s.clock.now().Add(48 * time.Hour).Truncate(24 * time.Hour)
	token, err := s.AddToken(fakelab.Token{Group: "acme", Expires: ends})
	must(t, err)
	short := s.forge(t, func(o *gitlab.Options) {
		s.options(o)
		o.Token = func() (string, error) { return token.Secret, nil }
	})
	if at, err := short.TokenEnds(t.Context()); err != nil || !at.Equal(ends) {
		t.Errorf("the token ends %v, %v, want %v", at, err, ends)
	}
}

package github_test

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	fakehub "github.com/lintel-review/lintel/internal/fake/github"
	"github.com/lintel-review/lintel/internal/fake/testkey"
	"github.com/lintel-review/lintel/internal/fake/traffic"
	"github.com/lintel-review/lintel/internal/flow"
	"github.com/lintel-review/lintel/internal/forge/github"
	"github.com/lintel-review/lintel/internal/past"
)

// ticking is a clock that goes on by a second each time somebody looks at it.
type ticking struct {
	mu sync.Mutex
	at time.Time
}

func (c *ticking) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(time.Second)
	return c.at
}

func (s *shop) pastQuery(size past.Size, after string) past.Query {
	return past.Query{Connection: s.installation, Owner: "acme", Name: "shop", Size: size, After: after}
}

// told is an event as a test reads it.
func told(e flow.Event) string {
	d := e.Detail
	out := string(e.Kind) + " by " + e.Actor.Login
	for _, more := range []struct {
		is   bool
		text string
	}{
		{d.Forced, "forced"},
		{d.Fork, "fork"},
		{d.Reviewer != nil, "of someone"},
		{d.Team != "", "of team " + d.Team},
		{d.State != "", string(d.State)},
		{d.Comments > 0, fmt.Sprint(d.Comments, " inline")},
		{d.Inline, "inline"},
		{d.From != "", "from " + d.From},
		{d.Base != "" && e.Kind != flow.State, "to " + d.Base},
	} {
		if more.is {
			out += " " + more.text
		}
	}
	return out
}

// life plays one life of a pull request, of all that a timeline tells.
func (s *shop) life(t *testing.T) (n int) {
	t.Helper()
	const repo = "acme/shop"
	hub := s.hub
	_, err := hub.Commit(repo,
		fakehub.Commit{Branch: "topic", Author: "wendy", Message: "feat: topic", Files: fakehub.Files{"pay/x.go": "x\n"}})
	must(t, err)
	_, err = hub.Commit(repo,
		fakehub.Commit{Branch: "next", From: "main", Author: "olga", Message: "feat: n", Files: fakehub.Files{"n": "n\n"}})
	must(t, err)
	n, err = hub.OpenPull(repo, fakehub.Pull{Head: "topic", Base: "main", Title: "feat: topic", Author: "wendy", Draft: true})
	must(t, err)
	must(t, hub.SetDraft(repo, n, false, ""))
	must(t, hub.RequestReview(repo, n, "wendy", []string{"mika"}, []string{"core"}))
	_, err = hub.InlineComment(repo, n, "mika", "pay/x.go", 1, "why x?")
	must(t, err)
	no, err := hub.Review(repo, n, fakehub.Review{Author: "mika", State: "REQUEST_CHANGES", Body: "no"})
	must(t, err)
	must(t, hub.DismissReview(repo, n, no, "now it is", "olga"))
	_, err = hub.Comment(repo, n, "wendy", "done")
	must(t, err)
	_, err = hub.Commit(repo, fakehub.Commit{Branch: "topic", Author: "wendy", Message: "fix: all",
		Parents: []string{hub.Tip(repo, "main")}, Files: fakehub.Files{"pay/x.go": "y\n"}, Force: true})
	must(t, err)
	next, main := "next", "main"
	must(t, hub.EditPull(repo, n, fakehub.Edit{Base: &next}, "wendy"))
	must(t, hub.EditPull(repo, n, fakehub.Edit{Base: &main}, "wendy"))
	must(t, hub.SetDraft(repo, n, true, ""))
	must(t, hub.SetDraft(repo, n, false, ""))
	must(t, hub.ClosePull(repo, n, "olga"))
	must(t, hub.ReopenPull(repo, n, "olga"))
	_, err = hub.Review(repo, n, fakehub.Review{Author: "mika", State: "APPROVE"})
	must(t, err)
	ref, _, err := hub.Enqueue(repo, n, "squash", "wendy")
	must(t, err)
	must(t, hub.Dequeue(repo, ref, "merged", "wendy"))
	return n
}

func TestPastOfOnePullRequest(t *testing.T) {
	clock := &ticking{at: time.Now().UTC()}
	s := newWatched(t, fakehub.Options{Now: clock.now})
	n := s.life(t)
	page, err := s.forge.PastPulls(t.Context(), s.pastQuery(past.FirstSize(), ""))
	must(t, err)
	if page.Pulls != 1 || page.Total != 1 || page.More || page.Calls != 1 || page.RepoID != s.repo || page.Budget.Limit != 5000 {
		t.Errorf("page %+v", page)
	}
	want := []string{
		"opened by wendy", "whole by ", "drafted by wendy", "commit by wendy", "ready by wendy",
		"review_requested by wendy of someone", "review_requested by wendy of team core",
		"review_dismissed by olga", "pushed by wendy forced", "retargeted by wendy from main to next",
		"retargeted by wendy from next to main", "drafted by wendy", "ready by wendy", "closed by olga", "reopened by olga",
		"enqueued by wendy", "dequeued by wendy",
		"commented by mika inline", "commented by wendy",
		"reviewed by mika commented 1 inline", "reviewed by mika changes_requested", "reviewed by mika approved",
		"merged by wendy to main", "state by ",
	}
	var got []string
	keys := map[string]bool{}
	for _, e := range page.Events {
		got = append(got, told(e))
		if e.Key == "" || keys[e.Key] || e.Pull.Number != n || e.At.IsZero() {
			t.Errorf("key %q: %+v", e.Key, e)
		}
		keys[e.Key] = true
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	for _, e := range page.Events {
		if e.Kind == flow.Merged && e.SHA != s.hub.Tip("acme/shop", "main") {
			t.Errorf("merged as %q", e.SHA)
		}
	}
}

// TestPastIsWhole: lists beyond one page are read to their end. A study that stopped at thirty items lost data of one
// pull request in seven.
func TestPastIsWhole(t *testing.T) {
	s := newWatched(t, fakehub.Options{})
	const repo = "acme/shop"
	files := fakehub.Files{"pay/x.go": strings.Repeat("x\n", 40)}
	n, _ := s.topic(t, "long", files)
	for i := range 130 {
		_, err := s.hub.Comment(repo, n, "rita", fmt.Sprint(i))
		must(t, err)
		_, err = s.hub.Review(repo, n, fakehub.Review{Author: "mika", State: "COMMENT", Body: "b"})
		must(t, err)
		must(t, s.hub.SetDraft(repo, n, i%2 == 0, ""))
	}
	var first int64
	for i := range 30 {
		id, err := s.hub.InlineComment(repo, n, "mika", "pay/x.go", i+1, "?")
		must(t, err)
		if i == 0 {
			first = id
		}
	}
	for range 45 {
		_, err := s.hub.ReplyTo(repo, n, first, "wendy", "!")
		must(t, err)
	}
	for _, size := range []past.Size{past.FirstSize(), {Pulls: 1, Items: 25}} {
		page, err := s.forge.PastPulls(t.Context(), s.pastQuery(size, ""))
		must(t, err)
		counts := map[string]int{}
		for _, e := range page.Events {
			name := string(e.Kind)
			if e.Detail.Inline {
				name = "inline"
			}
			counts[name]++
		}
		want := map[string]int{"opened": 1, "commit": 1, "commented": 130, "inline": 75, "reviewed": 130 + 30,
			"drafted": 65, "ready": 65, "state": 1, "whole": 1}
		if d := cmp.Diff(want, counts); d != "" {
			t.Errorf("%+v: %s", size, d)
		}
		if page.Calls < 3 || page.Points < page.Calls {
			t.Errorf("%+v: %d calls, %d points", size, page.Calls, page.Points)
		}
	}
}

// TestPastPages: the last changed come first, and each once.
func TestPastPages(t *testing.T) {
	s := newShop(t, fakehub.Options{})
	n, _ := s.topic(t, "one", fakehub.Files{"a": "a\n"})
	must(t, s.hub.MergePull("acme/shop", n, "squash", "wendy"))
	must(t, s.hub.Repeat("acme/shop", n, 30, time.Hour))
	seen, cursor, pages := map[int]int{}, "", 0
	for last := time.Now(); ; pages++ {
		page, err := s.forge.PastPulls(t.Context(), s.pastQuery(past.Size{Pulls: 12, Items: 100}, cursor))
		must(t, err)
		if page.Oldest.After(last) || page.Total != 31 {
			t.Errorf("page %d: oldest %s after %s; %d in all", pages, page.Oldest, last, page.Total)
		}
		for _, e := range page.Events {
			if e.Kind == flow.Merged {
				seen[e.Pull.Number]++
			}
		}
		if cursor, last = page.Cursor, page.Oldest; !page.More {
			break
		}
	}
	if len(seen) != 31 || pages != 2 {
		t.Errorf("%d pull requests on %d pages", len(seen), pages+1)
	}
}

// TestPastThatIsTooMuch: what GitHub cannot give in time is told apart from faults and limits.
func TestPastThatIsTooMuch(t *testing.T) {
	s := newShop(t, fakehub.Options{})
	s.topic(t, "one", fakehub.Files{"a": "a\n"})
	ask := func(size past.Size) error {
		_, err := s.forge.PastPulls(t.Context(), s.pastQuery(size, ""))
		return err
	}
	var large *past.TooLarge
	s.hub.SetLimits(traffic.Rules{NodesInTime: 9000})
	if err := ask(past.FirstSize()); !errors.As(err, &large) {
		t.Errorf("a time-out: %v", err)
	}
	if err := ask(past.Size{Pulls: 6, Items: 100}); err != nil {
		t.Errorf("a smaller page: %v", err)
	}
	for name, fault := range map[string]traffic.Fault{
		"504": {Operation: "LintelPast", Status: http.StatusGatewayTimeout, Times: 1},
		"in words": {Operation: "LintelPast", Status: http.StatusOK, Times: 1,
			Body: `{"data":null,"errors":[{"message":"Something went wrong while executing your query. It may be a timeout"}]}`},
		"by its size": {Operation: "LintelPast", Status: http.StatusOK, Times: 1, Body: `{"data":"` + strings.Repeat("x", 17<<20) + `"}`},
	} {
		s.hub.Fault(fault)
		if err := ask(past.Size{Pulls: 1, Items: 10}); !errors.As(err, &large) {
			t.Errorf("%s: %.200v", name, err)
		}
	}
	s.hub.Fault(traffic.Fault{Operation: "LintelPast", Status: http.StatusInternalServerError, Times: 1})
	if err := ask(past.Size{Pulls: 1, Items: 10}); err == nil || errors.As(err, &large) {
		t.Errorf("a fault: %v", err)
	}
}

// answering is a network that gives one answer to every query.
type answering []byte

func (a answering) RoundTrip(r *http.Request) (*http.Response, error) {
	body := string(a)
	if strings.HasSuffix(r.URL.Path, "/access_tokens") {
		body = `{"token":"t","expires_at":"2099-01-01T00:00:00Z"}`
	}
	return &http.Response{StatusCode: http.StatusOK, Request: r, Header: http.Header{"Content-Type": {"application/json"}},
		Body: io.NopCloser(strings.NewReader(body))}, nil
}

func FuzzPast(f *testing.F) {
	for _, seed := range []string{
		`{"data":{"rateLimit":{"cost":8,"limit":5000,"remaining":4000,"resetAt":"2026-01-01T00:00:00Z"},"repository":{"databaseId":1,
		"pullRequests":{"totalCount":1,"pageInfo":{"hasNextPage":true,"endCursor":"c"},"nodes":[{"number":1,"state":"MERGED",
		"createdAt":"2026-01-01T00:00:00Z","timelineItems":{"nodes":[null,{"__typename":"ReviewRequestedEvent","requestedReviewer":null},
		{"__typename":"ReviewDismissedEvent"},{"__typename":"HeadRefForcePushedEvent"}]},"commits":{"nodes":[null,{"commit":{}}]},
		"reviews":{"nodes":[{"state":"DISMISSED","fullDatabaseId":"x"}]},"reviewThreads":{"nodes":[{"comments":null},null]}}]}}}}`,
		`{"data":null}`, `null`, `{"errors":[{"type":"NOT_FOUND"}]}`,
		`{"data":{"repository":{"databaseId":1,"pullRequests":{"nodes":[null]}}}}`,
		`{"data":{"repository":{"databaseId":-1}}}`, `[]`, `{"data":{"node":null,"repository":{"databaseId":2,"pullRequest":null,
		"pullRequests":{"nodes":[{"number":2,
		"createdAt":"2026-01-01T00:00:00Z","commits":{"pageInfo":{"hasNextPage":true,"endCursor":"z"}}}]}}}}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		forge, err := github.New(github.Options{
			AppID:      1,
			PrivateKey: fakehub.AppSpec{Key: testkey.RSA()}.PEM(),
			APIURL:     "https://api.invalid",
			Transport:  answering(body),
			Kept:       &memoryCache{kept: map[string][]byte{}},
			Now:        time.Now,
			Log:        slog.New(slog.DiscardHandler),
		})
		must(t, err)
		page, err := forge.PastPulls(t.Context(),
			past.Query{Connection: 1, Owner: "a", Name: "b", Size: past.Size{Pulls: 1, Items: 10}})
		if err != nil {
			return
		}
		if page.Calls > 200 || page.RepoID <= 0 {
			t.Errorf("%d calls, repository %d", page.Calls, page.RepoID)
		}
		for _, e := range page.Events {
			if e.Key == "" || e.Pull.Number <= 0 {
				t.Errorf("%+v", e)
			}
		}
	})
}

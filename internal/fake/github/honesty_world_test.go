package github

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/bradleyfalzon/ghinstallation/v2"
	"github.com/google/go-github/v66/github"

	"github.com/lintel-review/lintel/internal/fake/github/oracle"
	"github.com/lintel-review/lintel/internal/fake/testkey"
)

// scene is a hub that is watched from all sides: every API exchange goes past GitHub's documents, every webhook past its schemas.
type scene struct {
	t      *testing.T
	ctx    context.Context
	hub    *Hub
	report *oracle.Report
	hooks  *receiver

	installation            int64
	asApp, asInstallation   *github.Client
	asOlga, asWendy, asRita *github.Client
	tokens                  map[string]string
}

const (
	org  = "acme"
	shop = "shop"
)

// receiver is an App's webhook server. It checks what arrives and keeps it.
type receiver struct {
	t      *testing.T
	secret string

	mu  sync.Mutex
	got []arrival
}

type arrival struct {
	event, action, guid string
	body                []byte
}

var guidForm = regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$`)

func (r *receiver) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	body, err := io.ReadAll(req.Body)
	if err != nil {
		return // the sender ended, or gave up: nothing arrived, and whoever waits for it goes on waiting
	}
	event := req.Header.Get("X-GitHub-Event")
	mac := hmac.New(sha256.New, []byte(r.secret))
	mac.Write(body)
	if got, want := req.Header.Get("X-Hub-Signature-256"), "sha256="+hex.EncodeToString(mac.Sum(nil)); got != want {
		r.t.Errorf("%s: signature %q, want %q", event, got, want)
	}
	for name, form := range map[string]string{
		"Content-Type":                           "^application/json$",
		"User-Agent":                             "^GitHub-Hookshot/",
		"X-GitHub-Delivery":                      guidForm.String(),
		"X-GitHub-Hook-ID":                       "^[0-9]+$",
		"X-GitHub-Hook-Installation-Target-ID":   "^[0-9]+$",
		"X-GitHub-Hook-Installation-Target-Type": "^integration$",
	} {
		if got := req.Header.Get(name); !regexp.MustCompile(form).MatchString(got) {
			r.t.Errorf("%s: header %s is %q, want %s", event, name, got, form)
		}
	}
	var top struct {
		Action       string `json:"action"`
		Installation struct {
			ID int64 `json:"id"`
		} `json:"installation"`
	}
	if err := json.Unmarshal(body, &top); err != nil {
		r.t.Errorf("%s: %v", event, err)
	}
	if top.Installation.ID == 0 && event != "ping" {
		r.t.Errorf("%s %s: names no installation", event, top.Action)
	}
	for _, problem := range oracle.Webhook(r.t, event, body) {
		r.t.Errorf("GitHub's webhook schemas say otherwise: %s", problem)
	}
	if _, err := github.ParseWebHook(event, body); err != nil {
		r.t.Errorf("%s %s: go-github cannot read it: %v", event, top.Action, err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.got = append(r.got, arrival{event, top.Action, req.Header.Get("X-GitHub-Delivery"), body})
	w.WriteHeader(http.StatusAccepted)
}

// seen counts what arrived, as "event.action".
func (r *receiver) seen() map[string]int {
	r.mu.Lock()
	defer r.mu.Unlock()
	out := map[string]int{}
	for _, a := range r.got {
		out[strings.TrimSuffix(a.event+"."+a.action, ".")]++
	}
	return out
}

// last is the body of the newest delivery of an event.
func (r *receiver) last(event, action string) []byte {
	r.t.Helper()
	r.mu.Lock()
	defer r.mu.Unlock()
	for i := len(r.got) - 1; i >= 0; i-- {
		if r.got[i].event == event && r.got[i].action == action {
			return r.got[i].body
		}
	}
	r.t.Fatalf("no %s %s arrived", event, action)
	return nil
}

// bearer is a personal access token.
type bearer struct {
	token string
	next  http.RoundTripper
}

func (b bearer) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Header.Set("Authorization", "Bearer "+b.token)
	return b.next.RoundTrip(r)
}

// pointed aims a client of go-github at the hub.
func (s *scene) pointed(rt http.RoundTripper) *github.Client {
	c := github.NewClient(&http.Client{Transport: rt})
	u, err := url.Parse(s.hub.URL() + "/")
	if err != nil {
		s.t.Fatal(err)
	}
	c.BaseURL, c.UploadURL = u, u
	return c
}

func (s *scene) as(token string) *github.Client {
	return s.pointed(bearer{token, s.report.Transport(http.DefaultTransport)})
}

// graphql sends a query as the installation and decodes the data into out.
func (s *scene) graphql(query string, variables map[string]any, out any) {
	s.t.Helper()
	body, err := json.Marshal(map[string]any{"query": query, "variables": variables})
	if err != nil {
		s.t.Fatal(err)
	}
	resp, err := s.asInstallation.Client().Post(s.hub.URL()+"/graphql", "application/json", bytes.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	var answer struct {
		Data   json.RawMessage  `json:"data"`
		Errors []map[string]any `json:"errors"`
	}
	if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil {
		s.t.Fatalf("GraphQL answer: %v", err)
	}
	if resp.StatusCode != http.StatusOK || len(answer.Errors) > 0 {
		s.t.Fatalf("GraphQL answer: status %d, errors %v", resp.StatusCode, answer.Errors)
	}
	if err := json.Unmarshal(answer.Data, out); err != nil {
		s.t.Fatalf("GraphQL data: %v\n%s", err, answer.Data)
	}
}

// ok ends the test on an error. what says which step of the story it was.
func ok[T any](s *scene, what string) func(T, *github.Response, error) T {
	return func(v T, _ *github.Response, err error) T {
		s.t.Helper()
		if err != nil {
			s.t.Fatalf("%s: %v", what, err)
		}
		return v
	}
}

// done is ok for calls that answer nothing.
func (s *scene) done(what string) func(*github.Response, error) {
	return func(_ *github.Response, err error) {
		s.t.Helper()
		if err != nil {
			s.t.Fatalf("%s: %v", what, err)
		}
	}
}

// refused wants a status, as GitHub gives it.
func (s *scene) refused(what string, status int, resp *github.Response, err error) {
	s.t.Helper()
	if err == nil || resp == nil || resp.StatusCode != status {
		s.t.Errorf("%s: got %v, want status %d", what, err, status)
	}
}

func (s *scene) delivered() {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.ctx, 3*time.Minute)
	defer cancel()
	if err := s.hub.WaitDelivered(ctx); err != nil {
		s.t.Fatalf("wait for webhooks: %v", err)
	}
}

func newScene(t *testing.T) *scene {
	t.Helper()
	s := &scene{t: t, ctx: t.Context(), report: oracle.Watch(t), tokens: map[string]string{}}
	s.hooks = &receiver{t: t, secret: "s3cret"}
	server := httptest.NewServer(s.hooks)
	t.Cleanup(server.Close)
	hub, err := New(Options{
		Key:      testkey.RSA(),
		HookTime: 3 * time.Minute,
		App:      AppSpec{ID: 4242, Slug: "lintel", Name: "Lintel", WebhookURL: server.URL + "/hooks", WebhookSecret: s.hooks.secret},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := hub.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	if err := hub.Start(); err != nil {
		t.Fatal(err)
	}
	s.hub = hub
	s.populate()

	watched := s.report.Transport(http.DefaultTransport)
	spec := hub.App()
	app, err := ghinstallation.NewAppsTransport(watched, spec.ID, spec.PEM())
	if err != nil {
		t.Fatal(err)
	}
	app.BaseURL = hub.URL()
	s.asApp = s.pointed(app)
	inst, err := ghinstallation.New(watched, spec.ID, s.installation, spec.PEM())
	if err != nil {
		t.Fatal(err)
	}
	inst.BaseURL = hub.URL()
	s.asInstallation = s.pointed(inst)
	s.asOlga, s.asWendy, s.asRita = s.as(s.tokens["olga"]), s.as(s.tokens["wendy"]), s.as(s.tokens["rita"])
	return s
}

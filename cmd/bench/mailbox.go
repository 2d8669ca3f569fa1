package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"time"
)

// letter is a webhook that the fake GitHub sent, signed and ready to be passed on.
type letter struct {
	header http.Header
	body   []byte
	// event is "pull_request.synchronize"; repo and number are the pull request's, when it is about one.
	event  string
	repo   int64
	number int
}

// mailbox takes the fake GitHub's webhooks and keeps them until the benchmark posts them: so the clock starts with the POST,
// and the rate is the benchmark's own.
type mailbox struct {
	server  *http.Server
	address string
	mu      sync.Mutex
	letters []letter
}

func newMailbox() (*mailbox, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("open mailbox: %w", err)
	}
	m := &mailbox{address: "http://" + l.Addr().String() + "/"}
	m.server = &http.Server{Handler: m, ReadHeaderTimeout: 10 * time.Second}
	go m.server.Serve(l) //nolint:errcheck // it ends with Close
	return m, nil
}

func (m *mailbox) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	var p struct {
		Action      string
		Number      int
		PullRequest struct{ Number int } `json:"pull_request"`
		Issue       struct{ Number int }
		Repository  struct{ ID int64 }
		// GitLab's words for the same.
		ObjectKind string `json:"object_kind"`
		Attributes struct {
			Action string
			IID    int
		} `json:"object_attributes"`
		Project struct{ ID int64 }
	}
	if err := json.Unmarshal(body, &p); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	name := r.Header.Get("X-GitHub-Event")
	if p.ObjectKind != "" {
		name, p.Action, p.Number, p.Repository.ID = p.ObjectKind, p.Attributes.Action, p.Attributes.IID, p.Project.ID
	}
	if p.Action != "" {
		name += "." + p.Action
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.letters = append(m.letters,
		letter{
			header: r.Header.Clone(),
			body:   body,
			event:  name,
			repo:   p.Repository.ID,
			number: max(p.Number, p.PullRequest.Number, p.Issue.Number),
		})
}

// take returns what came since the last time of the events named; the rest is dropped.
func (m *mailbox) take(events ...string) []letter {
	m.mu.Lock()
	defer m.mu.Unlock()
	var out []letter
	for _, l := range m.letters {
		for _, e := range events {
			if l.event == e {
				out = append(out, l)
			}
		}
	}
	m.letters = nil
	return out
}

func (m *mailbox) close() error { return m.server.Close() }

// poster sends letters to the server's hook.
type poster struct {
	client *http.Client
	url    string
}

func newPoster(url string) *poster {
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.MaxIdleConnsPerHost, t.MaxIdleConns = 64, 64
	return &poster{client: &http.Client{Transport: t, Timeout: 20 * time.Second}, url: url}
}

// post delivers a letter and returns the time until the answer was read.
func (p *poster) post(ctx context.Context, l letter) (time.Duration, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, p.url, bytes.NewReader(l.body))
	if err != nil {
		return 0, fmt.Errorf("make delivery: %w", err)
	}
	for _, k := range []string{"Content-Type", "User-Agent", "X-Github-Delivery", "X-Github-Event", "X-Github-Hook-Id",
		"X-Github-Hook-Installation-Target-Id", "X-Github-Hook-Installation-Target-Type", "X-Hub-Signature-256",
		"X-Gitlab-Event", "X-Gitlab-Token", "X-Gitlab-Instance", "Idempotency-Key"} {
		if v := l.header.Get(k); v != "" {
			req.Header.Set(k, v)
		}
	}
	start := time.Now()
	resp, err := p.client.Do(req)
	if err != nil {
		return 0, fmt.Errorf("deliver %s: %w", l.event, err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(io.LimitReader(resp.Body, 1<<16))
	if err != nil {
		return 0, fmt.Errorf("deliver %s: %w", l.event, err)
	}
	took := time.Since(start)
	if resp.StatusCode/100 != 2 {
		return took, fmt.Errorf("deliver %s: the server answered %d %s", l.event, resp.StatusCode, text)
	}
	return took, nil
}

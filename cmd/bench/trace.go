package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"
)

// request is one call to the forge as the server saw it.
type request struct {
	Name       string
	Start, End time.Time
	Status     int
}

// tracer is a transport that notes every call.
type tracer struct {
	next http.RoundTripper
	mu   sync.Mutex
	all  []request
}

// newTracer keeps connections open as the server's own transport does.
func newTracer() *tracer {
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.MaxIdleConnsPerHost, t.MaxIdleConns = 64, 128
	return &tracer{next: t}
}

func (t *tracer) RoundTrip(r *http.Request) (*http.Response, error) {
	q := request{Name: nameOf(r), Start: time.Now()}
	resp, err := t.next.RoundTrip(r)
	q.End = time.Now()
	if err == nil {
		q.Status = resp.StatusCode
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.all = append(t.all, q)
	return resp, err
}

// take returns the calls since the last time, in the order of their starts.
func (t *tracer) take() []request {
	t.mu.Lock()
	defer t.mu.Unlock()
	out := t.all
	t.all = nil
	slices.SortFunc(out, func(a, b request) int { return a.Start.Compare(b.Start) })
	return out
}

var (
	operation = regexp.MustCompile(`^\s*(?:query|mutation)\s+(\w+)`)
	variable  = regexp.MustCompile(`[0-9a-f]{40}|^[0-9]+$`)
)

// nameOf is "GraphQL LintelChange" or "GET compare/main...SHA": enough to know the call, without what differs each time.
func nameOf(r *http.Request) string {
	if strings.HasSuffix(r.URL.Path, "/graphql") && r.GetBody != nil {
		var body struct{ Query string }
		if rc, err := r.GetBody(); err == nil {
			raw, err := io.ReadAll(rc)
			if err == nil && json.Unmarshal(raw, &body) == nil {
				if m := operation.FindStringSubmatch(body.Query); m != nil {
					return "GraphQL " + m[1]
				}
			}
		}
		return "GraphQL"
	}
	parts := strings.Split(strings.Trim(r.URL.Path, "/"), "/")
	if len(parts) > 3 && parts[0] == "repos" {
		parts = parts[3:]
	}
	for i := range parts {
		parts[i] = variable.ReplaceAllString(parts[i], "*")
	}
	return r.Method + " " + strings.Join(parts, "/")
}

// countCalls leaves out the minting of tokens, as the peers' numbers do: twice an hour for an installation.
func countCalls(all []request) int {
	n := 0
	for _, q := range all {
		if !strings.HasSuffix(q.Name, "access_tokens") {
			n++
		}
	}
	return n
}

// list is the calls by name with how often, in order of first use.
func list(all []request) string {
	var names []string
	times := map[string]int{}
	for _, q := range all {
		if times[q.Name]++; times[q.Name] == 1 {
			names = append(names, q.Name)
		}
	}
	for i, n := range names {
		if times[n] > 1 {
			names[i] = fmt.Sprintf("%d x %s", times[n], n)
		}
	}
	return strings.Join(names, ", ")
}

// criticalPath walks back from the last call: each step is the call that ended last before the next one began. What
// runs beside it costs no time.
func criticalPath(posted time.Time, all []request) string {
	if len(all) == 0 {
		return "no calls"
	}
	at := slices.MaxFunc(all, func(a, b request) int { return a.End.Compare(b.End) })
	var steps []string
	for {
		steps = append([]string{fmt.Sprintf("%s %s", at.Name, ms(at.End.Sub(at.Start)))}, steps...)
		var before *request
		for i := range all {
			if q := &all[i]; !q.End.After(at.Start) && (before == nil || q.End.After(before.End)) {
				before = q
			}
		}
		if before == nil {
			return fmt.Sprintf("webhook, %s > %s", ms(at.Start.Sub(posted)), strings.Join(steps, " > "))
		}
		steps[0] = ms(at.Start.Sub(before.End)) + " > " + steps[0]
		at = *before
	}
}

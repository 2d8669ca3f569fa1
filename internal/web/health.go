package web

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/lintel-review/lintel/internal/change"
)

// Check is one thing that must work for the server to do its work. Name, Run and Remedy are needed.
type Check struct {
	// Name is shown: "database", "queue", "forge".
	Name string
	// Run returns what is wrong. A *change.Refused or *change.Unread brings its own remedy.
	Run func(ctx context.Context) error
	// Remedy says what to do when it fails.
	Remedy string
	// Timeout bounds one run (0: two seconds). Keep is how long a result is cached (0: one second).
	Timeout, Keep time.Duration
}

// Degraded is what is wrong elsewhere: the process that finds it does its part all the same, and stays ready.
type Degraded struct{ Err error }

func (d *Degraded) Error() string { return d.Err.Error() }
func (d *Degraded) Unwrap() error { return d.Err }

// Health answers /healthz and /readyz. It is safe for concurrent use.
type Health struct {
	log      *slog.Logger
	now      func() time.Time
	probes   []*probe
	draining atomic.Bool
}

type probe struct {
	Check
	mu     sync.Mutex
	last   result
	failed bool
}

// result is the outcome of one check. Error and At are for operators only: an error may name hosts and files.
type result struct {
	Name string `json:"name"`
	OK   bool   `json:"ok"`
	// Degraded is true when this process does its part, and something else does not.
	Degraded bool       `json:"degraded,omitempty"`
	Remedy   string     `json:"remedy,omitempty"`
	Error    string     `json:"error,omitempty"`
	At       *time.Time `json:"checked_at,omitempty"`
}

type readiness struct {
	Ready bool `json:"ready"`
	// Degraded is true when the server takes work, and a check says that something is missing.
	Degraded bool     `json:"degraded,omitempty"`
	Reason   string   `json:"reason,omitempty"`
	Checks   []result `json:"checks"`
}

// NewHealth takes the checks in the order in which they are shown, and refuses one that lacks something.
func NewHealth(log *slog.Logger, now func() time.Time, checks ...Check) (*Health, error) {
	if log == nil || now == nil {
		return nil, errors.New("make the health: the log and the clock are needed")
	}
	h := &Health{log: log, now: now}
	for _, c := range checks {
		if c.Name == "" || c.Run == nil || c.Remedy == "" {
			return nil, fmt.Errorf("make the health: the check %q needs a name, a function and a remedy", c.Name)
		}
		if c.Timeout == 0 {
			c.Timeout = 2 * time.Second
		}
		if c.Keep == 0 {
			c.Keep = time.Second
		}
		h.probes = append(h.probes, &probe{Check: c})
	}
	return h, nil
}

// Drain reports the server as not ready from now on: it is about to stop and takes no more work.
func (h *Health) Drain() { h.draining.Store(true) }

// Check runs all checks side by side, or takes their cached results, and returns what is wrong with the first that fails.
func (h *Health) Check(ctx context.Context) error {
	for i, f := range h.ask(ctx) {
		if !f.OK {
			return fmt.Errorf("%s: %s (%s)", h.probes[i].Name, f.Error, f.Remedy)
		}
	}
	return nil
}

func (h *Health) route(mux *http.ServeMux, details bool) {
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { plain(w, http.StatusOK, "ok\n") })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) {
		out := readiness{Ready: true, Checks: h.ask(r.Context())}
		for i := range out.Checks {
			out.Ready = out.Ready && out.Checks[i].OK
			out.Degraded = out.Degraded || out.Checks[i].Degraded
			if !details {
				out.Checks[i].Error, out.Checks[i].At = "", nil
			}
		}
		if h.draining.Load() {
			out.Ready, out.Reason = false, "the server is stopping and takes no more work"
		}
		status := http.StatusOK
		if !out.Ready {
			status = http.StatusServiceUnavailable
			w.Header().Set("Retry-After", "5")
		}
		writeJSON(w, status, out)
	})
}

// ask returns the results of the checks in order. The checks run side by side, and each at most once at a time.
func (h *Health) ask(ctx context.Context) []result {
	out := make([]result, len(h.probes))
	var all sync.WaitGroup
	for i, p := range h.probes {
		all.Go(func() { out[i] = h.probe(ctx, p) })
	}
	all.Wait()
	return out
}

func (h *Health) probe(ctx context.Context, p *probe) result {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.last.At != nil && h.now().Sub(*p.last.At) < p.Keep {
		return p.last
	}
	// Callers share the result, so it must not fail because one of them went away.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), p.Timeout)
	defer cancel()
	err := p.run(ctx)
	now := h.now()
	_, degraded := errors.AsType[*Degraded](err)
	p.last = result{Name: p.Name, OK: err == nil || degraded, Degraded: degraded, At: &now}
	if err != nil {
		p.last.Error, p.last.Remedy = err.Error(), cmp.Or(change.Remedy(err), p.Remedy)
	}
	if failed := err != nil; failed != p.failed {
		p.failed = failed
		switch {
		case degraded:
			h.log.WarnContext(ctx, "ready, but not all works", "check", p.Name, "error", p.last.Error, "remedy",
				p.last.Remedy)
		case failed:
			h.log.ErrorContext(ctx, "not ready", "check", p.Name, "error", p.last.Error, "remedy", p.last.Remedy)
		default:
			h.log.InfoContext(ctx, "ready again", "check", p.Name)
		}
	}
	return p.last
}

// run returns at the time limit even when the check ignores its context.
func (p *probe) run(ctx context.Context) error {
	done := make(chan error, 1)
	go func() {
		defer func() {
			if v := recover(); v != nil {
				done <- fmt.Errorf("the check panicked: %v", v)
			}
		}()
		done <- p.Run(ctx)
	}()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return fmt.Errorf("no answer within %s", p.Timeout)
	}
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	b, err := json.Marshal(v)
	if err != nil {
		panic("web: plain data cannot be written as JSON: " + err.Error())
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("Content-Length", itoa(len(b)+1))
	w.WriteHeader(status)
	_, _ = w.Write(append(b, '\n'))
}

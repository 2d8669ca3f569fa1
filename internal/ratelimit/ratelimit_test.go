package ratelimit_test

import (
	"context"
	"database/sql"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/job"
	"github.com/lintel-review/lintel/internal/ratelimit"
	"github.com/lintel-review/lintel/internal/store"
	"github.com/lintel-review/lintel/internal/store/postgrestest"
	"github.com/lintel-review/lintel/internal/store/sqlitetest"
)

type deaf struct{}

func (deaf) InsertTx(context.Context, *sql.Tx, job.Args, job.When) error { return nil }
func (deaf) Ring()                                                       {}

// github is GitHub's limit on one connection, which counts the requests of all processes.
type github struct {
	mu    sync.Mutex
	reset time.Time
	// dear is what a GraphQL query costs.
	dear               int
	allowed, used      int
	refused            int
	flying, mostFlying int
	// secondary refuses the next request by a secondary limit of so many seconds.
	secondary int
	hold      chan struct{}
	came      chan struct{}
}

func (g *github) RoundTrip(req *http.Request) (*http.Response, error) {
	g.mu.Lock()
	g.flying++
	g.mostFlying = max(g.mostFlying, g.flying)
	g.mu.Unlock()
	if g.hold != nil {
		g.came <- struct{}{}
		<-g.hold
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.flying--
	resource, cost := "core", 1
	if strings.HasSuffix(req.URL.Path, "/graphql") {
		resource, cost = "graphql", g.dear
	}
	resp := &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: http.NoBody, Request: req}
	switch {
	case g.used+cost > g.allowed:
		resp.StatusCode = http.StatusForbidden
		g.refused++
	case g.secondary > 0:
		resp.StatusCode = http.StatusForbidden
		resp.Header.Set("Retry-After", strconv.Itoa(g.secondary))
		g.secondary = 0
		g.used += cost
		g.refused++
	default:
		g.used += cost
	}
	resp.Header.Set("X-RateLimit-Resource", resource)
	resp.Header.Set("X-RateLimit-Limit", strconv.Itoa(g.allowed))
	resp.Header.Set("X-RateLimit-Remaining", strconv.Itoa(g.allowed-g.used))
	resp.Header.Set("X-RateLimit-Reset", strconv.FormatInt(g.reset.Unix(), 10))
	return resp, nil
}

// clock is the record's clock, which all processes share.
type clock struct{ at atomic.Int64 }

func (c *clock) Now() time.Time { return time.Unix(c.at.Load(), 0) }

// process is one process's transport to the connection.
type process struct {
	limits *ratelimit.Limits
	http.RoundTripper
}

func (p process) send(t *testing.T) error {
	t.Helper()
	return p.sendTo(t, "/repos")
}

func (p process) sendTo(t *testing.T, path string) error {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://api.example.com"+path, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := p.RoundTrip(req)
	if err == nil {
		err = resp.Body.Close()
	}
	return err
}

// onBoth runs a test with two processes on one record of each engine.
func onBoth(t *testing.T, run func(t *testing.T, c *clock, g *github, two [2]process)) {
	both := func(t *testing.T, at string) {
		t.Helper()
		c := &clock{}
		c.at.Store(time.Now().Unix())
		g := &github{reset: c.Now().Add(time.Hour), allowed: 1000}
		var two [2]process
		for i := range two {
			st, err := store.Open(t.Context(), at, c.Now, deaf{})
			if err != nil {
				t.Fatal(err)
			}
			l, err := ratelimit.New(ratelimit.Options{Record: st, Log: slog.New(slog.DiscardHandler), Now: c.Now,
				Peers: func() int { return len(two) }, Every: time.Hour})
			if err != nil {
				t.Fatal(err)
			}
			two[i] = process{l, l.Transport(change.GitHub, 7, g)}
			t.Cleanup(func() {
				if err := errors.Join(l.Close(context.Background()), st.Close()); err != nil {
					t.Error(err)
				}
			})
		}
		run(t, c, g, two)
	}
	t.Run("SQLite", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "l.db")
		seed(t, path)
		both(t, "sqlite://"+path)
	})
	t.Run("PostgreSQL", func(t *testing.T) {
		both(t, postgrestest.Prepared(t, "limits", schema))
	})
}

// schema makes the tables of an empty database.
func schema(address string) error {
	st, err := store.Open(context.Background(), address, time.Now, deaf{})
	if err != nil {
		return err
	}
	return st.Close()
}

var seed = sqlitetest.Copies(schema)

// TestNearTheLimit: two processes that send all they can never exceed what the forge allows the connection, and leave
// little of it; when the limit is reset both go on.
func TestNearTheLimit(t *testing.T) {
	for _, path := range []string{"/repos", "/graphql"} {
		t.Run(path[1:], func(t *testing.T) { nearTheLimit(t, path) })
	}
}

func nearTheLimit(t *testing.T, path string) {
	t.Helper()
	onBoth(t, func(t *testing.T, c *clock, g *github, two [2]process) {
		g.used, g.dear = 850, 2
		for _, p := range two {
			if err := p.sendTo(t, path); err != nil {
				t.Fatal(err)
			}
		}
		var all sync.WaitGroup
		for n := range 8 {
			all.Go(func() {
				for {
					err := two[n%2].sendTo(t, path)
					if limited, ok := errors.AsType[*change.Limited](err); ok {
						if !limited.Until.Equal(g.reset) {
							t.Errorf("until %v, want %v", limited.Until, g.reset)
						}
						return
					}
					if err != nil {
						t.Error(err)
						return
					}
				}
			})
		}
		all.Wait()
		// A fiftieth is never handed out, and what one process leased and did not send is lost to the other.
		if g.refused > 0 || g.used < g.allowed-20-20 {
			t.Errorf("%d of %d requests were sent, %d too many", g.used, g.allowed, g.refused)
		}
		c.at.Add(3601)
		g.used, g.reset = 0, c.Now().Add(time.Hour)
		for _, p := range two {
			if err := p.sendTo(t, path); err != nil {
				t.Error("in the next hour:", err)
			}
		}
	})
}

// TestRefusedStopsAll: when the forge refuses one process, the other one sends nothing either until the time that the
// forge named.
func TestRefusedStopsAll(t *testing.T) {
	onBoth(t, func(t *testing.T, c *clock, g *github, two [2]process) {
		g.secondary = 60
		if err := two[0].send(t); err != nil {
			t.Fatal("the forge's answer is handed on:", err)
		}
		if err := two[1].limits.Refresh(t.Context()); err != nil {
			t.Fatal(err)
		}
		for i, p := range two {
			limited, ok := errors.AsType[*change.Limited](p.send(t))
			if !ok || !limited.Until.Equal(c.Now().Add(time.Minute)) {
				t.Errorf("process %d sends on: %v", i, limited)
			}
		}
		if g.used != 1 {
			t.Errorf("%d requests", g.used)
		}
		c.at.Add(61)
		for i, p := range two {
			if err := p.send(t); err != nil {
				t.Errorf("process %d after the pause: %v", i, err)
			}
		}
	})
}

// TestAtOnce: all processes together have no more requests under way than GitHub takes from one connection.
func TestAtOnce(t *testing.T) {
	g := &github{allowed: 1 << 20, reset: time.Now().Add(time.Hour), hold: make(chan struct{}), came: make(chan struct{}, 1000)}
	var all sync.WaitGroup
	for range 2 {
		l, err := ratelimit.New(ratelimit.Options{Record: noRecord{new(int)}, Log: slog.New(slog.DiscardHandler), Now: time.Now,
			Peers: func() int { return 2 }, Every: time.Hour})
		if err != nil {
			t.Fatal(err)
		}
		p := process{l, l.Transport(change.GitHub, 7, g)}
		for range 80 {
			all.Go(func() {
				if err := p.send(t); err != nil {
					t.Error(err)
				}
			})
		}
	}
	for range 100 {
		<-g.came
	}
	close(g.hold)
	all.Wait()
	if g.used != 160 || g.mostFlying != 100 {
		t.Errorf("%d requests, %d at once", g.used, g.mostFlying)
	}
}

// noRecord counts notes and has nothing to lease.
type noRecord struct{ notes *int }

func (r noRecord) NoteQuota(_ context.Context, _ change.Forge, _ int64, q change.Quota) (change.Quota, error) {
	*r.notes++
	return q, nil
}

func (noRecord) LeaseQuota(context.Context, change.Forge, int64, change.Quota) (int, change.Quota, error) {
	return 0, change.Quota{}, errors.New("no lease")
}

func (noRecord) PauseRequests(context.Context, change.Forge, int64, time.Time) error { return nil }
func (noRecord) Pauses(context.Context) ([]change.Pause, error)                      { return nil, nil }

// slowRecord hands out twenty requests each time, when it is told to.
type slowRecord struct {
	noRecord
	leases *atomic.Int64
	answer chan struct{}
}

func (r slowRecord) LeaseQuota(_ context.Context, _ change.Forge, _ int64, q change.Quota) (int, change.Quota, error) {
	r.leases.Add(1)
	<-r.answer
	return 20, q, nil
}

// TestOneLeaseAtATime: many requests that need a lease at once share one, or a process would take all that is left from
// the others.
func TestOneLeaseAtATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		record := slowRecord{noRecord{new(int)}, new(atomic.Int64), make(chan struct{})}
		g := &github{allowed: 1000, used: 850, reset: time.Now().Add(time.Hour)}
		l, err := ratelimit.New(ratelimit.Options{Record: record, Log: slog.New(slog.DiscardHandler), Now: time.Now,
			Every: 2 * time.Hour})
		if err != nil {
			t.Fatal(err)
		}
		p := process{l, l.Transport(change.GitHub, 7, g)}
		if err := p.send(t); err != nil {
			t.Fatal(err)
		}
		var all sync.WaitGroup
		for range 20 {
			all.Go(func() {
				if err := p.send(t); err != nil {
					t.Error(err)
				}
			})
		}
		synctest.Wait()
		if n := record.leases.Load(); n != 1 {
			t.Errorf("%d leases at once", n)
		}
		close(record.answer)
		all.Wait()
		if n := record.leases.Load(); n != 1 || g.used != 871 {
			t.Errorf("%d leases, %d requests", n, g.used)
		}
		if err := l.Close(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

// answer is a transport that answers always the same.
type answer struct {
	status int
	header map[string]string
	body   string
	sent   *int
}

func (a answer) RoundTrip(*http.Request) (*http.Response, error) {
	*a.sent++
	resp := &http.Response{StatusCode: a.status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(a.body))}
	for name, value := range a.header {
		resp.Header.Set(name, value)
	}
	return resp, nil
}

// TestWhatRefuses: which answers of a forge pause a connection, and for how long.
func TestWhatRefuses(t *testing.T) {
	now := time.Unix(1_800_000_000, 0)
	at := func(d time.Duration) string { return strconv.FormatInt(now.Add(d).Unix(), 10) }
	const secondary = `{"message":"...","documentation_url":` +
		`"https://docs.github.com/rest/overview/rate-limits-for-the-rest-api#about-secondary-rate-limits"}`
	for name, c := range map[string]struct {
		forge  change.Forge
		status int
		header map[string]string
		body   string
		want   time.Duration
	}{
		"GitHub's primary": {change.GitHub, 403, map[string]string{"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": at(90 * time.Second)},
			"", 90 * time.Second},
		"GitHub's secondary":       {change.GitHub, 429, map[string]string{"Retry-After": "7"}, "", 7 * time.Second},
		"a secondary without time": {change.GitHub, 403, nil, secondary, time.Minute},
		"no permission":            {change.GitHub, 403, nil, `{"message":"Resource not accessible by integration"}`, 0},
		"not found":                {change.GitHub, 404, map[string]string{"Retry-After": "7"}, "", 0},
		"an hour and more":         {change.GitHub, 429, map[string]string{"Retry-After": "9999"}, "", change.LongestLimit},
		"longer than times are":    {change.GitHub, 429, map[string]string{"Retry-After": "9223372036854775807"}, "", change.LongestLimit},
		"a primary of a wrong clock": {change.GitHub, 403, map[string]string{"X-RateLimit-Remaining": "0",
			"X-RateLimit-Reset": at(99 * time.Hour)}, "", 0},
		"GitHub's clock an hour ahead": {change.GitHub, 403, map[string]string{"X-RateLimit-Remaining": "0",
			"X-RateLimit-Reset": at(time.Hour + 90*time.Second), "Date": now.Add(time.Hour).UTC().Format(http.TimeFormat)},
			"", 90 * time.Second},
		"an hour behind, of all requests": {change.GitHub, 403, map[string]string{"X-RateLimit-Remaining": "0", "X-RateLimit-Limit": "5000",
			"X-RateLimit-Reset": at(90*time.Second - time.Hour), "X-RateLimit-Resource": "core",
			"Date": now.Add(-time.Hour).UTC().Format(http.TimeFormat)}, "", 90 * time.Second},
		"all requests used up": {change.GitHub, 403, map[string]string{"X-RateLimit-Remaining": "0", "X-RateLimit-Limit": "5000",
			"X-RateLimit-Reset": at(90 * time.Second), "X-RateLimit-Resource": "core"}, "", 90 * time.Second},
		"all searches used up": {change.GitHub, 403, map[string]string{"X-RateLimit-Remaining": "0", "X-RateLimit-Limit": "30",
			"X-RateLimit-Reset": at(90 * time.Second), "X-RateLimit-Resource": "search"}, "", 0},
		"GitLab's": {change.GitLab, 429, map[string]string{"Retry-After": "7", "RateLimit-Name": "throttle_authenticated_api"},
			"", 7 * time.Second},
		"one of a proxy":            {change.GitLab, 429, map[string]string{"Retry-After": "7"}, "", 7 * time.Second},
		"one of an endpoint":        {change.GitLab, 429, map[string]string{"Retry-After": "7", "RateLimit-Name": "notes_create"}, "", 0},
		"one that says nothing":     {change.GitLab, 429, nil, "Retry later\n", 0},
		"GitLab's of no permission": {change.GitLab, 403, map[string]string{"Retry-After": "7"}, "", 0},
	} {
		l, err := ratelimit.New(ratelimit.Options{Record: noRecord{new(int)}, Log: slog.New(slog.DiscardHandler),
			Now: func() time.Time { return now }, Every: time.Hour})
		if err != nil {
			t.Fatal(err)
		}
		sent := 0
		rt := l.Transport(c.forge, 1, answer{c.status, c.header, c.body, &sent})
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://forge.example.com/x", http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := rt.RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		if body, err := io.ReadAll(resp.Body); err != nil || string(body) != c.body {
			t.Errorf("%s: the answer became %q, %v", name, body, err)
		}
		again, err := rt.RoundTrip(req)
		limited, paused := errors.AsType[*change.Limited](err)
		if paused != (c.want > 0) || paused && !limited.Until.Equal(now.Add(c.want)) || paused == (again != nil) {
			t.Errorf("%s: %v, %v", name, limited, err)
		}
	}
}

// TestFarFromTheLimit: while a fifth is left a request needs no statement of the record, and a twentieth that was used one.
func TestFarFromTheLimit(t *testing.T) {
	g, record := &github{allowed: 1000, reset: time.Now().Add(time.Hour)}, noRecord{new(int)}
	l, err := ratelimit.New(ratelimit.Options{Record: record, Log: slog.New(slog.DiscardHandler), Now: time.Now, Every: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	p := process{l, l.Transport(change.GitHub, 7, g)}
	for n := range 801 {
		if err := errors.Join(p.send(t), l.Note(t.Context())); err != nil {
			t.Fatal(n, err)
		}
	}
	if *record.notes != 17 { // of the first request, and of sixteen twentieths
		t.Errorf("%d notes", *record.notes)
	}
	if err := p.send(t); err == nil || !strings.Contains(err.Error(), "no lease") {
		t.Errorf("with less than a fifth left: %v", err)
	}
}

// hangingRecord takes a pause when it may, and hangs until then.
type hangingRecord struct {
	noRecord
	hangs atomic.Bool
	took  atomic.Int64
}

func (r *hangingRecord) PauseRequests(ctx context.Context, _ change.Forge, _ int64, until time.Time) error {
	if r.hangs.Load() {
		<-ctx.Done()
		return ctx.Err()
	}
	r.took.Store(until.Unix())
	return nil
}

// TestRecordHangs: whoever asks a forge does not wait for a record that hangs. The pause counts here at once, and is told
// to the other processes when the record answers again.
func TestRecordHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		record := &hangingRecord{noRecord: noRecord{new(int)}}
		record.hangs.Store(true)
		l, err := ratelimit.New(ratelimit.Options{Record: record, Log: slog.New(slog.DiscardHandler), Now: time.Now})
		if err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		p := process{l, l.Transport(change.GitHub, 7, &github{allowed: 1000, reset: began.Add(time.Hour), secondary: 60})}
		if err := p.send(t); err != nil {
			t.Fatal(err)
		}
		if waited := time.Since(began); waited > 10*time.Second {
			t.Errorf("the answer came after %s", waited)
		}
		if _, ok := errors.AsType[*change.Limited](p.send(t)); !ok {
			t.Error("this process sends on")
		}
		record.hangs.Store(false)
		time.Sleep(15 * time.Second)
		if got := record.took.Load(); got != began.Unix()+60 {
			t.Errorf("the record was told of %d, want %d", got, began.Unix()+60)
		}
		if err := l.Close(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

package docker_test

import (
	"encoding/json"
	"net"
	"net/http"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/lintel-review/lintel/internal/sandbox"
	"github.com/lintel-review/lintel/internal/sandbox/docker"
)

// engine is an engine that makes containers which never start.
type engine struct {
	host    string
	loses   bool // it starts containers and then fails to wait for them
	created atomic.Pointer[map[string]any]
	mu      sync.Mutex
	removed []string
	young   string      // the second at which the time of the young container is over
	away    atomic.Bool // it does not list containers
}

// has reports whether it was asked to remove a container.
func (e *engine) has(removed string) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return slices.Contains(e.removed, removed)
}

func fake(t *testing.T) *engine {
	t.Helper()
	e := &engine{young: "99999999999"}
	path := filepath.Join(t.TempDir(), "s")
	var listen net.ListenConfig
	listener, err := listen.Listen(t.Context(), "unix", path)
	if err != nil {
		t.Fatal(err)
	}
	e.host = "unix://" + path
	server := &http.Server{Handler: http.HandlerFunc(e.serve)} //nolint:gosec // a fake in a test
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(func() { _ = server.Close() })
	return e
}

func (e *engine) serve(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Api-Version", "1.41")
	w.Header().Set("Content-Type", "application/json")
	_, path, _ := strings.Cut(r.URL.Path, "/v1.41")
	switch {
	case r.Method == http.MethodDelete:
		e.mu.Lock()
		e.removed = append(e.removed, strings.TrimPrefix(path, "/containers/"))
		e.mu.Unlock()
		w.WriteHeader(http.StatusNoContent)
	case path == "/containers/json" && !e.away.Load():
		e.mu.Lock()
		defer e.mu.Unlock()
		_, _ = w.Write([]byte(`[{"Id":"old","Labels":{"lintel.sandbox.until":"1"}},` +
			`{"Id":"young","Labels":{"lintel.sandbox.until":"` + e.young + `"}},{"Id":"odd","Labels":{"lintel.sandbox.until":"x"}}]`))
	case path == "/containers/create":
		var body map[string]any
		_ = json.NewDecoder(r.Body).Decode(&body)
		e.created.Store(&body)
		w.WriteHeader(http.StatusCreated)
		_, _ = w.Write([]byte(`{"Id":"made"}`))
	case path == "/version":
		_, _ = w.Write([]byte(`{"Version":"4.3.1","ApiVersion":"1.41"}`))
	case path == "/images/here/json":
		_, _ = w.Write([]byte(`{"Id":"sha256:1"}`))
	case strings.HasSuffix(path, "_ping"), r.URL.Path == "/_ping":
		_, _ = w.Write([]byte("OK"))
	case e.loses && strings.HasSuffix(path, "/attach"):
		w.Header().Set("Connection", "Upgrade")
		w.Header().Set("Upgrade", "tcp")
		w.WriteHeader(http.StatusSwitchingProtocols)
	case e.loses && strings.HasSuffix(path, "/start"):
		w.WriteHeader(http.StatusNoContent)
	default:
		w.WriteHeader(http.StatusInternalServerError)
		_, _ = w.Write([]byte(`{"message":"the fake does not go on"}`))
	}
}

// TestALostEngineIsSaid lets the engine fail while the job runs: the result is no success and says why.
func TestALostEngineIsSaid(t *testing.T) {
	t.Parallel()
	engine := fake(t)
	engine.loses = true
	b, err := docker.New(t.Context(), docker.Options{Host: engine.host, AllowTags: true})
	if err != nil {
		t.Fatal(err)
	}
	r := b.Run(t.Context(), sandbox.Job{Image: "tool:1", Argv: []string{"lint"}, Tree: "/srv/tree", Limits: sandbox.DefaultLimits()})
	if r.Ended != sandbox.Lost || !strings.Contains(r.Why, "the container engine was lost") || r.Exit != -1 {
		t.Errorf("%+v", r)
	}
	if !slices.Contains(engine.removed, "made") {
		t.Errorf("the container stays; removed are %q", engine.removed)
	}
}

// TestAContainerIsHeld reads what the engine is asked for, limit by limit.
func TestAContainerIsHeld(t *testing.T) {
	t.Parallel()
	engine := fake(t)
	b, err := docker.New(t.Context(), docker.Options{Host: engine.host, AllowTags: true, Runtime: "runsc"})
	if err != nil {
		t.Fatal(err)
	}
	r := b.Run(t.Context(), sandbox.Job{Image: "tool:1", Argv: []string{"lint", "-rf"}, Tree: "/srv/tree", Limits: sandbox.DefaultLimits()})
	if r.Ended != sandbox.Unstartable || !strings.Contains(r.Why, "listen to the container") {
		t.Errorf("%+v", r)
	}
	if want := []string{"old", "made"}; !slices.Equal(engine.removed, want) {
		t.Errorf("removed %q, want %q", engine.removed, want)
	}
	body, err := json.Marshal(engine.created.Load())
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`"User":"65534:65534"`, `"NetworkDisabled":true`, `"NetworkMode":"none"`, `"CapDrop":["ALL"]`, `"ReadonlyRootfs":true`,
		`"SecurityOpt":["no-new-privileges"]`, `"Memory":1073741824`, `"MemorySwap":1073741824`, `"NanoCpus":1000000000`,
		`"PidsLimit":258`, `"ReadOnly":true`, `"Source":"/srv/tree"`, `"Target":"/tree"`, `"LogConfig":{"Config":null,"Type":"none"}`,
		`"Runtime":"runsc"`, `"/job":"rw,exec,nosuid,nodev,mode=1777,size=268435456"`, `"Image":"tool:1"`, `"lint","-rf"]`,
	} {
		if !strings.Contains(string(body), want) {
			t.Errorf("the engine was not asked for %s:\n%s", want, body)
		}
	}
	for _, never := range []string{`"Privileged":true`, `"Binds":[`, `docker.sock`, `"CapAdd":[`} {
		if strings.Contains(string(body), never) {
			t.Errorf("the engine was asked for %s", never)
		}
	}
}

// TestWhatACrashLeftEnds: a container that was young when Lintel began is removed once its time is over, also where the
// engine does not answer at that time, and so is what is found then.
func TestWhatACrashLeftEnds(t *testing.T) {
	t.Parallel()
	engine := fake(t)
	began := time.Now()
	ends := func(d time.Duration) {
		engine.mu.Lock()
		defer engine.mu.Unlock()
		engine.young = strconv.FormatInt(began.Add(d).Unix(), 10)
	}
	ends(time.Hour)
	var later atomic.Int64
	asked, due := make(chan time.Duration), make(chan time.Time)
	b, err := docker.NewAt(t.Context(), docker.Options{Host: engine.host},
		func() time.Time { return began.Add(time.Duration(later.Load())) },
		func(d time.Duration) <-chan time.Time { asked <- d; return due })
	if err != nil {
		t.Fatal(err)
	}
	sweeps := func(after time.Duration) {
		t.Helper()
		if got := (<-asked).Round(time.Minute); got != after {
			t.Errorf("it sweeps after %s, want %s", got, after)
		}
		later.Add(int64(after + time.Second))
	}
	sweeps(time.Hour + time.Minute)
	engine.away.Store(true)
	due <- began
	sweeps(time.Minute)
	engine.away.Store(false)
	ends(2 * time.Hour) // of another process, which was killed meanwhile
	due <- began
	sweeps(59 * time.Minute)
	if engine.has("young") {
		t.Error("a young container was removed")
	}
	due <- began
	for !engine.has("young") {
		time.Sleep(time.Millisecond)
	}
	if err := b.Close(); err != nil {
		t.Error(err)
	}
}

// TestExamine: an engine that is not there, and an image that nobody pulled, are wrong and say what to do.
func TestExamine(t *testing.T) {
	t.Parallel()
	engine := fake(t)
	for _, c := range []struct{ host, image, last, detail string }{
		{engine.host, "here", "image", "is on the machine"},
		{engine.host, "gone", "image!", "the fake does not go on"},
		{engine.host, "", "image?", "nothing was run"},
		{"unix:///nonexistent/socket", "here", "engine!", "connect"},
	} {
		got := docker.Examine(t.Context(), docker.Options{Host: c.host}, c.image)
		last := got[len(got)-1]
		what := last.What + strings.Repeat("!", min(1, len(last.Remedy)))
		if last.Unsure {
			what += "?"
		}
		if what != c.last || !strings.Contains(last.Detail, c.detail) {
			t.Errorf("%q in %s: %+v", c.image, c.host, got)
		}
		if len(got) == 2 && !strings.Contains(got[0].Detail, "version 4.3.1, API 1.41") {
			t.Errorf("the engine is %+v", got[0])
		}
	}
}

// Package github is a fake GitHub for tests, the demo and cmd/fakehub. It belongs to the wing of fakes: stand-ins for
// what Lintel talks to, which the product may not import, except for the commands that play one (docs/adr/0034). Its
// size: one forge's whole review surface stands over one state and one lock; what needs no state lives in child
// packages.
//
// A Hub is an http.Handler with REST at / and /api/v3, GraphQL at /graphql and /api/graphql, git smart HTTP at
// /owner/name.git and plain pages for people. Repositories are real git repositories; everything else lives in memory and
// ends with the Hub. Callers may rely on this: answers and webhooks have GitHub's documented shapes and status codes, what
// is not offered answers 404 or 501 and never a made-up success, and one Hub's methods are safe for concurrent use.
package github

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/lintel-review/lintel/internal/fake/door"
	"github.com/lintel-review/lintel/internal/fake/githost"
	"github.com/lintel-review/lintel/internal/fake/graph"
	"github.com/lintel-review/lintel/internal/fake/hooklog"
	"github.com/lintel-review/lintel/internal/fake/issuer"
	"github.com/lintel-review/lintel/internal/fake/traffic"
)

// Hub is one fake GitHub.
type Hub struct {
	opt     Options
	dir     string
	ownDir  bool
	router  *router
	record  *traffic.Record
	faults  *traffic.Faults
	limits  *traffic.Limits
	hooks   *hooklog.Log
	answers *answers
	queries graph.Executor
	latency atomic.Int64
	door    door.Door

	mu            sync.RWMutex
	nextID        int64
	accounts      map[string]*account    // by lower login
	emails        map[string]*account    // by lower e-mail address
	signed        map[string]bool        // commits that GitHub signed, by id
	repos         map[int64]*repository  // by id
	names         map[string]*repository // by lower full name; old names stay and redirect
	apps          map[int64]*app
	installations map[int64]*installation
	tokens        map[string]*token
	app           *app // the App under test
	issuer        issuer.Issuer
	workflowRuns  map[int64]*workflowRun
	artifacts     map[int64]*artifact
	manifests     map[string]manifestCode
}

// New makes a Hub. It does not listen yet: use Start, or serve it as an http.Handler and say where with SetURL.
func New(opt Options) (*Hub, error) {
	if err := opt.fill(); err != nil {
		return nil, fmt.Errorf("make fake GitHub: %w", err)
	}
	h := &Hub{
		opt: opt, dir: opt.Dir, nextID: 1_000_000,
		accounts: map[string]*account{}, emails: map[string]*account{forgeEmail: webFlow}, signed: map[string]bool{},
		repos: map[int64]*repository{}, names: map[string]*repository{},
		apps: map[int64]*app{}, installations: map[int64]*installation{}, tokens: map[string]*token{},
		workflowRuns: map[int64]*workflowRun{}, artifacts: map[int64]*artifact{}, manifests: map[string]manifestCode{},
		record: traffic.NewRecord(opt.Record), faults: traffic.NewFaults(opt.Seed), limits: traffic.NewLimits(opt.Limits, opt.Now),
		answers: newAnswers(opt.Stale),
	}
	if h.dir == "" {
		dir, err := os.MkdirTemp("", "fakehub-*")
		if err != nil {
			return nil, fmt.Errorf("make fake GitHub: %w", err)
		}
		h.dir, h.ownDir = dir, true
	}
	h.issuer.First = opt.Key
	h.latency.Store(int64(opt.Latency))
	h.door.Insecure = opt.InsecureListen
	h.SetURL("http://127.0.0.1")
	h.hooks = hooklog.New(opt.Workers, opt.KeepHook, opt.HookTime, opt.Now)
	h.router = newRouter(routes())
	h.app = h.addApp(opt.App)
	return h, nil
}

// Start listens and serves until Close. It refuses an address beyond this machine unless InsecureListen is set.
func (h *Hub) Start() error { return h.door.Open(h.opt.Listen, "a fake GitHub", h, h.opt.Log) }

// URL is where the Hub is served, without a final slash: the web address, and the REST API's as well.
func (h *Hub) URL() string { return h.door.URL() }

// SetURL tells the Hub where it is served when something else than Start does it.
func (h *Hub) SetURL(url string) { h.door.SetURL(url) }

// Close ends the server, the webhooks and git's processes, and removes the temporary folder if there is one.
func (h *Hub) Close() error {
	h.hooks.Close()
	errs := []error{h.door.Close()}
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, r := range h.repos {
		r.git.Close()
	}
	if h.ownDir {
		errs = append(errs, os.RemoveAll(h.dir))
	}
	return errors.Join(errs...)
}

// Dir is the folder with the bare git repositories.
func (h *Hub) Dir() string { return h.dir }

// App is the App under test, its made-up secrets included.
func (h *Hub) App() AppSpec { return h.app.spec }

// Record is what was asked so far.
func (h *Hub) Record() *traffic.Record { return h.record }

// Requests is what was asked since the last Reset, oldest first.
func (h *Hub) Requests() []traffic.Request { return h.record.Requests() }

// Count is the number of requests to one route pattern; "" counts all.
func (h *Hub) Count(method, route string) int { return h.record.Count(method, route) }

// Reset forgets the record of requests. The state stays.
func (h *Hub) Reset() { h.record.Reset() }

// Fault puts a fault in force until the function returned is called or its Times are used up.
func (h *Hub) Fault(f traffic.Fault) (remove func()) { return h.faults.Add(f) }

// ClearFaults ends all faults.
func (h *Hub) ClearFaults() { h.faults.Clear() }

// SetLatency makes every later API call take so much longer.
func (h *Hub) SetLatency(d time.Duration) { h.latency.Store(int64(d)) }

// SetLimits changes the rate limits.
func (h *Hub) SetLimits(r traffic.Rules) { h.limits.SetRules(r) }

// SpendLimit leaves an installation so many requests of its primary limit until reset.
func (h *Hub) SpendLimit(installation int64, remaining int, reset time.Time) {
	h.limits.Spend(installationKey(installation), "core", remaining, reset)
	h.limits.Spend(installationKey(installation), "graphql", remaining, reset)
}

// SecondaryLimit refuses the next n requests with status 403 or 429 and Retry-After in seconds: those of a route, or of
// any kind when it is empty.
func (h *Hub) SecondaryLimit(route string, status, n, retryAfter int) (remove func()) {
	return h.faults.Add(traffic.Fault{Route: route, Status: status, Times: n, Body: secondaryText,
		Header: map[string]string{"Retry-After": strconv.Itoa(retryAfter)}})
}

// Webhooks is the delivery queue and log, for fates and releases.
func (h *Hub) Webhooks() *hooklog.Log { return h.hooks }

// WaitDelivered returns when every webhook queued has been delivered or has failed.
func (h *Hub) WaitDelivered(ctx context.Context) error { return h.hooks.Wait(ctx) }

// id makes the next number for anything that has one.
func (h *Hub) id() int64 {
	h.nextID++
	return h.nextID
}

func (h *Hub) now() time.Time { return h.opt.Now().UTC().Truncate(time.Second) }

func (h *Hub) newGit(id int64, branch string, parent *githost.Repo) (*githost.Repo, error) {
	dir := filepath.Join(h.dir, strconv.FormatInt(id, 10)+".git")
	if parent != nil {
		return parent.Fork(dir)
	}
	return githost.Create(dir, branch)
}

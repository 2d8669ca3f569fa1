// Package gitlab is a fake GitLab for tests, the demo and cmd/fakelab. It belongs to the wing of fakes, which the product
// may not import. Its size: one forge's whole review surface stands over one state and one lock.
//
// A Lab is an http.Handler with REST at /api/v4, GraphQL at /api/graphql, git smart HTTP at /group/project.git and the
// OIDC issuer of CI jobs. Repositories are real git repositories; everything else lives in memory and ends with the Lab.
// Callers may rely on this: answers and webhooks have GitLab's documented shapes and status codes, what the tier or the
// version does not have answers as GitLab does without it, what is not offered answers 404 and never a made-up success,
// and one Lab's methods are safe for concurrent use. Comments mark what no document holds by a question mark
// in brackets; docs/fakelab.md lists them.
package gitlab

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/rsa"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
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

// Tiers of GitLab: each has what those before it have.
const (
	Free     = "free"
	Premium  = "premium"
	Ultimate = "ultimate"
)

// Options say how a Lab behaves. The zero value is a quiet GitLab of the highest tier and the newest version, without
// limits, as a self-managed instance is.
type Options struct {
	Dir            string // where git repositories live; "" is a temporary folder removed by Close
	Listen         string // address for Start; "" is 127.0.0.1 and a free port
	InsecureListen bool   // allows Listen beyond loopback, and any Host header
	Now            func() time.Time
	Log            *slog.Logger    // one line per request, tokens redacted; nil is silent
	Key            *rsa.PrivateKey // first key of the issuer of CI jobs' tokens; nil makes one
	Seed           uint64          // of faults with a probability

	Tier    string // Free, Premium or Ultimate; "" is Ultimate
	Version string // as "17.11"; "" is 19.5
	// Community plays the Community Edition, whose code lacks what the Enterprise Edition has on every tier.
	Community bool

	Latency time.Duration // every API call takes this much longer; others proceed meanwhile
	Limits  Limits
	Stale   bool // remember answers, so that a Stale fault can repeat them
	Record  int  // how many requests to keep; 0 is 20,000, negative keeps the counts alone

	// Jobs start by themselves in a merge request pipeline for each head of a project with a .gitlab-ci.yml, and are in
	// their state at once; nil starts nothing, so that a test plays the pipelines.
	Jobs []Job
	// AutoDisable disables hooks that fail, as GitLab.com does; on self-managed instances it is off since 15.10.
	AutoDisable bool
	Workers     int // webhook senders; 0 is one, which keeps the order
	// HookTime is how long a delivery waits for its answer; 0 is ten seconds, as on GitLab.com.
	HookTime time.Duration

	// VersionDelay is how long after a push the version of a merge request is made, which GitLab does in a job behind.
	VersionDelay time.Duration

	// Limits of diffs (docs.gitlab.com, "Diff limits"); 0 is GitLab's default.
	CollapseBytes int // a file's patch above this comes empty as "collapsed"; 0 is 20,160 (issue #414389 saw 20,096 shown and 20,224 not)
	PatchBytes    int // above this it comes empty as "too_large"; 0 is 204,800
	DiffFiles     int // a version keeps so many files; 0 is 1,000
	PipelineJobs  int // how many jobs and statuses a pipeline may have; 0 is any number
	DiffLines     int // after so many lines files come collapsed; 0 is 50,000
}

func (o *Options) fill() error {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	o.Listen = cmp.Or(o.Listen, "127.0.0.1:0")
	o.Tier = cmp.Or(o.Tier, Ultimate)
	if rank(o.Tier) == 0 {
		return fmt.Errorf("tier %q: want %s, %s or %s", o.Tier, Free, Premium, Ultimate)
	}
	o.Version = cmp.Or(o.Version, "19.5")
	if major, _ := release(o.Version); major == 0 {
		return fmt.Errorf("version %q: want two numbers, as 17.11", o.Version)
	}
	o.Record = max(cmp.Or(o.Record, 20_000), 0)
	o.CollapseBytes = cmp.Or(o.CollapseBytes, 20_160)
	o.PatchBytes = cmp.Or(o.PatchBytes, 204_800)
	o.DiffFiles = cmp.Or(o.DiffFiles, 1_000)
	o.DiffLines = cmp.Or(o.DiffLines, 50_000)
	return nil
}

// rank orders tiers; 0 is none.
func rank(tier string) int {
	switch tier {
	case Free:
		return 1
	case Premium:
		return 2
	case Ultimate:
		return 3
	}
	return 0
}

// release reads a version; zeros are none.
func release(version string) (major, minor int) {
	a, b, _ := strings.Cut(version, ".")
	major, _ = strconv.Atoi(a)
	b, _, _ = strings.Cut(b, ".")
	minor, err := strconv.Atoi(b)
	if err != nil {
		return 0, 0
	}
	return major, minor
}

// Lab is one fake GitLab.
type Lab struct {
	opt     Options
	dir     string
	ownDir  bool
	door    door.Door
	router  *router
	record  *traffic.Record
	faults  *traffic.Faults
	limits  *limiter
	past    past
	issuer  issuer.Issuer
	queries graph.Executor
	hooks   *hooklog.Log
	latency atomic.Int64

	mu       sync.RWMutex
	nextID   int64
	hold     bool // versions wait for ReleaseVersions
	noTotals bool
	users    map[int64]*user
	groups   map[string]*group   // by lower full path
	projects map[int64]*project  // by id
	paths    map[string]*project // by lower full path; old paths stay until another project takes them
	tokens   map[string]*token
	requests map[int64]*request // by id, not iid
	allHooks []*hook

	origin    string                    // X-Gitlab-Event-UUID of the request under way
	forwarded bool                      // it was sent back to us
	chains    map[string]map[int64]bool // hooks fired in a chain of requests
}

// New makes a Lab. It does not listen yet: use Start, or serve it as an http.Handler and say where with SetURL.
func New(opt Options) (*Lab, error) {
	if err := opt.fill(); err != nil {
		return nil, fmt.Errorf("make fake GitLab: %w", err)
	}
	l := &Lab{
		opt: opt, dir: opt.Dir, nextID: 100, users: map[int64]*user{}, groups: map[string]*group{}, projects: map[int64]*project{},
		paths: map[string]*project{}, tokens: map[string]*token{}, requests: map[int64]*request{},
		record: traffic.NewRecord(opt.Record), faults: traffic.NewFaults(opt.Seed), limits: newLimiter(opt.Limits, opt.Now),
		router: newRouter(slices.Concat(routes(), writes(), hookRoutes(), productionRoutes())),
	}
	if l.dir == "" {
		dir, err := os.MkdirTemp("", "fakelab-*")
		if err != nil {
			return nil, fmt.Errorf("make fake GitLab: %w", err)
		}
		l.dir, l.ownDir = dir, true
	}
	l.issuer.First, l.chains = opt.Key, map[string]map[int64]bool{}
	l.hooks = hooklog.New(max(opt.Workers, 1), 3_000, opt.HookTime, opt.Now)
	l.latency.Store(int64(opt.Latency))
	l.door.Insecure = opt.InsecureListen
	l.SetURL("http://127.0.0.1")
	return l, nil
}

// Start listens and serves until Close.
func (l *Lab) Start() error { return l.door.Open(l.opt.Listen, "a fake GitLab", l, l.opt.Log) }

// URL is where the Lab is served, without a final slash: the instance's address.
func (l *Lab) URL() string { return l.door.URL() }

// SetURL tells the Lab where it is served when something else than Start does it.
func (l *Lab) SetURL(url string) { l.door.SetURL(url) }

// Dir is the folder with the bare git repositories.
func (l *Lab) Dir() string { return l.dir }

// WaitDelivered returns when every webhook queued has been delivered or has failed.
func (l *Lab) WaitDelivered(ctx context.Context) error { return l.hooks.Wait(ctx) }

// Close ends the server, the webhooks and git's processes, and removes the temporary folder if there is one.
func (l *Lab) Close() error {
	errs := []error{l.door.Close()}
	l.hooks.Close()
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, p := range l.projects {
		p.git.Close()
	}
	if l.ownDir {
		errs = append(errs, os.RemoveAll(l.dir))
	}
	return errors.Join(errs...)
}

// Requests is what was asked since the last Reset, oldest first.
func (l *Lab) Requests() []traffic.Request { return l.record.Requests() }

// Count is the number of requests to one route, as "/projects/:id/merge_requests/:iid"; "" counts all.
func (l *Lab) Count(method, route string) int { return l.record.Count(method, route) }

// Reset forgets the record of requests. The state stays.
func (l *Lab) Reset() { l.record.Reset() }

// Fault puts a fault in force until the function returned is called or its Times are used up.
func (l *Lab) Fault(f traffic.Fault) (remove func()) { return l.faults.Add(f) }

// ClearFaults ends all faults.
func (l *Lab) ClearFaults() { l.faults.Clear() }

// SetLatency makes every later API call take so much longer.
func (l *Lab) SetLatency(d time.Duration) { l.latency.Store(int64(d)) }

// HideTotals leaves X-Total and X-Total-Pages out, as GitLab does above 10,000 records.
func (l *Lab) HideTotals(hide bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.noTotals = hide
}

// id makes the next number for anything that has one.
func (l *Lab) id() int64 {
	l.nextID++
	return l.nextID
}

// now has milliseconds, as GitLab's times do.
func (l *Lab) now() time.Time { return l.opt.Now().UTC().Truncate(time.Millisecond) }

// has reports whether the instance has a tier's features.
func (l *Lab) has(tier string) bool { return rank(l.opt.Tier) >= rank(tier) }

// since reports whether the instance is of this version or a later one.
func (l *Lab) since(version string) bool {
	major, minor := release(l.opt.Version)
	m, n := release(version)
	return major > m || (major == m && minor >= n)
}

func (l *Lab) newGit(id int64, branch string, parent *githost.Repo) (*githost.Repo, error) {
	dir := filepath.Join(l.dir, strconv.FormatInt(id, 10)+".git")
	if parent != nil {
		return parent.Fork(dir)
	}
	return githost.Create(dir, branch)
}

// random is n random bytes in hexadecimal.
func random(n int) string {
	b := make([]byte, n)
	rand.Read(b)
	return hex.EncodeToString(b)
}

// git's questions under the lock end with the Lab, not with whoever asked first.
func asking() context.Context { return context.Background() }

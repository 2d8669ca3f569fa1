// Package gitlab reads merge requests from GitLab (gitlab.com and self-managed) and writes verdicts to it. It is the
// only door to GitLab's client; its child hook is the door for what GitLab sends by itself.
//
// Every call goes to a project by its number, never by its path: a path may belong to another project tomorrow. The
// client neither tries again nor waits: the queue alone has the time, and a rate limit is a change.Limited.
package gitlab

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	gitlab "gitlab.com/gitlab-org/api/client-go/v2"

	"github.com/lintel-review/lintel/internal/change"
)

// Options configure a Forge. Every field is needed, but those that say otherwise.
type Options struct {
	// URL is GitLab's address, such as https://gitlab.example.com.
	URL string
	// Token gives the access token of Lintel's own user; it is asked before each call, so that a token can be rotated.
	Token func() (string, error)
	// Transport is the network (nil: http.DefaultTransport).
	Transport http.RoundTripper
	// Limits keeps the requests of the token's user within GitLab's limits (nil: GitLab refuses what is too much).
	Limits func(next http.RoundTripper) http.RoundTripper
	Now    func() time.Time
	// Owners says whose accounts a CODEOWNERS file needs for these paths: groups, names that may be a user's or a group's,
	// and addresses; for all of the file's owners when paths is nil. Nil needs none.
	Owners func(codeowners []byte, paths []string) (groups, users, emails []string)
	// ValidSettings reports whether a settings file can be used (nil: every one can).
	ValidSettings func([]byte) bool
	// Wants names the files whose content the analyses need; nil needs none.
	Wants change.WantsFunc
	// Organisation gives what holds above the project of a change in groups, the nearest first (nil: nothing does). It asks
	// no forge.
	Organisation func(ctx context.Context, r change.Ref, groups []int64) (*change.Organisation, error)
	// OrganisationRepository is the name of the project in which a group keeps its file, OrganisationPath where it stands there.
	OrganisationRepository, OrganisationPath string
	// TrustedBranches are target branches whose controls are trusted although they are neither default nor protected.
	TrustedBranches []string
	// Gate is what holds a merge (empty: GateAuto).
	Gate Gate
	// REST turns GraphQL off, for an old GitLab or a proxy that blocks it. Without it, both are noticed at the first query.
	REST bool
	// CallTimeout bounds one call, its answer's body included (0: half a minute).
	CallTimeout time.Duration
	// Alarm is called when what holds a merge does not hold: somebody else's commit status or a job has the name of ours,
	// or the approval rule cannot be satisfied by us (nil: nothing is).
	Alarm func(ctx context.Context, ref change.Ref, what, remedy string)
	// GateNotes keeps what notes say of gates, for all processes (nil: this one alone remembers).
	GateNotes GateNotes
}

// GateNotes keeps what the note on each merge request says of its gate. With known false nobody knows, and who needs it looks.
type GateNotes interface {
	GateNote(ctx context.Context, key change.Key) (says string, known bool, err error)
	KeepGateNote(ctx context.Context, key change.Key, says string, known bool) error
}

// Forge is one GitLab as Lintel's user sees it. It is safe for concurrent use.
type Forge struct {
	o      Options
	base   *url.URL
	client *gitlab.Client
	// folders are listings of folders by commit and path, blobs contents by id: neither ever changes.
	folders cache[folder]
	blobs   cache[[]byte]
	// known is what stands at a path of a commit, bases are merge bases of two commits, compared what lies between two.
	known    cache[*stat]
	bases    cache[string]
	compared cache[*compared]
	// What rarely changes, kept for a while.
	projects keeper[*gitlab.Project]
	tips     keeper[*gitlab.Branch]
	history  keeper[[]change.Past]
	levels   keeper[gitlab.AccessLevelValue]
	accounts keeper[*gitlab.User]
	teams    keeper[change.Team]
	checks   keeper[int64]
	ruled    keeper[bool]
	// posted is what we posted last in a pipeline, by its name and ours.
	posted cache[string]
	// early are pipelines that succeeded before we knew to have posted there: of those whose post is on its way the answer
	// may come after GitLab's event.
	early cache[bool]
	seen  cache[glimpse]
	// sights are what readings knew of approvals, for the next ones.
	sights cache[sight]

	mu   sync.Mutex
	self int64
	// graphFrom is when GraphQL is asked again.
	graphFrom time.Time
	// versionsFrom is when GraphQL is asked for versions again.
	versionsFrom time.Time
	// tokenEnds is when our token ends, tokenAsked when that was asked.
	tokenEnds, tokenAsked time.Time
}

// New makes a forge. It reads nothing.
func New(o Options) (*Forge, error) {
	base, err := url.Parse(strings.TrimRight(o.URL, "/"))
	if err != nil || base.Host == "" || base.Scheme != "https" && base.Scheme != "http" {
		return nil, fmt.Errorf("gitlab.url %q is not an http(s) address such as https://gitlab.example.com", o.URL)
	}
	if o.Token == nil || o.Now == nil {
		return nil, errors.New("make a GitLab forge: the token and the clock are needed")
	}
	if o.Transport == nil {
		o.Transport = http.DefaultTransport
	}
	if o.CallTimeout == 0 {
		o.CallTimeout = 30 * time.Second
	}
	next := o.Transport
	if o.Limits != nil {
		next = o.Limits(next)
	}
	f := &Forge{o: o, base: base, folders: cache[folder]{limit: 20000}, blobs: cache[[]byte]{limit: 2000},
		known: cache[*stat]{limit: 50000}, bases: cache[string]{limit: 20000}, compared: cache[*compared]{limit: 200},
		posted: cache[string]{limit: 20000}, early: cache[bool]{limit: 5000}, seen: cache[glimpse]{limit: 5000},
		sights: cache[sight]{limit: 5000}}
	if f.o.GateNotes == nil {
		f.o.GateNotes = &notesHere{cache[string]{limit: 5000}}
	}
	// The token is put on each request below, where no redirect can take it elsewhere.
	f.client, err = gitlab.NewClient("", gitlab.WithBaseURL(base.String()), gitlab.WithoutRetries(),
		gitlab.WithCustomLimiter(atOnce{}), gitlab.WithUserAgent("lintel"),
		gitlab.WithHTTPClient(&http.Client{Transport: &bearer{token: o.Token, base: base, next: next}, Timeout: o.CallTimeout}))
	if err != nil {
		return nil, fmt.Errorf("make GitLab's client: %w", err)
	}
	return f, nil
}

// atOnce is a limiter that never waits: the client's own would make a call of a verdict sleep.
type atOnce struct{}

func (atOnce) Wait(context.Context) error { return nil }

// Self is the id of Lintel's own user. It is read once.
func (f *Forge) Self(ctx context.Context) (int64, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.self != 0 {
		return f.self, nil
	}
	u, _, err := f.client.Users.CurrentUser(within(ctx))
	if err != nil {
		return 0, f.answer("read Lintel's own user", err)
	}
	if u.ID == 0 {
		return 0, emptyAnswer("read Lintel's own user")
	}
	f.self = u.ID
	return f.self, nil
}

// Known is what Self read last, 0 when nothing was.
func (f *Forge) Known() int64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.self
}

// cache keeps what never changes, up to a number of things; then it begins anew.
type cache[V any] struct {
	limit int
	mu    sync.Mutex
	held  map[string]V
}

func (s *cache[V]) get(key string) (v V, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	v, ok = s.held[key]
	return v, ok
}

// take is get, and forgets.
func (s *cache[V]) take(key string) (v V, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	v, ok = s.held[key]
	delete(s.held, key)
	return v, ok
}

func (s *cache[V]) put(key string, v V) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.held == nil || len(s.held) >= s.limit {
		s.held = map[string]V{}
	}
	s.held[key] = v
}

// Package github reads pull requests from GitHub (github.com and Enterprise Server) and writes check runs and comments
// to it. It is the only door to go-github and ghinstallation. Its size: it is one border with three sides (webhooks in,
// snapshots in, effects out) that share clients, errors and limits.
//
// Reading asks for everything that is not pinned by a commit in one GraphQL response, so that head, base, title, reviews and labels
// belong to one moment; the rest is read by commit or blob id. Where a second unpinned read is needed (a files list or reviews beyond
// one page), head and base are read again afterwards, and the reading starts over when they differ. Options.REST reads the same by REST
// alone; rest.go says what that costs and what it cannot see.
package github

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/bradleyfalzon/ghinstallation/v2"
	"github.com/golang-jwt/jwt/v4"
	"github.com/google/go-github/v66/github"

	"github.com/lintel-review/lintel/internal/change"
)

// Kept keeps what can never change, by id, across restarts.
type Kept interface {
	Kept(ctx context.Context, kind, key string) ([]byte, error)
	Keep(ctx context.Context, kind, key string, body []byte) error
}

// owners are the code owners whose accounts must be read for a change.
type owners struct {
	// teams are "org/slug", users logins, emails addresses.
	teams, users, emails []string
}

func ownersOf(teams, users, emails []string) owners { return owners{teams, users, emails} }

// Transport keeps connections to the forge open: a verdict is a few round trips, and a handshake would be another two each.
func Transport() http.RoundTripper {
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.MaxIdleConnsPerHost, t.MaxIdleConns = 64, 128
	return t
}

// Options configures a Forge. Every field is needed, but those that say otherwise.
type Options struct {
	AppID      int64
	PrivateKey []byte
	// APIURL is "https://api.github.com" or "https://HOST/api/v3".
	APIURL string
	// Transport is the network (nil: http.DefaultTransport).
	Transport http.RoundTripper
	Kept      Kept
	// Owners says whose accounts a CODEOWNERS file needs for these paths: teams as "org/slug", logins and addresses. It
	// is all of the file's owners when paths is nil.
	Owners func(codeowners []byte, paths []string) (teams, users, emails []string)
	// ValidSettings reports whether a settings file can be used; older versions are read until one can.
	ValidSettings func([]byte) bool
	// Organisation gives what holds above the repository of a change (nil: nothing does). It asks no forge.
	Organisation func(ctx context.Context, r change.Ref) (*change.Organisation, error)
	// OrganisationRepository and OrganisationPath are where an organisation's file stands; a change that touches it there
	// brings its proposal. Empty reads none.
	OrganisationRepository, OrganisationPath string
	// Wants names the files whose content the analyses need; nil needs none.
	Wants change.WantsFunc
	// WantsReview says whether GitHub's dependency review is read; nil reads none.
	WantsReview change.ReviewFunc
	// ReadChecks is true when a rule reads the commit's check runs.
	ReadChecks bool
	// REST reads by REST alone. It takes more calls, and is for servers and test tools without GraphQL.
	REST bool
	// MemberAge is how old a membership or permission may be when it is used without an event that said it changed (0: five minutes).
	MemberAge time.Duration
	// CallTimeout bounds one call, its answer's body included (0: half a minute).
	CallTimeout time.Duration
	// TrustedBranches are base branches whose controls are trusted although they are neither default nor protected.
	TrustedBranches []string
	// Limits keeps the requests of an installation within GitHub's limits (nil: GitHub refuses what is too much).
	Limits func(installation int64, next http.RoundTripper) http.RoundTripper
	Now    func() time.Time
	Log    *slog.Logger
}

// Forge is safe for concurrent use.
type Forge struct {
	Options
	base, graph *url.URL
	apps        *ghinstallation.AppsTransport
	app         *github.Client
	// personal acts for every installation when the forge reads with a token instead of an App's key.
	personal *github.Client
	mu       sync.Mutex
	clients  map[int64]*github.Client
	// readers make the passwords for git, by repository.
	readers  map[int64]*ghinstallation.Transport
	compares *recent[compareKey, *comparison]
	// reviews are GitHub's dependency reviews, of merge base and head.
	reviews *recent[compareKey, *change.DependencyReview]
	folders *recent[treeKey, *folder]
	parents *recent[treeKey, string]
	// forests holds what commits consist of, lines their first-parent ancestors.
	forests *recent[treeKey, change.Tree]
	lines   *recent[lineKey, []string]
	// stats holds what a path is at a commit, nil when it is not there.
	stats *recent[statKey, *stat]
	// held holds contents of wanted files by the ids of their blobs.
	held *recent[string, []byte]
	// expected holds, for changes with approvals, the paths whose modes the next head will be asked for.
	expected *recent[change.Key, expected]
	teams    *recent[teamKey, aged[change.Team]]
	accounts *recent[accountKey, aged[change.OwnerAccount]]
	// unresolvable holds when an installation was refused to resolve a thread.
	unresolvable *recent[int64, time.Time]
	identity     sync.Mutex
	slug         string
	forgetting   sync.RWMutex
	epoch        atomic.Int64
}

// New makes a forge. It reads nothing.
func New(o Options) (*Forge, error) {
	f, err := newForge(o)
	if err != nil {
		return nil, err
	}
	key, err := jwt.ParseRSAPrivateKeyFromPEM(o.PrivateKey)
	if err != nil {
		return nil, fmt.Errorf("read the App's private key (a PEM file downloaded from the App's settings): %w", err)
	}
	signer := &dated{Signer: ghinstallation.NewRSASigner(jwt.SigningMethodRS256, key), log: o.Log}
	f.apps, err = ghinstallation.NewAppsTransportWithOptions(tokens{guard{f.Transport, f.base}, signer}, o.AppID,
		ghinstallation.WithSigner(signer))
	if err != nil {
		return nil, fmt.Errorf("sign as the App: %w", err)
	}
	signer.apps = f.apps
	f.apps.BaseURL = strings.TrimSuffix(f.base.String(), "/")
	f.app = f.client(f.apps)
	return f, nil
}

// newForge is a forge that cannot prove yet who it is.
func newForge(o Options) (*Forge, error) {
	base, err := url.Parse(strings.TrimSuffix(o.APIURL, "/") + "/")
	if err != nil || (base.Scheme != "https" && base.Scheme != "http") || base.Host == "" {
		return nil, fmt.Errorf("api_url %q is not an http(s) address such as https://api.github.com", o.APIURL)
	}
	if o.Transport == nil {
		o.Transport = http.DefaultTransport
	}
	if o.MemberAge == 0 {
		o.MemberAge = 5 * time.Minute
	}
	if o.CallTimeout == 0 {
		o.CallTimeout = 30 * time.Second
	}
	// 100,000 modes are those of 2,500 approved changes of 20 files. Where they do not fit, a look costs one more call.
	f := &Forge{Options: o, base: base, clients: map[int64]*github.Client{}, readers: map[int64]*ghinstallation.Transport{},
		reviews:  newRecent[compareKey, *change.DependencyReview](64),
		compares: newWeighed[compareKey](comparedBytes, (*comparison).weight), stats: newRecent[statKey, *stat](100_000),
		held:     newWeighed[string](heldBytes, func(body []byte) int { return len(body) + heldCost }),
		expected: newRecent[change.Key, expected](5000),
		forests:  newRecent[treeKey, change.Tree](32), lines: newRecent[lineKey, []string](1024),
		folders: newRecent[treeKey, *folder](4096), parents: newRecent[treeKey, string](10000),
		unresolvable: newRecent[int64, time.Time](1000), teams: newRecent[teamKey, aged[change.Team]](10000),
		accounts: newRecent[accountKey, aged[change.OwnerAccount]](10000)}
	graph := *base
	graph.Path = strings.TrimSuffix(strings.TrimSuffix(base.Path, "/"), "/v3") + "/graphql"
	f.graph = &graph
	return f, nil
}

func (f *Forge) client(rt http.RoundTripper) *github.Client {
	c := github.NewClient(&http.Client{Transport: rt, Timeout: f.CallTimeout})
	c.BaseURL = f.base
	c.UserAgent = "lintel"
	return c
}

// installation returns the client that acts for an installation. Its token is made when first needed and renewed before it expires.
func (f *Forge) installation(id int64) *github.Client {
	if f.personal != nil {
		return f.personal
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if c, ok := f.clients[id]; ok {
		return c
	}
	var rt http.RoundTripper = newRenewing(func() http.RoundTripper { return ghinstallation.NewFromAppsTransport(f.apps, id) }, f.Now)
	if f.Limits != nil {
		rt = f.Limits(id, rt)
	}
	c := f.client(rt)
	f.clients[id] = c
	return c
}

// Forget drops what is kept about memberships and permissions: an event said that they changed. An empty subject drops
// all of the installation's. Readings that are under way keep nothing either: they may have read before the change.
func (f *Forge) Forget(installation int64, subject string) {
	f.forgetting.Lock()
	defer f.forgetting.Unlock()
	f.epoch.Add(1)
	f.teams.deleteFunc(func(k teamKey) bool {
		return k.installation == installation && (subject == "" || !strings.Contains(subject, "/") || strings.EqualFold(k.team, subject))
	})
	f.accounts.deleteFunc(func(k accountKey) bool { return k.installation == installation })
}

// unlessForgotten keeps something that was read, unless Forget was called since the reading began.
func (rd *reading) unlessForgotten(keep func()) {
	rd.forgetting.RLock()
	defer rd.forgetting.RUnlock()
	if rd.Forge.epoch.Load() == rd.epoch {
		keep()
	}
}

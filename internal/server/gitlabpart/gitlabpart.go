// Package gitlabpart is the server's part for GitLab: it makes the forge, takes its webhooks and the requests of its
// external status checks, and compares its merge requests with the record.
//
// Callers may rely on: a zero Served serves no GitLab; Read opens nothing and calls nobody.
package gitlabpart

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/config"
	"github.com/lintel-review/lintel/internal/forge/gitlab"
	"github.com/lintel-review/lintel/internal/forge/gitlab/hook"
	"github.com/lintel-review/lintel/internal/metrics"
	"github.com/lintel-review/lintel/internal/queue"
	"github.com/lintel-review/lintel/internal/server/gitlabhooks"
	"github.com/lintel-review/lintel/internal/server/part"
	"github.com/lintel-review/lintel/internal/web"
	"github.com/lintel-review/lintel/internal/web/inbound"
)

// path is where webhooks are taken.
const path = "/hooks/gitlab"

// Connection is the number of the one connection to GitLab: its address, its token and its hooks.
const Connection = 1

// storeMissed is how often deliveries that could not be stored are tried again.
const storeMissed = 15 * time.Second

// statusName is the name of our check, and of the commit status that shows it.
const statusName = "lintel"

// Served is the GitLab that is served: its secrets and its forge.
type Served struct {
	*gitlab.Forge
	secrets config.GitLabSecrets
	config  config.GitLab
	now     func() time.Time
	log     *slog.Logger
	hooks   *watch
	// storing is how often deliveries that could not be stored are tried again (0: storeMissed).
	storing time.Duration
}

// Read reads the secrets.
func (l *Served) Read(c config.GitLab) (err error) {
	l.secrets, err = c.Secrets()
	return err
}

// Open makes the forge from the server's file and the needs that o holds already.
func (l *Served) Open(c config.GitLab, public string, o gitlab.Options, log *slog.Logger) (err error) {
	l.hooks = &watch{public: strings.TrimSuffix(public, "/")}
	l.config, l.now, l.log = c, o.Now, log
	o.URL, o.Token, o.TrustedBranches, o.Gate = c.URL, c.Token, c.TrustedBranches, gitlab.Gate(c.Gate)
	o.REST = !c.GraphQL
	o.Alarm = func(ctx context.Context, ref change.Ref, what, remedy string) {
		log.ErrorContext(ctx, "a merge may not be held", "reason", what, "change", ref.String(), "remedy", remedy)
	}
	if l.Forge, err = gitlab.New(o); err != nil || c.MaintainerTokenFile == "" {
		l.hooks.eye = l.Forge
		return err
	}
	// Another user has limits of its own.
	o.Token, o.Limits = c.MaintainerToken, nil
	l.hooks.eye, err = gitlab.New(o)
	return err
}

// Sweep compares all merge requests with the record.
type Sweep func(context.Context) error

// Holds reports whether the newest check of a name on a commit, by the record, holds a merge.
type Holds func(ctx context.Context, forge change.Forge, repo int64, sha, name string) (bool, error)

// forgedTime is how long a webhook waits for the record to say what was posted.
const forgedTime = 2 * time.Second

// forged tells a success that another made under our name from our own: by what this process posted, and by the record,
// which knows the posts of all processes and the newest of them. What cannot be read is looked at again, which does no harm.
func (l *Served) forged(holds Holds) func(pipeline, project int64, sha string) bool {
	return func(pipeline, project int64, sha string) bool {
		if l.Forged(pipeline) {
			return true
		}
		ctx, cancel := context.WithTimeout(context.Background(), forgedTime)
		defer cancel()
		held, err := holds(ctx, change.GitLab, project, sha, statusName)
		return held || err != nil
	}
}

// Part takes webhooks, and checks that GitLab accepts the token. GitLab never sends a delivery again: what cannot be
// stored is found by the next sweep, which then comes soon.
func (l *Served) Part(
	o inbound.HookOptions, in inbound.Acceptor, sweep Sweep, holds Holds, record Watches, again Again,
) (part.Part, error) {
	given := hook.Options{Instance: l.config.URL, Connection: Connection, Self: l.Known, Pipelines: true,
		Forged: l.forged(holds), Now: l.now}
	if l.secrets.WebhookToken != "" {
		given.Tokens = []string{l.secrets.WebhookToken}
	}
	if l.secrets.Signing != "" {
		given.Signing = []string{l.secrets.Signing}
	}
	door, err := hook.New(given)
	if err != nil {
		return part.Part{}, err
	}
	missed := gitlabhooks.NewMissed(in, sweep, o.Log)
	o.Decoder, o.Path = door, path
	o.Intake = gitlabhooks.Suspending{Next: in, By: l, Log: o.Log, Now: l.now}
	o.Unsigned = func(err error) bool { return errors.Is(err, hook.ErrSignature) }
	o.Missed = missed.Keep
	hooks, err := inbound.NewHooks(o)
	if err != nil {
		return part.Part{}, err
	}
	routes := []*inbound.Hooks{hooks}
	if l.secrets.StatusCheck != "" {
		if o.Decoder, err = door.StatusChecks(l.secrets.StatusCheck); err != nil {
			return part.Part{}, err
		}
		o.Path = "/hooks/gitlab/status-check"
		asked, err := inbound.NewHooks(o)
		if err != nil {
			return part.Part{}, err
		}
		routes = append(routes, asked)
	}
	var running sync.WaitGroup
	stop := func() {}
	return part.Part{
		Name: "gitlab",
		Routes: func(public, _ *http.ServeMux) {
			for _, h := range routes {
				h.Route(public)
			}
		},
		Metrics: []metrics.Set{metrics.GitLab(l.TokenEnds, func(ctx context.Context) (metrics.Projects, error) {
			return record.WatchesOf(ctx, change.GitLab)
		})},
		Sweeps: []queue.Sweep{
			{Name: "reconcile gitlab", Every: 5 * time.Minute, AtStart: true, Run: sweep},
			{Name: "pipelines of gitlab", Every: 5 * time.Minute, Run: func(ctx context.Context) error { return l.pipelines(ctx, in) }},
			{Name: "lost deliveries of gitlab", Every: 5 * time.Minute, AtStart: true,
				Run: func(ctx context.Context) error { return l.Resend(ctx, record) }},
			{Name: "webhooks of gitlab", Every: watched, AtStart: true,
				Run: func(ctx context.Context) error { return l.Watch(ctx, record, again) }},
		},
		Checks: []web.Check{{
			Name: "gitlab",
			Run: func(ctx context.Context) error {
				_, err := l.Self(ctx)
				return err
			},
			Remedy:  "check gitlab.url and gitlab.token_file",
			Timeout: 5 * time.Second,
			Keep:    30 * time.Second,
		}, silent(record)},
		Started: func(ctx context.Context) error {
			watched, end := context.WithCancel(ctx)
			stop = end
			running.Go(func() { missed.Watch(watched, cmp.Or(l.storing, storeMissed)) })
			// Until Lintel knows its own user, it cannot tell its own comments from others'.
			_, err := l.Self(ctx)
			if err != nil {
				return nil //nolint:nilerr // the check above says it, and every look asks again
			}
			return nil
		},
		Close: func() error {
			stop()
			running.Wait()
			return nil
		},
	}, nil
}

// pipelines has the verdict published again on head pipelines that show none: their events may be lost.
func (l *Served) pipelines(ctx context.Context, in inbound.Acceptor) error {
	all, err := l.Repositories(ctx, Connection)
	if err != nil {
		return err
	}
	for _, r := range all {
		events, err := l.Unposted(ctx, r)
		if err != nil {
			return err
		}
		for _, ev := range events {
			if _, err := in.Accept(ctx, ev); err != nil {
				return err
			}
		}
	}
	return nil
}

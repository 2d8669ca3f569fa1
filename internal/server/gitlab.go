package server

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/lintel-review/lintel/internal/analysis/ownership"
	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/config"
	"github.com/lintel-review/lintel/internal/forge/gitlab"
	"github.com/lintel-review/lintel/internal/forge/gitlab/hook"
	"github.com/lintel-review/lintel/internal/intake"
	"github.com/lintel-review/lintel/internal/queue"
	"github.com/lintel-review/lintel/internal/recovery"
	"github.com/lintel-review/lintel/internal/review"
	"github.com/lintel-review/lintel/internal/web"
	"github.com/lintel-review/lintel/internal/web/inbound"
)

// labConnection is the number of the one connection to GitLab: its address, its token and its hooks.
const labConnection = 1

// lab is the GitLab that is served: its secrets and its forge.
type lab struct {
	*gitlab.Forge
	secrets config.GitLabSecrets
	config  config.GitLab
	now     func() time.Time
}

// open makes the forge.
func (l *lab) open(b *base) (err error) {
	c := b.config.GitLab
	l.config, l.now = c, b.now
	l.Forge, err = gitlab.New(gitlab.Options{
		URL:             c.URL,
		Token:           c.Token,
		Transport:       b.metrics.Transport(b.options.Transport),
		Now:             b.now,
		Owners:          ownership.NamesOnGitLab,
		ValidSettings:   review.ValidSettings(b.engine),
		Organisation:    b.above,
		Wants:           b.engine.Wants(nil),
		TrustedBranches: c.TrustedBranches,
		Gate:            gitlab.Gate(c.Gate),
		Foreign: func(ref change.Ref, by string) {
			b.log.Error("somebody else posted a status of our name, which hides ours", "change", ref.String(), "by", by,
				"remedy", "see who it is; docs/gitlab.md says which gates cannot be forged")
		},
	})
	return err
}

// part takes webhooks, and checks that GitLab accepts the token. GitLab never sends a delivery again: what cannot be
// stored is found by the next sweep, which then comes soon.
func (l *lab) part(o inbound.HookOptions, in *intake.Intake, sweep *recovery.Recovery) (part, error) {
	given := hook.Options{Instance: l.config.URL, Connection: labConnection, Self: l.Known, Pipelines: true, Now: l.now}
	if l.secrets.WebhookToken != "" {
		given.Tokens = []string{l.secrets.WebhookToken}
	}
	if l.secrets.Signing != "" {
		given.Signing = []string{l.secrets.Signing}
	}
	door, err := hook.New(given)
	if err != nil {
		return part{}, err
	}
	var lost atomic.Bool
	o.Decoder, o.Intake, o.Path = door, in, "/hooks/gitlab"
	o.Intake = suspending{in, l, o.Log}
	o.Unsigned = func(err error) bool { return errors.Is(err, hook.ErrSignature) }
	o.Missed = func(change.Event) { lost.Store(true) }
	hooks, err := inbound.NewHooks(o)
	if err != nil {
		return part{}, err
	}
	routes := []*inbound.Hooks{hooks}
	if l.secrets.StatusCheck != "" {
		if o.Decoder, err = door.StatusChecks(l.secrets.StatusCheck); err != nil {
			return part{}, err
		}
		o.Path = "/hooks/gitlab/status-check"
		asked, err := inbound.NewHooks(o)
		if err != nil {
			return part{}, err
		}
		routes = append(routes, asked)
	}
	return part{
		Name: "gitlab",
		Routes: func(public, _ *http.ServeMux) {
			for _, h := range routes {
				h.Route(public)
			}
		},
		Sweeps: []queue.Sweep{
			{Name: "reconcile gitlab", Every: 5 * time.Minute, AtStart: true, Run: sweep.Reconcile},
			{Name: "missed by gitlab's hooks", Every: 15 * time.Second, Run: func(ctx context.Context) error {
				if !lost.Swap(false) {
					return nil
				}
				err := sweep.Reconcile(ctx)
				if err != nil {
					lost.Store(true)
				}
				return err
			}},
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
		}},
		Started: func(ctx context.Context) error {
			// Until Lintel knows its own user, it cannot tell its own comments from others'.
			_, err := l.Self(ctx)
			if err != nil {
				return nil //nolint:nilerr // the check above says it, and every look asks again
			}
			return nil
		},
	}, nil
}

// suspender takes back what lets a merge request merge.
type suspender interface {
	Suspend(ctx context.Context, ref change.Ref, head string, pushed bool) error
}

// suspending takes back what lets a merge request merge before a push or another target is stored: until the next verdict
// it would hold for what nobody judged. Where the head stayed the same, the verdict may too, so it is published again.
type suspending struct {
	next inbound.Acceptor
	by   suspender
	log  *slog.Logger
}

// suspendTime bounds the calls: GitLab waits ten seconds for the answer to a delivery.
const suspendTime = 5 * time.Second

// Accept implements inbound.Acceptor.
func (s suspending) Accept(ctx context.Context, ev change.Event) (intake.Result, error) {
	// An update that names no fact may have changed the target.
	pushed := ev.Before != ""
	if ev.Kind == change.Updated && (pushed || ev.Action == "update" && len(ev.Facts) == 0) {
		ev.Again = ev.Again || !pushed
		within, cancel := context.WithTimeout(ctx, suspendTime)
		if err := s.by.Suspend(within, ev.Ref, ev.Head.SHA, pushed); err != nil {
			s.log.Warn("could not take back what lets a merge request merge; its next verdict will", "change", ev.Ref.String(),
				"error", err.Error())
		}
		cancel()
	}
	return s.next.Accept(ctx, ev)
}

package server

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strconv"
	"sync"
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
			b.log.Error("something else has the name of our status, which it hides", "change", ref.String(), "by", by,
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
	missed := &missed{next: in, sweep: sweep.Reconcile}
	o.Decoder, o.Path = door, "/hooks/gitlab"
	o.Intake = suspending{in, l, o.Log, l.now}
	o.Unsigned = func(err error) bool { return errors.Is(err, hook.ErrSignature) }
	o.Missed = missed.keep
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
			{Name: "missed by gitlab's hooks", Every: 15 * time.Second, Run: missed.store},
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
// it would hold for what nobody judged. The verdict is then published again, also where it stays the same: a late delivery
// may tell of a head that was judged before.
type suspending struct {
	next inbound.Acceptor
	by   suspender
	log  *slog.Logger
	now  func() time.Time
}

// suspendTime bounds the calls: GitLab waits ten seconds for the answer to a delivery.
const suspendTime = 5 * time.Second

// Accept implements inbound.Acceptor.
func (s suspending) Accept(ctx context.Context, ev change.Event) (intake.Result, error) {
	// An update that names no fact may have changed the target.
	pushed := ev.Before != ""
	if ev.Kind == change.Updated && (pushed || ev.Action == "update" && len(ev.Facts) == 0) {
		ev.Again = true
		within, cancel := context.WithTimeout(ctx, suspendTime)
		if err := s.by.Suspend(within, ev.Ref, ev.Head.SHA, pushed); err != nil {
			s.log.Warn("could not take back what lets a merge request merge; its next verdict will", "change", ev.Ref.String(),
				"error", err.Error())
		}
		cancel()
		got, err := s.next.Accept(ctx, ev)
		if err != nil || !got.Repeat {
			return got, err
		}
		// What was taken back is given again by a look alone, and a delivery that came before asks for none.
		ev.Delivery += "+" + strconv.FormatInt(s.now().UnixNano(), 36)
	}
	return s.next.Accept(ctx, ev)
}

// maxMissed bounds the deliveries that are kept in memory.
const maxMissed = 10_000

// missed keeps authentic deliveries that could not be stored, and stores them as soon as that works: GitLab never sends
// them again, and what a sweep compares tells of no pipeline and no comment. They do not outlive the process; its next
// start sweeps.
type missed struct {
	next  inbound.Acceptor
	sweep func(context.Context) error

	mu     sync.Mutex
	events []change.Event
	// more is true when there were too many to keep.
	more bool
}

func (m *missed) keep(ev change.Event) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.events) == maxMissed {
		m.more = true
		return
	}
	m.events = append(m.events, ev)
}

// store stores what is kept, oldest first, up to the first that cannot be.
func (m *missed) store(ctx context.Context) error {
	for {
		m.mu.Lock()
		if len(m.events) == 0 {
			more := m.more
			m.more = false
			m.mu.Unlock()
			if !more {
				return nil
			}
			return m.sweep(ctx)
		}
		ev := m.events[0]
		m.mu.Unlock()
		if _, err := m.next.Accept(ctx, ev); err != nil {
			return err
		}
		m.mu.Lock()
		m.events = m.events[1:]
		m.mu.Unlock()
	}
}

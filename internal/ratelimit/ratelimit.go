// Package ratelimit keeps the requests of all processes together within what a forge allows each connection.
//
// A forge tells with each answer what is left of a limit, whichever process asked. While a fifth or more is left, requests
// just go, and what was told is noted in the record now and then, behind the back of whoever asks. With less, processes
// lease requests from the record, some at a time, until the limit is reset. When the forge refuses ("too many", a
// secondary limit) it is noted at once: no process sends a request of that connection before the time that it named.
//
// Callers may rely on: a request that is not sent fails with a *change.Limited; nothing but the record's clock counts.
package ratelimit

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/lintel-review/lintel/internal/change"
)

// Record is what all processes know of limits together.
type Record interface {
	// NoteQuota notes what a forge told and returns what all processes know together.
	NoteQuota(ctx context.Context, forge change.Forge, connection int64, q change.Quota) (change.Quota, error)
	// LeaseQuota is NoteQuota, and hands out some of the requests that are left, none when none is.
	LeaseQuota(ctx context.Context, forge change.Forge, connection int64, q change.Quota) (leased int, left change.Quota, err error)
	// PauseRequests notes that a forge takes no request until a time, Pauses lists such times that are not over.
	PauseRequests(ctx context.Context, forge change.Forge, connection int64, until time.Time) error
	Pauses(ctx context.Context) ([]change.Pause, error)
}

// Options are what Limits need. Every field is needed, but those that say otherwise.
type Options struct {
	Record Record
	Log    *slog.Logger
	// Now is the record's clock.
	Now func() time.Time
	// Peers is how many processes ask forges, this one included (nil: it is alone).
	Peers func() int
	// Every is how often what was told is noted (0: five seconds).
	Every time.Duration
}

// atOnce is how many requests of one installation GitHub answers at once, from all processes together.
// https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api#about-secondary-rate-limits
const atOnce = 100

// Limits is safe for concurrent use.
type Limits struct {
	o     Options
	mu    sync.Mutex
	of    map[key]*connection
	timer *time.Timer
	// noting holds one token while somebody writes what was told.
	noting chan struct{}
	closed bool
}

type key struct {
	forge change.Forge
	id    int64
}

// connection is what this process knows of one.
type connection struct {
	paused change.Limited
	// untold is true while the record does not know of the pause.
	untold bool
	quotas map[string]*quota
	// flying is how many requests are under way; landed is closed when one ends that somebody waits for.
	flying int
	landed chan struct{}
	// leasing holds, by resource, what is closed when the lease that is under way ends: each further one would be lost to
	// the other processes.
	leasing map[string]chan struct{}
}

// quota is one limit of a connection.
type quota struct {
	change.Quota
	// leased is how many requests this process may still send of what is left.
	leased int
	// noted is what the record was told last, news is true when it must be told again.
	noted change.Quota
	news  bool
}

// New makes Limits.
func New(o Options) (*Limits, error) {
	if o.Record == nil || o.Log == nil || o.Now == nil {
		return nil, errors.New("make rate limits: no record, no log or no clock")
	}
	if o.Every == 0 {
		o.Every = 5 * time.Second
	}
	return &Limits{o: o, of: map[key]*connection{}, noting: make(chan struct{}, 1)}, nil
}

// Transport keeps the requests of one connection, which all have its credential, within its limits.
func (l *Limits) Transport(forge change.Forge, connection int64, next http.RoundTripper) http.RoundTripper {
	return transport{l, key{forge, connection}, next}
}

type transport struct {
	limits *Limits
	key    key
	next   http.RoundTripper
}

// RoundTrip implements http.RoundTripper.
func (t transport) RoundTrip(req *http.Request) (*http.Response, error) {
	resource := resourceOf(t.key.forge, req)
	if err := t.limits.enter(req.Context(), t.key, resource, verdict(req)); err != nil {
		if req.Body != nil {
			_ = req.Body.Close() // it was not read, and there is nobody to tell
		}
		return nil, err
	}
	resp, err := t.next.RoundTrip(req)
	t.limits.leave(t.key)
	if err == nil {
		t.limits.told(req.Context(), t.key, resource, resp)
	}
	return resp, err
}

func (l *Limits) known(k key) *connection {
	c := l.of[k]
	if c == nil {
		c = &connection{quotas: map[string]*quota{}, leasing: map[string]chan struct{}{}}
		l.of[k] = c
	}
	return c
}

// verdict reports whether a request is about a check: it is always sent, out of what is never handed out, and the forge
// says whether it takes it. Else a merge group past its deadline would be left in silence. Few are.
func verdict(req *http.Request) bool {
	return strings.Contains(req.URL.Path, "/check-runs") || strings.Contains(req.URL.Path, "/statuses/")
}

// enter waits until a request may be sent.
func (l *Limits) enter(ctx context.Context, k key, resource string, verdict bool) error {
	for {
		wait, lease, err := l.try(k, resource, verdict)
		switch {
		case err != nil:
			return err
		case lease != nil:
			if err := l.lease(ctx, k, *lease); err != nil {
				return err
			}
		case wait != nil:
			select {
			case <-wait:
			case <-ctx.Done():
				return ctx.Err()
			}
		default:
			return nil
		}
	}
}

// try sends a request off, or says what it must wait for, or of which limit a lease is needed.
func (l *Limits) try(k key, resource string, verdict bool) (wait chan struct{}, lease *change.Quota, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	c, now := l.known(k), l.o.Now()
	if c.paused.Until.Sub(now) > change.LongestLimit {
		c.paused = change.Limited{} // by a clock that was ahead: it must not count when the time has come near to it
	}
	if !verdict && !c.paused.Over(now) {
		paused := c.paused
		return nil, nil, &paused
	}
	if k.forge == change.GitHub && c.flying >= l.share() {
		if c.landed == nil {
			c.landed = make(chan struct{})
		}
		return c.landed, nil, nil
	}
	if q := c.quotas[resource]; q != nil && q.Low(now) && !verdict {
		switch {
		case q.leased >= points(k.forge, resource):
		case q.Left == 0:
			return nil, nil, &change.Limited{Until: q.Reset, Kind: "primary"} // it only falls until then
		default:
			if under := c.leasing[resource]; under != nil {
				return under, nil, nil
			}
			c.leasing[resource] = make(chan struct{})
			told := q.Quota
			return nil, &told, nil
		}
		q.leased -= points(k.forge, resource)
	}
	c.flying++
	return nil, nil, nil
}

// share is how many requests of one connection this process sends at once.
func (l *Limits) share() int {
	peers := 1
	if l.o.Peers != nil {
		peers = max(l.o.Peers(), 1)
	}
	return max(atOnce/peers, 1)
}

func (l *Limits) leave(k key) {
	l.mu.Lock()
	defer l.mu.Unlock()
	c := l.known(k)
	c.flying--
	if c.landed != nil {
		close(c.landed)
		c.landed = nil
	}
}

// lease takes requests from the record, one lease of a limit at a time.
func (l *Limits) lease(ctx context.Context, k key, told change.Quota) error {
	defer l.leaseEnded(k, told.Resource)
	leased, left, err := l.o.Record.LeaseQuota(ctx, k.forge, k.id, told)
	if err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	q := l.learn(k, left)
	q.leased += leased
	if leased == 0 && q.Low(l.o.Now()) {
		return &change.Limited{Until: q.Reset, Kind: "primary"}
	}
	return nil
}

// leaseEnded wakes those who wait for a lease. They look for themselves what it brought.
func (l *Limits) leaseEnded(k key, resource string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	c := l.known(k)
	close(c.leasing[resource])
	delete(c.leasing, resource)
}

// learn takes what is known of a limit into what this process knows. It is called with the lock held.
func (l *Limits) learn(k key, told change.Quota) *quota {
	c := l.known(k)
	q := c.quotas[told.Resource]
	switch {
	case q == nil:
		q = &quota{Quota: told}
		c.quotas[told.Resource] = q
	case told.Reset.Sub(q.Reset) > another:
		*q = quota{Quota: told}
	case q.Reset.Sub(told.Reset) <= another:
		q.Allowed, q.Left = told.Allowed, min(q.Left, told.Left)
	}
	return q
}

// worthNoting reports whether the record must be told: of a new span, of a twentieth that was used, and of all that is
// used of the last fifth. So a connection costs the record a few statements an hour, whatever it does.
func (q *quota) worthNoting(now time.Time) bool {
	used := q.noted.Left - q.Left
	return q.Reset.Sub(q.noted.Reset) > another || used*20 >= q.Allowed || used > 0 && q.Low(now)
}

// Refresh learns of the pauses that other processes noted. Alone, this process knows.
func (l *Limits) Refresh(ctx context.Context) error {
	all, err := l.o.Record.Pauses(ctx)
	if err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, p := range all {
		c := l.known(key{p.Forge, p.Connection})
		if c.paused.Over(l.o.Now()) || p.Until.After(c.paused.Until) {
			c.paused = change.Limited{Until: p.Until, Kind: "secondary"}
		}
	}
	return nil
}

// another is how far apart resets of two spans of time are at least.
const another = 5 * time.Second

// Package backfill reads the past of repositories from the forge: what happened to their changes before webhooks
// told of it. It reads page by page from a bookmark, in a lane of its own, and leaves a fifth of the forge's limit to
// everything else.
//
// States of a reading: wanted -> reading <-> paused (until the limit is reset) -> complete; -> failed (the forge
// refused, or the repository is gone) until somebody asks again. See past.State.
//
// Callers may rely on: a page's events are kept before the bookmark says so, and events are kept once, so a process that
// dies at any moment loses nothing and tells nothing twice; of two readers of one repository one goes on.
package backfill

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/flow"
	"github.com/lintel-review/lintel/internal/flow/dora"
	"github.com/lintel-review/lintel/internal/job"
	"github.com/lintel-review/lintel/internal/past"
)

// Source is the name under which events of a reading are kept.
const Source = "backfill"

// Forge reads one page of a repository's past.
type Forge interface {
	PastPulls(ctx context.Context, q past.Query) (past.Page, error)
}

// production reads one page of what came to production. A Forge that has it tells of deployments, releases and incidents.
type production interface {
	PastProduction(ctx context.Context, q past.ProductionQuery) (past.ProductionPage, error)
}

// Record keeps bookmarks.
type Record interface {
	Bookmark(ctx context.Context, forge change.Forge, repo int64) (past.Bookmark, error)
	SaveBookmark(ctx context.Context, b *past.Bookmark) error
}

// Events keeps what happened to changes.
type Events interface {
	EventsOf(ctx context.Context, p flow.Pull) ([]flow.Event, error)
	AppendEvents(ctx context.Context, events []flow.Event, source string) (added int, err error)
	KeepDeployments(ctx context.Context, deployments []dora.Deployment, incidents []dora.Incident) error
}

// Options configures a Reader. Every field is needed, but those that say otherwise.
type Options struct {
	// Forges are those whose past is read. One that is a production too tells of deployments, releases and incidents.
	Forges map[change.Forge]Forge
	Record Record
	Events Events
	Log    *slog.Logger
	Now    func() time.Time
	// Progress is called after each page with the bookmark and how many events were new (nil: nobody).
	Progress func(b past.Bookmark, added int)
}

// Reader reads on from bookmarks. It is safe for concurrent use.
type Reader struct {
	o  Options
	mu sync.Mutex
	// budgets are what was left of each connection's limit after the last page.
	budgets map[connection]budget
}

// connection is one of a forge.
type connection struct {
	forge change.Forge
	id    int64
}

// budget is what is left of a limit, and what the dearest page cost.
type budget struct {
	past.Budget
	dearest int
}

// New makes a Reader.
func New(o Options) (*Reader, error) {
	if len(o.Forges) == 0 || o.Record == nil || o.Events == nil || o.Log == nil || o.Now == nil {
		return nil, errors.New("make reader of the past: a forge, a record, events, a log and a clock are needed")
	}
	if o.Progress == nil {
		o.Progress = func(past.Bookmark, int) {}
	}
	return &Reader{o: o, budgets: map[connection]budget{}}, nil
}

// Work does one job.
func (r *Reader) Work(ctx context.Context, j job.Backfill) error {
	return r.Read(ctx, change.Forge(j.Forge), j.RepoID)
}

// Read reads a repository's past from its bookmark on, until all that was asked for is read. It answers as a job does:
// *job.Later when the forge's limit must be reset first.
func (r *Reader) Read(ctx context.Context, forge change.Forge, repo int64) error {
	b, err := r.o.Record.Bookmark(ctx, forge, repo)
	if err != nil {
		return err
	}
	if !b.Waits() {
		return nil
	}
	from := r.o.Forges[forge]
	if from == nil {
		return &job.GivenUp{
			Err: fmt.Errorf("read the past of %s: this server does not read that of %s", b.Repository(), forge),
		}
	}
	if b.Began.IsZero() {
		b.Began = r.o.Now()
	}
	reading := &reading{Reader: r, forge: from, bookmark: b, size: past.FirstSize()}
	for reading.bookmark.State != past.Complete {
		next := reading.page
		if !reading.bookmark.Pulling() {
			next = reading.production
		}
		if err := next(ctx); err != nil {
			if errors.Is(err, past.ErrMoved) {
				r.o.Log.InfoContext(ctx, "somebody else reads this past", "repository", b.Repository())
				return &job.Later{After: time.Minute}
			}
			return err
		}
	}
	r.o.Log.InfoContext(ctx, "the past was read", "repository", b.Repository(), "pull_requests", reading.bookmark.Pulls,
		"calls", reading.bookmark.Calls, "since", reading.bookmark.Since)
	return nil
}

// reading is the reading of one repository.
type reading struct {
	*Reader
	forge    Forge
	bookmark past.Bookmark
	size     past.Size
}

// page reads one page, keeps its events, and moves the bookmark.
func (r *reading) page(ctx context.Context) error {
	b := &r.bookmark
	if wait, low := r.low(); low {
		return r.pause(ctx, wait, "a fifth of the forge's limit is left to everything else")
	}
	p, err := r.forge.PastPulls(ctx, past.Query{
		Connection: b.Connection, Owner: b.Owner, Name: b.Name, After: b.Cursor, Size: r.size,
	})
	r.noteBudget(p.Budget, p.Points)
	if err != nil {
		return r.failed(ctx, err)
	}
	if p.RepoID != b.RepoID {
		return r.end(ctx, fmt.Sprintf("another repository is called %s now", b.Repository()), nil)
	}
	added, err := r.keep(ctx, p.Events, p.Loose)
	if err != nil {
		return err
	}
	b.Read(p)
	if err := r.o.Record.SaveBookmark(ctx, b); err != nil {
		return err
	}
	r.size = r.size.Larger()
	r.o.Progress(*b, added)
	return nil
}

// production reads one page of what came to production, keeps it, and moves the bookmark.
func (r *reading) production(ctx context.Context) error {
	b := &r.bookmark
	var p past.ProductionPage
	if from, ok := r.forge.(production); ok {
		if wait, low := r.low(); low {
			return r.pause(ctx, wait, "a fifth of the forge's limit is left to everything else")
		}
		var err error
		p, err = from.PastProduction(ctx, past.ProductionQuery{
			Connection: b.Connection, RepoID: b.RepoID, Since: b.Since, After: b.ProductionAfter(),
		})
		r.noteBudget(p.Budget, p.Points)
		if err != nil {
			return r.failed(ctx, err)
		}
	}
	if len(p.Deployments)+len(p.Incidents) > 0 {
		if err := r.o.Events.KeepDeployments(ctx, p.Deployments, p.Incidents); err != nil {
			return err
		}
	}
	b.ReadProduction(p)
	if err := r.o.Record.SaveBookmark(ctx, b); err != nil {
		return err
	}
	r.o.Progress(*b, len(p.Deployments)+len(p.Incidents))
	return nil
}

// keep keeps events, those of one change at a time: whoever else writes waits no longer. Of loose ones those are left out
// that webhooks told of.
func (r *reading) keep(ctx context.Context, events []flow.Event, loose bool) (added int, err error) {
	for len(events) > 0 {
		n := 1
		for n < len(events) && events[n].Pull == events[0].Pull {
			n++
		}
		one := events[:n]
		if loose {
			known, err := r.o.Events.EventsOf(ctx, one[0].Pull)
			if err != nil {
				return added, err
			}
			one = slices.DeleteFunc(slices.Clone(one), func(e flow.Event) bool { return told(known, e) })
		}
		more, err := r.o.Events.AppendEvents(ctx, one, Source)
		if added += more; err != nil {
			return added, err
		}
		events = events[n:]
	}
	return added, nil
}

// failed answers an error of the forge: with a smaller page, a pause, an end, or another try.
func (r *reading) failed(ctx context.Context, err error) error {
	if large, ok := errors.AsType[*past.TooLarge](err); ok {
		smaller, ok := r.size.Smaller()
		if !ok {
			return fmt.Errorf(
				"read the past of %s: even one pull request is too much: %w",
				r.bookmark.Repository(),
				large,
			)
		}
		r.o.Log.InfoContext(ctx,
			"a page of the past was too large",
			"repository",
			r.bookmark.Repository(),
			"pull_requests",
			r.size.Pulls,
			"next",
			smaller.Pulls,
			"error",
			err.Error(),
		)
		r.size = smaller
		return nil
	}
	if errors.Is(err, past.ErrCursor) && r.bookmark.Lost() {
		r.o.Log.InfoContext(ctx, "the past is read from its end again", "repository", r.bookmark.Repository(),
			"error", err.Error())
		return nil
	}
	if limited, ok := errors.AsType[*change.Limited](err); ok {
		return r.pause(ctx, limited.Until, "the forge limits our requests ("+limited.Kind+")")
	}
	if gone, ok := errors.AsType[*change.Gone](err); ok {
		return r.end(ctx, gone.What, nil)
	}
	if refused, ok := errors.AsType[*change.Refused](err); ok {
		return r.end(ctx, refused.What, err)
	}
	return err
}

// pause ends the try until a time.
func (r *reading) pause(ctx context.Context, until time.Time, why string) error {
	b := &r.bookmark
	b.State, b.Until, b.Why = past.Paused, until, why
	if err := r.o.Record.SaveBookmark(ctx, b); err != nil {
		return err
	}
	r.o.Progress(*b, 0)
	return &job.Later{After: max(until.Sub(r.o.Now()), time.Second)}
}

// end ends the reading until somebody asks again.
func (r *reading) end(ctx context.Context, why string, err error) error {
	b := &r.bookmark
	b.State, b.Why = past.Failed, why
	if saved := r.o.Record.SaveBookmark(ctx, b); saved != nil {
		return saved
	}
	r.o.Progress(*b, 0)
	if err != nil {
		return err
	}
	return &job.GivenUp{Err: errors.New(why)}
}

func (r *reading) connection() connection { return connection{r.bookmark.Forge, r.bookmark.Connection} }

// noteBudget remembers what is left of a connection's limit.
func (r *reading) noteBudget(b past.Budget, points int) {
	if b.Limit == 0 {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.budgets[r.connection()] = budget{b, max(r.budgets[r.connection()].dearest, points)}
}

// low reports whether the connection's limit must be reset before another page, and when that is.
func (r *reading) low() (time.Time, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	b := r.budgets[r.connection()]
	if !b.Low(b.dearest) || !r.o.Now().Before(b.Reset) {
		return time.Time{}, false
	}
	return b.Reset, true
}

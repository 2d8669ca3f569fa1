// Package outbox carries out saved effects: each at least once, and repeats do no harm. The intent is
// on disk before the first call; the key on the forge finds a lost receipt; an older effect never replaces a newer
// one.
//
// States of an effect: intended -> tried (a call may have reached the forge) -> received; or -> dropped (a newer one
// exists, or the forge will never take it).
package outbox

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/effect"
	"github.com/lintel-review/lintel/internal/history"
	"github.com/lintel-review/lintel/internal/trace"
)

// Publisher writes to a forge.
type Publisher interface {
	// Apply carries out an effect. With tried, the forge may have it already, so Apply searches it first.
	Apply(ctx context.Context, e effect.Effect, tried bool) (effect.Receipt, error)
}

// Journal keeps intents and receipts.
type Journal interface {
	// Pending returns a change's effects of these kinds without a receipt, oldest first, and marks those of the first kind
	// as tried. Drafts that nobody released are not pending.
	Pending(ctx context.Context, key change.Key, kinds ...effect.Kind) ([]effect.Pending, error)
	Receive(ctx context.Context, e effect.Effect, r effect.Receipt, line history.Line) error
	Drop(ctx context.Context, e effect.Effect, reason string) error
}

// Options are what an Outbox needs. Every field is required unless its comment says otherwise.
type Options struct {
	Publisher Publisher
	Journal   Journal
	Log       *slog.Logger
	// Exclude makes this process the only one that holds a name, where several publish (nil: this one is alone). Within
	// the process the outbox excludes others itself.
	Exclude func(ctx context.Context, name string) (free func(), err error)
	// Sent is called after each effect that was carried out (nil: nothing is).
	Sent func(e effect.Effect, r effect.Receipt)
}

// Outbox is safe for concurrent use.
type Outbox struct {
	options Options
	commits locks
}

// New checks that nothing is missing.
func New(o Options) (*Outbox, error) {
	switch {
	case o.Publisher == nil:
		return nil, errors.New("make outbox: the publisher is missing")
	case o.Journal == nil:
		return nil, errors.New("make outbox: the journal is missing")
	case o.Log == nil:
		return nil, errors.New("make outbox: the log is missing")
	}
	return &Outbox{options: o}, nil
}

// Run carries out the pending checks and comment of a change. It leaves inline comments to
// PostInlineComments, so that they never delay a verdict. It carries out effects on one commit one after the other,
// whichever changes they belong to: the forge shows the newest run. A change has one comment for all its commits, so what
// it says is read when nobody else writes it. When the error is an *effect.CommentError, every check was published and a
// comment was not.
func (o *Outbox) Run(ctx context.Context, key change.Key, commit string) error {
	left, err := o.publish(ctx, fmt.Sprintf("%s:%d:%s", key.Forge, key.RepoID, commit), key, effect.KindCheck, effect.KindComment)
	if err != nil || left == 0 {
		return err
	}
	if _, err = o.publish(ctx, "comment:"+key.String(), key, effect.KindComment); err != nil {
		return &effect.CommentError{Err: err}
	}
	return nil
}

// PostInlineComments carries out the pending inline comments of a change. It drops one that the forge refuses, with the
// reason, and posts the others.
func (o *Outbox) PostInlineComments(ctx context.Context, key change.Key) error {
	_, err := o.publish(ctx, "inline comments:"+key.String(), key, effect.KindInline)
	return err
}

// lock waits until nobody else holds a name, in this process and in others.
func (o *Outbox) lock(ctx context.Context, name string) (unlock func(), err error) {
	within := o.commits.lock(name)
	if o.options.Exclude == nil {
		return within, nil
	}
	free, err := o.options.Exclude(ctx, "outbox "+name)
	if err != nil {
		within()
		return nil, err
	}
	return func() { free(); within() }, nil
}

// publish carries out the pending effects of a kind while it holds a name. left says how many of the other kinds wait.
func (o *Outbox) publish(ctx context.Context, name string, key change.Key, kind effect.Kind, others ...effect.Kind) (
	left int, err error,
) {
	unlock, err := o.lock(ctx, name)
	if err != nil {
		return 0, err
	}
	defer unlock()
	pending, err := o.options.Journal.Pending(ctx, key, append([]effect.Kind{kind}, others...)...)
	if err != nil {
		return 0, err
	}
	for _, p := range pending {
		switch {
		case p.Effect.Kind() != kind:
			left++
		case p.Superseded:
			err = o.options.Journal.Drop(ctx, p.Effect, "a newer one exists")
		default:
			err = o.apply(ctx, p)
		}
		if err != nil {
			return left, err
		}
	}
	return left, nil
}

func (o *Outbox) apply(ctx context.Context, p effect.Pending) error {
	e := p.Effect
	sending, end := trace.Start(ctx, "effect", trace.Word(trace.Effect, e.Kind()), trace.Int(trace.Change, e.Ref.Number))
	receipt, err := o.options.Publisher.Apply(sending, e, p.Tried)
	end(err)
	var invalid *effect.InvalidPosition
	if errors.As(err, &invalid) {
		o.options.Log.InfoContext(ctx, "inline comment dropped", "change", e.Ref.String(), "reason", invalid.Error())
		return o.options.Journal.Drop(ctx, e, invalid.Error())
	}
	var refused *change.Refused
	if errors.As(err, &refused) && e.Check == nil {
		// The verdict is the check. A locked conversation or a missing permission must not delay it.
		o.options.Log.ErrorContext(ctx, "refused; the check stands without it", "effect", string(e.Kind()), "change", e.Ref.String(),
			"error", err.Error(), "refusal", string(refused.Kind), "remedy", refused.Remedy)
		return o.options.Journal.Drop(ctx, e, refused.Error())
	}
	if err != nil {
		return err
	}
	line := history.Line{Key: e.Ref.Key, At: receipt.At, Kind: history.Published, Detail: describe(e, receipt)}
	switch {
	case e.Check != nil:
		line.SHA = e.Check.SHA
	case e.Inline != nil:
		line.SHA = e.Inline.SHA
	}
	if err := o.options.Journal.Receive(ctx, e, receipt, line); err != nil {
		return err
	}
	if o.options.Sent != nil {
		o.options.Sent(e, receipt)
	}
	return nil
}

func describe(e effect.Effect, r effect.Receipt) string {
	found := ""
	if r.Found {
		found = " (found on the forge)"
	}
	if e.Comment != nil {
		return "comment" + found
	}
	if m := e.Inline; m != nil {
		place := fmt.Sprintf(" %s:%d", m.Path, m.Line)
		switch {
		case m.AddressedIn != "":
			return "remark addressed in " + change.Short(m.AddressedIn) + place + found
		case m.Edits != "":
			return "remark edited" + place + found
		}
		return "remark" + place + found
	}
	if e.Check.Status == effect.InProgress {
		return fmt.Sprintf("check %s in progress%s", e.Check.Name, found)
	}
	return fmt.Sprintf("check %s: %s%s", e.Check.Name, e.Check.Conclusion, found)
}

// locks are mutexes by name. Each exists only while somebody holds or waits for it.
type locks struct {
	mu   sync.Mutex
	held map[string]*counted
}

type counted struct {
	mu    sync.Mutex
	users int
}

func (l *locks) lock(name string) (unlock func()) {
	l.mu.Lock()
	if l.held == nil {
		l.held = map[string]*counted{}
	}
	c := l.held[name]
	if c == nil {
		c = &counted{}
		l.held[name] = c
	}
	c.users++
	l.mu.Unlock()
	c.mu.Lock()
	return func() {
		c.mu.Unlock()
		l.mu.Lock()
		defer l.mu.Unlock()
		if c.users--; c.users == 0 {
			delete(l.held, name)
		}
	}
}

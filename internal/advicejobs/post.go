package advicejobs

import (
	"context"
	"errors"
	"time"

	"github.com/lintel-review/lintel/internal/advice"
	"github.com/lintel-review/lintel/internal/advice/consult"
	"github.com/lintel-review/lintel/internal/advise"
	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/effect"
	"github.com/lintel-review/lintel/internal/history"
	"github.com/lintel-review/lintel/internal/plan"
)

// heads reads the current head of a change.
type heads interface {
	Head(ctx context.Context, ref change.Ref) (change.Rev, change.State, error)
}

// PostStore has the answers and stores the comments to post.
type PostStore interface {
	ConsultResult(ctx context.Context, id int64) ([]byte, error)
	SaveAdvice(ctx context.Context, c consult.Consult, lines []history.Line, compose func(plan.Standing) ([]effect.Effect, error)) (bool,
		error)
	// Moved requests a look at a change whose head differs from the recorded one.
	Moved(ctx context.Context, ref change.Ref, head string) error
}

// outbox carries out saved effects.
type outbox interface {
	Run(ctx context.Context, key change.Key, commit string) error
	PostInlineComments(ctx context.Context, key change.Key) error
}

// PostOptions are what a Poster needs. Every field is required.
type PostOptions struct {
	Common
	Store  PostStore
	Heads  heads
	Outbox outbox
	// Compose makes the comments of a result. Saving refuses a check, whatever Compose makes.
	Compose func(c consult.Consult, r advice.Result, st plan.Standing) []effect.Effect
}

// Poster posts the result of a consult. It holds the forge's credentials and asks no model.
type Poster struct{ o PostOptions }

// NewPoster checks that nothing is missing.
func NewPoster(o PostOptions) (*Poster, error) {
	return &Poster{o}, o.check("poster",
		part{"Store", o.Store != nil},
		part{"Heads", o.Heads != nil},
		part{"Outbox", o.Outbox != nil},
		part{"Compose", o.Compose != nil},
	)
}

// Step posts the result of one consult, only on the head for which it was made.
func (p *Poster) Step(ctx context.Context, id int64) (again time.Duration, err error) {
	c, again, ok, err := p.o.due(ctx, id, consult.Answered)
	if c.State == consult.Posted {
		// The process ended after the effects were saved and before they were carried out.
		return p.publish(ctx, c)
	}
	if !ok || err != nil {
		return again, err
	}
	body, err := p.o.Store.ConsultResult(ctx, id)
	if err != nil {
		return 0, err
	}
	result, err := advice.ReadResult(body)
	if err != nil {
		return p.o.end(ctx, c, consult.Failed, err.Error())
	}
	now, state, err := p.o.Heads.Head(ctx, c.Ref)
	head := now.SHA
	switch {
	case err != nil:
		return p.o.unread(ctx, c, err)
	case state != change.Open:
		return p.o.end(ctx, c, consult.Skipped, "it is not open any more")
	case head != c.Head || !advise.Current(result.Advice, head):
		// G12: lines of an older head would point at other code. The new head gets a look and a request of its own.
		if err := p.o.Store.Moved(ctx, c.Ref, head); err != nil {
			return 0, err
		}
		return p.o.end(ctx, c, consult.Stale, "the head moved before it could be posted")
	}
	effects := 0
	posted, err := p.o.Store.SaveAdvice(ctx, c, nil, func(st plan.Standing) ([]effect.Effect, error) {
		all := p.o.Compose(c, result, st)
		effects = len(all)
		return all, nil
	})
	if err != nil {
		return 0, err
	}
	if !posted {
		return p.o.end(ctx, c, consult.Stale, "the head moved before it could be posted")
	}
	if effects == 0 {
		p.o.Outcome(c, "nothing to say")
		return 0, nil
	}
	p.o.Outcome(c, "posted")
	return p.publish(ctx, c)
}

// publish carries out the saved effects. The consult has ended: the outbox retries what fails.
func (p *Poster) publish(ctx context.Context, c consult.Consult) (time.Duration, error) {
	err := p.o.Outbox.Run(ctx, c.Ref.Key, c.Head)
	if err == nil {
		err = p.o.Outbox.PostInlineComments(ctx, c.Ref.Key)
	}
	var limited *change.Limited
	if errors.As(err, &limited) {
		return max(limited.Wait(p.o.Now()), time.Second), nil
	}
	return 0, err
}

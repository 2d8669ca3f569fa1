package advicejobs

import (
	"context"
	"errors"
	"github.com/lintel-review/lintel/internal/advice"
	"time"

	"github.com/lintel-review/lintel/internal/advise"
	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/effect"
	"github.com/lintel-review/lintel/internal/history"
)

// Heads reads the head that a pull request has now.
type Heads interface {
	Head(ctx context.Context, ref change.Ref) (change.Rev, change.State, error)
}

// Press keeps what shall be posted.
type Press interface {
	ConsultResult(ctx context.Context, id int64) ([]byte, error)
	SaveAdvice(ctx context.Context, c history.Consult, lines []history.Line, compose func(history.Standing) ([]effect.Effect, error)) (bool, error)
	// Moved asks for a look at a change whose head is not the one on record.
	Moved(ctx context.Context, ref change.Ref, head string) error
}

// Outbox carries out what was saved.
type Outbox interface {
	Run(ctx context.Context, key change.Key, commit string) error
	Remarks(ctx context.Context, key change.Key) error
}

// Compose says what shall be posted of a result. It makes comments and nothing else; whatever it makes, a check is refused where it is saved.
type Compose func(c history.Consult, r advice.Result, st history.Standing) []effect.Effect

// Poster posts what a consult came to. It holds the forge's credentials and runs no model.
type Poster struct {
	Consults Consults
	Press    Press
	Heads    Heads
	Outbox   Outbox
	Compose  Compose
	Outcome  Outcome
	Now      func() time.Time
}

// Step posts one consult, on the head that it was made for and no other.
func (p *Poster) Step(ctx context.Context, id int64) (again time.Duration, err error) {
	s := steps{p.Consults, p.Outcome, p.Now}
	c, again, ok, err := s.due(ctx, id, history.ConsultAnswered)
	if c.State == history.ConsultPosted {
		// It was saved, and the process ended before it was carried out.
		return s.publish(ctx, p.Outbox, c)
	}
	if !ok || err != nil {
		return again, err
	}
	body, err := p.Press.ConsultResult(ctx, id)
	if err != nil {
		return 0, err
	}
	result, err := advice.ReadResult(body)
	if err != nil {
		return s.end(ctx, c, history.ConsultFailed, err.Error())
	}
	now, state, err := p.Heads.Head(ctx, c.Ref)
	head := now.SHA
	switch {
	case err != nil:
		return s.forge(ctx, c, err)
	case state != change.Open:
		return s.end(ctx, c, history.ConsultSkipped, "it is not open any more")
	case head != c.Head || !advise.Current(result.Advice, head):
		// G12: lines of an older head would point at other code. The new head is looked at, and asked about, again.
		if err := p.Press.Moved(ctx, c.Ref, head); err != nil {
			return 0, err
		}
		return s.end(ctx, c, history.ConsultStale, "the head moved before it could be posted")
	}
	effects := 0
	posted, err := p.Press.SaveAdvice(ctx, c, nil, func(st history.Standing) ([]effect.Effect, error) {
		all := p.Compose(c, result, st)
		effects = len(all)
		return all, nil
	})
	if err != nil {
		return 0, err
	}
	if !posted {
		return s.end(ctx, c, history.ConsultStale, "the head moved before it could be posted")
	}
	if effects == 0 {
		s.tell(c, "nothing to say")
		return 0, nil
	}
	s.tell(c, "posted")
	return s.publish(ctx, p.Outbox, c)
}

// publish carries the saved effects out. The consult is at its end: what fails is the outbox's to try again.
func (s steps) publish(ctx context.Context, out Outbox, c history.Consult) (time.Duration, error) {
	err := out.Run(ctx, c.Ref.Key, c.Head)
	if err == nil {
		err = out.Remarks(ctx, c.Ref.Key)
	}
	var limited *change.Limited
	if errors.As(err, &limited) {
		return max(limited.Until.Sub(s.now()), time.Second), nil
	}
	return 0, err
}

package advicejobs

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/lintel-review/lintel/internal/advice"
	"github.com/lintel-review/lintel/internal/advise"
	"github.com/lintel-review/lintel/internal/advise/prepare"
	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/diff"
	"github.com/lintel-review/lintel/internal/history"
)

// Source reads a change from its forge.
type Source interface {
	Snapshot(ctx context.Context, r change.Record) (change.Snapshot, error)
	// Contents reads files at the head by path, text alone; those that cannot be read, or are larger than limit bytes, are left out.
	Contents(ctx context.Context, ref change.Ref, files []diff.File, limit int64) (map[string]string, error)
}

// Shelf is where material is laid down, and where earlier results lie.
type Shelf interface {
	Record(ctx context.Context, key change.Key) (change.Record, error)
	Prepared(ctx context.Context, id int64, material []byte) (bool, error)
	Past(ctx context.Context, key change.Key) (result []byte, points []history.Point, err error)
}

// Preparer makes the material of a consult. It holds the forge's credentials and never asks a model.
type Preparer struct {
	Consults Consults
	Shelf    Shelf
	Source   Source
	Judge    Judge
	// Learned gives what people's dismissals keep silent in a repository (nil: nothing).
	Learned func(ctx context.Context, forge change.Forge, repo int64, now time.Time) ([]advice.Suppression, error)
	// Redactor makes one for each consult.
	Redactor func() advise.Redactor
	Outcome  Outcome
	Now      func() time.Time
}

// Step prepares one consult.
func (p *Preparer) Step(ctx context.Context, id int64) (again time.Duration, err error) {
	s := steps{p.Consults, p.Outcome, p.Now}
	c, again, ok, err := s.due(ctx, id, history.ConsultWanted)
	if !ok || err != nil {
		return again, err
	}
	record, err := p.Shelf.Record(ctx, c.Ref.Key)
	if err != nil {
		return 0, err
	}
	snap, err := p.Source.Snapshot(ctx, record)
	if err != nil {
		return s.forge(ctx, c, err)
	}
	if snap.Head.SHA != c.Head {
		// The event that tells of the new head, or the sweep that misses it, leads to a verdict, and that to a wish.
		return s.end(ctx, c, history.ConsultStale, "a newer head")
	}
	findings, set, err := p.Judge(ctx, &snap)
	if err != nil {
		return s.forge(ctx, c, err)
	}
	if why := Unwanted(&snap, set); why != "" {
		return s.end(ctx, c, history.ConsultSkipped, why)
	}
	in, err := prepare.Input(&snap, findings, set)
	if err != nil {
		return s.end(ctx, c, history.ConsultFailed, err.Error())
	}
	if !prepare.Readable(in) {
		return s.end(ctx, c, history.ConsultSkipped, "nothing in it is for a model to read")
	}
	if err := p.past(ctx, c, &in); err != nil {
		return 0, err
	}
	if in.Contents, err = p.Source.Contents(ctx, c.Ref, prepare.Wanted(in), prepare.MaxContent); err != nil {
		return s.forge(ctx, c, err)
	}
	in.Now = p.Now().UTC()
	if p.Learned != nil {
		learned, err := p.Learned(ctx, c.Ref.Forge, c.Ref.RepoID, in.Now)
		if err != nil {
			return 0, err
		}
		in.Suppressions = nameless(learned)
	}
	if in, _, err = advise.Redact(in, p.Redactor()); err != nil {
		return s.end(ctx, c, history.ConsultFailed, "it could not be searched for secrets, and nothing is sent unsearched")
	}
	body, err := json.Marshal(Material{Input: in, Set: set, Asked: c.Asked})
	if err != nil {
		return 0, fmt.Errorf("write material of consult %d: %w", id, err)
	}
	_, err = p.Shelf.Prepared(ctx, id, body)
	return 0, err
}

// forge turns a failed reading into another try or an end.
func (s steps) forge(ctx context.Context, c history.Consult, err error) (time.Duration, error) {
	var limited *change.Limited
	var refused *change.Refused
	var gone *change.Gone
	switch {
	case errors.As(err, &limited):
		return s.later(ctx, c, limited.Until.Sub(s.now()), "the forge limits our requests", false)
	case errors.As(err, &refused):
		return s.end(ctx, c, history.ConsultFailed, "the forge refused: "+refused.What)
	case errors.As(err, &gone):
		return s.end(ctx, c, history.ConsultFailed, "the pull request is gone")
	case c.Attempts+1 >= tries:
		return s.end(ctx, c, history.ConsultFailed, "the pull request could not be read")
	}
	return s.later(ctx, c, pause(c.Attempts), "the pull request could not be read", true)
}

// past adds what earlier looks came to and what people said to it.
func (p *Preparer) past(ctx context.Context, c history.Consult, in *advise.Input) error {
	body, points, err := p.Shelf.Past(ctx, c.Ref.Key)
	if err != nil || body == nil {
		return err
	}
	before, err := advice.ReadResult(body)
	if err != nil {
		return err
	}
	in.Previous, in.Known = &before.Advice, before.Known
	said := map[string]history.Point{}
	for _, point := range points {
		said[point.Point] = point
	}
	for i, k := range in.Known {
		point, ok := said[string(k.Draft.Key)]
		if ok && point.State == history.Dismissed && (k.State == advice.Open || k.State == advice.Carried) {
			in.Known[i].State, in.Known[i].By, in.Known[i].Reason = advice.Dismissed, point.Actor, point.Reason
		}
	}
	return nil
}

// nameless are suppressions without who made them and in which words: nobody searched those for secrets, and a look needs neither.
func nameless(all []advice.Suppression) []advice.Suppression {
	out := make([]advice.Suppression, 0, len(all))
	for _, s := range all {
		s.By, s.Reason = []string{}, ""
		out = append(out, s)
	}
	return out
}

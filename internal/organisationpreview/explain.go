package organisationpreview

import (
	"context"
	"errors"
	"time"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/document"
	"github.com/lintel-review/lintel/internal/facts"
	"github.com/lintel-review/lintel/internal/settings"
)

// Explain says where each setting comes from that a verdict rests on, by the digest of its facts. It is nil when the facts
// or one of the files are not kept any more.
func (p *Previewer) Explain(ctx context.Context, r change.Ref, digest string) ([]settings.Value, error) {
	raw, err := p.record.Evidence(ctx, digest)
	if errors.Is(err, change.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	f, err := facts.Parse(raw)
	if err != nil {
		return nil, nil //nolint:nilerr // facts of an older version of the contract explain nothing
	}
	own, ok, err := p.own(ctx, f)
	if err != nil || !ok {
		return nil, err
	}
	above, ok, err := p.aboveThen(ctx, r, f)
	if err != nil || !ok {
		return nil, err
	}
	values, problems := settings.Explain(change.Controls{Files: own, Organisation: above}, p.engine.Configurable())
	if len(problems) > 0 {
		return nil, nil
	}
	return values, nil
}

// aboveThen is what held above the repository when the facts were gathered; ok is false when it is not known any more.
func (p *Previewer) aboveThen(ctx context.Context, r change.Ref, f facts.Facts) (o *change.Organisation, ok bool, err error) {
	then := f.Controls.Organisation
	if then == nil || then.File == "" {
		return nil, true, nil
	}
	now, err := p.above(ctx, r)
	if err != nil || now == nil {
		return nil, false, err
	}
	for _, file := range now.Files() {
		if file.Path == then.File && file.Blob != then.Blob || file.Path == then.Server && file.Blob != then.ServerBlob {
			return nil, false, nil
		}
	}
	return now, true, nil
}

// Holding is what holds for a repository now, by the record.
type Holding struct {
	Values []settings.Value
	// Problems are those of the files that hold; with any there are no values.
	Problems []document.Problem
	// Above says why a version of an organisation's file holds, or not yet; Rollouts are those of the settings.
	Above    []string
	Rollouts []settings.Experiment
	// Own is false when it is not known what the repository's own file says: nothing was judged, or it is not kept.
	Own bool
}

// Holds says what holds for a repository now: its own file as the verdict with these facts had it, and what is above it.
func (p *Previewer) Holds(ctx context.Context, r change.Ref, digest string, now time.Time) (h Holding, err error) {
	controls := change.Controls{Files: map[string]change.File{}}
	if controls.Organisation, err = p.above(ctx, r); err != nil {
		return h, err
	}
	if controls.Organisation != nil {
		h.Above = controls.Organisation.Notes
	}
	if raw, err := p.record.Evidence(ctx, digest); err == nil {
		if f, err := facts.Parse(raw); err == nil {
			own, ok, err := p.own(ctx, f)
			if err != nil {
				return h, err
			}
			if h.Own = ok; ok {
				controls.Files = own
			}
		}
	} else if !errors.Is(err, change.ErrNotFound) {
		return h, err
	}
	known := p.engine.Configurable()
	if h.Values, h.Problems = settings.Explain(controls, known); len(h.Problems) > 0 {
		return h, nil
	}
	resolved := settings.Resolve(controls, nil, known)
	h.Above = append(h.Above, resolved.Notes...)
	h.Rollouts = resolved.Settings.Experiments(r.RepoID, now)
	return h, nil
}

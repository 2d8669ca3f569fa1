package organisationpreview

import (
	"context"
	"errors"

	"github.com/lintel-review/lintel/internal/change"
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

package web

import (
	"context"
	"fmt"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/policy"
	"github.com/lintel-review/lintel/internal/settings"
)

// provenance is the settings that a verdict rests on, each with where it comes from.
type provenance struct {
	// Given are those that a file or a person sets, BuiltIn the others.
	Given, BuiltIn []settings.Value
}

// provenance reads where the settings of the newest verdict come from; nil when that is not kept any more.
func (p *Pages) provenance(ctx context.Context, r change.Ref, digest string, d *policy.Decision) (*provenance, error) {
	if p.o.Explain == nil {
		return nil, nil
	}
	values, err := p.o.Explain(ctx, r, digest)
	if err != nil || len(values) == 0 {
		return nil, err
	}
	var v provenance
	for _, x := range values {
		if x.From == "built-in" {
			v.BuiltIn = append(v.BuiltIn, x)
		} else {
			v.Given = append(v.Given, x)
		}
	}
	if d == nil {
		return &v, nil
	}
	for _, o := range d.Overridden {
		text := fmt.Sprintf("%q", "overridden by "+o.Actor)
		v.Given = append(v.Given, settings.Value{Key: "rules." + o.Rule, Value: text, From: "override"})
	}
	return &v, nil
}

// where is the place that gives a value.
func where(v settings.Value) string {
	if v.Line == 0 {
		return v.From
	}
	return fmt.Sprintf("%s, %s:%d", v.From, v.File, v.Line)
}

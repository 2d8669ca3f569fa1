package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/facts"
	"github.com/lintel-review/lintel/internal/organisation"
	"github.com/lintel-review/lintel/internal/organisationpreview"
	"github.com/lintel-review/lintel/internal/policy"
	"github.com/lintel-review/lintel/internal/settings"
	stored "github.com/lintel-review/lintel/internal/verdict"
	"github.com/lintel-review/lintel/policies"
)

// previewed is how many stored verdicts the preview of an organisation's file judges again.
const previewed = 200

// organisationPreview measures how long a pull request to an organisation's file waits for its preview, when the file
// changes the settings of every repository.
func organisationPreview(ctx context.Context, b *bench) error {
	engine, err := policy.Compile(ctx, policies.Tree())
	if err != nil {
		return fmt.Errorf("compile the policies: %w", err)
	}
	f, err := facts.Gather(ctx, snapshotOf(20), settings.Resolution{Settings: settings.Default(), Source: settings.Absent})
	if err != nil {
		return err
	}
	body, err := json.Marshal(f)
	if err != nil {
		return fmt.Errorf("encode facts: %w", err)
	}
	none := func(context.Context, change.Ref) (*change.Organisation, error) { return nil, nil }
	p, err := organisationpreview.New(oneFact{body}, engine, none)
	if err != nil {
		return err
	}
	var summary string
	took, err := repeat(3, func() error {
		text := []byte("version: 1\nfloor:\n  size: {mode: enforce, fail_over: 1}\n")
		s := &change.Snapshot{ProposedOrganisation: &change.File{Path: "lintel.yml", Blob: "b", Size: int64(len(text)), Content: text}}
		err := p.Add(ctx, s)
		if err == nil && s.OrganisationPreview.Red != previewed {
			err = fmt.Errorf("%d checks would turn red", s.OrganisationPreview.Red)
		}
		if err == nil {
			summary = s.OrganisationPreview.Summary
		}
		return err
	})
	if err != nil {
		return err
	}
	b.table.add(row{
		What:     fmt.Sprintf("preview of an organisation's file, %d stored verdicts", previewed),
		Measured: ms(took.at(50)),
		Bar:      "< 5 s",
		Verdict:  judge(took.at(50) < 5*time.Second),
		Values:   map[string]float64{"ms": inMS(took.at(50))},
		Notes:    []string{summary},
	})
	return nil
}

// oneFact is a record with one verdict on each of many pull requests, by the same facts.
type oneFact struct{ facts []byte }

// NewestVerdicts lists them.
func (oneFact) NewestVerdicts(context.Context, change.Forge, int64, int64, int) ([]organisation.Judged, error) {
	var all []organisation.Judged
	for i := range int64(previewed) {
		all = append(all, organisation.Judged{RepoID: i % 20, Name: "acme/r" + strconv.FormatInt(i%20, 10), Facts: "f", Decision: "d"})
	}
	return all, nil
}

// Evidence is the facts, or a decision that refuses nothing.
func (s oneFact) Evidence(_ context.Context, digest string) ([]byte, error) {
	if digest == "d" {
		return []byte("{}"), nil
	}
	return s.facts, nil
}

// OwnedPulls are as many pull requests of three verdicts each, which size/too-large would have refused.
func (oneFact) OwnedPulls(_ context.Context, forge change.Forge, _ int64, limit int, use func(stored.Past) error) error {
	decision := []byte(`{"findings":[{"rule":"size/too-large","severity":"error","mode":"shadow"}],"judged":["size/too-large"]}`)
	for i := range limit {
		past := stored.Past{Record: change.Record{Ref: change.Ref{Key: change.Key{Forge: forge, RepoID: int64(i % 20), Number: i}}}}
		for _, head := range []string{"a", "b", "c"} {
			past.Looks = append(past.Looks, stored.PastLook{Head: head, Decision: decision})
		}
		if err := use(past); err != nil {
			return err
		}
	}
	return nil
}

// Repository is the one that holds the organisation's file.
func (oneFact) Repository(context.Context, change.Forge, int64) (change.Repository, int64, error) {
	return change.Repository{OwnerID: 1}, 1, nil
}

// Kept is nothing: no repository has a settings file of its own.
func (oneFact) Kept(context.Context, string, string) ([]byte, error) { return nil, nil }

// Package organisationpreview says what a proposed organisation's file would do to the checks of the organisation's
// changes, by the facts that were stored with their verdicts. It asks no forge.
//
// Callers may rely on: the families whose settings the file changes are judged by today's policies on both sides, so
// that only the file makes the difference; what the others said is read from the stored decision; a change whose
// evidence is gone counts as unknown, never as unchanged.
package organisationpreview

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/facts"
	"github.com/lintel-review/lintel/internal/organisation"
	"github.com/lintel-review/lintel/internal/policy"
	"github.com/lintel-review/lintel/internal/settings"
	"github.com/lintel-review/lintel/internal/sorting"
	"github.com/lintel-review/lintel/internal/text"
	"github.com/lintel-review/lintel/internal/verdict"
)

// verdicts are the newest verdicts with their evidence.
type verdicts interface {
	NewestVerdicts(ctx context.Context, forge change.Forge, owner, after int64, limit int) ([]organisation.Judged, error)
	Evidence(ctx context.Context, digest string) ([]byte, error)
}

// Record is what previews read.
type Record interface {
	verdicts
	Repository(ctx context.Context, forge change.Forge, id int64) (change.Repository, int64, error)
	Kept(ctx context.Context, kind, key string) ([]byte, error)
	OwnedPulls(ctx context.Context, forge change.Forge, owner int64, limit int, use func(verdict.Past) error) error
}

// last is how many verdicts are judged again.
const last = 200

// Previewer is safe for concurrent use.
type Previewer struct {
	record Record
	engine *policy.Engine
	// above gives what holds above the repository of a change now.
	above func(ctx context.Context, r change.Ref) (*change.Organisation, error)
}

// New makes a Previewer.
func New(record Record, engine *policy.Engine, above func(context.Context, change.Ref) (*change.Organisation, error)) (*Previewer, error) {
	if record == nil || engine == nil || above == nil {
		return nil, errors.New("make the preview of organisations' files: the record, the engine or what holds above is missing")
	}
	return &Previewer{record, engine, above}, nil
}

// Add adds the preview to a snapshot of a change that touches the organisation's file.
func (p *Previewer) Add(ctx context.Context, s *change.Snapshot) error {
	file := s.ProposedOrganisation
	if file == nil {
		return nil
	}
	out := &change.OrganisationPreview{Path: file.Path, Errors: []change.OrganisationError{}}
	s.OrganisationPreview = out
	if file.Blob != "" {
		known := p.engine.Configurable()
		problems := settings.CheckOrganisation(file.Path, file.Content, known)
		for _, x := range problems[:min(len(problems), 100)] {
			out.Errors = append(out.Errors, change.OrganisationError{Line: x.Line, Column: x.Column, Message: x.Message})
		}
		if len(out.Errors) > 0 {
			return nil
		}
	}
	home, _, err := p.record.Repository(ctx, s.Ref.Forge, s.Ref.RepoID)
	if err != nil {
		return err
	}
	all, err := p.record.NewestVerdicts(ctx, s.Ref.Forge, home.OwnerID, 0, last)
	if err != nil {
		return err
	}
	results := make([]result, len(all))
	g, gctx := errgroup.WithContext(ctx)
	g.SetLimit(4)
	for i, j := range all {
		g.Go(func() (err error) {
			results[i], err = p.judge(gctx, s, j, file)
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return fmt.Errorf("preview %s: %w", file.Path, err)
	}
	sum(out, all, results)
	if err := p.evidence(ctx, out, s.Ref.Forge, home.OwnerID, all, results); err != nil {
		return fmt.Errorf("preview %s: %w", file.Path, err)
	}
	return nil
}

// result is what the file would do to one check.
type result struct {
	unknown, red, green bool
	// rules are those that would refuse, gains those that would block in the repository and do not now.
	rules, gains []string
}

// judge judges one change twice by its stored facts.
func (p *Previewer) judge(ctx context.Context, s *change.Snapshot, j organisation.Judged, file *change.File) (result, error) {
	raw, err := p.record.Evidence(ctx, j.Facts)
	if errors.Is(err, change.ErrNotFound) {
		return result{unknown: true}, nil
	}
	if err != nil {
		return result{}, err
	}
	f, err := facts.Parse(raw)
	if err != nil {
		return result{unknown: true}, nil //nolint:nilerr // facts of an older version of the contract
	}
	owner, name, _ := change.SplitName(j.Name)
	now, err := p.above(ctx, change.Ref{Key: change.Key{Forge: s.Ref.Forge, RepoID: j.RepoID}, Owner: owner, Name: name})
	if err != nil {
		return result{}, err
	}
	own, ok, err := p.own(ctx, f)
	if err != nil || !ok {
		return result{unknown: !ok}, err
	}
	then := &change.Organisation{Traits: change.Traits{Name: j.Name}}
	if now != nil {
		then.Server, then.Traits = now.Server, now.Traits
	}
	if file.Blob != "" {
		then.Own = file
	}
	known := p.engine.Configurable()
	was := settings.Resolve(change.Controls{Files: own, Organisation: now}, nil, known)
	would := settings.Resolve(change.Controls{Files: own, Organisation: then}, nil, known)
	if !was.Decided() || !would.Decided() {
		return result{unknown: true}, nil
	}
	out, err := p.compare(ctx, j, moment{f, s.TakenAt}, was.Settings, would.Settings)
	out.gains = p.gains(f.Repository.ID, s.TakenAt, was.Settings, would.Settings)
	return out, err
}

// moment is stored facts, and when settings with rollouts are judged.
type moment struct {
	facts facts.Facts
	at    time.Time
}

// compare judges facts by two settings. Only the families whose settings differ are judged; whether the others refuse is
// read from the stored decision.
func (p *Previewer) compare(ctx context.Context, j organisation.Judged, f moment, was, would settings.Settings) (result, error) {
	only := differing(was, would)
	if len(only) == 0 {
		return result{}, nil
	}
	before, err := p.blocking(ctx, f, was, only)
	if err != nil {
		return result{}, err
	}
	after, err := p.blocking(ctx, f, would, only)
	if err != nil || (len(before) == 0) == (len(after) == 0) {
		return result{}, err
	}
	raw, err := p.record.Evidence(ctx, j.Decision)
	if errors.Is(err, change.ErrNotFound) {
		return result{unknown: true}, nil
	}
	var decided policy.Decision
	if err == nil {
		err = json.Unmarshal(raw, &decided)
	}
	if err != nil {
		return result{}, err
	}
	for _, x := range decided.Blocking() {
		if !slices.Contains(only, x.Family) {
			return result{}, nil // red before and after
		}
	}
	return result{red: len(after) > 0, green: len(before) > 0, rules: after}, nil
}

// blocking are the rules of some families that refuse.
func (p *Previewer) blocking(ctx context.Context, f moment, set settings.Settings, only []string) ([]string, error) {
	d, err := p.engine.Decide(ctx, f.facts.Under(set, f.at), set, policy.Options{Only: only})
	if err != nil {
		return nil, err
	}
	var rules []string
	for _, x := range d.Blocking() {
		if x.Family != policy.GateFamily && !slices.Contains(rules, x.Rule) {
			rules = append(rules, x.Rule)
		}
	}
	return rules, nil
}

// own is the repository's settings file that a verdict rests on; ok is false when it is not kept any more.
func (p *Previewer) own(ctx context.Context, f facts.Facts) (files map[string]change.File, ok bool, err error) {
	if f.Controls.Source == settings.None || f.Controls.Source == facts.Given {
		return nil, false, nil
	}
	if f.Controls.InForce == "" {
		return map[string]change.File{}, true, nil
	}
	body, err := p.record.Kept(ctx, "blob", f.Controls.InForce)
	if err != nil || body == nil {
		return nil, false, err
	}
	file := change.File{Path: f.Controls.Path, Blob: f.Controls.InForce, Size: int64(len(body)), Content: body}
	return map[string]change.File{settings.Path: file}, true, nil
}

// sum counts the results and says them in one sentence.
func sum(out *change.OrganisationPreview, all []organisation.Judged, results []result) {
	repositories, rules := map[string]int{}, map[string]int{}
	for i, r := range results {
		switch {
		case r.unknown:
			out.Unknown++
			continue
		case r.red:
			out.Red++
			repositories[all[i].Name]++
			for _, rule := range r.rules {
				rules[rule]++
			}
		case r.green:
			out.Green++
		}
		out.Judged++
	}
	var b strings.Builder
	fmt.Fprintf(&b, "would turn %s red", text.Count(out.Red, "green check"))
	if out.Red > 0 {
		fmt.Fprintf(&b, " in %s: %s; by %s", plural(len(repositories), "repository", "repositories"), most(repositories), most(rules))
	}
	fmt.Fprintf(&b, "; would turn %s green; %s judged by stored facts", text.Count(out.Green, "red check"),
		text.Count(out.Judged, "pull request"))
	if out.Unknown > 0 {
		fmt.Fprintf(&b, "; %d could not be judged, because their facts are not kept any more", out.Unknown)
	}
	out.Summary = b.String()
}

func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprint(n, " ", many)
}

// named is how many of a list are named.
const named = 5

// most names the largest counts, "acme/shop (3), acme/pay (1)".
func most(counts map[string]int) string {
	names := sorting.Sorted(maps.Keys(counts), func(a, b string) int {
		if counts[a] != counts[b] {
			return counts[b] - counts[a]
		}
		return strings.Compare(a, b)
	})
	var out []string
	for _, name := range names[:min(len(names), named)] {
		out = append(out, fmt.Sprintf("%s (%d)", name, counts[name]))
	}
	if more := len(names) - named; more > 0 {
		out = append(out, fmt.Sprint(more, " more"))
	}
	return strings.Join(out, ", ")
}

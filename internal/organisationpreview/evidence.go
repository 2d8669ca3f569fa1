package organisationpreview

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/evidence"
	"github.com/lintel-review/lintel/internal/organisation"
	"github.com/lintel-review/lintel/internal/rollout"
	"github.com/lintel-review/lintel/internal/settings"
	"github.com/lintel-review/lintel/internal/sorting"
	"github.com/lintel-review/lintel/internal/verdict"
)

// gains are the rules that would block in a repository and do not, today or once every rollout has begun everywhere: the
// evidence comes before anybody is blocked.
func (p *Previewer) gains(repository int64, at time.Time, was, would settings.Settings) (rules []string) {
	now := p.engine.Gains(was.Settle(was.Experiments(repository, at)), would.Settle(would.Experiments(repository, at)))
	for _, m := range append(now, p.engine.Gains(begun(was, repository, at), begun(would, repository, at))...) {
		if !slices.Contains(rules, m.Rule) {
			rules = append(rules, m.Rule)
		}
	}
	return rules
}

// begun are settings of which every rollout applies that has not ended.
func begun(s settings.Settings, repository int64, at time.Time) settings.Settings {
	experiments := s.Experiments(repository, at)
	for i := range experiments {
		if experiments[i].State != rollout.Ended {
			experiments[i].State = rollout.Applies
		}
	}
	return s.Settle(experiments)
}

// maxMoves bounds the rules whose evidence is told.
const maxMoves = 10

// evidence sums up what each rule that gains power made of the changes of the repositories in which it gains it.
func (p *Previewer) evidence(ctx context.Context, out *change.OrganisationPreview, forge change.Forge, owner int64,
	all []organisation.Judged, results []result) error {
	where := map[string][]int64{} // repositories by rule, sorted
	for i, r := range results {
		for _, rule := range r.gains {
			if at, ok := slices.BinarySearch(where[rule], all[i].RepoID); !ok {
				where[rule] = slices.Insert(where[rule], at, all[i].RepoID)
			}
		}
	}
	if len(where) == 0 {
		return nil
	}
	// Rules that gain it in the same repositories share a sum: a decision is read once for all of them.
	sums, of := map[string]*evidence.Sum{}, map[string]string{}
	repositories := map[string][]int64{}
	for rule, ids := range where {
		of[rule] = fmt.Sprint(ids)
		sums[of[rule]], repositories[of[rule]] = &evidence.Sum{}, ids
	}
	err := p.record.OwnedPulls(ctx, forge, owner, evidence.Last, func(past verdict.Past) error {
		for key, sum := range sums {
			if _, in := slices.BinarySearch(repositories[key], past.Record.RepoID); !in {
				continue
			}
			if err := sum.Add(past); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	found := make([]rollout.Evidence, 0, len(where))
	for rule := range where {
		found = append(found, sums[of[rule]].Of(rule))
	}
	sorting.By(found, func(a, b rollout.Evidence) int {
		if a.WouldBlock != b.WouldBlock {
			return b.WouldBlock - a.WouldBlock
		}
		return strings.Compare(a.Rule, b.Rule)
	})
	for _, e := range found[:min(len(found), maxMoves)] {
		out.Moves = append(out.Moves, change.OrganisationMove{Rule: e.Rule, Summary: e.Summary()})
	}
	out.More = max(0, len(found)-maxMoves)
	return nil
}

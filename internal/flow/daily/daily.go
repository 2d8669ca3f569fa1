// Package daily is the merged changes of one day as columns of numbers: small enough to be stored as one value, and
// quick to count. Figures of any period, zone, repository and team are counted from days, and are exact.
//
// Callers may rely on this:
//   - Decode gives what Encode was given, value by value; what is cut off or damaged is an error, never other numbers;
//   - what is not known is told apart from 0, in every column that may lack a value, and is counted as nothing;
//   - a Day from rows of facts and one that was stored count the same.
package daily

import (
	"math"

	"github.com/lintel-review/lintel/internal/flow"
	"github.com/lintel-review/lintel/internal/flow/figure"
	"github.com/lintel-review/lintel/internal/flow/filter"
)

// Form is that of Encode. A stored day of another form is packed anew.
const Form = 1

// unknown stands for a value that is not known.
const unknown = math.MinInt64

// column is what is kept of each change.
type column int

// The columns. The first three are places in a day's lists.
const (
	repo column = iota
	team
	kind
	number
	mergedAt
	defaultBase
	size
	cycle
	cycleBusiness
	pickupBusiness
	unreviewedFlag
	revertedFlag
	comments
	rounds
	reworked
	replaced
	replaced21
	replaced30
	stage   // the first of the stages
	columns = stage + figure.Stages
)

// Columns are the columns of flow_fact that Add takes, in its order.
const Columns = `f.forge, f.repo_id, f.team, f.author_kind, f.number, f.merged_at, f.base_is_default,
	COALESCE(f.size_effective, f.additions + f.deletions), f.cycle_s, f.cycle_bh_s, f.pickup_bh_s, f.merged_unreviewed, f.reverted,
	f.human_comments, f.rounds, f.commits_after_review, f.replaced_lines, f.replaced_lines_21d, f.replaced_lines_30d,
	f.coding_s, f.draft_s, f.pickup_s, f.review_s, f.merge_s, f.unreviewed_s, f.redraft_s, f.closed_s, f.deploy_s`

// Repo is a repository.
type Repo = filter.Repo

// Day holds changes. The zero value holds none. It is not safe for concurrent use, not even for two readers: it
// decodes a column when that is first asked for.
type Day struct {
	n      int
	repos  []Repo
	teams  []string
	kinds  []string
	values [columns][]int64
	stored [columns]part
}

// Len is how many changes it holds.
func (d *Day) Len() int { return d.n }

// Teams are the teams of its changes; "" stands for none.
func (d *Day) Teams() []string { return d.teams }

// Add takes a row of facts whose columns are Columns.
func (d *Day) Add(scan func(into ...any) error) error {
	var r Repo
	var of, by string
	var given [columns]*int64
	into := []any{&r.Forge, &r.ID, &of, &by}
	for c := number; c < columns; c++ {
		into = append(into, &given[c])
	}
	if err := scan(into...); err != nil {
		return err
	}
	for c := number; c < columns; c++ {
		v := int64(unknown)
		if given[c] != nil {
			v = *given[c]
		}
		d.values[c] = append(d.values[c], v)
	}
	d.values[repo] = append(d.values[repo], place(&d.repos, r))
	d.values[team] = append(d.values[team], place(&d.teams, of))
	d.values[kind] = append(d.values[kind], place(&d.kinds, by))
	d.n++
	return nil
}

// place is where a value is in a list; it is added when it is not.
func place[T comparable](list *[]T, v T) int64 {
	for i, has := range *list {
		if has == v {
			return int64(i)
		}
	}
	*list = append(*list, v)
	return int64(len(*list) - 1)
}

// pull names the i-th change.
func (d *Day) pull(i int) flow.Pull {
	r := d.repos[d.of(repo)[i]]
	return flow.Pull{Forge: r.Forge, RepoID: r.ID, Number: int(d.of(number)[i])}
}

// Each hands over what a scope selects of the day: the repository, the time of the merge in milliseconds, and the seconds
// from ready to merged and to the first answer; nil is not known.
func (d *Day) Each(s Scope, use func(r Repo, at int64, cycle, pickup *int64)) {
	known := func(v int64) *int64 {
		if v == unknown {
			return nil
		}
		return &v
	}
	repos, at, cycles, pickups := d.of(repo), d.of(mergedAt), d.of(cycle), d.of(stage+column(figure.Pickup))
	for _, i := range s.choose(d) {
		use(d.repos[repos[i]], at[i], known(cycles[i]), known(pickups[i]))
	}
}

package stepped

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/flow"
	"github.com/lintel-review/lintel/internal/lazyregexp"
	"github.com/lintel-review/lintel/internal/sorting"
)

// Beginning is when a repository began with something.
type Beginning struct {
	Rollout, Repository string
	At                  time.Time
}

// Key names a repository in cells and beginnings.
func Key(forge change.Forge, id int64) string { return fmt.Sprintf("%s:%d", forge, id) }

// Week is what a repository merged in a week: how many, and of the times that are known how many there are and the sum of
// their logarithmic buckets (flow.Bucket).
type Week struct {
	Repository                                   string
	Week, Merged                                 int64
	Cycles, CycleBuckets, Pickups, PickupBuckets int64
}

// Weeks begin on Monday, UTC, and count from that of 1 January 1970, a Thursday.
const (
	week   = 7 * 24 * 60 * 60 * 1000
	offset = 3 * 24 * 60 * 60 * 1000
)

// WeekOf is the week of a time in milliseconds.
func WeekOf(ms int64) int64 { return (ms + offset) / week }

// weekOf is the week of a time.
func weekOf(t time.Time) int64 { return WeekOf(t.UnixMilli()) }

func beginOf(w int64) time.Time { return time.UnixMilli(w*week - offset).UTC() }

// Planned is a step that somebody planned: repositories that begin with something on a day of UTC.
type Planned struct {
	Rollout      string
	From         time.Time
	Repositories []string // owner/name, or a forge and a colon before it
}

var planName = lazyregexp.New(`^[A-Za-z0-9][A-Za-z0-9 ._/-]*$`)

// Plan reads a step as the server's file writes it. An error says what cannot be used.
func Plan(name, day string, repositories []string) (p Planned, err error) {
	from, err := time.Parse(time.DateOnly, day)
	if err != nil {
		return p, fmt.Errorf("%q is no day, such as 2027-01-31", day)
	}
	if !planName.MatchString(name) {
		return p, fmt.Errorf("the name %q has other characters than letters, digits, spaces and . _ / -", name)
	}
	for _, r := range repositories {
		if _, full := forgesOf(r); !isName(full) {
			return p, fmt.Errorf("%q is no repository, such as acme/shop or gitlab:acme/shop", r)
		}
	}
	return Planned{Rollout: name, From: from, Repositories: repositories}, nil
}

// Record is what a report is made from.
type Record interface {
	Beginnings(ctx context.Context) ([]Beginning, error)
	Weeks(ctx context.Context, from, to time.Time, use func(Week)) error
	// RepositoryNamed is change.ErrNotFound for a repository that nobody has heard of.
	RepositoryNamed(ctx context.Context, forge change.Forge, owner, name string) (change.Repository, error)
}

// Report is what rollouts changed. All of it is estimates.
type Report struct {
	Method   string    `json:"method"`
	Made     time.Time `json:"made"`
	Rollouts []Rollout `json:"rollouts"`
}

// Rollout is one of them.
type Rollout struct {
	Name string `json:"name"`
	// Planned is true when the server's file names its steps.
	Planned bool `json:"planned"`
	// First and Last are when the first and the last repository began.
	First time.Time `json:"first,omitzero"`
	Last  time.Time `json:"last,omitzero"`
	// Unknown are repositories of the plan that the record does not know.
	Unknown []string `json:"unknown,omitempty"`
	Cycle   Estimate `json:"cycle"`
	Pickup  Estimate `json:"pickup"`
	Merged  Estimate `json:"merged"`
}

// method says in one sentence how the estimates are made.
var method = fmt.Sprintf("Estimates by difference in differences: how the %[1]d weeks after a repository's beginning differ "+
	"from the %[1]d weeks before, less the same difference of repositories that had not begun; with a 95 %% interval by "+
	"repository.", Window)

// longest is how old a beginning may be for the record to be read back to it: an older one is no longer estimated.
const longest = 365 * 24 * time.Hour

// Read makes the report at a time. What the plan says of a rollout stands in place of what was seen of one with that name.
func Read(ctx context.Context, record Record, plan []Planned, now time.Time) (Report, error) {
	r := Report{Method: method, Made: now.UTC(), Rollouts: []Rollout{}}
	all, err := record.Beginnings(ctx)
	if err != nil {
		return r, err
	}
	begun := map[string]map[string]time.Time{}
	note := func(b Beginning) {
		if begun[b.Rollout] == nil {
			begun[b.Rollout] = map[string]time.Time{}
		}
		if at, ok := begun[b.Rollout][b.Repository]; !ok || b.At.Before(at) {
			begun[b.Rollout][b.Repository] = b.At
		}
	}
	planned, unknown := map[string]bool{}, map[string][]string{}
	for _, p := range plan {
		planned[p.Rollout] = true
		for _, name := range p.Repositories {
			key, err := known(ctx, record, name)
			if err != nil {
				return r, err
			}
			if key == "" {
				unknown[p.Rollout] = append(unknown[p.Rollout], name)
			} else if !p.From.After(now) {
				note(Beginning{p.Rollout, key, p.From})
			}
		}
	}
	for _, b := range all {
		if !planned[b.Rollout] {
			note(b)
		}
	}
	oldest := now
	for _, repositories := range begun {
		for _, at := range repositories {
			if at.Before(oldest) && now.Sub(at) < longest {
				oldest = at
			}
		}
	}
	last := weekOf(now) - 1
	times, pickups, counts, err := cells(ctx, record, beginOf(weekOf(oldest)-2*Window), beginOf(last+1))
	if err != nil {
		return r, err
	}
	for name := range unknown {
		if begun[name] == nil {
			begun[name] = map[string]time.Time{}
		}
	}
	for name, repositories := range begun {
		weeks := map[string]int64{}
		one := Rollout{Name: name, Planned: planned[name], Unknown: unknown[name]}
		for repository, at := range repositories {
			weeks[repository] = weekOf(at)
			if one.First.IsZero() || at.Before(one.First) {
				one.First = at.UTC()
			}
			if at.After(one.Last) {
				one.Last = at.UTC()
			}
		}
		one.Cycle = Of(times, weeks, last, Typical)
		one.Pickup = Of(pickups, weeks, last, Typical)
		one.Merged = Of(counts, weeks, last, Often)
		r.Rollouts = append(r.Rollouts, one)
	}
	sorting.By(r.Rollouts, func(a, b Rollout) int { return strings.Compare(a.Name, b.Name) })
	return r, nil
}

// forgesOf are the forges on which a repository of a plan is looked for, and its name: on the one that it begins with, as in
// gitlab:acme/shop, else on GitHub first.
func forgesOf(planned string) (forges []change.Forge, full string) {
	forges = []change.Forge{change.GitHub, change.GitLab}
	for _, forge := range forges {
		if full, named := strings.CutPrefix(planned, string(forge)+":"); named {
			return []change.Forge{forge}, full
		}
	}
	return forges, planned
}

func isName(full string) bool {
	_, _, ok := change.SplitName(full)
	return ok && !strings.Contains(full, ":")
}

// known is the key of a repository by its name; "" when the record does not know it.
func known(ctx context.Context, record Record, planned string) (string, error) {
	forges, full := forgesOf(planned)
	owner, name, _ := change.SplitName(full)
	for _, forge := range forges {
		repository, err := record.RepositoryNamed(ctx, forge, owner, name)
		if err == nil {
			return Key(forge, repository.ID), nil
		}
		if !errors.Is(err, change.ErrNotFound) {
			return "", err
		}
	}
	return "", nil
}

// cells are those of the times from ready to merged, of the times to the first review, and of how many were merged.
func cells(ctx context.Context, record Record, from, to time.Time) (times, pickups, counts []Cell, err error) {
	width := math.Log(flow.BucketWidth)
	err = record.Weeks(ctx, from, to, func(w Week) {
		times = append(times, Cell{w.Repository, w.Week, w.Cycles, float64(w.CycleBuckets) * width})
		pickups = append(pickups, Cell{w.Repository, w.Week, w.Pickups, float64(w.PickupBuckets) * width})
		counts = append(counts, Cell{Repository: w.Repository, Week: w.Week, N: w.Merged})
	})
	return times, pickups, counts, err
}

// Package evidence sums up what each rule made of the changes of the past: what it would have blocked, what became
// of that, and how long a fix took. It reads decisions as they were stored, and asks nobody.
//
// Callers may rely on: equal verdicts give equal evidence; what is not known is not counted. A change counts for a
// rule when any of its verdicts has a finding that blocks in enforce, whatever the mode was then. Reverts are known by the
// titles and descriptions of merged changes that were judged here, within the days of package aftermath; a revert
// that was pushed directly is not seen.
package evidence

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/lintel-review/lintel/internal/aftermath"
	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/finding"
	"github.com/lintel-review/lintel/internal/rollout"
	"github.com/lintel-review/lintel/internal/sorting"
	"github.com/lintel-review/lintel/internal/verdict"
)

// Sum adds changes up, the newest first. The zero value is empty.
type Sum struct {
	pulls int
	lost  int
	rules map[string]*tally
	// landed are the merged changes of each repository.
	landed map[int64][]aftermath.Landed
}

// tally is what is known of one rule.
type tally struct {
	rollout.Evidence
	fixes []time.Duration
	// merged are the changes that it would have blocked and that were merged.
	merged []place
}

// place is where a merged change stands in landed.
type place struct {
	repository int64
	name       string
}

// decision is what is read of a stored decision.
type decision struct {
	Findings []struct {
		Rule     string           `json:"rule"`
		Severity finding.Severity `json:"severity"`
		Mode     finding.Mode     `json:"mode"`
		Blocking bool             `json:"blocking"`
	} `json:"findings"`
	Judged []string `json:"judged"`
	// Abstained are those of Judged that could not say anything.
	Abstained []struct {
		Rule string `json:"rule"`
	} `json:"abstained"`
}

// course is how one rule went on one change.
type course struct {
	judged, found, blocked bool
	mode                   finding.Mode
	// last is whether the last verdict that asked the rule found something.
	last  bool
	head  string // of the first verdict that found something
	since time.Time
	fixed time.Duration // 0 when it was not
}

// Add adds one change.
func (s *Sum) Add(p verdict.Past) error {
	if s.rules == nil {
		s.rules, s.landed = map[string]*tally{}, map[int64][]aftermath.Landed{}
	}
	courses, kept := map[string]*course{}, false
	for _, look := range p.Looks {
		if look.Decision == nil {
			continue
		}
		var d decision
		if err := json.Unmarshal(look.Decision, &d); err != nil {
			return fmt.Errorf("read a decision on %s: %w", p.Record.Ref, err)
		}
		kept = true
		follow(courses, look, d)
	}
	name := "pull " + p.Record.Key.String() // no commit is called so
	merged := p.Record.State == change.Merged
	if merged && !p.EndedAt.IsZero() {
		l := aftermath.Landed{Commit: name, Number: p.Record.Number, At: p.EndedAt, Title: p.Title}
		if p.Body != "" {
			l.Messages = []string{p.Body}
		}
		for _, look := range p.Looks {
			l.Brought = append(l.Brought, look.Head)
		}
		s.landed[p.Record.RepoID] = append(s.landed[p.Record.RepoID], l)
	}
	if !kept {
		s.lost++
		return nil
	}
	s.pulls++
	for rule, c := range courses {
		s.count(rule, c, merged, place{p.Record.RepoID, name})
	}
	return nil
}

// follow goes on with the courses of all rules by one verdict.
func follow(courses map[string]*course, look verdict.PastLook, d decision) {
	at := func(rule string) *course {
		if courses[rule] == nil {
			courses[rule] = &course{}
		}
		return courses[rule]
	}
	found := map[string]bool{}
	for _, f := range d.Findings {
		if f.Severity != finding.Error {
			continue
		}
		c := at(f.Rule)
		if !c.found {
			c.found, c.head, c.since = true, look.Head, look.At
		}
		c.mode, c.blocked, found[f.Rule] = f.Mode, c.blocked || f.Blocking, true
	}
	silent := map[string]bool{}
	for _, a := range d.Abstained {
		silent[a.Rule] = true
	}
	for _, rule := range d.Judged {
		if silent[rule] && !found[rule] {
			continue // its silence says nothing
		}
		c := at(rule)
		c.judged, c.last = true, found[rule]
		if c.found && !found[rule] && c.fixed == 0 && look.Head != c.head {
			c.fixed = max(look.At.Sub(c.since), time.Second)
		}
	}
}

func (s *Sum) count(rule string, c *course, merged bool, at place) {
	t := s.rules[rule]
	if t == nil {
		t = &tally{Evidence: rollout.Evidence{Rule: rule}}
		s.rules[rule] = t
	}
	if c.judged || c.found {
		t.Judged++
	}
	if !c.found {
		return
	}
	t.WouldBlock++
	if t.Mode == "" {
		t.Mode = c.mode // the newest change comes first
	}
	if c.blocked {
		t.Blocked++
	}
	if c.fixed > 0 {
		t.Fixed++
		t.fixes = append(t.fixes, c.fixed)
	}
	if merged {
		t.Merged++
		t.merged = append(t.merged, at)
		if c.last {
			t.MergedWith++
		}
	}
}

// Last is how many changes are summed up where nobody says otherwise.
const Last = 200

// record hands over the changes judged last, the newest first, of a repository or, when its id is 0, of all.
type record interface {
	PastPulls(ctx context.Context, forge change.Forge, repository int64, limit int, use func(verdict.Past) error) error
}

// Read sums up the changes that were judged last.
func Read(ctx context.Context, r record, forge change.Forge, repository int64, last int) (*Sum, error) {
	s := &Sum{}
	return s, r.PastPulls(ctx, forge, repository, last, s.Add)
}

// OfRepository sums up the last changes of a change's repository for some rules, in their order.
func OfRepository(r record) func(ctx context.Context, of change.Ref, rules []string) ([]rollout.Evidence, error) {
	return func(ctx context.Context, of change.Ref, rules []string) ([]rollout.Evidence, error) {
		s, err := Read(ctx, r, of.Forge, of.RepoID, Last)
		if err != nil {
			return nil, err
		}
		out := make([]rollout.Evidence, 0, len(rules))
		for _, rule := range rules {
			out = append(out, s.Of(rule))
		}
		return out, nil
	}
}

// Pulls counts the changes that were added, and those of them whose verdicts are no longer kept.
func (s *Sum) Pulls() (all, lost int) { return s.pulls + s.lost, s.lost }

// Evidence is that of each rule that was asked, by what it would have blocked, the most first.
func (s *Sum) Evidence() []rollout.Evidence {
	reverted := map[place]bool{}
	for repository, landed := range s.landed {
		sorting.StableBy(landed, func(a, b aftermath.Landed) int { return b.At.Compare(a.At) })
		for name := range aftermath.Reverted(landed) {
			reverted[place{repository, name}] = true
		}
	}
	out := []rollout.Evidence{}
	for _, t := range s.rules {
		e := t.Evidence
		e.Pulls = s.pulls
		for _, at := range t.merged {
			if reverted[at] {
				e.Reverted++
			}
		}
		slices.Sort(t.fixes)
		if n := len(t.fixes); n > 0 {
			e.MedianFix = int64((t.fixes[(n-1)/2] + t.fixes[n/2]) / 2 / time.Second)
		}
		out = append(out, e)
	}
	sorting.By(out, func(a, b rollout.Evidence) int {
		if a.WouldBlock != b.WouldBlock {
			return b.WouldBlock - a.WouldBlock
		}
		return strings.Compare(a.Rule, b.Rule)
	})
	return out
}

// Report is the evidence as programs read it.
type Report struct {
	// Repository is empty for all of the server's.
	Repository string `json:"repository"`
	// Pulls counts the changes, Lost those of them whose verdicts are no longer kept.
	Pulls int                `json:"pulls"`
	Lost  int                `json:"no_longer_kept"`
	Rules []rollout.Evidence `json:"rules"`
}

// Report gives the evidence of all rules, or of those that are named.
func (s *Sum) Report(repository string, rules ...string) Report {
	r := Report{Repository: repository}
	r.Pulls, r.Lost = s.Pulls()
	if len(rules) == 0 {
		r.Rules = s.Evidence()
	}
	for _, rule := range rules {
		r.Rules = append(r.Rules, s.Of(rule))
	}
	return r
}

// Of is the evidence of one rule, also of one that was never asked.
func (s *Sum) Of(rule string) rollout.Evidence {
	for _, e := range s.Evidence() {
		if e.Rule == rule {
			return e
		}
	}
	return rollout.Evidence{Rule: rule, Pulls: s.pulls}
}

package backtest

import (
	"cmp"
	"maps"
	"slices"

	"github.com/lintel-review/lintel/internal/policy"
	"github.com/lintel-review/lintel/internal/sorting"
)

// Tally adds outcomes up.
type Tally struct {
	samples int
	rules   map[string]*count
	rows    map[string]Change
	sources map[string]int
}

// count is what is known of one rule.
type count struct {
	judged, fired, blocked, findings, unknown int
	// reason is that of the first of the changes, by commit.
	reason, reasonOf string
	chosen           []chosen
}

// chosen is a sample with its rank. The first sample of each change comes before the second of any, so that samples
// come from as many changes as there are.
type chosen struct {
	rank int
	hash string
	sample
}

// NewTally is empty. It keeps at most some samples a rule.
func NewTally(samples int) *Tally {
	return &Tally{samples: max(samples, 0), rules: map[string]*count{}, rows: map[string]Change{}, sources: map[string]int{}}
}

// Has reports whether a change is in it.
func (t *Tally) Has(commit string) bool {
	_, ok := t.rows[commit]
	return ok
}

// Len is how many changes are in it.
func (t *Tally) Len() int { return len(t.rows) }

// Add adds an outcome. A change counts once.
func (t *Tally) Add(o Outcome) {
	if t.Has(o.Commit) {
		return
	}
	row := Change{
		Commit:  o.Commit,
		Lines:   o.Lines,
		Refused: o.Refused,
		Error:   o.Error,
		Risk:    o.Risk,
		Fired:   []string{},
		Blocked: []string{},
	}
	if o.Error == "" {
		t.sources[string(o.Settings)]++
		for _, r := range o.Rules {
			t.add(o.Commit, r)
			if r.Findings > 0 {
				row.Fired = append(row.Fired, r.Rule)
			}
			if r.Blocks {
				row.Blocked = append(row.Blocked, r.Rule)
			}
		}
	}
	t.rows[o.Commit] = row
}

func (t *Tally) add(commit string, r ruleOutcome) {
	c := t.rules[r.Rule]
	if c == nil {
		c = &count{}
		t.rules[r.Rule] = c
	}
	if r.Unknown != "" {
		c.unknown++
		if c.reasonOf == "" || commit < c.reasonOf {
			c.reason, c.reasonOf = r.Unknown, commit
		}
		return
	}
	c.judged++
	c.findings += r.Findings
	if r.Findings > 0 {
		c.fired++
	}
	if r.Blocks {
		c.blocked++
	}
	for i, s := range r.Samples {
		c.chosen = append(c.chosen, chosen{rank: i, hash: s.hash(r.Rule), sample: s})
	}
	sorting.By(c.chosen, func(a, b chosen) int { return cmp.Or(cmp.Compare(a.rank, b.rank), cmp.Compare(a.hash, b.hash)) })
	c.chosen = slices.Clip(c.chosen[:min(len(c.chosen), t.samples)])
}

// Report is what came out, for the changes in the order that is given and the rules that there are.
func (t *Tally) Report(about About, order []Change, rules []policy.Rule) Report {
	r := Report{
		Schema:   SchemaVersion,
		About:    about,
		Settings: settingsUsed{Given: about.Given, Sources: map[string]int{}},
		Rules:    []ruleReport{},
		Changes:  []Change{},
	}
	for source, n := range t.sources {
		if source != "" {
			r.Settings.Sources[source] = n
		}
	}
	for _, c := range order {
		row, ok := t.rows[c.Commit]
		if !ok {
			continue
		}
		row.Number, row.Landed = c.Number, c.Landed
		row.FollowedDays, row.Reverted, row.RevertedBy = c.FollowedDays, c.Reverted, c.RevertedBy
		row.Fixed, row.FixedBy = c.Fixed, c.FixedBy
		r.Changes = append(r.Changes, row)
		switch {
		case row.Error != "":
			r.Failed++
		case row.Refused:
			r.Refused++
			r.Judged++
		default:
			r.Judged++
		}
	}
	r.Risk = riskOf(r.Changes)
	known := map[string]policy.Rule{}
	for _, rule := range rules {
		known[rule.ID] = rule
	}
	for _, id := range slices.Sorted(maps.Keys(t.rules)) {
		r.Rules = append(r.Rules, t.rules[id].rule(id, known[id]))
	}
	sorting.StableBy(r.Rules, func(a, b ruleReport) int {
		return cmp.Or(cmp.Compare(b.Blocked, a.Blocked), cmp.Compare(b.Fired, a.Fired), cmp.Compare(a.ID, b.ID))
	})
	return r
}

func (c *count) rule(id string, known policy.Rule) ruleReport {
	r := ruleReport{
		ID:          id,
		Family:      known.Family,
		Title:       known.Title,
		DefaultMode: string(known.Mode),
		Judged:      c.judged,
		Fired:       c.fired,
		Blocked:     c.blocked,
		Findings:    c.findings,
		NotKnown:    c.unknown,
		Why:         c.reason,
		Samples:     []sample{},
	}
	if c.judged > 0 {
		r.Share = float64(c.fired*10000/c.judged) / 10000
	}
	for _, x := range c.chosen {
		r.Samples = append(r.Samples, x.sample)
	}
	return r
}

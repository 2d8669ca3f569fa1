package ownership

import (
	"slices"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/diff"
	"github.com/lintel-review/lintel/internal/language"
	"github.com/lintel-review/lintel/internal/settings"
)

// demand is what a path asks of the owners of its line. The zero value asks for nothing and is never used.
type demand struct {
	// approvals is how many people must approve; each asks for one of every owner that can approve, teams for people of
	// that many different owners.
	approvals int
	each      bool
	teams     int
	// exempt says what lets the path off; empty when nothing does.
	exempt string
	// waivable says that the settings waive the path for this author; broken is why that does not hold, empty when it does.
	waivable bool
	broken   string
}

// demands gives each path its demand. Of several patterns that take a path the last one counts, as in CODEOWNERS.
type demands struct {
	label string
	// kinds are one for all paths and one for each entry of ownership.paths, and then the same again for files of a waiver.
	kinds []demand
	paths []*language.Ignore
	waive waiver
}

// newDemands reads the settings; why says what makes them unusable, and then nobody can say what is asked.
func newDemands(s *change.Snapshot, opt settings.Ownership) (d demands, why string) {
	base := demand{approvals: max(1, opt.Approvals), each: opt.Require == settings.RequireEach, teams: max(1, opt.Teams)}
	for _, label := range opt.ExemptLabels {
		if slices.Contains(s.Labels, label) {
			base.exempt = excerpt("the label " + label)
			d.label = base.exempt
			break
		}
	}
	d.kinds = []demand{base}
	for _, p := range opt.Paths {
		take, errs := language.ParseIgnore([]string{p.Pattern})
		if len(errs) > 0 {
			return d, "the pattern " + excerpt(p.Pattern) + " of ownership.paths cannot be used"
		}
		kind := base
		if p.Approvals != nil {
			kind.approvals = max(1, *p.Approvals)
		}
		if p.Require != "" {
			kind.each = p.Require == settings.RequireEach
		}
		if p.Teams != nil {
			kind.teams = max(1, *p.Teams)
		}
		if p.Exempt && kind.exempt == "" {
			kind.exempt = excerpt("ownership.paths, pattern " + p.Pattern)
		}
		d.kinds, d.paths = append(d.kinds, kind), append(d.paths, take)
	}
	for i := range d.kinds {
		d.kinds[i].approvals = max(d.kinds[i].approvals, d.kinds[i].teams)
	}
	if d.waive, why = newWaiver(s, opt.Waive); why != "" || d.waive.bot == "" {
		return d, why
	}
	for _, kind := range slices.Clone(d.kinds) {
		if kind.waivable, kind.broken = true, d.waive.broken; kind.broken == "" && kind.exempt == "" {
			kind.exempt = "ownership.waive for " + d.waive.bot
			if s.Kind == change.LocalBranch {
				kind.exempt += " (no forge was asked whether it made the commits)"
			}
		}
		d.kinds = append(d.kinds, kind)
	}
	return d, ""
}

// of is the index in kinds of the demand of one name of a changed file.
func (d demands) of(f diff.File, path string) int {
	if d.waive.takes(f, path) {
		return 1 + len(d.paths) + d.entry(path)
	}
	return d.entry(path)
}

func (d demands) entry(path string) int {
	for i := len(d.paths) - 1; i >= 0; i-- {
		if d.paths[i].Match(path) != "" {
			return i + 1
		}
	}
	return 0
}

// exhausted reports whether a pattern gave up; then its answers mean nothing.
func (d demands) exhausted() bool {
	return d.waive.files.Exhausted() || slices.ContainsFunc(d.paths, func(p *language.Ignore) bool { return p.Exhausted() })
}

// lack is what is missing before a demand is met: people, owners of whom nobody has approved, by their index among the
// set's members, and how many different owners beyond those that have a speaker.
type lack struct {
	people int
	owners []int
	teams  int
}

func (l lack) none() bool { return l.people == 0 && len(l.owners) == 0 && l.teams == 0 }

// lacks is the one place that decides: what a path still needs once these people have approved it.
func (g *set) lacks(approvers []string) lack {
	l := lack{people: max(0, g.demand.approvals-len(approvers)), teams: g.unspoken(approvers)}
	if !g.demand.each {
		return l
	}
	for i, m := range g.asked {
		if g.bound(m) && !slices.ContainsFunc(approvers, func(p string) bool { return slices.Contains(m.people, p) }) {
			l.owners = append(l.owners, i)
		}
	}
	return l
}

// bound reports whether an owner must approve where each must: not one that cannot approve, and not one behind whom
// there is the author alone.
func (g *set) bound(m resolved) bool {
	if m.hidden != "" {
		return true
	}
	return m.owner.State == Eligible && slices.ContainsFunc(m.people, func(p string) bool {
		_, in := slices.BinarySearch(g.people, p)
		return in
	})
}

// worst is the largest lack of all paths that wait: most people, most teams, and every owner that one of them lacks. It
// notes who has approved the paths that lack teams.
func (g *set) worst(approvers [][]string) (all lack) {
	for i := range g.needs {
		l := g.lacks(approvers[i])
		all.people, all.teams = max(all.people, l.people), max(all.teams, l.teams)
		if l.teams > 0 && len(g.silent) < maxSpeakers &&
			!slices.ContainsFunc(g.silent, func(known []string) bool { return slices.Equal(known, approvers[i]) }) {
			g.silent = append(g.silent, approvers[i])
		}
		for _, o := range l.owners {
			if !slices.Contains(all.owners, o) {
				all.owners = append(all.owners, o)
			}
		}
	}
	slices.Sort(all.owners)
	return all
}

// wants are what people must be asked for, each with those who can give it and how many of them it takes: the whole
// set, or the owners that are missing.
func (g *set) wants(d *directory) (wants []want) {
	able := g.candidates(d)
	if n := max(g.lack.people, 0); n > 0 {
		wants = append(wants, want{people: able, count: n, from: g.asked})
	}
	for _, o := range g.lack.owners {
		m := g.asked[o]
		w := want{count: 1, from: []resolved{m}}
		for _, p := range able {
			if slices.Contains(m.people, p) {
				w.people = append(w.people, p)
			}
		}
		wants = append(wants, w)
	}
	return append(wants, g.wantSpeakers(able)...)
}

// want is that count of the people approve, who are those known behind the owners from.
type want struct {
	people []string
	count  int
	from   []resolved
}

// canBeMet reports whether the known people can meet all that is missing.
func (g *set) canBeMet(d *directory) bool {
	return !slices.ContainsFunc(g.wants(d), func(w want) bool { return len(w.people) < w.count })
}

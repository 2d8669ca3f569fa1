package ownership

import (
	"github.com/lintel-review/lintel/internal/analysis/ownership/codeowners"
	"github.com/lintel-review/lintel/internal/analysis/ownership/sections"
	"github.com/lintel-review/lintel/internal/change"
)

// rulebook is a CODEOWNERS file in the dialect of its forge: one line owns a path on GitHub, one entry of each section on
// GitLab.
type rulebook struct {
	// File holds the lines. In GitLab's dialect they are the entries, and they match by sections alone.
	*codeowners.File
	sections *sections.File
}

// kinds are GitLab's kinds of owner by ours.
var kinds = map[sections.Kind]codeowners.Kind{
	sections.Name: codeowners.User, sections.Group: codeowners.Team, sections.Email: codeowners.Email, sections.Role: codeowners.Role,
}

// parse reads a file in the dialect of the snapshot's forge.
func parse(s *change.Snapshot, content []byte) (*rulebook, error) {
	if !onGitLab(s) {
		f, err := codeowners.Parse(content)
		return &rulebook{File: f}, err
	}
	of, err := sections.Parse(content)
	if err != nil {
		return nil, err
	}
	f, _ := codeowners.Parse(nil)
	for _, p := range of.Problems {
		f.Problems = append(f.Problems, codeowners.Problem(p))
	}
	for _, e := range of.Entries {
		rule := codeowners.Rule{Line: e.Line, Pattern: e.Pattern, Owners: []codeowners.Owner{}}
		for _, o := range e.Owners {
			rule.Owners = append(rule.Owners, codeowners.Owner{Kind: kinds[o.Kind], Name: o.Name, Column: o.Column})
		}
		f.Rules = append(f.Rules, rule)
	}
	return &rulebook{File: f, sections: of}, nil
}

// onGitLab reports whether the change's CODEOWNERS is written in GitLab's dialect.
func onGitLab(s *change.Snapshot) bool {
	return s.Ref.Forge == change.GitLab || s.OwnersDialect == change.GitLab
}

// locations are the places of the file, the one that counts first.
func locations(s *change.Snapshot) []string {
	if onGitLab(s) {
		return sections.Locations()
	}
	return codeowners.Locations()
}

// match gives a function from a path to the rules that own it, and one that says how much work was done.
func (b *rulebook) match() (rules func(path string) []int, trials func() int) {
	if b.sections != nil {
		var n sections.Trials
		return func(path string) []int { return b.sections.Match(path, &n) }, func() int { return int(n) }
	}
	m := b.Matcher()
	return func(path string) []int {
		if at := m.Match(path); at >= 0 {
			return []int{at}
		}
		return nil
	}, m.Trials
}

// section is the part of the file that a rule stands in; the zero value on GitHub.
func (b *rulebook) section(rule int) sections.Section {
	if b.sections == nil || rule < 0 {
		return sections.Section{}
	}
	return b.sections.Sections[b.sections.Entries[rule].Section]
}

// within is what a rule's section makes of what the settings ask for: at least as many approvals, and none where it is optional.
func within(base demand, s sections.Section) demand {
	base.approvals = max(base.approvals, s.Approvals)
	if s.Optional && base.exempt == "" {
		base.exempt = excerpt("the section " + s.Name + " is optional")
	}
	return base
}

// unmatched are the entries that take no path of a tree. complete is false where that took too much work.
func (b *rulebook) unmatched(tree []string) (rules []int, complete bool) {
	used := make([]bool, len(b.Rules))
	var n sections.Trials
	for _, path := range tree {
		for _, i := range b.sections.Taking(path, &n) {
			used[i] = true
		}
		if n > maxTrials {
			return nil, false
		}
	}
	for i := range used {
		if !used[i] {
			rules = append(rules, i)
		}
	}
	return rules, true
}

// NamesOnGitLab is Names for a file in GitLab's dialect. A name without a slash may be a user's or a group's, so it is in
// both lists; "@developer", "@maintainer" and "@owner" among the groups are the people with just that role.
func NamesOnGitLab(content []byte, paths []string) (groups, users, emails []string) {
	f, err := sections.Parse(content)
	if err != nil {
		return nil, nil, nil
	}
	return f.Names(paths, maxTrials)
}

package ownership

import (
	"slices"
	"strings"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/sorting"
)

// objections are the standing requests for changes by owners of changed files. Reviewers without write access and the author do not count,
// as their approvals do not. A request stands until its author approves or it is dismissed, whatever is pushed meanwhile.
func objections(s *change.Snapshot, d *directory, groups []*set, all []opinion) ([]Objection, int) {
	out := []Objection{}
	more := 0
	for _, o := range all {
		if o.review.State != change.ChangesRequested || d.authors[o.person] || d.cannotPush[o.person] {
			continue
		}
		var files, owners []string
		for _, g := range groups {
			if _, in := slices.BinarySearch(g.people, o.person); !in {
				continue
			}
			files = append(files, shown(g.needs)...)
			for _, m := range g.members {
				if _, in := slices.BinarySearch(m.people, o.person); in {
					owners = append(owners, m.owner.Name)
				}
			}
			if g.group.Fallback != "" {
				owners = append(owners, g.group.Fallback)
			}
		}
		if len(files) == 0 {
			continue
		}
		if len(out) == maxProblems {
			more++
			continue
		}
		slices.Sort(owners)
		owners = slices.Compact(owners)
		out = append(out, Objection{
			Login: d.spelling[o.person], Commit: o.review.Commit, Current: o.review.Commit == s.Head.SHA,
			Owners: owners[:min(len(owners), maxLines)], Files: some(files),
		})
	}
	return out, more
}

// ineligible are the owners of changed files who cannot approve, each once, by the first line that names them.
func ineligible(s *change.Snapshot, file *rulebook, groups []*set) ([]Ineligible, int) {
	type entry struct {
		owner Owner
		needs []need
		alone bool
	}
	byKey := map[string]*entry{}
	var order []*entry
	for _, g := range groups {
		for i, m := range g.members {
			if m.owner.State == Eligible || m.owner.State == Unread && s.Kind == change.LocalBranch {
				continue // a laptop knows no teams and no addresses, which says nothing of the owner
			}
			e := byKey[ownerKey(g.owners[i])]
			if e == nil {
				e = &entry{owner: m.owner, alone: true}
				byKey[ownerKey(g.owners[i])] = e
				order = append(order, e)
			}
			e.needs = append(e.needs, g.needs...)
			e.alone = e.alone && (g.group.Status == Nobody || g.group.Status == Undecidable)
		}
	}
	out := []Ineligible{}
	for _, e := range order[:min(len(order), maxProblems)] {
		in := Ineligible{Owner: e.owner, Files: some(shown(e.needs)), Alone: e.alone}
		in.Lines, _ = lines(file, e.needs)
		out = append(out, in)
	}
	sorting.By(out, func(a, b Ineligible) int {
		if c := a.Lines[0].Line - b.Lines[0].Line; c != 0 {
			return c
		}
		return strings.Compare(a.Name, b.Name)
	})
	return out, len(order) - len(out)
}

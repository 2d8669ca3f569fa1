// Package ownership says whose approval a change needs by CODEOWNERS, as GitHub or GitLab reads it, who has given it, and whom to ask.
// It imports the words and its child codeowners; it does no I/O and reads no clock.
//
// What callers may rely on: equal snapshots and settings give equal facts, whatever the order of maps. What could not be read is never
// taken for "nobody owns this": it makes the file unavailable or a group undecidable, with the reason. An approval of an older head counts
// for a file only if the patch of that file is the same now, byte for byte, with its context, path and mode.
//
// Its size: who may approve, who has approved, whom to ask and what is required are one decision over the same groups;
// apart, they could disagree.
package ownership

import (
	"cmp"
	"slices"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/settings"
	"github.com/lintel-review/lintel/internal/sorting"
)

// The bounds of the facts, so that the policy input stays small whatever the change.
const (
	maxText       = 200
	maxExamples   = 5
	maxGroups     = 200
	maxOwners     = 20
	maxLines      = 10
	maxCandidates = 10
	maxApprovals  = 20
	maxVoid       = 10
	maxPeople     = 50
	maxProblems   = 100
	// maxTrials bounds the work that a file of nothing but wildcards can cause: about a second.
	maxTrials = 50_000_000
)

// Analyse gives the facts of the family ownership.
func Analyse(s *change.Snapshot, opt settings.Ownership) Facts {
	f := Facts{
		Head: s.Head.SHA, Groups: []Group{}, Unowned: some(nil), Unmatched: some(nil), Left: some(nil), Skipped: []Skipped{},
		Approvers: []Approver{}, Forms: []FormLine{}, LeftLines: []LeftLine{},
		Unblock:          Unblock{People: []string{}, Teams: []string{}, Smallest: true},
		ChangesRequested: []Objection{}, Ineligible: []Ineligible{}, Reviews: Reviews{Reading: Reading{Complete: true}, Asked: true},
	}
	f.Files.Changed = len(s.Files)
	if onGitLab(s) {
		f.Dialect = string(change.GitLab)
	}
	if s.Author != nil {
		f.Author = excerpt(s.Author.Login)
	}
	if reason := gap(s, "reviews", ""); reason != "" {
		f.Reviews.Reading = Reading{Reason: excerpt(reason)}
	}
	if reason := s.Unasked["reviews"]; reason != "" {
		f.Reviews = Reviews{Reading: Reading{Reason: excerpt(reason)}}
	}
	d := newDirectory(s)
	if !opt.CountPushers {
		d.findPushers(s)
	}
	j := &judge{s: s, d: d, keep: opt.KeepApprovals, then: map[string]map[string]string{}}
	reviewed := opinions(s, d)
	f.approvers(j, reviewed)
	var file *rulebook
	f.File, file = source(s)
	f.Lint = lint(s, d, f.File)
	if file == nil {
		if f.File.State == absent {
			file, _ = parse(s, nil)
		} else {
			return f
		}
	}
	ask, why := newDemands(s, opt)
	if why != "" {
		f.File.State, f.File.Reason = unavailable, why
		return f
	}
	all, ok := needs(s.Files, file, ask)
	if ok = ok && !ask.exhausted(); !ok {
		f.File.State, f.File.Reason = unavailable, "its wildcard patterns are too many to be held against all changed files"
		return f
	}
	f.fill(j, reviewed, opt, file, all, ask.kinds)
	return f
}

// approvers finds who approves the whole change. It asks nothing of CODEOWNERS, so it holds without one.
func (f *Facts) approvers(j *judge, reviewed []opinion) {
	for _, o := range reviewed {
		if o.review.State != change.Approved || !j.approvesAll(o.review) {
			continue
		}
		if len(f.Approvers) == maxPeople {
			f.MoreApprovers++
			continue
		}
		f.Approvers = append(f.Approvers, Approver{Login: excerpt(o.review.Author.Login), Assumed: o.review.CanWrite == nil})
	}
}

// fill works out the groups and all that follows from them.
func (f *Facts) fill(j *judge, reviewed []opinion, opt settings.Ownership, file *rulebook, all []need, kinds []demand) {
	s, d := j.s, j.d
	owned, unowned, unmatched := divide(file, all)
	groups := sets(file, owned, kinds)
	ask := newAsk(s, d, reviewed)
	for _, g := range groups {
		g.enlist(d, opt)
		g.weigh(s, j, reviewed, opt)
		g.describe(file, d, ask)
	}
	f.count(s, groups, unowned, unmatched)
	if file.sections == nil {
		f.faults(file.File, all)
		f.misses(file.File, all)
		f.leaving(s, file.File, all)
	}
	f.ChangesRequested, f.MoreChangesRequested = objections(s, d, groups, reviewed)
	f.Ineligible, f.MoreIneligible = ineligible(s, file, groups)
	f.Unblock = ask.unblock(groups)
	sorting.StableBy(groups, func(a, b *set) int {
		return cmp.Or(cmp.Compare(rank(a.group.Status), rank(b.group.Status)),
			cmp.Compare(a.group.Lines[0].Line, b.group.Lines[0].Line), cmp.Compare(a.key, b.key))
	})
	for _, g := range groups[:min(len(groups), maxGroups)] {
		f.Groups = append(f.Groups, g.group)
	}
	f.MoreGroups = len(groups) - len(f.Groups)
}

// rank puts what blocks first.
func rank(status string) int {
	return slices.Index([]string{Nobody, Undecidable, Sole, Short, Pending, Exempt, Waived, Approved}, status)
}

// divide tells the needs of owned paths from the paths that are explicitly unowned and those that no line matches.
func divide(file *rulebook, all []need) (owned, unowned, unmatched []need) {
	for _, n := range all {
		switch {
		case n.rule < 0:
			unmatched = append(unmatched, n)
		case len(file.Rules[n.rule].Owners) == 0:
			unowned = append(unowned, n)
		default:
			owned = append(owned, n)
		}
	}
	return owned, unowned, unmatched
}

// count sorts each changed file into one state, the strictest of its names.
func (f *Facts) count(s *change.Snapshot, groups []*set, unowned, unmatched []need) {
	const none, owned, waived, waiting = 0, 1, 2, 3
	state := make([]int, len(s.Files))
	for _, g := range groups {
		for _, n := range g.needs {
			now := owned
			switch {
			case g.waiting[n.file]:
				now = waiting
			case g.group.Status == Waived || g.group.Status == Exempt:
				now = waived
			}
			state[n.file] = max(state[n.file], now)
		}
	}
	for _, st := range state {
		switch st {
		case owned:
			f.Files.Approved++
		case waived:
			f.Files.Waived++
		case waiting:
			f.Files.Pending++
		}
		if st != none {
			f.Files.Owned++
		}
	}
	free := func(needs []need) (files []string) {
		for _, n := range needs {
			if state[n.file] == none && n.path == s.Files[n.file].Path {
				files = append(files, n.name)
			}
		}
		return files
	}
	f.Unowned, f.Unmatched = some(free(unowned)), some(free(unmatched))
	f.Files.Unowned, f.Files.Unmatched = f.Unowned.Count, f.Unmatched.Count
}

func shown(needs []need) []string {
	out := make([]string, len(needs))
	for i, n := range needs {
		out[i] = n.name
	}
	return out
}

// describe fills in what a reader of the group needs: its owners, its lines and whom to ask.
func (g *set) describe(file *rulebook, d *directory, ask *ask) {
	g.group.Key = excerpt(g.key)
	g.group.Needs = Needs{
		Approvals: g.demand.approvals, Each: g.demand.each, Teams: g.different(), More: g.lack.people, MoreTeams: g.lack.teams,
		Owners: []string{},
		Exempt: g.demand.exempt, Waiver: g.demand.broken,
	}
	for _, o := range g.lack.owners[:min(len(g.lack.owners), maxOwners)] {
		g.group.Needs.Owners = append(g.group.Needs.Owners, g.asked[o].owner.Name)
	}
	g.group.Owners = []Owner{}
	for _, m := range g.members[:min(len(g.members), maxOwners)] {
		g.group.Owners = append(g.group.Owners, m.owner)
	}
	g.group.MoreOwners = len(g.members) - len(g.group.Owners)
	g.group.Lines, g.group.MoreLines = lines(file, g.needs)
	g.group.Candidates, g.group.MoreCandidates = []string{}, 0
	if g.group.Status == Pending || g.group.Status == Short {
		people := ask.order(g.candidates(d))
		g.group.Candidates = d.spell(people[:min(len(people), maxCandidates)])
		g.group.MoreCandidates = len(people) - len(g.group.Candidates)
	}
	if g.group.Approvals == nil {
		g.group.Approvals = []Approval{}
	}
	g.group.Approvals = g.group.Approvals[:min(len(g.group.Approvals), maxApprovals)]
	if g.group.Void == nil || g.group.Status == Approved {
		g.group.Void = []Void{}
	}
	if g.group.Unplaced == nil {
		g.group.Unplaced = []string{}
	}
	g.group.Unasked = g.open(ask.s)
	sorting.StableBy(g.group.Void, func(a, b Void) int { return cmp.Compare(telling(a.Why), telling(b.Why)) })
	g.group.MoreVoid = max(0, len(g.group.Void)-maxVoid)
	g.group.Void = g.group.Void[:len(g.group.Void)-g.group.MoreVoid]
}

// open reports whether a group that nobody has approved may be settled where more can be read.
func (g *set) open(s *change.Snapshot) bool {
	switch g.group.Status {
	case Pending, Undecidable, Sole, Short:
		return s.Unasked["reviews"] != "" || s.Unasked["owners.team"] != "" && g.unread()
	}
	return false
}

// telling puts the approvals first that were good once, and the author's own last.
func telling(why string) int {
	return slices.Index(
		[]string{Changed, Added, Opaque, Gone, OlderHead, Withdrawn, Pushed, CommitsUnread, CannotPush, PushUnread, OwnWork}, why)
}

// lines are the lines of the file that the needs come by, in order.
func lines(file *rulebook, needs []need) ([]Line, int) {
	rules := make([]int, len(needs))
	for i, n := range needs {
		rules[i] = n.rule
	}
	slices.Sort(rules)
	rules = slices.Compact(rules)
	out := []Line{}
	for _, r := range rules[:min(len(rules), maxLines)] {
		out = append(out, Line{Line: file.Rules[r].Line, Pattern: excerpt(file.Rules[r].Pattern)})
	}
	return out, len(rules) - len(out)
}

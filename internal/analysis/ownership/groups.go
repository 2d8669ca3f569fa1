package ownership

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/lintel-review/lintel/internal/analysis/ownership/codeowners"
	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/diff"
	"github.com/lintel-review/lintel/internal/settings"
	"github.com/lintel-review/lintel/internal/text"
)

// need is one path that wants an owner's approval; a renamed file has two. name is how the path is shown.
type need struct {
	path, name string
	file       int
	rule       int
	demand     int
}

// set is a group in the making.
type set struct {
	key    string
	owners []codeowners.Owner
	needs  []need
	demand demand
	lack   lack
	// members are the resolved owners; people those who can approve, the author left out.
	members []resolved
	people  []string
	// asked are the owners that may speak: the members, or the fallback team alone.
	asked []resolved
	// silent are the people who have approved a path that lacks teams, for each such path; eight at most.
	silent [][]string
	// done are those who have approved every path that waits, and can do no more.
	done map[string]bool
	// trusted are those of the people whom an owner with known write access covers.
	trusted map[string]bool
	group   Group
	waiting map[int]bool
}

// sets gathers needs by the set of owners, in the order of the first line that names it.
func sets(file *rulebook, needs []need, kinds []demand) []*set {
	byRule := map[[2]int]*set{}
	byKey := map[string]*set{}
	var out []*set
	for _, n := range needs {
		at := [2]int{n.rule, n.demand}
		g := byRule[at]
		if g == nil {
			key, owners := setKey(file.Rules[n.rule].Owners)
			if n.demand > 0 {
				key += suffix(n.demand, kinds)
			}
			part := file.section(n.rule)
			if part.Name != "" {
				key += " [" + part.Name + "]"
			}
			if g = byKey[key]; g == nil {
				g = &set{key: key, owners: owners, demand: within(kinds[n.demand], part), waiting: map[int]bool{}, done: map[string]bool{}}
				g.group.Section = excerpt(part.Name)
				byKey[key] = g
				out = append(out, g)
			}
			byRule[at] = g
		}
		g.needs = append(g.needs, n)
	}
	return out
}

// suffix tells the sets of the same owners apart by what is asked of them. It is the place of the entry in the settings.
func suffix(kind int, kinds []demand) string {
	text := ""
	if kinds[kind].waivable {
		kind, text = kind-len(kinds)/2, " (ownership.waive)"
	}
	if kind > 0 {
		text = fmt.Sprintf(" (ownership.paths %d)", kind) + text
	}
	return text
}

// setKey names a set of owners, and gives it without repetitions.
func setKey(owners []codeowners.Owner) (string, []codeowners.Owner) {
	seen := map[string]bool{}
	owners = slices.DeleteFunc(slices.Clone(owners), func(o codeowners.Owner) bool {
		known := seen[ownerKey(o)]
		seen[ownerKey(o)] = true
		return known
	})
	key := strings.Join(slices.Sorted(maps.Keys(seen)), " ")
	if len(key) > maxText {
		key = text.Digest(key)
	}
	return key, owners
}

// enlist finds the people of a set, and makes the fallback team their stand-in when the author is the only one and the settings say so.
func (g *set) enlist(d *directory, opt settings.Ownership) {
	for _, o := range g.owners {
		g.members = append(g.members, d.resolve(o))
	}
	g.asked = g.members
	everybody := g.enrol(g.members)
	var wrote bool
	g.people, wrote = d.withoutAuthor(everybody)
	g.group.SoleAuthor = wrote && len(g.people) == 0 && !g.unread()
	if !g.group.SoleAuthor || opt.SoleOwner != "fallback" {
		return
	}
	name := strings.TrimPrefix(strings.TrimSpace(opt.FallbackTeam), "@")
	g.group.Fallback = excerpt("@" + name)
	team := d.resolve(codeowners.Owner{Kind: codeowners.Team, Name: name})
	if team.owner.State != Eligible {
		g.group.Reason = team.owner.Reason
	}
	g.asked = []resolved{team}
	g.people, wrote = d.withoutAuthor(g.enrol(g.asked))
	if wrote && len(g.people) == 0 {
		g.group.Reason = "the author is its only member"
	}
}

// candidates are the people whose approval would count and is missing: all but those who are known not to have write
// access, who pushed where that matters, and who have approved all that waits.
func (g *set) candidates(d *directory) []string {
	return slices.DeleteFunc(slices.Clone(g.people), func(p string) bool { return d.cannotPush[p] || d.pushers[p] || g.done[p] })
}

func (g *set) enrol(members []resolved) []string {
	var people []string
	g.trusted = map[string]bool{}
	for _, m := range members {
		people = append(people, m.people...)
		for _, p := range m.people {
			g.trusted[p] = g.trusted[p] || m.mayPush
		}
	}
	slices.Sort(people)
	return slices.Compact(people)
}

// unread reports whether there may be people behind the owners who are not known.
func (g *set) unread() bool {
	return slices.ContainsFunc(g.members, func(m resolved) bool { return m.hidden != "" })
}

// weigh holds every opinion of the set's people against every file, and settles the status.
func (g *set) weigh(s *change.Snapshot, j *judge, all []opinion, opt settings.Ownership) {
	approvers := make([][]string, len(g.needs))
	if opt.AuthorCounts && s.Author != nil && g.owns(j.d.person(s.Author.Login)) {
		g.countAuthor(s, j.d, approvers)
	}
	for _, o := range all {
		_, theirs := slices.BinarySearch(g.people, o.person)
		// The author's own approval is worth a word, since authors ask why it does not count.
		if o.review.State != change.ChangesRequested && (theirs || j.d.authors[o.person] && g.owns(o.person)) {
			g.countApproval(s, j, o, approvers)
		}
	}
	var files, waiting []string
	for i, n := range g.needs {
		files = append(files, n.name)
		if !g.lacks(approvers[i]).none() {
			waiting = append(waiting, n.name)
			g.waiting[n.file] = true
		}
	}
	g.markDone(approvers)
	g.lack = g.worst(approvers)
	g.group.Files, g.group.Waiting = some(files), some(waiting)
	g.group.Status = g.status(j.d, opt)
	if g.group.Status == Waived || g.group.Status == Exempt {
		clear(g.waiting)
		g.group.Waiting = some(nil)
	}
	if (g.group.Status == Undecidable || g.group.Status == Pending) && g.group.Fallback == "" && g.unread() {
		g.explain(s, j.d, all)
	}
}

// countAuthor counts the author as if they had approved the head.
func (g *set) countAuthor(s *change.Snapshot, d *directory, approvers [][]string) {
	author := d.person(s.Author.Login)
	for i := range approvers {
		approvers[i] = append(approvers[i], author)
	}
	g.group.Approvals = append(g.group.Approvals,
		Approval{Login: d.spelling[author], Commit: s.Head.SHA, Current: true, Files: len(approvers), Author: true})
}

// markDone finds who has approved every path that waits.
func (g *set) markDone(approvers [][]string) {
	times := map[string]int{}
	open := 0
	for _, people := range approvers {
		if g.lacks(people).none() {
			continue
		}
		open++
		for _, p := range people {
			times[p]++
		}
	}
	for p, n := range times {
		g.done[p] = n == open
	}
}

func (g *set) owns(person string) bool {
	return slices.ContainsFunc(g.members, func(m resolved) bool {
		_, in := slices.BinarySearch(m.people, person)
		return in
	})
}

// explain says why it is not known who may approve, and who approved the head and may be one of them.
func (g *set) explain(s *change.Snapshot, d *directory, all []opinion) {
	i := slices.IndexFunc(g.members, func(m resolved) bool { return m.hidden != "" })
	if g.group.Status == Undecidable {
		g.group.Reason = excerpt(g.members[i].hidden)
		if len(g.members) > 1 {
			g.group.Reason = excerpt(g.members[i].owner.Name + ": " + g.group.Reason)
		}
	}
	for _, o := range all {
		_, placed := slices.BinarySearch(g.people, o.person)
		if o.review.State == change.Approved && o.review.Commit == s.Head.SHA && !placed && !d.authors[o.person] &&
			len(g.group.Unplaced) < maxCandidates {
			g.group.Unplaced = append(g.group.Unplaced, d.spelling[o.person])
		}
	}
}

// countApproval counts one person's approval for the files it holds for, and notes why it does not for the others.
func (g *set) countApproval(s *change.Snapshot, j *judge, o opinion, approvers [][]string) {
	all, open := j.judge(o.review, g.trusted[o.person])
	faults := map[verdict][]string{}
	var order []verdict
	held := 0
	seen := map[int]verdict{}
	for i, n := range g.needs {
		v, ok := seen[n.file]
		if !ok {
			if v = all; open {
				v = j.compare(o.review.Commit, s.Files[n.file])
			}
			seen[n.file] = v
		}
		if v.why == "" {
			if !slices.Contains(approvers[i], o.person) {
				approvers[i] = append(approvers[i], o.person)
			}
			held++
			continue
		}
		if faults[v] == nil {
			order = append(order, v)
		}
		faults[v] = append(faults[v], n.name)
	}
	if held > 0 {
		g.group.Approvals = append(g.group.Approvals, Approval{
			Login: j.d.spelling[o.person], Commit: o.review.Commit, Current: o.review.Commit == s.Head.SHA, Files: held,
			Assumed: o.review.CanWrite == nil && !g.trusted[o.person],
		})
	}
	for _, v := range order {
		g.group.Void = append(g.group.Void, Void{
			Login: j.d.spelling[o.person], Commit: o.review.Commit, Why: v.why, Detail: v.detail, Files: some(faults[v]),
			Since: since(s, o.review.Commit),
		})
	}
}

func (g *set) status(d *directory, opt settings.Ownership) string {
	switch {
	case g.group.Waiting.Count == 0:
		return Approved
	case g.demand.exempt != "":
		return Exempt
	case g.canBeMet(d):
		return Pending
	case g.group.Fallback != "" && len(g.people) == 0:
		return Undecidable
	case g.group.SoleAuthor && g.group.Fallback == "" && opt.SoleOwner == "waive":
		return Waived
	case g.group.SoleAuthor && g.group.Fallback == "":
		return Sole
	case g.group.Fallback == "" && g.unread():
		return Undecidable
	case len(g.group.Approvals) > 0 || slices.ContainsFunc(g.people, func(p string) bool { return !d.cannotPush[p] }):
		return Short
	}
	return Nobody
}

// some is a bounded list of names in order, each once.
func some(paths []string) Paths {
	paths = slices.Clone(paths)
	slices.Sort(paths)
	paths = slices.Compact(paths)
	p := Paths{Count: len(paths), Examples: []string{}}
	p.Examples = append(p.Examples, paths[:min(len(paths), maxExamples)]...)
	return p
}

// needs asks the file who owns each changed path. Both names of a renamed file are asked for; a copy's source is not changed.
func needs(files []diff.File, book *rulebook, ask demands) (all []need, ok bool) {
	all = make([]need, 0, len(files))
	owners, trials := book.match()
	add := func(n need) {
		rules := owners(n.path)
		if len(rules) == 0 {
			rules = []int{-1}
		}
		for _, n.rule = range rules {
			all = append(all, n)
		}
	}
	for i, f := range files {
		add(need{path: f.Path, name: excerpt(f.Path), file: i, demand: ask.of(f, f.Path)})
		if f.Status == diff.Renamed && f.OldPath != "" && f.OldPath != f.Path {
			add(need{
				path:   f.OldPath,
				name:   excerpt(f.OldPath) + " (moved to " + excerpt(f.Path) + ")",
				file:   i,
				demand: ask.of(f, f.OldPath),
			})
		}
		if trials() > maxTrials {
			return nil, false
		}
	}
	return all, true
}

package ownership

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/lintel-review/lintel/internal/analysis/ownership/codeowners"
	"github.com/lintel-review/lintel/internal/analysis/ownership/setcover"
	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/sorting"
)

// ask knows whom to prefer: those who asked for changes, then those who reviewed in any way, then by name.
type ask struct {
	s        *change.Snapshot
	d        *directory
	standing map[string]int
}

func newAsk(s *change.Snapshot, d *directory, all []opinion) *ask {
	a := &ask{s: s, d: d, standing: map[string]int{}}
	for _, r := range s.Reviews {
		a.standing[d.person(r.Author.Login)] = 1
	}
	for _, o := range all {
		if o.review.State == change.ChangesRequested {
			a.standing[o.person] = 2
		}
	}
	return a
}

func (a *ask) compare(p, q string) int {
	return cmp.Or(cmp.Compare(a.standing[q], a.standing[p]), strings.Compare(p, q))
}

func (a *ask) order(people []string) []string {
	people = slices.Clone(people)
	sorting.By(people, a.compare)
	return people
}

// unblock finds the smallest set of people for the pending groups.
func (a *ask) unblock(groups []*set) Unblock {
	u := Unblock{People: []string{}, Teams: []string{}, Smallest: true}
	var wants []setcover.Want
	seen := map[string]bool{}
	for _, g := range groups {
		switch status := g.group.Status; {
		case status == Pending || g.group.Unasked && len(g.candidates(a.d))+len(a.teams(g.asked)) > 0:
			for _, w := range g.wants(a.d) {
				people := slices.Clone(w.people)
				if g.group.Unasked {
					people = append(people, a.teams(w.from)...)
				}
				if key := fmt.Sprint(w.count, people); !seen[key] {
					seen[key] = true
					wants = append(wants, setcover.Want{People: people, Count: w.count})
				}
			}
		case status == Sole || status == Short || status == Nobody || status == Undecidable:
			u.Stuck++
		}
	}
	people, smallest := setcover.Cover(wants, a.compare)
	u.Smallest = smallest
	team := func(p string) bool { return strings.HasPrefix(p, "@") }
	for _, t := range people {
		if team(t) && len(u.Teams) < maxPeople {
			u.Teams = append(u.Teams, excerpt(a.d.spelling[t]))
		}
	}
	people = slices.DeleteFunc(people, team)
	u.People = a.d.spell(people[:min(len(people), maxPeople)])
	u.More = len(people) - len(u.People)
	return u
}

// teams are the owners whose members are not known, each as if it were a person: "@org/team", which is no login.
func (a *ask) teams(owners []resolved) (out []string) {
	for _, m := range owners {
		if m.hidden == "" || m.owner.Kind != string(codeowners.Team) {
			continue
		}
		key := strings.ToLower(m.owner.Name)
		a.d.spelling[key] = m.owner.Name
		out = append(out, key)
	}
	return out
}

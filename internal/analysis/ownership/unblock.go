package ownership

import (
	"cmp"
	"slices"
	"strings"

	"github.com/lintel-review/lintel/internal/analysis/ownership/setcover"
	"github.com/lintel-review/lintel/internal/change"
)

// ask knows whom to prefer: those who asked for changes, then those who reviewed in any way, then by name.
type ask struct {
	d        *directory
	standing map[string]int
}

func newAsk(s *change.Snapshot, d *directory, all []opinion) *ask {
	a := &ask{d: d, standing: map[string]int{}}
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
	slices.SortFunc(people, a.compare)
	return people
}

// unblock finds the smallest set of people for the pending groups.
func (a *ask) unblock(groups []*set) Unblock {
	u := Unblock{People: []string{}, Smallest: true}
	var wants [][]string
	seen := map[string]bool{}
	for _, g := range groups {
		switch g.group.Status {
		case Pending:
			people := g.candidates(a.d)
			if key := strings.Join(people, " "); !seen[key] {
				seen[key] = true
				wants = append(wants, people)
			}
		case Sole, Nobody, Undecidable:
			u.Stuck++
		}
	}
	people, smallest := setcover.Find(wants, a.compare)
	u.Smallest = smallest
	u.People = a.d.spell(people[:min(len(people), maxPeople)])
	u.More = len(people) - len(u.People)
	return u
}

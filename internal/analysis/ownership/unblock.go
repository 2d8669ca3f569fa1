package ownership

import (
	"cmp"
	"math/bits"
	"slices"
	"strings"

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

// The limits of the exact search, in groups and in steps. Beyond them the answer is the greedy one.
const (
	maxExact = 64
	maxSteps = 200_000
)

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
	people := a.greedy(wants)
	if len(wants) <= maxExact {
		people, u.Smallest = a.exact(wants, people)
	} else {
		u.Smallest = false
	}
	people = a.order(people)
	u.People = a.d.spell(people[:min(len(people), maxPeople)])
	u.More = len(people) - len(u.People)
	return u
}

// greedy takes the person who satisfies most of what is left, again and again.
func (a *ask) greedy(wants [][]string) []string {
	serves := map[string][]int{}
	for i, people := range wants {
		for _, p := range people {
			serves[p] = append(serves[p], i)
		}
	}
	everybody := make([]string, 0, len(serves))
	left := map[string]int{}
	for p, w := range serves {
		everybody = append(everybody, p)
		left[p] = len(w)
	}
	everybody = a.order(everybody)
	done := make([]bool, len(wants))
	var chosen []string
	for {
		best := ""
		for _, p := range everybody {
			if left[p] > 0 && (best == "" || left[p] > left[best]) {
				best = p
			}
		}
		if best == "" {
			return chosen
		}
		chosen = append(chosen, best)
		for _, w := range serves[best] {
			if done[w] {
				continue
			}
			done[w] = true
			for _, p := range wants[w] {
				left[p]--
			}
		}
	}
}

// cover searches for the smallest set of people that serves every want. People who serve the same wants are one choice: the preferred of them.
type cover struct {
	ask     *ask
	choices []choice
	byWant  [][]int
	all     uint64
	most    int
	best    []string
	ties    bool
	steps   int
}

type choice struct {
	person string
	serves uint64
}

// exact proves the size in a first search, and picks the preferred set of that size in a second. The greedy answer is the bound to beat.
// The proof fails, and smallest is false, when the search runs out of steps.
func (a *ask) exact(wants [][]string, greedy []string) (people []string, smallest bool) {
	c := &cover{ask: a, best: a.order(greedy), byWant: make([][]int, len(wants))}
	masks := map[string]uint64{}
	for i, people := range wants {
		c.all |= 1 << i
		for _, p := range people {
			masks[p] |= 1 << i
		}
	}
	preferred := map[uint64]string{}
	for p, m := range masks {
		if was, ok := preferred[m]; !ok || a.compare(p, was) < 0 {
			preferred[m] = p
		}
	}
	for m, p := range preferred {
		c.choices = append(c.choices, choice{person: p, serves: m})
		c.most = max(c.most, bits.OnesCount64(m))
	}
	slices.SortFunc(c.choices, func(x, y choice) int {
		return cmp.Or(cmp.Compare(bits.OnesCount64(y.serves), bits.OnesCount64(x.serves)), a.compare(x.person, y.person))
	})
	for i, ch := range c.choices {
		for w := range wants {
			if ch.serves>>w&1 == 1 {
				c.byWant[w] = append(c.byWant[w], i)
			}
		}
	}
	c.search(c.all, nil)
	smallest = c.steps < maxSteps
	c.steps, c.ties = 0, true
	c.search(c.all, nil)
	return c.best, smallest
}

// search serves the open want that fewest people can serve, each of them in turn.
func (c *cover) search(open uint64, chosen []string) {
	if c.steps++; c.steps >= maxSteps {
		return
	}
	if open == 0 {
		if set := c.ask.order(chosen); len(set) < len(c.best) || len(set) == len(c.best) && c.prefer(set) {
			c.best = set
		}
		return
	}
	least := len(chosen) + (bits.OnesCount64(open)+c.most-1)/c.most
	if least > len(c.best) || least == len(c.best) && !c.ties {
		return
	}
	want := -1
	for w := range c.byWant {
		if open>>w&1 == 1 && (want < 0 || len(c.byWant[w]) < len(c.byWant[want])) {
			want = w
		}
	}
	for _, i := range c.byWant[want] {
		ch := c.choices[i]
		c.search(open&^ch.serves, append(chosen[:len(chosen):len(chosen)], ch.person))
	}
}

// prefer compares two sets of one size, both in order of preference: person by person, the more preferred first.
func (c *cover) prefer(set []string) bool { return slices.CompareFunc(set, c.best, c.ask.compare) < 0 }

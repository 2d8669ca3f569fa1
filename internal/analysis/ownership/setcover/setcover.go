// Package setcover finds the fewest people who together serve a list of wants, each of which any of several people can serve.
// It is pure and imports nothing of ours; internal/analysis/ownership is its only user.
//
// What callers may rely on: equal questions have equal answers, and the work is bounded by steps, never by time. Small
// questions are answered exactly, large ones by always taking the person who serves most of what is left.
package setcover

import (
	"cmp"
	"math/bits"
	"slices"

	"github.com/lintel-review/lintel/internal/sorting"
)

// The limits of the exact search, in groups and in steps. Beyond them the answer is the greedy one.
const (
	maxExact = 64
	maxSteps = 200_000
)

// Find gives a set of people, in order of preference, such that each want is served by one of them. Each want lists the
// people who can serve it, each once; a want of nobody is left out. compare orders people by preference and tells any
// two apart; among sets of one size the preferred wins, person by person. smallest is true when it is proved that no
// smaller set exists.
func Find(wants [][]string, compare func(a, b string) int) (people []string, smallest bool) {
	wants = slices.DeleteFunc(slices.Clone(wants), func(w []string) bool { return len(w) == 0 })
	f := finder{compare: compare}
	people = f.greedy(wants)
	if len(wants) <= maxExact {
		people, smallest = f.exact(wants, people)
	}
	return f.order(people), smallest || len(people) < 2
}

// finder knows whom to prefer.
type finder struct{ compare func(a, b string) int }

func (f finder) order(people []string) []string {
	people = slices.Clone(people)
	sorting.By(people, f.compare)
	return people
}

// greedy takes the person who satisfies most of what is left, again and again.
func (f finder) greedy(wants [][]string) []string {
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
	everybody = f.order(everybody)
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

// cover searches for the smallest set of people that serves every want. People who serve the same wants are one choice:
// the preferred of them.
type cover struct {
	finder
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
func (f finder) exact(wants [][]string, greedy []string) (people []string, smallest bool) {
	c := &cover{finder: f, best: f.order(greedy), byWant: make([][]int, len(wants))}
	masks := map[string]uint64{}
	for i, people := range wants {
		c.all |= 1 << i
		for _, p := range people {
			masks[p] |= 1 << i
		}
	}
	preferred := map[uint64]string{}
	for p, m := range masks {
		if was, ok := preferred[m]; !ok || f.compare(p, was) < 0 {
			preferred[m] = p
		}
	}
	for m, p := range preferred {
		c.choices = append(c.choices, choice{person: p, serves: m})
		c.most = max(c.most, bits.OnesCount64(m))
	}
	sorting.By(c.choices, func(x, y choice) int {
		return cmp.Or(cmp.Compare(bits.OnesCount64(y.serves), bits.OnesCount64(x.serves)), f.compare(x.person, y.person))
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
		if set := c.order(chosen); len(set) < len(c.best) || len(set) == len(c.best) && c.prefer(set) {
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
func (c *cover) prefer(set []string) bool { return slices.CompareFunc(set, c.best, c.compare) < 0 }

// Want is something that Count different people of a list must give.
type Want struct {
	People []string
	Count  int
}

// Cover is Find for wants of more than one person. What one person of each can give is solved as by Find; the wants of
// several are then filled up with the preferred of those left, and smallest is true only if no want was filled up
// beside another.
func Cover(wants []Want, compare func(a, b string) int) (people []string, smallest bool) {
	lists := make([][]string, len(wants))
	for i, w := range wants {
		lists[i] = w.People
	}
	people, smallest = Find(lists, compare)
	f := finder{compare: compare}
	for _, w := range wants {
		have := 0
		for _, p := range w.People {
			if slices.Contains(people, p) {
				have++
			}
		}
		for _, p := range f.order(w.People) {
			if have >= w.Count {
				break
			}
			if !slices.Contains(people, p) {
				people = append(people, p)
				have++
				smallest = smallest && len(wants) == 1
			}
		}
	}
	return f.order(people), smallest
}

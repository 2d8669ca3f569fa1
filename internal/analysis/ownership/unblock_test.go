package ownership

import (
	"fmt"
	"math/bits"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/lintel-review/lintel/internal/change"
)

func asking(reviewers ...string) *ask {
	s := &change.Snapshot{}
	for _, r := range reviewers {
		s.Reviews = append(s.Reviews, change.Review{Author: change.Account{Login: r}, State: change.Commented})
	}
	d := newDirectory(s)
	return newAsk(s, d, opinions(s, d))
}

// Every answer is held against trying all sets of people, the smaller first and the preferred first.
func TestSmallestSetIsSmallest(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 10))
	for range 2000 {
		n := 1 + r.IntN(7)
		names := make([]string, n)
		for i := range names {
			names[i] = string(rune('a' + i))
		}
		a := asking(names[r.IntN(n)], names[r.IntN(n)])
		wants := make([][]string, 1+r.IntN(7))
		for i := range wants {
			for len(wants[i]) == 0 {
				for _, p := range names {
					if r.IntN(3) == 0 {
						wants[i] = append(wants[i], p)
					}
				}
			}
		}
		got, smallest := a.exact(wants, a.greedy(wants))
		if want := everySet(a, names, wants); !smallest || !slices.Equal(a.order(got), want) {
			t.Fatalf("wants %v: got %v (%v), want %v", wants, got, smallest, want)
		}
	}
}

func everySet(a *ask, names []string, wants [][]string) []string {
	var best []string
	for m := range 1 << len(names) {
		var set []string
		for i, p := range names {
			if m>>i&1 == 1 {
				set = append(set, p)
			}
		}
		serves := !slices.ContainsFunc(wants, func(w []string) bool {
			return !slices.ContainsFunc(w, func(p string) bool { return slices.Contains(set, p) })
		})
		set = a.order(set)
		if serves && (best == nil || bits.OnesCount(uint(m)) < len(best) || len(set) == len(best) && slices.CompareFunc(set, best, a.compare) < 0) {
			best = set
		}
	}
	return best
}

// The textbook case in which taking the most useful person first is not the best.
func TestSearchBeatsGreedy(t *testing.T) {
	wants := [][]string{{"x", "p"}, {"x", "p"}, {"x", "q"}, {"x", "q"}, {"p", "q"}, {"p"}, {"q"}}
	a := asking()
	if got, smallest := a.exact(wants, []string{"x", "p", "q"}); len(got) != 2 || !smallest {
		t.Errorf("got %v, want p and q", got)
	}
}

func TestManyOwnersEndInTime(t *testing.T) {
	r := rand.New(rand.NewPCG(11, 12))
	a := asking()
	for _, n := range []int{64, 3000} {
		wants := make([][]string, n)
		for i := range wants {
			for range 6 {
				wants[i] = append(wants[i], fmt.Sprintf("u%03d", r.IntN(200)))
			}
			slices.Sort(wants[i])
			wants[i] = slices.Compact(wants[i])
		}
		people := a.greedy(wants)
		if n == 64 {
			first, _ := a.exact(wants, people)
			second, _ := a.exact(wants, people)
			if !slices.Equal(first, second) {
				t.Errorf("two searches differ: %v, %v", first, second)
			}
			if len(first) > len(people) {
				t.Errorf("the search made it worse: %d people for %d", len(first), len(people))
			}
			people = first
		}
		for _, w := range wants {
			if !slices.ContainsFunc(w, func(p string) bool { return slices.Contains(people, p) }) {
				t.Fatalf("%v serve nobody of %v", people, w)
			}
		}
	}
}

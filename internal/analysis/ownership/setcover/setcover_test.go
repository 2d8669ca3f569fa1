package setcover

import (
	"cmp"
	"fmt"
	"math/bits"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// preferring puts the named people first, the others by name.
func preferring(first ...string) finder {
	rank := func(p string) int {
		if slices.Contains(first, p) {
			return 0
		}
		return 1
	}
	return finder{compare: func(a, b string) int { return cmp.Or(cmp.Compare(rank(a), rank(b)), strings.Compare(a, b)) }}
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
		a := preferring(names[r.IntN(n)], names[r.IntN(n)])
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

func everySet(a finder, names []string, wants [][]string) []string {
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
		if serves && (best == nil || bits.OnesCount(uint(m)) < len(best) || len(set) == len(best) &&
			slices.CompareFunc(set, best, a.compare) < 0) {
			best = set
		}
	}
	return best
}

// The textbook case in which taking the most useful person first is not the best.
func TestSearchBeatsGreedy(t *testing.T) {
	wants := [][]string{{"x", "p"}, {"x", "p"}, {"x", "q"}, {"x", "q"}, {"p", "q"}, {"p"}, {"q"}}
	a := preferring()
	if got, smallest := a.exact(wants, []string{"x", "p", "q"}); len(got) != 2 || !smallest {
		t.Errorf("got %v, want p and q", got)
	}
}

func TestManyOwnersEndInTime(t *testing.T) {
	r := rand.New(rand.NewPCG(11, 12))
	a := preferring()
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

func TestFind(t *testing.T) {
	many := make([][]string, 100)
	for i := range many {
		many[i] = []string{"a", fmt.Sprintf("u%d", i)}
	}
	for name, tt := range map[string]struct {
		wants    [][]string
		want     []string
		smallest bool
	}{
		"nothing wanted":       {nil, nil, true},
		"a want of nobody":     {[][]string{{}, {"b"}}, []string{"b"}, true},
		"the preferred":        {[][]string{{"a", "z"}, {"a", "z"}}, []string{"z"}, true},
		"one for more than 64": {many, []string{"a"}, true},
		"two for more than 64": {append(many[:99:99], []string{"b"}), []string{"a", "b"}, false},
	} {
		people, smallest := Find(tt.wants, preferring("z").compare)
		if !slices.Equal(people, tt.want) || smallest != tt.smallest {
			t.Errorf("%s: got %v, %v, want %v, %v", name, people, smallest, tt.want, tt.smallest)
		}
	}
}

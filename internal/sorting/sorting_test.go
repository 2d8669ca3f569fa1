package sorting

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// TestOrderIsThatOfSlices: the same slice, with many equal elements, comes out in the same order, whichever way.
func TestOrderIsThatOfSlices(t *testing.T) {
	type element struct{ key, number int }
	compare := func(a, b element) int { return a.key - b.key }
	chance := rand.New(rand.NewPCG(1, 2))
	for length := range 400 {
		for _, keys := range []int{2, 20, 1000} {
			all := make([]element, length)
			for i := range all {
				all[i] = element{chance.IntN(keys), i}
			}
			if length%3 == 0 { // nearly sorted, which takes other ways through the algorithm
				slices.SortFunc(all[:length/2], compare)
			}
			for name, sorts := range map[string][2]func([]element, func(a, b element) int){
				"By":       {By[element], slices.SortFunc[[]element]},
				"StableBy": {StableBy[element], slices.SortStableFunc[[]element]},
			} {
				got, want := slices.Clone(all), slices.Clone(all)
				sorts[0](got, compare)
				sorts[1](want, compare)
				if !slices.Equal(got, want) {
					t.Fatalf("%s of %d elements with %d keys: %v, want %v", name, length, keys, got, want)
				}
			}
		}
	}
}

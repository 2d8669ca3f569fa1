// Package sorting sorts slices by a comparison with one copy of the algorithm for all types of elements. Package slices
// has a copy for each type: 14 KB of program, and there were 130 of them.
//
// Callers may rely on: the order is the one that package slices gives, that of equal elements included.
package sorting

import (
	"iter"
	"slices"
	"sort"
)

// By sorts as slices.SortFunc does.
func By[T any](all []T, compare func(a, b T) int) {
	if len(all) > 1 {
		sort.Slice(all, func(i, j int) bool { return compare(all[i], all[j]) < 0 })
	}
}

// StableBy sorts as slices.SortStableFunc does.
func StableBy[T any](all []T, compare func(a, b T) int) {
	if len(all) > 1 {
		sort.SliceStable(all, func(i, j int) bool { return compare(all[i], all[j]) < 0 })
	}
}

// Sorted collects what a sequence has and sorts it as slices.SortedFunc does.
func Sorted[T any](sequence iter.Seq[T], compare func(a, b T) int) []T {
	all := slices.Collect(sequence)
	By(all, compare)
	return all
}

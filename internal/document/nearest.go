package document

import (
	"strings"
	"unicode/utf8"
)

// Nearest is the known name that got was most likely meant to be, or empty when none is near. Case, "-" and "_" do not
// count; beyond that a name is near when at most one character in three has to be changed, left out, added or swapped
// with its neighbour. The first of equally near names wins.
func Nearest(got string, known []string) string {
	if utf8.RuneCountInString(got) > 64 {
		return ""
	}
	fold := strings.NewReplacer("-", "", "_", "")
	norm := func(s string) []rune { return []rune(fold.Replace(strings.ToLower(s))) }
	g := norm(got)
	if len(g) == 0 {
		return ""
	}
	best, least := "", len(g)/3+1
	if len(g) < 3 {
		least = 1
	}
	for _, name := range known {
		k := norm(name)
		if len(k)-len(g) >= least || len(g)-len(k) >= least {
			continue
		}
		if d := distance(g, k); d < least {
			best, least = name, d
		}
	}
	return best
}

// distance is the optimal string alignment distance: Levenshtein's with swaps of neighbours.
func distance(a, b []rune) int {
	rows := [3][]int{make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)}
	for j := range rows[0] {
		rows[0][j] = j
	}
	for i := 1; i <= len(a); i++ {
		row, last, before := rows[i%3], rows[(i-1)%3], rows[(i+1)%3]
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
	}
	return rows[len(a)%3][len(b)]
}

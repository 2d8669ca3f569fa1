package aftermath

import (
	"strconv"
	"strings"

	"github.com/lintel-review/lintel/internal/lazyregexp"
)

// index finds changes, the newest first, by what messages call them.
type index struct {
	byID     map[string]int
	byNumber map[int]int
	byTitle  map[string][]int
}

func indexOf(all []Landed) index {
	x := index{byID: map[string]int{}, byNumber: map[int]int{}, byTitle: map[string][]int{}}
	for i, c := range all {
		title := numberBehind.ReplaceAllString(c.title(), "")
		x.byTitle[title] = append(x.byTitle[title], i)
		x.byID[c.Commit] = i
		for _, id := range c.Brought {
			x.byID[id] = i
		}
		if c.Number > 0 {
			x.byNumber[c.Number] = i
		}
	}
	return x
}

// named are the changes that a message names by the commit or the number in the first group of an expression.
func (x index) named(message string, commit, pull *lazyregexp.Regexp) (places []int) {
	for _, m := range commit.FindAllStringSubmatch(message, -1) {
		if i, ok := x.find(strings.ToLower(m[1])); ok {
			places = append(places, i)
		}
	}
	for _, m := range pull.FindAllStringSubmatch(message, -1) {
		n, _ := strconv.Atoi(m[1]) // at most nine digits
		if i, ok := x.byNumber[n]; ok {
			places = append(places, i)
		}
	}
	return places
}

// find finds a commit by its id or the beginning of it, which must not fit two changes.
func (x index) find(id string) (at int, ok bool) {
	if i, ok := x.byID[id]; ok {
		return i, true
	}
	for full, i := range x.byID {
		if strings.HasPrefix(full, id) {
			if ok && i != at {
				return 0, false
			}
			at, ok = i, true
		}
	}
	return at, ok
}

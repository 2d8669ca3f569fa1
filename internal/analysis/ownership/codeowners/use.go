package codeowners

import (
	"cmp"
	"maps"
	"slices"

	"github.com/lintel-review/lintel/internal/sorting"
)

// Use is what one rule does for a set of paths.
type Use struct {
	// Matched counts the paths that the pattern takes, Won those of them for which no later rule does.
	Matched, Won int
	// By is the rule that wins instead, when there are Several the one that takes most of the paths, of equals the
	// last; -1 when none ever does.
	By      int
	Several bool
	taken   map[int]int
	// Same is true when the rule By has the very same reach, so this rule can never win, whatever the paths.
	Same bool
}

// Takers are the rules that win instead, the one that takes most of the paths first, of equals the last.
func (u Use) Takers() []int {
	all := slices.Collect(maps.Keys(u.taken))
	sorting.By(all, func(a, b int) int { return cmp.Or(u.taken[b]-u.taken[a], b-a) })
	return all
}

// Uses tells for each rule what it does for the paths. Unlike Match it follows every line, so it costs more.
// It gives nil when wildcards were tried more than maxTrials times.
func (f *File) Uses(paths []string, maxTrials int) []Use {
	uses := make([]Use, len(f.Rules))
	for i := range uses {
		uses[i].By = -1
	}
	w := &walk{index: f.index, met: make([]uint32, len(f.index.nodes)), seen: make([]uint32, len(f.Rules))}
	for _, p := range paths {
		count(uses, w.hits(p))
		if w.trials > maxTrials {
			return nil
		}
	}
	// A rule that a later one replaced was not in the index. Newer ones stand further down, so the walk back fills them in order.
	for i := len(uses) - 1; i >= 0; i-- {
		if o := f.index.older[i]; o != none {
			by := i
			if uses[i].Same {
				by = uses[i].By
			}
			uses[o] = Use{Matched: uses[i].Matched, By: by, Same: true, taken: map[int]int{by: uses[i].Matched}}
		}
	}
	return uses
}

func count(uses []Use, hits []int32) {
	won := none
	for _, h := range hits {
		won = max(won, h)
	}
	for _, h := range hits {
		u := &uses[h]
		u.Matched++
		if h == won {
			u.Won++
			continue
		}
		if u.taken == nil {
			u.taken = map[int]int{}
		}
		by := int(won)
		u.taken[by]++
		most := u.taken[u.By]
		if n := u.taken[by]; n > most || n == most && by > u.By {
			u.By = by
		}
		u.Several = len(u.taken) > 1
	}
}

// walk finds every rule in the index that takes a path.
type walk struct {
	index     *index
	now, next []int32
	found     []int32
	met       []uint32
	meeting   uint32
	// seen holds for each rule the number of the path it was last found for.
	seen []uint32
	path uint32
	// trials are counted as in Matcher.
	trials int
}

func (w *walk) hits(path string) []int32 {
	x := w.index
	w.path++
	w.now, w.next, w.found = w.now[:0], w.next[:0], w.found[:0]
	w.find(x.nodes[0].below)
	w.meeting++
	w.now = w.enter(w.now, 0)
	m := Matcher{index: x}
	defer func() { w.trials += m.trials }()
	for start := 0; start <= len(path); {
		end := start
		for end < len(path) && path[end] != '/' {
			end++
		}
		final := end == len(path)
		m.active = w.now
		w.next = w.next[:0]
		w.meeting++
		m.each(level{to: len(w.now)}, path[start:end], func(n int32) {
			w.find(x.nodes[n].all)
			if final {
				w.find(x.nodes[n].itself)
				return
			}
			w.find(x.nodes[n].below)
			w.next = w.enter(w.next, n)
		})
		for _, n := range w.now {
			if x.nodes[n].loops && !final {
				w.next = w.enter(w.next, n)
			}
		}
		w.now, w.next = w.next, w.now
		start = end + 1
	}
	return w.found
}

// find notes a rule. A node can be met on several levels, so a rule may be found again; each counts once for a path.
func (w *walk) find(rule int32) {
	if rule == none {
		return
	}
	if w.seen[rule] != w.path {
		w.seen[rule] = w.path
		w.found = append(w.found, rule)
	}
}

func (w *walk) enter(to []int32, n int32) []int32 {
	for ; n != none; n = w.index.nodes[n].deep {
		if w.index.nodes[n].loops {
			if w.met[n] == w.meeting {
				return to
			}
			w.met[n] = w.meeting
		}
		to = append(to, n)
	}
	return to
}

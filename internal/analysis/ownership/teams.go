package ownership

import "slices"

// maxSpeakers bounds for how many different sets of approvers the owners that are missing are worked out.
const maxSpeakers = 8

// speaking says who speaks for which owner of a set: each person for one at most, each owner has one speaker at most.
// It is a largest such choice, up to as many as are asked for, so that somebody who is in two teams is one of them and
// which one is chosen as it helps most.
type speaking struct {
	g *set
	// by is the speaker of each asked owner, "" when it has none; count is how many have one.
	by    []string
	count int
}

func (g *set) speaking(people []string) *speaking {
	s := &speaking{g: g, by: make([]string, len(g.asked))}
	s.add(people)
	return s
}

// add lets more people speak, as long as more speakers are asked for. Who speaks already goes on, maybe for another owner.
func (s *speaking) add(people []string) {
	for _, p := range people {
		if s.count == s.g.different() {
			return
		}
		if s.place(p, make([]bool, len(s.by))) {
			s.count++
		}
	}
}

// place finds an owner for a person, and moves others where that makes room.
func (s *speaking) place(person string, tried []bool) bool {
	for i, m := range s.g.asked {
		if tried[i] || !behind(m, person) {
			continue
		}
		tried[i] = true
		if s.by[i] == "" || s.place(s.by[i], tried) {
			s.by[i] = person
			return true
		}
	}
	return false
}

// helpful reports for each owner whether one more person behind it would make one more speaker: it has none, or its speaker can move on.
func (s *speaking) helpful() []bool {
	open := make([]bool, len(s.by))
	for changed := true; changed; {
		changed = false
		for i := range open {
			if open[i] || s.by[i] != "" && !slices.ContainsFunc(s.places(s.by[i]), func(k int) bool { return open[k] }) {
				continue
			}
			open[i], changed = true, true
		}
	}
	return open
}

func (s *speaking) places(person string) (at []int) {
	for i, m := range s.g.asked {
		if behind(m, person) {
			at = append(at, i)
		}
	}
	return at
}

func behind(m resolved, person string) bool {
	_, in := slices.BinarySearch(m.people, person)
	return in
}

// different is of how many owners people must approve. The team that stands in for a sole owner speaks for the whole line.
func (g *set) different() int {
	if g.group.Fallback != "" {
		return 1
	}
	return g.demand.teams
}

// unspoken is how many more owners must be heard once these people have approved.
func (g *set) unspoken(approvers []string) int {
	if g.different() < 2 {
		return 0
	}
	return g.different() - g.speaking(approvers).count
}

// wantSpeakers are the wants of which each set of approvers lacks: for one more owner anybody whose approval makes one
// more, for several a choice of owners such that any of them together have as many people of their own (Hall's
// condition). Owners whose people are not known are wanted by their name.
func (g *set) wantSpeakers(able []string) (wants []want) {
	for _, approvers := range g.silent {
		now := g.speaking(approvers)
		rest := slices.DeleteFunc(slices.Clone(able), func(p string) bool { return slices.Contains(approvers, p) })
		if now.count+1 == g.different() {
			one := g.oneMore(now, rest)
			if len(one.people) > 0 {
				wants = append(wants, one)
				continue
			}
		}
		wants = append(wants, g.manyMore(now, rest)...)
	}
	return wants
}

// oneMore is anybody whose approval makes one more speaker.
func (g *set) oneMore(now *speaking, able []string) want {
	w := want{count: 1}
	helps := now.helpful()
	for i, m := range g.asked {
		if helps[i] {
			w.from = append(w.from, m)
		}
	}
	for _, p := range able {
		if slices.ContainsFunc(w.from, func(m resolved) bool { return behind(m, p) }) {
			w.people = append(w.people, p)
		}
	}
	return w
}

// manyMore fills up what is missing with a choice of owners.
func (g *set) manyMore(now *speaking, able []string) (wants []want) {
	// A person who spoke before may have moved, so that the owners of the new speakers are the ones that are wanted.
	now.add(able)
	var chosen []int
	for i, p := range now.by {
		if slices.Contains(able, p) {
			chosen = append(chosen, i)
		}
	}
	for some := 1; some < 1<<len(chosen); some++ {
		w := want{}
		for k, i := range chosen {
			if some>>k&1 == 1 {
				w.count++
				w.from = append(w.from, g.asked[i])
			}
		}
		for _, p := range able {
			if slices.ContainsFunc(w.from, func(m resolved) bool { return behind(m, p) }) {
				w.people = append(w.people, p)
			}
		}
		wants = append(wants, w)
	}
	missing := g.different() - now.count
	for i, m := range g.asked {
		if missing > 0 && m.hidden != "" && now.by[i] == "" {
			wants = append(wants, want{count: 1, from: []resolved{m}})
			missing--
		}
	}
	if missing > 0 {
		wants = append(wants, want{count: missing})
	}
	return wants
}

package secrets

// automaton finds many words in one pass over a text, without regard to the case of ASCII letters (Aho-Corasick).
type automaton struct {
	// class folds bytes: those that no word has are 0.
	class [256]uint8
	width int
	// next is a table of states by classes; ends are the words that end in a state.
	next []int32
	ends [][]int32
	size []int
}

// newAutomaton makes one of words in lower case; each is known by its place in the list.
func newAutomaton(words []string) *automaton {
	a := &automaton{width: 1}
	for _, w := range words {
		a.size = append(a.size, len(w))
		for i := range len(w) {
			if a.class[w[i]] == 0 {
				a.class[w[i]] = uint8(a.width) //nolint:gosec // at most 255 bytes have a class of their own
				a.width++
			}
		}
	}
	for c := byte('A'); c <= 'Z'; c++ {
		a.class[c] = a.class[c+'a'-'A']
	}
	a.grow()
	for i, w := range words {
		a.add(int32(i), w) //nolint:gosec // a few thousand words
	}
	a.link()
	return a
}

// grow adds a state.
func (a *automaton) grow() int32 {
	a.next = append(a.next, make([]int32, a.width)...)
	a.ends = append(a.ends, nil)
	return int32(len(a.ends) - 1) //nolint:gosec // a state for each byte of the words at most
}

func (a *automaton) add(word int32, w string) {
	state := int32(0)
	for i := range len(w) {
		at := int(state)*a.width + int(a.class[w[i]])
		if a.next[at] == 0 {
			to := a.grow()
			a.next[at] = to
		}
		state = a.next[at]
	}
	a.ends[state] = append(a.ends[state], word)
}

// link makes the trie a table without failure: where no word goes on, the longest one that could begin does.
func (a *automaton) link() {
	fail := make([]int32, len(a.ends))
	var queue []int32
	for c := range a.width {
		if to := a.next[c]; to != 0 {
			queue = append(queue, to)
		}
	}
	for len(queue) > 0 {
		state := queue[0]
		queue = queue[1:]
		a.ends[state] = append(a.ends[state], a.ends[fail[state]]...)
		for c := range a.width {
			at, otherwise := int(state)*a.width+c, a.next[int(fail[state])*a.width+c]
			if to := a.next[at]; to != 0 {
				fail[to] = otherwise
				queue = append(queue, to)
			} else {
				a.next[at] = otherwise
			}
		}
	}
}

// each calls hit with every word and the place behind it, in the order of the text.
func (a *automaton) each(text string, hit func(word int32, end int)) {
	state := int32(0)
	for i := range len(text) {
		state = a.next[int(state)*a.width+int(a.class[text[i]])]
		for _, word := range a.ends[state] {
			hit(word, i+1)
		}
	}
}

// any reports whether one of the words is in a text.
func (a *automaton) any(text string) bool {
	state := int32(0)
	for i := range len(text) {
		state = a.next[int(state)*a.width+int(a.class[text[i]])]
		if len(a.ends[state]) > 0 {
			return true
		}
	}
	return false
}

package secrets

import (
	"slices"
	"sort"
	"strings"
)

// window is a stretch of a text in which a rule can match.
type window struct{ from, to int }

// use is what a word of the automaton is for: a keyword of a rule, or one of its anchors.
type use struct {
	rule   *rule
	anchor *anchor
}

// hits are where the anchors of the rules are in a text, of those rules that have a keyword there.
type hits struct {
	places map[*rule][]int
	seen   map[*rule]bool
}

// find passes once over a text.
func (s *ruleset) find(text string) hits {
	h := hits{map[*rule][]int{}, map[*rule]bool{}}
	folding := strings.Contains(text, "ſ") || strings.Contains(text, "\u212a")
	s.words.each(text, func(word int32, end int) {
		for _, u := range s.uses[word] {
			if u.anchor == nil {
				h.seen[u.rule] = true
			} else if folding || u.anchor.fits(text[end:], u.rule.general) {
				h.places[u.rule] = append(h.places[u.rule], end-len(u.anchor.word))
			}
		}
	})
	return h
}

// fits reports whether what comes behind an anchor can be the rest of a match.
func (a *anchor) fits(rest string, general bool) bool {
	if len(rest) < len(a.shape) {
		return false
	}
	for i := range a.shape {
		if !a.shape[i].has(rest[i]) {
			return false
		}
	}
	return !a.assigned || assignsIn(rest, general)
}

// Sets of the bytes of an assignment: of what is between the name and the sign, the sign itself, what follows it, and a value.
var (
	nameEnd    = setOf("\t\n\f\r '\"._-", true)
	sign       = setOf("=>:|?,", false)
	valueStart = setOf("=>:|?,'\"` \t\n\f\r", false)
	value      = setOf("_.=-+/", true)
)

// Limits of an assignment, by its expression: what is between name and sign, the sign with what follows it, and a value
// of a general rule.
const (
	longestNameEnd = 23
	longestSign    = 9
	shortestValue  = 10
)

func setOf(signs string, wordsToo bool) (out byteSet) {
	for i := range len(signs) {
		out.add(signs[i])
	}
	for c := byte(0); wordsToo && c < 0x80; c++ {
		if c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_' {
			out.add(c)
		}
	}
	return out
}

// assignsIn reports whether an assignment can begin at a text: quicker than its expression, and never stricter.
func assignsIn(text string, general bool) bool {
	at := 0
	for at < len(text) && at <= longestNameEnd && nameEnd.has(text[at]) {
		at++
	}
	if at > longestNameEnd || at == len(text) || !sign.has(text[at]) {
		return false
	}
	if !general {
		return true
	}
	end := at + 1
	for end < len(text) && end-at < longestSign && valueStart.has(text[end]) {
		end++
	}
	// What assigns may be the beginning of a value.
	for end > at+1 && text[end-1] == '=' {
		end--
	}
	for n := 0; end+n < len(text) && value.has(text[end+n]); n++ {
		if n+1 == shortestValue {
			return true
		}
	}
	return false
}

// windows are the stretches in which a rule can match, sorted and apart. In a decoded layer only those with a decoded
// part count: all else was looked at before.
func (l *layer) windows(r *rule, places []int) (out []window) {
	if len(r.where.anchors) == 0 {
		return []window{{0, len(l.text)}}
	}
	widest := 1
	if !isASCII(l.text) {
		widest = 4
	}
	slices.Sort(places)
	reach := reach{text: l.text, of: r.where.after, most: r.where.after.chars*widest + 1}
	for _, at := range places {
		// One byte more on each side, for what an expression asks about its neighbours.
		w := window{max(0, at-r.where.before*widest-1), reach.from(at)}
		if n := len(out); n > 0 && w.from <= out[n-1].to {
			out[n-1].to = max(out[n-1].to, w.to)
		} else {
			out = append(out, w)
		}
	}
	if l.of != nil {
		out = slices.DeleteFunc(out, func(w window) bool { return !l.decoded(w.from, w.to) })
	}
	return out
}

// reach goes through a text from anchor to anchor, and says how far a match can go from each.
type reach struct {
	text string
	of   extent
	// most is how many bytes a match has at most that are not open.
	most int
	// at and end bound the stretch that was looked at last, used counts the bytes in it that are not open.
	at, end, used int
}

// from is behind the last byte that a match can have whose anchor is at a place, and one more. Places grow.
func (r *reach) from(at int) int {
	if r.of.closed() {
		return min(len(r.text), at+r.most)
	}
	for ; r.at < min(at, r.end); r.at++ {
		if !r.of.open.has(r.text[r.at]) {
			r.used--
		}
	}
	if r.at = at; r.end < at {
		r.end, r.used = at, 0
	}
	for ; r.end < len(r.text); r.end++ {
		if !r.of.open.has(r.text[r.end]) {
			if r.used == r.most {
				break
			}
			r.used++
		}
	}
	return min(len(r.text), r.end+1)
}

// decoded reports whether a stretch has a part that was decoded to make this layer.
func (l *layer) decoded(start, end int) bool {
	i := sort.Search(len(l.parts), func(i int) bool { return l.parts[i].to > start })
	return i < len(l.parts) && l.parts[i].from < end
}

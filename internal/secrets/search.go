package secrets

import (
	"math"
	"strings"
	"unicode/utf8"
)

// match is a finding with the secret itself, as it reads when it is decoded.
type match struct {
	Finding
	general bool
}

// search looks for secrets in one layer. In a decoded one only what has a decoded part counts: all else was found before.
func (s *ruleset) search(l *layer, left *steps) (out []match) {
	found := s.find(l.text)
	for _, r := range s.rules {
		places := found.places[r]
		if r.keyed && !found.seen[r] || len(places) == 0 && len(r.where.anchors) > 0 {
			continue
		}
		for _, w := range l.windows(r, places) {
			if !left.take((w.to - w.from) * r.effort()) {
				return out
			}
			for _, at := range r.expr().FindAllStringIndex(l.text[w.from:w.to], -1) {
				start, end := w.from+at[0], w.from+at[1]
				if l.of != nil && !l.decoded(start, end) {
					continue
				}
				if !left.take(judging + end - start) {
					return out
				}
				if m, ok := s.judge(r, l, start, end, left); ok {
					out = append(out, m)
				}
			}
		}
	}
	return out
}

// effort is how dear an expression is for each byte: those that reach far follow many threads at once.
func (r *rule) effort() int { return 1 + r.where.after.chars/100 }

// steps counts what may still be done for one text: a step is about a byte that an expression reads.
type steps struct {
	left int
	over bool
}

// Steps for a text: many times what any honest one takes. judging is what it costs to judge one match.
const (
	minSteps     = 4 << 20
	stepsPerByte = 8
	judging      = 500
)

func stepsFor(text string) *steps { return &steps{left: minSteps + stepsPerByte*len(text)} }

func (s *steps) take(n int) bool {
	if n > s.left {
		s.left, s.over = 0, true
		return false
	}
	s.left -= n
	return true
}

// before is how much of the text that stands ahead of a secret may speak against it.
const before = 100

// judge takes the secret out of what an expression matched, and asks the entropy and the exceptions.
func (s *ruleset) judge(r *rule, l *layer, start, end int, left *steps) (match, bool) {
	for start < end && l.text[start] == '\n' {
		start++
	}
	for end > start && l.text[end-1] == '\n' {
		end--
	}
	whole := l.text[start:end]
	from, to := r.secret(whole)
	secret := whole[from:to]
	if r.entropy != 0 && entropy(secret) <= r.entropy {
		return match{}, false
	}
	lines := func() string {
		near := l.lines(start, end)
		left.take(len(near))
		return near
	}
	for _, lists := range [][]allowlist{s.allowed, r.allowed} {
		for _, a := range lists {
			if a.allows(secret, whole, lines) {
				return match{}, false
			}
		}
	}
	m := match{Finding: Finding{
		Rule:     r.id,
		Specific: r.specific && !r.forTests(secret),
		Proven:   r.proven(secret, l.text[start+to:]),
		Secret:   secret,
		Doubt:    r.doubt(secret, l.text[max(0, start+from-before):start+from], l.text[start+to:]),
	}, general: r.general}
	m.Start, m.End = l.original(start+from, start+to)
	return m, true
}

// secret says which part of a match is the secret: the named group, else the first group that holds something, else all of it.
func (r *rule) secret(whole string) (from, to int) {
	groups := r.expr().FindStringSubmatchIndex(whole)
	if r.group > 0 && len(groups) > 2*r.group+1 && groups[2*r.group] >= 0 {
		return groups[2*r.group], groups[2*r.group+1]
	}
	for i := 2; i+1 < len(groups); i += 2 {
		if groups[i+1] > groups[i] {
			return groups[i], groups[i+1]
		}
	}
	return 0, len(whole)
}

// maxLine is how much of a line is looked at for an exception, on either side of a match.
const maxLine = 500

// lines are the whole lines that a stretch of a layer's text lies on; of longer ones, what is near it.
func (l *layer) lines(start, end int) string {
	before := l.text[max(0, start-maxLine):start]
	behind := l.text[end:min(len(l.text), end+maxLine)]
	if i := strings.IndexByte(behind, '\n'); i >= 0 {
		behind = behind[:i]
	}
	return l.text[start-len(before)+strings.LastIndexByte(before, '\n')+1 : end+len(behind)]
}

// entropy is Shannon's, in bits a character.
func entropy(s string) (bits float64) {
	counts := map[rune]int{}
	for _, r := range s {
		counts[r]++
	}
	n := float64(utf8.RuneCountInString(s))
	for _, c := range counts {
		p := float64(c) / n
		bits -= p * math.Log2(p)
	}
	return bits
}

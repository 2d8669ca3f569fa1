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
	secret  string
}

// search looks for secrets in one layer. In a decoded one only what has a decoded part counts: all else was found before.
func (s *ruleset) search(l *layer) (out []match) {
	for _, r := range s.candidates(l.text) {
		for _, at := range r.expr().FindAllStringIndex(l.text, -1) {
			if l.of != nil && !l.decoded(at[0], at[1]) {
				continue
			}
			if m, ok := s.judge(r, l, at[0], at[1]); ok {
				out = append(out, m)
			}
		}
	}
	return out
}

// candidates are the rules of which a keyword is in the text, each once.
func (s *ruleset) candidates(text string) []*rule {
	out := s.always[:len(s.always):len(s.always)]
	seen := map[*rule]bool{}
	words := map[string]bool{}
	for _, m := range s.keywords.MatchString(strings.ToLower(text)) {
		word := m.MatchString()
		if words[word] {
			continue
		}
		words[word] = true
		for _, r := range s.byKeyword[word] {
			if !seen[r] {
				seen[r] = true
				out = append(out, r)
			}
		}
	}
	return out
}

// judge takes the secret out of what an expression matched, and asks the entropy and the exceptions.
func (s *ruleset) judge(r *rule, l *layer, start, end int) (match, bool) {
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
	lines := l.lines(start, end)
	for _, lists := range [][]allowlist{s.allowed, r.allowed} {
		for _, a := range lists {
			if a.allows(secret, whole, lines) {
				return match{}, false
			}
		}
	}
	m := match{Finding: Finding{Rule: r.id}, general: r.general, secret: secret}
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

// lines are the whole lines that a stretch of a layer's text lies on.
func (l *layer) lines(start, end int) string {
	from := line(l.text, start)
	to := strings.IndexByte(l.text[end:], '\n')
	if to < 0 {
		return l.text[from:]
	}
	return l.text[from : end+to]
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

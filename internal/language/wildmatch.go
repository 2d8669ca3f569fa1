package language

import "math/bits"

// glob is a compiled wildcard expression, matched byte by byte as git's wildmatch does with slashes special.
// Matching takes time in proportion to pattern times text, whatever the pattern.
type glob struct {
	tokens []token
	// never is true for a malformed pattern, which matches nothing.
	never bool
}

type token struct {
	kind tokenKind
	char byte
	set  *[256]bool
}

type tokenKind byte

const (
	// one is exactly the byte char, nonSlash any byte but a slash, oneOf one byte of the set.
	one tokenKind = iota
	nonSlash
	oneOf
	// star is any run without a slash; all any run.
	star
	all
	// dirs is "**/": nothing, or any run that ends in a slash. inDirs is its second half, within the run.
	dirs
	inDirs
)

// compile reads a wildcard expression. Its start counts as the start of a path component.
func compile(p string) glob {
	var g glob
	for i := 0; i < len(p); i++ {
		switch c := p[i]; c {
		case '?':
			g.add(token{kind: nonSlash})
		case '\\':
			i++
			if i == len(p) {
				return glob{never: true}
			}
			g.add(token{kind: one, char: p[i]})
		case '[':
			set, end, ok := bracket(p, i)
			if !ok {
				return glob{never: true}
			}
			g.add(token{kind: oneOf, set: set})
			i = end
		case '*':
			first := i
			for i+1 < len(p) && p[i+1] == '*' {
				i++
			}
			rest := p[i+1:]
			boundary := first == 0 || p[first-1] == '/'
			switch {
			case i == first || !boundary:
				g.add(token{kind: star})
			case rest == "":
				g.add(token{kind: all})
			case rest[0] == '/':
				g.add(token{kind: dirs}, token{kind: inDirs})
				i++
			case len(rest) > 1 && rest[:2] == `\/`:
				g.add(token{kind: all})
			default:
				g.add(token{kind: star})
			}
		default:
			g.add(token{kind: one, char: c})
		}
	}
	return g
}

func (g *glob) add(t ...token) { g.tokens = append(g.tokens, t...) }

// meter bounds the work of many matches. It counts steps and not time, so that equal inputs give equal answers.
type meter struct{ left int }

// maxMatchSteps is a second or two of work.
const maxMatchSteps = 100_000_000

func newMeter() *meter { return &meter{left: maxMatchSteps} }

// spent reports whether the steps are used up. From then on nothing matches.
func (m *meter) spent() bool { return m.left <= 0 }

// match runs all ways through the pattern at once. State i means that the tokens before i have matched.
func (g *glob) match(text string, m *meter) bool {
	if g.never || m.spent() {
		return false
	}
	n := len(g.tokens)
	var small [8]uint64
	now, next := small[:4], small[4:]
	words := n/64 + 1
	if words > 4 {
		both := make([]uint64, 2*words)
		now, next = both[:words], both[words:]
	}
	now, next = now[:words], next[:words]
	g.enter(now, 0)
	for k := 0; k < len(text); k++ {
		clear(next)
		alive := 0
		for w, set := range now {
			for ; set != 0; set &= set - 1 {
				if i := w*64 + bits.TrailingZeros64(set); i < n && g.step(next, i, text[k]) {
					alive++
				}
			}
		}
		m.left -= alive + 1
		if alive == 0 {
			return false
		}
		now, next = next, now
	}
	return now[n/64]&(1<<(n%64)) != 0
}

// step reads c in state i and adds the states that follow. It is false when there are none.
func (g *glob) step(next []uint64, i int, c byte) bool {
	switch t := g.tokens[i]; t.kind {
	case one:
		if t.char != c {
			return false
		}
		i++
	case nonSlash:
		if c == '/' {
			return false
		}
		i++
	case oneOf:
		if c == '/' || !t.set[c] {
			return false
		}
		i++
	case star:
		if c == '/' {
			return false
		}
	case dirs:
		return false
	case inDirs:
		next[i/64] |= 1 << (i % 64)
		if c != '/' {
			return true
		}
		i++
	}
	g.enter(next, i)
	return true
}

// enter adds state i and the states that follow without reading a byte.
func (g *glob) enter(states []uint64, i int) {
	for {
		states[i/64] |= 1 << (i % 64)
		if i == len(g.tokens) {
			return
		}
		switch g.tokens[i].kind {
		case star, all:
			i++
		case dirs:
			states[(i+1)/64] |= 1 << ((i + 1) % 64)
			i += 2
		default:
			return
		}
	}
}

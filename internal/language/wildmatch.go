package language

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

// match runs all ways through the pattern at once. State i means that the tokens before i have matched.
func (g *glob) match(text string) bool {
	if g.never {
		return false
	}
	n := len(g.tokens)
	var small [8]uint64
	words := n/64 + 1
	now, next := small[:4], small[4:]
	if words > 4 {
		both := make([]uint64, 2*words)
		now, next = both[:words], both[words:]
	}
	now, next = now[:words], next[:words]
	g.enter(now, 0)
	for k := 0; k < len(text); k++ {
		c := text[k]
		clear(next)
		alive := false
		for i := 0; i < n; i++ {
			if now[i/64]&(1<<(i%64)) == 0 {
				continue
			}
			t := g.tokens[i]
			switch t.kind {
			case one:
				if t.char != c {
					continue
				}
				g.enter(next, i+1)
			case nonSlash:
				if c == '/' {
					continue
				}
				g.enter(next, i+1)
			case oneOf:
				if c == '/' || !t.set[c] {
					continue
				}
				g.enter(next, i+1)
			case star:
				if c == '/' {
					continue
				}
				g.enter(next, i)
			case all:
				g.enter(next, i)
			case dirs:
				continue
			case inDirs:
				next[i/64] |= 1 << (i % 64)
				if c == '/' {
					g.enter(next, i+1)
				}
			}
			alive = true
		}
		if !alive {
			return false
		}
		now, next = next, now
	}
	return now[n/64]&(1<<(n%64)) != 0
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

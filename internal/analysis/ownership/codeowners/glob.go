package codeowners

import (
	"strings"
	"unicode/utf8"
)

// glob is one segment: literal bytes, "*" for any characters and "?" for one. Neither takes a slash, since segments hold none.
type glob struct {
	ops []int16
	// head and tail are the literal bytes before the first and after the last wildcard.
	head, tail string
	// wild is false for a plain name, which is then head.
	wild bool
	// simple is true when head and tail with one "*" between them are the whole of it.
	simple bool
}

// The operations of a glob; any other value is a byte to be met as it is.
const (
	opStar int16 = -1
	opOne  int16 = -2
)

// compileGlob reads a segment that compile has found valid.
func compileGlob(s string) glob {
	g := glob{ops: make([]int16, 0, len(s))}
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '*':
			if n := len(g.ops); n == 0 || g.ops[n-1] != opStar {
				g.ops = append(g.ops, opStar)
			}
		case c == '?':
			g.ops = append(g.ops, opOne)
		case c == '\\' && i+1 < len(s):
			i++
			g.ops = append(g.ops, int16(s[i]))
		default:
			g.ops = append(g.ops, int16(c))
		}
	}
	first, last := 0, len(g.ops)
	for first < len(g.ops) && g.ops[first] >= 0 {
		first++
	}
	for last > first && g.ops[last-1] >= 0 {
		last--
	}
	g.head, g.tail = literal(g.ops[:first]), literal(g.ops[last:])
	g.wild = first < len(g.ops)
	g.simple = g.wild && last == first+1 && g.ops[first] == opStar
	return g
}

func literal(ops []int16) string {
	b := make([]byte, len(ops))
	for i, op := range ops {
		b[i] = byte(op)
	}
	return string(b)
}

// any reports whether the segment is "*".
func (g glob) any() bool { return g.simple && g.head == "" && g.tail == "" }

// key is the same for globs that match the same way.
func (g glob) key() string {
	var b strings.Builder
	for _, op := range g.ops {
		b.WriteByte(byte(op >> 8))
		b.WriteByte(byte(op))
	}
	return b.String()
}

// match reports whether the glob takes the whole of s. The time is at most len(ops) times len(s): only the last star is ever tried again.
func (g glob) match(s string) bool {
	if len(s) < len(g.head)+len(g.tail) || !strings.HasPrefix(s, g.head) || !strings.HasSuffix(s, g.tail) {
		return false
	}
	if g.simple {
		return true
	}
	op, at, star, starAt := 0, 0, -1, 0
	for at < len(s) {
		switch {
		case op < len(g.ops) && g.ops[op] == opStar:
			star, starAt = op, at
			op++
		case op < len(g.ops) && g.ops[op] == opOne:
			at += width(s[at:])
			op++
		case op < len(g.ops) && g.ops[op] == int16(s[at]):
			at++
			op++
		case star >= 0:
			starAt += width(s[starAt:])
			op, at = star+1, starAt
		default:
			return false
		}
	}
	for op < len(g.ops) && g.ops[op] == opStar {
		op++
	}
	return op == len(g.ops)
}

// width is the length of the first character, 1 for a byte that is none.
func width(s string) int {
	_, n := utf8.DecodeRuneInString(s)
	return n
}

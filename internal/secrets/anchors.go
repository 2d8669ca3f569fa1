package secrets

import (
	"regexp/syntax"
	"slices"
	"strings"
	"unicode"
)

// byteSet is a set of bytes.
type byteSet [4]uint64

func (b *byteSet) add(c byte)      { b[c>>6] |= 1 << (c & 63) }
func (b *byteSet) has(c byte) bool { return b[c>>6]&(1<<(c&63)) != 0 }

func (b *byteSet) join(o byteSet) {
	for i := range b {
		b[i] |= o[i]
	}
}

// anchor is a word that every match of an expression has, in one of its forms.
type anchor struct {
	// word is in lower case.
	word string
	// shape is what the bytes behind the word must be for a match.
	shape []byteSet
	// assigned: behind the word comes what assigns a value.
	assigned bool
}

// anchoring says where an expression can match, by its anchors. Without anchors it can match everywhere.
type anchoring struct {
	anchors []anchor
	// before is how many characters of a match come before an anchor at most.
	before int
	// after bounds what comes from the anchor's first byte on.
	after extent
}

// extent is how far a match reaches: over so many characters that are not in open at most, and any number that are.
type extent struct {
	chars int
	open  byteSet
}

func (e extent) closed() bool { return e.open == byteSet{} }

// Limits of anchors: how many words an expression may have, from which length a word needs no more letters, and how
// long a shape is looked at.
const (
	maxWords   = 40
	goodLength = 4
	maxShape   = 24
)

// assignment is how gitleaks' rules for keys without a format of their own go on behind the name of the key.
const assignment = `(?:[ \t\w.-]{0,20})[\s'"]{0,3}(?:=|>|:{1,3}=|\|\||:|=>|\?=|,)[\x60'"\s=]{0,5}`

// anchorsOf reads an expression, which compiles.
func anchorsOf(expr string) anchoring {
	re, err := syntax.Parse(expr, syntax.Perl)
	if err != nil {
		return anchoring{}
	}
	var out anchoring
	for _, branch := range branches(re) {
		one, ok := bestAnchor(branch)
		if !ok {
			return anchoring{}
		}
		out.anchors = append(out.anchors, one.anchors...)
		out.before = max(out.before, one.before)
		out.after.chars = max(out.after.chars, one.after.chars)
		out.after.open.join(one.after.open)
	}
	return out
}

// parts are what an expression is put together from, one behind the other.
func parts(re *syntax.Regexp) []*syntax.Regexp {
	switch re.Op {
	case syntax.OpCapture:
		return parts(re.Sub[0])
	case syntax.OpConcat:
		var out []*syntax.Regexp
		for _, sub := range re.Sub {
			out = append(out, parts(sub)...)
		}
		return out
	}
	return []*syntax.Regexp{re}
}

// branches are the alternatives of an expression, each as its parts.
func branches(re *syntax.Regexp) [][]*syntax.Regexp {
	all := parts(re)
	at := slices.IndexFunc(all, func(p *syntax.Regexp) bool { return p.Op == syntax.OpAlternate })
	if at < 0 {
		return [][]*syntax.Regexp{all}
	}
	if _, exact := forms(all[at]); exact || slices.ContainsFunc(all[:at], matchesText) {
		return [][]*syntax.Regexp{all}
	}
	var out [][]*syntax.Regexp
	for _, sub := range all[at].Sub {
		for _, b := range branches(sub) {
			out = append(out, slices.Concat(all[:at], b, all[at+1:]))
		}
	}
	return out
}

func matchesText(re *syntax.Regexp) bool { return extentOf(re).chars > 0 || !extentOf(re).closed() }

// bestAnchor takes the longest word that each match of the parts has, at a place that is not too far behind their beginning.
func bestAnchor(all []*syntax.Regexp) (best anchoring, found bool) {
	var before extent
	score := 1
	for i := range all {
		if !before.closed() {
			break
		}
		words, behind := wordsAt(all[i:])
		length := shortestOf(words)
		if length > score || length == score && found && len(words) < len(best.anchors) {
			score, found = length, true
			best = anchoring{before: before.chars, after: extentOf(all[i:]...)}
			rest := all[i+behind:]
			for _, w := range words {
				best.anchors = append(best.anchors, anchor{word: w, shape: shapeOf(rest), assigned: assigns(rest)})
			}
		}
		before = extentOf(all[:i+1]...)
	}
	return best, found
}

func shortestOf(words []string) int {
	if len(words) == 0 {
		return 0
	}
	n := goodLength
	for _, w := range words {
		n = min(n, len(w))
	}
	return n
}

// wordsAt are the forms that the first parts have together, and how many parts those are.
func wordsAt(all []*syntax.Regexp) (words []string, behind int) {
	words = []string{""}
	for behind < len(all) {
		more, ok := forms(all[behind])
		if !ok || len(more)*len(words) > maxWords || len(more) > 1 && words[0] != "" && shortestOf(words) >= goodLength {
			break
		}
		words = product(words, more)
		behind++
	}
	slices.Sort(words)
	return slices.Compact(words), behind
}

func product(a, b []string) (out []string) {
	for _, x := range a {
		for _, y := range b {
			out = append(out, x+y)
		}
	}
	return out
}

// forms are all texts that an expression matches, in lower case, if they are few.
func forms(re *syntax.Regexp) (out []string, ok bool) {
	switch re.Op {
	case syntax.OpEmptyMatch, syntax.OpWordBoundary, syntax.OpNoWordBoundary, syntax.OpBeginText, syntax.OpBeginLine:
		return []string{""}, true
	case syntax.OpLiteral:
		s := strings.ToLower(string(re.Rune))
		return []string{s}, isASCII(s)
	case syntax.OpCharClass:
		set, wide := classOf(re)
		for c := range 128 {
			if c := byte(c); set.has(c) && (c < 'A' || c > 'Z' || !set.has(c+'a'-'A')) {
				out = append(out, strings.ToLower(string(rune(c))))
			}
		}
		return out, !wide && len(out) <= maxWords
	case syntax.OpCapture:
		return forms(re.Sub[0])
	case syntax.OpQuest:
		out, ok = forms(re.Sub[0])
		return append(out, ""), ok
	case syntax.OpConcat:
		out = []string{""}
		for _, sub := range re.Sub {
			more, ok := forms(sub)
			if out = product(out, more); !ok || len(out) > maxWords {
				return nil, false
			}
		}
		return out, true
	case syntax.OpAlternate:
		for _, sub := range re.Sub {
			more, ok := forms(sub)
			if out = append(out, more...); !ok || len(out) > maxWords {
				return nil, false
			}
		}
		return out, true
	}
	return nil, false
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}

// classOf is the bytes of a class of characters, and whether it has some outside ASCII. The two that fold to k and s are
// no reason to look at more.
func classOf(re *syntax.Regexp) (set byteSet, wide bool) {
	for i := 0; i+1 < len(re.Rune); i += 2 {
		for r := re.Rune[i]; r <= min(re.Rune[i+1], unicode.MaxASCII); r++ {
			set.add(byte(r))
		}
		if re.Rune[i+1] > unicode.MaxASCII && re.Rune[i] != 'ſ' && re.Rune[i] != '\u212a' {
			wide = true
		}
	}
	return set, wide
}

// bytesOf are all bytes that a match of an expression can have.
func bytesOf(re *syntax.Regexp) (set byteSet) {
	wide := false
	switch re.Op {
	case syntax.OpLiteral:
		for _, r := range re.Rune {
			if r > unicode.MaxASCII {
				wide = true
				continue
			}
			set.add(byte(r))
			if re.Flags&syntax.FoldCase != 0 && unicode.IsLetter(r) {
				set.add(byte(r) ^ 0x20)
			}
		}
	case syntax.OpCharClass:
		set, wide = classOf(re)
	case syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		for c := range 128 {
			if c != '\n' || re.Op == syntax.OpAnyChar {
				set.add(byte(c))
			}
		}
		wide = true
	default:
		for _, sub := range re.Sub {
			set.join(bytesOf(sub))
		}
	}
	for c := 0x80; wide && c < 0x100; c++ {
		set.add(byte(c))
	}
	return set
}

// extentOf is how far parts reach, one behind the other.
func extentOf(all ...*syntax.Regexp) (sum extent) {
	for _, re := range all {
		var e extent
		switch re.Op {
		case syntax.OpLiteral:
			e.chars = len(re.Rune)
		case syntax.OpCharClass, syntax.OpAnyChar, syntax.OpAnyCharNotNL:
			e.chars = 1
		case syntax.OpStar, syntax.OpPlus:
			e.open = bytesOf(re.Sub[0])
		case syntax.OpRepeat:
			if re.Max < 0 {
				e.open = bytesOf(re.Sub[0])
			} else {
				e = extentOf(re.Sub[0])
				e.chars *= re.Max
			}
		case syntax.OpAlternate:
			for _, sub := range re.Sub {
				one := extentOf(sub)
				e.chars = max(e.chars, one.chars)
				e.open.join(one.open)
			}
		default:
			e = extentOf(re.Sub...)
		}
		sum.chars += e.chars
		sum.open.join(e.open)
	}
	return sum
}

// shapeOf is what the first bytes of a match of parts must be, as far as each has one fixed place.
func shapeOf(all []*syntax.Regexp) (out []byteSet) {
	for _, re := range all {
		switch re.Op {
		case syntax.OpLiteral, syntax.OpCharClass:
			one, ok := fixed(re)
			if !ok {
				return out
			}
			out = append(out, one...)
		case syntax.OpPlus, syntax.OpRepeat:
			one, ok := fixed(re.Sub[0])
			if !ok || len(one) != 1 {
				return out
			}
			for range max(re.Min, 1) {
				if re.Op == syntax.OpRepeat && re.Min == 0 || len(out) >= maxShape {
					return out
				}
				out = append(out, one[0])
			}
			if re.Max != re.Min || re.Op == syntax.OpPlus {
				return out
			}
		case syntax.OpEmptyMatch, syntax.OpWordBoundary, syntax.OpNoWordBoundary:
		default:
			return out
		}
	}
	return out
}

// fixed is a literal or a class of ASCII as a set for each byte.
func fixed(re *syntax.Regexp) (out []byteSet, ok bool) {
	switch re.Op {
	case syntax.OpCapture:
		return fixed(re.Sub[0])
	case syntax.OpCharClass:
		set, wide := classOf(re)
		return []byteSet{set}, !wide
	case syntax.OpLiteral:
		for _, r := range re.Rune {
			if r > unicode.MaxASCII {
				return nil, false
			}
			var set byteSet
			set.add(byte(r))
			if re.Flags&syntax.FoldCase != 0 && unicode.IsLetter(r) {
				set.add(byte(r) ^ 0x20)
			}
			out = append(out, set)
		}
		return out, true
	}
	return nil, false
}

// assignmentParts is the assignment as the parts that it has in an expression that ignores case.
var assignmentParts = func() []string {
	re, err := syntax.Parse("(?i)"+assignment, syntax.Perl)
	if err != nil {
		return nil
	}
	var out []string
	for _, p := range parts(re) {
		out = append(out, p.String())
	}
	return out
}()

// assigns reports whether parts begin with an assignment.
func assigns(all []*syntax.Regexp) bool {
	if len(assignmentParts) == 0 || len(all) < len(assignmentParts) {
		return false
	}
	for i, want := range assignmentParts {
		if all[i].String() != want {
			return false
		}
	}
	return true
}

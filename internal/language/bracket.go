package language

// bracket reads the set that starts at p[i] == '[' and returns the index of its closing bracket.
// It is false for a set without an end or with an unknown class.
func bracket(p string, i int) (set *[256]bool, end int, ok bool) {
	at := func(k int) byte {
		if k < len(p) {
			return p[k]
		}
		return 0
	}
	set = new([256]bool)
	i++
	negated := at(i) == '!' || at(i) == '^'
	if negated {
		i++
	}
	// A bracket that comes first is a member. previous is the start of a range, 0 when there can be none.
	var previous byte
	for first := true; first || at(i) != ']'; first = false {
		c := at(i)
		switch {
		case c == 0:
			return nil, 0, false
		case c == '\\':
			i++
			if c = at(i); c == 0 {
				return nil, 0, false
			}
			set[c] = true
		case c == '-' && previous != 0 && at(i+1) != 0 && at(i+1) != ']':
			i++
			if c = at(i); c == '\\' {
				i++
				if c = at(i); c == 0 {
					return nil, 0, false
				}
			}
			for k := int(previous); k <= int(c); k++ {
				set[k] = true
			}
			c = 0
		case c == '[' && at(i+1) == ':':
			stop := i + 2
			for at(stop) != 0 && at(stop) != ']' {
				stop++
			}
			if at(stop) == 0 {
				return nil, 0, false
			}
			if stop-i-3 < 0 || at(stop-1) != ':' {
				set['['] = true
				break
			}
			in, known := classes[p[i+2:stop-1]]
			if !known {
				return nil, 0, false
			}
			for k := range 128 {
				if in(byte(k)) {
					set[k] = true
				}
			}
			i, c = stop, 0
		default:
			set[c] = true
		}
		previous = c
		i++
	}
	if negated {
		for k := range set {
			set[k] = !set[k]
		}
	}
	return set, i, true
}

func between(c, from, to byte) bool { return c >= from && c <= to }

func letter(c byte) bool { return between(c|0x20, 'a', 'z') }

func digit(c byte) bool { return between(c, '0', '9') }

func graph(c byte) bool { return between(c, 0x21, 0x7e) }

// classes are the named classes of POSIX in the C locale.
var classes = map[string]func(byte) bool{
	"alnum":  func(c byte) bool { return letter(c) || digit(c) },
	"alpha":  letter,
	"blank":  func(c byte) bool { return c == ' ' || c == '\t' },
	"cntrl":  func(c byte) bool { return c < 0x20 || c == 0x7f },
	"digit":  digit,
	"graph":  graph,
	"lower":  func(c byte) bool { return between(c, 'a', 'z') },
	"print":  func(c byte) bool { return between(c, 0x20, 0x7e) },
	"punct":  func(c byte) bool { return graph(c) && !letter(c) && !digit(c) },
	"space":  func(c byte) bool { return c == ' ' || between(c, '\t', '\r') },
	"upper":  func(c byte) bool { return between(c, 'A', 'Z') },
	"xdigit": func(c byte) bool { return digit(c) || between(c|0x20, 'a', 'f') },
}

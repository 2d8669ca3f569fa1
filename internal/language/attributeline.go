package language

import (
	"errors"
	"fmt"
	"strings"
)

const (
	blanks      = " \t\r\n"
	macroPrefix = "[attr]"
)

// line reads one line of the .gitattributes file in dir. read is true when it held a rule or a macro.
func (a *Attributes) line(dir, line string) (read bool, err error) {
	if len(line) >= maxAttributeLine {
		return false, fmt.Errorf("the line is longer than %d bytes", maxAttributeLine-1)
	}
	line = strings.TrimLeft(line, blanks)
	if line == "" || line[0] == '#' {
		return false, nil
	}
	name, rest, quoted := unquoteC(line)
	if !quoted {
		name, rest = cutWord(line)
	}
	macro := strings.HasPrefix(name, macroPrefix) && len(name) > len(macroPrefix)
	if macro {
		if dir != "" {
			return false, errors.New("macros are read in the root's .gitattributes only")
		}
		if name, _ = cutWord(strings.TrimLeft(name[len(macroPrefix):], blanks)); !validAttribute(name) {
			return false, fmt.Errorf("%q is not a name for an attribute", name)
		}
	}
	assigns, err := parseAssignments(rest)
	if err != nil {
		return false, err
	}
	switch {
	case macro:
		a.macros[name] = assigns
		return true, nil
	case strings.HasPrefix(name, "!"):
		return false, errors.New(`a pattern cannot be negated; write "\!" for a leading exclamation mark`)
	case name == "" || len(assigns) == 0:
		return false, nil
	}
	a.files[dir] = append(a.files[dir], attributeRule{newPattern(name), assigns})
	return true, nil
}

// parseAssignments reads "name", "-name", "!name" and "name=value", parted by blanks.
func parseAssignments(s string) ([]assignment, error) {
	var out []assignment
	for {
		s = strings.TrimLeft(s, blanks)
		if s == "" {
			return out, nil
		}
		var word string
		word, s = cutWord(s)
		as := assignment{value: Value{Setting: Set}}
		name, value, valued := strings.Cut(word, "=")
		switch {
		case strings.HasPrefix(name, "-"):
			as.name, as.value.Setting = name[1:], Unset
		case strings.HasPrefix(name, "!"):
			as.name, as.value.Setting = name[1:], Unspecified
		case valued:
			as.name, as.value = name, Value{Valued, value}
		default:
			as.name = name
		}
		if !validAttribute(as.name) {
			return nil, fmt.Errorf("%q is not a name for an attribute", as.name)
		}
		out = append(out, as)
	}
}

// validAttribute allows letters, digits, "-", "_" and "."; a name does not start with "-".
func validAttribute(name string) bool {
	if name == "" || name[0] == '-' {
		return false
	}
	for i := range len(name) {
		if c := name[i]; !letter(c) && !digit(c) && !strings.ContainsRune("-_.", rune(c)) {
			return false
		}
	}
	return true
}

func cutWord(s string) (word, rest string) {
	if i := strings.IndexAny(s, blanks); i >= 0 {
		return s[:i], s[i:]
	}
	return s, ""
}

// unquoteC reads a pattern in double quotes with C escapes. It is false when s does not start with a well-formed one.
func unquoteC(s string) (text, rest string, ok bool) {
	if s[0] != '"' {
		return "", s, false
	}
	var b strings.Builder
	for i := 1; i < len(s); i++ {
		switch c := s[i]; c {
		case '"':
			return b.String(), s[i+1:], true
		case '\\':
			i++
			if i >= len(s) {
				return "", s, false
			}
			if between(s[i], '0', '3') {
				if i+2 >= len(s) || !between(s[i+1], '0', '7') || !between(s[i+2], '0', '7') {
					return "", s, false
				}
				b.WriteByte((s[i]-'0')<<6 | (s[i+1]-'0')<<3 | (s[i+2] - '0'))
				i += 2
				continue
			}
			at := strings.IndexByte(`abtnvfr"\`, s[i])
			if at < 0 {
				return "", s, false
			}
			b.WriteByte("\a\b\t\n\v\f\r\"\\"[at])
		default:
			b.WriteByte(c)
		}
	}
	return "", s, false
}

package diff

import (
	"fmt"
	"strings"
)

// unquote reads a path as git writes it: plain, or in double quotes with C escapes and octal bytes.
// The source of the escapes is git's documentation of core.quotePath.
func unquote(s string) (string, error) {
	if !strings.HasPrefix(s, `"`) {
		return s, nil
	}
	path, rest, err := unquotePrefix(s)
	if err == nil && rest != "" {
		err = fmt.Errorf("unexpected text after the quoted path %q", clip(s))
	}
	return path, err
}

// unquotePrefix reads one quoted path at the start of s and returns what follows it.
func unquotePrefix(s string) (path, rest string, err error) {
	var b strings.Builder
	for i := 1; i < len(s); i++ {
		switch c := s[i]; c {
		case '"':
			return b.String(), s[i+1:], nil
		case '\\':
			i++
			if i >= len(s) {
				return "", "", fmt.Errorf("quoted path %q ends in a backslash", clip(s))
			}
			if s[i] >= '0' && s[i] <= '3' {
				if i+2 >= len(s) || !octal(s[i+1]) || !octal(s[i+2]) {
					return "", "", fmt.Errorf("bad octal escape in the quoted path %q", clip(s))
				}
				b.WriteByte((s[i]-'0')<<6 | (s[i+1]-'0')<<3 | (s[i+2] - '0'))
				i += 2
				continue
			}
			plain := strings.IndexByte(`abtnvfr"\`, s[i])
			if plain < 0 {
				return "", "", fmt.Errorf("unknown escape \\%c in the quoted path %q", s[i], clip(s))
			}
			b.WriteByte("\a\b\t\n\v\f\r\"\\"[plain])
		default:
			b.WriteByte(c)
		}
	}
	return "", "", fmt.Errorf("quoted path %q has no closing quote", clip(s))
}

func octal(c byte) bool { return c >= '0' && c <= '7' }

// requote rewrites one header line so that go-gitdiff reads its quoted paths right. The library takes the last of two backslashes
// for the escape of a closing quote, and reads bytes beyond ASCII as runes, which loses those that are not UTF-8.
func requote(line string) string {
	if !strings.Contains(line, `"`) {
		return line
	}
	var b strings.Builder
	quoted := false
	for i := 0; i < len(line); i++ {
		c := line[i]
		switch {
		case c == '"':
			quoted = !quoted
			b.WriteByte(c)
		case quoted && c == '\\' && i+1 < len(line):
			i++
			if line[i] == '\\' {
				b.WriteString(`\134`)
			} else {
				b.WriteByte(c)
				b.WriteByte(line[i])
			}
		case quoted && c >= 0x80:
			fmt.Fprintf(&b, `\%03o`, c)
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}

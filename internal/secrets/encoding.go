package secrets

import (
	"encoding/base64"
	"encoding/hex"
	"strconv"
	"strings"
)

// encoded is the next stretch of a text that may be encoded, and what undoes its encoding.
type encoded struct {
	start, end int
	decode     func(string) string
}

// Shortest lengths of what is taken for hexadecimal and for base64.
const (
	shortestHex    = 32
	shortestBase64 = 16
)

var (
	hexDigits = setOf("0123456789abcdefABCDEF", false)
	base64s   = setOf("/+-", true)
	spaces    = setOf(" \t\n\f\r", false)
)

// encodings finds what hides a text: percent-encoding, escapes of Unicode, hexadecimal, base64, tried in this order at
// one place.
type encodings struct {
	text string
	at   int
	// lineEnd is where the line ends in which a stretch between percent signs was no text: until there each stands alone.
	lineEnd int
	// run is where the run of base64's characters ends that was looked at last.
	run int
}

// next finds the next stretch behind the last one.
func (e *encodings) next() (encoded, bool) {
	for ; e.at < len(e.text); e.at++ {
		c := e.text[e.at]
		switch {
		case c == '%' && isPercent(e.text, e.at):
			return encoded{e.at, e.percentEnd(), fromPercent}, true
		case c == 'U' || c == '\\':
			if end := unicodeEnd(e.text, e.at); end > e.at {
				return encoded{e.at, end, fromUnicode}, true
			}
		}
		if !base64s.has(c) || e.at < e.run {
			continue
		}
		end := run(e.text, e.at, base64s)
		if end-e.at < shortestBase64 {
			e.run = end
			continue
		}
		if h := run(e.text[:end], e.at, hexDigits); h-e.at >= shortestHex {
			return encoded{e.at, h, fromHex}, true
		}
		for n := 0; n < 2 && end < len(e.text) && e.text[end] == '='; n++ {
			end++
		}
		return encoded{e.at, end, fromBase64}, true
	}
	return encoded{}, false
}

func run(text string, from int, of byteSet) int {
	for from < len(text) && of.has(text[from]) {
		from++
	}
	return from
}

func isPercent(text string, at int) bool {
	return at+2 < len(text) && text[at] == '%' && hexDigits.has(text[at+1]) && hexDigits.has(text[at+2])
}

// percentEnd is behind the last of a line, or of those that stand together when the line's were no text.
func (e *encodings) percentEnd() int {
	end := e.at + 3
	if e.at < e.lineEnd {
		for isPercent(e.text, end) {
			end += 3
		}
		return end
	}
	line := len(e.text)
	if i := strings.IndexByte(e.text[e.at:], '\n'); i >= 0 {
		line = e.at + i
	}
	for last := line - 3; last >= end; last-- {
		if isPercent(e.text[:line], last) {
			return last + 3
		}
	}
	return end
}

// failed goes on behind a stretch that was no encoded text. Between percent signs there may be another encoding.
func (e *encodings) failed(x encoded) {
	e.at = x.end
	if e.text[x.start] == '%' && x.start >= e.lineEnd {
		e.at, e.lineEnd = x.start+3, x.end
	}
}

// unicodeEnd is behind the escapes of Unicode that begin at a place: all as "U+0041 ", or all with a backslash.
func unicodeEnd(text string, at int) int {
	one := backslashEnd
	if text[at] == 'U' {
		one = plusEnd
	}
	for at < len(text) {
		end := one(text, at)
		if end == 0 {
			break
		}
		at = end
	}
	return at
}

func plusEnd(text string, at int) int {
	if !strings.HasPrefix(text[at:], "U+") || !fourHex(text, at+2) {
		return 0
	}
	if end := at + 6; end == len(text) || spaces.has(text[end]) {
		return min(end+1, len(text))
	}
	return 0
}

func backslashEnd(text string, at int) int {
	for range 2 {
		if at >= len(text) || text[at] != '\\' {
			return 0
		}
		if at++; at < len(text) && (text[at] == 'u' || text[at] == 'U') && fourHex(text, at+1) {
			return at + 5
		}
	}
	return 0
}

func fourHex(text string, at int) bool {
	return at+4 <= len(text) && run(text[:at+4], at, hexDigits) == at+4
}

// printable reports whether a text is printable ASCII with its white space: what decodes to anything else was no text.
func printable(s string) bool {
	for i := range len(s) {
		if s[i] <= 8 || s[i] >= 127 {
			return false
		}
	}
	return true
}

// fromPercent undoes percent-encoding. A sign that begins none stays.
func fromPercent(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if isPercent(s, i) {
			c, _ := strconv.ParseUint(s[i+1:i+3], 16, 8) // two digits, which always read
			b.WriteByte(byte(c))
			i += 2
			continue
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

// fromUnicode takes the four digits behind each "u" or "U+".
func fromUnicode(s string) string {
	var b strings.Builder
	for i := 0; i+4 <= len(s); i++ {
		if i > 0 && (s[i-1] == 'u' || s[i-1] == 'U' || s[i-1] == '+') && fourHex(s, i) {
			c, _ := strconv.ParseUint(s[i:i+4], 16, 16) // four digits, which always read
			b.WriteRune(rune(c))
			i += 3
		}
	}
	return b.String()
}

// fromHex takes only what has a digit: long words of a to f alone are no encoding.
func fromHex(s string) string {
	if first, err := hex.DecodeString(s[:2]); err != nil || !printable(string(first)) || !strings.ContainsAny(s, "0123456789") {
		return ""
	}
	b, err := hex.DecodeString(s)
	if err != nil {
		return ""
	}
	return string(b)
}

// fromBase64 takes only what has a digit or a sign: long names in code have neither, and nearly all that is encoded has one.
func fromBase64(s string) string {
	if !base64Text(s) || !strings.ContainsAny(s, "0123456789+/-_") {
		return ""
	}
	for _, e := range []*base64.Encoding{base64.StdEncoding, base64.RawURLEncoding} {
		if b, err := e.DecodeString(s); err == nil && printable(string(b)) {
			return string(b)
		}
	}
	return ""
}

// base64Text reports whether the first three characters that base64 hides are printable, which those of names seldom are.
func base64Text(s string) bool {
	var bits uint32
	for i := range 4 {
		bits = bits<<6 | sextet(s[i])
	}
	return printable(string([]byte{byte(bits >> 16), byte(bits >> 8), byte(bits)})) //nolint:gosec // a byte each
}

func sextet(c byte) uint32 {
	switch {
	case c >= 'a':
		return uint32(c-'a') + 26
	case c >= 'A' && c <= 'Z':
		return uint32(c - 'A')
	case c >= '0' && c <= '9':
		return uint32(c-'0') + 52
	case c == '+' || c == '-':
		return 62
	}
	return 63
}

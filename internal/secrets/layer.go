package secrets

import (
	"encoding/base64"
	"encoding/hex"
	"regexp"
	"strconv"
	"strings"
	"sync"
)

// layer is a text, or what is left of one when the encodings in it are undone.
type layer struct {
	text string
	// of is the layer that this one was decoded from; nil for the text itself.
	of    *layer
	parts []part
}

// part is one stretch that was decoded: where it is in this layer, and where its encoding was in the layer before.
type part struct{ from, to, start, end int }

// encodings are what hides a text: percent-encoding, escapes of Unicode, hexadecimal, base64, in the order in which
// they are tried at one place.
var encodings = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(%[0-9A-Fa-f]{2}(?:.*%[0-9A-Fa-f]{2})?)|((?:U\+[0-9A-Fa-f]{4}(?:\s|$))+|(?:\\{1,2}[uU][0-9A-Fa-f]{4})+)` +
		`|([0-9A-Fa-f]{32,})|([\w/+-]{16,}={0,2})`)
})

var decoders = [...]func(string) string{fromPercent, fromUnicode, fromHex, fromBase64}

// decode undoes the encodings in a layer; nil when there are none.
func (l *layer) decode() *layer {
	var b strings.Builder
	next := &layer{of: l}
	at := 0
	for _, m := range encodings().FindAllStringSubmatchIndex(l.text, -1) {
		for i, decode := range decoders {
			start, end := m[2*i+2], m[2*i+3]
			if start < 0 {
				continue
			}
			plain := decode(l.text[start:end])
			if plain == "" || !printable(plain) {
				continue
			}
			b.WriteString(l.text[at:start])
			from := b.Len()
			b.WriteString(plain)
			next.parts = append(next.parts, part{from, b.Len(), start, end})
			at = end
		}
	}
	if len(next.parts) == 0 {
		return nil
	}
	b.WriteString(l.text[at:])
	next.text = b.String()
	return next
}

// decoded reports whether a stretch has a part that was decoded to make this layer.
func (l *layer) decoded(start, end int) bool {
	for _, p := range l.parts {
		if p.from < end && start < p.to {
			return true
		}
	}
	return false
}

// original says where a stretch stands in the text itself. Of what was decoded all of its encoding counts.
func (l *layer) original(start, end int) (from, to int) {
	if l.of == nil {
		return start, end
	}
	shift := func(at int) int {
		out := at
		for _, p := range l.parts {
			if p.to <= at {
				out = at + p.end - p.to
			}
		}
		return out
	}
	from, to = shift(start), shift(end)
	for _, p := range l.parts {
		if p.from < end && start < p.to {
			from, to = min(from, p.start), max(to, p.end)
		}
	}
	return l.of.original(from, to)
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
		if s[i] == '%' && i+2 < len(s) {
			if c, err := strconv.ParseUint(s[i+1:i+3], 16, 8); err == nil {
				b.WriteByte(byte(c))
				i += 2
				continue
			}
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

var codePoint = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`(?:U\+|\\{1,2}[uU])([0-9A-Fa-f]{4})`) })

func fromUnicode(s string) string {
	var b strings.Builder
	for _, m := range codePoint().FindAllStringSubmatch(s, -1) {
		if c, err := strconv.ParseUint(m[1], 16, 16); err == nil {
			b.WriteRune(rune(c))
		}
	}
	return b.String()
}

// fromHex takes only what has a digit: long words of a to f alone are no encoding.
func fromHex(s string) string {
	b, err := hex.DecodeString(s)
	if err != nil || !strings.ContainsAny(s, "0123456789") {
		return ""
	}
	return string(b)
}

// fromBase64 takes only what has a digit or a sign: long names in code have neither, and nearly all that is encoded has one.
func fromBase64(s string) string {
	if !strings.ContainsAny(s, "0123456789+/-_") {
		return ""
	}
	for _, e := range []*base64.Encoding{base64.StdEncoding, base64.RawURLEncoding} {
		if b, err := e.DecodeString(s); err == nil && printable(string(b)) {
			return string(b)
		}
	}
	return ""
}

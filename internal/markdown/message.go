package markdown

import (
	"strings"

	"github.com/lintel-review/lintel/internal/lazyregexp"
)

// Message is Text for a sentence of ours that may quote others. What people copy out of it is never split: ids of
// commits and long numbers become code spans, which no forge links, and so do the owners and logins of own, which are
// ours to name ("@acme/payments"). All else is text, and a mention that is not in own stays broken.
func (d Dialect) Message(s string, own map[string]bool) string {
	var b strings.Builder
	s = visible(s, ' ')
	from := 0
	for _, at := range token.FindAllStringIndex(s, -1) {
		start, end := at[0], at[1]
		if start < from || touchesTick(s, start, end) {
			continue
		}
		if word := s[start:end]; strings.Contains(word, "@") {
			// A full stop or a dash at its end is the sentence's.
			for word != "" && !own[word] && strings.ContainsAny(word[len(word)-1:], ".-/") {
				word = word[:len(word)-1]
			}
			if end = start + len(word); !own[word] || touchesTick(s, start, end) {
				continue
			}
		} else if !strings.ContainsAny(word, "0123456789") {
			continue
		}
		b.WriteString(d.spaced(s[from:start]) + "`" + s[start:end] + "`")
		from = end
	}
	b.WriteString(d.spaced(s[from:]))
	return strings.TrimSpace(b.String())
}

// token finds what may be an owner or a login with its "@", an address, or the id of a commit.
var token = lazyregexp.New(`[A-Za-z0-9_.+-]*@[A-Za-z0-9_./-]+|\b[0-9a-fA-F]{7,64}\b`)

// touchesTick reports whether a span from start to end would stand beside a back-tick of the text.
func touchesTick(s string, start, end int) bool {
	return start > 0 && s[start-1] == '`' || end < len(s) && s[end] == '`'
}

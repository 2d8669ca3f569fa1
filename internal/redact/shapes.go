package redact

import (
	"strings"

	"github.com/lintel-review/lintel/internal/lazyregexp"
	"github.com/lintel-review/lintel/internal/secrets"
)

// joinLiterals takes out what stands between pieces of texts, and says for each byte that is left where it was.
func joinLiterals(text string) (joined string, origin []int) {
	cuts := secrets.Pieces(text)
	if len(cuts) == 0 {
		return text, nil
	}
	var b strings.Builder
	at := 0
	keep := func(from, to int) {
		b.WriteString(text[from:to])
		for i := from; i < to; i++ {
			origin = append(origin, i)
		}
	}
	for _, c := range cuts {
		keep(at, c[0])
		at = c[1]
	}
	keep(at, len(text))
	return b.String(), origin
}

var (
	beginKey = lazyregexp.New(`-----BEGIN[ A-Z0-9_-]{0,100}PRIVATE KEY`)
	endKey   = lazyregexp.New(`-----END[ A-Z0-9_-]{0,100}PRIVATE KEY`)
	// keyLine is a whole line of base64 as keys are broken into; quotes, a sign of a diff and an escaped line end may stand around it.
	keyLine = lazyregexp.New(`^[ \t+\-#/*"'` + "`" + `]*[A-Za-z0-9+/]{40,80}={0,2}(?:\\n)?["'` + "`" + `,;+ \t\r]*$`)
	// keyTail is the shorter last line of a block.
	keyTail = lazyregexp.New(`^[ \t+\-#/*"'` + "`" + `]*[A-Za-z0-9+/]{1,80}={0,2}(?:\\n)?["'` + "`" + `,;+ \t\r]*$`)
)

// keyBlock is how many lines of base64 on end are taken for a key without its first or last line, as the context of a diff cuts it.
const keyBlock = 3

// keyMaterial finds private keys whose first or last line is not in the text, which the engine needs both.
func keyMaterial(text string, starts []int) []span {
	lines := strings.Split(text, "\n")
	secret := make([]bool, len(lines))
	for i := 0; i < len(lines); i++ {
		switch {
		case beginKey.MatchString(lines[i]) && !endKey.MatchString(lines[i]):
			for j := i + 1; j < len(lines) && (keyTail.MatchString(lines[j]) || header(lines[j])); j++ {
				secret[j] = true
			}
		case endKey.MatchString(lines[i]) && !beginKey.MatchString(lines[i]):
			for j := i - 1; j >= 0 && keyTail.MatchString(lines[j]); j-- {
				secret[j] = true
			}
		}
	}
	for i := 0; i < len(lines); {
		n := 0
		for i+n < len(lines) && keyLine.MatchString(lines[i+n]) {
			n++
		}
		if n >= keyBlock {
			if i+n < len(lines) && keyTail.MatchString(lines[i+n]) {
				n++
			}
			for j := i; j < i+n; j++ {
				secret[j] = true
			}
		}
		i += max(n, 1)
	}
	var out []span
	for i, is := range secret {
		if is && strings.TrimSpace(lines[i]) != "" {
			out = append(out, span{starts[i], starts[i] + len(strings.TrimRight(lines[i], "\r"))})
		}
	}
	return out
}

// header is a line between a key's first line and its text, as in an encrypted PEM block, or an empty one.
func header(line string) bool {
	line = strings.TrimSpace(line)
	return line == "" || strings.HasPrefix(line, "Proc-Type:") || strings.HasPrefix(line, "DEK-Info:") ||
		strings.HasPrefix(line, "Version:") || strings.HasPrefix(line, "Comment:")
}

// inURL is a password in an address. A placeholder or a variable in its place is none.
var inURL = lazyregexp.New(`[a-zA-Z][a-zA-Z0-9+.-]{1,30}://[^\s/:@"'<>]{0,200}:([^\s/@"'<>{}$]{3,200})@[a-zA-Z0-9\[]`)

func credentialsInURLs(text string) []span {
	if !strings.Contains(text, "://") {
		return nil
	}
	var out []span
	for _, m := range inURL.FindAllStringSubmatchIndex(text, -1) {
		out = append(out, span{m[2], m[3]})
	}
	return out
}

package page

import (
	"html"
	"net/url"
	"strings"
	"unicode"
)

// inline renders the text inside a block. Everything not understood is escaped.
func inline(s string) string { return inlineDepth(s, 0) }

func inlineDepth(s string, depth int) string {
	if depth > maxNesting {
		return html.EscapeString(s)
	}
	var out strings.Builder
	for i := 0; i < len(s); {
		if n, rendered := span(s, i, depth); n > 0 {
			out.WriteString(rendered)
			i += n
			continue
		}
		next := strings.IndexAny(s[i+1:], "\\`*_~[!<&h")
		end := len(s)
		if next >= 0 {
			end = i + 1 + next
		}
		out.WriteString(html.EscapeString(s[i:end]))
		i = end
	}
	return out.String()
}

// span renders what starts at s[i] and says how many bytes that was; 0 is plain text.
func span(s string, i, depth int) (int, string) {
	rest := s[i:min(len(s), i+maxSpan)]
	switch s[i] {
	case '\\':
		if len(rest) > 1 && strings.IndexByte("\\`*_{}[]()#+-.!|<>~&@", rest[1]) >= 0 {
			return 2, html.EscapeString(rest[1:2])
		}
		if len(rest) > 1 && rest[1] == '\n' { // a hard line break (CommonMark 6.7)
			return 2, "<br>"
		}
	case '`':
		return code(rest)
	case '*', '_':
		return emphasis(s, i, depth)
	case '~':
		if strings.HasPrefix(rest, "~~") {
			if end := strings.Index(rest[2:], "~~"); end > 0 {
				return end + 4, "<del>" + inlineDepth(rest[2:2+end], depth+1) + "</del>"
			}
		}
	case '!':
		if strings.HasPrefix(rest, "![") {
			if n, link := link(rest[1:], depth); n > 0 {
				return n + 1, link
			}
		}
	case '[':
		return link(rest, depth)
	case '<':
		return angle(rest)
	case '&':
		if end := strings.IndexByte(rest[:min(len(rest), 32)], ';'); end > 1 { // an entity is text, once decoded
			if decoded := html.UnescapeString(rest[:end+1]); decoded != rest[:end+1] {
				return end + 1, html.EscapeString(decoded)
			}
		}
	case 'h':
		return bareLink(s, i)
	}
	return 0, ""
}

// maxSpan bounds how far a mark looks for its end, so that hostile text costs little.
const maxSpan = 8 << 10

func code(rest string) (int, string) {
	rest = rest[:min(len(rest), maxSpan)]
	ticks := len(rest) - len(strings.TrimLeft(rest, "`"))
	mark := rest[:ticks]
	for from := ticks; ; {
		end := strings.Index(rest[from:], mark)
		if end < 0 {
			return ticks, html.EscapeString(mark)
		}
		end += from
		run := len(rest[end:]) - len(strings.TrimLeft(rest[end:], "`"))
		if run == ticks {
			body := strings.ReplaceAll(rest[ticks:end], "\n", " ")
			if trimmed := strings.TrimSpace(body); trimmed != "" && len(body) > 1 && body[0] == ' ' && body[len(body)-1] == ' ' {
				body = body[1 : len(body)-1]
			}
			return end + ticks, "<code>" + html.EscapeString(body) + "</code>"
		}
		from = end + run
	}
}

func emphasis(s string, i, depth int) (int, string) {
	rest, c := s[i:min(len(s), i+maxSpan)], s[i]
	if c == '_' && i > 0 && isWord(s[i-1]) { // snake_case stays as it is
		return 0, ""
	}
	for _, form := range []struct{ mark, tag string }{{string([]byte{c, c}), "strong"}, {string(c), "em"}} {
		if !strings.HasPrefix(rest, form.mark) {
			continue
		}
		n := len(form.mark)
		if len(rest) <= n || unicode.IsSpace(rune(rest[n])) {
			continue
		}
		end := strings.Index(rest[n:], form.mark)
		if end <= 0 || unicode.IsSpace(rune(rest[n+end-1])) || strings.Contains(rest[n:n+end], "\n\n") {
			continue
		}
		after := n + end + n
		if c == '_' && after < len(rest) && isWord(rest[after]) {
			continue
		}
		return after, "<" + form.tag + ">" + inlineDepth(rest[n:n+end], depth+1) + "</" + form.tag + ">"
	}
	return 0, ""
}

func isWord(c byte) bool {
	return c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

// link renders [text](target). A target that is not safe leaves the text alone.
func link(rest string, depth int) (int, string) {
	level, end := 0, -1
	for i := 0; i < len(rest) && i < 4096; i++ {
		switch rest[i] {
		case '\\':
			i++
		case '[':
			level++
		case ']':
			if level--; level == 0 {
				end = i
			}
		}
		if end >= 0 {
			break
		}
	}
	if end < 0 || end+1 >= len(rest) || rest[end+1] != '(' {
		return 0, ""
	}
	stop := strings.IndexByte(rest[end+2:], ')')
	if stop < 0 {
		return 0, ""
	}
	target, _, _ := strings.Cut(strings.TrimSpace(rest[end+2:end+2+stop]), " ")
	text := inlineDepth(rest[1:end], depth+1)
	n := end + 2 + stop + 1
	if strings.Contains(text, "<a ") { // no link in a link
		return n, text
	}
	if href, ok := safe(target); ok {
		return n, `<a href="` + href + `" rel="nofollow noreferrer">` + text + "</a>"
	}
	return n, text
}

// safe accepts http, https and places on this server.
func safe(target string) (string, bool) {
	u, err := url.Parse(target)
	if err != nil || (u.Scheme != "" && u.Scheme != "http" && u.Scheme != "https") || (u.Scheme == "" && u.Opaque != "") ||
		strings.HasPrefix(target, "//") {
		return "", false
	}
	return html.EscapeString(u.String()), true
}

// angle renders <br>, <https://autolinks> and the few tags without attributes that GitHub lets through; the rest is text.
func angle(rest string) (int, string) {
	end := strings.IndexByte(rest[:min(len(rest), 2048)], '>')
	if end < 0 {
		return 0, ""
	}
	inside := rest[1:end]
	switch lower := strings.ToLower(strings.TrimSpace(inside)); lower {
	case "br", "br/", "br /":
		return end + 1, "<br>"
	}
	if strings.HasPrefix(inside, "https://") || strings.HasPrefix(inside, "http://") {
		if href, ok := safe(inside); ok && !strings.ContainsAny(inside, " \"'<") {
			return end + 1, `<a href="` + href + `" rel="nofollow noreferrer">` + html.EscapeString(inside) + "</a>"
		}
	}
	if n := paired(rest); n > 0 {
		return n, renderPaired(rest[:n])
	}
	return 0, ""
}

var pairs = []string{"sub", "sup", "b", "i", "code", "kbd", "strong", "em"}

// paired finds a tag of pairs with its end in the same text.
func paired(rest string) int {
	for _, tag := range pairs {
		if strings.HasPrefix(rest, "<"+tag+">") {
			if end := strings.Index(rest, "</"+tag+">"); end >= 0 {
				return end + len(tag) + 3
			}
		}
	}
	return 0
}

func renderPaired(s string) string {
	tag := s[1:strings.IndexByte(s, '>')]
	return "<" + tag + ">" + inlineDepth(s[len(tag)+2:len(s)-len(tag)-3], maxNesting-1) + "</" + tag + ">"
}

func bareLink(s string, i int) (int, string) {
	rest := s[i:]
	if i > 0 && isWord(s[i-1]) || !(strings.HasPrefix(rest, "https://") || strings.HasPrefix(rest, "http://")) {
		return 0, ""
	}
	end := strings.IndexFunc(rest, func(r rune) bool { return unicode.IsSpace(r) || strings.ContainsRune("<>\"'`)]", r) })
	if end < 0 {
		end = len(rest)
	}
	address := strings.TrimRight(rest[:end], ".,:;!?*_")
	href, ok := safe(address)
	if !ok {
		return 0, ""
	}
	return len(address), `<a href="` + href + `" rel="nofollow noreferrer">` + html.EscapeString(address) + "</a>"
}

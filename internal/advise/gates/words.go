package gates

import (
	"html"
	"strings"

	"github.com/lintel-review/lintel/internal/lazyregexp"
	"github.com/lintel-review/lintel/internal/markdown"
)

// span is code in a message.
var span = lazyregexp.New("`([^`]{1,300})`")

// ident is an identifier, word a path or dotted name.
var ident = lazyregexp.New(`[\pL_$][\pL\pN_$]*`)

// everywhere are words of programming languages, and names that stand for any name, that a message may name even if the
// hunks do not.
var everywhere = func() map[string]bool {
	out := map[string]bool{}
	for _, w := range strings.Fields(
		`nil null none None undefined true false True False err error errors self this super return if else for while
		switch case default break continue func function def class struct interface type var let const defer go chan
		select range map make new len cap append copy delete panic recover try catch except finally raise throw throws
		async await yield with as in is not and or int int8 int16 int32 int64 uint uint8 uint32 uint64 float32 float64
		float bool boolean byte rune string str list dict set tuple void any object number bigint public private
		protected static final import package from NaN Infinity typeof instanceof String Number Boolean Object Array
		Promise Map Set Error Exception Option Result Some Ok Err NULL Null std foo bar baz qux FOO BAR VAR XXX NNN`) {
		out[w] = true
	}
	return out
}()

// unknown are the parts that a message marks as code and that name what nobody knows (G6): not the hunks, the changed files,
// unchanged ones that concern the change, or the facts.
func (c *Context) unknown(message string) (out []string) {
	spans := span.FindAllStringSubmatch(message, -1)
	if len(spans) == 0 {
		return nil
	}
	if c.known == nil {
		c.known = map[string]bool{}
		c.learn(c.Names...)
		for _, h := range c.Hunks {
			c.learn(h.Path, h.OldPath, h.Section)
			for _, l := range h.Lines {
				c.learn(l.Text)
			}
		}
		for _, f := range c.Facts {
			c.learn(f.Text, f.Source, f.Path)
		}
		for path, body := range c.Contents { // the changed files at the head, also where no hunk shows them
			c.learn(path, body)
		}
		for path, body := range c.Beside {
			c.learn(path, body)
		}
	}
	for _, s := range spans {
		for _, name := range ident.FindAllString(s[1], -1) {
			if len(name) < 2 || everywhere[strings.TrimLeft(name, "$")] || c.known[name] {
				continue
			}
			out = append(out, s[1])
			break
		}
	}
	return out
}

// proposal are words before a name that a finding proposes.
var proposal = lazyregexp.New(`(?i)\b(?:add|adding|use|using|call|calling|return|wrap|replace|prefer|consider|introduce|rename|` +
	`make|pass|set|check|import|handle|throw|raise|extract|move|with|to|instead|instead of|like|vs|versus|conventional|e\.g\.|` +
	`for example|such as|or|and|into)` +
	`(?:\s+(?:a|an|the|it|its|this|that|new|helper|function|method|named|called|constant|field|type))*[\s:(,]*$`)

// advising begins a sentence that proposes, exists follows a name that is said to be there.
var (
	advising = lazyregexp.New(`(?i)^[\s*_(]*(?:consider|use|replace|add|rename|move|introduce|extract|update|prefer|return|call|` +
		`switch|define|store|wrap|make|change|also consider|please (?:use|add|consider)|it (?:may|might|would) be better)\b`)
	exists = lazyregexp.New(`(?i)^\s*(?:does|do|is|are|was|has|have|exists?|already|returns?)\b`)
	listed = lazyregexp.New(`^[\s,/|]*(?:or|and)?\s*$`)
)

// calling are words before a name that is to be called, so that it must be there already.
var calling = lazyregexp.New(`(?i)\b(?:call|calling|invoke|invoking|use|using|run|running) +$`)

// proposed takes the marks of code off the unknown parts of a message when it proposes each of them. A claim that one of
// them exists is false. It is there as well if one of them is to be called, which somebody must look up.
func proposed(message string, unknown []string) (plain string, there, ok bool) {
	end := -1 // of the name that was proposed last
	for _, part := range unknown {
		marked := "`" + part + "`"
		for {
			i := strings.Index(message, marked)
			if i < 0 {
				break
			}
			before := sentence(message[:i])
			named := proposal.MatchString(before) || end >= 0 && end <= i && listed.MatchString(message[end:i])
			if !named && (!advising.MatchString(before) || exists.MatchString(message[i+len(marked):])) {
				return "", false, false
			}
			there = there || calling.MatchString(before)
			message = message[:i] + part + message[i+len(marked):]
			end = i + len(part)
		}
	}
	return message, there, true
}

// ended is the end of a sentence, abbreviated what ends none.
var (
	ended       = lazyregexp.New(`[.!?]["')*]*\s+`)
	abbreviated = lazyregexp.New(`(?i)\b(?:e\.g|i\.e|etc|vs|cf|approx|no)\.\s+$`)
)

// sentence is the last, unfinished sentence of a text. A dot inside of a name ends none.
func sentence(text string) string {
	from := 0
	for _, m := range ended.FindAllStringIndex(text, -1) {
		if !abbreviated.MatchString(text[:m[1]]) {
			from = m[1]
		}
	}
	return text[from:]
}

func (c *Context) learn(texts ...string) {
	for _, t := range texts {
		for _, w := range ident.FindAllString(t, -1) {
			c.known[w] = true
		}
	}
}

// maxMessage is the longest message of a draft, in bytes.
const maxMessage = 700

// output cleans a message (G11).
func (c *Context) output(path, message string) (string, bool) {
	message, _, err := c.Redact(path, Plain(message, maxMessage))
	if err != nil || strings.TrimSpace(strings.ReplaceAll(message, "`", "")) == "" {
		return "", false
	}
	return message, true
}

// names are those of HTML's elements.
const names = `a|abbr|area|article|audio|b|base|blockquote|body|br|button|canvas|center|code|dd|details|div|dl|dt|em|` +
	`embed|font|footer|form|frame|frameset|g-emoji|h[1-6]|head|header|hr|html|i|iframe|image|img|input|ins|kbd|label|li|` +
	`link|main|map|marquee|math|meta|nav|noscript|object|ol|option|p|picture|pre|q|s|samp|script|section|select|small|` +
	`source|span|strike|strong|style|sub|summary|sup|svg|table|tbody|td|template|textarea|tfoot|th|thead|title|tr|tt|u|ul|video|wbr`

var (
	comments = lazyregexp.New(`(?s)<!--.*?(-->|$)`)
	elements = lazyregexp.New(`(?is)</?(` + names + `)(\s[^<>]*|/)?>`)
	// begun is an element that has no end; a blank makes it a sign for "less than".
	begun   = lazyregexp.New(`(?i)<(/?(` + names + `)([\s/]|$))`)
	images  = lazyregexp.New(`!\[([^\]]*)\]\([^)]*\)?|!\[([^\]]*)\]\[[^\]]*\]`)
	links   = lazyregexp.New(`\[([^\]]*)\]\([^)]*\)|\[([^\]]*)\]\[[^\]]*\]`)
	address = lazyregexp.New(`(?i)\b(?:[a-z][a-z0-9+.-]{1,20}:/{2,}|www\.|data:[a-z]+/|javascript:|mailto:)[^\s<>"'` + "`" + `)\]]*`)
	closing = lazyregexp.New(`(?i)\b(close[sd]?|fix(?:e[sd])?|resolve[sd]?)(\s*:?\s+)((?:[\w.-]+/[\w.-]+)?#[0-9]+|GH-[0-9]+)`)
	fences  = lazyregexp.New("(?m)^[ \t]*(```+|~~~+)[^\n`]*$")
)

// Plain turns a model's text into one plain paragraph of at most limit bytes: no HTML, images, links or addresses,
// no invisible characters, no marker that a forge acts on. Back-ticks that mark code on one line stay. Writers
// escape it all the same.
func Plain(s string, limit int) string {
	if len(s) > 8*limit {
		s = s[:8*limit]
	}
	s = strings.ToValidUTF8(s, "")
	s = strings.Map(func(r rune) rune {
		if r == '\n' || r == '\r' || r == '\t' {
			return r
		}
		if markdown.Invisible(r) || r == '\ufffd' {
			return -1
		}
		return r
	}, s)
	// What stands between back-ticks is code and may look like markup. Entities are undone first, so that none hides an element.
	s = fences.ReplaceAllString(s, " ")
	var b strings.Builder
	at := 0
	for _, m := range span.FindAllStringIndex(s, -1) {
		if strings.Contains(s[m[0]:m[1]], "\n") {
			continue
		}
		b.WriteString(prosePlain(s[at:m[0]]))
		code := address.ReplaceAllString(comments.ReplaceAllString(s[m[0]+1:m[1]-1], ""), "(address)")
		if strings.TrimSpace(code) != "" {
			b.WriteString("`" + code + "`")
		}
		at = m[1]
	}
	b.WriteString(prosePlain(s[at:]))
	out := strings.Join(strings.Fields(b.String()), " ")
	if len(out) > limit {
		out = strings.TrimRight(strings.ToValidUTF8(out[:limit-len("…")], ""), " `") + "…"
	}
	if strings.Count(out, "`")%2 == 1 {
		i := strings.LastIndex(out, "`")
		out = out[:i] + out[i+1:]
	}
	return out
}

// prosePlain cleans what is not code. It repeats until nothing changes, so that taking one element out cannot make another.
func prosePlain(s string) string {
	for range 5 {
		before := s
		s = html.UnescapeString(s)
		s = comments.ReplaceAllString(s, " ")
		s = elements.ReplaceAllString(s, " ")
		s = begun.ReplaceAllString(s, "< $1")
		s = images.ReplaceAllString(s, "$1$2")
		s = links.ReplaceAllString(s, "$1$2")
		s = address.ReplaceAllString(s, "(address)")
		s = closing.ReplaceAllString(s, "$1 issue $3")
		s = strings.ReplaceAll(s, "`", "")
		s = strings.Map(func(r rune) rune {
			if r != '\n' && r != '\t' && markdown.Invisible(r) {
				return -1
			}
			return r
		}, s)
		if s == before {
			return s
		}
	}
	// The text still changes after five rounds: nobody writes so by chance.
	return strings.NewReplacer("<", "", ">", "", "&", "", "[", "", "]", "").Replace(s)
}

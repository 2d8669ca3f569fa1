package gates

import (
	"html"
	"maps"
	"slices"
	"strings"

	"github.com/lintel-review/lintel/internal/advice"
	"github.com/lintel-review/lintel/internal/lazyregexp"
	"github.com/lintel-review/lintel/internal/markdown"
)

// Claims are what a finding may rely on besides the code that it quotes.
func Claims() []string { return []string{"none", "version", "compile", "missing_api", "no_tests"} }

// span is code in a message.
var span = lazyregexp.New("`([^`]{1,300})`")

// ident is an identifier, word a path or dotted name.
var ident = lazyregexp.New(`[\pL_$][\pL\pN_$]*`)

// everywhere are words of programming languages that a message may name even if the hunks do not.
var everywhere = func() map[string]bool {
	out := map[string]bool{}
	for _, w := range strings.Fields(
		`nil null none None undefined true false True False err error errors self this super return if else for while
		switch case default break continue func function def class struct interface type var let const defer go chan
		select range map make new len cap append copy delete panic recover try catch except finally raise throw throws
		async await yield with as in is not and or int int8 int16 int32 int64 uint uint8 uint32 uint64 float32 float64
		float bool boolean byte rune string str list dict set tuple void any object number bigint public private
		protected static final import package from NaN Infinity typeof instanceof String Number Boolean Object Array
		Promise Map Set Error Exception Option Result Some Ok Err NULL Null std`) {
		out[w] = true
	}
	return out
}()

// unknown are the parts that a message marks as code and that name what nobody knows (G6): not the hunks, the changed files, the
// facts or the repository's own names.
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
	}
	for _, s := range spans {
		for _, name := range ident.FindAllString(s[1], -1) {
			if len(name) < 2 || everywhere[name] || c.known[name] {
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

// proposed takes the marks of code off the unknown parts of a message when it proposes each of them. A claim that one of
// them exists is false.
func proposed(message string, unknown []string) (string, bool) {
	end := -1 // of the name that was proposed last
	for _, part := range unknown {
		marked := "`" + part + "`"
		for {
			i := strings.Index(message, marked)
			if i < 0 {
				break
			}
			before := message[:i]
			if s := strings.LastIndexAny(before, ".!?"); s >= 0 && !strings.HasSuffix(strings.ToLower(before[:s+1]), "e.g.") {
				before = before[s+1:]
			}
			named := proposal.MatchString(before) || end >= 0 && end <= i && listed.MatchString(message[end:i])
			if !named && (!advising.MatchString(before) || exists.MatchString(message[i+len(marked):])) {
				return "", false
			}
			message = message[:i] + part + message[i+len(marked):]
			end = i + len(part)
		}
	}
	return message, true
}

func (c *Context) learn(texts ...string) {
	for _, t := range texts {
		for _, w := range ident.FindAllString(t, -1) {
			c.known[w] = true
		}
	}
}

// claimed are words of claims that code alone cannot prove.
var claimed = []struct {
	claim string
	words *lazyregexp.Regexp
}{
	{"compile", lazyregexp.New(
		`(?i)\b((does|do|will|would|can|could)(n't| not)|won't|cannot|fails? to) ` +
			`(compile|build|parse)\b|\bcompil(e|er|ation)[ -](time )?(error|failure)|\bsyntax ?error|\btype error at compile|` +
			`\bbreaks? (the )?(build|compilation)\b`)},
	{"version", lazyregexp.New(
		`(?i)\b(version|release|tag|image)\b[^.]{0,60}\b(does(n't| not) exist|is not (available|released|valid)|no ` +
			`longer exists|is unknown|is invalid)\b|\b(deprecated|removed|introduced|added|available) (in|since|until) ` +
			`(v|version )?[0-9]|\brequires? (v|version )?[0-9]+\.[0-9]+`)},
	{"missing_api", lazyregexp.New(
		`(?i)\b(function|method|field|property|module|package|class|api|symbol|variable|import|attribute|identifier|` +
			`type)\b[^.]{0,60}\b(does(n't| not) exist|is(n't| not) (defined|exported|declared|available|implemented)|is ` +
			`undefined|is undeclared)\b|\bno such (function|method|field|module|package|api|attribute|property)|` +
			`\bundefined (variable|function|method|symbol|name|identifier)|\bmissing (an? )?(include|import)\b|` +
			`\b(is|are|was)(n't| not) imported\b`)},
	{"no_tests", lazyregexp.New(
		`(?i)\b(no|without|missing|lacks?( any)?|needs?( more)?) (unit |integration )?tests?\b|\b(is|are|was)( not|n't) ` +
			`(tested|covered)\b|\buntested\b|\btest coverage\b`)},
}

// proof are the kinds of facts that support a claim.
var proof = map[string]func(advice.Fact) bool{
	"compile": func(f advice.Fact) bool { return f.Kind == advice.CISays || f.Kind == advice.LintSays },
	"version": func(f advice.Fact) bool {
		return f.Kind == advice.CISays || strings.HasPrefix(f.Source, "dependencies/")
	},
	"missing_api": func(f advice.Fact) bool { return f.Kind == advice.CISays || f.Kind == advice.LintSays },
	"no_tests": func(f advice.Fact) bool {
		return f.Kind == advice.Uncovered || strings.HasPrefix(f.Source, "coverage/") || strings.HasPrefix(f.Source, "tests/")
	},
}

// averted are errors that a finding says its advice would prevent: that is no claim that they are there.
var averted = lazyregexp.New(`(?i)\b(?:prevent|avoid)(?:s|ing)? (?:any |a )?(?:potential |possible )?compil\w+ (?:error|failure)s?`)

// unused says that a name is used nowhere.
var unused = lazyregexp.New("(?i)`([A-Za-z_$][A-Za-z0-9_$]*)`[^.`]{0,60}\\b(?:unused|never used|not used|no longer used)\\b|" +
	"\\bunused [a-z ]{0,30}`([A-Za-z_$][A-Za-z0-9_$]*)`")

// comment begins a line that uses no name.
var comment = lazyregexp.New(`^\s*(?://|#|/?\*|--)`)

// isUsed reports whether a message says of a name that it is unused, and a changed file has it on a line beyond those
// of the finding.
func (c *Context) isUsed(message string, d advice.Draft) bool {
	m := unused.FindStringSubmatch(message)
	if m == nil {
		return false
	}
	name := m[1] + m[2]
	all := maps.Clone(c.Beside)
	if all == nil {
		all = map[string]string{}
	}
	maps.Copy(all, c.Contents)
	for path, body := range all {
		if !strings.Contains(body, name) {
			continue
		}
		for i, line := range strings.Split(body, "\n") {
			own := path == d.Path && d.Side == advice.Right && i+1 >= d.Start && i+1 <= d.End
			if !own && !comment.MatchString(line) && slices.Contains(ident.FindAllString(line, -1), name) {
				return true
			}
		}
	}
	return false
}

// claims reports whether a cited fact supports each claim that the code cannot prove (G7).
func (c *Context) claims(claim, message string, facts []string) bool {
	asked := map[string]bool{}
	if claim != "none" {
		asked[claim] = true
	}
	message = averted.ReplaceAllString(message, "")
	for _, cl := range claimed {
		if cl.words.MatchString(message) {
			asked[cl.claim] = true
		}
	}
	for a := range asked {
		proved := false
		for _, id := range facts {
			if f, ok := c.fact(id); ok && proof[a](f) {
				proved = true
			}
		}
		if !proved {
			return false
		}
	}
	return true
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

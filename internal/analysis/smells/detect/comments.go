package detect

import (
	"bytes"
	"regexp"
	"strings"

	"github.com/lintel-review/lintel/internal/language/lexer"
	"github.com/lintel-review/lintel/internal/lazyregexp"
)

// directives switch a check off. The group is what is switched off; without it everything is.
var directives = map[lexer.Language]*lazyregexp.Regexp{
	"go":  lazyregexp.New(`^//\s?nolint\b(:\s*[\w,\- ]+)?|#nosec\b(\s+G\d+)?`),
	"js":  script,
	"ts":  script,
	"tsx": script,
	"python": lazyregexp.New(`#\s*(?:type:\s*ignore|pyright:\s*ignore)\b(\[[^\]]+\])?` +
		`|#\s*(?:noqa|ruff:\s*noqa)\b(:\s*[A-Z]+[0-9, A-Z]*)?` +
		`|#\s*pylint:\s*disable(=[\w\-,]+)|#\s*nosec\b(:?\s*B\d+)?`),
	"ruby":   lazyregexp.New(`rubocop:(?:disable|todo)(?:-next)?\b(\s+[\w/, ]+)?`),
	"java":   lazyregexp.New(`\bNOSONAR\b()|(?:^//\s*)noinspection\b(\s+\w+)?`),
	"kotlin": lazyregexp.New(`\bNOSONAR\b()|(?:^//\s*)noinspection\b(\s+\w+)?|ktlint-disable\b(\s+[\w\-]+)?`),
	"c":      native,
	"cpp":    native,
	"swift":  lazyregexp.New(`swiftlint:disable\S*(\s+\w+)?`),
	"php":    lazyregexp.New(`phpcs:(?:ignore|disable)\b(\s+[\w.]+)?|@phpstan-ignore\S*(\s+[\w.]+)?|@psalm-suppress(\s+\w+)?`),
	"csharp": lazyregexp.New(`ReSharper disable\b(.*)`),
}

var (
	script = lazyregexp.New(`eslint-disable(?:-next-line|-line)?\b(\s+[\w@/\-]+)?|@ts-(?:ignore|nocheck)\b()|@ts-expect-error\b()` +
		`|tslint:disable\S*(:\S+)?|(?:biome-ignore|deno-lint-ignore)\s+(\S+)`)
	native = lazyregexp.New(`\bNOLINT(?:NEXTLINE)?\b(\([^)]+\))?|cppcheck-suppress\b(\s+\w+)?`)
)

// attributes switch checks off in code: @SuppressWarnings("x"), #[allow(x)].
var attributes = map[lexer.Language][]string{
	"java":   {"@ SuppressWarnings"},
	"kotlin": {"@ Suppress", "@ SuppressWarnings", "@ file : Suppress"},
	"rust":   {"# [ allow (", "# ! [ allow ("},
}

// explained is how many words beside the directive make a reason.
const explained = 3

// dashed is a reason behind the dashes that ESLint and the like take one after.
var dashed = lazyregexp.New(`\s(?:--?|[–—])\s+\w`)

// expected is a directive of TypeScript that takes nothing but a reason: "@ts-expect-error _id is private".
var expected = lazyregexp.New(`@ts-(?:expect-error|ignore)\b\W*\w+\s+\w+`)

var words = lazyregexp.New(`\b[A-Za-z][a-z']+\b`)

// written is what a tool says at the head of a file that it wrote.
var written = lazyregexp.New(`(?i)auto-?generated|do not (?:edit|modify)`)

// suppressions finds checks that are switched off without a reason.
func (r *reader) suppressions() {
	if written.Match(r.Body[:min(len(r.Body), 1000)]) || r.shows() {
		return
	}
	re := directives[r.language]
	for i, t := range r.tokens {
		if t.Kind != lexer.Comment || re == nil || !r.Added[int(t.Line)] {
			continue
		}
		c := r.comment(t)
		at := re.FindStringSubmatchIndex(c)
		if at == nil || r.reasoned(i, c[:at[0]]+" "+c[at[1]:]) || dashed.MatchString(c[at[1]:]) || expected.MatchString(c) {
			continue
		}
		what := strings.Join(strings.Fields(strings.TrimLeft(c[at[0]:at[1]], "/#* ")), " ")
		if bytes.Contains(r.Base, []byte(what)) {
			continue // custom of the file, or an older one in a line that changed
		}
		kind := Blanket
		for g := 2; g+1 < len(at); g += 2 {
			if at[g] >= 0 && at[g+1] > at[g] || strings.Contains(c, "expect-error") || strings.Contains(c, "@ts-ignore") {
				kind = Suppression
			}
		}
		r.add(kind, what, int(t.Line), int(t.Line))
	}
	for i := range r.code {
		for _, a := range attributes[r.language] {
			if r.Added[r.line(i)] && r.matches(i, a) && !r.reasoned(r.code[i], "") && !r.tailed(i) {
				r.add(Suppression, strings.ReplaceAll(strings.TrimSuffix(a, " ("), " ", ""), r.line(i), r.line(i))
			}
		}
	}
}

// reasoned reports whether a reason stands beside a directive: in the same comment, or in one on the line before.
func (r *reader) reasoned(i int, rest string) bool {
	if len(words.FindAllString(rest, explained)) >= explained {
		return true
	}
	if i == 0 {
		return false
	}
	before := r.tokens[i-1]
	lines := int32(strings.Count(r.comment(before), "\n")) //nolint:gosec // at most the bytes of a file
	return before.Kind == lexer.Comment && before.Line+lines >= r.tokens[i].Line-1 && r.alone(before) &&
		len(words.FindAllString(r.comment(before), explained)) >= explained
}

// tailed reports whether a comment ends the line of a token, or an attribute of Rust states its reason there.
func (r *reader) tailed(i int) bool {
	for j := r.code[i]; j < len(r.tokens) && r.tokens[j].Line == r.tokens[r.code[i]].Line; j++ {
		if r.tokens[j].Kind == lexer.Comment || r.comment(r.tokens[j]) == "reason" {
			return true
		}
	}
	return false
}

var (
	noteMark  = lazyregexp.New(`^\W*@?(TODO|FIXME|HACK)\b(\s?\([^)]+\)|\s@\w+)?`)
	anyTicket = lazyregexp.New(`#\d+|\b[A-Z][A-Z0-9_]+-\d+|https?://|\b[\w.\-]+/[\w.\-]+#\d+|\bGH-\d+|\bissue \d+` +
		`|\bv?\d+\.\d+|\b[A-Z]\w+ \d+\b`)
	noteBefore = 2
)

// notes finds TODO, FIXME and HACK without a ticket, a link, a version or a name in brackets.
func (r *reader) notes() {
	var own *regexp.Regexp
	if len(r.Tickets) > 0 {
		quoted := make([]string, len(r.Tickets))
		for i, t := range r.Tickets {
			quoted[i] = regexp.QuoteMeta(t)
		}
		own = regexp.MustCompile(`\b(?:` + strings.Join(quoted, "|") + `)-\d+`)
	}
	for i, t := range r.tokens {
		if t.Kind != lexer.Comment {
			continue
		}
		lines := strings.Split(r.comment(t), "\n")
		for n, l := range lines {
			m := noteMark.FindStringSubmatch(l)
			if m == nil || !r.Added[int(t.Line)+n] || m[1] == "HACK" && len(words.FindAllString(l, explained)) >= explained {
				continue // a HACK that is explained wants nothing
			}
			around := r.around(i, lines, n)
			if own != nil && own.MatchString(around) || own == nil && (m[2] != "" || anyTicket.MatchString(around)) {
				continue
			}
			r.add(Note, m[1], int(t.Line)+n, int(t.Line)+n)
		}
	}
}

// around is a line of a comment with those that follow it, where its ticket may stand.
func (r *reader) around(i int, lines []string, n int) string {
	text := strings.Join(lines[n:min(len(lines), n+4)], "\n")
	for j := i + 1; j < min(len(r.tokens), i+4) && r.tokens[j].Kind == lexer.Comment; j++ {
		text += "\n" + r.comment(r.tokens[j])
	}
	for j := i - 1; j >= max(0, i-noteBefore) && r.tokens[j].Kind == lexer.Comment; j-- {
		text += "\n" + r.comment(r.tokens[j])
	}
	return text
}

var (
	// codeLine is a line of code that no prose looks like.
	codeLine = lazyregexp.New(`[;{]$|^[})\]]+[;,)]*$|^[\w.\[\]>\-]+\s*(?::?=|\+=|-=)\s*\S.*[\w)\]}"']$|^[\w.]+\([^ ].*\)$|^[\w.]+\(\)$` +
		`|^(?:return|if|elif|for|while|def|func|fn|let|const|var|else|end|import|from \S+ import)\b.*[:({)=;]$|^(?:else:|end|try:)$`)
	prose = lazyregexp.New(`(?i)\b[a-z]{2,}(?: [a-z]{2,}){3,}` +
		`|\b(?:example|usage|e\.g|i\.e|note|todo|see|copyright|output|returns)\b|->|=>.*->|` + "```")
	minBlock = 3
)

// commentedCode finds blocks of line comments that hold code: at least three lines, none of prose, nearly all of code.
func (r *reader) commentedCode() {
	for i := 0; i < len(r.tokens); {
		block := r.block(i)
		if block == 0 {
			i++
			continue
		}
		first, last := r.tokens[i], r.tokens[i+block-1]
		if block >= minBlock && r.holdsCode(r.tokens[i:i+block]) {
			r.add(CommentedCode, "code in a comment", int(first.Line), int(last.Line))
		}
		i += block
	}
}

// block counts the added line comments that stand alone on adjacent lines from here.
func (r *reader) block(i int) int {
	n := 0
	for i+n < len(r.tokens) {
		t := r.tokens[i+n]
		if t.Kind != lexer.Comment || !r.alone(t) || n > 0 && t.Line != r.tokens[i+n-1].Line+1 {
			break
		}
		c := r.comment(t)
		if strings.HasPrefix(c, "/*") || strings.HasPrefix(c, "///") || strings.HasPrefix(c, "//!") || strings.Contains(c, "\n") {
			break
		}
		n++
	}
	return n
}

func (r *reader) holdsCode(block []lexer.Token) bool {
	code, all := 0, 0
	for _, t := range block {
		c := r.comment(t)
		line := strings.TrimSpace(strings.TrimLeft(c, "/#"))
		if !r.Added[int(t.Line)] || prose.MatchString(line) {
			return false
		}
		if r.language == "go" && (strings.HasPrefix(c, "//\t") || strings.HasPrefix(c, "//go:")) {
			return false // an example of a doc comment
		}
		if line == "" {
			continue
		}
		all++
		if codeLine.MatchString(line) {
			code++
		}
	}
	return code >= minBlock && code*10 >= all*8
}

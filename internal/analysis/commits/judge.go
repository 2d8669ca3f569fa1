package commits

import (
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/lintel-review/lintel/internal/lazyregexp"
	"github.com/lintel-review/lintel/internal/settings"
)

// maxHeader is how many bytes of a header are read for its form; no form needs more, and patterns take their time on each byte.
const maxHeader = 8 << 10

// read is the part of a header that is judged.
func read(header string) string {
	if len(header) <= maxHeader {
		return header
	}
	return strings.ToValidUTF8(header[:maxHeader], "\ufffd")
}

// judgeHeader holds one header (of a commit, or the title) to the conventions and adds what is wrong to the rules' lists.
func judgeHeader(header string, opt settings.Commits, at Problem, p *Problems) {
	if n := utf8.RuneCountInString(header); opt.HeaderMax > 0 && n > opt.HeaderMax {
		add(&p.HeaderLength, at.is("length", "", "", n, opt.HeaderMax))
	}
	header = read(header)
	h, fault := readHeader(header, opt)
	if fault != nil {
		list := &p.Header
		if at.Where == "title" {
			list = &p.Title
		}
		add(list, at.is(fault.Kind, "", excerpt(proposal(header, fault, opt), maxExcerpt), 0, 0))
		return
	}
	typed := opt.Style == settings.StyleConventional || opt.Style == settings.StyleCustom && h.Type != ""
	if typed {
		judgeType(h, opt, at, p)
	}
	if opt.Style != settings.StyleTicket {
		judgeScope(h, opt, at, p)
	}
	// A style that is about a ticket, or one of the settings' own, says nothing of full stops.
	free := opt.Style == settings.StyleTicket || opt.Style == settings.StyleCustom
	if !free && strings.HasSuffix(h.Subject, ".") && !strings.HasSuffix(h.Subject, "...") {
		add(&p.Subject, at.is("full_stop", "", "", 0, 0))
	}
	if typed {
		if c, ok := caseOf(h.Subject, opt.SubjectCase); ok {
			add(&p.SubjectCase, at.is(c.Kind, excerpt(c.Word, maxExcerpt), excerpt(c.Want, maxExcerpt), 0, 0))
		}
	}
}

func judgeType(h Header, opt settings.Commits, at Problem, p *Problems) {
	small := strings.ToLower(h.Type)
	listed, listedSmall := len(opt.Types) == 0, len(opt.Types) == 0
	for _, t := range opt.Types {
		listed = listed || t == h.Type
		listedSmall = listedSmall || t == small
		if opt.TypeCase == "any" {
			listed = listed || strings.EqualFold(t, h.Type)
		}
	}
	switch {
	case opt.TypeCase != "any" && small != h.Type && listedSmall:
		add(&p.Type, at.is("case", excerpt(h.Type, maxExcerpt), excerpt(small, maxExcerpt), 0, 0))
	case !listed:
		add(&p.Type, at.is("unknown", excerpt(h.Type, maxExcerpt), nearestType(small, opt.Types), 0, 0))
	}
}

// judgeScope holds the scope to the list. Several scopes are separated by "/", "\\" or ","; a listed scope may itself hold one of them.
func judgeScope(h Header, opt settings.Commits, at Problem, p *Problems) {
	scope := h.Scope
	switch {
	case scope == "":
		if opt.ScopeRequired {
			add(&p.Scope, at.is("missing", "", "", 0, 0))
		}
		return
	case strings.TrimSpace(scope) != scope:
		add(&p.Scope, at.is("padded", excerpt("("+scope+")", maxExcerpt), excerpt("("+strings.TrimSpace(scope)+")", maxExcerpt), 0, 0))
		return
	case len(opt.Scopes) == 0 || listed(scope, opt.Scopes):
		return
	}
	separators := "/\\,"
	if opt.Style == settings.StyleComponent {
		separators = ","
	}
	for part := range strings.FieldsFuncSeq(scope, func(r rune) bool { return strings.ContainsRune(separators, r) }) {
		if part = strings.TrimPrefix(part, " "); !listed(part, opt.Scopes) {
			if slices.ContainsFunc(opt.Scopes, func(l string) bool { return strings.Contains(l, "/") }) {
				part = scope
			}
			add(&p.Scope, at.is("unknown", excerpt(part, maxExcerpt), nearest(part, opt.Scopes), 0, 0))
			return
		}
	}
}

// listed says whether a scope is one of a list, in which "*" stands for any characters but "/" and "**" for any.
func listed(scope string, list []string) bool {
	return slices.ContainsFunc(list, func(l string) bool { return l == scope || strings.Contains(l, "*") && glob(l, scope) })
}

// maxScope bounds the text that is matched with patterns; a longer one is not listed.
const maxScope = 1000

// glob takes time in proportion to the pattern times the text: row[i] says whether what was read of the pattern matches the first i bytes.
func glob(pattern, s string) bool {
	if len(s) > maxScope {
		return false
	}
	row := make([]bool, len(s)+1)
	row[0] = true
	for pattern != "" {
		c := pattern[0]
		pattern = pattern[1:]
		if c != '*' {
			for i := len(s); i > 0; i-- {
				row[i] = row[i-1] && s[i-1] == c
			}
			row[0] = false
			continue
		}
		rest := strings.TrimLeft(pattern, "*")
		deep := rest != pattern
		pattern = rest
		for i := 1; i <= len(s); i++ {
			row[i] = row[i] || row[i-1] && (deep || s[i-1] != '/')
		}
	}
	return row[len(s)]
}

var (
	link         = lazyregexp.New(`\b[a-z][a-z0-9+.-]*://\S`)
	breakingForm = lazyregexp.New(`^(?i)breaking[ -]changes?\s*:\s*\S`)
	nothing      = lazyregexp.New(`^(?i)breaking[ -]changes?\s*:\s*(?:none|no|n/?a|-)\W*$`)
	byTrailer    = lazyregexp.New(`^(?i)[a-z]+(-[a-z]+)*-by: \S`)
)

// judgeBody judges what follows the header. It reports at most one problem of each kind, at its first line.
func judgeBody(m Message, opt settings.Commits, at Problem, p *Problems) {
	line := func(kind string, n, count, limit int, got string) {
		q := at.is(kind, got, "", count, limit)
		q.Line = n
		add(&p.Body, q)
	}
	if m.Glued {
		line("body_glued", m.Line+1, 0, 0, "")
	}
	last := len(m.Body)
	for last > 0 && m.Body[last-1].Text != "" {
		last--
	}
	for i, l := range m.Body {
		f, footer := parseFooter(l)
		glued := i > 0 && m.Body[i-1].Text != "" && footer
		// What people sign is lost when git does not see it, and so is a breaking change; "Closes: #1" in a paragraph closes all the same.
		if glued && (f.Breaking() || byTrailer.MatchString(l.Text) && !m.Trailers && i > last) {
			line("footer_glued", l.Number, 0, 0, excerpt(l.Text, maxExcerpt))
			break
		}
	}
	breaking := func(l Line, first bool) bool {
		f, ok := parseFooter(l)
		return first && breakingForm.MatchString(l.Text) && !nothing.MatchString(l.Text) && !(ok && f.Breaking())
	}
	var prose []Line
	for _, f := range m.Footers {
		if breaking(f.Lines[0], true) {
			line("breaking_form", f.Lines[0].Number, 0, 0, excerpt(f.Lines[0].Text, maxExcerpt))
			break
		}
		if f.Breaking() {
			prose = append(prose, f.Lines...)
		}
	}
	for i, l := range m.Body {
		if breaking(l, i == 0 || m.Body[i-1].Text == "") {
			line("breaking_form", l.Number, 0, 0, excerpt(l.Text, maxExcerpt))
			break
		}
	}
	if first, count := tooLong(m.Body, opt.BodyLineMax); count > 0 {
		line("body_line", first.Number, count, opt.BodyLineMax, length(first))
	}
	if first, count := tooLong(prose, opt.FooterLineMax); count > 0 {
		line("footer_line", first.Number, count, opt.FooterLineMax, length(first))
	}
}

// tooLong counts the lines of more than limit characters. Lines that nobody would wrap do not count: a link, a
// remediation, one long word, code and output (indented, or between fences), quotations, tables and trailers.
func tooLong(lines []Line, limit int) (first Line, count int) {
	fenced := false
	for _, l := range lines {
		text := strings.TrimLeft(l.Text, " ")
		if strings.HasPrefix(text, "```") || strings.HasPrefix(text, "~~~") {
			fenced = !fenced
			continue
		}
		if limit <= 0 || fenced || len(l.Text) <= limit || utf8.RuneCountInString(l.Text) <= limit || unwrappable(l.Text) {
			continue
		}
		if count == 0 {
			first = l
		}
		count++
	}
	return first, count
}

func unwrappable(text string) bool {
	if strings.HasPrefix(text, "    ") || strings.HasPrefix(text, "\t") || strings.HasPrefix(text, ">") || strings.HasPrefix(text, "|") {
		return true
	}
	words := strings.Fields(strings.TrimLeft(text, "-*+ "))
	return len(words) < 2 || link.MatchString(text) || remediationLine.MatchString(text) || byTrailer.MatchString(text)
}

func length(l Line) string { return strconv.Itoa(utf8.RuneCountInString(l.Text)) }

// meant maps what people write to the type of the preset they mean.
var meant = map[string]string{
	"feature": "feat", "features": "feat", "add": "feat", "new": "feat", "bugfix": "fix", "bug": "fix", "hotfix": "fix", "fixes": "fix",
	"fixed": "fix",
	"doc":   "docs", "documentation": "docs", "tests": "test", "testing": "test", "performance": "perf", "refacto": "refactor",
	"refactoring": "refactor",
	"deps":        "build", "dependencies": "build", "format": "style", "formatting": "style", "lint": "style", "misc": "chore",
	"cleanup": "chore", "wip": "",
}

func nearestType(t string, types []string) string {
	if m, ok := meant[t]; ok && slices.Contains(types, m) {
		return m
	}
	return nearest(t, types)
}

// nearest is the listed word that differs least, if it differs by at most two letters (one in short words); "" otherwise.
func nearest(word string, list []string) string {
	best, found := 3, ""
	if len(word) > 40 {
		return ""
	}
	for _, l := range list {
		limit := 2
		if len(l) < 5 {
			limit = 1
		}
		if strings.EqualFold(l, word) {
			return l
		}
		if d := distance(strings.ToLower(word), strings.ToLower(l)); d <= limit && d < best {
			best, found = d, l
		}
	}
	return found
}

// distance is the number of bytes to insert, delete or replace.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(a); i++ {
		diagonal := row[0]
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			diagonal, row[j] = row[j], min(row[j]+1, row[j-1]+1, diagonal+cost)
		}
	}
	return row[len(b)]
}

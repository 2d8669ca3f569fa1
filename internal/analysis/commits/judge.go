package commits

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/lintel-review/lintel/internal/settings"
)

// judgeHeader holds one header (of a commit, or the title) to the conventions and adds what is wrong to the rules' lists.
func judgeHeader(header string, opt settings.Commits, at Problem, p *Problems) {
	if n := utf8.RuneCountInString(header); opt.HeaderMax > 0 && n > opt.HeaderMax {
		add(&p.HeaderLength, at.is("length", "", "", n, opt.HeaderMax))
	}
	h, fault := ParseHeader(header)
	if fault != nil {
		list := &p.Header
		if at.Where == "title" {
			list = &p.Title
		}
		add(list, at.is(fault.Kind, "", excerpt(fault.Want, maxExcerpt), 0, 0))
		return
	}
	judgeType(h, opt, at, p)
	judgeScope(h, opt, at, p)
	if strings.HasSuffix(h.Subject, ".") && !strings.HasSuffix(h.Subject, "...") {
		add(&p.Subject, at.is("full_stop", "", "", 0, 0))
	}
	if in := CasesOf(h.Subject, opt.SubjectCase); len(in) > 0 {
		add(&p.SubjectCase, at.is("case", strings.Join(in, ", "), "", 0, 0))
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

// judgeScope holds the scope to the list. Several scopes are separated by "/", "\" or ","; a listed scope may itself hold one of them.
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
	case len(opt.Scopes) == 0 || slices.Contains(opt.Scopes, scope):
		return
	}
	for part := range strings.FieldsFuncSeq(scope, func(r rune) bool { return r == '/' || r == '\\' || r == ',' }) {
		if part = strings.TrimPrefix(part, " "); !slices.Contains(opt.Scopes, part) {
			add(&p.Scope, at.is("unknown", excerpt(part, maxExcerpt), nearest(part, opt.Scopes), 0, 0))
			return
		}
	}
}

var (
	link         = regexp.MustCompile(`\bhttps?://\S`)
	breakingForm = regexp.MustCompile(`^(?i)breaking[ -]changes?\s*:`)
	trailer      = regexp.MustCompile(`^(?i)([a-z]+(-[a-z]+)*-by|refs|closes|fixes|resolves|change-id)(: | #)\S`)
)

// judgeBody looks at what follows the header. One problem of each kind at most; it names the first line.
func judgeBody(m Message, opt settings.Commits, at Problem, p *Problems) {
	line := func(kind string, n, count, limit int, got string) {
		q := at.is(kind, got, "", count, limit)
		q.Line = n
		add(&p.Body, q)
	}
	if m.Glued {
		line("body_glued", m.Line+1, 0, 0, "")
	}
	var all []Line
	all = append(all, m.Body...)
	for _, f := range m.Footers {
		all = append(all, f.Lines...)
	}
	for i, l := range m.Body {
		_, footer := parseFooter(l)
		glued := i > 0 && m.Body[i-1].Text != ""
		if glued && footer && (strings.HasPrefix(l.Text, "BREAKING") || trailer.MatchString(l.Text)) {
			line("footer_glued", l.Number, 0, 0, excerpt(l.Text, maxExcerpt))
			break
		}
	}
	for _, l := range all {
		if f, ok := parseFooter(l); breakingForm.MatchString(l.Text) && !(ok && f.Breaking()) {
			line("breaking_form", l.Number, 0, 0, excerpt(l.Text, maxExcerpt))
			break
		}
	}
	if first, count := tooLong(m.Body, opt.BodyLineMax); count > 0 {
		line("body_line", first.Number, count, opt.BodyLineMax, length(first))
	}
	if first, count := tooLong(all[len(m.Body):], opt.FooterLineMax); count > 0 {
		line("footer_line", first.Number, count, opt.FooterLineMax, length(first))
	}
}

// tooLong counts the lines of more than limit characters. A line that cannot be wrapped does not count: one that holds a link, or a remediation.
func tooLong(lines []Line, limit int) (first Line, count int) {
	for _, l := range lines {
		if limit > 0 && len(l.Text) > limit && utf8.RuneCountInString(l.Text) > limit && !link.MatchString(l.Text) && !remediationLine.MatchString(l.Text) {
			if count == 0 {
				first = l
			}
			count++
		}
	}
	return first, count
}

func length(l Line) string { return strconv.Itoa(utf8.RuneCountInString(l.Text)) }

// meant maps what people write to the type of the preset they mean.
var meant = map[string]string{
	"feature": "feat", "features": "feat", "add": "feat", "new": "feat", "bugfix": "fix", "bug": "fix", "hotfix": "fix", "fixes": "fix", "fixed": "fix",
	"doc": "docs", "documentation": "docs", "tests": "test", "testing": "test", "performance": "perf", "refacto": "refactor", "refactoring": "refactor",
	"deps": "build", "dependencies": "build", "format": "style", "formatting": "style", "lint": "style", "misc": "chore", "cleanup": "chore", "wip": "",
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

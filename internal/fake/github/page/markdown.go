package page

import (
	"cmp"
	"html"
	"regexp"
	"slices"
	"strings"

	"github.com/lintel-review/lintel/internal/template"
)

// maxMarkdown and maxNesting bound one text; GitHub's own limit for bodies is 65,536 characters.
const (
	maxMarkdown = 256 << 10
	maxNesting  = 12
)

// Markdown renders the part of GitHub Flavored Markdown that bots and reviewers write: headings, paragraphs, lists, task
// lists, quotes, fences, tables, rules, emphasis, code, links, and details with summary. All other HTML is shown as
// text. Links go to http, https or the page itself; images become links.
func Markdown(text string) template.HTML {
	if len(text) > maxMarkdown {
		text = strings.ToValidUTF8(text[:maxMarkdown], "")
	}
	text = strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\x00", "")
	text = comments.ReplaceAllString(text, "")
	m := &markdown{levels: levels(text)}
	m.blocks(strings.Split(text, "\n"), 0)
	m.out.WriteString(strings.Repeat("</details>", m.open))
	return template.HTML(m.out.String())
}

var (
	comments   = regexp.MustCompile(`(?s)<!--.*?-->`)
	fence      = regexp.MustCompile("^ {0,3}(`{3,}|~{3,})[ ]*([A-Za-z0-9+#_-]*)[^`]*$")
	heading    = regexp.MustCompile(`^ {0,3}(#{1,6})[ \t]+(.*?)[ \t]*#*[ \t]*$`)
	rule       = regexp.MustCompile(`^ {0,3}([-*_])[ \t]*(?:[-*_][ \t]*){2,}$`)
	bullet     = regexp.MustCompile(`^( *)([-*+]|\d{1,9}[.)])[ \t]+(.*)$`)
	task       = regexp.MustCompile(`^\[([ xX])\][ \t]+(.*)$`)
	tableRule  = regexp.MustCompile(`^ {0,3}\|?[ \t]*:?-+:?[ \t]*(\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*$`)
	detailsTag = regexp.MustCompile(`(?i)^\s*<details(\s+open)?\s*>\s*`)
	summaryTag = regexp.MustCompile(`(?i)^\s*<summary>(.*?)</summary>\s*`)
	detailsEnd = regexp.MustCompile(`(?i)^\s*</details>\s*`)
)

type markdown struct {
	out  strings.Builder
	open int // details not closed yet
	// levels are the depths of heading that the text has, sorted.
	levels []int
}

// levels are the depths of headings in a text; those within fences are among them, which does no harm.
func levels(text string) []int {
	var all []int
	for l := range strings.Lines(text) {
		if h := heading.FindStringSubmatch(strings.TrimRight(l, "\n")); h != nil && !slices.Contains(all, len(h[1])) {
			all = append(all, len(h[1]))
		}
	}
	slices.Sort(all)
	return all
}

func (m *markdown) blocks(lines []string, depth int) {
	for len(lines) > 0 {
		line := lines[0]
		switch {
		case strings.TrimSpace(line) == "":
			lines = lines[1:]
		case depth >= maxNesting:
			m.paragraph(lines)
			return
		case fence.MatchString(line):
			lines = m.fenced(lines)
		case detailsTag.MatchString(line) || summaryTag.MatchString(line) || detailsEnd.MatchString(line):
			lines = m.details(lines)
		case heading.MatchString(line):
			h := heading.FindStringSubmatch(line)
			// The page's own headings come first, and no level is left out between them.
			rank := slices.Index(m.levels, len(h[1]))
			if rank < 0 {
				rank = len(m.levels) // in a quote or an item
			}
			tag := "h" + string(rune('0'+min(6, rank+3)))
			m.out.WriteString("<" + tag + ">" + inline(h[2]) + "</" + tag + ">\n")
			lines = lines[1:]
		case rule.MatchString(line):
			m.out.WriteString("<hr>\n")
			lines = lines[1:]
		case strings.HasPrefix(strings.TrimLeft(line, " "), ">"):
			lines = m.quote(lines, depth)
		case bullet.MatchString(line):
			lines = m.list(lines, depth)
		case len(lines) > 1 && strings.Contains(line, "|") && tableRule.MatchString(lines[1]):
			lines = m.table(lines)
		default:
			n := 1
			for n < len(lines) && !starts(lines[n]) {
				n++
			}
			m.paragraph(lines[:n])
			lines = lines[n:]
		}
	}
}

// starts reports whether a line ends the paragraph before it.
func starts(line string) bool {
	return strings.TrimSpace(line) == "" || fence.MatchString(line) || heading.MatchString(line) || bullet.MatchString(line) ||
		strings.HasPrefix(strings.TrimLeft(line, " "), ">") || detailsTag.MatchString(line) || detailsEnd.MatchString(line) ||
		summaryTag.MatchString(line)
}

func (m *markdown) paragraph(lines []string) {
	m.out.WriteString("<p>" + strings.ReplaceAll(inline(strings.Join(lines, "\n")), "\n", "<br>\n") + "</p>\n")
}

func (m *markdown) fenced(lines []string) []string {
	f := fence.FindStringSubmatch(lines[0])
	end := 1
	for end < len(lines) {
		closing := strings.TrimSpace(lines[end])
		if len(closing) >= len(f[1]) && strings.Trim(closing, f[1][:1]) == "" {
			break
		}
		end++
	}
	class := ""
	if f[2] == "diff" || f[2] == "suggestion" {
		class = ` class="` + f[2] + `"`
	}
	m.out.WriteString("<pre" + class + "><code>" + html.EscapeString(strings.Join(lines[1:min(end, len(lines))], "\n")) + "</code></pre>\n")
	return lines[min(end+1, len(lines)):]
}

// details opens and closes <details>. What stays open is closed at the end, so the page's own structure holds.
func (m *markdown) details(lines []string) []string {
	rest := lines[0]
	switch {
	case detailsTag.MatchString(rest):
		open := ""
		if d := detailsTag.FindStringSubmatch(rest); d[1] != "" {
			open = " open"
		}
		if m.open < maxNesting {
			m.open++
			m.out.WriteString("<details" + open + ">")
		}
		rest = detailsTag.ReplaceAllString(rest, "")
	case summaryTag.MatchString(rest):
		s := summaryTag.FindStringSubmatch(rest)
		m.out.WriteString("<summary>" + inline(plain(s[1])) + "</summary>\n")
		rest = summaryTag.ReplaceAllString(rest, "")
	default:
		if m.open > 0 {
			m.open--
			m.out.WriteString("</details>\n")
		}
		rest = detailsEnd.ReplaceAllString(rest, "")
	}
	if strings.TrimSpace(rest) == "" {
		return lines[1:]
	}
	return append([]string{rest}, lines[1:]...)
}

var simpleTags = regexp.MustCompile(`(?i)</?(b|strong|i|em|code|sub|sup)>`)

// plain drops the few tags people put into a summary.
func plain(s string) string { return simpleTags.ReplaceAllString(s, "") }

func (m *markdown) quote(lines []string, depth int) []string {
	var inner []string
	for len(lines) > 0 {
		t := strings.TrimLeft(lines[0], " ")
		if !strings.HasPrefix(t, ">") {
			break
		}
		inner = append(inner, strings.TrimPrefix(strings.TrimPrefix(t, ">"), " "))
		lines = lines[1:]
	}
	if len(inner) > 0 {
		if kind, ok := alerts[strings.TrimSpace(inner[0])]; ok {
			class := ` class="alert ` + strings.ToLower(kind) + `"`
			inner = inner[1:]
			m.out.WriteString("<blockquote" + class + "><p><strong>" + kind + "</strong></p>")
			m.blocks(inner, depth+1)
			m.out.WriteString("</blockquote>\n")
			return lines
		}
	}
	m.out.WriteString("<blockquote>")
	m.blocks(inner, depth+1)
	m.out.WriteString("</blockquote>\n")
	return lines
}

var alerts = map[string]string{"[!NOTE]": "Note", "[!TIP]": "Tip", "[!IMPORTANT]": "Important", "[!WARNING]": "Warning",
	"[!CAUTION]": "Caution"}

func (m *markdown) list(lines []string, depth int) []string {
	first := bullet.FindStringSubmatch(lines[0])
	indent, ordered := len(first[1]), first[2][0] >= '0' && first[2][0] <= '9'
	tag, start := "ul", ""
	if ordered {
		tag = "ol"
		if n := strings.TrimLeft(strings.TrimRight(first[2], ".)"), "0"); n != "1" {
			start = ` start="` + cmp.Or(n, "0") + `"`
		}
	}
	m.out.WriteString("<" + tag + start + ">\n")
	for len(lines) > 0 {
		b := bullet.FindStringSubmatch(lines[0])
		if b == nil || len(b[1]) != indent || (b[2][0] >= '0' && b[2][0] <= '9') != ordered {
			break
		}
		item, width := []string{b[3]}, len(b[1])+len(b[2])+1
		lines = lines[1:]
		for len(lines) > 0 {
			l := lines[0]
			blank := strings.TrimSpace(l) == ""
			deeper := len(l)-len(strings.TrimLeft(l, " ")) >= min(width, indent+2)
			if blank && (len(lines) == 1 || len(lines[1])-len(strings.TrimLeft(lines[1], " ")) < min(width, indent+2)) {
				break
			}
			if !blank && !deeper && starts(l) {
				break
			}
			item = append(item, strings.TrimPrefix(l, strings.Repeat(" ", min(len(l)-len(strings.TrimLeft(l, " ")), width))))
			lines = lines[1:]
		}
		m.item(item, depth)
		for len(lines) > 1 && strings.TrimSpace(lines[0]) == "" && bullet.MatchString(lines[1]) {
			lines = lines[1:]
		}
	}
	m.out.WriteString("</" + tag + ">\n")
	return lines
}

func (m *markdown) item(lines []string, depth int) {
	m.out.WriteString("<li>")
	if t := task.FindStringSubmatch(lines[0]); t != nil {
		mark := "☐ "
		if t[1] != " " {
			mark = "☑ "
		}
		m.out.WriteString(mark)
		lines = append([]string{t[2]}, lines[1:]...)
	}
	n := 1
	for n < len(lines) && !starts(lines[n]) {
		n++
	}
	m.out.WriteString(inline(strings.Join(lines[:n], "\n")))
	m.blocks(lines[n:], depth+1)
	m.out.WriteString("</li>\n")
}

func (m *markdown) table(lines []string) []string {
	m.out.WriteString(`<div class="wide" tabindex="0" role="group" aria-label="Table"><table><thead><tr>`)
	head := cells(lines[0])
	for _, c := range head {
		m.out.WriteString("<th>" + inline(c) + "</th>")
	}
	m.out.WriteString("</tr></thead><tbody>\n")
	lines = lines[2:]
	for len(lines) > 0 && strings.Contains(lines[0], "|") && strings.TrimSpace(lines[0]) != "" {
		m.out.WriteString("<tr>")
		row := cells(lines[0])
		for i := range head {
			c := ""
			if i < len(row) {
				c = row[i]
			}
			m.out.WriteString("<td>" + inline(c) + "</td>")
		}
		m.out.WriteString("</tr>\n")
		lines = lines[1:]
	}
	m.out.WriteString("</tbody></table></div>\n")
	return lines
}

// cells splits a table row at its bars; \| is a bar in the text.
func cells(line string) []string {
	line = strings.TrimSuffix(strings.TrimPrefix(strings.TrimSpace(line), "|"), "|")
	var out []string
	var cell strings.Builder
	for i := 0; i < len(line); i++ {
		switch {
		case line[i] == '\\' && i+1 < len(line) && line[i+1] == '|':
			cell.WriteByte('|')
			i++
		case line[i] == '|':
			out = append(out, strings.TrimSpace(cell.String()))
			cell.Reset()
		default:
			cell.WriteByte(line[i])
		}
	}
	return append(out, strings.TrimSpace(cell.String()))
}

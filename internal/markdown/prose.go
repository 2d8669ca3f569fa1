package markdown

import "strings"

// Prose is Text for words in which `back-ticks` mark code: what is between two of them on one line becomes a code span,
// and the rest stays text.
func (d Dialect) Prose(s string) string {
	var b strings.Builder
	for {
		before, rest, ok := strings.Cut(s, "`")
		if !ok {
			break
		}
		code, after, ok := strings.Cut(rest, "`")
		if !ok || code == "" || strings.TrimSpace(code) == "" || strings.Contains(code, "\n") {
			break
		}
		if before == "" && b.Len() > 0 {
			before = " " // two spans side by side would become one
		}
		b.WriteString(d.spaced(before) + d.Code(code))
		s = after
	}
	b.WriteString(d.spaced(s))
	return strings.TrimSpace(b.String())
}

// spaced is Text with the single spaces kept that join it to what is before and after.
func (d Dialect) spaced(s string) string {
	text := d.Text(s)
	if text == "" {
		if s != "" {
			return " "
		}
		return ""
	}
	if strings.TrimLeft(s, " \t\n") != s {
		text = " " + text
	}
	if strings.TrimRight(s, " \t\n") != s {
		text += " "
	}
	return text
}

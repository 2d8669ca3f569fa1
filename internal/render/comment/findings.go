package comment

import (
	"fmt"
	"strings"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/finding"
	"github.com/lintel-review/lintel/internal/markdown"
)

// findings spells findings out, numbered from first: what, where, why, how to fix, a link.
func (v Verdict) findings(all []finding.Finding, first int) string {
	var b strings.Builder
	own, md := v.owners(), v.dialect()
	for i, f := range all {
		if i == listed {
			fmt.Fprintf(&b, "…and %d more", len(all)-listed)
			if v.Page != "" {
				fmt.Fprintf(&b, " on [the page of this %s](%s)", v.noun(), v.Page)
			}
			b.WriteString(".\n\n")
			break
		}
		// A backslash ends a line in checks and comments alike; a bare line end does so in comments alone.
		title := md.Text(markdown.Plain(f.Title, maxTitle))
		fmt.Fprintf(&b, "%d. **%s**%s\\\n   %s\\\n", first+i, title, place(md, f), indented(md, f.Message, own))
		if f.Remedy != "" {
			fmt.Fprintf(&b, "   **Fix:** %s\\\n", indented(md, f.Remedy, own))
		}
		fmt.Fprintf(&b, "   <sub>[%s](%s)%s</sub>\n\n", md.Text(f.Rule), f.Docs, tool(md, f))
		b.WriteString(suggested(md, f.Suggestion))
	}
	return b.String()
}

// maxCorrection bounds the text of an inline comment, in bytes.
const maxCorrection = 8000

// Correction is what an inline comment says of a finding whose correction stands below it.
func Correction(f change.Forge, of finding.Finding) string {
	md := Dialect(f)
	title := of.Title
	if of.Source != nil {
		title = of.Source.Tool + " " + of.Source.Rule
	}
	body := fmt.Sprintf("**%s**: %s", md.Text(markdown.Plain(strings.TrimSpace(title), maxTitle)), indented(md, of.Message, nil))
	return markdown.Truncate(fmt.Sprintf("%s\n\n<sub>[%s](%s)%s</sub>", body, md.Text(of.Rule), of.Docs, tool(md, of)), maxCorrection)
}

// tool links the page of a linter's rule. The address is of a site that is known to hold such pages.
func tool(md markdown.Dialect, f finding.Finding) string {
	if f.Source == nil || f.Source.Help == "" {
		return ""
	}
	name := markdown.Plain(strings.TrimSpace(f.Source.Tool+" "+f.Source.Rule), maxTitle)
	return fmt.Sprintf(" · [%s](%s)", md.Text(name), f.Source.Help)
}

// maxSuggested is the most lines of a correction that a list shows.
const maxSuggested = 15

// suggested shows what the lines could be instead.
func suggested(md markdown.Dialect, s *finding.Suggestion) string {
	if s == nil {
		return ""
	}
	what := fmt.Sprintf("Line %d", s.Line)
	if s.EndLine > s.Line {
		what = fmt.Sprintf("Lines %d to %d", s.Line, s.EndLine)
	}
	switch {
	case s.Text == "":
		return what + " can go.\n\n"
	case strings.Count(s.Text, "\n") > maxSuggested:
		return ""
	}
	return what + " could be:\n\n" + strings.TrimRight(md.Fence(strings.TrimSuffix(s.Text, "\n"), ""), "\n") + "\n\n"
}

func place(md markdown.Dialect, f finding.Finding) string {
	path := markdown.Plain(f.Path, maxReason)
	switch {
	case path == "":
		return ""
	case f.Line > 0:
		return " in " + md.Code(fmt.Sprintf("%s:%d", path, f.Line))
	}
	return " in " + md.Code(path)
}

// indented keeps text of several lines inside its list item.
func indented(md markdown.Dialect, s string, own map[string]bool) string {
	lines := strings.Split(strings.TrimSpace(markdown.Plain(s, maxMessage)), "\n")
	for i, l := range lines {
		lines[i] = md.Message(l, own)
	}
	return strings.Join(lines, "\\\n   ")
}

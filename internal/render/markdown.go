package render

import (
	"fmt"
	"strings"

	"github.com/lintel-review/lintel/internal/markdown"
	"github.com/lintel-review/lintel/internal/text"
)

const (
	// maxTold is the most findings that a summary tells in words.
	maxTold = 50
	// maxMarkdown bounds a summary in bytes: GitHub takes 1 MiB for one step and shows none of a larger one.
	maxMarkdown = 512 << 10
)

// writeMarkdown writes a summary for the page of a CI job: how it ended, what is wrong and what to do, and what was not judged.
// https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands#adding-a-job-summary
func writeMarkdown(b *strings.Builder, v Verdict) {
	var m strings.Builder
	all := shown(v)
	blocking := 0
	for _, f := range all {
		if f.Blocking {
			blocking++
		}
	}
	switch {
	case v.Conclusion == Nothing:
		fmt.Fprintf(&m, "## Lintel: nothing to judge\n\n%s.\n", markdown.GitHub.Prose(line(v.Reason)))
	case v.Conclusion == "success" && len(all) == 0:
		m.WriteString("## Lintel passes\n\n")
	case v.Conclusion == "success":
		fmt.Fprintf(&m, "## Lintel passes\n\n%s %s worth a look.\n\n", text.Count(len(all), "finding"), is(len(all)))
	case blocking == 0:
		m.WriteString("## Lintel refuses this change\n\nSomething that enforced rules need was not read.\n\n")
	default:
		fmt.Fprintf(&m, "## Lintel refuses this change\n\n%s %s it.\n\n", text.Count(blocking, "finding"), block(blocking))
	}
	if len(all) > 0 {
		m.WriteString("| | where | what |\n|---|---|---|\n")
	}
	for i, f := range all {
		if i == maxTold {
			fmt.Fprintf(&m, "\n… and %s more.\n", text.Count(len(all)-i, "finding"))
			break
		}
		place := "the whole change"
		if f.Path != "" {
			place = f.Path
			if f.Line > 0 {
				place = fmt.Sprintf("%s:%d", place, f.Line)
			}
			place = markdown.GitHub.CodeCell(place)
		}
		what := "**" + cell(f.Title) + "**"
		for _, part := range []string{f.Message, f.Remedy} {
			if strings.TrimSpace(part) != "" && part != f.Title {
				what += "<br>" + cell(part)
			}
		}
		rule := markdown.GitHub.CodeCell(f.Rule)
		if strings.HasPrefix(f.Docs, "https://") {
			rule = "[" + rule + "](" + address(f.Docs) + ")"
		}
		fmt.Fprintf(&m, "| %s | %s | %s<br>%s |\n", level(f), place, what, rule)
	}
	for _, u := range v.Abstained {
		fmt.Fprintf(&m, "\n- not judged: %s: %s", markdown.GitHub.Code(u.Rule), markdown.GitHub.Text(line(u.Reason)))
	}
	for _, g := range v.Incomplete {
		fmt.Fprintf(&m, "\n- not read: %s %s: %s", markdown.GitHub.Code(g.Fact), markdown.GitHub.Text(line(g.Path)),
			markdown.GitHub.Text(line(g.Reason)))
	}
	if v.Conclusion != Nothing {
		fmt.Fprintf(&m, "\n\n%s..%s\n", markdown.GitHub.Code(short(v.Base)), markdown.GitHub.Code(short(v.Head)))
	}
	b.WriteString(markdown.Truncate(m.String(), maxMarkdown))
}

// cell is untrusted text of several lines in one cell of a table.
func cell(s string) string {
	var parts []string
	for _, l := range lines(s) {
		parts = append(parts, markdown.GitHub.Message(l, nil))
	}
	return strings.Join(parts, "<br>")
}

// address writes a web address so that it ends no link: what is not usual in one is percent-encoded.
func address(s string) string {
	page, fragment, ok := strings.Cut(strings.TrimPrefix(s, "https://"), "#")
	out := "https://" + uri(page)
	if ok {
		out += "#" + uri(fragment)
	}
	return out
}

package comment

import (
	"fmt"
	"strings"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/markdown"
	"github.com/lintel-review/lintel/internal/render/contract"
	"github.com/lintel-review/lintel/internal/render/plain"
	"github.com/lintel-review/lintel/internal/text"
)

const (
	// maxInSummary is the most findings that a summary shows.
	maxInSummary = 50
	// maxSummary bounds a summary in bytes: GitHub takes 1 MiB for one step and shows none of a larger one.
	maxSummary = 512 << 10
)

// Summary writes a summary for the page of a CI job: how it ended, what is wrong and what to do, and what was not judged.
// https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands#adding-a-job-summary
func Summary(v contract.Verdict) string {
	d := Dialect(change.GitHub) // a job's page is GitHub's
	var m strings.Builder
	all := v.Shown()
	blocking := 0
	for _, f := range all {
		if f.Blocking {
			blocking++
		}
	}
	switch {
	case v.Conclusion == contract.Nothing:
		fmt.Fprintf(&m, "## Lintel: nothing to judge\n\n%s.\n", d.Prose(plain.Line(v.Reason)))
	case v.Conclusion == "success" && len(all) == 0:
		m.WriteString("## Lintel passes\n\n")
	case v.Conclusion == "success":
		fmt.Fprintf(&m, "## Lintel passes\n\n%s %s worth a look.\n\n", text.Count(len(all), "finding"),
			text.Plural(len(all), "is", "are"))
	case blocking == 0:
		m.WriteString("## Lintel refuses this change\n\nSomething that enforced rules need was not read.\n\n")
	default:
		fmt.Fprintf(&m, "## Lintel refuses this change\n\n%s %s it.\n\n", text.Count(blocking, "finding"),
			text.Plural(blocking, "blocks", "block"))
	}
	if len(all) > 0 {
		m.WriteString("| | where | what |\n|---|---|---|\n")
	}
	for i, f := range all {
		if i == maxInSummary {
			fmt.Fprintf(&m, "\n… and %s more.\n", text.Count(len(all)-i, "finding"))
			break
		}
		place := "the whole change"
		if f.Path != "" {
			place = f.Path
			if f.Line > 0 {
				place = fmt.Sprintf("%s:%d", place, f.Line)
			}
			place = d.CodeCell(place)
		}
		what := "**" + cell(d, f.Title) + "**"
		for _, part := range []string{f.Message, f.Remedy} {
			if strings.TrimSpace(part) != "" && part != f.Title {
				what += "<br>" + cell(d, part)
			}
		}
		rule := d.CodeCell(f.Rule)
		if strings.HasPrefix(f.Docs, "https://") {
			rule = "[" + rule + "](" + address(f.Docs) + ")"
		}
		fmt.Fprintf(&m, "| %s | %s | %s<br>%s |\n", f.Level(), place, what, rule)
	}
	for _, u := range v.Abstained {
		fmt.Fprintf(&m, "\n- not judged: %s: %s", d.Code(u.Rule), d.Text(plain.Line(u.Reason)))
	}
	for _, g := range v.Incomplete {
		fmt.Fprintf(&m, "\n- not read: %s %s: %s", d.Code(g.Fact), d.Text(plain.Line(g.Path)),
			d.Text(plain.Line(g.Reason)))
	}
	if v.Conclusion != contract.Nothing {
		fmt.Fprintf(&m, "\n\n%s..%s\n", d.Code(plain.Commit(v.Base)), d.Code(plain.Commit(v.Head)))
	}
	return markdown.Truncate(m.String(), maxSummary)
}

// cell is untrusted text of several lines in one cell of a table.
func cell(d markdown.Dialect, s string) string {
	var parts []string
	for _, l := range plain.Lines(s) {
		parts = append(parts, d.Message(l, nil))
	}
	return strings.Join(parts, "<br>")
}

// address writes a web address so that it ends no link: what is not usual in one is percent-encoded.
func address(s string) string {
	page, fragment, ok := strings.Cut(strings.TrimPrefix(s, "https://"), "#")
	out := "https://" + plain.URI(page)
	if ok {
		out += "#" + plain.URI(fragment)
	}
	return out
}

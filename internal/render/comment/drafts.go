package comment

import (
	"fmt"
	"strings"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/effect"
	"github.com/lintel-review/lintel/internal/markdown"
	"github.com/lintel-review/lintel/internal/text"
)

// maxDraft bounds the text of one draft in the check; the page has it whole.
const maxDraft = 1200

// drafts is the part of the check that shows comments which wait to be released. They say nothing about the verdict.
func (v Verdict) drafts() string {
	all, md := v.Drafts, v.dialect()
	if len(all) == 0 {
		return ""
	}
	var b strings.Builder
	verb := "wait"
	if len(all) == 1 {
		verb = "waits"
	}
	fmt.Fprintf(&b, "### Drafts\n\n%s by a language model %s to be released. They have no part in the verdict. "+
		"Somebody with write permission can post them with the button *%s*.\n\n", text.Count(len(all), "comment"), verb, ReleaseLabel)
	for _, m := range all[:min(len(all), listed)] {
		place := fmt.Sprintf("%s:%d", markdown.Plain(m.Path, maxReason), m.StartLine)
		if m.Side == effect.Left {
			place += " (deleted)"
		}
		fmt.Fprintf(&b, "- %s\n\n", md.Code(place))
		for line := range strings.Lines(markdown.Truncate(m.Body, maxDraft)) {
			b.WriteString("  > " + strings.TrimSuffix(line, "\n") + "\n")
		}
		b.WriteString("\n")
	}
	return b.String()
}

// Addressed says that the code of an inline comment is gone at head, with what it said folded away. The commit is named
// by its short id, which the forge makes a link of.
func Addressed(body string, f change.Forge, head string) string {
	const summary = "<details><summary>What this said</summary>"
	return "**Addressed in " + change.Short(head) + ".**\n\n" + summary + "\n\n" + markdown.Truncate(body, Dialect(f).MaxBody/2) +
		"\n\n</details>"
}

package comment

import (
	"fmt"
	"strings"

	"github.com/lintel-review/lintel/internal/markdown"
)

// overridden names the overrides by which findings pass that would block otherwise.
func (v Verdict) overridden() string {
	if len(v.Decision.Overridden) == 0 {
		return ""
	}
	md := v.dialect()
	var b strings.Builder
	b.WriteString("### Overridden\n\nWhat these rules found does not block, because somebody who may said so:\n\n")
	for _, o := range v.Decision.Overridden {
		by := md.Text(o.Actor)
		if o.Second != "" {
			by += " and " + md.Text(o.Second)
		}
		fmt.Fprintf(&b, "- **%s** by %s (%s): %s. It ends with %s.\n", md.Text(o.Rule), by, md.Text(o.Category),
			md.Text(strings.TrimRight(markdown.Plain(o.Reason, maxReason), ".")), o.Ends())
	}
	b.WriteString("\n")
	return b.String()
}

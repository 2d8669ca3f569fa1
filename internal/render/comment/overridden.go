package comment

import (
	"fmt"
	"strings"
	"time"

	"github.com/lintel-review/lintel/internal/markdown"
	"github.com/lintel-review/lintel/internal/override"
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
		fmt.Fprintf(&b, "- **%s**%s by %s (%s): %s. It ends with %s.\n", md.Text(o.Rule), narrowed(md, o), by, md.Text(o.Category),
			md.Text(strings.TrimRight(markdown.Plain(o.Reason, maxReason), ".")), o.Ends())
	}
	b.WriteString("\n")
	return b.String()
}

// narrowed says to what an override is narrowed.
func narrowed(md markdown.Dialect, o override.Override) string {
	out := ""
	if o.In != "" {
		out += " in " + md.Code(o.In)
	}
	if o.Finding != "" {
		out += " for finding " + md.Code(o.Finding)
	}
	return out
}

// muted names the mutes that hide remarks.
func (v Verdict) muted() string {
	if len(v.Decision.Muted) == 0 {
		return ""
	}
	md := v.dialect()
	var b strings.Builder
	b.WriteString("### Muted\n\nWhat these rules remark is hidden on this " + v.noun() + ":\n\n")
	for _, m := range v.Decision.Muted {
		fmt.Fprintf(&b, "- **%s** by %s, until %s\n", md.Text(m.Rule), md.Text(m.Actor), m.Until.UTC().Format(time.DateOnly))
	}
	b.WriteString("\n")
	return b.String()
}

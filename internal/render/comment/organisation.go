package comment

import (
	"fmt"
	"strings"

	"github.com/lintel-review/lintel/internal/markdown"
	"github.com/lintel-review/lintel/internal/text"
)

// organisation says what the organisation's floor holds, so that nobody looks for it in the repository's own file.
func (v Verdict) organisation() string {
	if v.Facts == nil || v.Facts.Controls.Organisation == nil {
		return ""
	}
	o, md := v.Facts.Controls.Organisation, v.dialect()
	var out strings.Builder
	if len(o.Raised) > 0 {
		var held []string
		for _, r := range o.Raised[:min(len(o.Raised), listed)] {
			where := fmt.Sprintf("line %d", r.Line)
			if r.File != "" {
				where += " of " + md.Code(r.File)
			}
			held = append(held, fmt.Sprintf("%s at %s (%s)", md.Code(r.Key), md.Code(markdown.Plain(r.Value, maxReason)), where))
		}
		if more := len(o.Raised) - len(held) + o.RaisedMore; more > 0 {
			held = append(held, fmt.Sprint(more, " more"))
		}
		fmt.Fprintf(&out, "**The organisation's floor holds** %s, by %s: %s.\n\n", text.Count(len(o.Raised)+o.RaisedMore, "setting"),
			md.Code(o.File), strings.Join(held, ", "))
	}
	for _, note := range o.Notes[:min(len(o.Notes), listed)] {
		fmt.Fprintf(&out, "**The organisation's settings**: %s.\n\n", md.Text(note))
	}
	if more := len(o.Notes) - listed; more > 0 {
		fmt.Fprintf(&out, "**The organisation's settings**: %d more notes.\n\n", more)
	}
	return out.String()
}

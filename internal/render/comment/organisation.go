package comment

import (
	"fmt"
	"strings"

	"github.com/lintel-review/lintel/internal/markdown"
	"github.com/lintel-review/lintel/internal/text"
)

// organisation says what the organisation's floor holds, so that nobody looks for it in the repository's own file.
func (v Verdict) organisation() string {
	if v.Facts == nil || v.Facts.Controls.Organisation == nil || len(v.Facts.Controls.Organisation.Raised) == 0 {
		return ""
	}
	o, md := v.Facts.Controls.Organisation, v.dialect()
	var held []string
	for _, r := range o.Raised[:min(len(o.Raised), listed)] {
		held = append(held, fmt.Sprintf("%s at %s (line %d)", md.Code(r.Key), md.Code(markdown.Plain(r.Value, maxReason)), r.Line))
	}
	if more := len(o.Raised) - len(held) + o.RaisedMore; more > 0 {
		held = append(held, fmt.Sprint(more, " more"))
	}
	return fmt.Sprintf("**The organisation's floor holds** %s, by %s: %s.\n\n", text.Count(len(o.Raised)+o.RaisedMore, "setting"),
		md.Code(o.File), strings.Join(held, ", "))
}

package comment

import (
	"fmt"
	"strings"

	"github.com/lintel-review/lintel/internal/gateswitch"
	"github.com/lintel-review/lintel/internal/markdown"
)

// gateIs reports whether the operator's switch turned the verdict that way.
func (v Verdict) gateIs(s gateswitch.State) bool {
	return v.Decision.Gate != nil && v.Decision.Gate.State == s
}

// closedTitle is the title of a check that is refused because the gate is closed.
const closedTitle = "The gate is closed"

// switched announces the operator's switch on a check that it turned.
func (v Verdict) switched() string {
	if v.Decision.Gate == nil {
		return ""
	}
	return announced(v.dialect(), *v.Decision.Gate)
}

func announced(md markdown.Dialect, s gateswitch.Switch) string {
	does := "is open: what the rules refuse passes"
	if s.State == gateswitch.Closed {
		does = "is closed: nothing passes, whatever the rules say"
	}
	return fmt.Sprintf("> **The gate of %s %s, until %s UTC.** %s switched it: %s. Then the rules decide again by themselves, "+
		"and everything that this turned is listed for a second look.\n\n",
		md.Text(s.Scope.Name), does, s.Until.UTC().Format("2006-01-02 15:04"), md.Text(markdown.Plain(s.Actor, maxReason)),
		md.Text(strings.TrimRight(markdown.Plain(s.Reason, maxReason), ".")))
}

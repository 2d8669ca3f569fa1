package aftermath

import (
	"github.com/lintel-review/lintel/internal/churn"
	"github.com/lintel-review/lintel/internal/lazyregexp"
)

const cause = `(?i)\b(?:(?:introduced|caused|broken|broke|regress(?:ed|ions?)|missed|forgotten)\s+(?:this\s+)?` +
	`(?:by|in|since|with|from|of)` +
	`|follow[- ]?up\s+(?:to|of|for|on)|amends|fixes:)\s+(?:commit |changeset |pull request |PR )?`

var (
	blamedCommit = lazyregexp.New(cause + `([0-9a-f]{7,64})\b`)
	blamedPull   = lazyregexp.New(cause + `(?:[\w.-]+/[\w.-]+)?#(\d{1,9})\b`)
)

// Blamed finds the changes that a fix within the days names as its cause, each with the commit of the first such fix. The
// changes are the newest first.
func Blamed(all []Landed) map[string]string {
	known, out := indexOf(all), map[string]string{}
	for by, c := range all {
		if !c.IsFix() {
			continue
		}
		for _, message := range c.Messages {
			for _, i := range known.named(message, blamedCommit, blamedPull) {
				if i > by && Within(all[i].At, c.At) {
					out[all[i].Commit] = c.Commit
				}
			}
		}
	}
	return out
}

// harmless are titles of changes that are not to change what the program does: what is fixed at their lines later was at
// fault before them.
var harmless = lazyregexp.New(`(?i)^(?:\[[^\]]{0,40}\] *)?` +
	`(?:docs?|tests?|testing|style|refactor\w*|chore|release|deps?)(?:\([^)]{0,60}\))?!?:` +
	`|^(?:refactor\w*|prepare\w*|release|bump\w*|rename\w*|reformat\w*|format|clean ?up)\b`)

// AtFault reports whether a change is at fault by what a fix rewrites: of all places that the fix rewrites, the change
// had written at least half. Where the change was a fix itself, the fix must name it too: most of those who widen a fix
// write over it. A fix that names its cause blames nothing else. What brings back something old, or only moves and
// renames, is at fault for nothing.
func (l Landed) AtFault(fix Landed, places, all int) bool {
	title := l.title()
	if places == 0 || 2*places < all || churn.BringsBack(title) || churn.Reverts(title) || harmless.MatchString(title) {
		return false
	}
	return !churn.Fixes(title) && !fix.knowsCause() || fix.names(l)
}

// knowsCause reports whether the messages of a fix name what caused the fault.
func (l Landed) knowsCause() bool {
	for _, message := range l.Messages {
		if blamedCommit.MatchString(message) || blamedPull.MatchString(message) {
			return true
		}
	}
	return false
}

var (
	someCommit = lazyregexp.New(`\b([0-9a-f]{7,64})\b`)
	somePull   = lazyregexp.New(`#(\d{1,9})\b`)
)

// names reports whether the messages of a change name another one, in whatever words.
func (l Landed) names(other Landed) bool {
	known := indexOf([]Landed{other})
	for _, message := range l.Messages {
		if len(known.named(message, someCommit, somePull)) > 0 {
			return true
		}
	}
	return false
}

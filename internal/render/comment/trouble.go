package comment

import (
	"cmp"
	"errors"
	"fmt"
	"strings"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/gateswitch"
	"github.com/lintel-review/lintel/internal/markdown"
)

// Output is the texts of a check that shows no verdict.
type Output struct{ Title, Summary string }

// Reading is shown on a check while the change is read.
func Reading(f change.Forge) Output {
	noun := f.Words().Change
	return Output{"Reading the " + noun, "Lintel is looking at this " + noun + ". The verdict follows."}
}

// LeftBehind is shown on a commit that no open change has any more.
func LeftBehind(f change.Forge) Output {
	noun := f.Words().Change
	return Output{
		"Not judged: the " + noun + " moved on or was closed",
		"This commit is the head of no open " + noun + " any more. When it is one again, it is judged.",
	}
}

// Retired is shown in the place of a check that the settings asked for once; required names the check that counts.
func Retired(f change.Forge, required string) Output {
	return Output{
		"Not asked for any more",
		"The settings of this repository no longer ask for this check. What counts is in " + Dialect(f).Code(required) + ".",
	}
}

// notJudged ends the text about trouble.
func notJudged(f change.Forge) string {
	return "\n\nA " + f.Words().Change + " that could not be judged does not pass."
}

// Trouble says why there is no verdict on a change, and what to do. Where an open gate is in force (nil: none is), it
// passes all the same.
func Trouble(r change.Record, cause error, gate *gateswitch.Switch) Output {
	o := trouble(r, cause)
	if gate != nil && gate.State == gateswitch.Open {
		o.Title = "The gate is open: passes without a verdict"
		o.Summary = announced(Dialect(r.Forge), *gate) + strings.TrimSuffix(o.Summary, notJudged(r.Forge))
	}
	return o
}

func trouble(r change.Record, cause error) Output {
	words := r.Forge.Words()
	noun := words.Change
	title := "No verdict: the " + noun + " could not be judged"
	what := "The " + noun + " could not be read or judged."
	remedy := "Lintel tries again by itself. Press Re-check to try at once; if it stays, ask whoever runs Lintel to " +
		"look at its log and at lintel doctor " + string(cmp.Or(r.Forge, change.GitHub)) + "."
	var refused *change.Refused
	var limited *change.Limited
	if errors.As(cause, &limited) {
		what = fmt.Sprintf("%s limits our requests until %s, and a merge queue does not wait that long.", words.Brand,
			limited.Until.UTC().Format("15:04 MST"))
		remedy = "Queue the " + noun + " again after that."
	}
	if errors.As(cause, &refused) {
		what, remedy = refused.What+".", "This needs somebody who runs Lintel: "+refused.Remedy+". Then press Re-check."
	}
	var unread *change.Unread
	if errors.As(cause, &unread) {
		what = unread.What + "."
		remedy = "Lintel tries again by itself; press Re-check to try at once. For whoever runs Lintel: " + unread.Remedy + "."
	}
	var unrelated *change.Unrelated
	if errors.As(cause, &unrelated) {
		title, what, remedy = NoCommonHistory(cmp.Or(r.Base.Ref, change.Short(unrelated.Base)), r.Base.Ref != "")
	}
	md := Dialect(r.Forge)
	return Output{title, "**" + md.Text(what) + "**\n\n" + md.Text(words.Say(remedy)) + notJudged(r.Forge)}
}

// NoCommonHistory says, as plain text, that a change and its base have no commit in common, and what to do. Server and
// command line say the same. Branch is true when the base is named as a branch, and not as a commit.
func NoCommonHistory(base string, branch bool) (title, what, remedy string) {
	base = markdown.Plain(base, maxTitle)
	onto := base
	if branch {
		onto = "origin/" + base
	}
	return "No common history with " + base,
		"This branch and " + base + " have no commit in common, so there is nothing that one changes of the other.",
		"The branch was probably begun anew or replaced by another history. Put its commits onto " + base + " (git rebase --onto " + onto +
			" --root) and push, or open a pull request from a new branch that starts at " + base + "."
}

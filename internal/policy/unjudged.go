package policy

import (
	"fmt"
	"slices"

	"github.com/lintel-review/lintel/internal/facts"
	"github.com/lintel-review/lintel/internal/finding"
	"github.com/lintel-review/lintel/internal/text"
)

// unjudged takes the rules of families whose analysis failed out of those that are asked: their facts mean nothing.
// Each family gets one finding, of the rule that speaks when its input is missing (custom.stands_in), in the highest
// mode that any of the left-out rules has, so that a family that enforces fails closed. The other rules abstain; none
// of them is among those that were judged.
func (e *Engine) unjudged(failed []facts.Failed, stand map[string]standing, ask []string) (rest []string, findings []finding.Finding,
	abstained []Abstention) {
	rest = ask
	for _, f := range failed {
		speaker, highest := e.byID[PolicyErrorRule], finding.Off
		var left []Rule
		for _, id := range rest {
			if r := e.byID[id]; r.Family == f.Family {
				left = append(left, r)
				if stand[id].mode.Cap(highest) == highest {
					highest = stand[id].mode
				}
			}
		}
		if len(left) == 0 {
			continue
		}
		for _, r := range e.rules {
			if r.Family == f.Family && r.StandsIn {
				speaker = r
			}
		}
		rest = slices.DeleteFunc(slices.Clone(rest), func(id string) bool { return e.byID[id].Family == f.Family })
		x := finding.Finding{
			Rule: speaker.ID, Family: speaker.Family, Title: speaker.Title, Docs: speaker.Docs,
			Message: fmt.Sprintf("The rules of the family %s could not judge this change: Lintel's own analysis stopped%s with %q.",
				f.Family, stoppedAt(f), text.ClipBytes(f.Reason, 300)),
			Remedy: "This is a fault of Lintel, not of the change; a further try ends the same. Tell whoever runs " +
				"Lintel: the log says where it stopped. " +
				"Until it is corrected, they can switch the family to warn.",
			Subject: "failed " + f.Family,
		}
		if f.What == "file" || f.What == "control" {
			x.Path = f.Name
		}
		weigh(&x, standing{mode: highest, severity: finding.Error})
		findings = append(findings, x)
		for _, r := range left {
			if r.ID != speaker.ID {
				abstained = append(abstained, Abstention{
					Rule: r.ID, Family: r.Family, Mode: stand[r.ID].mode,
					Reason: fmt.Sprintf("The analysis of %s stopped with a fault of Lintel's own.", f.Family),
				})
			}
		}
	}
	return rest, findings, abstained
}

// stoppedAt says at what, with a space before it.
func stoppedAt(f facts.Failed) string {
	switch f.What {
	case "":
		return ""
	case "control":
		return " at the file " + f.Name + " of the base branch"
	}
	return " at the " + f.What + " " + f.Name
}

package comment

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/lintel-review/lintel/internal/effect"
	"github.com/lintel-review/lintel/internal/override"
	"github.com/lintel-review/lintel/internal/text"
)

// Status answers "/lintel status": the verdict in a line, what it waits for, and what was granted to the change.
func (v Verdict) Status(granted override.Granted, now time.Time) string {
	md := v.dialect()
	var b strings.Builder
	switch v.Decision.Conclusion {
	case effect.Failure:
		fmt.Fprintf(&b, "**Refused:** %s.", v.ProblemsTitle())
	case effect.Success:
		fmt.Fprintf(&b, "**Passes:** %s.", v.PassTitle())
	default:
		fmt.Fprintf(&b, "**Waits:** %s.", v.Waiting.Title())
	}
	b.WriteString("\n\n")
	if s := v.Decision.Gate; s != nil {
		b.WriteString(announced(md, *s))
	}
	for _, o := range granted.Overrides {
		state := "It ends with " + o.Ends()
		switch {
		case o.State == override.Proposed:
			state = "It waits for a second person"
		case !o.Holds(v.Snapshot.Head.SHA, v.Snapshot.Base.SHA, now):
			state = "It holds no longer"
		}
		fmt.Fprintf(&b, "- override of %s%s by %s. %s.\n", md.Code(o.Rule), narrowed(md, o), md.Text(o.Actor), state)
	}
	for _, m := range granted.Mutes {
		if m.Holds(now) {
			fmt.Fprintf(&b, "- %s is muted by %s until %s.\n", md.Code(m.Rule), md.Text(m.Actor), m.Until.UTC().Format(time.DateOnly))
		}
	}
	return strings.TrimRight(b.String(), "\n")
}

// Unblockers answers "/lintel owners": the fewest people whose approval lets the change merge.
func (v Verdict) Unblockers() (words string, people []string) {
	if v.Facts == nil {
		return "Who owns the changed files is not known.", nil
	}
	md, u := v.dialect(), v.Facts.Ownership.Unblock
	var names []string
	for _, name := range slices.Concat(u.People, u.Teams) {
		names = append(names, md.Text(strings.TrimPrefix(name, "@")))
	}
	stuck := ""
	if u.Stuck > 0 {
		stuck = fmt.Sprintf(" %s of files %s owners who all cannot approve: the check says why.", text.Count(u.Stuck, "group"),
			text.Plural(u.Stuck, "has", "have"))
	}
	switch {
	case len(names) == 0 && stuck == "":
		return "No approval of an owner is missing.", nil
	case len(names) == 0:
		return strings.TrimSpace(stuck), nil
	}
	fewest := "The fewest people who can unblock this: "
	if !u.Smallest {
		fewest = "These people can unblock this (there may be fewer): "
	}
	if u.More > 0 {
		names = append(names, fmt.Sprintf("%d more", u.More))
	}
	return fewest + text.List(names) + "." + stuck, u.People
}

package comment

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/lintel-review/lintel/internal/effect"
	"github.com/lintel-review/lintel/internal/finding"
	"github.com/lintel-review/lintel/internal/gateswitch"
	"github.com/lintel-review/lintel/internal/markdown"
	"github.com/lintel-review/lintel/internal/policy"
	"github.com/lintel-review/lintel/internal/text"
)

// ProblemsTitle is the title of a check that does not pass. It is the one way to count: check, comment and page say the
// same number of the same decision.
func (v Verdict) ProblemsTitle() string {
	n := len(v.Decision.Blocking())
	if v.gateIs(gateswitch.Closed) {
		return closedTitle
	}
	if n == 0 {
		return "Not ready to merge"
	}
	return problemsTitle(n)
}

func problemsTitle(n int) string { return text.Count(n, "problem") + " to solve before merging" }

// RefusedTitle is the title of a check whose commit another change has that does not pass.
func (v Verdict) RefusedTitle() string {
	return "Blocked by " + v.numbers(v.Refused) + " with the same commit"
}

// PendingTitle is the title of a check whose commit another change has that has no verdict yet.
func (v Verdict) PendingTitle() string {
	return "Waiting for the verdict on " + v.numbers(v.Pending) + " with the same commit"
}

// PassTitle is the title of a check that passes.
func (v Verdict) PassTitle() string {
	d := v.Decision
	unjudged, visible := len(d.Unjudged()), len(d.Visible())
	// What was not measured does not pass, so not all rules do.
	measured := !slices.ContainsFunc(d.Families, func(f policy.FamilyVerdict) bool { return f.Conclusion == policy.FamilyUnmeasured })
	if v.gateIs(gateswitch.Open) {
		return "The gate is open: passes although " + text.Count(d.GatePassed, "problem") + text.Plural(d.GatePassed, " stands", " stand")
	}
	if visible+unjudged == 0 && measured && len(d.Overridden) == 0 {
		return "All rules pass"
	}
	title := "Passes"
	if n := len(d.Overridden); n > 0 {
		title += " by " + text.Count(n, "override")
	}
	if visible > 0 {
		title += ", with " + text.Count(visible, "remark")
	}
	if unjudged > 0 {
		title += "; " + text.Count(unjudged, "rule") + " could not be judged"
	}
	return title
}

// numbers names changes by the word of their forge: "merge request 3", "merge requests 3, 4 and 5".
func (v Verdict) numbers(list []int) string {
	names := make([]string, len(list))
	for i, n := range list {
		names[i] = strconv.Itoa(n)
	}
	words := v.Snapshot.Ref.Forge.Words()
	return text.Plural(len(list), words.Change, words.Plural) + " " + text.List(names)
}

// Summary is what a reader of the check sees first: how carefully to read, what to do, then how each family stands.
func (v Verdict) Summary() string {
	var b strings.Builder
	b.WriteString(v.gateNote())
	b.WriteString(v.switched())
	b.WriteString(v.overridden())
	b.WriteString(v.risk())
	if v.Snapshot.Draft {
		b.WriteString("This is a draft. What follows must be solved before merging; until it is ready for review, no " +
			"comment is made about it.\n\n")
	}
	if g := v.Snapshot.Group; g != nil {
		fmt.Fprintf(&b, "Merge queue: %s %d, judged again for this group.\n\n", v.noun(), g.Number)
	}
	author, reviewers := v.divided()
	if len(author) > 0 {
		b.WriteString("### What to do\n\n" + v.findings(author, 1))
	}
	if len(reviewers) > 0 {
		b.WriteString("### What reviewers have to do\n\n" + v.findings(reviewers, 1+len(author)))
	}
	for _, n := range v.Refused {
		fmt.Fprintf(&b, "%s %d has the same commit and is refused. A check speaks for a commit, so both must "+
			"pass: solve it there, or close one of the two.\n\n", upper(v.noun()), n)
	}
	for _, n := range v.Pending {
		fmt.Fprintf(&b, "%s %d has the same commit and is being judged. A check speaks for a commit, so this "+
			"one waits for it.\n\n", upper(v.noun()), n)
	}
	md := v.dialect()
	if v.Waiting != nil {
		b.WriteString(v.Waiting.section(md) + v.forLeave())
	}
	if v.Decision.Conclusion == effect.Success && v.Decision.Gate == nil && len(v.Refused)+len(v.Pending) == 0 {
		b.WriteString("Nothing blocks merging.\n\n")
	}
	b.WriteString(v.families())
	if v.Page != "" {
		fmt.Fprintf(&b, "\n[Why: every rule, the facts it read, past verdicts](%s)\n", v.Page)
	}
	return markdown.Truncate(b.String(), md.MaxBody)
}

// gateNote announces the operator's switch, on every check.
func (v Verdict) gateNote() string {
	if v.Gate != finding.Warn {
		return ""
	}
	return "> **Whoever runs Lintel has switched the gate to warn: nothing blocks until it is switched back.**\n\n"
}

// Text is the second field of the check: what does not block, what was not judged, what could not be read.
func (v Verdict) Text() string {
	var b strings.Builder
	md := v.dialect()
	b.WriteString(v.coverage())
	b.WriteString(v.dependencies())
	if rest := v.remarks(); len(rest) > 0 {
		b.WriteString("### Remarks\n\nThey do not block.\n\n")
		b.WriteString(v.findings(rest, 1+len(v.Decision.Blocking())))
	}
	b.WriteString(v.muted())
	for _, f := range v.Decision.Families {
		if f.Conclusion == policy.FamilyUnmeasured {
			fmt.Fprintf(&b, "**%s was not measured.** %s\n\n", md.Text(upper(f.Name)), md.Text(markdown.Plain(f.Reason, maxReason)))
		}
	}
	v.unjudged(&b)
	b.WriteString(v.drafts())
	b.WriteString(v.organisation())
	v.gaps(&b)
	return markdown.Truncate(b.String(), md.MaxBody)
}

// unjudged lists the rules that could not be judged.
func (v Verdict) unjudged(b *strings.Builder) {
	all, own, md := v.Decision.Unjudged(), v.owners(), v.dialect()
	if len(all) == 0 {
		return
	}
	b.WriteString("### Not judged\n\n")
	for _, a := range all[:min(len(all), listed)] {
		fmt.Fprintf(b, "- %s: %s\n", md.Code(a.Rule), md.Message(markdown.Plain(a.Reason, maxReason), own))
	}
	more(b, len(all)-listed)
	b.WriteString("\n")
}

// gaps lists the facts that could not be read.
func (v Verdict) gaps(b *strings.Builder) {
	all, md := v.Decision.Incomplete, v.dialect()
	if len(all) == 0 {
		return
	}
	b.WriteString("### Could not be read\n\n")
	for _, g := range all[:min(len(all), listed)] {
		where := ""
		if g.Path != "" {
			where = " " + md.Code(markdown.Plain(g.Path, maxReason))
		}
		fmt.Fprintf(b, "- %s%s: %s\n", md.Code(g.Fact), where, md.Text(markdown.Plain(g.Reason, maxReason)))
	}
	more(b, len(all)-listed)
}

// more counts what a list leaves out.
func more(b *strings.Builder, n int) {
	if n > 0 {
		fmt.Fprintf(b, "- and %d more\n", n)
	}
}

// upper begins a name of ours with a capital.
func upper(s string) string {
	if s == "" {
		return ""
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

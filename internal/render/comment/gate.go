package comment

import (
	"fmt"
	"slices"
	"strings"

	"github.com/lintel-review/lintel/internal/effect"
	"github.com/lintel-review/lintel/internal/finding"
	"github.com/lintel-review/lintel/internal/gateswitch"
	"github.com/lintel-review/lintel/internal/markdown"
	"github.com/lintel-review/lintel/internal/policy"
)

// maxGate bounds the gate's part of the comment, so that advice has room below it.
const maxGate = 45000

// GatePart is the gate's part of the one comment. It is empty when nothing blocks that the author can fix.
func (v Verdict) GatePart() string {
	author, reviewers := v.divided()
	if len(author) == 0 {
		return ""
	}
	var b strings.Builder
	fmt.Fprintf(&b, "**Lintel: %s**\n\n", problemsTitle(len(v.Decision.Blocking())))
	b.WriteString(v.findings(author, 1))
	if n := len(reviewers); n > 0 {
		fmt.Fprintf(&b, "%s for reviewers, not for the author: %s. The check says whom to ask.\n\n", moreProblems(n), v.titles(reviewers))
	}
	b.WriteString("<sub>This is Lintel's only comment here; it is edited when something changes.")
	if v.Page != "" {
		fmt.Fprintf(&b, " [Why](%s)", v.Page)
	}
	b.WriteString("</sub>")
	return markdown.Truncate(b.String(), maxGate)
}

// WholePart is the gate's part of the one comment where a check has no text: it says what a check's text says elsewhere.
// It is empty when there is nothing to say.
func (v Verdict) WholePart() string {
	d := v.Decision
	if len(d.Blocking())+len(d.Visible())+len(d.Unjudged())+len(d.Incomplete)+len(v.Refused)+len(v.Pending)+len(d.Overridden) == 0 &&
		d.Gate == nil && v.forLeave() == "" {
		return ""
	}
	title := v.PassTitle()
	switch {
	case len(d.Blocking()) > 0 || d.Conclusion == effect.Failure:
		title = v.ProblemsTitle()
	case len(v.Refused) > 0:
		title = v.RefusedTitle()
	case len(v.Pending) > 0:
		title = v.PendingTitle()
	case d.Conclusion != effect.Success:
		title = v.Waiting.Title()
	}
	body := "**Lintel: " + title + "**\n\n" + v.Summary()
	if more := v.Text(); more != "" {
		body += "\n<details><summary>More of this verdict</summary>\n\n" + more + "\n</details>\n"
	}
	return markdown.Truncate(body+"\n<sub>This is Lintel's only comment here; it is edited when something changes.</sub>", maxGate)
}

// ClosingPart replaces the gate's part of a comment when nothing is left for the author. It never says that nothing
// blocks while something does.
func (v Verdict) ClosingPart() string {
	_, reviewers := v.divided()
	switch n := len(v.Decision.Blocking()); {
	case v.gateIs(gateswitch.Closed) && n == 0:
		return "**Lintel: solved, and the gate is closed.** The check says until when."
	case v.gateIs(gateswitch.Open):
		return "**Lintel: the gate is open.** What the rules refuse does not block for now; the check says until when."
	case n == 0 && len(v.Decision.Overridden) > 0:
		return "**Lintel: overridden.** Nothing blocks merging any more; the check says who took it upon themselves, and why."
	case n == 0:
		return "**Lintel: solved.** Nothing blocks merging any more."
	case n == len(reviewers):
		return fmt.Sprintf("**Lintel: nothing is left for the author.** %s for reviewers before merging: %s.", remain(n),
			v.titles(reviewers))
	case v.Snapshot.Draft:
		return "**Lintel is quiet while this is a draft.** What has to be solved before merging is on the check."
	}
	return "**Lintel comments here no more.** What has to be solved before merging is on the check."
}

// divided gives the blocking findings that the author can fix, and those that wait for reviewers.
func (v Verdict) divided() (author, reviewers []finding.Finding) {
	for _, f := range v.Decision.Blocking() {
		if v.forReviewers(f.Rule) {
			reviewers = append(reviewers, f)
		} else {
			author = append(author, f)
		}
	}
	return author, reviewers
}

// forReviewers reports whether a rule is settled by reviews alone, so that its findings are no work of the author.
func (v Verdict) forReviewers(rule string) bool {
	return slices.ContainsFunc(v.Rules, func(r policy.Rule) bool { return r.ID == rule && slices.Contains(r.Reads, "reviews") })
}

// titles names what waits for reviewers, for the comment: the check says whom to ask.
func (v Verdict) titles(reviewers []finding.Finding) string {
	md := v.dialect()
	var titles []string
	for _, f := range reviewers {
		if t := md.Text(markdown.Plain(f.Title, maxTitle)); !slices.Contains(titles, t) {
			titles = append(titles, t)
		}
	}
	if n := len(titles) - 3; n > 0 {
		titles = append(titles[:3], fmt.Sprintf("and %d more", n))
	}
	return strings.Join(titles, "; ")
}

func moreProblems(n int) string {
	if n == 1 {
		return "1 more problem is"
	}
	return fmt.Sprintf("%d more problems are", n)
}

func remain(n int) string {
	if n == 1 {
		return "1 problem remains"
	}
	return fmt.Sprintf("%d problems remain", n)
}

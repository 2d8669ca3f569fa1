package review

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/lintel-review/lintel/internal/effect"
	"github.com/lintel-review/lintel/internal/finding"
	"github.com/lintel-review/lintel/internal/markdown"
	"github.com/lintel-review/lintel/internal/policy"
	"github.com/lintel-review/lintel/internal/text"
)

// maxOutput bounds each field of a check and a comment; the forge takes 65,535 characters.
const maxOutput = 60000

// maxGate bounds the gate's part of the comment, so that advice has room below it.
const maxGate = 45000

// listed bounds how many findings a list spells out.
const listed = 50

func escape(s string) string { return markdown.GitHub.Text(s) }

// Longest texts of one finding, in characters: one that talks without end must not push the others out.
const (
	maxTitle   = 250
	maxMessage = 1500
	maxReason  = 300
)

// plain cuts text for places that show no Markdown, and shows what could make it read other than it is as U+FFFD.
func plain(s string, limit int) string {
	s = strings.Map(func(c rune) rune {
		if c != '\n' && markdown.Invisible(c) {
			return utf8.RuneError
		}
		return c
	}, strings.ToValidUTF8(s, "\uFFFD"))
	if utf8.RuneCountInString(s) <= limit {
		return s
	}
	return text.Clip(s, limit-1)
}

// summary is what a reader sees first: what to do, then how each family stands.
func summary(in Input, waiting, failing []int) string {
	var b strings.Builder
	d := in.Decision
	b.WriteString(gateNote(in))
	if in.Snapshot.Draft {
		b.WriteString("This is a draft. What follows must be solved before merging; until it is ready for review, no comment is made about it.\n\n")
	}
	if g := in.Snapshot.Group; g != nil {
		fmt.Fprintf(&b, "Merge queue: pull request %d, judged again for this group.\n\n", g.Number)
	}
	author, reviewers := divided(in)
	if len(author) > 0 {
		b.WriteString("### What to do\n\n" + findingList(in, author, 1))
	}
	if len(reviewers) > 0 {
		b.WriteString("### What reviewers have to do\n\n" + findingList(in, reviewers, 1+len(author)))
	}
	for _, n := range failing {
		fmt.Fprintf(&b, "Pull request %d has the same commit and is refused. A check speaks for a commit, so both must pass: solve it there, or close one of the two.\n\n", n)
	}
	for _, n := range waiting {
		fmt.Fprintf(&b, "Pull request %d has the same commit and is being judged. A check speaks for a commit, so this one waits for it.\n\n", n)
	}
	if in.Waiting != nil {
		b.WriteString(in.Waiting.section())
	}
	if d.Conclusion == effect.Success && len(failing)+len(waiting) == 0 {
		b.WriteString("Nothing blocks merging.\n\n")
	}
	b.WriteString(families(d))
	if in.Page != "" {
		fmt.Fprintf(&b, "\n[Why: every rule, the facts it read, past verdicts](%s)\n", in.Page)
	}
	return markdown.Truncate(b.String(), maxOutput)
}

// gateNote announces the operator's switch, on every check.
func gateNote(in Input) string {
	if in.Gate != finding.Warn {
		return ""
	}
	return "> **Whoever runs Lintel has switched the gate to warn: nothing blocks until it is switched back.**\n\n"
}

func remarks(d policy.Decision, family string) int {
	n := 0
	for _, f := range d.Visible() {
		if f.Family == family && !f.Blocking {
			n++
		}
	}
	return n
}

// details is the second field of the check: what does not block, what was not judged, what could not be read.
func details(in Input) string {
	var b strings.Builder
	b.WriteString(coverageTable(in))
	var rest []finding.Finding
	for _, f := range in.Decision.Visible() {
		if !f.Blocking {
			rest = append(rest, f)
		}
	}
	if len(rest) > 0 {
		b.WriteString("### Remarks\n\nThey do not block.\n\n")
		b.WriteString(findingList(in, rest, 1))
	}
	for _, f := range in.Decision.Families {
		if f.Conclusion == policy.FamilyUnmeasured {
			fmt.Fprintf(&b, "**%s was not measured.** %s\n\n", escape(upper(f.Name)), escape(plain(f.Reason, maxReason)))
		}
	}
	own := owners(in.Facts)
	if unjudged := in.Decision.Unjudged(); len(unjudged) > 0 {
		b.WriteString("### Not judged\n\n")
		for i, a := range unjudged {
			if i == listed {
				fmt.Fprintf(&b, "- and %d more\n", len(unjudged)-listed)
				break
			}
			fmt.Fprintf(&b, "- %s: %s\n", markdown.GitHub.Code(a.Rule), markdown.GitHub.Message(plain(a.Reason, maxReason), own))
		}
		b.WriteString("\n")
	}
	b.WriteString(drafts(in.Standing))
	if len(in.Decision.Incomplete) > 0 {
		b.WriteString("### Could not be read\n\n")
		for i, g := range in.Decision.Incomplete {
			if i == listed {
				fmt.Fprintf(&b, "- and %d more\n", len(in.Decision.Incomplete)-listed)
				break
			}
			where := ""
			if g.Path != "" {
				where = " " + markdown.GitHub.Code(plain(g.Path, maxReason))
			}
			fmt.Fprintf(&b, "- %s%s: %s\n", markdown.GitHub.Code(g.Fact), where, escape(plain(g.Reason, maxReason)))
		}
	}
	return markdown.Truncate(b.String(), maxOutput)
}

// upper begins a name of ours with a capital.
func upper(s string) string {
	if s == "" {
		return ""
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

// findingList spells findings out, numbered from first: what, where, why, how to fix, a link.
func findingList(in Input, findings []finding.Finding, first int) string {
	var b strings.Builder
	own, page := owners(in.Facts), in.Page
	for i, f := range findings {
		if i == listed {
			fmt.Fprintf(&b, "…and %d more", len(findings)-listed)
			if page != "" {
				fmt.Fprintf(&b, " on [the page of this pull request](%s)", page)
			}
			b.WriteString(".\n\n")
			break
		}
		// A backslash ends a line in checks and comments alike; a bare line end does so in comments alone.
		fmt.Fprintf(&b, "%d. **%s**%s\\\n   %s\\\n", first+i, escape(plain(f.Title, maxTitle)), place(f), indented(f.Message, own))
		if f.Remedy != "" {
			fmt.Fprintf(&b, "   **Fix:** %s\\\n", indented(f.Remedy, own))
		}
		fmt.Fprintf(&b, "   <sub>[%s](%s)%s</sub>\n\n", escape(f.Rule), f.Docs, tool(f))
		b.WriteString(suggested(f.Suggestion))
	}
	return b.String()
}

// tool links the page of a linter's rule. The address is of a site that is known to hold such pages.
func tool(f finding.Finding) string {
	if f.Source == nil || f.Source.Help == "" {
		return ""
	}
	return fmt.Sprintf(" · [%s](%s)", escape(plain(strings.TrimSpace(f.Source.Tool+" "+f.Source.Rule), maxTitle)), f.Source.Help)
}

// maxSuggested is the most lines of a correction that a list shows.
const maxSuggested = 15

// suggested shows what the lines could be instead.
func suggested(s *finding.Suggestion) string {
	if s == nil {
		return ""
	}
	what := fmt.Sprintf("Line %d", s.Line)
	if s.EndLine > s.Line {
		what = fmt.Sprintf("Lines %d to %d", s.Line, s.EndLine)
	}
	switch {
	case s.Text == "":
		return what + " can go.\n\n"
	case strings.Count(s.Text, "\n") > maxSuggested:
		return ""
	}
	return what + " could be:\n\n" + strings.TrimRight(markdown.GitHub.Fence(strings.TrimSuffix(s.Text, "\n"), ""), "\n") + "\n\n"
}

func place(f finding.Finding) string {
	path := plain(f.Path, maxReason)
	switch {
	case path == "":
		return ""
	case f.Line > 0:
		return " in " + markdown.GitHub.Code(fmt.Sprintf("%s:%d", path, f.Line))
	}
	return " in " + markdown.GitHub.Code(path)
}

// indented keeps text of several lines inside its list item.
func indented(s string, own map[string]bool) string {
	lines := strings.Split(strings.TrimSpace(plain(s, maxMessage)), "\n")
	for i, l := range lines {
		lines[i] = markdown.GitHub.Message(l, own)
	}
	return strings.Join(lines, "\\\n   ")
}

// comment keeps the gate's part of the one comment: made when something blocks, edited in place, cleared when nothing does.
func comment(in Input) (effect.Effect, bool) {
	said := in.Standing.Said()
	gate := commentBody(in)
	switch {
	case gate == "" && in.Decision.Conclusion == policy.Pending:
		// Nobody knows yet whether what was said of the last head is solved.
		gate = said.Gate
	case gate == "" && said.Gate != "":
		gate = quieted(in)
	}
	said.Gate = gate
	return in.Standing.Rewrite(in.Record.Ref, said)
}

// solved replaces the comment when nothing is left to say.
const solved = "**Lintel: solved.** Nothing blocks merging any more."

// commentBody is empty when there is nothing to say: nothing blocks that the author can mend, the pull request is a draft, or the settings keep us quiet.
func commentBody(in Input) string {
	author, reviewers := divided(in)
	if len(author) == 0 || in.Snapshot.Draft || in.Snapshot.Group != nil || in.Report.Comment == "off" {
		return ""
	}
	var b strings.Builder
	fmt.Fprintf(&b, "**Lintel: %s**\n\n", problemsTitle(in.Decision))
	b.WriteString(findingList(in, author, 1))
	if n := len(reviewers); n > 0 {
		fmt.Fprintf(&b, "%s for reviewers, not for the author: %s. The check says whom to ask.\n\n", moreProblems(n), left(reviewers))
	}
	b.WriteString("<sub>This is Lintel's only comment here; it is edited when something changes.")
	if in.Page != "" {
		fmt.Fprintf(&b, " [Why](%s)", in.Page)
	}
	b.WriteString("</sub>")
	return markdown.Truncate(b.String(), maxGate)
}

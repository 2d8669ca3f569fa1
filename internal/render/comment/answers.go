package comment

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/chat"
	"github.com/lintel-review/lintel/internal/delivery"
	"github.com/lintel-review/lintel/internal/document"
	"github.com/lintel-review/lintel/internal/finding"
	"github.com/lintel-review/lintel/internal/markdown"
	"github.com/lintel-review/lintel/internal/policy"
	"github.com/lintel-review/lintel/internal/text"
)

// maxChat bounds the answers to commands, so that the gate and advice have room beside them.
const maxChat = 8000

// Why answers "/lintel why": what a rule objects to, or everything that blocks. good is false when there is no such rule.
func (v Verdict) Why(rule string) (words string, good bool) {
	if rule == "" {
		author, reviewers := v.divided()
		if len(author)+len(reviewers) == 0 {
			return "Nothing blocks merging.", true
		}
		return markdown.Truncate(v.findings(append(author, reviewers...), 1), maxChat), true
	}
	i := slices.IndexFunc(v.Rules, func(r policy.Rule) bool { return r.ID == rule })
	if i < 0 {
		return NoRule(v.Snapshot.Ref.Forge, v.Rules, rule), false
	}
	known := v.Rules[i]
	found := slices.DeleteFunc(v.Decision.Visible(), func(f finding.Finding) bool { return f.Rule != rule })
	md := v.dialect()
	about := fmt.Sprintf("%s [%s](%s)", md.Text(markdown.Plain(known.Title, maxTitle)), md.Text(rule), known.Docs)
	switch {
	case len(found) > 0:
		return markdown.Truncate(v.findings(found, 1), maxChat-200) + v.numbersOf(found), true
	case !slices.Contains(v.Decision.Judged, rule):
		return "The rule was not asked about this " + v.noun() + ": " + about, true
	}
	return "The rule has nothing to object here: " + about, true
}

// Numbered are the findings in the order of their numbers in the check, from 1: what the author has to do, what reviewers
// have to do, and the remarks.
func (v Verdict) Numbered() []finding.Finding {
	author, reviewers := v.divided()
	return slices.Concat(author, reviewers, v.remarks())
}

// remarks are the findings that people see and that do not block.
func (v Verdict) remarks() []finding.Finding {
	return slices.DeleteFunc(v.Decision.Visible(), func(f finding.Finding) bool { return f.Blocking })
}

// numbersOf says which numbers findings have in the check, where a list of their own counts otherwise.
func (v Verdict) numbersOf(found []finding.Finding) string {
	var all []string
	for i, f := range v.Numbered() {
		if slices.ContainsFunc(found, func(o finding.Finding) bool { return o.Fingerprint == f.Fingerprint }) && len(all) < listed {
			all = append(all, strconv.Itoa(i+1))
		}
	}
	if len(all) == 0 || all[0] == "1" && all[len(all)-1] == strconv.Itoa(len(all)) {
		return ""
	}
	return "In the check: " + text.Plural(len(all), "number ", "numbers ") + text.List(all) + ".\n"
}

// NoRule says that there is no rule of that name, and which one was probably meant.
func NoRule(f change.Forge, rules []policy.Rule, name string) string {
	md := Dialect(f)
	var ids []string
	for _, r := range rules {
		ids = append(ids, r.ID)
	}
	words := "There is no rule " + md.Code(name) + "."
	if near := document.Nearest(name, ids); near != "" {
		words += " Did you mean " + md.Code(near) + "?"
	}
	return words
}

// Unread says why a line is no command, and what was probably meant.
func Unread(f change.Forge, p chat.Problem) string {
	md := Dialect(f)
	words := upper(p.What) + "."
	switch {
	case p.Hint == "":
	case p.Misspelt:
		words += " Did you mean " + md.Code(p.Hint) + "?"
	default:
		words += " Write " + md.Code(p.Hint) + "."
	}
	return words
}

// Replies is the part of the one comment that answers commands; empty when the deeds speak for themselves.
func Replies(f change.Forge, all []delivery.Answered) string {
	md := Dialect(f)
	var b strings.Builder
	for _, a := range all {
		if a.Words == "" {
			continue
		}
		line := a.Line
		if a.Problem != nil {
			line = a.Problem.Line
		}
		if line == "" {
			line = chat.Prefix
		}
		mark := ""
		if !a.Good {
			mark = "Not done. "
		}
		fmt.Fprintf(&b, "%s by %s: %s%s\n\n", md.Code(line), md.Text(a.Actor), mark, a.Words)
	}
	return markdown.Truncate(strings.TrimRight(b.String(), "\n"), maxChat)
}

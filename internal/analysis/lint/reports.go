package lint

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/lintel-review/lintel/internal/report"
	"github.com/lintel-review/lintel/internal/text"
)

// use sorts the reports into those that count and those that do not, and gives the former the repository's paths.
func (a *analysis) use() {
	a.changed = map[string]int{}
	for i, f := range a.s.Files {
		a.changed[f.Path] = i
	}
	type key struct {
		source, flag string
		base         bool
	}
	latest := map[key]int{}
	for i, r := range a.s.Reports {
		if r.Kind == report.LintKind {
			latest[key{r.Source, r.Flag, r.Base}] = i
		}
	}
	placers := map[bool]*placer{} // of the merge base, and of the head
	for i, r := range a.s.Reports {
		if r.Kind != report.LintKind {
			continue
		}
		var why string
		switch {
		case latest[key{r.Source, r.Flag, r.Base}] != i:
			continue // a later one took its place
		case r.Problem != "":
			why = r.Problem
		case r.Lint == nil:
			why = "there is nothing in it"
		default:
			why = a.otherRevision(r)
		}
		src := source{author: r.Trust != report.FullTrust}
		if r.Lint != nil {
			src.lint = named(*r.Lint, r.Flag)
		}
		all := len(src.lint.Findings)
		if why == "" {
			if placers[r.Base] == nil {
				placers[r.Base] = a.placer(r.Base)
			}
			placers[r.Base].place(&src)
			if r.Base {
				a.base = append(a.base, src)
			} else {
				a.own = append(a.own, src)
			}
		}
		a.list(r, src, all, why)
	}
}

// otherRevision says why a report is not of the commit that it should be of: its lines are those of other files then.
func (a *analysis) otherRevision(r report.Report) string {
	want, what := []string{a.s.Head.SHA, a.s.Target()}, "head"
	if r.Base {
		want, what = []string{a.s.MergeBase}, "merge base"
	}
	if r.SHA == "" || slices.Contains(want, r.SHA) {
		return ""
	}
	return fmt.Sprintf("it was made at %.12s, but the %s is %.12s", r.SHA, what, want[0])
}

// generic are the names that stand for a tool that its report does not name.
var generic = []string{report.Unnamed, "checkstyle", "rdjson", "rdjsonl", "gitlab", "text", "github", "format", "cargo"}

// named gives a tool that has no name of its own but that of its format the name of the report's flag.
func named(l report.Lint, flag string) report.Lint {
	if flag == "" {
		return l
	}
	rename := func(name string) string {
		if slices.Contains(generic, name) {
			return flag
		}
		return name
	}
	l.Tools, l.Findings, l.Rest = slices.Clone(l.Tools), slices.Clone(l.Findings), slices.Clone(l.Rest)
	for i := range l.Tools {
		l.Tools[i].Name = rename(l.Tools[i].Name)
	}
	for i := range l.Findings {
		l.Findings[i].Tool = rename(l.Findings[i].Tool)
	}
	for i := range l.Rest {
		l.Rest[i].Tool = rename(l.Rest[i].Tool)
	}
	return l
}

// list adds a report to the facts.
func (a *analysis) list(r report.Report, src source, all int, why string) {
	if len(a.facts.Reports) == maxReports {
		a.facts.ReportsMore++
		return
	}
	l := src.lint
	f := Report{
		Source: text.Clip(r.Source, maxText), Flag: text.Clip(r.Flag, maxText), Format: text.Clip(r.Format, maxText), Tools: []string{},
		Base: r.Base, Trust: report.FullTrust, Counts: why == "",
		Why: text.Clip(why, maxText), Unreadable: r.Problem != "" || r.Lint == nil, Findings: all + l.More, Skipped: l.Skipped,
		More:       l.More,
		Unresolved: clips(l.Unresolved, maxNames), UnresolvedMore: l.UnresolvedMore + max(0, len(l.Unresolved)-maxNames),
		Unplaced: l.Unplaced, Unmatched: clips(src.unmatched, maxNames),
		UnmatchedMore: max(0, len(src.unmatched)-maxNames), UnmatchedErrors: src.unmatchedErrors, Notes: clips(l.Notes, maxNames),
	}
	if src.author {
		f.Trust = report.AuthorTrust
	}
	for _, t := range l.Tools[:min(len(l.Tools), maxNames)] {
		f.Tools = append(f.Tools, text.Clip(t.Name, maxText))
	}
	f.Foreign = l.Unplaced > 0 && !src.meant && !slices.ContainsFunc(l.Findings, func(f report.LintFinding) bool { return f.Path != "" })
	a.facts.Reports = append(a.facts.Reports, f)
}

// required gathers the tools and finds what is missing of those that are required. Names compare without regard to case.
func (a *analysis) required() {
	a.tools = map[string]*Tool{}
	for _, src := range a.own {
		for _, t := range src.lint.Tools {
			low := strings.ToLower(t.Name)
			if a.tools[low] == nil {
				a.tools[low] = &Tool{Name: text.Clip(t.Name, maxText)}
			}
			if t.Failed && !a.tools[low].Failed {
				a.tools[low].Failed, a.tools[low].Why = true, text.Clip(t.FailedWhy, maxText)
			}
		}
	}
	for _, src := range a.base {
		for _, t := range src.lint.Tools {
			if own := a.tools[strings.ToLower(t.Name)]; own != nil {
				own.Compared = !t.Failed
			}
		}
	}
	for _, name := range a.opt.Required {
		t := a.tools[strings.ToLower(name)]
		switch {
		case t == nil:
			a.facts.Missing = append(a.facts.Missing, Missing{name, a.whyMissing(name)})
		case t.Failed:
			t.Required = true
			a.facts.Missing = append(a.facts.Missing, Missing{name, "it failed: " + t.Why})
		default:
			t.Required = true
		}
	}
	for _, low := range slices.Sorted(maps.Keys(a.tools)) {
		if len(a.facts.Tools) < maxTools {
			a.facts.Tools = append(a.facts.Tools, *a.tools[low])
		}
	}
}

// whyMissing says what is known of a tool that no usable report names.
func (a *analysis) whyMissing(name string) string {
	unreadable := 0
	for _, r := range a.facts.Reports {
		switch {
		case r.Base || r.Counts:
		case slices.ContainsFunc(r.Tools, func(tool string) bool { return strings.EqualFold(tool, name) }):
			return "its report " + r.Source + " does not count: " + r.Why
		case r.Unreadable:
			unreadable++
		}
	}
	if unreadable > 0 {
		return fmt.Sprintf("no report of it was read, and %d could not be", unreadable)
	}
	return "there is no report of it"
}

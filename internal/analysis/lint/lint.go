// Package lint judges nothing and says which findings of linters are a change's own: those on lines that it added, or
// that its base did not have. It reads the reports of the snapshot, maps them to the repository and to the diff, and
// keeps corrections that apply exactly to the head.
//
// Callers may rely on: a report that cannot be used is listed with the reason; a tool that failed is distinguished from one that
// found nothing; a finding on a line that the change did not touch blocks only when the merge base's report proves it
// new; what is cut off is counted.
package lint

import (
	"cmp"
	"io"
	"slices"
	"strings"

	"github.com/lintel-review/lintel/internal/analysis/lint/formats"
	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/language"
	"github.com/lintel-review/lintel/internal/report"
	"github.com/lintel-review/lintel/internal/settings"
	"github.com/lintel-review/lintel/internal/sorting"
	"github.com/lintel-review/lintel/internal/text"
)

// Formats are the names of the formats that Parse takes, "auto" last.
func Formats() []string { return formats.Names() }

// Parse reads one report of at most limit bytes (0: report.MaxBytes) and says which format it has. Its names of files
// are those of the report.
func Parse(format string, r io.Reader, limit int64) (report.Lint, string, error) {
	return formats.Parse(format, r, limit)
}

// Analyse finds what linters say of a change. Without a lint report and without a required tool there is nothing to say.
func Analyse(s *change.Snapshot, opt settings.Lint) Facts {
	a := &analysis{s: s, opt: opt, severities: newSeverities(opt.Severity), heads: map[string]*head{}, rest: map[Count]int{}, facts: Facts{
		Reports: []Report{}, Tools: []Tool{}, Missing: []Missing{}, Findings: []Finding{}, Rest: []Count{}, Unread: []string{},
	}}
	a.ignore, _ = language.ParseIgnore(opt.Ignore) // the settings were checked
	a.use()
	a.required()
	a.look()
	return a.finish()
}

type analysis struct {
	s          *change.Snapshot
	opt        settings.Lint
	ignore     *language.Ignore
	severities *severities
	facts      Facts
	// own and base are the reports that count, with the repository's paths.
	own, base []source
	tools     map[string]*Tool
	heads     map[string]*head
	changed   map[string]int
	unread    map[string]bool
	rest      map[Count]int
}

// source is a report that counts.
type source struct {
	lint   report.Lint
	author bool
	// unmatched are the names of errors that may mean a changed file and could not be placed, sorted; unmatchedErrors counts those errors.
	unmatched       []string
	unmatchedErrors int
	// meant is true when a finding that could not be placed, of whatever severity, may be about a changed file.
	meant bool
}

// candidate is a finding on its way.
type candidate struct {
	report.LintFinding
	author   bool
	place    string
	severity report.Severity
	text     string
	known    bool
	compared bool
}

// look takes each finding of the head's reports once, filters it and compares it with the merge base's.
func (a *analysis) look() {
	type identity struct {
		tool, rule, path, message string
		line, end, column         int
	}
	seen := map[identity]bool{}
	var all []*candidate
	for _, src := range a.own {
		for _, f := range src.lint.Findings {
			id := identity{f.Tool, f.Rule, f.Path, f.Message, f.Line, f.EndLine, f.Column}
			if seen[id] {
				continue // two jobs of one matrix say the same
			}
			seen[id] = true
			c := &candidate{LintFinding: f, author: src.author, severity: a.severities.of(f)}
			if c.severity == "" || f.Path != "" && a.ignore.Match(f.Path) != "" {
				a.facts.Ignored++
				continue
			}
			a.put(c)
			all = append(all, c)
		}
		for _, r := range src.lint.Rest {
			if a.severities.of(report.LintFinding{Tool: r.Tool, Rule: r.Rule, Severity: r.Severity}) == report.Error {
				a.facts.UncountedErrors += r.Count
			}
		}
		a.facts.Uncounted += src.lint.More
	}
	if a.opt.NewOnly {
		a.compare(all)
	}
	var kept []*candidate
	for _, c := range all {
		switch {
		case c.known && !c.Blind:
			a.facts.Known++
		case !a.asked(c.place) && (!c.Blind || c.place == Outside):
			a.facts.Outside++
		default:
			kept = append(kept, c)
		}
	}
	sorting.StableBy(kept, func(x, y *candidate) int {
		return cmp.Or(
			rank(y.severity, a.may(y))-rank(x.severity, a.may(x)), strings.Compare(x.Path, y.Path), x.Line-y.Line, x.Column-y.Column,
			strings.Compare(x.Tool, y.Tool),
			strings.Compare(x.Rule, y.Rule), strings.Compare(x.Message, y.Message),
		)
	})
	names := newNames()
	for _, c := range kept {
		a.add(c, names)
	}
}

func rank(s report.Severity, may bool) int {
	switch {
	case s == report.Error && may:
		return 3
	case s == report.Error:
		return 2
	case s == report.Warning:
		return 1
	}
	return 0
}

// asked reports whether the filter includes a place.
func (a *analysis) asked(place string) bool {
	switch place {
	case Added, File, Unknown:
		return true
	case Context:
		return a.opt.Filter != "added"
	case Elsewhere:
		return a.opt.Filter == "file" || a.opt.Filter == "nofilter"
	}
	return a.opt.Filter == "nofilter"
}

// may reports whether a finding may block.
func (a *analysis) may(c *candidate) bool {
	switch {
	case c.known:
		return false
	case c.place == Added, c.Blind && c.place != Outside:
		return true
	case c.place == Unknown:
		return false
	}
	return c.compared
}

func (a *analysis) add(c *candidate, names *names) {
	if len(a.facts.Findings) == maxFindings {
		a.facts.More++
		if c.severity == report.Error && a.may(c) {
			a.facts.MoreBlocking++
		}
		if k := (Count{Tool: c.Tool, Rule: text.Clip(c.Rule, maxText), Severity: string(c.severity)}); a.rest[k] > 0 ||
			len(a.rest) < report.MaxRules {
			a.rest[k]++
		}
		return
	}
	f := Finding{
		Tool: c.Tool, Rule: text.Clip(c.Rule, maxText), Severity: string(c.severity), Path: c.Path, Line: c.Line, EndLine: c.EndLine,
		Message: text.Clip(c.Message, maxMessage),
		Help:    help(c.Help), Place: c.place, New: c.compared && !c.known && c.place != Unknown, Blind: c.Blind, May: a.may(c),
		Author: c.author, Key: names.of(c),
	}
	f.Suggestion = a.suggestion(c)
	a.facts.Findings = append(a.facts.Findings, f)
}

// finish orders what was gathered.
func (a *analysis) finish() Facts {
	f := &a.facts
	for k, n := range a.rest {
		k.Count = n
		f.Rest = append(f.Rest, k)
	}
	sorting.By(f.Rest, func(x, y Count) int {
		return cmp.Or(y.Count-x.Count, strings.Compare(x.Tool, y.Tool), strings.Compare(x.Rule, y.Rule),
			strings.Compare(x.Severity, y.Severity))
	})
	f.Rest = f.Rest[:min(len(f.Rest), maxRest)]
	unread := []string{}
	for path := range a.unread {
		unread = append(unread, path)
	}
	slices.Sort(unread)
	f.Unread, f.UnreadMore = clips(unread, maxNames), max(0, len(unread)-maxNames)
	return *f
}

package coverage

import (
	"fmt"
	"maps"
	"slices"

	"github.com/lintel-review/lintel/internal/analysis/coverage/measure"
	"github.com/lintel-review/lintel/internal/language"
	"github.com/lintel-review/lintel/internal/report"
	"github.com/lintel-review/lintel/internal/settings"
)

// carries reports whether a flag without a report of the head takes the merge base's numbers.
func (a *analysis) carries(flag string) bool { return a.opt.Flags[flag].CarryForward }

// sides are the numbers of some flags, ready to be compared: only flags that both sides have, or that are carried forward, are in it.
func (a *analysis) sides(flags []string) (head, base report.Coverage, p Project) {
	p = blankProject()
	var heads, bases []report.Coverage
	for _, flag := range flags {
		h, inHead := measure.Of(a.reports, a.refusals, false, flag)
		b, inBase := measure.Of(a.reports, a.refusals, true, flag)
		switch {
		case inHead && inBase:
			heads, bases = append(heads, h), append(bases, b)
		case inBase && a.carries(flag):
			heads, bases = append(heads, measure.Carry(b, a.s.Files)), append(bases, b)
			p.Carried = append(p.Carried, flag)
		case inHead || inBase:
			p.LeftOut = append(p.LeftOut, flag)
		}
	}
	p.Compared = len(bases) > 0
	return report.Merge(heads...), report.Merge(bases...), p
}

// compared fills in the numbers of both sides. measured is what the head's own reports say.
func (a *analysis) compared(measured report.Coverage, flags []string, least float64, drop *float64, counts func(string) bool) Project {
	head, base, p := a.sides(flags)
	all := measured
	if len(p.Carried) > 0 {
		all = report.Merge(measured, head)
	}
	own := measure.ProjectOf(nil, report.Coverage{}, all, counts).Head
	p.Head = linesOf(own)
	p.BelowMin = own.Measured() > 0 && own.Hits*10_000 < hundredths(least)*own.Measured()
	if !p.Compared {
		return p
	}
	both := measure.ProjectOf(a.s.Files, base, head, counts)
	p.ComparedHead, p.Base, p.Adjusted = linesOf(both.Head), linesOf(both.Base), linesOf(both.Adjusted)
	p.Change = difference(both)
	if !a.opt.Project.AdjustBase {
		both.Adjusted = both.Base
	}
	p.Dropped = drop != nil && both.Drop(hundredths(*drop))
	return p
}

// difference is in points with two digits, cut towards zero.
func difference(p measure.Project) string {
	if p.Base.Measured() == 0 || p.Head.Measured() == 0 {
		return ""
	}
	n := p.Points()
	sign := "+"
	if n < 0 {
		sign, n = "-", -n
	}
	return fmt.Sprintf("%s%d.%02d", sign, n/100, n%100)
}

func (a *analysis) project(flags []string) {
	a.facts.Project = a.compared(a.measured, flags, a.opt.Project.Min, &a.opt.Project.MaxDrop, a.counts)
}

// parts judges each flag and each pattern on its own.
func (a *analysis) parts(flags []string) {
	for _, name := range a.named(flags) {
		set := a.opt.Flags[name]
		within := a.within(set.Paths)
		own, reported := measure.Of(a.reports, a.refusals, false, name)
		p := Part{Name: name, Asked: asked(set), Reported: reported}
		p.Patch = a.judged(measure.PatchOf(a.s.Files, own, within).Counts, set.Patch, 0)
		p.Project = a.compared(own, []string{name}, set.Project, set.MaxDrop, within)
		p.Carried = len(p.Project.Carried) > 0
		a.facts.Flags = append(a.facts.Flags, p)
	}
	for _, pattern := range slices.Sorted(maps.Keys(a.opt.Paths)) {
		set := a.opt.Paths[pattern]
		within := a.within([]string{pattern})
		p := Part{Name: pattern, Asked: set.Patch > 0 || set.Project > 0, Reported: true}
		p.Patch = a.judged(measure.PatchOf(a.s.Files, a.head, within).Counts, set.Patch, 0)
		p.Project = a.compared(a.measured, flags, set.Project, nil, within)
		a.facts.Paths = append(a.facts.Paths, p)
	}
}

// missingParts says of the flags of the settings that nothing is known of them.
func (a *analysis) missingParts() {
	for _, name := range a.named(nil) {
		a.facts.Flags = append(a.facts.Flags,
			Part{Name: name, Asked: asked(a.opt.Flags[name]), Patch: a.judged(report.Counts{}, 0, 0), Project: blankProject()})
	}
}

func asked(f settings.CoverageFlag) bool { return f.Patch > 0 || f.Project > 0 || f.MaxDrop != nil }

// named are the flags of the reports and of the settings; a report without a flag is no part of its own.
func (a *analysis) named(flags []string) []string {
	all := slices.Concat(flags, slices.Collect(maps.Keys(a.opt.Flags)))
	all = slices.DeleteFunc(all, func(name string) bool { return name == "" })
	slices.Sort(all)
	all = slices.Compact(all)
	return all[:min(len(all), maxEntries)]
}

// within narrows what counts to some patterns; none is all.
func (a *analysis) within(patterns []string) func(string) bool {
	if len(patterns) == 0 {
		return a.counts
	}
	match, errs := language.ParseIgnore(patterns)
	for _, err := range errs {
		a.note("coverage: " + err.Error())
	}
	return func(path string) bool { return a.counts(path) && match.Match(path) != "" }
}

package coverage

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/lintel-review/lintel/internal/analysis/coverage/measure"
	"github.com/lintel-review/lintel/internal/diff"
	"github.com/lintel-review/lintel/internal/language/testfile"
	"github.com/lintel-review/lintel/internal/locate"
	"github.com/lintel-review/lintel/internal/report"
	"github.com/lintel-review/lintel/internal/sorting"
	"github.com/lintel-review/lintel/internal/text"
)

// resolve gives the reports that count the repository's paths, and lists all reports.
func (a *analysis) resolve() {
	a.refusals = measure.Refusals(a.s.Reports, a.s.Head.SHA, a.s.MergeBase)
	a.facts.Unmatched.Tree = a.s.Tree != nil
	unmatched := []string{}
	for i, r := range a.s.Reports {
		if r.Kind == report.CoverageKind && a.refusals[i] == "" {
			c, err := a.mapped(r)
			switch {
			case err != nil:
				a.refusals[i] = err.Error()
			case len(c.Files) == 0 && len(c.Unresolved) == 0:
				a.refusals[i] = "it measures no file at all"
			case len(c.Files) == 0:
				a.refusals[i] = fmt.Sprintf("none of its %d paths means a file of the repository, for example %q", len(c.Unresolved),
					text.Clip(c.Unresolved[0], maxPath))
			}
			if !r.Base && a.refusals[i] == "" {
				if len(c.Packages) > 0 {
					c = measure.Within(c, a.s.Files)
				}
				a.refusals[i] = measure.Stale(c, a.s.Files, a.counts)
			}
			for j := range c.Files {
				c.Files[j].Evidence = nil // it is not needed any more
			}
			for _, note := range c.Notes {
				a.note(r.Source + ": " + note)
			}
			if !r.Base {
				unmatched = append(unmatched, c.Unresolved...)
			}
			r.Coverage = &c
		}
		a.reports = append(a.reports, r)
		a.list(r, a.refusals[i])
	}
	slices.Sort(unmatched)
	unmatched = slices.Compact(unmatched)
	for _, name := range unmatched[:min(len(unmatched), maxNames)] {
		a.facts.Unmatched.Names = append(a.facts.Unmatched.Names, text.Clip(name, maxPath))
	}
	a.facts.Unmatched.More = len(unmatched) - len(a.facts.Unmatched.Names)
	a.meant(unmatched)
}

// mapped is a report with the repository's paths.
func (a *analysis) mapped(r report.Report) (report.Coverage, error) {
	tree := a.s.Tree
	if r.Base {
		// What the change removed or renamed was there, and is counted under its old name.
		tree = slices.Clone(tree)
		for _, f := range a.s.Files {
			if f.OldPath != "" {
				tree = append(tree, f.OldPath)
			} else if f.Status == diff.Removed {
				tree = append(tree, f.Path)
			}
		}
	}
	if a.s.Tree == nil {
		for _, f := range a.s.Files {
			tree = append(tree, f.Path)
		}
	}
	resolver, err := locate.New(locate.Options{
		Tree: tree, Exact: a.s.Tree == nil, Sources: r.Coverage.Roots, Roots: a.opt.Roots, Packages: r.Coverage.Packages,
		Modules: locate.Modules(a.s.Manifests), Fixes: a.opt.Fixes,
	})
	if err != nil {
		return report.Coverage{}, err
	}
	c := resolver.Apply(*r.Coverage)
	c.Packages = r.Coverage.Packages
	return c, nil
}

// list adds a report to the facts.
func (a *analysis) list(r report.Report, why string) {
	if r.Kind != report.CoverageKind {
		return
	}
	if len(a.facts.Reports) == maxReports {
		a.facts.ReportsMore++
		return
	}
	f := Report{
		Source:   text.Clip(r.Source, maxPath),
		Flag:     text.Clip(r.Flag, maxPath),
		Format:   r.Format,
		SHA:      text.Clip(r.SHA, maxPath),
		Base:     r.Base,
		Trust:    trustOf(r),
		Counts:   why == "",
		Why:      text.Clip(why, maxPath),
		Replaced: why == measure.Replaced,
	}
	if r.Coverage != nil {
		f.Files, f.Unmatched = len(r.Coverage.Files), len(r.Coverage.Unresolved)
	}
	a.facts.Reports = append(a.facts.Reports, f)
}

// meant finds the changed source files that no report knows though one of the unmatched names may mean them: the same file name.
func (a *analysis) meant(unmatched []string) {
	names := map[string]bool{}
	for _, n := range unmatched {
		names[strings.ToLower(path.Base(strings.ReplaceAll(n, `\`, "/")))] = true
	}
	known := map[string]bool{}
	for i, r := range a.reports {
		if r.Kind == report.CoverageKind && a.refusals[i] == "" && !r.Base {
			for _, f := range r.Coverage.Files {
				known[f.Path] = true
			}
		}
	}
	u := &a.facts.Unmatched
	found := 0
	for _, f := range a.s.Files {
		if !a.source(f) {
			continue
		}
		u.Sources++
		if known[f.Path] || !names[strings.ToLower(path.Base(f.Path))] {
			continue
		}
		if found++; len(u.Meant) < maxNames {
			u.Meant = append(u.Meant, text.Clip(f.Path, maxPath))
		}
	}
	u.MeantMore = found - len(u.Meant)
	slices.Sort(u.Meant)
	u.Over = found > 0 && found*10_000 > hundredths(a.opt.UnmatchedMax)*u.Sources
}

// languages are the endings of files that run and that coverage tools measure.
var languages = strings.Fields(
	".go .py .js .jsx .mjs .cjs .ts .tsx .mts .cts .vue .svelte .java .kt .kts .scala .groovy .rb .php .cs .fs .vb .c " +
		".cc .cpp .cxx .m .mm .swift .rs .dart .ex .exs .erl .clj .lua .pl .pm .r .jl")

// source reports whether a report should know a changed file: it counts, it runs, and it is no test.
func (a *analysis) source(f diff.File) bool {
	return f.Status != diff.Removed && slices.Contains(languages, strings.ToLower(path.Ext(f.Path))) && !testfile.Unmeasured(f.Path) &&
		a.counts(f.Path) && len(measure.Statements(f).Lines) > 0
}

// absent finds the changed source files that no report knows, and gives those that count as uncovered as if they had been measured.
func (a *analysis) absent() report.Coverage {
	siblings := map[string]bool{}
	for _, f := range a.measured.Files {
		siblings[path.Dir(f.Path)+"/"+path.Ext(f.Path)] = true
	}
	// What the base knew by a flag that the head has no report of is not unmeasured: its report is missing.
	var lost []string
	for _, flag := range a.flags() {
		if _, there := measure.Of(a.reports, a.refusals, false, flag); !there {
			lost = append(lost, flag)
		}
	}
	lacking, _ := measure.Of(a.reports, a.refusals, true, lost...)
	var out report.Coverage
	for _, f := range a.s.Files {
		if _, known := a.measured.File(f.Path); known || a.opt.Absent == "ignore" || !a.source(f) {
			continue
		}
		before := f.Path
		if f.OldPath != "" {
			before = f.OldPath
		}
		_, elsewhere := lacking.File(before)
		counted := a.opt.Absent == "count_uncovered" || a.opt.Absent == "auto" && siblings[path.Dir(f.Path)+"/"+path.Ext(f.Path)] &&
			!elsewhere
		if counted {
			out.Files = append(out.Files, measure.Statements(f))
		}
		if len(a.facts.Absent) == maxEntries {
			a.facts.AbsentMore++
			continue
		}
		a.facts.Absent = append(a.facts.Absent, Absent{Path: text.Clip(f.Path, maxPath), Added: f.Additions, Counted: counted})
	}
	sorting.By(a.facts.Absent, func(x, y Absent) int { return strings.Compare(x.Path, y.Path) })
	return out
}

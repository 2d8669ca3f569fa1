// Package coverage says which of the changed lines tests reach, and how a project's coverage changes, by the reports that CI made.
// It is pure: equal snapshots and settings give equal facts.
//
// Callers may rely on: what no report measured is never taken for covered; a report of another revision does not count;
// a path of a report is matched with one file of the repository or with none, and named then; numbers that the author's
// own code made are marked.
package coverage

import (
	"cmp"
	"io"
	"math"
	"slices"
	"strings"

	"github.com/lintel-review/lintel/internal/analysis/coverage/formats"
	"github.com/lintel-review/lintel/internal/analysis/coverage/measure"
	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/diff"
	"github.com/lintel-review/lintel/internal/language"
	"github.com/lintel-review/lintel/internal/report"
	"github.com/lintel-review/lintel/internal/settings"
	"github.com/lintel-review/lintel/internal/sorting"
	"github.com/lintel-review/lintel/internal/text"
)

// Formats are the names of the formats that Parse reads, "auto" for detection by content last.
func Formats() []string { return formats.Names() }

// Parse reads one report of at most limit bytes, 0 for report.MaxBytes, and says which format it has. Paths stay as the report has them.
func Parse(format string, r io.Reader, limit int64) (report.Coverage, string, error) {
	return formats.Parse(format, r, limit)
}

// analysis is the work on one change.
type analysis struct {
	s   *change.Snapshot
	opt settings.Coverage
	// reports have the repository's paths. refusals say why one does not count.
	reports  []report.Report
	refusals []string
	// scope answers which files count, and remembers it.
	ignore     *language.Ignore
	classifier *language.Classifier
	counted    map[string]bool
	// measured is all that counts of the head; head has what absent files add to it besides.
	measured, head report.Coverage
	facts          Facts
}

// Analyse measures a change by its reports.
func Analyse(s *change.Snapshot, opt settings.Coverage) Facts {
	a := &analysis{s: s, opt: opt, counted: map[string]bool{}, facts: blank()}
	if !slices.ContainsFunc(s.Reports, func(r report.Report) bool { return r.Kind == report.CoverageKind }) {
		a.missingParts()
		return a.facts
	}
	a.scope()
	a.resolve()
	a.trust()
	flags := a.flags()
	a.measured, a.facts.Reported = measure.Of(a.reports, a.refusals, false, flags...)
	_, a.facts.BaseReported = measure.Of(a.reports, a.refusals, true, flags...)
	if !a.facts.Reported {
		a.missingParts()
		return a.facts
	}
	a.measuredVendor()
	a.head = report.Merge(a.measured, a.absent())
	a.patch()
	a.project(flags)
	a.parts(flags)
	if a.ignore.Exhausted() || a.classifier.Exhausted() {
		a.note("the patterns of .gitattributes and coverage.ignore take too much work; write them with fewer wildcards")
	}
	return a.facts
}

func blank() Facts {
	nothing := linesOf(report.Counts{})
	return Facts{
		Trust: string(report.FullTrust), TrustWhy: []string{}, Reports: []Report{}, Flags: []Part{}, Paths: []Part{}, Files: []File{},
		Absent:       []Absent{},
		UnknownLines: []string{}, Notes: []string{}, Unmatched: Unmatched{Names: []string{}, Meant: []string{}},
		Patch: Patch{Lines: nothing, Outcome: string(measure.NotAffected)}, Project: blankProject(),
	}
}

func blankProject() Project {
	nothing := linesOf(report.Counts{})
	return Project{Head: nothing, ComparedHead: nothing, Base: nothing, Adjusted: nothing, Carried: []string{}, LeftOut: []string{}}
}

func linesOf(c report.Counts) Lines {
	return Lines{Measured: c.Measured(), Hits: c.Hits, Partials: c.Partials, Misses: c.Misses, Percent: measure.Percent(c)}
}

// hundredths is a percentage of the settings as the integers that are compared.
func hundredths(percent float64) int { return int(math.Round(percent * 100)) }

func (a *analysis) note(note string) {
	switch note = text.Clip(note, maxPath); {
	case slices.Contains(a.facts.Notes, note):
	case len(a.facts.Notes) == maxNames:
		a.facts.NotesMore++
	default:
		a.facts.Notes = append(a.facts.Notes, note)
	}
}

// scope prepares what decides which files count: the settings, and .gitattributes of the base.
func (a *analysis) scope() {
	var errs []error
	a.ignore, errs = language.ParseIgnore(a.opt.Ignore)
	for _, err := range errs {
		a.note("coverage.ignore: " + err.Error())
	}
	contents := map[string][]byte{}
	for path, f := range a.s.Controls.Files {
		contents[path] = f.Content
	}
	attributes, _ := language.ParseAttributes(contents)
	a.classifier = language.NewClassifier(attributes)
	for _, f := range a.s.Files {
		if f.Status != diff.Removed {
			a.counted[f.Path] = a.ignore.Match(f.Path) == "" &&
				a.classifier.Classify(f.Path, start(f), f.Status == diff.Added).Kind == language.Source
		}
	}
}

// counts is false for what people do not write or do not want to count.
func (a *analysis) counts(path string) bool {
	known, ok := a.counted[path]
	if !ok {
		known = a.ignore.Match(path) == "" && a.classifier.Classify(path, nil, false).Kind == language.Source
		a.counted[path] = known
	}
	return known
}

// measuredVendor counts the changed files that only their folder's name makes vendored, as in
// src/vendor/vendor.service.ts, when a report measures them: who tests what stands there has written it. Those of
// .gitattributes stay out.
func (a *analysis) measuredVendor() {
	for _, f := range a.s.Files {
		if f.Status == diff.Removed || a.counts(f.Path) || a.ignore.Match(f.Path) != "" {
			continue
		}
		class := a.classifier.Classify(f.Path, start(f), f.Status == diff.Added)
		if _, known := a.measured.File(f.Path); known && class.Kind == language.Vendored && class.By == "folder" {
			a.counted[f.Path] = true
		}
	}
}

// start is the beginning of a file at the head as far as the first hunk shows it, where a generator leaves its mark.
func start(f diff.File) []byte {
	if len(f.Hunks) == 0 || f.Hunks[0].NewStart > 1 {
		return nil
	}
	var out []byte
	for _, l := range f.Hunks[0].Lines {
		if l.Op == diff.Delete {
			continue
		}
		if out = append(append(out, l.Text...), '\n'); len(out) > 16<<10 {
			return out[:16<<10]
		}
	}
	return out
}

// flags are those of the reports that count, sorted.
func (a *analysis) flags() []string {
	var out []string
	for i, r := range a.reports {
		if r.Kind == report.CoverageKind && a.refusals[i] == "" {
			out = append(out, r.Flag)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// patch counts the added lines and lists the files.
func (a *analysis) patch() {
	p := measure.PatchOf(a.s.Files, a.head, a.counts)
	a.facts.Patch = a.judged(p.Counts, a.opt.Patch.Min, a.opt.Patch.Threshold)
	tests := measure.NewTests(a.s.Tree)
	sorting.StableBy(p.Files, func(x, y measure.File) int {
		return cmp.Or((y.Counts.Misses+y.Counts.Partials)-(x.Counts.Misses+x.Counts.Partials), strings.Compare(x.Path, y.Path))
	})
	for _, f := range p.Files {
		if !f.LinesKnown {
			if len(a.facts.UnknownLines) == maxEntries {
				a.facts.UnknownLinesMore++
				continue
			}
			a.facts.UnknownLines = append(a.facts.UnknownLines, text.Clip(f.Path, maxPath))
			continue
		}
		if len(a.facts.Files) == maxFiles {
			a.facts.FilesMore++
			continue
		}
		a.facts.Files = append(a.facts.Files, a.fileOf(f, tests))
	}
	slices.Sort(a.facts.UnknownLines)
}

func (a *analysis) fileOf(f measure.File, tests *measure.Tests) File {
	out := File{Path: text.Clip(f.Path, maxPath), Added: f.Added, Lines: linesOf(f.Counts), Known: f.Known, Uncovered: []Range{}}
	if slices.ContainsFunc(a.facts.Absent, func(x Absent) bool { return x.Path == out.Path }) {
		out.Known = false // its lines count, but no report has them
	}
	for _, r := range f.Uncovered[:min(len(f.Uncovered), maxRanges)] {
		out.Uncovered = append(out.Uncovered, Range{From: r.From, To: r.To, Partial: r.State == report.Partial})
	}
	out.UncoveredMore = len(f.Uncovered) - len(out.Uncovered)
	if len(f.Uncovered) > 0 {
		out.Test = text.Clip(tests.Nearest(f.Path), maxPath)
	}
	return out
}

// judged compares added lines with what is asked of them.
func (a *analysis) judged(c report.Counts, least, threshold float64) Patch {
	target := measure.Target{Min: hundredths(least), Threshold: hundredths(threshold), MinLines: a.opt.Patch.MinLines}
	return Patch{Lines: linesOf(c), Outcome: string(target.Judge(c))}
}

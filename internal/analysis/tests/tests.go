// Package tests says what a change does to tests: whether tests of the logic that it brings come with it, which tests it
// focuses or skips, and which it takes away while what they test stays. It knows by the customs of each language where
// the tests of a file stand, and says of each changed source file one of three things, or why it cannot.
//
// Callers may rely on: equal snapshots and settings give equal facts; a file whose lines are not known is named; that no
// test is known is said of a file only where every place that custom or the settings give was looked at.
package tests

import (
	"cmp"
	"path"
	"strings"

	"github.com/lintel-review/lintel/internal/analysis/tests/mark"
	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/diff"
	"github.com/lintel-review/lintel/internal/family"
	"github.com/lintel-review/lintel/internal/language"
	"github.com/lintel-review/lintel/internal/language/testfile"
	"github.com/lintel-review/lintel/internal/settings"
	"github.com/lintel-review/lintel/internal/sorting"
)

// Bounds.
const (
	maxList     = 100
	maxTestFile = 1 << 20
	// maxAsked is of how many source files the tests are looked for.
	maxAsked = 5
)

// The states of a source file.
const (
	changedState = "changed"
	existsState  = "exists"
	noneState    = "none"
	notJudged    = "not_judged"
)

// analysis is the work on one change.
type analysis struct {
	files   []diff.File
	opt     settings.Tests
	exempt  *language.Ignore
	classes *language.Classifier
	// tests are the changed test files by language.
	tests map[string][]*diff.File
	// gone are the removed lines of all files, without the space around them.
	gone map[string]int
	// wanting is needsTests of the files that were asked about.
	wanting map[*diff.File]bool
}

func newAnalysis(files []diff.File, controls map[string]change.File, opt settings.Tests) *analysis {
	contents := map[string][]byte{}
	for p, f := range controls {
		contents[p] = f.Content
	}
	attributes, _ := language.ParseAttributes(contents)
	a := &analysis{files: files, opt: opt, classes: language.NewClassifier(attributes), tests: map[string][]*diff.File{},
		wanting: map[*diff.File]bool{}}
	a.exempt, _ = language.ParseIgnore(opt.Exempt)
	for i := range files {
		f := &files[i]
		if f.Status != diff.Removed && (isTest(f.Path) || inline(f)) {
			l := testfile.Language(f.Path)
			a.tests[l] = append(a.tests[l], f)
		}
	}
	return a
}

// isTest reports whether a path is a test, or serves tests only. It takes more folders for those of tests than the size of
// a change does: here a doubt has to keep silent.
func isTest(file string) bool {
	if testfile.Is(file) {
		return true
	}
	for part := range strings.SplitSeq(strings.ToLower(path.Dir(file)), "/") {
		for _, end := range []string{"-test", "-tests", "_test", "_tests", "-testing", "testlib", "testsuite",
			"testsupport", "unittests"} {
			if strings.HasSuffix(part, end) || strings.HasPrefix(part, "testscript") {
				return true
			}
		}
	}
	return false
}

// removedLines counts the removed lines of all files, once.
func (a *analysis) removedLines() map[string]int {
	if a.gone != nil {
		return a.gone
	}
	a.gone = map[string]int{}
	for _, f := range a.files {
		for _, h := range f.Hunks {
			for _, l := range h.Lines {
				if l.Op == diff.Delete {
					a.gone[strings.TrimSpace(l.Text)]++
				}
			}
		}
	}
	return a.gone
}

// Wants are changed sources and the places where their tests would stand, and where the sources of removed tests do. Of a
// language in which the change has tests, none is looked for. measured says that coverage is reported: then functions are
// of use, and so is the content of the sources.
func Wants(files []diff.File, opt settings.Tests, measured bool) []change.Want {
	a := newAnalysis(files, nil, opt)
	var wants []change.Want
	want := func(p string) {
		wants = append(wants, change.Want{Path: p, Side: change.AtHead, Max: maxTestFile, Why: family.Tests})
	}
	for _, s := range a.sources() {
		if s.asked {
			want(s.file.Path)
			for _, p := range s.places {
				want(p)
			}
		}
	}
	for i := range files {
		if measured && i < maxRead && a.hasFunctions(&files[i]) {
			want(files[i].Path)
		}
		for _, p := range a.sourcesOf(&files[i]) {
			want(p)
		}
	}
	return wants
}

// Analyse concludes the facts. It reads nothing but its arguments.
func Analyse(s *change.Snapshot, opt settings.Tests) Facts {
	a := newAnalysis(s.Files, s.Controls.Files, opt)
	f := Facts{
		Kind: kindOf(s), Announced: skips.MatchString(headerOf(s)), Changed: []string{}, Functions: []Function{},
		Sources: []Source{},
		Marks:   []Mark{}, Removed: []Removed{}, Unread: []Unread{},
	}
	for i := range s.Files {
		file := &s.Files[i]
		if file.Status != diff.Removed && isTest(file.Path) {
			f.Changed = append(f.Changed, file.Path)
		}
		if why := a.unread(file); why != "" {
			f.Unread = append(f.Unread, Unread{Path: file.Path, Why: why})
		}
	}
	for _, c := range a.sources() {
		if c.generated(a, s) {
			continue
		}
		f.Sources = append(f.Sources, c.judge(s))
	}
	f.Less = a.less()
	f.Functions = a.functions(s)
	f.Marks = a.marks()
	f.Removed, f.Added = a.removed(s)
	f.Changed, f.ChangedMore = cut(f.Changed, strings.Compare)
	f.Unread, f.UnreadMore = cut(f.Unread, func(a, b Unread) int { return strings.Compare(a.Path, b.Path) })
	f.Sources, f.SourcesMore = cut(f.Sources, func(a, b Source) int {
		return cmp.Or(b.Logic-a.Logic, strings.Compare(a.Path, b.Path))
	})
	f.Functions, f.FunctionsMore = cut(f.Functions, func(a, b Function) int {
		return cmp.Or(strings.Compare(a.Path, b.Path), a.Line-b.Line, strings.Compare(a.Name, b.Name))
	})
	f.Marks, f.MarksMore = cut(f.Marks, func(a, b Mark) int { return cmp.Or(strings.Compare(a.Path, b.Path), a.Line-b.Line) })
	f.Removed, f.RemovedMore = cut(f.Removed, func(a, b Removed) int { return strings.Compare(a.Path, b.Path) })
	return f
}

// cut sorts a list and leaves its first entries.
func cut[T any](list []T, by func(a, b T) int) (first []T, more int) {
	sorting.StableBy(list, by)
	if len(list) > maxList {
		return list[:maxList:maxList], len(list) - maxList
	}
	return list, 0
}

// unread says why the lines of a source or test file are not known; empty when they are, or when it is neither.
func (a *analysis) unread(f *diff.File) string {
	if testfile.Language(f.Path) == "" || f.Complete() || a.exempt.Match(f.Path) != "" ||
		a.classes.Classify(f.Path, nil, false).Kind != language.Source {
		return ""
	}
	if f.State == diff.TooLarge {
		return "its diff is too large"
	}
	return "its diff was not read"
}

// copied holds for what others wrote or a program did, by the path and the attributes at the base: such tests are none of the
// project's. A header would be the author's to write, and does not count here.
func (a *analysis) copied(f *diff.File) bool {
	kind := a.classes.Classify(f.Path, nil, false).Kind
	return kind == language.Vendored || kind == language.Generated
}

// marks are those that the change adds, without those that it only moves.
func (a *analysis) marks() []Mark {
	type same struct{ word, text string }
	had := map[same]int{}
	type found struct {
		path string
		mark.Mark
	}
	var all []found
	for i := range a.files {
		f := &a.files[i]
		if f.State != diff.Text || a.exempt.Match(f.Path) != "" || a.copied(f) {
			continue
		}
		added, removed := mark.Of(f)
		for _, m := range added {
			all = append(all, found{f.Path, m})
		}
		for _, m := range removed {
			had[same{m.Word, m.Text}]++
		}
	}
	out := []Mark{}
	for _, m := range all {
		if k := (same{m.Word, m.Text}); had[k] > 0 {
			had[k]--
			continue
		}
		out = append(out, Mark{
			Kind: string(m.Kind), Path: m.path, Line: m.Line, Word: m.Word, Name: m.Name, Existing: m.Existing, Ticket: m.Ticket,
		})
	}
	return out
}

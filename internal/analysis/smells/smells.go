// Package smells says what a change makes worse in its code: functions that grow or become complex, copied blocks, and
// what was left over on its lines. It reads changed source files whole at both ends of the diff, and counts only what the
// change brings in. Generated and vendored files are left out; of tests only text that does not show is looked at, since
// long functions, repeated lines and output are their custom.
//
// What cannot be read is named, and nothing is found in it.
package smells

import (
	"cmp"
	"strings"

	"github.com/lintel-review/lintel/internal/analysis/smells/detect"
	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/churn"
	"github.com/lintel-review/lintel/internal/diff"
	"github.com/lintel-review/lintel/internal/family"
	"github.com/lintel-review/lintel/internal/language"
	"github.com/lintel-review/lintel/internal/language/function"
	"github.com/lintel-review/lintel/internal/language/lexer"
	"github.com/lintel-review/lintel/internal/language/testfile"
	"github.com/lintel-review/lintel/internal/settings"
	"github.com/lintel-review/lintel/internal/sorting"
	"github.com/lintel-review/lintel/internal/text"
)

// Bounds.
const (
	maxFile       = 512 << 10
	maxFiles      = 400
	maxUnread     = 50
	maxFunctions  = 200
	maxDuplicates = 50
	maxFound      = 300
	maxName       = 200
	maxLine       = 2000
)

// Wants are the changed files of source code at the head, as far as their names tell it. What they were before follows
// from the diff.
func Wants(files []diff.File, set settings.Smells) []change.Want {
	var wants []change.Want
	exclude, _ := language.ParseIgnore(set.Exclude)
	classifier := language.NewClassifier(nil)
	for i := range files {
		f := &files[i]
		if candidate(f) && exclude.Match(f.Path) == "" && classifier.Classify(f.Path, nil, false).Kind == language.Source {
			wants = append(wants, change.Want{Path: f.Path, Side: change.AtHead, Max: maxFile, Why: family.Smells})
		}
		if len(wants) >= maxFiles {
			break
		}
	}
	return wants
}

// candidate reports whether functions and lines of a file are judged if it is written by people.
func candidate(f *diff.File) bool {
	return f.Status != diff.Removed && f.State != diff.Binary && f.Additions > 0 && function.Reads(f.Path) && !testfile.Is(f.Path)
}

// analysis is the state of one Analyse.
type analysis struct {
	snapshot   *change.Snapshot
	set        settings.Smells
	tickets    []string
	exclude    *language.Ignore
	classifier *language.Classifier
	facts      Facts
	moved      moved
	files      []*source
	// unwanted are the files that nobody asked a forge to read, wanted is true when it was asked for one.
	unwanted []*diff.File
	wanted   bool
}

// source is one file that is looked at whole.
type source struct {
	*diff.File
	head, base []byte
	tokens     []lexer.Token
	added      map[int]bool
	// tests are the lines of tests that stand inside of the source.
	tests     map[int]bool
	functions []function.Function
	before    []function.Function
	// compared is true when the functions of both sides are known.
	compared bool
}

// Analyse concludes the facts. It reads nothing but its arguments.
func Analyse(s *change.Snapshot, set settings.Smells, tickets []string) Facts {
	a := &analysis{snapshot: s, set: set, tickets: tickets, moved: movedLines(s.Files)}
	a.facts = Facts{Unread: []Unread{}, Functions: []Function{}, Duplicates: []Duplicate{}, Found: []Found{}}
	a.exclude, _ = language.ParseIgnore(set.Exclude)
	contents := map[string][]byte{}
	for path, f := range s.Controls.Files {
		contents[path] = f.Content
	}
	attributes, _ := language.ParseAttributes(contents)
	a.classifier = language.NewClassifier(attributes)
	for i := range s.Files {
		a.file(&s.Files[i])
	}
	a.skip()
	if !churn.BringsBack(s.Header()) { // else functions and blocks were judged where they come from
		a.compare()
		a.duplicates()
	}
	if s.Body != nil {
		for _, f := range detect.Text("description.md", linesOf(*s.Body), true) {
			a.facts.Found = append(a.facts.Found, Found{Kind: f.Kind, What: f.What})
		}
	}
	a.bound()
	return a.facts
}

func linesOf(body string) []detect.Line {
	lines := []detect.Line{}
	for i, l := range strings.Split(body, "\n") {
		lines = append(lines, detect.Line{Number: i + 1, Text: l})
	}
	return lines
}

// file looks at one changed file.
func (a *analysis) file(f *diff.File) {
	if f.Status == diff.Removed || f.State == diff.Binary || a.exclude.Match(f.Path) != "" {
		return
	}
	head, ok := a.snapshot.Content(change.AtHead, f.Path)
	if a.classifier.Classify(f.Path, head.Body[:min(len(head.Body), 8000)], head.Read()).Kind != language.Source {
		return
	}
	for _, x := range detect.Text(f.Path, addedLines(f), testfile.Is(f.Path)) {
		a.found(f.Path, x)
	}
	if !candidate(f) {
		return
	}
	a.wanted = a.wanted || ok
	switch {
	case !f.Complete():
		a.unread(f.Path, "its changed lines are not known")
	case !ok:
		a.unwanted = append(a.unwanted, f)
	case head.Absent:
		a.unread(f.Path, "it was not read")
	case !head.Read():
		a.unread(f.Path, head.Problem)
	default:
		a.source(f, head.Body)
	}
}

// skip counts the files that were not to be read whole. When others were, one with a hint is named: it was wanted, too.
func (a *analysis) skip() {
	for _, f := range a.unwanted {
		switch hinted := hints(f); {
		case hinted && a.wanted:
			a.unread(f.Path, "it was not read")
		case hinted:
			a.facts.SkippedHinted++
			fallthrough
		default:
			a.facts.Skipped++
		}
	}
}

// source looks at a file that was read.
func (a *analysis) source(f *diff.File, head []byte) {
	file := function.Read(f.Path, head)
	tokens, err := file.Tokens()
	if err != nil {
		a.unread(f.Path, err.Error())
		return
	}
	a.facts.Judged++
	s := &source{File: f, head: head, tokens: tokens, added: a.moved.added(f), tests: map[int]bool{}}
	functions, err := file.Functions()
	s.inlineTests(functions)
	base, known := a.before(f, head)
	s.base = base
	for _, x := range detect.In(detect.Source{
		Path: f.Path, Body: head, File: file, Base: base, Added: s.added, Tickets: a.tickets,
	}) {
		a.found(f.Path, x)
	}
	a.files = append(a.files, s)
	if !known {
		a.unread(f.Path, "what it was before the change is not known, so its functions are not compared")
		return
	}
	if err != nil {
		a.unread(f.Path, "its functions are not known: "+err.Error())
		return
	}
	s.functions, s.compared = functions, true
}

// before is what the file was; nil when it was not there. known is false when that cannot be told.
func (a *analysis) before(f *diff.File, head []byte) (base []byte, known bool) {
	if f.Status == diff.Added || f.Status == diff.Copied {
		return nil, true
	}
	c, ok := a.snapshot.Content(change.AtBase, cmp.Or(f.OldPath, f.Path))
	switch {
	case ok && c.Absent:
		return nil, true
	case ok && c.Read():
		return c.Body, true
	}
	return f.Before(head)
}

func (a *analysis) unread(path, why string) {
	a.facts.Unread = append(a.facts.Unread, Unread{Path: path, Why: text.Clip(why, maxName)})
}

func (a *analysis) found(path string, f detect.Finding) {
	a.facts.Found = append(a.facts.Found, Found{
		Kind: f.Kind, Path: path, Line: f.Line, EndLine: f.EndLine, What: text.Clip(f.What, maxName),
	})
}

// addedLines are the lines that the change adds to a file.
func addedLines(f *diff.File) []detect.Line {
	most := 0
	for _, h := range f.Hunks {
		most += len(h.Lines)
	}
	lines := make([]detect.Line, 0, min(most, max(f.Additions, 0)))
	for _, h := range f.Hunks {
		n := h.NewStart
		for _, l := range h.Lines {
			switch l.Op {
			case diff.Add:
				lines = append(lines, detect.Line{Number: n, Text: l.Text})
				n++
			case diff.Context:
				n++
			}
		}
	}
	return lines
}

// moved counts the lines that the change removes, wherever. An added line that is equal to one of them, apart from its
// indentation, was there before.
type moved map[string]int

func movedLines(files []diff.File) moved {
	m := moved{}
	for i := range files {
		for _, h := range files[i].Hunks {
			for _, l := range h.Lines {
				if t := strings.TrimSpace(l.Text); l.Op == diff.Delete && t != "" {
					m[t]++
				}
			}
		}
	}
	return m
}

// added are the lines of a file that the change brings in, without those that it moves.
func (m moved) added(f *diff.File) map[int]bool {
	lines := map[int]bool{}
	for _, l := range addedLines(f) {
		t := strings.TrimSpace(l.Text)
		if m[t] > 0 {
			m[t]--
			continue
		}
		lines[l.Number] = true
	}
	return lines
}

// bound sorts the lists and cuts them.
func (a *analysis) bound() {
	f := &a.facts
	sorting.StableBy(f.Found, func(a, b Found) int {
		return cmp.Or(cmp.Compare(a.Path, b.Path), a.Line-b.Line, cmp.Compare(a.Kind, b.Kind))
	})
	sorting.StableBy(f.Unread, func(a, b Unread) int { return cmp.Compare(a.Path, b.Path) })
	sorting.StableBy(f.Functions, func(a, b Function) int { return cmp.Or(cmp.Compare(a.Path, b.Path), a.Line-b.Line) })
	sorting.StableBy(f.Duplicates, func(a, b Duplicate) int { return cmp.Or(cmp.Compare(a.Path, b.Path), a.Line-b.Line) })
	f.Found, f.More = cut(f.Found, maxFound)
	f.Unread, f.UnreadMore = cut(f.Unread, maxUnread)
	f.Functions, f.FunctionsMore = cut(f.Functions, maxFunctions)
	f.Duplicates, f.DuplicatesMore = cut(f.Duplicates, maxDuplicates)
}

func cut[T any](list []T, most int) (kept []T, more int) {
	if n := len(list); n > most {
		return list[:most], n - most
	}
	return list, 0
}

package tests

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/diff"
	"github.com/lintel-review/lintel/internal/language/testfile"
	"github.com/lintel-review/lintel/internal/lazyregexp"
)

// maxNames is how many tests of one file are named.
const maxNames = 20

// defines are lines that begin a test, by language; the first group that is not empty is its name.
var defines = map[string]*lazyregexp.Regexp{
	".go":    lazyregexp.New(`^func (?:\([^)]*\) )?(Test\w+)\(`),
	".py":    lazyregexp.New(`^\s*(?:async )?def (test_\w+)\(`),
	".js":    lazyregexp.New("^\\s*(?:it|test|specify)(?:\\.\\w+)*\\(\\s*(?:\"([^\"]+)\"|'([^']+)'|`([^`]+)`)"),
	".java":  lazyregexp.New(`^\s*(?:public |internal |suspend |final )*(?:void|fun) (\w+)\(\)`),
	".cs":    lazyregexp.New(`^\s*public (?:override |virtual |async )*(?:void|Task|async Task) (\w+)\(`),
	".rs":    lazyregexp.New(`^\s*(?:async )?fn (\w+)\(\)`),
	".rb":    lazyregexp.New(`^\s*(?:def (test_\w+)|(?:it|specify|test)\s+(?:"([^"]+)"|'([^']+)'))`),
	".php":   lazyregexp.New(`^\s*public function (test\w+)\(`),
	".swift": lazyregexp.New(`^\s*func (test\w+)\(`),
	".c":     lazyregexp.New(`^\s*TEST(?:_F|_P)?\(([^)]+)\)`),
	".ex":    lazyregexp.New(`^\s*test "([^"]+)"`),
	".dart":  lazyregexp.New(`^\s*test(?:Widgets)?\('([^']+)'`),
}

func testName(line string, defines *lazyregexp.Regexp) string {
	if len(line) > maxLine {
		return ""
	}
	m := defines.FindStringSubmatch(line)
	for i := 1; i < len(m); i++ {
		if m[i] != "" {
			return m[i]
		}
	}
	return ""
}

// sourcesOf are where the source of a removed test may stand; none when the file is no removed test.
func (a *analysis) sourcesOf(f *diff.File) []string {
	if f.Status != diff.Removed || !isTest(f.Path) || a.exempt.Match(f.Path) != "" {
		return nil
	}
	return testfile.Sources(f.Path)
}

// maxComing is how many names of added test lines are remembered.
const maxComing = 100_000

// comes are the names in an added line that may be a test's: before its parameters or types, and a title in quotes. A test
// whose name is among them did not go: it got parameters or another annotation, and is no longer of the form that a
// language's pattern knows. A method that is called and a word of a comment are no tests.
var comes = lazyregexp.New("(?:^|[^.\\w])(\\w+)[(<]|\"(\\w+)\"|'(\\w+)'|`(\\w+)`")

// addComing notes what comes in an added line.
func addComing(names map[string]bool, line string) {
	if text := strings.TrimSpace(line); len(line) > maxLine || strings.HasPrefix(text, "//") || strings.HasPrefix(text, "#") &&
		!strings.HasPrefix(text, "#[") {
		return
	}
	for _, m := range comes.FindAllStringSubmatch(line, -1) {
		if name := cmp.Or(m[1:]...); len(names) < maxComing {
			names[name] = true
		}
	}
}

// removed are the tests that go and come nowhere again.
func (a *analysis) removed(s *change.Snapshot) (list []Removed, count int) {
	added, coming := map[string]bool{}, map[string]bool{}
	for _, l := range slices.Sorted(maps.Keys(a.tests)) { // which names are remembered depends on no order of a map
		define := defines[l]
		for _, f := range a.tests[l] {
			for _, h := range f.Hunks {
				for _, line := range h.Lines {
					if line.Op != diff.Add || define == nil {
						continue
					}
					if name := testName(line.Text, define); name != "" {
						added[name] = true
					}
					addComing(coming, line.Text)
				}
			}
		}
	}
	out := []Removed{}
	for i := range a.files {
		f := &a.files[i]
		define := defines[testfile.Language(f.Path)]
		if define == nil || !isTest(f.Path) || f.State != diff.Text || a.exempt.Match(f.Path) != "" {
			continue
		}
		r := Removed{Path: f.Path, Tests: []string{}, File: f.Status == diff.Removed}
		if r.File {
			if r.Source = a.stays(f, s); r.Source == "" {
				continue
			}
		}
		gone := namesGone(f, define, func(name string) bool { return added[name] || coming[name] })
		if len(gone.names) == 0 {
			continue
		}
		r.Line = gone.first
		r.Tests, r.More = gone.names[:min(len(gone.names), maxNames)], max(0, len(gone.names)-maxNames)
		out = append(out, r)
	}
	return out, len(added)
}

type gone struct {
	names []string
	first int
}

func namesGone(f *diff.File, define *lazyregexp.Regexp, again func(string) bool) gone {
	var out gone
	for _, h := range f.Hunks {
		old := h.OldStart
		for _, l := range h.Lines {
			if l.Op == diff.Delete {
				if name := testName(l.Text, define); name != "" && !again(name) && !slices.Contains(out.names, name) {
					if len(out.names) == 0 {
						out.first = old
					}
					out.names = append(out.names, name)
				}
			}
			if l.Op != diff.Add {
				old++
			}
		}
	}
	return out
}

// stays is the source of a removed test that stands at the head; empty when none is known to.
func (a *analysis) stays(f *diff.File, s *change.Snapshot) string {
	for _, p := range a.sourcesOf(f) {
		if c, ok := s.Content(change.AtHead, p); ok && !c.Absent && c.Blob != "" {
			return p
		}
	}
	return ""
}

var (
	featureWords = lazyregexp.New(`(?i)^(?:\[[^\]]*\]\s*)?(?:[\w./-]+: )?(?:add|support|implement|introduce|allow|enable|feat|new)\w*\b`)
	fixWords     = lazyregexp.New(`(?i)^(?:\[[^\]]*\]\s*)?(?:[\w./-]+: )?(?:fix|bug|prevent|avoid|correct|handle|resolve)\w*\b|` +
		`\bfix(?:es|ed)?\b`)
	otherWords = lazyregexp.New(`(?i)\b(?:refactor\w*|renam\w+|clean ?-?up|mov(?:e|ed|ing)|bump|typos?|docs?|lint\w*|` +
		`format\w*|revert\w*|` +
		`deprecat\w+|upgrade|logs?|logging|trac(?:es?|ing)|spans?|fast.?paths?|speed|hints?|document\w*|warnings?|` +
		`messages?|deps|sync|dependenc\w+|simplif\w+|extract|reorgani[sz]e|remove|drop|` +
		`migrate|moderni[sz]e|merge|backport|chore|` +
		`performance|perf|optimi[sz]e|metrics?|comments?|nit|tests?|benchmarks?|release|prepare|polish|build|ci)\b`)
	// quietWords are what a fix or a feature may be about without wanting a test.
	quietWords = lazyregexp.New(`(?i)\b(?:logs?|logging|trac(?:es?|ing)|spans?|metrics?|docs?|document\w*|messages?|comments?|typos?|` +
		`performance|perf)\b`)
	skips        = lazyregexp.New(`(?i)\b(?:skip\w*|disabl\w+|flak\w+|ignor\w+|quarantin\w+)\b`)
	conventional = lazyregexp.New(`^(\w+)(?:\([^)]*\))?!?: `)
)

// headerOf is the title of a change, or else the header of its only commit.
func headerOf(s *change.Snapshot) string {
	header := s.Header()
	return header[:min(len(header), maxLine)]
}

// kindOf is what the change is for, by its header.
func kindOf(s *change.Snapshot) string {
	header := headerOf(s)
	if m := conventional.FindStringSubmatch(strings.ToLower(header)); m != nil {
		if quietWords.MatchString(header) {
			return "other"
		}
		switch m[1] {
		case "feat", "feature":
			return "feature"
		case "fix", "bugfix", "hotfix":
			return "fix"
		case "refactor", "docs", "doc", "style", "chore", "build", "ci", "perf", "test", "tests", "revert", "deps",
			"types", "release":
			return "other"
		}
	}
	switch {
	case header == "":
		return "unknown"
	case otherWords.MatchString(header):
		return "other"
	case fixWords.MatchString(header):
		return "fix"
	case featureWords.MatchString(header):
		return "feature"
	}
	return "unknown"
}

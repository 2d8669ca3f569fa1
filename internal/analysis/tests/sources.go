package tests

import (
	"bytes"
	"cmp"
	"path"
	"slices"
	"strings"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/diff"
	"github.com/lintel-review/lintel/internal/language"
	"github.com/lintel-review/lintel/internal/language/testfile"
	"github.com/lintel-review/lintel/internal/sorting"
)

// source is a changed source file with new logic.
type source struct {
	file   *diff.File
	logic  logic
	places []string
	// test is a test of it that the change has.
	test string
	// asked is true when the places are looked at.
	asked bool
}

// sources are the changed source files with enough new logic, those with most of it first.
func (a *analysis) sources() []source {
	var out []source
	for i := range a.files {
		f := &a.files[i]
		if f.Status == diff.Removed || f.State != diff.Text || f.Additions < a.opt.MinLines || !a.needsTests(f) {
			continue
		}
		l := logicOf(f, a.removedLines())
		if l.lines < a.opt.MinLines {
			continue
		}
		out = append(out, source{file: f, logic: l, places: a.places(f.Path), test: a.testIn(f)})
	}
	sorting.StableBy(out, func(x, y source) int {
		return cmp.Or(y.logic.lines-x.logic.lines, strings.Compare(x.file.Path, y.file.Path))
	})
	asked := 0
	for i := range out {
		if out[i].test == "" && asked < maxAsked {
			out[i].asked = true
			asked++
		}
	}
	return out
}

// needsTests is false for what people do not write, and for what is not tested by custom: configuration, entry points,
// examples, migrations, scripts of a build.
func (a *analysis) needsTests(f *diff.File) bool {
	needs, known := a.wanting[f]
	if !known {
		needs = a.askIfNeeded(f)
		a.wanting[f] = needs
	}
	return needs
}

func (a *analysis) askIfNeeded(f *diff.File) bool {
	if testfile.Language(f.Path) == "" || isTest(f.Path) || a.exempt.Match(f.Path) != "" || untested(f.Path) {
		return false
	}
	return a.classes.Classify(f.Path, start(f), f.Status == diff.Added).Kind == language.Source
}

// start is the beginning of a file as far as the first hunk shows it, where a generator leaves its mark.
func start(f *diff.File) []byte {
	if len(f.Hunks) == 0 || f.Hunks[0].NewStart > 1 {
		return nil
	}
	length := 0
	for _, l := range f.Hunks[0].Lines {
		if length += len(l.Text) + 1; length > maxHead {
			break
		}
	}
	out := make([]byte, 0, length)
	for _, l := range f.Hunks[0].Lines {
		if l.Op != diff.Delete {
			if out = append(append(out, l.Text...), '\n'); len(out) > maxHead {
				break
			}
		}
	}
	return out
}

// untested reports whether files of such a path have no tests of their own by custom.
func untested(file string) bool {
	dir, base := path.Split(strings.ToLower(file))
	ext := path.Ext(base)
	stem := strings.TrimSuffix(base, ext)
	for part := range strings.SplitSeq(strings.Trim(dir, "/"), "/") {
		switch part {
		case "example", "examples", "sample", "samples", "demo", "demos", "docs", "doc", "docs_src", "migrations",
			"migrate", "scripts",
			"script", "tools", "tool", "hack", "ci", "build", "buildsrc", "website", "site", ".github", "config", "configs",
			"templates", "template", "fixtures", "mocks", "mock", "fakes", "generated", "packaging", "contrib", "bin", "tasks",
			"build-logic", "cookbook", "stubs", "storybook", "stories", "benchmarks", "notebooks", ".storybook", "seeds":
			return true
		}
	}
	switch stem {
	case "main", "setup", "conftest", "__main__", "__init__", "version", "_version", "constants", "types", "doc",
		"gulpfile", "gruntfile",
		"rakefile", "build", "settings", "package", "mod", "program", "startup":
		return true
	}
	switch path.Ext(stem) {
	case ".config", ".d", ".conf", ".stories", ".gen", ".pb", ".generated":
		return true
	}
	return strings.HasPrefix(base, ".") || strings.HasPrefix(stem, "zz_") || strings.HasSuffix(stem, "_mock") ||
		strings.HasPrefix(stem, "mock_") || strings.HasPrefix(stem, "fake_") || strings.HasSuffix(stem, "_gen")
}

// places are where the tests of a file may stand: those of the settings, then those of its language's customs.
func (a *analysis) places(file string) []string {
	var out []string
	for _, p := range a.opt.Places {
		if e := testfile.Expand(p, file); e != file && !slices.Contains(out, e) {
			out = append(out, e)
		}
	}
	for _, p := range testfile.Places(file) {
		if !slices.Contains(out, p) {
			out = append(out, p)
		}
	}
	return out
}

// testIn is a test that the change has for a file: by name first, else any in its language; empty when it has none.
func (a *analysis) testIn(f *diff.File) string {
	tests := a.tests[testfile.Language(f.Path)]
	if len(tests) == 0 {
		return ""
	}
	stem := strings.TrimSuffix(path.Base(f.Path), path.Ext(f.Path))
	for _, t := range tests {
		if subject, yes := testfile.ByName(t.Path); yes && strings.EqualFold(subject, stem) {
			return t.Path
		}
	}
	return tests[0].Path
}

// inline reports whether a change edits tests inside of a Rust source.
func inline(f *diff.File) bool {
	if path.Ext(f.Path) != ".rs" {
		return false
	}
	for _, h := range f.Hunks {
		in := strings.Contains(h.Section, "mod test")
		for _, l := range h.Lines {
			in = in || strings.Contains(l.Text, "#[test]") || strings.Contains(l.Text, "#[cfg(test)]") ||
				strings.Contains(l.Text, "::test]")
			if l.Op == diff.Add && (in || strings.Contains(l.Text, "assert_eq!(")) {
				return true
			}
		}
	}
	return false
}

// less counts the removed lines of sources that did something.
func (a *analysis) less() int {
	n := 0
	for i := range a.files {
		f := &a.files[i]
		if f.State != diff.Text || f.Deletions == 0 || !a.needsTests(f) {
			continue
		}
		d, comment := dialectOf(f.Path), false
		for _, h := range f.Hunks {
			for _, l := range h.Lines {
				if l.Op == diff.Delete && doesSomething(d.code(l.Text, &comment)) {
					n++
				}
			}
		}
	}
	return n
}

// generated reports whether the whole file says that a tool wrote it, where its first lines are not in the diff.
func (c source) generated(a *analysis, s *change.Snapshot) bool {
	own, ok := s.Content(change.AtHead, c.file.Path)
	return ok && len(own.Body) > 0 &&
		a.classes.Classify(c.file.Path, own.Body[:min(len(own.Body), maxHead)], len(own.Body) <= maxHead).Kind != language.Source
}

// maxHead is how much of a file is read for a generator's mark.
const maxHead = 8 << 10

// judge says what is known of the tests of a source.
func (c source) judge(s *change.Snapshot) Source {
	out := Source{
		Path: c.file.Path, Logic: c.logic.lines, Line: c.logic.first, Branches: c.logic.branches, Functions: c.logic.functions,
		New: c.file.Status == diff.Added || c.file.Status == diff.Copied,
	}
	if out.Functions == nil {
		out.Functions = []string{}
	}
	out.State, out.Test, out.Why = c.state(s)
	return out
}

func (c source) state(s *change.Snapshot) (state, test, why string) {
	if c.test != "" {
		return changedState, c.test, ""
	}
	if !c.asked {
		return notJudged, "", "tests are looked for of few files only"
	}
	if len(c.places) == 0 {
		return notJudged, "", "no custom says where tests of this language stand"
	}
	own, ok := s.Content(change.AtHead, c.file.Path)
	if path.Ext(c.file.Path) == ".rs" {
		// Most tests stand in the source itself.
		switch {
		case !ok || !own.Read():
			return notJudged, "", "it was not read"
		case bytes.Contains(own.Body, []byte("test]")) || bytes.Contains(own.Body, []byte("cfg(test)")):
			return existsState, c.file.Path, ""
		}
	}
	unknown := ""
	for _, p := range c.places {
		content, ok := s.Content(change.AtHead, p)
		switch {
		case !ok:
			unknown = "it was not looked for"
		case content.Absent:
		case content.Blob != "":
			return existsState, p, ""
		default:
			unknown = content.Problem
		}
	}
	expected := ""
	if len(c.places) > 0 {
		expected = c.places[0]
	}
	if unknown != "" {
		return notJudged, expected, unknown
	}
	return noneState, expected, ""
}

package measure

import (
	"path"
	"slices"
	"strings"
)

// Tests are the test files of a repository, ready to be looked up.
type Tests struct {
	// by stem and extension, and by folder and extension
	named, near map[string][]string
}

// NewTests finds the test files among all paths of a repository.
func NewTests(tree []string) *Tests {
	t := &Tests{named: map[string][]string{}, near: map[string][]string{}}
	for _, p := range tree {
		if isTest(p) {
			ext := path.Ext(p)
			t.named[stem(p)+"/"+ext] = append(t.named[stem(p)+"/"+ext], p)
			t.near[path.Dir(p)+"/"+ext] = append(t.near[path.Dir(p)+"/"+ext], p)
		}
	}
	return t
}

// Nearest is the test file that most likely tests a file: of the same stem first, in the same folder first, then any
// test of the folder; empty when there is none. A file that is a test itself has none.
func (t *Tests) Nearest(file string) string {
	if isTest(file) {
		return ""
	}
	dir, ext, want := path.Dir(file), path.Ext(file), stem(file)
	best, score := "", 0
	for _, p := range slices.Concat(t.named[want+"/"+ext], t.near[dir+"/"+ext]) {
		n := 0
		switch same, near := stem(p) == want, path.Dir(p) == dir; {
		case same && near:
			n = 4
		case same && (path.Dir(path.Dir(p)) == dir || mirror(path.Dir(p)) == mirror(dir)):
			n = 3
		case near:
			n = 2
		case same:
			n = 1
		}
		if n > score || n == score && n > 0 && p < best {
			best, score = p, n
		}
	}
	return best
}

// marks are what test files have in their names beside the stem of what they test.
var marks = []string{"_test", ".test", ".spec", "_spec", "Test", "Tests", "Spec"}

// folders are those that hold tests and what tests need.
var folders = []string{"test", "tests", "spec", "__tests__", "__mocks__", "testdata", "fixtures"}

// isTest goes by a file's name.
func isTest(p string) bool {
	base := strings.TrimSuffix(path.Base(p), path.Ext(p))
	return strings.HasPrefix(base, "test_") ||
		slices.ContainsFunc(marks, func(m string) bool { return strings.HasSuffix(base, m) && base != m })
}

// ForTests is true for tests and for what stands in a folder of tests.
func ForTests(p string) bool {
	if isTest(p) {
		return true
	}
	for part := range strings.SplitSeq(path.Dir(p), "/") {
		if slices.Contains(folders, part) {
			return true
		}
	}
	return false
}

func stem(p string) string {
	base := strings.TrimPrefix(strings.TrimSuffix(path.Base(p), path.Ext(p)), "test_")
	for _, m := range marks {
		if cut := strings.TrimSuffix(base, m); cut != "" && cut != base {
			return cut
		}
	}
	return base
}

// mirror takes out the parts of a folder in which trees of tests and of sources differ.
func mirror(dir string) string {
	var out []string
	for part := range strings.SplitSeq(dir, "/") {
		if !slices.Contains([]string{"src", "main", "test", "tests", "spec", "lib", "app", "__tests__"}, part) {
			out = append(out, part)
		}
	}
	return strings.Join(out, "/")
}

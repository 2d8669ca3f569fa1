package measure

import (
	"path"
	"slices"
	"strings"

	"github.com/lintel-review/lintel/internal/language/testfile"
)

// Tests are the test files of a repository, ready to be looked up.
type Tests struct {
	// by the name of what they test and extension, and by folder and extension
	named, near map[string][]string
}

// NewTests finds the test files among all paths of a repository.
func NewTests(tree []string) *Tests {
	t := &Tests{named: map[string][]string{}, near: map[string][]string{}}
	for _, p := range tree {
		if subject, yes := testfile.ByName(p); yes {
			ext := path.Ext(p)
			t.named[subject+"/"+ext] = append(t.named[subject+"/"+ext], p)
			t.near[path.Dir(p)+"/"+ext] = append(t.near[path.Dir(p)+"/"+ext], p)
		}
	}
	return t
}

// Nearest is the test file that most likely tests a file: of the same subject first, in the same folder first, then any
// test of the folder; empty when there is none. A file that is a test itself has none.
func (t *Tests) Nearest(file string) string {
	want, test := testfile.ByName(file)
	if test {
		return ""
	}
	dir, ext := path.Dir(file), path.Ext(file)
	best, score := "", 0
	for _, p := range slices.Concat(t.named[want+"/"+ext], t.near[dir+"/"+ext]) {
		n := 0
		subject, _ := testfile.ByName(p)
		switch same, near := subject == want, path.Dir(p) == dir; {
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

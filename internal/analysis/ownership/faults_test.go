package ownership

import (
	"testing"

	"github.com/lintel-review/lintel/internal/diff"
)

func TestSkippedLines(t *testing.T) {
	for _, c := range []struct {
		name, owners, file string
		line               int
	}{
		{"a bot with brackets", "* @bob @github-actions[bot]\n", "a", 1},
		{"one owner of two", "* @bob\n/docs/ @bob @bad!\n", "docs/x", 2},
		{"no @", "* @bob\n/docs/ bob\n", "docs/x", 2},
		{"another file", "* @bob\n/docs/ @bad!\n", "src/x", 0},
		{"a later line takes it", "/docs/ @bad!\n* @bob\n", "docs/x", 0},
		{"a valid file", "* @bob\n", "docs/x", 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := Analyse(owned(c.owners, []string{c.file}, "bob"), ordinary())
			if c.line == 0 {
				if len(f.Skipped) > 0 {
					t.Errorf("%+v", f.Skipped)
				}
				return
			}
			if len(f.Skipped) != 1 || f.Skipped[0].Line != c.line || f.Skipped[0].Files.Examples[0] != c.file {
				t.Errorf("%+v, want line %d", f.Skipped, c.line)
			}
		})
	}
}

func TestLeftOwners(t *testing.T) {
	for _, c := range []struct {
		owners, old, now string
		left             int
	}{
		{"/src/memoryGit.ts @bob\n", "src/memoryGit.ts", "src/memory-git.ts", 1},
		{"/src/ @bob\n", "src/a", "src/b", 0},
		{"/src/a @bob\n/lib/\n", "src/a", "lib/a", 0},
		{"/lib/ @bob\n", "src/a", "src/b", 0},
	} {
		s := owned(c.owners, nil, "bob")
		s.Files = []diff.File{{Path: c.now, OldPath: c.old, Status: diff.Renamed, State: diff.Text}}
		if f := Analyse(s, ordinary()); f.Left.Count != c.left {
			t.Errorf("%+v: %+v", c, f.Left)
		}
	}
}

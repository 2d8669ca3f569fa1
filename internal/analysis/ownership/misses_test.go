package ownership

import (
	"fmt"
	"strings"
	"testing"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/diff"
)

// TestMissedByForm: the owner stays as by bytes, and the line that looks as if it owned the file is told.
func TestMissedByForm(t *testing.T) {
	const nfc, nfd = "caf\u00e9", "cafe\u0301"
	for _, c := range []struct {
		name, owners, path string
		line               int // 0: nothing is said
		form, nameForm     string
	}{
		{"composed line, decomposed file", "/" + nfc + ".md @bob\n", nfd + ".md", 1, "composed", "decomposed"},
		{"decomposed line, composed file", "/" + nfd + ".md @bob\n", nfc + ".md", 1, "decomposed", "composed"},
		{"the same form", "/" + nfc + ".md @bob\n", nfc + ".md", 0, "", ""},
		{"the same decomposed form", "/" + nfd + ".md @bob\n", nfd + ".md", 0, "", ""},
		{"a folder", "/" + nfc + "/ @bob\n", nfd + "/a/b", 1, "composed", "decomposed"},
		{"a name at any depth", nfc + " @bob\n", "a/" + nfd + "/b", 1, "composed", "decomposed"},
		{"a wildcard beside it", "/docs/" + nfc + "-*.md @bob\n", "docs/" + nfd + "-1.md", 1, "composed", "decomposed"},
		{"the first letter of two is mixed", "/" + nfc + nfd + " @bob\n", nfd + nfd, 1, "mixed", "decomposed"},
		{"Korean", "/\u1112\u1161\u11ab @bob\n", "\ud55c", 1, "decomposed", "composed"},
		{"two accents in another order", "/a\u0323\u0307 @bob\n", "a\u0307\u0323", 1, "decomposed", "mixed"},
		{"the sign for ohm is a letter", "/\u2126 @bob\n", "\u03a9", 1, "mixed", "composed"},
		{"a ligature is another name", "/\ufb01 @bob\n", "fi", 0, "", ""},
		{"a full-width letter is another name", "/\uff41 @bob\n", "a", 0, "", ""},
		{"another letter", "/" + nfc + " @bob\n", "caf\u00e8", 0, "", ""},
		{"a later line takes it", "/" + nfc + " @bob\n* @carol\n", nfd, 0, "", ""},
		{"an earlier line takes it", "* @carol\n/" + nfc + " @bob\n", nfd, 2, "composed", "decomposed"},
		{"a line without owners", "* @carol\n/" + nfc + "\n", nfd, 2, "composed", "decomposed"},
		{"an invalid line", "/" + nfc + " bob\n", nfd, 0, "", ""},
		{"nothing but ASCII", "* @bob\n", "a", 0, "", ""},
		{"bytes that are no text", "/\xff" + nfc + " @bob\n", "\xff" + nfd, 1, "composed", "decomposed"},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := Analyse(owned(c.owners, []string{c.path}), ordinary())
			switch {
			case c.line == 0 && len(f.Forms) > 0, c.line > 0 && len(f.Forms) != 1:
				t.Fatalf("%+v", f.Forms)
			case c.line == 0:
				return
			}
			l := f.Forms[0]
			if l.Line.Line != c.line || l.Form != c.form || l.NameForm != c.nameForm || l.Files.Count != 1 ||
				strings.Trim(l.Name+l.Spelled, "\"\\/.-*abcdefghijklmnopqrstuvwxyz0123456789") != "" {
				t.Errorf("%+v", l)
			}
			for _, g := range f.Groups {
				for _, line := range g.Lines {
					if line.Line == c.line {
						t.Error("the line owns the file after all")
					}
				}
			}
		})
	}
}

func TestManyMisses(t *testing.T) {
	owners, files := "", []string{}
	for i := range 15 {
		owners += fmt.Sprintf("/%d/\u00e9 @bob\n", i)
		files = append(files, fmt.Sprintf("%d/e\u0301", i))
	}
	if f := Analyse(owned(owners, files), ordinary()); len(f.Forms) != maxLines || f.MoreForms != 5 {
		t.Errorf("%d and %d more", len(f.Forms), f.MoreForms)
	}
}

// TestLeftLines: what the old line takes now, and what the change's own file says of the new name.
func TestLeftLines(t *testing.T) {
	for _, c := range []struct {
		name, owners, old, now string
		tree                   []string
		proposed               string
		left                   int
		empty                  bool
	}{
		{"one path", "/src/memoryGit.ts @bob\n", "src/memoryGit.ts", "src/memory-git.ts", nil, "", 1, true},
		{"one path without a slash before it", "src/memoryGit.ts @bob\n", "src/memoryGit.ts", "src/memory-git.ts", nil, "", 1, true},
		{"a folder", "/src/ @bob\n", "src/a", "lib/a", nil, "", 1, false},
		{"a folder that is empty then", "/src/ @bob\n", "src/a", "lib/a", []string{"lib/a"}, "", 1, true},
		{"a folder that is not", "/src/ @bob\n", "src/a", "lib/a", []string{"lib/a", "src/b"}, "", 1, false},
		{"a name at any depth", "a.ts @bob\n", "src/a.ts", "src/b.ts", nil, "", 1, false},
		{"wildcards", "/src/*.ts @bob\n", "src/a.ts", "src/a.js", nil, "", 1, false},
		{"a file that becomes a folder", "/src/a @bob\n", "src/a", "src/a/b", nil, "", 0, false},
		{"the change owns the new name", "/src/a @bob\n", "src/a", "src/b", nil, "/src/b @bob\n", 0, false},
		{"the change owns another name", "/src/a @bob\n", "src/a", "src/b", nil, "/src/c @bob\n", 1, true},
		{"a line without owners", "/src/a\n", "src/a", "src/b", nil, "", 0, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := owned(c.owners, nil, "bob")
			s.Tree = c.tree
			s.Files = []diff.File{{Path: c.now, OldPath: c.old, Status: diff.Renamed, State: diff.Text}}
			if c.proposed != "" {
				s.ProposedOwners = &change.File{Path: "CODEOWNERS", Size: 1, Content: []byte(c.proposed)}
			}
			f := Analyse(s, ordinary())
			if f.Left.Count != c.left || len(f.LeftLines) != c.left || c.left > 0 && f.LeftLines[0].Empty != c.empty {
				t.Errorf("%+v %+v", f.Left, f.LeftLines)
			}
		})
	}
}

// TestShadows: who takes the files of a line that never wins, and what would change that.
func TestShadows(t *testing.T) {
	tree := []string{"a/1", "a/2", "a/3", "a/4", "b/1"}
	for _, c := range []struct {
		name, file string
		by, below  int
		others     int
		same       bool
		agree      bool
	}{
		{"one line", "/a/ @x\n* @y\n", 2, 2, 0, false, false},
		{"several, the first takes most", "/a/ @x\n/a/* @y\n/a/1 @z\n", 2, 3, 1, false, false},
		{"several, the last takes most", "/a/ @x\n/a/1 @y\n/a/[ @z\n/a/? @z\n", 4, 4, 0, false, false},
		{"the same pattern", "/a/ @x\n/a/ @y\n", 2, 2, 0, true, false},
		{"the same pattern three times", "/a/ @x\n/a/ @y\n/a/ @z\n", 3, 3, 0, true, false},
		{"the same owners", "/a/ @x\n* @X\n", 2, 2, 0, false, true},
		{"the same owners of several", "/a/ @x @y\n/a/? @y @x\n/a/1 @x @y\n", 2, 3, 1, false, true},
		{"not quite the same", "/a/ @x\n/a/? @x\n/a/1 @x @y\n", 2, 3, 1, false, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := owned("", []string{"CODEOWNERS"})
			s.Files[0].State = diff.Unknown // so all lines are the change's
			s.Tree, s.ProposedOwners = tree, &change.File{Path: "CODEOWNERS", Blob: "b", Size: int64(len(c.file)), Content: []byte(c.file)}
			l := Analyse(s, ordinary()).Lint
			if len(l.Shadowed) != 1 {
				t.Fatalf("%+v", l.Shadowed)
			}
			sh := l.Shadowed[0]
			if sh.By.Line != c.by || sh.Below != c.below || len(sh.Others) != c.others || sh.Same != c.same || sh.Agree != c.agree ||
				sh.Partly != (c.others > 0) {
				t.Errorf("%+v", sh)
			}
		})
	}
}

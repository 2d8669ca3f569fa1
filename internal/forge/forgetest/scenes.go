package forgetest

import (
	"fmt"
	"slices"
	"strings"

	"github.com/lintel-review/lintel/internal/controls"
)

// settings are valid ones.
const settings = "version: 1\n"

// scenes are all scenes.
func scenes() []Scene {
	return slices.Concat(plainScenes(), kindScenes(), limitScenes(), oddControlScenes(), historyScenes(), proposalScenes(),
		treeScenes(), wantScenes())
}

// put is a commit that writes plain files: a path and its content in turn.
func put(pairs ...string) Commit {
	c := Commit{Put: map[string]File{}}
	for i := 0; i < len(pairs); i += 2 {
		c.Put[pairs[i]] = File{Content: pairs[i+1]}
	}
	return c
}

// with adds a file that is not plain.
func (c Commit) with(path, mode, content string) Commit {
	c.Put[path] = File{Content: content, Mode: mode}
	return c
}

// without takes files away.
func (c Commit) without(paths ...string) Commit {
	c.Delete = append(c.Delete, paths...)
	return c
}

// long is text of exactly so many bytes that starts like valid settings and is valid CODEOWNERS, attributes and go.mod: comments.
func long(size int) string {
	const line = "# 0123456789012345678901234567890123456789012345678901234567890\n"
	text := settings + strings.Repeat(line, size/len(line)+1)
	return text[:size-1] + "\n"
}

// many puts the same content at n paths.
func many(n int, path, content string) Commit {
	c := Commit{Put: map[string]File{}}
	for i := range n {
		c.Put[fmt.Sprintf(path, i)] = File{Content: content}
	}
	return c
}

// elsewhere is a submodule's commit.
const elsewhere = "0123456789abcdef0123456789abcdef01234567"

func plainScenes() []Scene {
	return []Scene{
		{
			Name:   "a plain change",
			Base:   []Commit{put(controls.SettingsPath, settings, "CODEOWNERS", "* @ann\n", "a.txt", "one\ntwo\n", "old.txt", "bye\n")},
			Change: []Commit{put("a.txt", "one\n2\n", "new.txt", "hello\n").without("old.txt"), put("new.txt", "hello\nagain\n")},
			Want: `
				commit "feat: change 1"
				commit "feat: change 2"
				file "a.txt" modified text +1 -1
				file "new.txt" added text +2 -0
				file "old.txt" removed text +0 -1
				control .github/lintel.yml 11 bytes
				control CODEOWNERS 7 bytes`,
		},
		{
			Name: "control files in every place",
			Base: []Commit{
				put(controls.SettingsPath, settings, ".github/CODEOWNERS", "a\n", "CODEOWNERS", "bb\n", "docs/CODEOWNERS", "ccc\n",
					".gitattributes", "x\n", "a/.gitattributes", "", "a/b/.gitattributes", "yy\n", "c/.gitattributes", "z\n")},
			Change: []Commit{put("a/b/c.txt", "1\n", "d/e.txt", "1\n")},
			Want: `
				commit "feat: change 1"
				file "a/b/c.txt" added text +1 -0
				file "d/e.txt" added text +1 -0
				control .gitattributes 2 bytes
				control .github/CODEOWNERS 2 bytes
				control .github/lintel.yml 11 bytes
				control CODEOWNERS 3 bytes
				control a/.gitattributes 0 bytes
				control a/b/.gitattributes 3 bytes
				control docs/CODEOWNERS 4 bytes`,
		},
		{
			Name:   "no control file at all",
			Base:   []Commit{put("a.txt", "1\n")},
			Change: []Commit{put("a.txt", "2\n")},
			Want: `
				commit "feat: change 1"
				file "a.txt" modified text +1 -1`,
		},
		{
			Name:   "the base moved on",
			Base:   []Commit{put(controls.SettingsPath, "version: 1\n# old\n", "a.txt", "1\n")},
			Later:  []Commit{put(controls.SettingsPath, settings, "b.txt", "1\n")},
			Change: []Commit{put("a.txt", "2\n")},
			Want: `
				commit "feat: change 1"
				file "a.txt" modified text +1 -1
				control .github/lintel.yml 11 bytes`,
		},
		{
			Name:      "no common ancestor",
			Base:      []Commit{put("a.txt", "1\n")},
			Change:    []Commit{put("a.txt", "2\n")},
			Unrelated: true,
			Want:      `no common ancestor`,
		},
		{
			Name:   "a commit that changes nothing",
			Base:   []Commit{put("a.txt", "1\n")},
			Change: []Commit{{}},
			Want:   `commit "feat: change 1"`,
		},
		{
			Name:   "work that was taken back",
			Base:   []Commit{put("a.txt", "1\n")},
			Change: []Commit{put("a.txt", "2\n"), put("a.txt", "1\n")},
			Want: `
				commit "feat: change 1"
				commit "feat: change 2"`,
		},
		{
			Name:   "many commits and files",
			Base:   []Commit{put("a.txt", "1\n")},
			Change: append(slices.Repeat([]Commit{{}}, 120), many(310, "f/%03d.txt", "1\n")),
			Want: `
				commit "feat: change 1"
				commit "feat: change 2"
				commit "feat: change 3"
				commit "feat: change 4"
				commit "feat: change 5"
				commit "feat: change 6"
				commit "feat: change 7"
				commit "feat: change 8"
				commit: 113 more
				file "f/000.txt" added text +1 -0
				file "f/001.txt" added text +1 -0
				file "f/002.txt" added text +1 -0
				file "f/003.txt" added text +1 -0
				file "f/004.txt" added text +1 -0
				file "f/005.txt" added text +1 -0
				file "f/006.txt" added text +1 -0
				file "f/007.txt" added text +1 -0
				file: 302 more`,
		},
	}
}

func kindScenes() []Scene {
	long20 := strings.Repeat("same\n", 20)
	return []Scene{
		{
			Name: "renames",
			Base: []Commit{
				put("pure.txt", long20, "edited.txt", long20+"end\n", "CODEOWNERS", strings.Repeat("/a/ @ann\n", 20), "dir/x.go", long20)},
			Change: []Commit{
				put("moved/pure.txt", long20, "moved/edited.txt", long20+"END\n", "docs/CODEOWNERS", strings.Repeat("/a/ @ann\n", 20),
					"dir2/x.go", long20+"y\n").
					without("pure.txt", "edited.txt", "CODEOWNERS", "dir/x.go")},
			Want: `
				commit "feat: change 1"
				file "dir2/x.go" renamed text from "dir/x.go" +1 -0
				file "docs/CODEOWNERS" renamed pure_rename from "CODEOWNERS" +0 -0
				file "moved/edited.txt" renamed text from "edited.txt" +1 -1
				file "moved/pure.txt" renamed pure_rename from "pure.txt" +0 -0
				control CODEOWNERS 180 bytes
				proposed owners docs/CODEOWNERS 180 bytes
				tree "dir2/x.go"
				tree "docs/CODEOWNERS"
				tree "moved/edited.txt"
				tree "moved/pure.txt"`,
		},
		{
			Name: "files that are no text",
			Base: []Commit{
				put("bin", "\x00a", "gone.bin", "\x00b", "run.sh", "x\n", "kind", "file\n", "empty", "").with("link", Symlink,
					"a").with("sub", Submodule, elsewhere)},
			Change: []Commit{
				put("bin", "\x00c", "new.bin", "\x00d", "new-empty", "").with("run.sh", Executable, "x\n").with("kind", Symlink,
					"there").with("link", Symlink, "b").
					with("new-link", Symlink, "c").with("sub", Submodule, strings.Repeat("ab", 20)).with("new-sub", Submodule,
					elsewhere).without("gone.bin")},
			Want: `
				commit "feat: change 1"
				file "bin" modified binary +0 -0
				file "gone.bin" removed binary +0 -0
				file "kind" modified symlink
				file "link" modified symlink
				file "new-empty" added empty +0 -0
				file "new-link" added symlink
				file "new-sub" added submodule +1 -0
				file "new.bin" added binary +0 -0
				file: 2 more`,
		},
		{
			Name:   "ends of lines",
			Base:   []Commit{put("crlf.txt", "a\r\nb\r\n", "end.txt", "a\nb", "cr.txt", "a\rb\n")},
			Change: []Commit{put("crlf.txt", "a\nb\n", "end.txt", "a\nb\n", "cr.txt", "a\rc\n", "one.txt", "\n")},
			Want: `
				commit "feat: change 1"
				file "cr.txt" modified text +1 -1
				file "crlf.txt" modified text +2 -2
				file "end.txt" modified text +1 -1
				file "one.txt" added text +1 -0`,
		},
		{
			Name: "odd names",
			Base: []Commit{put("a.txt", "1\n")},
			Change: []Commit{
				put("with space/ a .txt", "1\n", "-rf", "1\n", "quo\"te'.txt", "1\n", "back\\slash", "1\n", "tab\tline\nend", "1\n",
					"\u00fcber.go", "1\n", "u\u0308ber.go", "1\n", "[x]*?.go", "1\n")},
			Want: `
				commit "feat: change 1"
				file "-rf" added text +1 -0
				file "[x]*?.go" added text +1 -0
				file "back\\slash" added text +1 -0
				file "quo\"te'.txt" added text +1 -0
				file "tab\tline\nend" added text +1 -0
				file "u\u0308ber.go" added text +1 -0
				file "with space/ a .txt" added text +1 -0
				file "\u00fcber.go" added text +1 -0`,
		},
		{
			Name:   "a huge file",
			Base:   []Commit{put("a.txt", "1\n")},
			Change: []Commit{put("huge.txt", long(5<<20))},
			Want: `
				commit "feat: change 1"
				file "huge.txt" added too_large
				gap diff.lines "huge.txt"`,
		},
	}
}

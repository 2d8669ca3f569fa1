package forgetest

import (
	"fmt"
	"strings"

	"github.com/lintel-review/lintel/internal/change"
)

const odd = "it is not a plain file (a symbolic link or a folder is not followed)"

// wanted are wants for paths, each written "base PATH" or "head PATH".
func wanted(limit int64, places ...string) (wants []change.Want) {
	for _, place := range places {
		side, path, _ := strings.Cut(place, " ")
		wants = append(wants, change.Want{Path: path, Side: change.Side(side), Max: limit, Why: "tests"})
	}
	return wants
}

// wantScenes have analyses that want whole files.
func wantScenes() []Scene {
	long20 := strings.Repeat("same\n", 20)
	return []Scene{
		{
			Name:  "wanted files on both sides",
			Base:  []Commit{put("a.txt", "one\n", "old.txt", "bye\n", "still.lock", "locked\n", "dir/x", "1\n", "empty", "")},
			Later: []Commit{put("a.txt", "other\n", "later.txt", "1\n")},
			Change: []Commit{
				put("a.txt", "two\n2\n", "new.txt", "hello\n", "crlf.txt", "a\r\nb", "latin.txt", "\xe9t\xe9\n").without("old.txt"),
			},
			Wants: wanted(100, "head a.txt", "base a.txt", "head old.txt", "base old.txt", "head new.txt", "base new.txt",
				"head still.lock", "base later.txt", "head no/such", "head dir/x", "head empty", "head crlf.txt", "head latin.txt"),
			Want: `
				commit "feat: change 1"
				file "a.txt" modified text +2 -1
				file "crlf.txt" added text +2 -0
				file "latin.txt" added text +1 -0
				file "new.txt" added text +1 -0
				file "old.txt" removed text +0 -1
				content base "a.txt" 4 bytes "one"
				content head "a.txt" 6 bytes "two"
				content head "crlf.txt" 4 bytes "a\r"
				content head "dir/x" 2 bytes "1"
				content head "empty" 0 bytes ""
				content base "later.txt" absent
				content head "latin.txt" 4 bytes "\xe9t\xe9"
				content base "new.txt" absent
				content: 5 more`,
		},
		{
			Name: "wanted files of renames",
			Base: []Commit{put("pure.txt", long20, "edited.txt", long20+"end\n")},
			Change: []Commit{
				put("moved/pure.txt", long20, "moved/edited.txt", long20+"END\n").without("pure.txt", "edited.txt")},
			Wants: wanted(1000, "base pure.txt", "head moved/pure.txt", "base edited.txt", "head moved/edited.txt",
				"base moved/edited.txt"),
			Want: `
				commit "feat: change 1"
				file "moved/edited.txt" renamed text from "edited.txt" +1 -1
				file "moved/pure.txt" renamed pure_rename from "pure.txt" +0 -0
				content base "edited.txt" 104 bytes "same"
				content base "moved/edited.txt" absent
				content head "moved/edited.txt" 104 bytes "same"
				content head "moved/pure.txt" 100 bytes "same"
				content base "pure.txt" 100 bytes "same"`,
		},
		{
			Name: "wanted files that cannot be read",
			Base: []Commit{put("bin", "\x00a", "wide", long(3000), "kept", long(3001), "folder/x", "1\n").
				with("link", Symlink, "wide").with("sub", Submodule, elsewhere)},
			Change: []Commit{put("bin", "\x00b", "late.bin", strings.Repeat("x", 8000)+"\x00", "wide", long(3000)+"#\n")},
			Wants: append(wanted(9000, "head late.bin"), wanted(3000, "base bin", "head bin", "head wide", "base wide",
				"head kept", "head link", "head sub", "head folder")...),
			Want: fmt.Sprintf(`
				commit "feat: change 1"
				file "bin" modified binary +0 -0
				file "late.bin" added text +1 -0
				file "wide" modified text +1 -0
				content base "bin": it is binary
				content head "bin": it is binary
				content head "folder": %[1]s
				content head "kept": it has 3001 bytes, more than 3000
				content head "late.bin" 8001 bytes "xxxxxxxxxxxxxxxxxxxx"
				content head "link": %[1]s
				content head "sub": %[1]s
				content base "wide" 3000 bytes "version: 1"
				content: 1 more
				gap contents "bin": base of the change: it is binary (wanted by tests)
				gap contents "bin": head of the change: it is binary (wanted by tests)
				gap contents "folder": head of the change: %[1]s (wanted by tests)
				gap contents "kept": head of the change: it has 3001 bytes, more than 3000 (wanted by tests)
				gap contents "link": head of the change: %[1]s (wanted by tests)
				gap contents "sub": head of the change: %[1]s (wanted by tests)
				gap contents "wide": head of the change: it has 3002 bytes, more than 3000 (wanted by tests)`, odd),
		},
		manyWants(60), manyWants(500), manyWants(501), largeWants(),
	}
}

// manyWants has more wanted files than one request reads; beyond 500, more than are read at all.
func manyWants(n int) Scene {
	s := Scene{
		Name:   fmt.Sprintf("%d wanted files", n),
		Base:   []Commit{many(n, "w%03d.txt", "old\n")},
		Change: []Commit{many(1, "w%03d.txt", "new\n")},
		Want:   "commit \"feat: change 1\"\nfile \"w000.txt\" modified text +1 -1\n",
	}
	for i := range n {
		s.Wants = append(s.Wants, wanted(10, fmt.Sprintf("head w%03d.txt", i))...)
	}
	for i := range shown {
		s.Want += fmt.Sprintf("content head \"w%03d.txt\" 4 bytes %q\n", i, map[bool]string{true: "new", false: "old"}[i == 0])
	}
	s.Want += fmt.Sprintf("content: %d more\n", n-shown)
	if n > change.MaxContents {
		s.Want += fmt.Sprintf("gap contents: %d of %d files were not read: others came first: of one change at most 500 files and "+
			"33554432 bytes are read whole (wanted by tests)\n", n-change.MaxContents, n)
	}
	return s
}

// largeWants has wanted files of more bytes than are read of one change: the first ones are read, and what is small enough after them.
func largeWants() Scene {
	const size = 5 << 20
	s := Scene{
		Name:   "wanted files of too many bytes",
		Base:   []Commit{put("small.txt", "1\n")},
		Change: []Commit{put("small.txt", "2\n")},
		Want:   "commit \"feat: change 1\"\nfile \"small.txt\" modified text +1 -1\n",
	}
	for i := range 7 {
		s.Base[0].Put[fmt.Sprintf("l%d", i)] = File{Content: fmt.Sprint(i) + long(size-1)}
		s.Wants = append(s.Wants, wanted(size, fmt.Sprintf("base l%d", i))...)
	}
	s.Wants = append(s.Wants, wanted(size, "head small.txt")...)
	for i := range 6 {
		s.Want += fmt.Sprintf("content base \"l%d\" %d bytes \"%dversion: 1\"\n", i, size, i)
	}
	const spent = "others came first: of one change at most 500 files and 33554432 bytes are read whole"
	s.Want += "content base \"l6\": " + spent + "\ncontent head \"small.txt\" 2 bytes \"2\"\n" +
		"gap contents: 1 of 8 files were not read: " + spent + " (wanted by tests)"
	return s
}

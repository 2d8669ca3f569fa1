package diff

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// tree is a set of files: path to "MODE content". A mode is "100644" and so on; a submodule's content is its commit.
type tree map[string][2]string

func plainFile(content string) [2]string { return [2]string{"100644", content} }

// realGit runs git in dir without any configuration but its own.
func realGit(t testing.TB, dir, stdin string, args ...string) string {
	t.Helper()
	cmd := exec.Command("git", append([]string{"-C", dir, "-c", "core.quotePath=true"}, args...)...)
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + dir, "GIT_CONFIG_NOSYSTEM=1", "LC_ALL=C"}
	cmd.Stdin = strings.NewReader(stdin)
	var complaint bytes.Buffer
	cmd.Stderr = &complaint
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("git %v: %v\n%s", args, err, complaint.String())
	}
	return string(out)
}

// writeTree makes a tree object of the files, without a work tree.
func writeTree(t testing.TB, dir string, files tree) string {
	t.Helper()
	realGit(t, dir, "", "read-tree", "--empty")
	var index strings.Builder
	for path, f := range files {
		id := f[1]
		if f[0] != modeSubmodule {
			id = strings.TrimSpace(realGit(t, dir, f[1], "hash-object", "-w", "--stdin"))
		}
		fmt.Fprintf(&index, "%s %s\t%s\x00", f[0], id, path)
	}
	realGit(t, dir, index.String(), "update-index", "-z", "--index-info")
	return strings.TrimSpace(realGit(t, dir, "", "write-tree"))
}

func newRepo(t testing.TB) string {
	dir := t.TempDir()
	realGit(t, dir, "", "init", "-q")
	return dir
}

const twenty = "l01\nl02\nl03\nl04\nl05\nl06\nl07\nl08\nl09\nl10\nl11\nl12\nl13\nl14\nl15\nl16\nl17\nl18\nl19\nl20\n"

var (
	commitA = strings.Repeat("a1", 20)
	commitB = strings.Repeat("b2", 20)
)

var gitCases = []struct {
	name          string
	before, after tree
}{
	{"none", tree{"a": plainFile("1\n")}, tree{"a": plainFile("1\n")}},
	{"edit", tree{"a.txt": plainFile(twenty)},
		tree{"a.txt": plainFile(strings.Replace(strings.Replace(twenty, "l02\n", "L02\nnew\n", 1), "l19\n", "", 1))}},
	{"sql-comment", tree{"q.sql": plainFile("select 1\n-- x\nselect 2\n")}, tree{"q.sql": plainFile("select 1\n++ x\nselect 2\n")}},
	{"diff-in-diff", tree{"p": plainFile("a\n")}, tree{"p": plainFile("a\ndiff --git a/x b/x\n@@ -1 +1 @@\n--- a/x\n")}},
	{"no-newline", tree{"old": plainFile("a\nb"), "new": plainFile("a\nb\n"), "both": plainFile("a\nb")},
		tree{"old": plainFile("a\nb\n"), "new": plainFile("a\nb"), "both": plainFile("a\nc")}},
	{"odd-line-ends", tree{"crlf": plainFile("a\r\nb\r\n"), "ff": plainFile("a\fb\n"), "cr": plainFile("a\rb\n")},
		tree{"crlf": plainFile("a\r\nc\r\n"), "ff": plainFile("a\fc\n"), "cr": plainFile("a\rb\u2028c\n")}},
	{"one-line", tree{"a": plainFile("1\n")}, tree{"a": plainFile("2\n")}},
	{"rename-pure", tree{"old.txt": plainFile(twenty)}, tree{"new.txt": plainFile(twenty)}},
	{"rename-edited", tree{"old.txt": plainFile(twenty)}, tree{"new.txt": plainFile(strings.Replace(twenty, "l10", "L10", 1))}},
	{"rename-mode", tree{"old.txt": plainFile(twenty)}, tree{"new.txt": {"100755", twenty}}},
	{"copy", tree{"a.txt": plainFile(twenty)}, tree{"a.txt": plainFile(twenty + "more\n"), "b.txt": plainFile(twenty)}},
	{"mode-only", tree{"run.sh": plainFile("x\n")}, tree{"run.sh": {"100755", "x\n"}}},
	{"mode-and-edit", tree{"run.sh": plainFile("x\n")}, tree{"run.sh": {"100755", "y\n"}}},
	{"binary", tree{"new.bin": plainFile("\x00\x01"), "gone.bin": plainFile("\x00")},
		tree{"new.bin": plainFile("\x00\x02"), "added.bin": plainFile("\x00\x03")}},
	{"text-to-binary", tree{"a": plainFile("text\n")}, tree{"a": plainFile("te\x00t\n")}},
	{"binary-renamed-edited", tree{"a": plainFile("\x00" + twenty)}, tree{"b": plainFile("\x00" + twenty + "x")}},
	{"submodule", tree{"lib": {"160000", commitA}, "gone": {"160000", commitA}},
		tree{"lib": {"160000", commitB}, "new": {"160000", commitB}}},
	{"symlink", tree{"l": {"120000", "a"}}, tree{"l": {"120000", "b"}}},
	{"type-file-to-link", tree{"l": plainFile(twenty), "z": plainFile("1\n")}, tree{"l": {"120000", "b"}, "z": plainFile("2\n")}},
	{"type-link-to-file", tree{"l": {"120000", "b"}}, tree{"l": plainFile("a\nb\n")}},
	{"type-file-to-submodule", tree{"l": plainFile("a\n")}, tree{"l": {"160000", commitA}}},
	{"names", tree{"sp ace": plainFile("1\n"), "t\tab": plainFile("1\n"), `q"uote`: plainFile("1\n"), "ünï": plainFile("1\n"),
		"x b/y": plainFile("1\n"), `back\`: plainFile("1\n"), "inv\xff": plainFile("1\n"), "new\nline": plainFile("1\n")},
		tree{"sp ace": plainFile("2\n"), "t\tab": plainFile("2\n"), `q"uote`: plainFile("2\n"), "ünï": plainFile("2\n"),
			"x b/y": plainFile("2\n"), `back\`: plainFile("2\n"), "inv\xff": plainFile("2\n"), "new\nline": plainFile("2\n")}},
	{"names-empty", tree{}, tree{"x b/x": plainFile(""), "x b/x b/x b/x": plainFile(""), `a\" b`: plainFile(""), "é b/é": plainFile("")}},
	{"names-renamed", tree{"x b/y": plainFile(twenty)}, tree{`z\`: plainFile(twenty)}},
	{"empty", tree{"gone": plainFile(""), "filled": plainFile("")},
		tree{"new": plainFile("x\n"), "filled": plainFile("x\n"), "hollow": plainFile("")}},
	{"emptied", tree{"a": plainFile("x\n")}, tree{"a": plainFile("")}},
	{"section-with-at", tree{"a.txt": plainFile("func @@ -1 +1 @@ x\n" + strings.Repeat(" x\n", 9) + " end\n")},
		tree{"a.txt": plainFile("func @@ -1 +1 @@ x\n" + strings.Repeat(" x\n", 9) + " END\n")}},
}

// TestParseGit runs real git on each case and compares what Parse makes of its output, with and without the file list, to the golden file.
func TestParseGit(t *testing.T) {
	dir := newRepo(t)
	for _, c := range gitCases {
		t.Run(c.name, func(t *testing.T) {
			before, after := writeTree(t, dir, c.before), writeTree(t, dir, c.after)
			output := realGit(t, dir, "", append(append([]string{"diff"}, GitFlags()...), "--find-copies", before, after)...)
			files, err := Parse(strings.NewReader(output), Limits{})
			if err != nil {
				t.Fatalf("%v\n%s", err, output)
			}
			golden := filepath.Join("testdata", "git", c.name+".txtar")
			got := []txtar.File{{Name: "diff", Data: []byte(output)}, {Name: "files", Data: []byte(dump(files))}}
			compareGolden(t, golden, got)

			// The patches alone say the same, but for the modes and blobs of files without an index line.
			bare := realGit(t, dir, "", "diff", "--find-copies", "--full-index", before, after)
			again, err := Parse(strings.NewReader(bare), Limits{})
			if err != nil {
				t.Fatalf("without the list: %v\n%s", err, bare)
			}
			for i := range files {
				if i < len(again) && (again[i].State == PureRename || again[i].State == ModeOnly) {
					again[i].OldMode, again[i].Mode, again[i].OldBlob, again[i].Blob = files[i].OldMode, files[i].Mode,
						files[i].OldBlob, files[i].Blob
				}
			}
			if diff := cmp.Diff(files, again); diff != "" {
				t.Errorf("without the list (-with +without):\n%s", diff)
			}
			for _, f := range files {
				if patchDigest(f) == "" {
					t.Errorf("%s has no digest", f.Path)
				}
			}
		})
	}
}

// compareGolden compares (or, with -update, writes) the named parts of a txtar file.
func compareGolden(t *testing.T, path string, got []txtar.File) {
	t.Helper()
	if *update {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, txtar.Format(&txtar.Archive{Files: got}), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := txtar.ParseFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(txtar.Format(want)), string(txtar.Format(&txtar.Archive{Files: got}))); diff != "" {
		t.Errorf("%s (-want +got, -update to accept):\n%s", path, diff)
	}
}

// dump writes files for people to check.
func dump(files []File) string {
	var b strings.Builder
	for _, f := range files {
		fmt.Fprintf(&b, "%s %s %q", f.Status, f.State, f.Path)
		if f.OldPath != "" {
			fmt.Fprintf(&b, " from %q", f.OldPath)
		}
		fmt.Fprintf(&b, " mode %s..%s blob %.7s..%.7s +%d -%d\n", f.OldMode, f.Mode, f.OldBlob, f.Blob, f.Additions, f.Deletions)
		if f.State == Text {
			fmt.Fprintf(&b, "added %v context %v removed %v\n", f.Added(), f.Context(), f.Removed())
		}
		b.WriteString(dumpHunks(f.Hunks))
	}
	return b.String()
}

func dumpHunks(hunks []Hunk) string {
	var b strings.Builder
	for _, h := range hunks {
		fmt.Fprintf(&b, "hunk -%d,%d +%d,%d %q\n", h.OldStart, h.OldLines, h.NewStart, h.NewLines, h.Section)
		for _, l := range h.Lines {
			fmt.Fprintf(&b, "\t%c %q", l.Op, l.Text)
			if l.NoNewline {
				b.WriteString(" without newline")
			}
			b.WriteByte('\n')
		}
	}
	return b.String()
}

// TestParseRefuses lists output that git diff does not write between two commits. None of it may give a shorter list.
func TestParseRefuses(t *testing.T) {
	const head = "diff --git a/x b/x\nindex " +
		"1111111111111111111111111111111111111111..2222222222222222222222222222222222222222 100644\n--- a/x\n+++ b/x\n"
	const raw = ":100644 100644 1111111111111111111111111111111111111111 2222222222222222222222222222222222222222 M\tx\n"
	for name, c := range map[string]struct{ input, want string }{
		"combined":           {"diff --cc x\nindex 1,2..3\n--- a/x\n+++ b/x\n@@@ -1,1 -1,1 +1,1 @@@\n- a\n -b\n++c\n", "combined diff"},
		"combined raw":       {"::100644 100644 100644 1 2 3 MM\tx\n", "combined diff"},
		"bare hunk":          {"@@ -1 +1 @@\n-a\n+b\n", "without a file"},
		"short hunk":         {head + "@@ -1,3 +1,3 @@\n a\n-b\n+c\n", "ends early"},
		"cut at the last":    {head + "@@ -1,2 +1,2 @@\n-b\n+c\n", "ends early"},
		"long hunk":          {head + "@@ -1 +1 @@\n-a\n+b\n+c\n", "not part of git's diff"},
		"next file too soon": {head + "@@ -1,2 +1,2 @@\n-a\n+b\ndiff --git a/y b/y\n", "no line of a hunk"},
		"overlap":            {head + "@@ -5 +5 @@\n-a\n+b\n@@ -5 +5 @@\n-a\n+b\n", "overlaps"},
		"sides disagree":     {head + "@@ -5 +9 @@\n-a\n+b\n", "does not follow"},
		"no prefixes":        {"diff --git x x\n--- x\n+++ x\n@@ -1 +1 @@\n-a\n+b\n", "--src-prefix=a/"},
		"mnemonic prefixes":  {"diff --git a/x w/x\n--- a/x\n+++ w/x\n@@ -1 +1 @@\n-a\n+b\n", "--src-prefix=a/"},
		"folder named a":     {"diff --git a/ b/x a/ b/x\n--- a/ b/x\n+++ a/ b/x\n@@ -1 +1 @@\n-a\n+b\n", "--src-prefix=a/"},
		"no git header":      {"--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n", "not part of git's diff"},
		"colour":             {"\x1b[1mdiff --git a/x b/x\x1b[m\n", "not part of git's diff"},
		"commit message":     {"commit 1234\nAuthor: x\n\n" + head, "not part of git's diff"},
		"submodule log":      {"Submodule lib 1111111..2222222:\n  > x\n", "not part of git's diff"},
		"list without patch": {raw + "1\t1\tx\n\n", "it was cut"},
		"patch not listed":   {raw + "\n" + strings.ReplaceAll(head, "x", "y") + "@@ -1 +1 @@\n-a\n+b\n", "stands where git listed"},
		"too many patches":   {raw + "\n" + head + "@@ -1 +1 @@\n-a\n+b\n" + head, "more patches than the 1"},
		"bad raw":            {":100644 100644 1 M\tx\n", "git diff --raw"},
		"bad count":          {raw + "1\tone\tx\n", "git diff --numstat"},
		"bad quote":          {"diff --git \"a/x b/x\nnew file mode 100644\n", "header"},
		"huge count":         {head + "@@ -1,9999999999 +1 @@\n-a\n", "not a hunk header"},
	} {
		t.Run(name, func(t *testing.T) {
			files, err := Parse(strings.NewReader(c.input), Limits{})
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %d files and error %v, want an error with %q", len(files), err, c.want)
			}
		})
	}
}

// TestParseLimits checks that what is beyond a limit is TooLarge where the list names it, and an error where it does not.
func TestParseLimits(t *testing.T) {
	dir := newRepo(t)
	long := strings.Repeat("x\n", 2000)
	before := writeTree(t, dir, tree{"b": plainFile("1\n")})
	after := writeTree(t, dir,
		tree{"a": plainFile("1\n"), "b": {"100755", "1\n"}, "c": plainFile(long), "d": plainFile("1\n2\n"), "e": plainFile("\x00")})
	listed := realGit(t, dir, "", append(append([]string{"diff"}, GitFlags()...), before, after)...)
	bare := realGit(t, dir, "", "diff", "--full-index", before, after)

	for name, c := range map[string]struct {
		input  string
		limits Limits
		want   string // path:state:additions
	}{
		"file bytes": {listed, Limits{FileBytes: 1000}, "a:text:1 b:mode_only:0 c:too_large:2000 d:text:2 e:binary:0"},
		"lines":      {listed, Limits{Lines: 2}, "a:text:1 b:mode_only:0 c:too_large:2000 d:too_large:2 e:binary:0"},
		"bytes":      {listed, Limits{Bytes: 3000}, "a:text:1 b:mode_only:0 c:too_large:2000 d:too_large:2 e:binary:0"},
		"no list":    {bare, Limits{FileBytes: 1000}, "a:text:1 b:mode_only:0 c:too_large:2000 d:text:2 e:binary:0"},
	} {
		t.Run(name, func(t *testing.T) {
			files, err := Parse(strings.NewReader(c.input), c.limits)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, f := range files {
				got = append(got, fmt.Sprintf("%s:%s:%d", f.Path, f.State, f.Additions))
			}
			if diff := cmp.Diff(c.want, strings.Join(got, " ")); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
	for name, c := range map[string]struct {
		input  string
		limits Limits
	}{
		"bytes without list": {bare, Limits{Bytes: 3000}},
		"bytes in the list":  {listed, Limits{Bytes: 300}},
		"files":              {listed, Limits{Files: 4}},
		"files without list": {bare, Limits{Files: 4}},
	} {
		if _, err := Parse(strings.NewReader(c.input), c.limits); !errors.Is(err, ErrTooLarge) {
			t.Errorf("%s: got %v, want ErrTooLarge", name, err)
		}
	}
	// Wherever the input is cut, the files that are told to be whole are whole.
	whole, err := Parse(strings.NewReader(listed), Limits{})
	if err != nil {
		t.Fatal(err)
	}
	equal := int64(strings.Index(listed, strings.Repeat("+x\n", 2000)))
	for n := int64(1); n < int64(len(listed)); n++ {
		if inside := n - equal; inside > 100 && inside < 5900 && inside%17 != 0 {
			continue // one of 2,000 equal lines is cut like another
		}
		files, err := Parse(strings.NewReader(listed), Limits{Bytes: n})
		if err != nil {
			continue
		}
		if len(files) != len(whole) {
			t.Fatalf("cut at %d: %d files", n, len(files))
		}
		for i, f := range files {
			if f.State != TooLarge && !reflect.DeepEqual(f, whole[i]) {
				t.Fatalf("cut at %d: %s is %s but not whole", n, f.Path, f.State)
			}
		}
	}
}

package githost

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var when = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func newRepo(t testing.TB) *Repo {
	t.Helper()
	r, err := Create(filepath.Join(t.TempDir(), "a.git"), "main")
	must(t, err)
	t.Cleanup(r.Close)
	return r
}

// commit writes a commit of files over its first parent.
func commit(t testing.TB, r *Repo, files map[string]*File, parents ...string) string {
	t.Helper()
	base := ""
	if len(parents) > 0 {
		base = parents[0]
	}
	tree, err := r.WriteTree(base, files)
	must(t, err)
	who := Signature{Name: "Wendy", Email: "wendy@example.com", When: when}
	sha, err := r.WriteCommit(Commit{Tree: tree, Parents: parents, Author: who, Committer: who, Message: "feat: change"})
	must(t, err)
	return sha
}

func text(s string) *File { return &File{Content: []byte(s)} }

func runGit(t testing.TB, dir string, args ...string) string {
	t.Helper()
	out, err := exec.Command("git", append([]string{"-C", dir}, args...)...).CombinedOutput()
	if err != nil {
		t.Fatalf("git %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return strings.TrimSpace(string(out))
}

// TestWriteAndRead lets git itself judge everything written by hand.
func TestWriteAndRead(t *testing.T) {
	r := newRepo(t)
	first := commit(t, r,
		map[string]*File{"a/x": text("x\n"), "a.b": text(""), "a-b/y": text("y\n"), "run": {Mode: ModeExec, Content: []byte("#!\n")},
			"link": {Mode: ModeLink, Content: []byte("a/x")}, "sub": {Mode: ModeGitlink, Content: []byte(strings.Repeat("1", 40))}})
	second := commit(t, r, map[string]*File{"a/x": nil, "new/deep/z": text("z\n")}, first)
	must(t, r.SetRef("refs/heads/main", second))
	runGit(t, r.Dir(), "fsck", "--strict", "--full")
	if got, want := runGit(t, r.Dir(), "ls-tree", "-r", "main"), strings.Join([]string{
		"100644 blob " + runGit(t, r.Dir(), "rev-parse", "main:a-b/y") + "\ta-b/y",
		"100644 blob e69de29bb2d1d6434b8b29ae775ad8c2e48c5391\ta.b",
		"120000 blob " + runGit(t, r.Dir(), "rev-parse", "main:link") + "\tlink",
		"100644 blob " + runGit(t, r.Dir(), "rev-parse", "main:new/deep/z") + "\tnew/deep/z",
		"100755 blob " + runGit(t, r.Dir(), "rev-parse", "main:run") + "\trun",
		"160000 commit " + strings.Repeat("1", 40) + "\tsub"}, "\n"); got != want {
		t.Errorf("tree:\n%s\nwant\n%s", got, want)
	}
	e, err := r.Lookup(second, "new/deep/z")
	must(t, err)
	data, err := r.Blob(e.SHA)
	must(t, err)
	if string(data) != "z\n" {
		t.Errorf("read %q", data)
	}
	if _, err := r.Lookup(second, "a/x"); !errors.Is(err, ErrNotFound) {
		t.Errorf("a removed path: %v", err)
	}
	entries, truncated, err := r.Walk(second, 3)
	must(t, err)
	if len(entries) != 3 || !truncated {
		t.Errorf("walk: %d entries, truncated %v", len(entries), truncated)
	}
	for _, bad := range []string{"", "/x", "../x", "a/../b", ".git/config", "x/.GIT/y", "a//b", "."} {
		if _, err := r.WriteTree("", map[string]*File{bad: text("x")}); err == nil {
			t.Errorf("the path %q was taken", bad)
		}
	}
}

func TestDiffSaysWhatGitSays(t *testing.T) {
	r := newRepo(t)
	long := strings.Repeat("line\n", 50)
	base := commit(t, r,
		map[string]*File{"mod.txt": text("one\ntwo\n"), "old name.txt": text(long), "moved.txt": text(long + "x\n"),
			"bin": text("\x00a"), "gone": text("bye"),
			"mode": text("m\n"), "type": text("target\n"), "sql": text("-- comment\n++ plus\n"), "é\ttab": text("1\n")})
	head := commit(t, r,
		map[string]*File{"mod.txt": text("one\n2\n"), "old name.txt": nil, "new name.txt": text(long), "moved.txt": nil,
			"moved/to.txt": text(long + "y\n"), "bin": text("\x00b"), "gone": nil,
			"mode": {Mode: ModeExec, Content: []byte("m\n")}, "type": {Mode: ModeLink, Content: []byte("mod.txt")}, "sql": nil,
			"empty": text(""), "é\ttab": text("2\n")}, base)
	c, err := r.Compare(context.Background(), base, head)
	must(t, err)
	got := map[string]FileDiff{}
	for _, f := range c.Files {
		f.OldBlob, f.NewBlob = "", ""
		got[f.Path] = f
	}
	want := map[string]FileDiff{
		"mod.txt":      {Status: "modified", Added: 1, Removed: 1, Patch: "@@ -1,2 +1,2 @@\n one\n-two\n+2"},
		"new name.txt": {Status: "renamed", OldPath: "old name.txt"},
		"moved/to.txt": {
			Status:  "renamed",
			OldPath: "moved.txt",
			Added:   1,
			Removed: 1,
			Patch:   "@@ -48,4 +48,4 @@ line\n line\n line\n line\n-x\n+y",
		},
		"bin":  {Status: "modified", Binary: true},
		"gone": {Status: "removed", Removed: 1, Patch: "@@ -1 +0,0 @@\n-bye\n\\ No newline at end of file", NewMode: "000000"},
		"mode": {Status: "modified", NewMode: ModeExec},
		"type": {
			Status:  "changed",
			Added:   1,
			Removed: 1,
			NewMode: ModeLink,
			Patch:   "@@ -1 +0,0 @@\n-target\n@@ -0,0 +1 @@\n+mod.txt\n\\ No newline at end of file",
		},
		"sql":    {Status: "removed", Removed: 2, NewMode: "000000", Patch: "@@ -1,2 +0,0 @@\n--- comment\n-++ plus"},
		"empty":  {Status: "added", OldMode: "000000"},
		"é\ttab": {Status: "modified", Added: 1, Removed: 1, Patch: "@@ -1 +1 @@\n-1\n+2"},
	}
	for name, f := range want {
		f.Path = name
		if f.OldMode == "" {
			f.OldMode = ModeFile
		}
		if f.NewMode == "" {
			f.NewMode = ModeFile
		}
		want[name] = f
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if raw := runGit(t, r.Dir(), "diff-tree", "-p", "-M", "--full-index", base, head); strings.TrimSpace(string(c.Raw)) != raw {
		t.Errorf("the whole diff is not git's:\n%s\nwant\n%s", c.Raw, raw)
	}
}

func TestCompareHistories(t *testing.T) {
	r := newRepo(t)
	ctx := context.Background()
	root := commit(t, r, map[string]*File{"a": text("a\n")})
	main := commit(t, r, map[string]*File{"b": text("b\n")}, root)
	topic := commit(t, r, map[string]*File{"c": text("c\n")}, root)
	merge := commit(t, r, map[string]*File{"b": text("b\n")}, topic, main)
	last := commit(t, r, map[string]*File{"d": text("d\n")}, merge)
	landed := commit(t, r, map[string]*File{"c": text("c\n")}, main, topic)
	for _, c := range []struct {
		name, base, head, mergeBase string
		ahead                       []string
		behind                      int
		files                       []string
	}{
		{"identical", main, main, main, nil, 0, nil},
		{"straight", root, topic, root, []string{topic}, 0, []string{"c"}},
		{"diverged", main, topic, root, []string{topic}, 1, []string{"c"}},
		{"behind", main, root, root, nil, 1, nil},
		{"a merge into base", main, landed, main, []string{topic, landed}, 0, []string{"c"}},
		{"over a merge", main, last, main, []string{topic, merge, last}, 0, []string{"c", "d"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			x, err := r.Compare(ctx, c.base, c.head)
			must(t, err)
			var files []string
			for _, f := range x.Files {
				files = append(files, f.Path)
			}
			if x.MergeBase != c.mergeBase || x.Behind != c.behind || !cmp.Equal(x.Ahead, c.ahead) || !cmp.Equal(files, c.files) {
				t.Errorf("merge base %s, ahead %v, behind %d, files %v", x.MergeBase, x.Ahead, x.Behind, files)
			}
		})
	}
	alone := commit(t, r, map[string]*File{"z": text("z\n")})
	x, err := r.Compare(ctx, main, alone)
	must(t, err)
	if x.MergeBase != "" || len(x.Files) != 1 {
		t.Errorf("unrelated histories: merge base %q, %d files", x.MergeBase, len(x.Files))
	}
	conflict := commit(t, r, map[string]*File{"b": text("other\n")}, root)
	m, err := r.MergeTree(ctx, main, conflict)
	must(t, err)
	clean, err := r.MergeTree(ctx, main, topic)
	must(t, err)
	if !m.Conflicts || clean.Conflicts || clean.Tree == "" {
		t.Errorf("merges: %+v, %+v", m, clean)
	}
}

func TestReferences(t *testing.T) {
	r := newRepo(t)
	ctx := context.Background()
	sha := commit(t, r, map[string]*File{"a": text("a")})
	must(t, r.SetRef("refs/heads/x/y", sha))
	if err := r.SetRef("refs/heads/x", sha); err == nil {
		t.Error("a branch was put above another")
	}
	for _, bad := range []string{"heads/x", "refs/heads/a..b", "refs/heads/a b", "refs/heads/.x", "refs/heads/x.lock", "refs/heads/",
		"refs/heads/a\x01", "refs/heads/@{x"} {
		if err := r.SetRef(bad, sha); err == nil {
			t.Errorf("the name %q was taken", bad)
		}
	}
	runGit(t, r.Dir(), "pack-refs", "--all")
	must(t, r.DeleteRef(ctx, "refs/heads/x/y"))
	if got := runGit(t, r.Dir(), "for-each-ref"); got != "" {
		t.Errorf("left: %s", got)
	}
	if err := r.DeleteRef(ctx, "refs/heads/x/y"); !errors.Is(err, ErrNotFound) {
		t.Errorf("removed twice: %v", err)
	}
	must(t, r.SetRef("refs/heads/main", sha))
	for _, name := range []string{sha, "main", "heads/main", "refs/heads/main", "HEAD", "", sha[:10]} {
		if got, err := r.Resolve(ctx, name); got != sha {
			t.Errorf("%q is %q, %v", name, got, err)
		}
	}
	for _, name := range []string{"none", "main~1", "--help", strings.Repeat("0", 40)} {
		if got, err := r.Resolve(ctx, name); !errors.Is(err, ErrNotFound) {
			t.Errorf("%q is %q, %v", name, got, err)
		}
	}
}

func TestForkSharesObjects(t *testing.T) {
	r := newRepo(t)
	sha := commit(t, r, map[string]*File{"a": text("a\n")})
	must(t, r.SetRef("refs/heads/main", sha))
	fork, err := r.Fork(filepath.Join(t.TempDir(), "fork.git"))
	must(t, err)
	next := commit(t, fork, map[string]*File{"b": text("b\n")}, sha)
	must(t, fork.SetRef("refs/heads/main", next))
	if _, err := r.Commit(next); err != nil {
		t.Errorf("the parent does not see the fork's commit: %v", err)
	}
	if at, _ := r.Ref("refs/heads/main"); at != sha {
		t.Error("the fork moved the parent's branch")
	}
	runGit(t, fork.Dir(), "fsck", "--strict")
}

func TestConcurrentUse(t *testing.T) {
	r := newRepo(t)
	base := commit(t, r, map[string]*File{"a": text("0\n")})
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			for j := range 10 {
				sha := commit(t, r, map[string]*File{fmt.Sprintf("f%d", i): text(fmt.Sprint(i, j))}, base)
				must(t, r.SetRef(fmt.Sprintf("refs/heads/b%d", i), sha))
				c, err := r.Compare(context.Background(), base, sha)
				if err != nil || len(c.Files) != 1 {
					t.Errorf("compare: %v", err)
				}
			}
		})
	}
	all.Wait()
	runGit(t, r.Dir(), "fsck", "--strict")
}

func FuzzParseDiff(f *testing.F) {
	f.Add([]byte(":100644 100644 a b M\x00x\x001\t1\tx\x00\x00diff --git a/x b/x\n@@ -1 +1 @@\n-a\n+b\n"))
	f.Add([]byte(":100644 100644 a b R100\x00x\x00y\x000\t0\t\x00x\x00y\x00\x00diff --git a/x b/y\n"))
	f.Fuzz(func(t *testing.T, in []byte) {
		files, _, err := parseDiff(in)
		if err == nil {
			for _, f := range files {
				if f.Status == "" {
					t.Errorf("a file without a status from %q", in)
				}
			}
		}
	})
}

func FuzzParseTree(f *testing.F) {
	f.Add([]byte("100644 a\x0012345678901234567890"))
	f.Fuzz(func(t *testing.T, in []byte) {
		if entries, err := parseTree(in); err == nil && len(entries) == 0 && len(in) > 0 {
			t.Errorf("%q became nothing", in)
		}
	})
}

func FuzzParseCommit(f *testing.F) {
	f.Add([]byte("tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904\nauthor a <b> 1 +0000\n\nm"))
	f.Fuzz(func(t *testing.T, in []byte) {
		if c, err := parseCommit(in); err == nil && !IsID(c.Tree) {
			t.Errorf("%q has the tree %q", in, c.Tree)
		}
	})
}

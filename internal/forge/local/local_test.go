package local

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/controls"
	"github.com/lintel-review/lintel/internal/diff"
	"github.com/lintel-review/lintel/internal/settings"
	"github.com/lintel-review/lintel/internal/usage"
)

// work is a repository with main, origin/HEAD that points at it, and the branch topic checked out.
type work struct {
	t   *testing.T
	dir string
}

func newWork(t *testing.T, base map[string]string, initArgs ...string) *work {
	t.Helper()
	t.Setenv("HOME", t.TempDir())
	w := &work{t: t, dir: filepath.Join(t.TempDir(), "shop")}
	if err := os.Mkdir(w.dir, 0o755); err != nil {
		t.Fatal(err)
	}
	w.git(append([]string{"init", "-q", "-b", "main"}, initArgs...)...)
	w.commit("base", base)
	w.git("checkout", "-q", "-b", "topic")
	w.git("update-ref", "refs/remotes/origin/main", "main")
	w.git("symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/main")
	return w
}

func (w *work) git(args ...string) string {
	w.t.Helper()
	cmd := exec.CommandContext(w.t.Context(), "git", append([]string{"-C", w.dir, "-c", "protocol.file.allow=always"}, args...)...)
	cmd.Env = append(os.Environ(), "GIT_CONFIG_NOSYSTEM=1", "LC_ALL=C", "GIT_AUTHOR_NAME=Ann", "GIT_AUTHOR_EMAIL=ann@example.com",
		"GIT_COMMITTER_NAME=Ann", "GIT_COMMITTER_EMAIL=ann@example.com", "GIT_AUTHOR_DATE=2026-01-01T00:00:00Z",
		"GIT_COMMITTER_DATE=2026-01-01T00:00:00Z")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		w.t.Fatalf("git %s: %v\n%s", strings.Join(args, " "), err, stderr.String())
	}
	return strings.TrimSuffix(string(out), "\n")
}

func (w *work) write(files map[string]string) {
	w.t.Helper()
	for path, content := range files {
		path = filepath.Join(w.dir, path)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(content), 0o644)); err != nil {
			w.t.Fatal(err)
		}
	}
}

func (w *work) commit(message string, files map[string]string) string {
	w.t.Helper()
	w.write(files)
	w.git("add", "-A")
	w.git("commit", "-q", "--allow-empty", "-m", message)
	return w.git("rev-parse", "HEAD")
}

func (w *work) read(o Options) (Reading, error) {
	if o.Dir == "" {
		o.Dir = w.dir
	}
	o.Now = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	return Read(w.t.Context(), o)
}

func (w *work) must(o Options) *change.Snapshot {
	w.t.Helper()
	reading, err := w.read(o)
	if err != nil {
		w.t.Fatal(err)
	}
	return reading.Snapshot
}

func find(t *testing.T, s *change.Snapshot, path string) diff.File {
	t.Helper()
	i := slices.IndexFunc(s.Files, func(f diff.File) bool { return f.Path == path })
	if i < 0 {
		t.Fatalf("no file %q among %d", path, len(s.Files))
	}
	return s.Files[i]
}

func TestSnapshot(t *testing.T) {
	for _, format := range []string{"sha1", "sha256"} {
		t.Run(format, func(t *testing.T) {
			w := newWork(t, map[string]string{
				"a.txt": "one\n", "gone.txt": "bye\n", "old/name.txt": strings.Repeat("same\n", 20), "run.sh": "x\n", "kind": "file\n",
				".github/lintel.yml": "version: 1\n", ".gitattributes": "*.gen linguist-generated\n",
				"deep/er/.gitattributes": "x -diff\n", "elsewhere/.gitattributes": "*\n",
				"CODEOWNERS": "* @ann\n", "docs/CODEOWNERS": "* @bob\n",
			}, "--object-format="+format)
			base := w.git("rev-parse", "HEAD")
			w.git("mv", "old/name.txt", "old/new.txt")
			w.git("rm", "-q", "gone.txt", "kind")
			if err := os.Chmod(filepath.Join(w.dir, "run.sh"), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.Symlink("a.txt", filepath.Join(w.dir, "kind")); err != nil {
				t.Fatal(err)
			}
			head := w.commit("feat: much\n\nbody", map[string]string{
				"a.txt": "two\n", "deep/er/x": "hidden by attributes\n", "bin": "a\x00b", "empty": "", "new\nline": "n\n",
				"quo\"te": "q\n", "caf\xe9.txt": "l\n", "café.txt": "u\n", ".gitattributes": "* -diff\n",
			})
			o := Options{
				Author:    "@Ann",
				Approvals: []string{"bob", "@Bob", "carol"},
				TeamsFile: "teams.yml",
				Teams:     []byte("Acme/Core: [bob, carol]\nBob@Example.com: bob\n"),
			}
			s := w.must(o)
			if s.Kind != change.LocalBranch || s.Base != (change.Rev{Ref: "main", SHA: base}) ||
				s.Head != (change.Rev{Ref: "topic", SHA: head}) || s.MergeBase != base {
				t.Errorf("base %+v head %+v merge base %s", s.Base, s.Head, s.MergeBase)
			}
			if s.Repository.Name != "shop" || s.Repository.DefaultBranch != "main" || s.Author.Login != "Ann" || s.Title != nil {
				t.Errorf("repository %+v author %+v", s.Repository, s.Author)
			}
			states := map[string]string{}
			for _, f := range s.Files {
				states[f.Path] = fmt.Sprintf("%s %s %d %d+ %d-", f.Status, f.State, f.Size, f.Additions, f.Deletions)
				if f.Status != diff.Removed && f.Blob == "" || f.Status == diff.Modified && f.OldBlob == "" {
					t.Errorf("%s has no blobs", f.Path)
				}
			}
			want := map[string]string{
				"a.txt": "modified text 4 1+ 1-", "bin": "added binary 3 0+ 0-", "empty": "added empty 0 0+ 0-",
				"deep/er/x": "added text 21 1+ 0-", "gone.txt": "removed text 0 0+ 1-",
				"new\nline": "added text 2 1+ 0-", "quo\"te": "added text 2 1+ 0-", `caf\xe9.txt`: "added text 2 1+ 0-",
				"café.txt":    "added text 2 1+ 0-",
				"old/new.txt": "renamed pure_rename 100 0+ 0-", "run.sh": "modified mode_only 2 0+ 0-", "kind": states["kind"],
				".gitattributes": "modified text 8 1+ 1-",
			}
			if d := cmp.Diff(want, states); d != "" {
				t.Errorf("files (-want +got):\n%s", d)
			}
			if k := find(t, s, "kind"); k.State != diff.Symlink || k.OldMode != "100644" || k.Mode != "120000" {
				t.Errorf("a file turned link is %+v", k)
			}
			var controls []string
			for p := range s.Controls.Files {
				controls = append(controls, p)
			}
			slices.Sort(controls)
			if want := []string{".gitattributes", ".github/lintel.yml", "CODEOWNERS", "deep/er/.gitattributes",
				"docs/CODEOWNERS"}; !slices.Equal(controls, want) {
				t.Errorf("controls = %q, want %q", controls, want)
			}
			if got := string(s.Controls.Files[".gitattributes"].Content); got != "*.gen linguist-generated\n" || s.Controls.SHA != base {
				t.Errorf("the controls do not come from the base: %q at %s", got, s.Controls.SHA)
			}
			if len(s.Commits) != 1 || s.CommitsTotal != 1 || !strings.HasPrefix(s.Commits[0].Message, "feat: much\n\nbody") {
				t.Errorf("commits = %+v", s.Commits)
			}
			if len(s.Reviews) != 2 || s.Reviews[0].Author.Login != "bob" || s.Reviews[1].Commit != head ||
				s.Reviews[0].State != change.Approved {
				t.Errorf("reviews = %+v", s.Reviews)
			}
			if d := cmp.Diff(map[string]change.Team{"acme/core": {Exists: true, Members: []string{"bob", "carol"}}}, s.Teams); d != "" {
				t.Error(d)
			}
			if d := cmp.Diff(map[string][]string{"bob@example.com": {"bob"}}, s.Emails); d != "" {
				t.Error(d)
			}
			if len(s.Gaps) != 0 || s.Tree != nil || s.Proposed != nil || s.ProposedOwners != nil || s.FilesTotal != len(s.Files) {
				t.Errorf("gaps %+v, tree %q, proposed %+v", s.Gaps, s.Tree, s.Proposed)
			}
			raw, err := json.Marshal(s)
			if err != nil {
				t.Fatal(err)
			}
			var back change.Snapshot
			if err := json.Unmarshal(raw, &back); err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(*s, back); d != "" {
				t.Errorf("the snapshot changes when it is written as JSON and read back:\n%s", d)
			}
			// A bare clone, a linked work tree and a folder below give the same.
			bare := filepath.Join(t.TempDir(), "shop")
			w.git("clone", "-q", "--bare", w.dir, bare)
			w.git("-C", bare, "update-ref", "refs/remotes/origin/main", "main")
			w.git("-C", bare, "symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/main")
			linked := filepath.Join(t.TempDir(), "shop")
			w.git("worktree", "add", "-q", "--detach", linked, "topic")
			for _, dir := range []string{bare, linked, filepath.Join(w.dir, "deep")} {
				other := o
				other.Dir, other.Head = dir, "topic"
				if d := cmp.Diff(s, w.must(other)); d != "" {
					t.Errorf("%s differs:\n%s", dir, d)
				}
			}
		})
	}
}

func TestControlsOfTheHeadAreOnlyProposed(t *testing.T) {
	w := newWork(t, map[string]string{"a": "1\n", "docs/CODEOWNERS": "* @ann\n"})
	w.commit("take over", map[string]string{".github/lintel.yml": "version: 1\n", ".github/CODEOWNERS": "* @mallory\n"})
	s := w.must(Options{})
	if _, ok := s.Controls.Files[settings.Path]; ok || s.Proposed == nil || string(s.Proposed.Content) != "version: 1\n" {
		t.Errorf("controls %v, proposed %+v", s.Controls.Files, s.Proposed)
	}
	if s.ProposedOwners == nil || s.ProposedOwners.Path != ".github/CODEOWNERS" {
		t.Errorf("proposed owners = %+v", s.ProposedOwners)
	}
	if want := []string{".github/CODEOWNERS", ".github/lintel.yml", "a", "docs/CODEOWNERS"}; !slices.Equal(s.Tree, want) {
		t.Errorf("tree = %q, want %q", s.Tree, want)
	}
	w.git("update-ref", "refs/remotes/origin/main", "HEAD")
	w.git("rm", "-q", settings.Path)
	w.commit("drop settings", nil)
	if s = w.must(Options{}); s.Proposed == nil || s.Proposed.Blob != "" || s.Proposed.Content != nil {
		t.Errorf("a removed settings file is proposed as %+v", s.Proposed)
	}
	if s = w.must(Options{Settings: []byte("version: 1\n")}); string(s.Controls.Files[settings.Path].Content) != "version: 1\n" {
		t.Errorf("given settings are not used: %+v", s.Controls.Files)
	}
}

// TestBase tells the default, the merge base, from a base that was named, whose tip rules.
func TestBase(t *testing.T) {
	w := newWork(t, map[string]string{"a": "1\n", "CODEOWNERS": "* @ann\n"})
	fork := w.commit("work", map[string]string{"a": "2\n"})
	start := w.git("rev-parse", "main")
	w.git("checkout", "-q", "main")
	tip := w.commit("later", map[string]string{"CODEOWNERS": "* @bob\n"})
	w.git("update-ref", "refs/remotes/origin/main", tip)
	w.git("checkout", "-q", "--detach", fork)
	for _, c := range []struct {
		base   string
		want   change.Rev
		owners string
	}{
		{"", change.Rev{Ref: "main", SHA: start}, "* @ann\n"},
		{"origin/main", change.Rev{Ref: "main", SHA: tip}, "* @bob\n"},
		{tip, change.Rev{SHA: tip}, "* @bob\n"},
	} {
		s := w.must(Options{Base: c.base})
		if s.Base != c.want || s.MergeBase != start || s.Head != (change.Rev{SHA: fork}) ||
			string(s.Controls.Files["CODEOWNERS"].Content) != c.owners {
			t.Errorf("--base %q: base %+v, merge base %s, head %+v, owners %q", c.base, s.Base, s.MergeBase, s.Head,
				s.Controls.Files["CODEOWNERS"].Content)
		}
		if len(s.Files) != 1 || len(s.Commits) != 1 {
			t.Errorf("--base %q: %d files, %d commits; want one of each", c.base, len(s.Files), len(s.Commits))
		}
	}
}

func TestSettingsHistory(t *testing.T) {
	w := newWork(t, map[string]string{settings.Path: "good 1\n"})
	w.git("checkout", "-q", "main")
	w.commit("good", map[string]string{settings.Path: "good 2\n"})
	for i := range 3 {
		w.commit("bad", map[string]string{settings.Path: fmt.Sprintf("bad %d\n", i)})
	}
	w.commit("other", map[string]string{"x": "x\n"})
	w.git("checkout", "-q", "-b", "late")
	w.commit("work", map[string]string{"y": "y\n"})
	asked := 0
	s := w.must(Options{Base: "main", Valid: func(b []byte) bool { asked++; return bytes.HasPrefix(b, []byte("good")) }})
	var got []string
	for _, f := range s.Controls.SettingsHistory {
		got = append(got, string(f.Content))
	}
	if want := []string{"bad 1\n", "bad 0\n", "good 2\n"}; !slices.Equal(got, want) || s.Controls.HistoryCut {
		t.Errorf("history = %q, cut %v; want %q", got, s.Controls.HistoryCut, want)
	}
	w.git("checkout", "-q", "main")
	for i := range controls.MaxHistory {
		w.commit("worse", map[string]string{settings.Path: fmt.Sprintf("worse %d\n", i)})
	}
	s = w.must(Options{Base: "main", Valid: func(b []byte) bool { return bytes.HasPrefix(b, []byte("good")) }})
	if len(s.Controls.SettingsHistory) != controls.MaxHistory || !s.Controls.HistoryCut {
		t.Errorf("history of %d, cut %v; want %d and cut", len(s.Controls.SettingsHistory), s.Controls.HistoryCut, controls.MaxHistory)
	}
}

//race:unwatched
func TestLargeAndHiddenFiles(t *testing.T) {
	w := newWork(t, map[string]string{"a": "1\n", "hidden.go": "one\n"})
	w.write(map[string]string{".git/info/attributes": "*.go -diff\n"})
	w.commit("big", map[string]string{"big.txt": strings.Repeat("a line of text\n", 1_400_000),
		"big.bin": "\x00" + strings.Repeat("x", 5<<20), "hidden.go": "two\nthree\n"})
	s := w.must(Options{})
	if f := find(t, s, "big.txt"); f.State != diff.TooLarge || f.Size != 21_000_000 {
		t.Errorf("a 20 MB text is %s of %d bytes", f.State, f.Size)
	}
	if f := find(t, s, "big.bin"); f.State != diff.Binary {
		t.Errorf("a 5 MB binary is %s", f.State)
	}
	if f := find(t, s, "hidden.go"); f.State != diff.Text || f.Additions != 2 || f.Deletions != 1 {
		t.Errorf("a file hidden by info/attributes is %+v", f)
	}
	if len(s.Gaps) != 1 || s.Gaps[0].Fact != "diff.lines" || s.Gaps[0].Path != "big.txt" {
		t.Errorf("gaps = %+v", s.Gaps)
	}
	many := map[string]string{}
	for i := range 3000 {
		many[fmt.Sprintf("many/%d/f.txt", i)] = "x\n"
	}
	w.commit("many", many)
	if s = w.must(Options{Base: "HEAD~"}); len(s.Files) != 3000 || s.FilesTotal != 3000 || len(s.Gaps) != 0 {
		t.Errorf("%d files, %d in all, gaps %v", len(s.Files), s.FilesTotal, s.Gaps)
	}
}

func TestControlsThatCannotBeRead(t *testing.T) {
	w := newWork(t, map[string]string{"CODEOWNERS": strings.Repeat("# too long\n", 300_000), "docs/CODEOWNERS/folder": "x",
		settings.Path: strings.Repeat("#\n", settings.MaxBytes)})
	w.git("checkout", "-q", "main")
	w.git("rm", "-q", "-r", "docs")
	if err := os.MkdirAll(filepath.Join(w.dir, ".github"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("../CODEOWNERS", filepath.Join(w.dir, ".github/CODEOWNERS")); err != nil {
		t.Fatal(err)
	}
	w.commit("link", nil)
	s := w.must(Options{Base: "HEAD"})
	got := map[string]string{}
	for _, g := range s.Gaps {
		got[g.Fact+" "+g.Path] = g.Reason
		if f := s.Controls.Files[g.Path]; f.Content != nil || f.Size == 0 {
			t.Errorf("%s is in the controls as %d bytes of %d", g.Path, len(f.Content), f.Size)
		}
	}
	want := map[string]string{
		"settings .github/lintel.yml":    "it has 524288 bytes, more than 262144",
		"owners.file CODEOWNERS":         "it has 3300000 bytes, more than 3145727",
		"owners.file .github/CODEOWNERS": "it is not a plain file (a symbolic link or a folder is not followed)",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

func TestSubmoduleAndUncommittedWork(t *testing.T) {
	w := newWork(t, map[string]string{"a": "1\n"})
	inner := newWork(t, map[string]string{"x": "1\n"})
	w.git("submodule", "--quiet", "add", inner.dir, "sub")
	w.commit("add sub", nil)
	w.write(map[string]string{"a": "2\n", "new": "n\n", "sub/x": "dirty inside\n"})
	reading, err := w.read(Options{})
	if err != nil {
		t.Fatal(err)
	}
	if f := find(t, reading.Snapshot, "sub"); f.State != diff.Submodule || f.Mode != "160000" || f.Size != 0 {
		t.Errorf("a submodule is %+v", f)
	}
	if want := []string{"2 paths with uncommitted work are ignored: only commits are checked"}; !slices.Equal(reading.Notes, want) {
		t.Errorf("notes = %q, want %q", reading.Notes, want)
	}
	if reading, err = w.read(Options{Head: "topic"}); err != nil || len(reading.Notes) != 0 {
		t.Errorf("notes for a named head = %q, %v", reading.Notes, err)
	}
}

func TestSeveralMergeBases(t *testing.T) {
	w := newWork(t, map[string]string{"a": "1\n"})
	left := w.commit("left", map[string]string{"l": "l\n"})
	w.git("checkout", "-q", "main")
	w.commit("right", map[string]string{"r": "r\n"})
	w.git("merge", "-q", "-m", "criss", left)
	w.git("checkout", "-q", "topic")
	w.git("merge", "-q", "-m", "cross", "main~")
	reading, err := w.read(Options{Base: "main"})
	if err != nil {
		t.Fatal(err)
	}
	if s := reading.Snapshot; s.MergeBase == "" || len(s.Commits) != 1 || s.Base.SHA != w.git("rev-parse", "main") {
		t.Errorf("base %+v, merge base %s, %d commits", s.Base, s.MergeBase, len(s.Commits))
	}
	if len(reading.Notes) != 1 || !strings.Contains(reading.Notes[0], "2 merge bases") {
		t.Errorf("notes = %q", reading.Notes)
	}
}

func TestUsageErrors(t *testing.T) {
	w := newWork(t, map[string]string{"a": "1\n", "b": strings.Repeat("b\n", 9)})
	w.commit("work", map[string]string{"a": "2\n"})
	empty := &work{t: t, dir: t.TempDir()}
	empty.git("init", "-q")
	shallow := filepath.Join(t.TempDir(), "shallow")
	w.git("clone", "-q", "--depth=1", "file://"+w.dir, shallow)
	w.git("config", "uploadpack.allowFilter", "true")
	partial := filepath.Join(t.TempDir(), "partial")
	w.git("clone", "-q", "--bare", "--filter=blob:none", "file://"+w.dir, partial)
	odd := newWork(t, map[string]string{"a": "1\n"})
	odd.commit("odd", map[string]string{"caf\xe9": "1\n", `caf\xe9`: "2\n"})
	lost := newWork(t, map[string]string{"a": "1\n"})
	lost.git("checkout", "-q", "--orphan", "orphan")
	lost.commit("orphan", nil)
	unguessable := newWork(t, nil)
	unguessable.git("symbolic-ref", "--delete", "refs/remotes/origin/HEAD")
	unguessable.git("update-ref", "-d", "refs/remotes/origin/main")
	unguessable.git("branch", "-M", "main", "trunk")
	for _, c := range []struct {
		name   string
		o      Options
		what   string
		remedy string
	}{
		{"no repository", Options{Dir: t.TempDir()}, "is not in a git repository", "--repo"},
		{"unborn", Options{Dir: empty.dir}, "HEAD has no commit yet", "commit something"},
		{"shallow", Options{Dir: shallow}, "is a shallow clone", "git fetch --unshallow"},
		{"partial", Options{Dir: partial, Base: "main", Head: "topic"}, "lacks objects", "git fetch --refetch --no-filter"},
		{"nothing to guess by", Options{Dir: unguessable.dir}, "it cannot be told what to compare with", "--base"},
		{"no base", Options{Dir: w.dir, Base: "nope"}, `--base "nope" names no commit`, "git rev-parse"},
		{"option for a base", Options{Dir: w.dir, Base: "--output=x"}, `--base "--output=x" names no commit`, "git rev-parse"},
		{"no head", Options{Dir: w.dir, Head: "nope"}, `--head "nope" names no commit`, "git rev-parse"},
		{"colliding names", Options{Dir: odd.dir}, "cannot be told apart", "rename"},
		{"login", Options{Dir: w.dir, Approvals: []string{"ann bob"}}, `--approvals: "ann bob" is not a login`, "commas"},
		{"author", Options{Dir: w.dir, Author: "@"}, `--author: "@" is not a login`, "logins"},
		{"teams", Options{Dir: w.dir, TeamsFile: "t.yml", Teams: []byte("- a\n")}, "t.yml is not a valid teams file\nt.yml:1:1:",
			"acme/backend"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := Read(t.Context(), c.o)
			var usage *usage.Error
			if !errors.As(err, &usage) || !strings.Contains(err.Error(), c.what) || !strings.Contains(usage.Remedy, c.remedy) {
				t.Errorf("got %v\nwant a usage error with %q and %q", err, c.what, c.remedy)
			}
		})
	}
	t.Run("orphan", func(t *testing.T) {
		got, err := Read(t.Context(), Options{Dir: lost.dir})
		var unrelated *change.Unrelated
		if !errors.As(err, &unrelated) || got.Snapshot == nil || got.Snapshot.Base.Ref != "main" || got.Snapshot.Base.SHA == "" ||
			got.Snapshot.Head.SHA != unrelated.Head {
			t.Errorf("%+v: %v", got.Snapshot, err)
		}
	})
	t.Run("full clone again", func(t *testing.T) {
		again := &work{t: t, dir: partial}
		again.git("fetch", "-q", "--refetch", "--no-filter")
		if _, err := again.read(Options{Base: "main", Head: "topic"}); err != nil {
			t.Errorf("the remedy for a partial clone does not help: %v", err)
		}
	})
}

func TestParseTeams(t *testing.T) {
	_, _, err := ParseTeams("teams.yml", []byte("acme/a: [ann, 7]\nann: bob\nACME/A: bob\nx@y.example: {}\nacme/b: \"a b\"\n"))
	want := `teams.yml is not a valid teams file
teams.yml:1:15: a login must be text; put 7 in quotes if it is one
teams.yml:1:1: "acme/a" is given twice, but for its case or a leading @
teams.yml:2:1: "ann" is neither a team, "org/team", nor an email address
teams.yml:4:14: want one login or a list of logins
teams.yml:5:9: "a b" is not a login
to fix it: map each team or address to logins, one a line: 'acme/backend: [ann, bob]' or 'ann@example.com: ann'`
	if err == nil {
		t.Fatal("no error")
	}
	got, wanted := strings.Split(err.Error(), "\n"), strings.Split(want, "\n")
	slices.Sort(got)
	slices.Sort(wanted)
	if d := cmp.Diff(wanted, got); d != "" {
		t.Error(d)
	}
	if teams, emails, err := ParseTeams("", nil); err != nil || len(teams)+len(emails) != 0 {
		t.Errorf("an empty file: %v, %v, %v", teams, emails, err)
	}
}

func FuzzParseTeams(f *testing.F) {
	f.Add([]byte("acme/a: [ann]\nx@y.z: b\n"))
	f.Add([]byte("a: &x [*x]\n"))
	f.Fuzz(func(t *testing.T, content []byte) {
		teams, emails, err := ParseTeams("t", content)
		if err == nil && (teams == nil || emails == nil) {
			t.Error("no error and no result")
		}
	})
}

package git

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestReading(t *testing.T) {
	for _, format := range []string{"sha1", "sha256"} {
		t.Run(format, func(t *testing.T) {
			s := newScene(t, "--object-format="+format)
			ctx, r := t.Context(), s.repo()
			info := s.info()
			if info.Format != format || info.Bare || info.Shallow || info.Root != s.git("rev-parse", "--show-toplevel") {
				t.Errorf("Inspect = %+v", info)
			}
			if got := s.git("hash-object", "-t", "tree", "/dev/null"); got != info.EmptyTree() {
				t.Errorf("EmptyTree = %s, git says %s", info.EmptyTree(), got)
			}
			head, err := r.Resolve(ctx, "main")
			if err != nil || head != s.git("rev-parse", "HEAD") {
				t.Fatalf("Resolve = %s, %v", head, err)
			}
			big := s.commit("third\n\nbody\r\nline two\n\n",
				map[string]string{"dir/sub/deep.txt": strings.Repeat("x", 5000), "odd\nname": "o", "caf\xe9": "c"})
			b := s.blobs()
			entry, ok, err := b.Find(big, "dir/sub/deep.txt")
			if err != nil || !ok || entry.Mode != ModeFile {
				t.Fatalf("Find = %+v, %v, %v", entry, ok, err)
			}
			obj, err := b.Read(entry.ID, 100)
			if err != nil || obj.Size != 5000 || len(obj.Data) != 100 || obj.Whole() {
				t.Errorf("Read kept %d of %d bytes, %v; want 100 of 5000", len(obj.Data), obj.Size, err)
			}
			if again, err := b.Read(entry.ID, 1<<20); err != nil || !again.Whole() {
				t.Errorf("the stream is out of step after a cut object: %v", err)
			}
			for _, path := range []string{"dir/none", "none", "a.txt/x", ""} {
				if _, ok, err := b.Find(big, path); ok || err != nil {
					t.Errorf("Find(%q) = %v, %v; want absent", path, ok, err)
				}
			}
			if _, err := b.Read(strings.Repeat("1", len(big)), 1); !errors.Is(err, ErrMissing) {
				t.Errorf("Read of nothing: %v", err)
			}
			entries, err := r.ListTree(ctx, big, 1<<20)
			if err != nil {
				t.Fatal(err)
			}
			var names []string
			for _, e := range entries {
				names = append(names, e.Name)
			}
			if want := []string{"a.txt", "caf\xe9", "dir/sub/deep.txt", "keep.txt", "odd\nname"}; !slices.Equal(names, want) {
				t.Errorf("ListTree = %q, want %q", names, want)
			}
			if _, err := r.ListTree(ctx, big, 50); !errors.Is(err, ErrTooMuch) {
				t.Errorf("ListTree beyond its limit: %v", err)
			}
			sizes, err := b.Sizes([]string{entry.ID, strings.Repeat("1", len(big))})
			if err != nil || len(sizes) != 1 || sizes[entry.ID] != 5000 {
				t.Errorf("Sizes = %v, %v", sizes, err)
			}
			many := slices.Repeat([]string{entry.ID, strings.Repeat("1", len(big))}, 10_000)
			if sizes, err = b.Sizes(many); err != nil || len(sizes) != 1 {
				t.Errorf("Sizes of many = %v, %v", sizes, err)
			}
			commits, err := r.Log(ctx, head, "HEAD", 10)
			if err != nil || len(commits) != 1 {
				t.Fatalf("Log = %+v, %v", commits, err)
			}
			if c := commits[0]; c.ID != big || !slices.Equal(c.Parents, []string{head}) || c.AuthorEmail != "ann@example.com" ||
				c.Message != "third\n\nbody\nline two\n" && c.Message != "third\n\nbody\r\nline two\n" {
				t.Errorf("Log = %+v", c)
			}
		})
	}
}

// TestAttributesCannotHideLines plants every place but the repository's own folder from which an attribute could hide the change's lines.
func TestAttributesCannotHideLines(t *testing.T) {
	s := newScene(t)
	s.write(filepath.Join(s.home, "attributes"), "* -diff\n")
	s.git("config", "core.attributesFile", filepath.Join(s.home, "attributes"))
	s.git("config", "core.bigFileThreshold", "1")
	s.commit("hide", map[string]string{".gitattributes": "* binary\n", "a.txt": "three\n"})
	if out := s.git("diff", "HEAD~", "HEAD", "--", "a.txt"); !strings.Contains(out, "Binary files") {
		t.Fatalf("plain git no longer hides the lines, so the case proves nothing:\n%s", out)
	}
	check := func(where string) {
		t.Helper()
		if out := diffText(t, s, "HEAD~", "HEAD"); !strings.Contains(out, "+three") || strings.Contains(out, "Binary") {
			t.Errorf("the lines were hidden by attributes in %s:\n%s", where, out)
		}
	}
	check("the work tree")
	if err := os.Remove(filepath.Join(s.dir, ".gitattributes")); err != nil {
		t.Fatal(err)
	}
	check("the index")
	s.write(".gitattributes", "* binary\n")
	s.git("config", "core.worktree", s.dir)
	check("the folder of core.worktree")
}

func diffText(t *testing.T, s *scene, from, to string) string {
	t.Helper()
	var out bytes.Buffer
	err := s.repo().Diff(t.Context(), s.info(), from, to, func(r io.Reader) error {
		_, err := io.Copy(&out, r)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestConfigurationCannotBendDiff(t *testing.T) {
	s := newScene(t)
	s.commit("more", map[string]string{"caf\u00e9.txt": "x\n", "dir/a.txt": "one\n\ntwo\n"})
	want := diffText(t, s, "HEAD~", "HEAD")
	if !strings.Contains(want, `"b/caf\303\251.txt"`) {
		t.Errorf("names are not quoted:\n%s", want)
	}
	for key, value := range map[string]string{
		"diff.noprefix": "true", "diff.mnemonicPrefix": "true", "diff.relative": "true", "diff.context": "0",
		"diff.orderFile":          "/nonexistent",
		"diff.suppressBlankEmpty": "true", "color.ui": "always", "diff.algorithm": "histogram", "diff.ignoreSubmodules": "all",
		"core.quotePath": "false",
		"core.worktree":  s.home, "diff.renames": "false", "core.abbrev": "4",
	} {
		s.git("config", key, value)
	}
	if got := diffText(t, s, "HEAD~", "HEAD"); got != want {
		t.Errorf("with a hostile configuration:\n%s\nwithout:\n%s", got, want)
	}
}

func TestReplacedAndGraftedHistoryIsNotBelieved(t *testing.T) {
	s := newScene(t)
	first, second := s.git("rev-parse", "HEAD~"), s.git("rev-parse", "HEAD")
	s.git("replace", second, s.git("commit-tree", "-m", "innocent", second+"^{tree}"))
	if s.git("log", "-1", "--format=%s", second) != "innocent" {
		t.Fatal("plain git no longer follows replace references")
	}
	check := func(what string) {
		t.Helper()
		commits, err := s.repo().Log(t.Context(), "", second, 10)
		if err != nil || len(commits) != 2 || commits[1].Message != "second\n" || !slices.Equal(commits[1].Parents, []string{first}) {
			t.Errorf("%s: Log = %+v, %v", what, commits, err)
		}
	}
	check("replaced")
	s.git("replace", "-d", second)
	s.write(".git/info/grafts", second+"\n")
	if s.git("rev-list", "--count", second) != "1" {
		t.Fatal("plain git no longer reads grafts")
	}
	check("grafted")
}

// TestCallersRepositoryIsNotUsed sets the variables that a git hook or another tool leaves in the environment.
func TestCallersRepositoryIsNotUsed(t *testing.T) {
	s, other := newScene(t), newScene(t)
	other.commit("other", map[string]string{"other.txt": "o\n"})
	want := s.git("rev-parse", "HEAD")
	t.Setenv("GIT_DIR", filepath.Join(other.dir, ".git"))
	t.Setenv("GIT_WORK_TREE", other.dir)
	t.Setenv("GIT_INDEX_FILE", filepath.Join(other.dir, ".git/index"))
	t.Setenv("GIT_OBJECT_DIRECTORY", filepath.Join(other.dir, ".git/objects"))
	t.Setenv("GIT_NAMESPACE", "elsewhere")
	if s.git("rev-parse", "HEAD") == want {
		t.Fatal("plain git no longer follows the environment")
	}
	if got, err := s.repo().Resolve(t.Context(), "HEAD"); err != nil || got != want {
		t.Errorf("Resolve = %s, %v; want %s", got, err, want)
	}
	if n, err := s.repo().Uncommitted(t.Context()); err != nil || n != 0 {
		t.Errorf("Uncommitted = %d, %v; want 0", n, err)
	}
}

func TestOwner(t *testing.T) {
	s := newScene(t)
	stranger := func(r *Repo) *Repo {
		r.env = append(r.env, "GIT_TEST_ASSUME_DIFFERENT_OWNER=1")
		return r
	}
	if _, err := stranger(s.repo()).Inspect(t.Context()); !errors.Is(err, ErrOwner) {
		t.Errorf("a repository of another user: %v, want ErrOwner", err)
	}
	t.Setenv("HOME", s.home)
	s.git("config", "safe.directory", "*")
	r, err := openAsUser(t.Context(), s.dir)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := stranger(r).Inspect(t.Context()); !errors.Is(err, ErrOwner) {
		t.Errorf("trusted by the repository's own configuration: %v, want ErrOwner", err)
	}
	s.write(filepath.Join(s.home, ".gitconfig"), "[safe]\n\tdirectory = "+s.dir+"\n[core]\n\tfsmonitor = "+s.evil+"\n")
	if r, err = openAsUser(t.Context(), s.dir); err != nil {
		t.Fatal(err)
	}
	if _, err := stranger(r).Inspect(t.Context()); err != nil {
		t.Errorf("trusted by the user: %v", err)
	}
	t.Setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1") // which git does not get
	if own, info, err := InspectAsUser(t.Context(), s.dir); err != nil || len(own.config) > 0 || info.Bare {
		t.Errorf("InspectAsUser of one's own repository: %+v, %v", info, err)
	}
	if _, err := r.Uncommitted(t.Context()); err != nil || s.ran() {
		t.Errorf("more than the trusted folders was taken from the user's configuration (error: %v)", err)
	}
}

func TestNoRepositoryAndNoCommit(t *testing.T) {
	for _, dir := range []string{t.TempDir(), "/nonexistent/place"} {
		if _, err := Open(dir).Inspect(t.Context()); !errors.Is(err, ErrNoRepository) {
			t.Errorf("Inspect(%s): %v, want ErrNoRepository", dir, err)
		}
	}
	s := newScene(t)
	for _, rev := range []string{"", "none", "HEAD:a.txt", "HEAD..HEAD", "-", "--all", "a\x00b", "HEAD\nHEAD", "@{-1}"} {
		if id, err := s.repo().Resolve(t.Context(), rev); !errors.Is(err, ErrNoCommit) {
			t.Errorf("Resolve(%q) = %q, %v; want ErrNoCommit", rev, id, err)
		}
	}
}

// TestNames tries what an attacker would.
//
// Attack by the author: Hostile revisions and names: `--end-of-options`, full ids, names quoted. Also
// `cmd/lintel/testdata/script/story_revisions.txtar`.
func TestNames(t *testing.T) {
	s := newScene(t)
	s.git("branch", "-q", "--", "topic")
	s.git("update-ref", "refs/heads/-odd", "HEAD")
	for rev, want := range map[string]string{"HEAD": "refs/heads/main", "topic": "refs/heads/topic", "HEAD~": "",
		"-odd": "refs/heads/-odd"} {
		if got, err := s.repo().FullName(t.Context(), rev); err != nil || got != want {
			t.Errorf("FullName(%s) = %q, %v; want %q", rev, got, err, want)
		}
	}
	s.git("symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/trunk")
	if got, err := s.repo().SymbolicRef(t.Context(), "refs/remotes/origin/HEAD"); err != nil || got != "refs/remotes/origin/trunk" {
		t.Errorf("SymbolicRef = %q, %v", got, err)
	}
	if got, err := s.repo().SymbolicRef(t.Context(), "refs/remotes/none/HEAD"); err != nil || got != "" {
		t.Errorf("SymbolicRef of none = %q, %v", got, err)
	}
}

func TestHistory(t *testing.T) {
	s := newScene(t)
	s.git("checkout", "-q", "-b", "side")
	s.commit("side", map[string]string{"a.txt": "side\n"})
	s.git("checkout", "-q", "main")
	s.commit("main", map[string]string{"keep.txt": "m\n"})
	s.git("merge", "-q", "--no-ff", "-m", "merge", "side")
	s.git("rm", "-q", "a.txt")
	removed := s.commit("remove", nil)
	versions, cut, err := s.repo().FirstParentHistory(t.Context(), s.blobs(), "HEAD", "a.txt", 50)
	if err != nil || cut || len(versions) != 5 {
		t.Fatalf("history = %+v, %v, %v; want removed, merged, main, second, first", versions, cut, err)
	}
	if versions[0].Commit != removed || versions[0].ID != "" || versions[1].Commit != s.git("rev-parse", "HEAD~") ||
		versions[1].ID == versions[2].ID {
		t.Errorf("history = %+v", versions)
	}
	if versions, cut, err = s.repo().FirstParentHistory(t.Context(), s.blobs(), "HEAD", "a.txt", 2); err != nil || !cut ||
		len(versions) != 2 {
		t.Errorf("history of 2 = %+v, %v, %v", versions, cut, err)
	}
}

// TestCancelKillsGroup holds a pipe open in a grandchild: it closes only when that is killed too.
func TestCancelKillsGroup(t *testing.T) {
	s := newScene(t)
	ctx, cancel := context.WithCancel(t.Context())
	reader, writer, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	cmd := s.repo().Command(ctx, "-c", "alias.stay=!echo started >&3; sleep 600 & wait", "stay")
	cmd.ExtraFiles = []*os.File{writer}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	writer.Close()
	if err := reader.SetReadDeadline(time.Now().Add(3 * time.Minute)); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(reader, make([]byte, len("started\n"))); err != nil {
		t.Fatalf("the child did not start: %v", err)
	}
	cancel()
	if _, err := io.ReadAll(reader); err != nil {
		t.Errorf("a grandchild outlived the context: %v", err)
	}
	if err := cmd.Wait(); err == nil {
		t.Error("a killed command ended well")
	}
}

func TestLimits(t *testing.T) {
	s := newScene(t)
	if _, err := s.repo().output(t.Context(), 3, nil, "rev-parse", "HEAD"); !errors.Is(err, ErrTooMuch) {
		t.Errorf("output beyond its limit: %v", err)
	}
	// A reader that stops early ends git without an error of its own.
	s.commit("big", map[string]string{"big.txt": strings.Repeat("line\n", 400_000)})
	if err := s.repo().Diff(t.Context(), s.info(), "HEAD~", "HEAD", func(r io.Reader) error {
		_, err := io.ReadFull(r, make([]byte, 10))
		return err
	}); err != nil {
		t.Errorf("Diff with a reader that stops: %v", err)
	}
	if err := s.repo().Diff(t.Context(), s.info(), missing, "HEAD", func(r io.Reader) error {
		_, err := io.Copy(io.Discard, r)
		return err
	}); !errors.Is(err, ErrMissing) {
		t.Errorf("Diff with a missing side: %v, want ErrMissing", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.repo().Run(ctx, nil, "rev-parse", "HEAD"); !errors.Is(err, context.Canceled) {
		t.Errorf("Run after the end of its context: %v", err)
	}
}

func TestAlternates(t *testing.T) {
	s := newScene(t)
	shared := filepath.Join(s.home, "shared")
	s.git("clone", "-q", "--shared", s.dir, shared)
	if _, err := Open(shared).Log(t.Context(), "", "HEAD", 5); err != nil {
		t.Errorf("a clone that borrows its objects: %v", err)
	}
}

func TestSearchPath(t *testing.T) {
	if got := searchPath("/usr/bin:.::bin:/bin"); got != "/usr/bin:/bin" {
		t.Errorf("searchPath = %q", got)
	}
}

func FuzzParseTree(f *testing.F) {
	f.Add([]byte("100644 a\x0012345678901234567890"), 20)
	f.Add([]byte("40000 dir\x00"), 32)
	f.Fuzz(func(t *testing.T, data []byte, width int) {
		if width != 20 && width != 32 {
			return
		}
		entries, err := parseTree(data, width)
		if err == nil && len(entries) > len(data)/(width+3) {
			t.Errorf("%d entries in %d bytes", len(entries), len(data))
		}
	})
}

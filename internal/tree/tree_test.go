package tree

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/lintel-review/lintel/internal/checkrun"
	"github.com/lintel-review/lintel/internal/fake/githost"
	"github.com/lintel-review/lintel/internal/git"
)

// forge is a repository behind git's own HTTP server.
type forge struct {
	t       *testing.T
	repo    *githost.Repo
	from    Repository
	fetches atomic.Int64
	ids     map[string]string
}

func newForge(t *testing.T, key string) *forge {
	t.Helper()
	repo, err := githost.Create(filepath.Join(t.TempDir(), "r.git"), "main")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(repo.Close)
	f := &forge{t: t, repo: repo, ids: map[string]string{}}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, err := repo.ServeGit(w, r, strings.TrimPrefix(r.URL.Path, "/r.git/"), ""); err != nil {
			t.Error(err)
		}
	}))
	t.Cleanup(s.Close)
	f.from = Repository{Key: key, Remote: func(context.Context) (git.Remote, error) {
		f.fetches.Add(1)
		return git.Remote{URL: s.URL + "/r.git"}, nil
	}}
	return f
}

// commit writes a commit with files; "x!" marks an executable one, "x@" a link.
func (f *forge) commit(files map[string]string, parents ...string) string {
	f.t.Helper()
	entries := map[string]*githost.Entry{}
	for name, text := range files {
		id, ok := f.ids[text]
		if !ok {
			var err error
			if id, err = f.repo.WriteBlob([]byte(text)); err != nil {
				f.t.Fatal(err)
			}
			f.ids[text] = id
		}
		mode := git.ModeFile
		switch {
		case strings.HasSuffix(name, "!"):
			mode = git.ModeExecutable
		case strings.HasSuffix(name, "@"):
			mode = git.ModeSymlink
		}
		entries[strings.TrimRight(name, "!@")] = &githost.Entry{Mode: mode, SHA: id}
	}
	tree, err := f.repo.WriteEntries("", entries)
	if err != nil {
		f.t.Fatal(err)
	}
	id, err := f.repo.WriteCommit(githost.Commit{Tree: tree, Parents: parents, Message: "x"})
	if err == nil {
		err = f.repo.SetRef("refs/heads/c"+id[:8], id)
	}
	if err != nil {
		f.t.Fatal(err)
	}
	return id
}

func options(t *testing.T) Options {
	return Options{Folder: filepath.Join(t.TempDir(), "trees"), Quota: 1 << 30, MaxFiles: 1000, MaxBytes: 1 << 20, MaxMirror: 1 << 30,
		Now: time.Now}
}

func open(t *testing.T, o Options) *Store {
	t.Helper()
	s, err := Open(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func (s *Store) get(t *testing.T, f *forge, of checkrun.Commit, names ...string) *Tree {
	t.Helper()
	got, err := s.Get(t.Context(), f.from, of, names)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// holding lists a folder: names with modes and text.
func holding(t *testing.T, dir string) string {
	t.Helper()
	var out []string
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		body, err := os.ReadFile(path)
		out = append(out, fmt.Sprintf("%s %o %s", strings.TrimPrefix(path, dir+"/"), info.Mode(), body))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(out, "|")
}

// TestGet: a folder has the files of a commit and nothing that leads elsewhere; names are taken as they are.
func TestGet(t *testing.T) {
	t.Parallel()
	f, s := newForge(t, "github-1"), open(t, options(t))
	head := f.commit(map[string]string{
		"a": "1", "d/-rf": "2", "d/line\nbreak": "3", "run!": "4", "link@": "/etc/passwd", "d/e/.git/config": "5",
	})
	got := s.get(t, f, checkrun.Commit{Head: head})
	if have := holding(t, got.Path); have != "a 444 1|d/-rf 444 2|d/line\nbreak 444 3|run 555 4" {
		t.Errorf("%q", have)
	}
	if again := s.get(t, f, checkrun.Commit{Head: head}); again.Path != got.Path || f.fetches.Load() != 1 {
		t.Errorf("a kept tree is made again: %s, %d fetches", again.Path, f.fetches.Load())
	}
	few := s.get(t, f, checkrun.Commit{Head: head}, "d/-rf", "nowhere")
	if have := holding(t, few.Path); have != "d/-rf 444 2" {
		t.Errorf("%q", have)
	}
	few.Release()
	few.Release()
	if _, err := os.Stat(few.Path); err == nil {
		t.Error("a folder of a few files outlives its release")
	}
	if none := s.get(t, f, checkrun.Commit{Head: head}, "nowhere"); holding(t, none.Path) != "" {
		t.Error("a folder of no files has some")
	}
}

// TestShared: two trees share what is the same in both, and what one has alone goes with it.
func TestShared(t *testing.T) {
	t.Parallel()
	f, s := newForge(t, "github-1"), open(t, options(t))
	one := s.get(t, f, checkrun.Commit{Head: f.commit(map[string]string{"same": "s", "moved": "m", "old": "o"})})
	two := s.get(t, f, checkrun.Commit{Head: f.commit(map[string]string{"same": "s", "d/to": "m", "new": "n"})})
	for _, pair := range [][2]string{{"same", "same"}, {"moved", "d/to"}} {
		a, errA := os.Stat(filepath.Join(one.Path, pair[0]))
		b, errB := os.Stat(filepath.Join(two.Path, pair[1]))
		if errA != nil || errB != nil || !os.SameFile(a, b) {
			t.Errorf("%v is not shared: %v, %v", pair, errA, errB)
		}
	}
	s.counts(t)
	one.Release()
	s.mu.Lock()
	s.o.Quota = 1
	s.evict(0)
	s.mu.Unlock()
	if _, err := os.Stat(one.Path); err == nil {
		t.Error("a tree that nobody uses stays over the quota")
	}
	if have := holding(t, two.Path); have != "d/to 444 m|new 444 n|same 444 s" {
		t.Errorf("a tree in use is %q", have)
	}
	s.counts(t)
	two.Release()
	s.mu.Lock()
	s.evict(0)
	left := len(s.repos)
	s.mu.Unlock()
	if left != 0 || s.bytes > block {
		t.Errorf("%d repositories with %d bytes are left", left, s.bytes)
	}
	s.o.Quota = 1 << 30
	if again := s.get(t, f, checkrun.Commit{Head: f.commit(map[string]string{"same": "s"})}); holding(t, again.Path) != "same 444 s" {
		t.Error("a repository that went does not come back")
	}
	s.counts(t)
}

// counts compares what the store thinks it takes with what it takes.
func (s *Store) counts(t *testing.T) {
	t.Helper()
	have, err := sizeOf(s.o.Folder)
	if err != nil {
		t.Fatal(err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	sum := int64(0)
	for _, r := range s.repos {
		sum += r.bytes
	}
	// The lock, the folder itself, and folders that are empty.
	if off := have - s.bytes; off < -block || off > 6*block || sum != s.bytes {
		t.Errorf("it counts %d bytes (%d by repository), and there are %d", s.bytes, sum, have)
	}
}

// TestMerged: the tree of a merge has what both sides brought, and a conflict is said to be one.
func TestMerged(t *testing.T) {
	t.Parallel()
	f, s := newForge(t, "github-1"), open(t, options(t))
	fork := f.commit(map[string]string{"a": "1", "b": "1"})
	base := f.commit(map[string]string{"a": "2", "b": "1"}, fork)
	head := f.commit(map[string]string{"a": "1", "b": "3"}, fork)
	clash := f.commit(map[string]string{"a": "4", "b": "1"}, fork)
	if have := holding(t, s.get(t, f, checkrun.Commit{Head: head, Base: base, MergeBase: fork}).Path); have != "a 444 2|b 444 3" {
		t.Errorf("%q", have)
	}
	var refused *checkrun.Refused
	if _, err := s.Get(t.Context(), f.from, checkrun.Commit{Head: clash, Base: base, MergeBase: fork}, nil); !errors.As(err, &refused) {
		t.Error(err)
	}
}

// TestLimits: what no retry makes is refused and says why; a full quota passes.
func TestLimits(t *testing.T) {
	t.Parallel()
	f := newForge(t, "github-1")
	many := map[string]string{}
	for i := range 30 {
		many[fmt.Sprint(i)] = "x"
	}
	large := f.commit(map[string]string{"a": strings.Repeat("x", 1<<16), "b": "y"})
	for name, c := range map[string]struct {
		commit string
		edit   func(*Options)
		want   string
	}{
		"too many files": {f.commit(many), func(o *Options) { o.MaxFiles = 29 }, "30 files, and at most 29"},
		"too large":      {large, func(o *Options) { o.MaxBytes = 1 << 15 }, "at most 0 are given"},
		"a full quota":   {large, func(o *Options) { o.Quota = 1 << 16 }, ErrFull.Error()},
	} {
		o := options(t)
		c.edit(&o)
		_, err := open(t, o).Get(t.Context(), f.from, checkrun.Commit{Head: c.commit}, nil)
		var refused *checkrun.Refused
		if err == nil || !strings.Contains(err.Error(), c.want) || errors.As(err, &refused) == errors.Is(err, ErrFull) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, name := range []string{"../x", "a/./b", "a//b", "", "a/" + strings.Repeat("x", 256), strings.Repeat("abc/", 800) + "d"} {
		if _, err := holds(git.Entry{Mode: git.ModeFile, Name: name}); err == nil {
			t.Errorf("a folder holds %.50q", name)
		}
	}
	s := open(t, options(t))
	for _, key := range []string{"", "../x", "a/b", "A", ".x"} {
		if _, err := s.Get(t.Context(), Repository{Key: key}, checkrun.Commit{Head: large}, nil); err == nil {
			t.Errorf("%q names a mirror", key)
		}
	}
}

// TestOpen: one process has the folder; what it left half made goes, and what is kept stays.
func TestOpen(t *testing.T) {
	t.Parallel()
	f, o := newForge(t, "github-1"), options(t)
	head := f.commit(map[string]string{"a": "1"})
	s, err := Open(o)
	if err != nil {
		t.Fatal(err)
	}
	kept, few := s.get(t, f, checkrun.Commit{Head: head}), s.get(t, f, checkrun.Commit{Head: head}, "a")
	if _, err := Open(o); err == nil || !strings.Contains(err.Error(), "another process") {
		t.Error(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Join(o.Folder, goneName+"github-2", "x"), 0o755); err != nil {
		t.Fatal(err)
	}
	s = open(t, o)
	for _, gone := range []string{few.Path, filepath.Join(o.Folder, goneName+"github-2")} {
		if _, err := os.Stat(gone); err == nil {
			t.Errorf("%s is left", gone)
		}
	}
	if again := s.get(t, f, checkrun.Commit{Head: head}); again.Path != kept.Path || f.fetches.Load() != 1 {
		t.Errorf("%s is made again by %d fetches", again.Path, f.fetches.Load())
	}
	s.counts(t)
}

// TestAfterACrash: what a killed git locked is unlocked, what was half made is made anew, and whole trees are not believed
// where the process that kept them did not close the folder.
func TestAfterACrash(t *testing.T) {
	t.Parallel()
	f, o := newForge(t, "github-1"), options(t)
	first := f.commit(map[string]string{"a": "1"})
	s, err := Open(o)
	if err != nil {
		t.Fatal(err)
	}
	kept := s.get(t, f, checkrun.Commit{Head: first})
	if err := s.lock.Close(); err != nil { // as a killed process does
		t.Fatal(err)
	}
	if err := errors.Join(os.Chmod(filepath.Join(kept.Path, "a"), 0o644), os.Truncate(filepath.Join(kept.Path, "a"), 0)); err != nil {
		t.Fatal(err)
	}
	mirror := filepath.Join(o.Folder, "github-1", mirrorName)
	for _, name := range []string{"shallow.lock", "packed-refs.lock", "refs/lintel/x.lock"} {
		if err := os.WriteFile(filepath.Join(mirror, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s = open(t, o)
	if again := s.get(t, f, checkrun.Commit{Head: first}); !strings.HasSuffix(holding(t, again.Path), " 1") {
		t.Errorf("an emptied file is believed: %s", holding(t, again.Path))
	}
	s.get(t, f, checkrun.Commit{Head: f.commit(map[string]string{"a": "2"})})
	if err := os.Remove(filepath.Join(mirror, "HEAD")); err != nil {
		t.Fatal(err)
	}
	s.get(t, f, checkrun.Commit{Head: f.commit(map[string]string{"a": "3"})})
}

// TestTidy: many fetches become one pack, and the newest commits stay.
func TestTidy(t *testing.T) {
	t.Parallel()
	f, s := newForge(t, "github-1"), open(t, options(t))
	var last string
	for i := range maxPacks + 3 {
		last = f.commit(map[string]string{"a": fmt.Sprint(i)})
		s.get(t, f, checkrun.Commit{Head: last}, "a").Release()
	}
	packs, err := filepath.Glob(filepath.Join(s.o.Folder, "github-1", mirrorName, "objects", "pack", "*.pack"))
	if err != nil || len(packs) > 5 {
		t.Errorf("%d packs, %v", len(packs), err)
	}
	before := f.fetches.Load()
	s.get(t, f, checkrun.Commit{Head: last}, "a").Release()
	if f.fetches.Load() != before {
		t.Error("the newest commit is fetched again")
	}
	s.counts(t)
}

// TestAtOnce: many ask at once under a quota for a few; what is in use never goes, and nothing is lost count of.
func TestAtOnce(t *testing.T) {
	t.Parallel()
	o := options(t)
	o.Quota = 500 << 10
	s := open(t, o)
	forges := []*forge{newForge(t, "github-1"), newForge(t, "github-2")}
	heads := map[*forge][]string{}
	for _, f := range forges {
		for i := range 6 {
			heads[f] = append(heads[f], f.commit(map[string]string{"same": "s", "own": strings.Repeat(fmt.Sprint(i), 50<<10)}))
		}
	}
	var all sync.WaitGroup
	for worker := range 4 {
		all.Go(func() {
			for i := range 12 {
				f := forges[(worker+i)%2]
				n := (worker*5 + i) % 6
				var names []string
				if i%3 == 0 {
					names = []string{"own"}
				}
				got, err := s.Get(t.Context(), f.from, checkrun.Commit{Head: heads[f][n]}, names)
				if errors.Is(err, ErrFull) {
					continue
				}
				if err != nil {
					t.Error(err)
					return
				}
				body, err := os.ReadFile(filepath.Join(got.Path, "own"))
				if err != nil || !slices.Contains([]string{fmt.Sprint(n)}, string(body[:1])) {
					t.Errorf("tree %d is %.5q: %v", n, body, err)
				}
				got.Release()
			}
		})
	}
	all.Wait()
	s.counts(t)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.bytes > o.Quota {
		t.Errorf("%d bytes are kept, and the quota is %d", s.bytes, o.Quota)
	}
}

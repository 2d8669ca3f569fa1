package git

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// glanceScenes are repositories that have something special each; a scene may be looked at from another folder.
var glanceScenes = map[string]struct {
	init []string
	// known is true where one process has to tell all of main and HEAD.
	known bool
	make  func(s *scene) (dir string)
}{
	"branches": {known: true, make: func(s *scene) string {
		s.git("checkout", "-q", "-b", "work/one.x", "HEAD~")
		s.commit("third", map[string]string{"b.txt": "b\n"})
		return s.dir
	}},
	"detached":    {known: true, make: func(s *scene) string { s.git("checkout", "-q", "--detach"); return s.dir }},
	"packed":      {known: true, make: func(s *scene) string { s.git("pack-refs", "--all"); return s.dir }},
	"sha256":      {known: true, init: []string{"--object-format=sha256"}, make: func(s *scene) string { return s.dir }},
	"a subfolder": {known: true, make: func(s *scene) string { s.write("sub/x", ""); return filepath.Join(s.dir, "sub") }},
	"a linked work tree": {known: true, make: func(s *scene) string {
		dir := filepath.Join(s.home, "linked")
		s.git("worktree", "add", "-q", "-b", "linked", dir)
		return dir
	}},
	"criss-cross": {known: true, make: func(s *scene) string {
		s.git("checkout", "-q", "-b", "other", "HEAD~")
		s.commit("other", map[string]string{"o.txt": "o\n"})
		s.git("merge", "-q", "-m", "theirs", "main")
		s.git("checkout", "-q", "main")
		s.git("merge", "-q", "-m", "ours", "other~")
		s.git("checkout", "-q", "other")
		return s.dir
	}},
	"unborn": {make: func(s *scene) string { s.git("checkout", "-q", "--orphan", "new"); return s.dir }},
	"unrelated": {make: func(s *scene) string {
		s.git("checkout", "-q", "--orphan", "new")
		s.commit("alone", nil)
		return s.dir
	}},
	"bare": {make: func(s *scene) string {
		dir := filepath.Join(s.home, "bare.git")
		s.git("clone", "-q", "--bare", s.dir, dir)
		return dir
	}},
	"a clone": {known: true, make: func(s *scene) string {
		dir := filepath.Join(s.home, "clone")
		s.git("clone", "-q", s.dir, dir)
		return dir
	}},
	"shallow": {known: true, make: func(s *scene) string {
		dir := filepath.Join(s.home, "shallow")
		s.git("clone", "-q", "--depth=1", "file://"+s.dir, dir)
		return dir
	}},
	"dangling": {known: true, make: func(s *scene) string {
		s.git("symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/gone")
		return s.dir
	}},
	"one name for two": {make: func(s *scene) string {
		s.git("tag", "main", "HEAD~")
		s.git("tag", "-a", "-m", "annotated", "v1", "HEAD~")
		s.git("update-ref", "refs/heads/false", "HEAD")
		s.git("update-ref", "refs/heads/-odd", "HEAD~")
		s.git("update-ref", "false", "HEAD~")
		return s.dir
	}},
	"a line end": {make: func(s *scene) string {
		dir := filepath.Join(s.home, "with\nheads")
		s.git("clone", "-q", s.dir, dir)
		return dir
	}},
}

// What one process says at once is what each question says by itself.
func TestGlance(t *testing.T) {
	for name, c := range glanceScenes {
		t.Run(name, func(t *testing.T) {
			s := newScene(t, c.init...)
			r := Open(c.make(s))
			pairs := [][2]string{{"main", "HEAD"}, {"none", "HEAD"}, {"HEAD~1", "main"}, {"", "HEAD"}}
			if name == "one name for two" {
				for _, rev := range []string{"v1", "false", "-odd", "--all", "HEAD^@", "main..HEAD", "a\nb", "refs/heads/main",
					s.git("rev-parse", "v1")} {
					pairs = append(pairs, [2]string{rev, "HEAD"})
				}
				pairs = append(pairs, [2]string{"false", "false"}, [2]string{"main", "false"})
			}
			l := looker{Repo: r, t: t, asked: map[string]string{}}
			for _, pair := range pairs {
				g, err := r.Glance(t.Context(), pair[0], pair[1])
				if err != nil {
					t.Fatal(err)
				}
				if known := l.check(g, pair[0], pair[1]); pair == pairs[0] && c.known && !known {
					t.Error("one process did not tell all of main and HEAD")
				}
			}
		})
	}
}

// looker asks git each question by itself, and once.
type looker struct {
	*Repo
	t     *testing.T
	asked map[string]string
}

func (l looker) ask(args ...string) string {
	key := strings.Join(args, " ")
	if _, ok := l.asked[key]; !ok {
		out, _ := l.Run(l.t.Context(), nil, args...)
		l.asked[key] = strings.TrimSuffix(string(out), "\n")
	}
	return l.asked[key]
}

// check compares and reports whether all of the two is known.
func (l looker) check(g Glance, base, head string) (known bool) {
	l.t.Helper()
	if version := l.ask("version"); !strings.HasPrefix(version, fmt.Sprintf("git version %d.%d.", g.Major, g.Minor)) {
		l.t.Errorf("version %d.%d, want %s", g.Major, g.Minor, version)
	}
	want := Info{
		GitDir:  l.ask("rev-parse", "--absolute-git-dir"),
		Root:    l.ask("rev-parse", "--show-toplevel"),
		Bare:    l.ask("rev-parse", "--is-bare-repository") == "true",
		Shallow: l.ask("rev-parse", "--is-shallow-repository") == "true",
		Format:  l.ask("rev-parse", "--show-object-format"),
	}
	if want.Bare {
		want.Root = want.GitDir
	}
	if d := cmp.Diff(want, g.Info); d != "" {
		l.t.Errorf("%q, %q (-want +got):\n%s", base, head, d)
	}
	if target := l.ask("symbolic-ref", "--quiet", "refs/remotes/origin/HEAD"); g.NoOriginHead && target != "" {
		l.t.Errorf("origin's HEAD is said not to be there, and is %q", target)
	}
	known = true
	var ids []string
	for _, rev := range []string{base, head} {
		got, ok := g.FullName(rev)
		name := l.ask("rev-parse", "--symbolic-full-name", "--verify", "--quiet", "--end-of-options", rev)
		if ok && got != name {
			l.t.Errorf("full name of %q is %q, want %q", rev, got, name)
		}
		known = known && ok
		ids = append(ids, l.ask("rev-parse", "--verify", "--quiet", "--end-of-options", rev+"^{commit}"))
	}
	bases, ok := g.MergeBases(ids[0], ids[1])
	if all := l.ask("merge-base", "--all", ids[0], ids[1]); ok && strings.Join(bases, "\n") != all {
		l.t.Errorf("merge bases of %q and %q are %v, want %v", base, head, bases, all)
	}
	if _, moved := g.MergeBases(ids[0], strings.Repeat("1", 40)); moved {
		l.t.Errorf("merge bases of %q and what is not %q", base, head)
	}
	return known && ok
}

// A repository that runs programs or that belongs to somebody else gets no further by this way.
func TestGlanceIsHardened(t *testing.T) {
	s := newScene(t)
	s.git("config", "core.fsmonitor", s.evil)
	s.git("config", "core.alternateRefsCommand", s.evil)
	s.git("config", "core.hooksPath", s.home)
	s.git("config", "trace2.normalTarget", filepath.Join(s.home, "trace"))
	if _, err := s.repo().Glance(t.Context(), "main", "HEAD"); err != nil || s.ran() {
		t.Errorf("the repository's program ran (%v)", err)
	}
	if _, err := os.Stat(filepath.Join(s.home, "trace")); err == nil {
		t.Error("the repository's configuration had a file written")
	}
	if g, err := Open("/nonexistent").Glance(t.Context(), "main", "HEAD"); err == nil || g.Major == 0 {
		t.Errorf("no repository: %+v, %v; want the version and an error", g, err)
	}
}

func TestNumber(t *testing.T) {
	for version, want := range map[string][2]int{
		"2.39.5": {2, 39}, "2.39.5 (Apple Git-154)\nstart git": {2, 39}, "2.51.0.windows.1": {2, 51}, "2.50-rc0": {2, 0},
		"2.40 (x)": {2, 40}, "3.0\nstart -C a.b": {3, 0},
	} {
		if major, minor, ok := number(version); !ok || want != [2]int{major, minor} {
			t.Errorf("%q is %d.%d (%v), want %v", version, major, minor, ok, want)
		}
	}
	for _, version := range []string{"", "x", "x.1", "2"} {
		if _, _, ok := number(version); ok {
			t.Errorf("%q is a version", version)
		}
	}
}

// A broken reference is one that is there; what git would have to guess is not asked.
func TestExisting(t *testing.T) {
	s := newScene(t)
	s.git("update-ref", "refs/heads/deep/er", "HEAD")
	s.git("symbolic-ref", "refs/heads/dangling", "refs/heads/gone")
	s.write(".git/refs/heads/broken", strings.Repeat("1", 40)+"\n")
	got, err := s.repo().Existing(t.Context(), []string{"refs/heads/main", "refs/heads/deep", "refs/heads/broken", "refs/heads/none",
		"refs/heads/dangling", "HEAD", "main", "--all", "refs/heads/*", "a\x00b"})
	if d := cmp.Diff(map[string]bool{"refs/heads/main": true, "refs/heads/deep": false, "refs/heads/broken": true,
		"refs/heads/none": false, "refs/heads/dangling": false}, got); err != nil || d != "" {
		t.Errorf("%v (-want +got):\n%s", err, d)
	}
}

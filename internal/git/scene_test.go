package git

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// scene is a real repository with two commits on main, and a program that leaves a marker when anything runs it.
type scene struct {
	t      *testing.T
	dir    string
	home   string
	marker string
	// evil is the program's path: it touches the marker.
	evil string
}

func newScene(t *testing.T, initArgs ...string) *scene {
	t.Helper()
	root := t.TempDir()
	s := &scene{
		t:      t,
		dir:    filepath.Join(root, "repo"),
		home:   filepath.Join(root, "home"),
		marker: filepath.Join(root, "marker"),
		evil:   filepath.Join(root, "evil"),
	}
	for _, dir := range []string{s.dir, s.home} {
		if err := os.Mkdir(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	s.write(s.evil, "#!/bin/sh\ntouch "+s.marker+"\n")
	if err := os.Chmod(s.evil, 0o755); err != nil {
		t.Fatal(err)
	}
	s.git(append([]string{"init", "-q", "-b", "main"}, initArgs...)...)
	s.commit("first", map[string]string{"a.txt": "one\n", "keep.txt": "keep\n"})
	s.commit("second", map[string]string{"a.txt": "two\n"})
	return s
}

func (s *scene) write(path, content string) {
	s.t.Helper()
	if !filepath.IsAbs(path) {
		path = filepath.Join(s.dir, path)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		s.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		s.t.Fatal(err)
	}
}

// commit writes files and commits everything; it returns the commit's id.
func (s *scene) commit(message string, files map[string]string) string {
	s.t.Helper()
	for path, content := range files {
		s.write(path, content)
	}
	s.git("add", "-A")
	s.git("commit", "-q", "--allow-empty", "-m", message)
	return s.git("rev-parse", "HEAD")
}

// plain builds a git command as a careless tool would run it: the caller's environment, the repository's configuration.
func (s *scene) plain(args ...string) *exec.Cmd {
	cmd := exec.CommandContext(s.t.Context(), "git", append([]string{"-C", s.dir}, args...)...)
	cmd.Env = append(os.Environ(), "HOME="+s.home, "GIT_CONFIG_NOSYSTEM=1", "LC_ALL=C",
		"GIT_AUTHOR_NAME=Ann", "GIT_AUTHOR_EMAIL=ann@example.com", "GIT_AUTHOR_DATE=2026-01-01T00:00:00Z",
		"GIT_COMMITTER_NAME=Ann", "GIT_COMMITTER_EMAIL=ann@example.com", "GIT_COMMITTER_DATE=2026-01-01T00:00:00Z")
	return cmd
}

// git runs plain git and gives its output without the last newline.
func (s *scene) git(args ...string) string {
	s.t.Helper()
	cmd := s.plain(args...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		s.t.Fatalf("git %s: %v\n%s", strings.Join(args, " "), err, stderr.String())
	}
	return strings.TrimSuffix(string(out), "\n")
}

func (s *scene) repo() *Repo { return Open(s.dir) }

// ran reports whether the program was run, and takes the marker away.
func (s *scene) ran() bool {
	err := os.Remove(s.marker)
	return err == nil
}

func (s *scene) info() Info {
	s.t.Helper()
	info, err := s.repo().Inspect(s.t.Context())
	if err != nil {
		s.t.Fatal(err)
	}
	return info
}

func (s *scene) blobs() *Blobs {
	s.t.Helper()
	b, err := s.repo().Blobs(s.t.Context())
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(b.Close)
	return b
}

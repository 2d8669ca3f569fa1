package git

import (
	"os"
	"slices"
	"testing"
	"time"
)

// What each commit changed of its first parent's, whatever the repository's settings and names of files.
func TestTouched(t *testing.T) {
	s := newScene(t)
	s.git("checkout", "-q", "-b", "side", "HEAD~1")
	s.commit("on the side", map[string]string{"side.txt": "x\n"})
	s.git("checkout", "-q", "main")
	s.git("merge", "-q", "--no-ff", "-m", "Merge pull request #1 from x/side\n\nThe side", "side")
	s.git("commit", "-q", "--allow-empty", "--allow-empty-message", "-m", "")
	s.commit("odd names", map[string]string{"with\nline": "x", "\xff.txt": "x", "d/é.txt": "x"})
	s.git("mv", "a.txt", "b.txt")
	s.commit("renamed", nil)
	for key, value := range map[string]string{"log.showRoot": "true", "log.diffMerges": "on", "format.pretty": "raw",
		"diff.renames": "copies", "diff.relative": "true", "log.decorate": "full", "color.ui": "always", "diff.external": s.evil} {
		s.git("config", key, value)
	}
	commits, err := s.repo().Touched(t.Context(), "main", 10)
	if err != nil {
		t.Fatal(err)
	}
	want := []struct {
		message string
		paths   []string
	}{
		{"renamed\n", []string{"a.txt", "b.txt"}},
		{"odd names\n", []string{"d/é.txt", "with\nline", "\xff.txt"}},
		{"", nil},
		{"Merge pull request #1 from x/side\n\nThe side\n", []string{"side.txt"}},
		{"second\n", []string{"a.txt"}},
		{"first\n", nil},
	}
	if len(commits) != len(want) {
		t.Fatalf("%d commits: %+v", len(commits), commits)
	}
	for i, w := range want {
		c := commits[i]
		slices.Sort(c.Paths)
		if c.Message != w.message || !slices.Equal(c.Paths, w.paths) || c.Author != "ann@example.com" || !IsID(c.ID) ||
			!c.At.Equal(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)) {
			t.Errorf("commit %d is %+v, want %+v", i, c, w)
		}
	}
	if commits, err := s.repo().Touched(t.Context(), "main", 2); err != nil || len(commits) != 2 {
		t.Errorf("the newest 2: %d, %v", len(commits), err)
	}
	if _, err := s.repo().Touched(t.Context(), "nowhere", 2); err == nil {
		t.Error("a commit that is not there")
	}
	if _, err := os.Stat(s.marker); err == nil {
		t.Error("the repository ran a program of its own")
	}
}

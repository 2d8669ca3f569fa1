package git

import (
	"testing"
	"time"
)

// TestBlame: each line is as old as the commit that wrote it, not one that indented it, and nothing in the
// configuration makes a line older.
func TestBlame(t *testing.T) {
	s := newScene(t)
	commit := func(day, content string) string {
		s.write("x.txt", content)
		s.git("add", "-A")
		cmd := s.plain("commit", "-q", "-m", day)
		cmd.Env = append(cmd.Env, "GIT_COMMITTER_DATE="+day+"T12:00:00Z")
		if err := cmd.Run(); err != nil {
			t.Fatal(err)
		}
		return s.git("rev-parse", "HEAD")
	}
	commit("2026-01-01", "a\nb\nc\n")
	second := commit("2026-02-01", "a\nB\nc\n")
	tip := commit("2026-03-01", "a\nB\n  c\n")
	s.write("ignored", second+"\n")
	s.git("config", "blame.ignoreRevsFile", "ignored")
	got, err := Open(s.dir).Blame(t.Context(), tip, "x.txt", []Span{{1, 2}, {3, 3}})
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []time.Month{time.January, time.February, time.January} {
		if len(got) != 3 || got[i].Month() != want || got[i].Year() != 2026 {
			t.Fatalf("lines are of %v", got)
		}
	}
	if _, err := Open(s.dir).Blame(t.Context(), tip, "x.txt", []Span{{7, 9}}); err == nil {
		t.Error("lines that are not there are of somebody")
	}
}

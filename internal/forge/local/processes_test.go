package local

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/git"
)

// commandsOf writes down which commands of git some work starts.
func commandsOf(t *testing.T, work func()) (commands []string) {
	t.Helper()
	program, err := exec.LookPath("git")
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	log := filepath.Join(folder, "log")
	script := "#!/bin/sh\nfor word; do case $word in rev-parse|symbolic-ref|cat-file|merge-base|log|diff-tree|config|status|for-each-ref|" +
		"ls-tree|rev-list|version) echo $word >>" + log + "; break;; esac; done\nexec " + program + " \"$@\"\n"
	if err := os.WriteFile(filepath.Join(folder, "git"), []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	path := os.Getenv("PATH")
	t.Setenv("PATH", folder+string(os.PathListSeparator)+path)
	work()
	t.Setenv("PATH", path)
	text, err := os.ReadFile(log)
	if err != nil {
		t.Fatal(err)
	}
	commands = strings.Fields(string(text))
	slices.Sort(commands)
	return commands
}

// A reading is mostly the time that processes of git take to start: each of them is one that nothing else answers.
func TestProcesses(t *testing.T) {
	w := newWork(t, map[string]string{"a.txt": "one\n"})
	base := w.git("rev-parse", "HEAD")
	w.commit("feat: two", map[string]string{"b.txt": "two\n"})
	w.git("symbolic-ref", "--delete", "refs/remotes/origin/HEAD")
	w.git("update-ref", "-d", "refs/remotes/origin/main")
	line, err := ReadLine(t.Context(), git.Open(w.dir), "HEAD", 1)
	if err != nil {
		t.Fatal(err)
	}
	for what, c := range map[string]struct {
		options Options
		want    string
	}{
		"a named base":     {Options{Base: "main"}, "cat-file config diff-tree log rev-parse status"},
		"without remarks":  {Options{Base: "main", Quiet: true}, "cat-file config diff-tree log rev-parse"},
		"a base to guess":  {Options{}, "cat-file config diff-tree for-each-ref log rev-parse status"},
		"two ids":          {Options{Base: base, Head: "topic"}, "cat-file config diff-tree log rev-parse"},
		"one of many":      {Options{Base: base, Head: w.git("rev-parse", "HEAD"), Line: line}, "cat-file diff-tree"},
		"nothing to judge": {Options{Base: "HEAD"}, "cat-file config diff-tree log rev-parse status"},
		"not a plain base": {Options{Base: "main^0"}, "cat-file config diff-tree log rev-parse rev-parse rev-parse status"},
	} {
		t.Run(what, func(t *testing.T) {
			got := commandsOf(t, func() { _, _ = w.read(c.options) })
			if d := cmp.Diff(c.want, strings.Join(got, " ")); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
		})
	}
}

// Titles come from the line of first parents only where that is the whole history.
func TestHistoryIsGitsOwn(t *testing.T) {
	w := newWork(t, map[string]string{"a.txt": "one\n"})
	w.git("checkout", "-q", "main")
	check := func(what string) {
		t.Helper()
		w.git("checkout", "-q", "-B", "topic", "main")
		w.commit("feat: topic", map[string]string{"topic.txt": what})
		headers, err := git.Open(w.dir).Headers(t.Context(), "main", change.MaxHistory)
		if err != nil {
			t.Fatal(err)
		}
		var want []change.Past
		for _, h := range headers {
			want = append(want, change.NewPast(h.Header, h.Parents))
		}
		if d := cmp.Diff(want, w.must(Options{Base: "main"}).History); d != "" {
			t.Errorf("%s (-want +got):\n%s", what, d)
		}
		w.git("checkout", "-q", "main")
	}
	check("one commit")
	w.commit("fix: a title\nof two lines\n\nbody", nil)
	check("a line")
	w.git("checkout", "-q", "-b", "side", "HEAD~")
	w.commit("feat: side", map[string]string{"side.txt": "s\n"})
	w.git("checkout", "-q", "main")
	w.git("merge", "-q", "--no-ff", "-m", "Merge side", "side")
	check("a merge")
	tip := w.git("rev-parse", "HEAD")
	for range change.MaxHistory - 1 {
		tip = w.git("commit-tree", "-p", tip, "-m", "feat: more", "HEAD^{tree}")
	}
	w.git("reset", "-q", "--hard", tip)
	check("a merge as the last that counts")
	w.git("reset", "-q", "--hard", w.git("commit-tree", "-p", tip, "-m", "feat: last", "HEAD^{tree}"))
	check("a merge that counts no more")
}

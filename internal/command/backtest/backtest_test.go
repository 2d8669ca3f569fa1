package backtest

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lintel-review/lintel/internal/merged"
	"github.com/lintel-review/lintel/internal/terminal"
)

// history is a repository with some squashed changes, one an hour.
func history(t *testing.T, changes int) string {
	t.Helper()
	dir := t.TempDir()
	git := func(at int, args ...string) {
		t.Helper()
		who := []string{"-C", dir, "-c", "user.name=ann", "-c", "user.email=ann@acme.example"}
		cmd := exec.CommandContext(t.Context(), "git", append(who, args...)...)
		when := fmt.Sprintf("%d +0000", 1_700_000_000+3600*at)
		cmd.Env = append(os.Environ(), "GIT_AUTHOR_DATE="+when, "GIT_COMMITTER_DATE="+when, "GIT_CONFIG_GLOBAL=/dev/null")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("git %s: %v\n%s", args, err, out)
		}
	}
	git(0, "init", "--quiet", "--initial-branch=main")
	for i := range changes + 1 {
		if err := os.WriteFile(filepath.Join(dir, "list.txt"), []byte(fmt.Sprintf("item number %d\n", i)), 0o644); err != nil {
			t.Fatal(err)
		}
		git(i, "add", "-A")
		git(i, "commit", "--quiet", "-m", fmt.Sprintf("Item %d. (#%d)", i, i))
	}
	return dir
}

func run(ctx context.Context, c Command) (out, log string, err error) {
	var o, l bytes.Buffer
	c.Format = "json"
	err = c.Run(ctx, terminal.Terminal{In: strings.NewReader(""), Out: &o, Err: &l})
	return o.String(), l.String(), err
}

// stopAt ends a run when its state file has some lines.
func stopAt(t *testing.T, c Command, lines int) string {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	c.stopped = func(done int) {
		if done == lines {
			cancel()
		}
	}
	_, log, err := run(ctx, c)
	if err == nil {
		t.Fatal("a run that was stopped gave an answer")
	}
	return log
}

// TestStopAndResume: a run that is stopped, twice, and killed in the middle of a line, gives the same report in the end
// as one that was not, and judges no change twice.
func TestStopAndResume(t *testing.T) {
	t.Parallel()
	c := Command{Flags: merged.Flags{Repo: history(t, 12), Last: 12}, Samples: 2}
	want, _, err := run(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(want, `"judged": 12,`) {
		t.Fatalf("not all were judged:\n%.900s", want)
	}
	c.State = filepath.Join(t.TempDir(), "state")
	if log := stopAt(t, c, 3); !strings.Contains(log, "the same command goes on from there") {
		t.Errorf("it says %q", log)
	}
	file, err := os.OpenFile(c.State, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(file, `{"commit":"half a li`); err != nil {
		t.Fatal(err)
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
	if log := stopAt(t, c, 7); !strings.Contains(log, "of 12 changes are in") {
		t.Errorf("it says %q", log)
	}
	got, log, err := run(t.Context(), c)
	if err != nil || !strings.Contains(log, "of 12 changes are in") {
		t.Fatalf("%v, %q", err, log)
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("resumed, it says otherwise (-at once +resumed):\n%s", d)
	}
	state, err := os.ReadFile(c.State)
	if err != nil {
		t.Fatal(err)
	}
	if n := bytes.Count(state, []byte("\n")); n != 13 {
		t.Errorf("the state has %d lines, want one and one for each change", n)
	}
	again, log, err := run(t.Context(), c)
	if err != nil || again != want || !strings.Contains(log, "12 of 12 changes are in") {
		t.Errorf("once more: %v, %q", err, log)
	}
}

// TestStateOfSomethingElse: outcomes of other settings, another head or another number of samples are not mixed in.
func TestStateOfSomethingElse(t *testing.T) {
	t.Parallel()
	dir := history(t, 3)
	c := Command{Flags: merged.Flags{Repo: dir, Last: 3}, Samples: 2, State: filepath.Join(t.TempDir(), "state")}
	if _, _, err := run(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	draft := filepath.Join(t.TempDir(), "draft.yml")
	if err := os.WriteFile(draft, []byte("version: 1\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	foreign := filepath.Join(t.TempDir(), "notes.txt")
	if err := os.WriteFile(foreign, []byte("my notes\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	for want, change := range map[string]func(*Command){
		"is of other settings":               func(c *Command) { c.Settings = draft },
		"is of other rule families":          func(c *Command) { c.Only = []string{"size"} },
		"is of other rules":                  func(c *Command) { c.Rules = []string{"commits/title"} },
		"did you mean \"commits/title\"?":    func(c *Command) { c.Rules = []string{"commits/titel"} },
		"there is no rule family":            func(c *Command) { c.Only = []string{"sise"} },
		"is of another number of samples":    func(c *Command) { c.Samples = 5 },
		"is of another head of the branch":   func(c *Command) { c.Branch = "main~1" },
		"it is no state file":                func(c *Command) { c.State = foreign },
		"\"main~1:\" names no commit":        func(c *Command) { c.Branch = "main~1:" },
		"the settings are not valid":         func(c *Command) { c.Settings = foreign },
		"cannot be read: it is a folder\x00": func(c *Command) { c.State = dir },
	} {
		other := c
		change(&other)
		_, _, err := run(t.Context(), other)
		want, any := strings.CutSuffix(want, "\x00")
		if err == nil || !any && !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "to fix it: ") {
			t.Errorf("%v, want %q", err, want)
		}
	}
	// Fewer changes by the same rules may take up the state, and only these are in the report.
	few := c
	few.Last, few.State = 1, ""
	alone, _, err := run(t.Context(), few)
	if err != nil {
		t.Fatal(err)
	}
	few.State = c.State
	resumed, _, err := run(t.Context(), few)
	if d := cmp.Diff(alone, resumed); err != nil || d != "" || !strings.Contains(alone, `"judged": 1,`) {
		t.Errorf("%v: of a state of three, one is (-without +with the state):\n%s", err, d)
	}
	if text, err := os.ReadFile(foreign); err != nil || string(text) != "my notes\n" {
		t.Errorf("a file that is no state was written to: %q, %v", text, err)
	}
}

//go:build unix

package bare_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/lintel-review/lintel/internal/sandbox"
	"github.com/lintel-review/lintel/internal/sandbox/bare"
)

// TestRun: a job has the words of a sandbox, its time and output are held, and each result says that nothing else is.
func TestRun(t *testing.T) {
	t.Setenv("LINTEL_SECRET", "hush")
	tree := t.TempDir()
	if err := os.WriteFile(filepath.Join(tree, "a"), []byte("text"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		script, report string
		edit           func(*sandbox.Job)
		want           sandbox.Ended
		exit           int
		says           string
		state          sandbox.ReportState
	}{
		"a report on stdout": {"cat a; exit 3", sandbox.Stdout, nil, sandbox.Finished, 3, "text", sandbox.Whole},
		"a report in a file": {`echo found > "$1"`, "out.txt", nil, sandbox.Finished, 0, "found\n", sandbox.Whole},
		"no report":          {"true", "out.txt", nil, sandbox.Finished, 0, "", sandbox.Missing},
		"a link as report":   {`ln -s "$PWD/a" "$1"`, "out.txt", nil, sandbox.Finished, 0, "", sandbox.Missing},
		"the tree's name":    {`echo "$PWD/a:1: x"`, sandbox.Stdout, nil, sandbox.Finished, 0, "/tree/a:1: x\n", sandbox.Whole},
		"its own home": {`test "$HOME" = "${1%/out.txt}" && test -d "$TMPDIR"`, "out.txt", nil, sandbox.Finished, 0, "",
			sandbox.Missing},
		"nothing of ours": {`test -z "$LINTEL_SECRET"`, "", nil, sandbox.Finished, 0, "", sandbox.NoReport},
		"too long": {"sleep 600 & wait", "", func(j *sandbox.Job) { j.Limits.Deadline = time.Millisecond },
			sandbox.Deadline, -1, "", ""},
		"a flood": {"while :; do echo x; done", "", func(j *sandbox.Job) { j.Limits.Output = 10 }, sandbox.Output, -1, "", ""},
		"a report cut off": {"cat a", sandbox.Stdout, func(j *sandbox.Job) { j.Limits.Report = 2 },
			sandbox.Finished, 0, "te", sandbox.Truncated},
		"no such program":     {"", "", func(j *sandbox.Job) { j.Argv = []string{"/nowhere/x"} }, sandbox.Unstartable, -1, "", ""},
		"a report that leads": {"true", "../x", nil, sandbox.Unstartable, -1, "", ""},
	} {
		job := sandbox.Job{Argv: []string{"/bin/sh", "-c", c.script, "sh", sandbox.WorkFolder + "/out.txt"}, Tree: tree, Report: c.report,
			Limits: sandbox.DefaultLimits()}
		if c.edit != nil {
			c.edit(&job)
		}
		got := bare.Backend{}.Run(t.Context(), job)
		if got.Ended != c.want || got.Exit != c.exit || string(got.Report) != c.says || got.ReportState != c.state {
			t.Errorf("%s: %+v\n%s", name, got, got.Stderr)
		}
		if got.Ended != sandbox.Unstartable && !strings.Contains(strings.Join(got.Unheld, " "), "as you") {
			t.Errorf("%s: nothing says that nothing holds the tool", name)
		}
	}
}

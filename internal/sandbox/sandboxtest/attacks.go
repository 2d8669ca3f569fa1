package sandboxtest

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/lintel-review/lintel/internal/sandbox"
)

// attack is one attack with what must come of it.
type attack struct {
	name   string
	argv   []string // of the attacker
	change func(*sandbox.Job)
	want   sandbox.Ended // empty: any end that is neither refusal nor harm
	check  func(*testing.T, sandbox.Result)
	// counted says that the check holds only where the backend notices the end of one process of many
	counted bool
}

func (r *rig) attack(t *testing.T, a attack) {
	argv := slices.Clone(a.argv)
	for i := range argv {
		argv[i] = strings.ReplaceAll(argv[i], "SECRET", backwards(r.secret))
	}
	got := r.run(t, a.change, argv...)
	if a.want != "" && got.Ended != a.want {
		t.Errorf("ended %s (%s), exit %d, signal %d, want %s\n%s%s", got.Ended, got.Why, got.Exit, got.Signal, a.want, got.Stdout,
			got.Stderr)
	}
	if (got.Ended == sandbox.Finished) != (got.Why == "") {
		t.Errorf("ended %s, and the reason is %q", got.Ended, got.Why)
	}
	if a.check != nil && (r.Counts || !a.counted) {
		a.check(t, got)
	}
}

func backwards(s string) string {
	out := []byte(s)
	slices.Reverse(out)
	return string(out)
}

// attacks are the attacks that need nothing on the host.
var attacks = []attack{
	{name: "fork bomb", argv: []string{"fork"}, change: seconds(3), check: failed},
	{name: "sleep past the deadline", argv: []string{"sleep"}, want: sandbox.Deadline, change: seconds(1), check: quick(1)},
	{name: "daemon", argv: []string{"daemon", "x"}, want: sandbox.Finished, check: quick(0)},
	{name: "memory bomb", argv: []string{"memory", "400"}, check: failed},
	{name: "memory bomb of many", argv: []string{"memory", "60", "a", "b", "c"}, check: failed, counted: true},
	{name: "disk filler", argv: []string{"disk", "/job/full"}, want: sandbox.Disk, check: wroteAtMost("wrote", 16<<20)},
	{name: "disk filler in shared memory", argv: []string{"disk", "/dev/shm/full"}, check: wroteAtMost("wrote", 64<<20)},
	{name: "a million files", argv: []string{"inodes"}, change: seconds(8), check: failed},
	{name: "output flood", argv: []string{"flood", "stdout"}, want: sandbox.Output},
	{name: "error flood", argv: []string{"flood", "stderr"}, want: sandbox.Output},
	{name: "its own end", argv: []string{"kill"}}, // where the script is process 1, it cannot be killed
	{name: "a signal", argv: []string{"segfault"}, want: sandbox.Finished, check: signalled},
	{name: "an exit status", argv: []string{"exit", "3"}, want: sandbox.Finished, check: exited(3)},
	{name: "writing", want: sandbox.Finished, check: exited(0), argv: []string{"write", "/tree/x", "/tree/attacker", "/usr/x", "/x",
		"/etc/passwd", "/etc/x", "/dev/x", "/proc/sys/kernel/core_pattern", "/bin/sh"}},
	{name: "reading the host", want: sandbox.Finished, check: exited(0), argv: []string{"read", "/tree/link", "/tree/relative",
		"/tree/shadow", "/etc/shadow", "/etc/machine-id", "/root/.bashrc", "/proc/1/root/etc/shadow", "/proc/kcore",
		"/proc/sched_debug", "/var/run/docker.sock"}},
	{name: "searching", argv: []string{"search", "SECRET"}, want: sandbox.Finished, check: sawFewProcesses},
	{name: "devices", argv: []string{"device"}, want: sandbox.Finished, check: exited(0)},
	{name: "rights", want: sandbox.Finished, check: exited(0),
		argv: []string{"escape", "NoNewPrivs=1", "Seccomp=2", "CapEff=0000000000000000", "CapBnd=0000000000000000"}},
	{name: "environment", argv: []string{"env"}, want: sandbox.Finished, check: emptyEnvironment},
	{name: "names", argv: []string{"arguments", "-rf", "a\n-rf *\nb", "$(id)", "`id`", ""}, want: sandbox.Finished, check: sameArguments},
	{name: "report", argv: []string{"report", "plain", "/job/out/r"}, change: reportAt("out/r"), want: sandbox.Finished,
		check: state(sandbox.Whole, "report")},
	{name: "no report", argv: []string{"exit", "0"}, change: reportAt("out/r"), check: state(sandbox.Missing, "")},
	{name: "report is a link", argv: []string{"report", "link", "/job/r", "/etc/passwd"}, change: reportAt("r"),
		check: state(sandbox.Missing, "")},
	{name: "report is a folder", argv: []string{"report", "folder", "/job/r"}, change: reportAt("r"), check: state(sandbox.Missing, "")},
	{name: "report is a pipe", argv: []string{"report", "pipe", "/job/r"}, change: reportAt("r"), check: state(sandbox.Missing, "")},
	{name: "report is a hard link", argv: []string{"report", "hardlink", "/job/r", "/tree/attacker"}, change: reportAt("r"),
		check: state(sandbox.Missing, "")},
	{name: "report in a linked folder", argv: []string{"report", "linked-folder", "/job/out/shadow", "/etc"},
		change: reportAt("out/shadow"), check: state(sandbox.Missing, "")},
	{name: "report of 500 MB", argv: []string{"report", "huge", "/job/r"}, change: reportAt("r"), check: cut},
	{name: "report on stdout", argv: []string{"arguments", "x"}, change: reportAt(sandbox.Stdout), want: sandbox.Finished,
		check: state(sandbox.Whole, "[\"x\"]\n")},
}

func seconds(n int) func(*sandbox.Job) {
	return func(j *sandbox.Job) { j.Limits.Deadline = time.Duration(n) * time.Second }
}

func reportAt(path string) func(*sandbox.Job) {
	return func(j *sandbox.Job) { j.Report = path }
}

// quick allows what a loaded machine needs to kill a job.
func quick(n int) func(*testing.T, sandbox.Result) {
	return func(t *testing.T, r sandbox.Result) {
		t.Helper()
		if limit := time.Duration(n+10) * time.Second; r.Wall > limit {
			t.Errorf("it took %v", r.Wall)
		}
	}
}

func failed(t *testing.T, r sandbox.Result) {
	t.Helper()
	if r.Ended == sandbox.Finished && r.Exit == 0 {
		t.Errorf("it finished as if all were well: %s", r.Stdout)
	}
}

func exited(n int) func(*testing.T, sandbox.Result) {
	return func(t *testing.T, r sandbox.Result) {
		t.Helper()
		if r.Exit != n || r.Signal != 0 {
			t.Errorf("exit %d, signal %d, want exit %d\n%s", r.Exit, r.Signal, n, r.Stderr)
		}
	}
}

func signalled(t *testing.T, r sandbox.Result) {
	t.Helper()
	if r.Exit != -1 && r.Exit != 2 || r.Signal != 11 && r.Exit != 2 { // Go's runtime turns the signal into a status
		t.Errorf("exit %d, signal %d", r.Exit, r.Signal)
	}
}

func wroteAtMost(word string, limit int) func(*testing.T, sandbox.Result) {
	return func(t *testing.T, r sandbox.Result) {
		t.Helper()
		_, rest, ok := strings.Cut(string(r.Stdout), word+" ")
		n, err := strconv.Atoi(strings.TrimSpace(rest))
		if ok && (err != nil || n > limit) {
			t.Errorf("%q, and the limit is %d", r.Stdout, limit)
		}
		failed(t, r)
	}
}

func sawFewProcesses(t *testing.T, r sandbox.Result) {
	t.Helper()
	n := 0
	if _, err := fmt.Sscanf(string(r.Stdout), "processes %d", &n); err != nil || n > 8 {
		t.Errorf("%q: %v", r.Stdout, err)
	}
}

// harmless are the variables that a job may see: ours, and those that a shell and a container engine add.
var harmless = []string{"PATH", "HOME", "TMPDIR", "LANG", "PWD", "OLDPWD",
	"SHLVL", "_", "MAY_TRACE", "HOSTNAME", "TERM", "container"}

func emptyEnvironment(t *testing.T, r sandbox.Result) {
	t.Helper()
	var got []string
	if err := json.Unmarshal(r.Stdout, &got); err != nil {
		t.Fatal(err, string(r.Stdout))
	}
	for _, v := range got {
		name, _, _ := strings.Cut(v, "=")
		if !slices.Contains(harmless, name) {
			t.Errorf("the tool sees %s", v)
		}
	}
}

func sameArguments(t *testing.T, r sandbox.Result) {
	t.Helper()
	var got []string
	if err := json.Unmarshal(r.Stdout, &got); err != nil {
		t.Fatal(err, string(r.Stdout))
	}
	if want := []string{"-rf", "a\n-rf *\nb", "$(id)", "`id`", ""}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

func state(want sandbox.ReportState, content string) func(*testing.T, sandbox.Result) {
	return func(t *testing.T, r sandbox.Result) {
		t.Helper()
		if r.ReportState != want || string(r.Report) != content {
			t.Errorf("report %q is %q, want %q that is %q; ended %s: %s%s",
				r.Report, r.ReportState, content, want, r.Ended, r.Why, r.Stdout)
		}
	}
}

func cut(t *testing.T, r sandbox.Result) {
	t.Helper()
	if r.ReportState != sandbox.Truncated || len(r.Report) != 1<<20 {
		t.Errorf("%d bytes, %q; ended %s: %s", len(r.Report), r.ReportState, r.Ended, r.Why)
	}
}

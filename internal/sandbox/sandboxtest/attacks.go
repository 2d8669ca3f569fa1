package sandboxtest

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/lintel-review/lintel/internal/catalogue"
	"github.com/lintel-review/lintel/internal/sandbox"
	"github.com/lintel-review/lintel/internal/toolcall"
)

// attack is one attack with what must come of it.
type attack struct {
	name string
	of   promise // that it tries to break
	// tries says it in the words of the documentation; empty for what only shows that the suite can tell harm from none
	tries string
	// streams and limits choose those that AttackStreams and AttackLimits run
	streams, limits bool
	argv            []string               // of the attacker
	host            func(*rig, *testing.T) // instead of argv, for one that needs something on this machine
	format          string                 // of the report, where it is another one than SARIF
	change          func(*sandbox.Job)
	want            sandbox.Ended // empty: any end that is neither refusal nor harm
	check           func(*testing.T, sandbox.Result)
	// counted says that the check holds only where the backend notices the end of one process of many
	counted bool
}

func (r *rig) attack(t *testing.T, a attack) {
	if a.host != nil {
		a.host(r, t)
		return
	}
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
	verdict(t, cmp.Or(a.format, "sarif"), got)
	if a.check != nil && (r.Counts || !a.counted) {
		a.check(t, got)
	}
}

// verdict holds what people are told: that the tool failed, and why.
func verdict(t *testing.T, format string, r sandbox.Result) {
	t.Helper()
	read := toolcall.Read(catalogue.Tool{Name: "attacker", Format: format, Report: "r"}, "attack", r)
	if read.Lint == nil || len(read.Lint.Findings) > 0 || len(read.Lint.Tools) != 1 || !read.Lint.Tools[0].Failed {
		t.Fatalf("the attack is taken for a report: %+v", read)
	}
	why := read.Lint.Tools[0].FailedWhy
	if !strings.Contains(why, "("+string(r.Ended)+")") || !strings.HasPrefix(why, r.Why) || strings.HasPrefix(why, " ") {
		t.Errorf("ended %s (%s), and the verdict says %q", r.Ended, r.Why, why)
	}
}

func backwards(s string) string {
	out := []byte(s)
	slices.Reverse(out)
	return string(out)
}

// attacks are all attacks. The documentation's list is made of them.
var attacks = []attack{
	{name: "network", of: noNetwork, host: (*rig).network, tries: "TCP, UDP and DNS to addresses of the internet, of the cloud's " +
		"metadata, and of listeners on the machine's loopback; Unix sockets by path and abstract"},

	{name: "writing", of: readOnly, tries: "Write to the tree, `/usr`, `/etc`, `/dev`, `/proc/sys`, `/`", want: sandbox.Finished,
		check: exited(0), argv: []string{"write", "/tree/x", "/tree/attacker", "/usr/x", "/x", "/etc/passwd", "/etc/x", "/dev/x",
			"/proc/sys/kernel/core_pattern", "/bin/sh"}},
	{name: "devices", of: readOnly, tries: "Make devices; open disks, `/dev/kvm`, the terminal", argv: []string{"device"},
		want: sandbox.Finished, check: exited(0)},

	{name: "other jobs", of: ownFolder, tries: "Find another job's tree, work folder and processes", host: (*rig).otherJobs},
	{name: "what was before", of: ownFolder, tries: "Leave a file for the next job", streams: true, host: (*rig).leftOver},

	{name: "rights", of: ownUser, tries: "Setuid programs, namespaces, mounts, chroot, tracing, higher limits, descriptors that " +
		"somebody forgot to close", want: sandbox.Finished, check: exited(0),
		argv: []string{"escape", "NoNewPrivs=1", "Seccomp=2", "CapEff=0000000000000000", "CapBnd=0000000000000000"}},

	{name: "fork bomb", of: ofProcesses, tries: "Fork bomb", limits: true, argv: []string{"fork"}, change: seconds(3), check: failed},

	{name: "memory bomb", of: ofMemory, tries: "Memory bomb in one process", limits: true, argv: []string{"memory", "400"}, check: failed},
	{name: "memory bomb of many", of: ofMemory, tries: "Memory bomb in many processes", limits: true,
		argv: []string{"memory", "60", "a", "b", "c"}, check: failed, counted: true},

	{name: "processors", of: ofProcessors, tries: "Busy loops on all processors", argv: []string{"spin"}, want: sandbox.Finished,
		change: func(j *sandbox.Job) { j.Limits.CPU = 0.3 }, check: spunAtMost(0.3)},

	{name: "disk filler", of: ofDisk, tries: "Fill the disk through `/job`", limits: true, argv: []string{"disk", "/job/full"},
		want: sandbox.Disk, check: wroteAtMost("wrote", 16<<20)},
	{name: "disk filler in shared memory", of: ofDisk, tries: "Fill the disk through shared memory", limits: true,
		argv: []string{"disk", "/dev/shm/full"}, check: wroteAtMost("wrote", 64<<20)},
	{name: "a million files", of: ofDisk, tries: "A million files", argv: []string{"inodes"}, change: seconds(8), check: failed},

	{name: "output flood", of: ofOutput, tries: "1 GiB on standard output", streams: true, limits: true,
		argv: []string{"flood", "stdout"}, want: sandbox.Output},
	{name: "error flood", of: ofOutput, tries: "1 GiB on standard error", streams: true, limits: true,
		argv: []string{"flood", "stderr"}, want: sandbox.Output},
	{name: "report of 500 MB", of: ofOutput, tries: "A report of 500 MB", streams: true, argv: []string{"report", "huge", "/job/r"},
		change: reportAt("r"), check: cut},
	{name: "report without end", of: ofOutput, tries: "A report that is a link to `/dev/zero`", streams: true,
		argv: []string{"report", "link", "/job/r", "/dev/zero"}, change: reportAt("r"), check: state(sandbox.Missing, "")},

	{name: "sleep past the deadline", of: ofTime, tries: "Sleep past the deadline", streams: true, argv: []string{"sleep"},
		want: sandbox.Deadline, change: seconds(1), check: quick(1)},

	{name: "environment", of: noSecrets, tries: "Read the environment", streams: true, argv: []string{"env"}, want: sandbox.Finished,
		check: emptyEnvironment},
	{name: "searching", of: noSecrets, tries: "Search every file and every process that it sees, with environments and mounts, for a " +
		"secret of Lintel's", argv: []string{"search", "SECRET"}, want: sandbox.Finished, check: sawFewProcesses},
	{name: "reading the host", of: noSecrets, tries: "Read `/proc` of the machine, `/etc/shadow`, the engine's socket, what links in " +
		"the tree lead to", want: sandbox.Finished, check: exited(0), argv: []string{"read", "/tree/link", "/tree/relative",
		"/tree/shadow", "/etc/shadow", "/etc/machine-id", "/root/.bashrc", "/proc/1/root/etc/shadow", "/proc/kcore",
		"/proc/sched_debug", "/var/run/docker.sock"}},

	{name: "daemon", of: asATree, tries: "Daemons in sessions of their own", streams: true, argv: []string{"daemon", "x"},
		want: sandbox.Finished, check: quick(0)},
	{name: "its own end", of: asATree, tries: "Kill the sandbox's own script", streams: true, argv: []string{"kill"}}, // where it is
	// process 1, it cannot be killed
	{name: "a second job", of: asATree, tries: "Write commands into the input of the sandbox's own script", streams: true,
		argv: []string{"command", "sleep 1000"}, want: sandbox.Finished, check: exited(0)},
	{name: "giving up", of: asATree, tries: "Be given up at any moment", streams: true, host: (*rig).givingUp},

	{name: "report is a link", of: ofReports, tries: "The report as a link", streams: true,
		argv: []string{"report", "link", "/job/r", "/etc/passwd"}, change: reportAt("r"), check: state(sandbox.Missing, "")},
	{name: "report is a hard link", of: ofReports, tries: "The report as a hard link to a file of the tree", streams: true,
		argv: []string{"report", "hardlink", "/job/r", "/tree/attacker"}, change: reportAt("r"), check: state(sandbox.Missing, "")},
	{name: "report in a linked folder", of: ofReports, tries: "The report in a linked folder", streams: true,
		argv: []string{"report", "linked-folder", "/job/out/shadow", "/etc"}, change: reportAt("out/shadow"),
		check: state(sandbox.Missing, "")},
	{name: "report is a folder", of: ofReports, tries: "The report as a folder", streams: true,
		argv: []string{"report", "folder", "/job/r"}, change: reportAt("r"), check: state(sandbox.Missing, "")},
	{name: "report is a pipe", of: ofReports, tries: "The report as a pipe (FIFO), which nobody writes to", streams: true,
		argv: []string{"report", "pipe", "/job/r"}, change: reportAt("r"), check: state(sandbox.Missing, "")},
	{name: "report is a socket", of: ofReports, tries: "The report as a socket", streams: true,
		argv: []string{"report", "socket", "/job/r"}, change: reportAt("r"), check: state(sandbox.Missing, "")},
	{name: "report is a device", of: ofReports, tries: "The report as a device", argv: []string{"report", "device", "/job/r"},
		change: reportAt("r"), check: state(sandbox.Missing, "")},
	{name: "report is an archive", of: ofReports, tries: "The report, standard output and `/job` as archives with `../` in names, " +
		"links and devices (zip-slip)", streams: true, host: (*rig).slips},
	{name: "report with entity bombs", of: ofReports, tries: "A report whose XML entities would expand to gigabytes", streams: true,
		argv: []string{"report", "bomb", "/job/r"}, change: reportAt("r"), format: "checkstyle", check: holds("<!ENTITY")},

	{name: "names", of: ofNames, tries: "Arguments with line breaks, `-rf` and shell syntax", streams: true,
		argv: []string{"arguments", "-rf", "a\n-rf *\nb", "$(id)", "`id`", ""}, want: sandbox.Finished, check: sameArguments},
	{name: "names of files", of: ofNames, tries: "Files of the tree with such names", streams: true, argv: []string{"list"},
		want: sandbox.Finished, check: sameFiles},
	{name: "large tree", of: ofNames, tries: "A tree of 200,000 files (in CI of 5,000, in pods of 500)", streams: true,
		host: (*rig).largeTree},

	// What every sandbox must do, too.
	{name: "a signal", streams: true, argv: []string{"segfault"}, want: sandbox.Finished, check: signalled},
	{name: "an exit status", streams: true, argv: []string{"exit", "3"}, want: sandbox.Finished, check: exited(3)},
	{name: "report", streams: true, argv: []string{"report", "plain", "/job/out/r"}, change: reportAt("out/r"), want: sandbox.Finished,
		check: state(sandbox.Whole, "report")},
	{name: "no report", streams: true, argv: []string{"exit", "0"}, change: reportAt("out/r"), check: state(sandbox.Missing, "")},
	{name: "report on stdout", streams: true, argv: []string{"arguments", "x"}, change: reportAt(sandbox.Stdout),
		want: sandbox.Finished, check: state(sandbox.Whole, "[\"x\"]\n")},
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

// spunAtMost holds the processor time of all processes to the time that passed: a slow machine gives less.
func spunAtMost(cores float64) func(*testing.T, sandbox.Result) {
	return func(t *testing.T, r sandbox.Result) {
		t.Helper()
		var took, passed float64
		if _, err := fmt.Sscanf(string(r.Stdout), "took %f of %f", &took, &passed); err != nil {
			t.Fatalf("%q: %v", r.Stdout, err)
		}
		unheld := slices.ContainsFunc(r.Unheld, func(s string) bool { return strings.HasPrefix(s, "cpu: ") })
		if took > 1.3*cores*passed+0.2 && !unheld {
			t.Errorf("it took %v s of processors in %v s, and %v cores are its own; %q", took, passed, cores, r.Unheld)
		}
	}
}

// holds: the report is there, and what it holds stays text.
func holds(text string) func(*testing.T, sandbox.Result) {
	return func(t *testing.T, r sandbox.Result) {
		t.Helper()
		if r.ReportState != sandbox.Whole || !strings.Contains(string(r.Report), text) {
			t.Errorf("%d bytes, %q; ended %s: %s", len(r.Report), r.ReportState, r.Ended, r.Why)
		}
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

func sameFiles(t *testing.T, r sandbox.Result) {
	t.Helper()
	var got []string
	if err := json.Unmarshal(r.Stdout, &got); err != nil {
		t.Fatal(err, string(r.Stdout))
	}
	for _, name := range hostile {
		if !slices.Contains(got, name) {
			t.Errorf("the tree has no %q, but %q", name, got)
		}
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

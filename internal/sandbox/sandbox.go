// Package sandbox is one run of a tool on hostile input, as plain values: the job, its limits and how it ended.
//
// Callers may rely on these promises of every Backend:
//   - Run returns only after every process of the job is gone, and it always says how the job ended.
//   - The tool sees no network, a read-only root and tree, a work folder of its own, and no variable but Job.Env.
//   - What Run keeps of output and report is bounded by the limits, whatever the tool writes.
//   - The content of Stdout, Stderr and Report is hostile: the tool, or what the tool ran, chose every byte.
package sandbox

import (
	"context"
	"fmt"
	"maps"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// Folders that a job sees, whatever the backend.
const (
	TreeFolder = "/tree" // the files under review, read-only; the tool starts here
	WorkFolder = "/job"  // empty and writable, gone afterwards; HOME and TMPDIR lie in it
)

// Stdout as Job.Report says that the tool writes its report to standard output.
const Stdout = "-"

// Backend runs jobs.
type Backend interface {
	// Name is the word by which people choose the backend: bwrap, docker, kubernetes or off.
	Name() string
	// Run runs one job to its end. When ctx is done, the job is killed and the result says Killed.
	Run(ctx context.Context, job Job) Result
}

// Job is one run of one tool.
type Job struct {
	// Image names the root file system. Docker and Kubernetes want a reference with a digest; bwrap wants the name of a
	// folder that the operator listed, or nothing for the tools of the machine.
	Image string
	// Argv is the program and its arguments. No shell reads them.
	Argv []string
	// Tree is an absolute folder on this machine that the tool sees at TreeFolder. Other users must be able to read what
	// lies in it, because the tool runs as a user of its own. The folders above it may be closed.
	Tree string
	// Env is the whole environment of the tool, but for PATH, HOME, TMPDIR and LANG, which have defaults.
	Env map[string]string
	// Report is a path below WorkFolder from which the report is read afterwards, or Stdout, or empty for none.
	Report string
	// Limits hold the tool. All of them must be set.
	Limits Limits
}

// Limits hold a job. DefaultLimits fits most linters.
type Limits struct {
	Deadline  time.Duration // from the start until everything is killed
	CPU       float64       // cores
	Memory    int64         // bytes, of all processes and the work folder
	Processes int           // processes and threads at once
	Disk      int64         // bytes that the work folder can hold
	Output    int64         // bytes on standard output and error together; the job is killed when it writes more
	Report    int64         // bytes of the report; a larger one is cut off and the result says so
	Tail      int           // bytes of the ends of standard output and error that the result keeps
}

// DefaultLimits are two minutes, one core, 1 GiB of memory, 256 processes and 256 MiB of disk.
func DefaultLimits() Limits {
	return Limits{
		Deadline:  2 * time.Minute,
		CPU:       1,
		Memory:    1 << 30,
		Processes: 256,
		Disk:      256 << 20,
		Output:    32 << 20,
		Report:    16 << 20,
		Tail:      8 << 10,
	}
}

// Ended says how a job ended.
type Ended string

// How a job may end. Only Finished means that the tool chose its own exit status.
const (
	Finished    Ended = "finished"    // the tool exited, or died of a signal that no limit sent
	Deadline    Ended = "deadline"    // it ran out of time
	Memory      Ended = "memory"      // it needed more memory than it may have
	Output      Ended = "output"      // it wrote more than it may
	Disk        Ended = "disk"        // it failed with a full work folder
	Killed      Ended = "killed"      // the caller gave up
	Lost        Ended = "lost"        // its machine was lost or took the job away; another try may go better
	Unstartable Ended = "unstartable" // the tool never ran
)

// Result is what became of a job.
type Result struct {
	Ended Ended
	// Why is a sentence for people that says more about Ended; empty for Finished.
	Why string
	// Exit is the tool's exit status when Ended is Finished or Disk, and -1 otherwise or after a signal.
	Exit int
	// Signal is the signal of which the tool died, or 0.
	Signal int
	// Stdout and Stderr are the ends of what the tool wrote.
	Stdout, Stderr []byte
	// Report is the content of Job.Report, as far as Limits.Report reaches.
	Report []byte
	// ReportState says whether Report is whole.
	ReportState ReportState
	// CPU is processor time of all processes, Wall the time from start to end, Peak the most memory in use. A zero means
	// that the backend cannot tell.
	CPU, Wall time.Duration
	Peak      int64
	// Unheld names the limits that this machine could not enforce exactly, each as a sentence.
	Unheld []string
}

// ReportState says what became of a job's report.
type ReportState string

// States of a report.
const (
	NoReport  ReportState = ""        // none was asked for
	Whole     ReportState = "whole"   // Report is all of it
	Missing   ReportState = "missing" // the tool left no regular file at the path
	Truncated ReportState = "cut"     // it is larger than Limits.Report
)

// Refuse is the result of a job that never ran.
func Refuse(format string, args ...any) Result {
	return Result{Ended: Unstartable, Why: fmt.Sprintf(format, args...), Exit: -1}
}

// Check says what is wrong with a job that no backend should run. Backends call it first.
func (j Job) Check() error {
	if len(j.Argv) == 0 || j.Argv[0] == "" {
		return fmt.Errorf("run nothing: the job names no program")
	}
	for _, a := range j.Argv {
		if strings.ContainsRune(a, 0) {
			return fmt.Errorf("run %q: an argument holds a NUL byte", j.Argv[0])
		}
	}
	if strings.HasPrefix(j.Argv[0], "-") {
		return fmt.Errorf("run %q: a program's name does not begin with a dash", j.Argv[0])
	}
	if !filepath.IsAbs(j.Tree) || filepath.Clean(j.Tree) != j.Tree || strings.ContainsAny(j.Tree, "\x00\n:,") {
		return fmt.Errorf("show the tree %q: it must be a clean absolute path without colon, comma and line break", j.Tree)
	}
	if j.Report != "" && j.Report != Stdout && (!cleanLocal(j.Report) || strings.HasPrefix(j.Report, "-")) {
		return fmt.Errorf("read the report %q: it must be a clean path below the work folder", j.Report)
	}
	for _, name := range slices.Sorted(maps.Keys(j.Env)) {
		if name == "" || strings.ContainsAny(name, "=\x00\n") || strings.ContainsRune(j.Env[name], 0) {
			return fmt.Errorf("set the variable %q: a name has no equals sign and no NUL byte", name)
		}
	}
	return j.Limits.check()
}

// Environment is the whole environment of the job, sorted, with defaults for what Env does not name.
func (j Job) Environment() []string {
	all := map[string]string{
		"PATH":   "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
		"HOME":   WorkFolder,
		"TMPDIR": WorkFolder + "/tmp",
		"LANG":   "C.UTF-8",
	}
	maps.Copy(all, j.Env)
	out := make([]string, 0, len(all))
	for _, name := range slices.Sorted(maps.Keys(all)) {
		out = append(out, name+"="+all[name])
	}
	return out
}

func (l Limits) check() error {
	if l.Deadline <= 0 || l.CPU <= 0 || l.Memory <= 0 || l.Processes <= 0 || l.Disk <= 0 || l.Output <= 0 || l.Report <= 0 || l.Tail <= 0 {
		return fmt.Errorf("hold the job: every limit must be above zero, and they are %+v", l)
	}
	return nil
}

// cleanLocal reports whether a slash-separated path stays below where it starts. It means the same on every system.
func cleanLocal(p string) bool {
	return path.Clean(p) == p && p != "." && p != ".." && !path.IsAbs(p) && !strings.HasPrefix(p, "../") &&
		!strings.ContainsAny(p, "\x00\\\n")
}

// Look is one line of what an examination of a backend found.
type Look struct {
	What, Detail string
	// Remedy says what to do; it is empty where nothing is wrong.
	Remedy string
	// Unsure marks what could not be found out.
	Unsure bool
}

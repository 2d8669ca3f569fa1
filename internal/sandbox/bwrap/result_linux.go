//go:build linux && (amd64 || arm64)

package bwrap

import (
	"bytes"
	"fmt"

	"github.com/lintel-review/lintel/internal/sandbox"
)

// result says how the job ended.
func (r *run) result() sandbox.Result {
	said := r.marks.Said()
	out := sandbox.Result{
		Ended:  sandbox.Finished,
		Exit:   -1,
		Stdout: r.stdout.Tail(),
		Stderr: r.stderr.Tail(),
		Peak:   r.peakRSS.Load(),
		Unheld: r.backend.unheld(),
	}
	outOfMemory := false
	if r.group != nil {
		out.CPU, out.Peak, outOfMemory = r.group.used()
	}
	cause := r.cause.Load()
	switch {
	case said.Absent && !said.Began:
		return sandbox.Refuse("run %q: there is no such program in the sandbox", r.job.Argv[0])
	case outOfMemory:
		out.Ended, out.Why = sandbox.Memory, fmt.Sprintf("the tool needed more than %d MiB of memory", r.job.Limits.Memory>>20)
	case cause != nil && *cause != sandbox.Finished:
		out.Ended, out.Why = *cause, r.why(*cause)
	case !said.Began:
		lines := bytes.Split(bytes.TrimSpace(out.Stderr), []byte("\n"))
		out.Ended, out.Why = sandbox.Unstartable, "the sandbox did not start: "+string(lines[len(lines)-1])
	case !said.Ended:
		out.Ended, out.Why = sandbox.Killed, "the tool ended its own sandbox"
	case said.Full:
		out.Ended, out.Why = sandbox.Disk, fmt.Sprintf("the tool failed and filled %d MiB of disk", r.job.Limits.Disk>>20)
		out.Exit = said.Status
	case said.Status > 128 && said.Status <= 192:
		out.Signal = said.Status - 128
	default:
		out.Exit = said.Status
	}
	r.addReport(&out, said.HasReport)
	return out
}

// why is a sentence about a job that Lintel killed.
func (r *run) why(cause sandbox.Ended) string {
	switch cause {
	case sandbox.Deadline:
		return fmt.Sprintf("the tool ran longer than %v", r.job.Limits.Deadline)
	case sandbox.Output:
		return fmt.Sprintf("the tool wrote more than %d KiB of output", r.job.Limits.Output>>10)
	case sandbox.Memory:
		return fmt.Sprintf("the tool needed more than %d MiB of memory", r.job.Limits.Memory>>20)
	default:
		return "the run was given up"
	}
}

// addReport adds what the tool left as its report.
func (r *run) addReport(out *sandbox.Result, has bool) {
	switch {
	case r.job.Report == "":
		return
	case r.job.Report == sandbox.Stdout:
		out.Report, out.ReportState = r.stdout.Head(), sandbox.Whole
		if r.stdout.Dropped() || out.Ended != sandbox.Finished {
			out.ReportState = sandbox.Truncated
		}
	case !has:
		out.ReportState = sandbox.Missing
	default:
		out.Report, out.ReportState = r.report.Head(), sandbox.Whole
		if r.reportMeter.Exceeded() || out.Ended == sandbox.Deadline || out.Ended == sandbox.Killed {
			out.ReportState = sandbox.Truncated
		}
	}
}

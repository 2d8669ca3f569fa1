package wrapper

import (
	"bytes"
	"fmt"
	"io"

	"github.com/lintel-review/lintel/internal/sandbox"
)

// Capture takes what one job writes and says in the end what became of it.
type Capture struct {
	job            sandbox.Job
	output, size   *meter
	stdout, stderr *stream
	report         *stream
	marks          *marks
	onStdout       bool
}

// NewCapture captures a job that the script runs with this mark. OnStdout says that the marks stand in standard output.
// Kill is called once with a reason when the job writes too much: Output, or Finished for a report.
func NewCapture(job sandbox.Job, mark string, onStdout bool, kill func(sandbox.Ended)) *Capture {
	c := &Capture{
		job:      job,
		output:   newMeter(job.Limits.Output, func() { kill(sandbox.Output) }),
		size:     newMeter(job.Limits.Report, func() { kill(sandbox.Finished) }),
		onStdout: onStdout,
	}
	keep := int64(0)
	if job.Report == sandbox.Stdout {
		keep = job.Limits.Report
	}
	c.stdout = newStream(c.output, keep, job.Limits.Tail)
	c.stderr = newStream(c.output, 0, job.Limits.Tail)
	c.report = newStream(c.size, job.Limits.Report, 0)
	c.marks = newMarks(mark, c.report, nil)
	if onStdout {
		c.marks.tool = c.stdout
	}
	return c
}

// Stdout takes what the job writes to standard output.
func (c *Capture) Stdout() io.Writer {
	if c.onStdout {
		return c.marks
	}
	return c.stdout
}

// Stderr takes what the job writes to standard error.
func (c *Capture) Stderr() io.Writer { return c.stderr }

// Marks takes what the script writes to descriptor 3.
func (c *Capture) Marks() io.Writer { return c.marks }

// Began is closed when the script has begun. The tool has not run before.
func (c *Capture) Began() <-chan struct{} { return c.marks.began }

// Result says how the job ended. It is asked once, when all writers are done. Cause is why Lintel killed the job, or empty.
func (c *Capture) Result(cause sandbox.Ended, outOfMemory bool) sandbox.Result {
	c.marks.close()
	reported := c.marks.reported
	out := sandbox.Result{
		Ended:  sandbox.Finished,
		Exit:   -1,
		Stdout: c.stdout.end(),
		Stderr: c.stderr.end(),
	}
	switch {
	case reported.Absent && !reported.Began:
		return sandbox.Refuse("run %q: there is no such program in the sandbox", c.job.Argv[0])
	case outOfMemory:
		out.Ended = sandbox.Memory
	case cause != "" && cause != sandbox.Finished:
		out.Ended = cause
	case !reported.Began:
		lines := bytes.Split(bytes.TrimSpace(out.Stderr), []byte("\n"))
		out.Ended, out.Why = sandbox.Unstartable, "the sandbox did not start: "+string(lines[len(lines)-1])
	case !reported.Ended:
		out.Ended, out.Why = sandbox.Killed, "the tool ended its own sandbox"
	case reported.Full:
		out.Ended, out.Exit = sandbox.Disk, reported.Status
	case reported.Status > 128 && reported.Status <= 192:
		out.Signal = reported.Status - 128
	default:
		out.Exit = reported.Status
	}
	if out.Why == "" {
		out.Why = c.why(out.Ended)
	}
	c.addReport(&out, reported.HasReport)
	return out
}

// why is a sentence about a job that a limit ended.
func (c *Capture) why(ended sandbox.Ended) string {
	l := c.job.Limits
	switch ended {
	case sandbox.Deadline:
		return fmt.Sprintf("the tool ran longer than %v", l.Deadline)
	case sandbox.Output:
		return fmt.Sprintf("the tool wrote more than %d KiB of output", l.Output>>10)
	case sandbox.Memory:
		return fmt.Sprintf("the tool needed more than %d MiB of memory", l.Memory>>20)
	case sandbox.Disk:
		return fmt.Sprintf("the tool failed and filled %d MiB of disk", l.Disk>>20)
	case sandbox.Killed:
		return "the run was given up"
	default:
		return ""
	}
}

// addReport adds what the tool left as its report.
func (c *Capture) addReport(out *sandbox.Result, has bool) {
	var whole bool
	switch {
	case c.job.Report == "":
		return
	case c.job.Report == sandbox.Stdout:
		out.Report, whole = c.stdout.beginning(), !c.stdout.dropped() && out.Ended == sandbox.Finished
	case !has:
		out.ReportState = sandbox.Missing
		return
	default:
		out.Report = c.report.beginning()
		whole = !c.size.exceeded() && out.Ended != sandbox.Deadline && out.Ended != sandbox.Killed
	}
	out.ReportState = sandbox.Whole
	if !whole {
		out.ReportState = sandbox.Truncated
	}
}

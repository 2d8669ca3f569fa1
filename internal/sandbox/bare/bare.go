// Package bare runs jobs without any sandbox, for people who run the checks of a change that they trust on a machine of
// their own.
//
// Callers may rely on: it keeps the words of a sandbox.Backend, and of its promises only those about time and output; the
// tool has the rights, the network and the files of whoever runs Lintel, and each result says so.
package bare

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/lintel-review/lintel/internal/sandbox"
)

// Name is the word by which people choose it.
const Name = "none"

// Warning says what nothing holds.
const Warning = "Nothing holds the tools of checks here (--sandbox none): they run as you, with your network and files. " +
	"Do this only with changes that you trust."

// Backend runs jobs as they are.
type Backend struct{}

// Name is "none".
func (Backend) Name() string { return Name }

// Run runs one job. Its processes are ended together where the system can do that.
func (Backend) Run(ctx context.Context, job sandbox.Job) (out sandbox.Result) {
	if err := job.Check(); err != nil {
		return sandbox.Refuse("%v", err)
	}
	work, err := os.MkdirTemp("", "lintel-bare-")
	if err != nil {
		return sandbox.Refuse("make a work folder: %v", err)
	}
	defer func() {
		if err := os.RemoveAll(work); err != nil {
			out.Unheld = append(out.Unheld, "files of the tool are left: "+err.Error())
		}
	}()
	if err := os.Mkdir(filepath.Join(work, "tmp"), 0o700); err != nil {
		return sandbox.Refuse("make a work folder: %v", err)
	}
	inner, stop := context.WithTimeout(ctx, job.Limits.Deadline)
	defer stop()
	flood := &meter{left: job.Limits.Output, over: stop}
	stdout, stderr := &kept{meter: flood, most: job.Limits.Report}, &kept{meter: flood, most: int64(job.Limits.Tail)}
	cmd := exec.CommandContext(inner, job.Argv[0], here(job.Argv[1:], work)...)
	cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = job.Tree, here(job.Environment(), work), stdout, stderr
	cmd.WaitDelay = time.Second // a process that left the group may hold the pipes open
	together(cmd)
	began := time.Now()
	err = cmd.Run()
	if cmd.Process != nil {
		_ = cmd.Cancel() // what it left running; mostly there is nothing
	}
	out = sandbox.Result{Ended: sandbox.Finished, Exit: -1, Wall: time.Since(began), Unheld: []string{Warning}}
	_, exited := errors.AsType[*exec.ExitError](err)
	switch {
	case flood.left < 0:
		out.Ended, out.Why = sandbox.Output, fmt.Sprintf("the tool wrote more than %d KiB of output", job.Limits.Output>>10)
	case ctx.Err() != nil:
		out.Ended, out.Why = sandbox.Killed, "the run was given up"
	case inner.Err() != nil: // also before it began
		out.Ended, out.Why = sandbox.Deadline, fmt.Sprintf("the tool ran longer than %v", job.Limits.Deadline)
	case err == nil || exited || errors.Is(err, exec.ErrWaitDelay):
		out.Exit = cmd.ProcessState.ExitCode() // -1 after a signal
	default:
		return sandbox.Refuse("run %q: %v", job.Argv[0], err)
	}
	read(&out, job, work, stdout)
	out.Stdout, out.Stderr = end(stdout.text, job.Limits.Tail), end(stderr.text, max(job.Limits.Tail, len(stderr.text)))
	for _, text := range []*[]byte{&out.Stdout, &out.Stderr, &out.Report} {
		*text = bytes.ReplaceAll(*text, []byte(job.Tree+string(filepath.Separator)), []byte(sandbox.TreeFolder+"/"))
	}
	return out
}

// here names the work folder by its place on this machine.
func here(words []string, work string) []string {
	out := make([]string, 0, len(words))
	for _, w := range words {
		before, value, named := strings.Cut(w, "=")
		switch {
		case w == sandbox.WorkFolder || strings.HasPrefix(w, sandbox.WorkFolder+"/"):
			w = work + strings.TrimPrefix(w, sandbox.WorkFolder)
		case named && (value == sandbox.WorkFolder || strings.HasPrefix(value, sandbox.WorkFolder+"/")):
			w = before + "=" + work + strings.TrimPrefix(value, sandbox.WorkFolder)
		}
		out = append(out, w)
	}
	return out
}

// read reads the report, as far as it may reach.
func read(out *sandbox.Result, job sandbox.Job, work string, stdout *kept) {
	var whole bool
	switch job.Report {
	case "":
		return
	case sandbox.Stdout:
		out.Report, whole = stdout.text, !stdout.cut && out.Ended == sandbox.Finished
	default:
		at := filepath.Join(work, job.Report)
		info, err := os.Lstat(at)
		if err != nil || !info.Mode().IsRegular() {
			out.ReportState = sandbox.Missing
			return
		}
		f, err := os.Open(at)
		if err == nil {
			out.Report, err = io.ReadAll(io.LimitReader(f, job.Limits.Report))
			err = errors.Join(err, f.Close())
		}
		whole = err == nil && info.Size() <= job.Limits.Report
	}
	out.ReportState = sandbox.Whole
	if !whole {
		out.ReportState = sandbox.Truncated
	}
}

func end(text []byte, most int) []byte { return text[max(0, len(text)-most):] }

// meter counts what a job writes, and ends it once when that is too much.
type meter struct {
	mu   sync.Mutex
	left int64
	over func()
}

func (m *meter) take(n int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.left -= int64(n); m.left < 0 {
		m.over()
	}
}

// kept keeps the beginning of a stream.
type kept struct {
	*meter
	most int64
	text []byte
	cut  bool
}

func (k *kept) Write(p []byte) (int, error) {
	k.take(len(p))
	room := min(int64(len(p)), k.most-int64(len(k.text)))
	k.cut = k.cut || room < int64(len(p))
	k.text = append(k.text, p[:room]...)
	return len(p), nil
}

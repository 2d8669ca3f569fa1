//go:build linux && (amd64 || arm64)

package bwrap

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/lintel-review/lintel/internal/sandbox"
	"github.com/lintel-review/lintel/internal/sandbox/seccomp"
	"github.com/lintel-review/lintel/internal/sandbox/wrapper"
)

// run is one job that was started.
type run struct {
	backend *backend
	job     sandbox.Job
	began   time.Time
	command *exec.Cmd
	group   *group
	first   int // pidfd of the process 1 in the sandbox

	capture *wrapper.Capture
	readers sync.WaitGroup

	cause   atomic.Pointer[sandbox.Ended] // why Lintel killed it
	folder  string                        // the mount point of the tree where Lintel is root
	peakRSS atomic.Int64
}

// Descriptors that bwrap gets beside the standard ones, in this order from 3 on.
const (
	fdMarks = 3 + iota
	fdInfo
	fdGate
	fdFilter
	fdPeople
	fdTeams
)

// start starts bwrap, finds its process 1 while it waits, and lets it go on.
func (b *backend) start(job sandbox.Job, view []string) (_ *run, err error) {
	r := &run{backend: b, job: job, began: time.Now(), first: -1}
	mark := rand.Text()
	r.capture = wrapper.NewCapture(job, mark, false, r.kill)

	var pipes pipes
	defer pipes.close()
	info, gate := pipes.reader(), pipes.writer()
	if pipes.err != nil {
		return nil, fmt.Errorf("%w: %w", errNoStart, pipes.err)
	}
	argv, user, err := r.argv(view, mark)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			r.clean()
		}
	}()
	r.command = exec.Command(argv[0], argv[1:]...)
	r.command.Env = []string{}
	r.command.Dir = "/"
	r.command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if user > 0 {
		r.command.SysProcAttr.Unshareflags = syscall.CLONE_NEWNS
	}
	outs := []*os.File{pipes.from(r.capture.Stdout()), pipes.from(r.capture.Stderr()), pipes.from(r.capture.Marks())}
	r.command.ExtraFiles = []*os.File{outs[2], info.w, gate.r, pipes.holding(seccomp.Filter()), pipes.holding([]byte(people)),
		pipes.holding([]byte(teams))}
	r.command.Stdout, r.command.Stderr = outs[0], outs[1]
	if pipes.err != nil {
		return nil, fmt.Errorf("%w: %w", errNoStart, pipes.err)
	}
	if err = r.launch(); err != nil {
		return nil, fmt.Errorf("%w: %w", errNoStart, err)
	}
	pipes.closeTheirs()
	found := r.find(info.r)
	pipes.read(&r.readers)
	if found {
		_, _ = gate.w.Write([]byte("go")) // a sandbox that is gone says so by its exit status
	}
	return r, nil
}

// argv is the whole command line. Where Lintel is root it first shows the tree at a place that the job's user can reach,
// in a mount namespace of its own, and then becomes that user for good.
func (r *run) argv(view []string, mark string) (argv []string, user int, err error) {
	tree := r.job.Tree
	if r.backend.root {
		user = r.backend.user()
		if r.folder, err = os.MkdirTemp("", mine()); err != nil {
			return nil, 0, fmt.Errorf("make a place for the tree: %w", err)
		}
		tree = r.folder + "/tree"
		if err = os.Mkdir(tree, 0o755); err == nil {
			err = os.Chmod(r.folder, 0o711) //nolint:gosec // the job's user must pass through, and may not list
		}
		if err != nil {
			return nil, 0, fmt.Errorf("make a place for the tree: %w", err)
		}
		argv = []string{"/bin/sh", "-c", `mount --bind -- "$1" "$2" && u=$3 && shift 3 && ` +
			`exec setpriv --reuid "$u" --regid "$u" --clear-groups --inh-caps=-all --bounding-set=-all -- "$@"`,
			"sh", r.job.Tree, tree, strconv.Itoa(user)}
	}
	argv = append(argv, r.backend.program,
		"--unshare-user", "--unshare-pid", "--unshare-net", "--unshare-ipc", "--unshare-uts", "--unshare-cgroup-try",
		"--uid", "65534", "--gid", "65534", "--hostname", "sandbox", "--new-session", "--die-with-parent",
		"--info-fd", strconv.Itoa(fdInfo), "--block-fd", strconv.Itoa(fdGate), "--seccomp", strconv.Itoa(fdFilter),
		"--clearenv")
	for _, variable := range r.job.Environment() {
		name, value, _ := strings.Cut(variable, "=")
		argv = append(argv, "--setenv", name, value)
	}
	argv = append(argv, view...)
	if r.job.Image == "" {
		argv = append(argv, "--ro-bind-data", strconv.Itoa(fdPeople), "/etc/passwd",
			"--ro-bind-data", strconv.Itoa(fdTeams), "/etc/group")
	}
	argv = append(argv, "--ro-bind", tree, sandbox.TreeFolder, "--remount-ro", "/", "--chdir", sandbox.TreeFolder, "--")
	return append(argv, wrapper.Command(r.job, mark, r.ulimits(), false)...), user, nil
}

// ulimits are what the kernel holds of one process. Those of memory and time only stand in for a cgroup.
func (r *run) ulimits() wrapper.Ulimits {
	l := wrapper.Ulimits{Processes: r.job.Limits.Processes + 4} // the script, its shell, process 1 and bwrap
	if r.backend.groups == nil {
		l.Data = r.job.Limits.Memory
		l.CPU = int(math.Ceil(r.job.Limits.Deadline.Seconds() * r.job.Limits.CPU))
	}
	return l
}

// launch starts the command, in cgroups where there are any.
func (r *run) launch() (err error) {
	if r.backend.groups == nil {
		return r.command.Start()
	}
	if r.group, err = r.backend.groups.make(r.job.Limits); err != nil {
		return err
	}
	return r.group.start(r.command)
}

// find reads who is process 1 of the sandbox, so that Lintel can end it and wait for it. Until then the sandbox waits.
func (r *run) find(info io.Reader) bool {
	var child struct {
		Pid int `json:"child-pid"`
	}
	if err := json.NewDecoder(info).Decode(&child); err != nil || child.Pid <= 1 {
		return false // bwrap said on standard error why, and is about to exit
	}
	first, err := unix.PidfdOpen(child.Pid, 0)
	if err != nil {
		return false
	}
	r.first = first
	return true
}

// kill ends the job; the first cause stands.
func (r *run) kill(cause sandbox.Ended) {
	r.cause.CompareAndSwap(nil, &cause)
	if r.group != nil {
		r.group.kill()
	}
	if r.first >= 0 {
		_ = unix.PidfdSendSignal(r.first, unix.SIGKILL, nil, 0) // gone is what we want
	}
	_ = syscall.Kill(-r.command.Process.Pid, syscall.SIGKILL)
}

// finish waits for the end and says what it was.
func (r *run) finish(ctx context.Context) sandbox.Result {
	limit := time.AfterFunc(r.job.Limits.Deadline-time.Since(r.began), func() { r.kill(sandbox.Deadline) })
	defer limit.Stop()
	defer context.AfterFunc(ctx, func() { r.kill(sandbox.Killed) })()
	watched := r.watch()
	_ = r.command.Wait() // the exit status is the script's; the marks say what the tool's was
	r.gone()
	r.readers.Wait()
	close(watched)
	out := r.result()
	r.clean()
	return out
}

// result says how the job ended and what it used.
func (r *run) result() sandbox.Result {
	var cpu time.Duration
	peak, outOfMemory := r.peakRSS.Load(), false
	if r.group != nil {
		cpu, peak, outOfMemory = r.group.used()
	}
	cause := sandbox.Ended("")
	if killed := r.cause.Load(); killed != nil {
		cause = *killed
	}
	out := r.capture.Result(cause, outOfMemory)
	out.CPU, out.Peak, out.Wall, out.Unheld = cpu, peak, time.Since(r.began), r.backend.unheld()
	return out
}

// gone waits until process 1 of the sandbox is gone, with which the kernel has ended all others.
func (r *run) gone() {
	if r.first < 0 {
		return
	}
	_ = unix.PidfdSendSignal(r.first, unix.SIGKILL, nil, 0) // nothing may outlive the script
	for {
		_, err := unix.Poll([]unix.PollFd{{Fd: int32(r.first), Events: unix.POLLIN}}, -1) //nolint:gosec // descriptors are small
		if err != unix.EINTR {
			return
		}
	}
}

// clean gives back what the job held outside the sandbox.
func (r *run) clean() {
	if r.first >= 0 {
		_ = unix.Close(r.first)
	}
	if r.group != nil {
		r.group.remove()
	}
	if r.folder != "" {
		_ = os.Remove(r.folder + "/tree") // empty: the mount was the sandbox's alone
		_ = os.Remove(r.folder)
	}
}

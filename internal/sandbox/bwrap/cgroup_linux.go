//go:build linux && (amd64 || arm64)

package bwrap

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/lintel-review/lintel/internal/sandbox"
)

// groups are the folders in which Lintel may make cgroups: one of version 2, or one for each controller of version 1.
type groups struct {
	unified string
	memory  string
	pids    string
	cpu     string // empty where there is no such controller; that of version 1
	account string
}

// group are the cgroups of one job.
type group struct {
	in   *groups
	name string
}

var counter atomic.Uint64

// findGroups gives nil where memory and processes cannot be limited by cgroups.
func findGroups(given string) *groups {
	if given != "" {
		if g := (&groups{unified: given}); isCgroup2(given) && g.enable() && g.usable() {
			return g
		}
		return nil
	}
	mine := ours()
	candidates := []*groups{{unified: mine["unified"]}}
	// A unit that systemd delegates puts its processes into a group below the unit's own.
	if parent := path.Dir(mine["unified"]); strings.HasSuffix(parent, ".service") || strings.HasSuffix(parent, ".scope") {
		candidates = append(candidates, &groups{unified: parent})
	}
	for _, g := range candidates {
		if isCgroup2(g.unified) && g.enable() && g.usable() {
			return g
		}
	}
	if mine["memory"] != "" && mine["pids"] != "" {
		if g := (&groups{memory: mine["memory"], pids: mine["pids"], cpu: mine["cpu"], account: mine["cpuacct"]}); g.usable() {
			return g
		}
	}
	return nil
}

// isCgroup2 reports whether a folder is the kernel's: files in any other folder would take the limits and hold nothing.
func isCgroup2(folder string) bool {
	var what unix.Statfs_t
	return folder != "" && unix.Statfs(folder, &what) == nil && what.Type == unix.CGROUP2_SUPER_MAGIC
}

// ours are the folders of this process's cgroups. They are read once, before the first job: while one starts, a thread of ours
// is in the job's groups, and the kernel calls the groups of the first thread those of the process.
var ours = sync.OnceValue(func() map[string]string { return ownGroups("/proc/self/cgroup", "/proc/self/mountinfo") })

// ownGroups are the folders of the process's own cgroups, by controller; "unified" is that of version 2.
func ownGroups(self, mounts string) map[string]string {
	at := map[string]string{}
	content, err := os.ReadFile(mounts) //nolint:gosec // a file of the kernel
	if err != nil {
		return nil
	}
	roots := map[string]string{}
	lines := bufio.NewScanner(bytes.NewReader(content))
	for lines.Scan() {
		mount, kind, ok := strings.Cut(lines.Text(), " - ")
		fields, what := strings.Fields(mount), strings.Fields(kind)
		if !ok || len(fields) < 5 || len(what) < 3 {
			continue
		}
		names := []string{"unified"}
		if what[0] == "cgroup" {
			names = strings.Split(what[2], ",")
		} else if what[0] != "cgroup2" {
			continue
		}
		for _, n := range names {
			at[n], roots[n] = fields[4], fields[3]
		}
	}
	content, err = os.ReadFile(self) //nolint:gosec // a file of the kernel
	if err != nil {
		return nil
	}
	out := map[string]string{}
	for _, l := range strings.Split(string(content), "\n") {
		parts := strings.SplitN(l, ":", 3)
		if len(parts) != 3 {
			continue
		}
		for _, n := range strings.Split(parts[1], ",") {
			if n == "" {
				n = "unified"
			}
			if root, ok := roots[n]; ok {
				out[n] = path.Join(at[n], strings.TrimPrefix(parts[2], strings.TrimSuffix(root, "/")))
			}
		}
	}
	return out
}

// enable hands the controllers down to new groups.
func (g *groups) enable() bool {
	file := g.unified + "/cgroup.subtree_control"
	_ = os.WriteFile(file, []byte("+memory +pids +cpu"), 0o644) //nolint:gosec // a file of the kernel
	has, err := os.ReadFile(file)                               //nolint:gosec // a file of the kernel
	return err == nil && strings.Contains(string(has), "memory") && strings.Contains(string(has), "pids")
}

// usable makes a group and removes it.
func (g *groups) usable() bool {
	made, err := g.make(sandbox.DefaultLimits())
	if made != nil {
		made.remove()
	}
	return err == nil
}

// make makes the cgroups of a job. Where it fails, what was made is removed.
func (g *groups) make(limits sandbox.Limits) (*group, error) {
	made := &group{in: g, name: mine() + strconv.FormatUint(counter.Add(1), 10)}
	for _, folder := range g.folders() {
		if err := os.Mkdir(filepath.Join(folder, made.name), 0o755); err != nil { //nolint:gosec // a cgroup
			made.remove()
			return nil, fmt.Errorf("make a cgroup: %w", err)
		}
	}
	var err error
	processes := strconv.Itoa(limits.Processes + 4) // the script, its shell, process 1 and bwrap
	memory, period := strconv.FormatInt(limits.Memory, 10), 100_000
	quota := strconv.Itoa(max(1000, int(limits.CPU*float64(period))))
	if g.unified != "" {
		err = errors.Join(made.set(g.unified, "memory.max", memory), made.set(g.unified, "pids.max", processes))
		_ = made.set(g.unified, "memory.swap.max", "0") // a kernel without swap has no such file
		_ = made.set(g.unified, "cpu.max", quota+" "+strconv.Itoa(period))
	} else {
		err = errors.Join(made.set(g.memory, "memory.limit_in_bytes", memory), made.set(g.pids, "pids.max", processes))
		_ = made.set(g.memory, "memory.memsw.limit_in_bytes", memory) // a kernel without swap has no such file
		if g.cpu != "" {
			err = errors.Join(err, made.set(g.cpu, "cpu.cfs_quota_us", quota))
		}
	}
	if err != nil {
		made.remove()
		return nil, fmt.Errorf("limit a cgroup: %w", err)
	}
	return made, nil
}

// folders are the folders in which a job has a cgroup, each once: version 1 may mount two controllers at one place.
func (g *groups) folders() (out []string) {
	seen := map[string]bool{}
	for _, f := range []string{g.unified, g.memory, g.pids, g.cpu, g.account} {
		if resolved, err := filepath.EvalSymlinks(f); f != "" && err == nil && !seen[resolved] {
			seen[resolved] = true
			out = append(out, f)
		}
	}
	return out
}

func (g *group) set(folder, file, value string) error {
	return os.WriteFile(filepath.Join(folder, g.name, file), []byte(value), 0o644) //nolint:gosec // a cgroup
}

func (g *group) read(folder, file string) string {
	content, _ := os.ReadFile(filepath.Join(folder, g.name, file)) //nolint:gosec // a cgroup; a file that is not there is empty
	return strings.TrimSpace(string(content))
}

// start starts a command as a member of the group, whose children are members too.
//
// Version 2 has a call for that. In version 1 the thread that starts the command joins the groups itself and returns
// afterwards: the kernel moves the thread that asks at once, and moving any other process takes it 10 ms for each group.
func (g *group) start(command *exec.Cmd) error {
	if g.in.unified != "" {
		folder, err := os.Open(filepath.Join(g.in.unified, g.name))
		if err != nil {
			return fmt.Errorf("open the cgroup: %w", err)
		}
		defer func() { _ = folder.Close() }()
		command.SysProcAttr.UseCgroupFD, command.SysProcAttr.CgroupFD = true, int(folder.Fd()) //nolint:gosec // a small number
		return command.Start()
	}
	// A thread that cannot return ends with its goroutine, and with it the command, whose parent it is.
	failed := make(chan error, 1)
	go func() {
		runtime.LockOSThread()
		joined := g.join(g.name)
		if joined == nil {
			joined = command.Start()
		}
		if err := g.join(""); err != nil {
			failed <- errors.Join(joined, err)
			return
		}
		runtime.UnlockOSThread()
		failed <- joined
	}()
	return <-failed
}

// join moves the calling thread into the groups of that name below Lintel's own.
func (g *group) join(name string) error {
	for _, folder := range g.in.folders() {
		if err := os.WriteFile(filepath.Join(folder, name, "tasks"), []byte("0"), 0o644); err != nil { //nolint:gosec // a cgroup
			return fmt.Errorf("move a thread into a cgroup: %w", err)
		}
	}
	return nil
}

// kill ends all processes of the group at once where the kernel can; elsewhere the end of process 1 does it.
func (g *group) kill() {
	if g.in.unified != "" {
		_ = g.set(g.in.unified, "cgroup.kill", "1") // kernels before 5.14 have no such file
	}
}

// used says what the job used, and whether the kernel ended a process for want of memory.
func (g *group) used() (cpu time.Duration, peak int64, outOfMemory bool) {
	if g.in.unified != "" {
		peak, _ = strconv.ParseInt(g.read(g.in.unified, "memory.peak"), 10, 64)
		cpu = time.Duration(field(g.read(g.in.unified, "cpu.stat"), "usage_usec")) * time.Microsecond
		return cpu, peak, field(g.read(g.in.unified, "memory.events"), "oom_kill") > 0
	}
	peak, _ = strconv.ParseInt(g.read(g.in.memory, "memory.max_usage_in_bytes"), 10, 64)
	if g.in.account != "" {
		nanoseconds, _ := strconv.ParseInt(g.read(g.in.account, "cpuacct.usage"), 10, 64)
		cpu = time.Duration(nanoseconds)
	}
	return cpu, peak, field(g.read(g.in.memory, "memory.oom_control"), "oom_kill") > 0
}

// field is a number in lines of names and numbers; 0 when it is not there.
func field(text, name string) int64 {
	for _, l := range strings.Split(text, "\n") {
		if rest, ok := strings.CutPrefix(l, name+" "); ok {
			n, _ := strconv.ParseInt(strings.TrimSpace(rest), 10, 64)
			return n
		}
	}
	return 0
}

// remove removes the cgroups. The kernel may need a moment after the last process is gone.
func (g *group) remove() {
	for _, folder := range g.in.folders() {
		for range 50 {
			err := syscall.Rmdir(filepath.Join(folder, g.name))
			if err == nil || errors.Is(err, syscall.ENOENT) {
				break
			}
			time.Sleep(2 * time.Millisecond)
		}
	}
}

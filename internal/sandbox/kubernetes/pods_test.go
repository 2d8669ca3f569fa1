package kubernetes_test

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
)

// fakePod is a pod of the fake.
type fakePod struct {
	api        *api
	name       string
	labels     map[string]any
	spec       object
	status     object
	containers map[string]*fakeContainer // that run
	killed     chan struct{}
	once       sync.Once
	folder     string
}

// fakeContainer is one that runs.
type fakeContainer struct{ attached chan *session }

// alive counts processes of containers.
var alive atomic.Int32

func newPod(a *api, name string, template object) *fakePod {
	return &fakePod{
		api:        a,
		name:       name,
		labels:     at[object](template, "metadata", "labels"),
		spec:       at[object](template, "spec"),
		status:     object{"phase": "Pending"},
		containers: map[string]*fakeContainer{},
		killed:     make(chan struct{}),
	}
}

func (p *fakePod) kill() { p.once.Do(func() { close(p.killed) }) }

func (p *fakePod) object() object {
	return object{"metadata": object{"name": p.name, "uid": p.name, "labels": p.labels}, "status": p.status}
}

// set changes the pod's status.
func (p *fakePod) set(change object) {
	p.api.mu.Lock()
	defer p.api.mu.Unlock()
	next := object{}
	for _, all := range []object{p.status, change} {
		for k, v := range all {
			next[k] = v
		}
	}
	p.status = next
	p.api.record("MODIFIED", p)
}

// vanish removes the pod as a node that is lost does in the end.
func (p *fakePod) vanish() {
	p.api.mu.Lock()
	defer p.api.mu.Unlock()
	delete(p.api.pods, p.name)
	p.api.record("DELETED", p)
	p.kill()
}

// state puts a container into a state.
func (p *fakePod) state(name, kind string, state object, more ...object) {
	all := object{statuses(name): []object{{"name": name, "state": object{kind: state}}}}
	for _, m := range more {
		for k, v := range m {
			all[k] = v
		}
	}
	p.set(all)
}

func statuses(name string) string {
	if name == "unpack" {
		return "initContainerStatuses"
	}
	return "containerStatuses"
}

// container runs a container: body plays it, and says how it ended.
func (p *fakePod) container(name string, body func(*fakeContainer) object) (exit int) {
	c := &fakeContainer{attached: make(chan *session, 1)}
	p.api.mu.Lock()
	p.containers[name] = c
	p.api.mu.Unlock()
	p.state(name, "running", object{})
	end := body(c)
	if end != nil {
		p.state(name, "terminated", end)
	}
	p.api.mu.Lock()
	delete(p.containers, name)
	p.api.mu.Unlock()
	exit, _ = end["exitCode"].(int)
	return exit
}

// client waits for somebody to attach; nil where the pod is killed before.
func (p *fakePod) client(c *fakeContainer) *session {
	select {
	case s := <-c.attached:
		return s
	case <-p.killed:
		return nil
	}
}

// takes plays an unpacker that takes all that it is promised.
func (p *fakePod) takes(c *fakeContainer) object {
	s := p.client(c)
	if s == nil {
		return object{"exitCode": 137}
	}
	left, err := strconv.Atoi(p.command("unpack")[4])
	if err != nil {
		panic(err)
	}
	for left > 0 {
		piece, ok := <-s.in
		if !ok {
			return object{"exitCode": 1}
		}
		left -= len(piece)
	}
	s.end()
	return object{"exitCode": 0}
}

// command is that of a container, as the kubelet reads it.
func (p *fakePod) command(name string) (out []string) {
	for _, c := range p.specs() {
		if at[string](c, "name") == name {
			for _, a := range at[[]any](c, "command") {
				out = append(out, expand(a.(string)))
			}
		}
	}
	return out
}

func (p *fakePod) specs() []any {
	return append(append([]any{}, at[[]any](p.spec, "initContainers")...), at[[]any](p.spec, "containers")...)
}

// expand reads $(NAME) and $$ as the kubelet does (third_party/forked/golang/expansion). Here no variable is set.
func expand(s string) string {
	var out strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] != '$' || i+1 == len(s) {
			out.WriteByte(s[i])
			continue
		}
		switch i++; s[i] {
		case '$':
			out.WriteByte('$')
		case '(':
			if end := strings.IndexByte(s[i:], ')'); end >= 0 {
				out.WriteString("EXPANDED")
				i += end
				continue
			}
			out.WriteString("$(")
		default:
			out.WriteString("$" + s[i:i+1])
		}
	}
	return out.String()
}

// real plays a pod whose containers are processes in namespaces of this machine, one after the other.
func real(p *fakePod) {
	var err error
	if p.folder, err = os.MkdirTemp("", "pod"); err != nil {
		panic(err)
	}
	defer os.RemoveAll(p.folder)
	if err := os.Chmod(p.folder, 0o777); err != nil { //nolint:gosec // as an emptyDir is
		panic(err)
	}
	if p.container("unpack", p.process("unpack", "--bind")) == 0 {
		p.set(object{"phase": "Running"})
		p.container("tool", p.process("tool", "--ro-bind"))
		p.set(object{"phase": "Succeeded"})
		return
	}
	p.set(object{"phase": "Failed"})
}

// process plays a container by bubblewrap: its file system, its own processes, no network.
func (p *fakePod) process(name, bind string) func(*fakeContainer) object {
	return func(c *fakeContainer) object {
		args := []string{"--unshare-all", "--as-pid-1", "--die-with-parent", "--uid", "65534", "--gid", "65534",
			"--ro-bind", "/usr", "/usr", "--proc", "/proc", "--dev", "/dev", bind, p.folder, "/tree", "--chdir", "/tree", "--clearenv",
			"--setenv", "KUBERNETES_SERVICE_HOST", "10.0.0.1", "--setenv", "KUBERNETES_PORT_443_TCP", "tcp://10.0.0.1:443",
			"--setenv", "HOSTNAME", "sandbox", "--setenv", "PATH", "/usr/bin"}
		for _, link := range []string{"bin", "lib", "lib64", "sbin"} {
			if to, err := os.Readlink("/" + link); err == nil {
				args = append(args, "--symlink", to, "/"+link)
			}
		}
		for _, v := range at[[]any](p.spec, "volumes") {
			for _, mount := range p.mounts(name) {
				if size := at[string](v, "emptyDir", "sizeLimit"); at[string](v, "emptyDir", "medium") == "Memory" &&
					at[string](v, "name") == at[string](mount, "name") {
					args = append(args, "--perms", "1777", "--size", size, "--tmpfs", at[string](mount, "mountPath"))
				}
			}
		}
		for _, s := range p.specs() {
			for _, e := range at[[]any](s, "env") {
				if at[string](s, "name") == name {
					args = append(args, "--setenv", at[string](e, "name"), expand(at[string](e, "value")))
				}
			}
		}
		cmd := exec.Command("bwrap", append(append(args, "--"), p.command(name)...)...)
		cmd.Dir = filepath.Dir(p.folder)
		cmd.SysProcAttr = &syscall.SysProcAttr{
			Setpgid: true,
		} // bubblewrap's child may not be bound to it yet when both are killed
		return p.play(c, cmd)
	}
}

func (p *fakePod) mounts(name string) []any {
	for _, s := range p.specs() {
		if at[string](s, "name") == name {
			return at[[]any](s, "volumeMounts")
		}
	}
	return nil
}

// play runs a command with the streams of whoever attaches.
func (p *fakePod) play(c *fakeContainer, cmd *exec.Cmd) object {
	s := p.client(c)
	if s == nil {
		return object{"exitCode": 137}
	}
	in, err := cmd.StdinPipe()
	if err != nil {
		panic(err)
	}
	cmd.Stdout, cmd.Stderr = channel{s, 1}, channel{s, 2}
	if err := cmd.Start(); err != nil {
		panic(err)
	}
	alive.Add(1)
	ended := make(chan struct{})
	go func() {
		defer in.Close()
		for piece := range s.in {
			if _, err := in.Write(piece); err != nil {
				break
			}
		}
		for range s.in { //nolint:revive // what nobody reads any more
		}
	}()
	go func() {
		select {
		case <-p.killed:
			_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
		case <-ended:
		}
	}()
	err = cmd.Wait()
	close(ended)
	alive.Add(-1)
	s.end()
	if failed, ok := errors.AsType[*exec.ExitError](err); ok {
		return object{"exitCode": failed.ExitCode(), "reason": "Error"}
	}
	if err != nil {
		return object{"exitCode": 255, "reason": fmt.Sprint(err)}
	}
	return object{"exitCode": 0, "reason": "Completed"}
}

// channel sends what a process writes.
type channel struct {
	to *session
	of byte
}

func (c channel) Write(p []byte) (int, error) {
	for rest := p; len(rest) > 0; {
		n := min(len(rest), 32<<10)
		c.to.send(c.of, rest[:n])
		rest = rest[n:]
	}
	return len(p), nil
}

var _ io.Writer = channel{}

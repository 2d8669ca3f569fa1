package sandboxtest

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/lintel-review/lintel/internal/sandbox"
)

// network listens on the host's loopback and in its folders, and lets the attacker try to arrive.
func (r *rig) network(t *testing.T) {
	var arrived atomic.Int32
	addresses := []string{"tcp=169.254.169.254:80", "tcp=[fd00:ec2::254]:80", "udp=169.254.169.254:80", "tcp=1.1.1.1:443",
		"udp=1.1.1.1:53", "udp=127.0.0.53:53", "unix=/var/run/docker.sock", "unix=/run/dbus/system_bus_socket"}
	var listen net.ListenConfig
	path := filepath.Join(r.tree, "socket")
	for _, l := range []string{"tcp 127.0.0.1:0", "unix " + path, "unix @" + r.token} {
		network, address, _ := strings.Cut(l, " ")
		listener, err := listen.Listen(t.Context(), network, address)
		must(t, err)
		defer func() { _ = listener.Close() }()
		go func() {
			for {
				c, err := listener.Accept()
				if err != nil {
					return
				}
				arrived.Add(1)
				_ = c.Close()
			}
		}()
		if network != "unix" || address != path { // a socket in the tree would be the caller's own doing
			addresses = append(addresses, network+"="+listener.Addr().String())
		}
	}
	packets, err := listen.ListenPacket(t.Context(), "udp", "127.0.0.1:0")
	must(t, err)
	defer func() { _ = packets.Close() }()
	r.run(t, nil, append([]string{"network", "udp=" + packets.LocalAddr().String()}, addresses...)...)
	must(t, packets.SetReadDeadline(time.Now().Add(50*time.Millisecond)))
	if n, _, err := packets.ReadFrom(make([]byte, 10)); err == nil {
		t.Errorf("a packet of %d bytes arrived", n)
	}
	if n := arrived.Load(); n != 0 {
		t.Errorf("%d connections arrived", n)
	}
}

// otherJobs runs two jobs side by side: neither sees the other's tree, work folder and processes.
func (r *rig) otherJobs(t *testing.T) {
	other := &rig{Backend: r.Backend, tree: tree(t), secret: r.secret, token: r.token}
	must(t, os.WriteFile(filepath.Join(other.tree, secret), nil, 0o644)) //nolint:gosec // jobs run as other users
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan sandbox.Result, 1)
	go func() {
		done <- r.Run(ctx, sandbox.Job{Image: r.Image, Argv: []string{"/tree/attacker", "hold", secret}, Tree: other.tree,
			Limits: limits()})
	}()
	r.run(t, nil, "search", backwards(r.secret))
	cancel()
	if got := <-done; got.Ended != sandbox.Killed {
		t.Errorf("the other job ended %s: %s", got.Ended, got.Why)
	}
}

// givingUp cancels jobs at any moment: none may stay.
func (r *rig) givingUp(t *testing.T) {
	for _, after := range []time.Duration{0, time.Millisecond, 5 * time.Millisecond, 20 * time.Millisecond} {
		ctx, cancel := context.WithTimeout(t.Context(), after)
		got := r.Run(ctx, sandbox.Job{Image: r.Image, Argv: []string{"/tree/attacker", "daemon", "x"}, Tree: r.tree, Limits: limits()})
		cancel()
		if got.Ended != sandbox.Killed && got.Ended != sandbox.Finished {
			t.Errorf("given up after %v, it ended %s: %s", after, got.Ended, got.Why)
		}
	}
}

// largeTree shows a tree of many files, and an empty standard input.
func (r *rig) largeTree(t *testing.T) {
	folder := t.TempDir()
	must(t, os.Chmod(folder, 0o755)) //nolint:gosec // jobs run as other users
	must(t, os.Link(filepath.Join(r.tree, "attacker"), filepath.Join(folder, "attacker")))
	files := r.Files
	if n, err := strconv.Atoi(os.Getenv("TEST_SANDBOX_FILES")); err == nil {
		files = n
	}
	for i := range files {
		name := filepath.Join(folder, strconv.Itoa(i/1000))
		if i%1000 == 0 {
			must(t, os.Mkdir(name, 0o755)) //nolint:gosec // jobs run as other users
		}
		must(t, os.WriteFile(filepath.Join(name, strconv.Itoa(i)), nil, 0o644)) //nolint:gosec // jobs run as other users
	}
	got := r.run(t, func(j *sandbox.Job) { j.Tree = folder }, "walk")
	if want := fmt.Sprintf("files %d input 0 <nil>\n", files+1); string(got.Stdout) != want {
		t.Errorf("%q, want %q; ended %s: %s", got.Stdout, want, got.Ended, got.Why)
	}
}

// leftOver leaves a file wherever it can be left, and looks for it by a second job.
func (r *rig) leftOver(t *testing.T) {
	places := []string{"leave", "/job/left", "/tmp/left", "/dev/shm/left", "/var/tmp/left"}
	r.run(t, nil, places...)
	places[0] = "read"
	r.run(t, nil, places...)
}

// slips has archives as the report and as output. Nothing of them may lie anywhere afterwards.
func (r *rig) slips(t *testing.T) {
	name := "slipped-" + r.token
	for _, format := range []string{"zip", "tar"} {
		for _, report := range []string{"r", sandbox.Stdout} {
			got := r.run(t, func(j *sandbox.Job) { j.Report = report }, "archive", format, name)
			if got.ReportState != sandbox.Whole || !strings.Contains(string(got.Report), "../"+name) {
				t.Errorf("%s: %d bytes, %q; ended %s: %s", format, len(got.Report), got.ReportState, got.Ended, got.Why)
			}
			verdict(t, "sarif", got)
		}
	}
	here, err := os.Getwd()
	must(t, err)
	for _, place := range []string{here, r.tree, os.TempDir(), "/", "/etc", "/tmp"} {
		for at := place; ; at = filepath.Dir(at) {
			if _, err := os.Lstat(filepath.Join(at, name)); err == nil {
				t.Errorf("%s was unpacked into %s", name, at)
			}
			if at == "/" {
				break
			}
		}
	}
}

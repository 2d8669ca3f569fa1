//go:build linux && (amd64 || arm64)

package bwrap

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"os/exec"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"

	"github.com/lintel-review/lintel/internal/sandbox"
)

// backend runs jobs by bwrap.
type backend struct {
	program string
	options Options
	groups  *groups // nil where no cgroup may be made
	root    bool    // Lintel is root
	next    atomic.Uint32
}

// New finds bwrap and the cgroups that Lintel may use, removes what a Lintel that died left behind, and runs one trivial job.
func New(options Options) (sandbox.Backend, error) {
	if options.Program == "" {
		options.Program = "bwrap"
	}
	program, err := exec.LookPath(options.Program)
	if err != nil {
		return nil, fmt.Errorf("find bubblewrap: %w: install the package bubblewrap, or use the backend docker", err)
	}
	b := &backend{
		program: program,
		options: options,
		groups:  findGroups(options.Cgroup),
		root:    os.Geteuid() == 0,
	}
	// Whatever Lintel itself inherited must not reach a tool; Go closes only what Go opened.
	if err := unix.CloseRange(3, math.MaxUint32, unix.CLOSE_RANGE_CLOEXEC); err != nil {
		return nil, fmt.Errorf("close inherited descriptors to tools: %w", err)
	}
	b.sweep()
	empty, err := os.MkdirTemp("", "lintel-probe-")
	if err != nil {
		return nil, fmt.Errorf("make a folder for the probe: %w", err)
	}
	defer func() { _ = os.Remove(empty) }()
	if err := os.Chmod(empty, 0o755); err != nil { //nolint:gosec // the job runs as another user
		return nil, fmt.Errorf("open the probe's folder to others: %w", err)
	}
	limits := sandbox.DefaultLimits()
	limits.Deadline = 10 * time.Second
	r := b.Run(context.Background(), sandbox.Job{Argv: []string{"true"}, Tree: empty, Limits: limits})
	if r.Ended != sandbox.Finished || r.Exit != 0 {
		return nil, fmt.Errorf("run a sandbox on this machine: it ended %s (exit %d): %s %s: bubblewrap needs user namespaces "+
			"(sysctl kernel.unprivileged_userns_clone, or an AppArmor profile) and a /proc of which nothing is covered "+
			"(docs/sandbox.md has the unit's settings), or use the backend docker",
			r.Ended, r.Exit, r.Why, strings.TrimSpace(string(r.Stderr)))
	}
	return b, nil
}

// Name is "bwrap".
func (b *backend) Name() string { return "bwrap" }

// Run runs one job.
func (b *backend) Run(ctx context.Context, job sandbox.Job) sandbox.Result {
	if err := job.Check(); err != nil {
		return sandbox.Refuse("%v", err)
	}
	view, err := b.view(job)
	if err != nil {
		return sandbox.Refuse("%v", err)
	}
	switch info, err := os.Lstat(job.Tree); {
	case err != nil || !info.IsDir():
		return sandbox.Refuse("show the tree %q: it is no folder", job.Tree)
	case b.root && info.Mode()&0o5 != 0o5:
		return sandbox.Refuse("show the tree %q: its mode is %v, and the job runs as another user: open it by chmod o+rx", job.Tree,
			info.Mode())
	}
	r, err := b.start(job, view)
	if err != nil {
		return sandbox.Refuse("%v", err)
	}
	return r.finish(ctx)
}

// user is the id that the next job runs as outside the sandbox, where Lintel may choose.
func (b *backend) user() int { return firstUser + int(b.next.Add(1)%users) }

// The user ids of jobs where Lintel is root. They lie above what systems give to people and services, and below what
// they give to containers.
const (
	firstUser = 61200
	users     = 300
)

// unheld are the limits that hold only roughly without cgroups.
func (b *backend) unheld() []string {
	var out []string
	if b.groups == nil {
		out = append(out,
			"memory: no cgroup may be made here, so each process is limited, and the sum is measured 40 times a second",
			"cpu: no cgroup may be made here, so only the time of each process is limited",
			"disk: no cgroup may be made here, so the bytes of files are limited and their number is not")
	}
	if !b.root {
		out = append(out, "user: Lintel is not root, so the job has an id of its own only inside the sandbox")
	}
	return out
}

var errNoStart = errors.New("start the sandbox")

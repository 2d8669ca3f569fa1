// Package git is the only door to the git program: it runs git hardened against the repository it looks at, and reads
// revisions, trees, blobs, diffs and history. A repository's own configuration, hooks and attributes and the caller's
// environment cannot make it run another program or reach the network.
//
// Callers may rely on this, with git 2.39 or newer:
//   - every command started here carries the lines of harden.go, each of which is proved by a test that plants the attack;
//   - commands that convert work tree files (status, add, checkout) would run clean and smudge filters; the only one
//     made here, Uncommitted, switches them off;
//   - a missing object of a partial clone is an error, never fetched;
//   - ids are full and lower case, SHA-1 or SHA-256; paths are bytes as git has them, relative to the repository's root;
//   - everything read has a limit, and the end of the context kills git and all that it started.
package git

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strings"
	"time"
)

const (
	// maxStderr bounds how much of git's complaint is kept for an error.
	maxStderr = 4 << 10
	// maxOutput bounds what Run keeps of a command's output.
	maxOutput = 512 << 20
)

// ErrTooMuch is an output larger than its limit. What was read until then is dropped.
var ErrTooMuch = errors.New("the output is larger than its limit")

// Repo runs git in one repository. It is never changed after it was made, so it is safe for concurrent use.
type Repo struct {
	// Dir is the work tree or the bare repository's folder.
	Dir string
	// config are further "-c" values and env further variables, put after the fixed ones.
	config, env []string
}

// Open names the repository at dir. Nothing is read until the first command.
func Open(dir string) *Repo { return &Repo{Dir: dir} }

// At is the same repository, trusted the same way, seen from another of its folders.
func (r *Repo) At(dir string) *Repo {
	other := *r
	other.Dir = dir
	return &other
}

// Error is a git command that ended with a non-zero status.
type Error struct {
	Args   []string
	Code   int
	Stderr string
}

func (e *Error) Error() string {
	msg := strings.TrimSpace(e.Stderr)
	if msg == "" {
		msg = "no message"
	}
	return fmt.Sprintf("git %s: exit status %d: %s", strings.Join(e.Args, " "), e.Code, msg)
}

// Command builds a hardened git command in the repository, for callers that stream its output. args starts with the subcommand.
// The end of the context kills the process and its children, who get five seconds to let go of the pipes.
func (r *Repo) Command(ctx context.Context, args ...string) *exec.Cmd {
	full := append([]string{"--no-pager", "-C", r.Dir}, hardening...)
	for _, c := range r.config {
		full = append(full, "-c", c)
	}
	cmd := exec.CommandContext(ctx, "git", append(full, closeDiffs(args)...)...)
	cmd.Env = append(environment(), r.env...)
	cmd.WaitDelay = 5 * time.Second
	ownGroup(cmd)
	return cmd
}

// Run runs git and returns its standard output, at most 512 MB of it. A non-zero exit status is an *Error.
func (r *Repo) Run(ctx context.Context, stdin io.Reader, args ...string) ([]byte, error) {
	return r.output(ctx, maxOutput, stdin, args...)
}

// output is Run with a limit of its own. A larger output ends the command and is ErrTooMuch.
func (r *Repo) output(ctx context.Context, limit int, stdin io.Reader, args ...string) ([]byte, error) {
	inner, stop := context.WithCancel(ctx)
	defer stop()
	cmd := r.Command(inner, args...)
	cmd.Stdin = stdin
	out := capped{limit: limit, over: stop}
	var complaint tail
	cmd.Stdout, cmd.Stderr = &out, &complaint
	err := cmd.Run()
	switch {
	case out.full:
		return nil, fmt.Errorf("run git %s: %w of %d bytes", strings.Join(args, " "), ErrTooMuch, limit)
	case err == nil:
		return out.buf.Bytes(), nil
	case ctx.Err() != nil:
		return nil, fmt.Errorf("run git %s: %w", strings.Join(args, " "), ctx.Err())
	}
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return out.buf.Bytes(), &Error{Args: args, Code: exit.ExitCode(), Stderr: complaint.String()}
	}
	return nil, fmt.Errorf("run git %s: %w", strings.Join(args, " "), err)
}

// capped keeps up to limit bytes and calls over once when there are more.
type capped struct {
	buf   bytes.Buffer
	limit int
	full  bool
	over  func()
}

func (c *capped) Write(p []byte) (int, error) {
	if c.full {
		return len(p), nil
	}
	if c.buf.Len()+len(p) > c.limit {
		c.full = true
		c.buf = bytes.Buffer{}
		c.over()
		return len(p), nil
	}
	return c.buf.Write(p)
}

// tail keeps the last maxStderr bytes written to it.
type tail struct{ buf []byte }

func (t *tail) Write(p []byte) (int, error) {
	t.buf = append(t.buf, p...)
	if over := len(t.buf) - maxStderr; over > 0 {
		t.buf = t.buf[over:]
	}
	return len(p), nil
}

func (t *tail) String() string { return string(t.buf) }

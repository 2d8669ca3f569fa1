// Package git is the only door to the git program: it runs git hardened against the repository it looks at.
// A repository's own configuration, hooks, filters and the caller's environment cannot make git run another program.
package git

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"time"
)

// maxStderr bounds how much of git's complaint is kept for an error.
const maxStderr = 4 << 10

// Repo runs git in one repository. It holds no state beside the folder, so it is safe for concurrent use.
type Repo struct {
	// Dir is the work tree or the bare repository's folder.
	Dir string
}

// Open names the repository at dir. Nothing is read until the first command.
func Open(dir string) *Repo { return &Repo{Dir: dir} }

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

// hardening is put before every subcommand. Each line closes one way by which a repository could run a program
// of its own or reach the network while it is only being read.
var hardening = []string{
	"-c", "core.hooksPath=/dev/null",
	"-c", "core.fsmonitor=false",
	"-c", "core.pager=cat",
	"-c", "core.attributesFile=/dev/null",
	"-c", "core.quotePath=true",
	"-c", "core.sshCommand=false",
	"-c", "credential.helper=",
	"-c", "diff.external=",
	"-c", "diff.renames=true",
	"-c", "gc.auto=0",
	"-c", "maintenance.auto=false",
	"-c", "log.showSignature=false",
	"-c", "protocol.allow=never",
	"-c", "submodule.recurse=false",
}

// environment is fixed: nothing of the caller's environment reaches git but the search path and the temporary folder.
func environment() []string {
	env := []string{
		"PATH=" + os.Getenv("PATH"),
		"LC_ALL=C", "TZ=UTC", "HOME=/nonexistent", "XDG_CONFIG_HOME=/nonexistent",
		"GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL=/dev/null", "GIT_ATTR_NOSYSTEM=1",
		"GIT_TERMINAL_PROMPT=0", "GIT_ASKPASS=false", "SSH_ASKPASS=false",
		"GIT_OPTIONAL_LOCKS=0", "GIT_NO_LAZY_FETCH=1", "GIT_NO_REPLACE_OBJECTS=1",
		"GIT_EXTERNAL_DIFF=", "GIT_PAGER=cat", "GIT_LITERAL_PATHSPECS=1", "GIT_PROTOCOL_FROM_USER=0",
	}
	if dir := os.Getenv("TMPDIR"); dir != "" {
		env = append(env, "TMPDIR="+dir)
	}
	return env
}

// Command builds a hardened git command in the repository, for callers that stream its output.
// The context ends the process; its children get five seconds to let go of the pipes.
func (r *Repo) Command(ctx context.Context, args ...string) *exec.Cmd {
	full := append([]string{"--no-pager", "-C", r.Dir}, hardening...)
	cmd := exec.CommandContext(ctx, "git", append(full, args...)...)
	cmd.Env = environment()
	cmd.WaitDelay = 5 * time.Second
	return cmd
}

// Run runs git and returns its standard output. A non-zero exit status is an *Error.
func (r *Repo) Run(ctx context.Context, stdin io.Reader, args ...string) ([]byte, error) {
	cmd := r.Command(ctx, args...)
	cmd.Stdin = stdin
	var out bytes.Buffer
	var complaint tail
	cmd.Stdout, cmd.Stderr = &out, &complaint
	if err := cmd.Run(); err != nil {
		var exit *exec.ExitError
		if errors.As(err, &exit) && ctx.Err() == nil {
			return out.Bytes(), &Error{Args: args, Code: exit.ExitCode(), Stderr: complaint.String()}
		}
		return nil, fmt.Errorf("run git %s: %w", strings.Join(args, " "), err)
	}
	return out.Bytes(), nil
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

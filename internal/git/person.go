package git

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"time"
)

// Author is who a commit that the person at the keyboard makes in dir would be by, name and email; both are empty when
// git does not know. Hooks of git have it in their environment, else it is in the person's configuration.
func Author(ctx context.Context, dir string) (name, email string) {
	out, err := asUser(ctx, dir, nil, "var", "GIT_AUTHOR_IDENT")
	if err != nil {
		return "", "" // git refuses to guess a name
	}
	name, rest, _ := strings.Cut(string(out), " <")
	email, _, _ = strings.Cut(rest, ">")
	return name, email
}

// WithoutComments is what git makes of a message that a person edited: lines that begin with core.commentChar go, and so
// does space at the ends.
func WithoutComments(ctx context.Context, dir string, message []byte) (string, error) {
	out, err := asUser(ctx, dir, bytes.NewReader(message), "stripspace", "--strip-comments")
	if err != nil {
		return "", fmt.Errorf("take the comments out of a message: %w", err)
	}
	return string(out), nil
}

// asUser runs a command of git that reads the person's own configuration and runs no program.
func asUser(ctx context.Context, dir string, stdin io.Reader, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, "git", append([]string{"--no-pager"}, args...)...)
	cmd.Dir, cmd.Stdin = dir, stdin
	cmd.Env = environment()
	for _, name := range []string{
		"HOME", "XDG_CONFIG_HOME", "GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM", "GIT_CONFIG_NOSYSTEM",
		"GIT_AUTHOR_NAME", "GIT_AUTHOR_EMAIL", "EMAIL",
	} {
		cmd.Env = without(cmd.Env, name)
		if value, ok := os.LookupEnv(name); ok {
			cmd.Env = append(cmd.Env, name+"="+value)
		}
	}
	cmd.WaitDelay = 5 * time.Second
	return cmd.Output()
}

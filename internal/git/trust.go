package git

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"
)

// InspectAsUser opens and inspects the repository that a folder of the person at the keyboard, or of a CI job, is in. What
// they told git to trust is read only when git asks for it, see openAsUser.
func InspectAsUser(ctx context.Context, dir string) (*Repo, Info, error) {
	r, g, err := GlanceAsUser(ctx, dir, "", "")
	return r, g.Info, err
}

// GlanceAsUser is InspectAsUser with what Repo.Glance tells of two revisions, which may be empty.
func GlanceAsUser(ctx context.Context, dir, base, head string) (*Repo, Glance, error) {
	r := Open(dir)
	g, err := r.Glance(ctx, base, head)
	if !errors.Is(err, ErrOwner) {
		return r, g, err
	}
	if r, err = openAsUser(ctx, dir); err == nil {
		g, err = r.Glance(ctx, base, head)
	}
	return r, g, err
}

// openAsUser is Open for the person at the keyboard or a CI job: the folders that they told git to trust
// (safe.directory in their own and the system's configuration) are trusted here too. Nothing else of that configuration
// is taken over. The repository's own has no say, as in git.
//
// Without it, git's usual remedy for a checkout that belongs to another user, as in a container, would have no effect.
func openAsUser(ctx context.Context, dir string) (*Repo, error) {
	r := Open(dir)
	for _, scope := range []string{"--system", "--global"} {
		cmd := exec.CommandContext(ctx, "git", "--no-pager", "config", scope, "--includes", "-z", "--type=path", "--get-all",
			"safe.directory")
		cmd.Dir = os.TempDir()
		cmd.Env = append(environment(), "GIT_DIR=/nonexistent")
		for _, name := range []string{"HOME", "XDG_CONFIG_HOME", "GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM", "GIT_CONFIG_NOSYSTEM"} {
			cmd.Env = without(cmd.Env, name)
			if value, ok := os.LookupEnv(name); ok {
				cmd.Env = append(cmd.Env, name+"="+value)
			}
		}
		cmd.WaitDelay = 5 * time.Second
		out, err := cmd.Output()
		if err != nil && ctx.Err() != nil {
			return nil, fmt.Errorf("read the trusted folders: %w", ctx.Err())
		}
		if err != nil {
			continue // status 1: none set; anything else: no readable configuration, and so no trust
		}
		for value := range strings.SplitSeq(strings.TrimSuffix(string(out), "\x00"), "\x00") {
			r.config = append(r.config, "safe.directory="+value)
		}
	}
	return r, nil
}

func without(env []string, name string) []string {
	kept := env[:0]
	for _, v := range env {
		if !strings.HasPrefix(v, name+"=") {
			kept = append(kept, v)
		}
	}
	return kept
}

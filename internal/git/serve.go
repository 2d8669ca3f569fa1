package git

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"slices"
)

// UploadPack answers one request of git's protocol, version 2, over HTTP: that for what the repository can do, or with
// advertise false the one whose body is in. Whoever fetches gets any object of the repository that it names; it changes
// nothing.
func (r *Repo) UploadPack(ctx context.Context, in io.Reader, out io.Writer, advertise bool) error {
	speaking := *r
	speaking.env = append(slices.Clone(r.env), "GIT_PROTOCOL=version=2")
	args := []string{"upload-pack", "--stateless-rpc", "--strict"}
	if advertise {
		args = append(args, "--http-backend-info-refs")
	}
	cmd := speaking.Command(ctx, append(args, ".")...)
	var complaint tail
	cmd.Stdin, cmd.Stdout, cmd.Stderr = in, out, &complaint
	err := cmd.Run()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok && ctx.Err() == nil {
		err = &Error{Args: args, Code: exit.ExitCode(), Stderr: complaint.String()}
	}
	if err != nil {
		return fmt.Errorf("hand out objects: %w", errors.Join(ctx.Err(), err))
	}
	return nil
}

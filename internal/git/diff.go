package git

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"

	"github.com/lintel-review/lintel/internal/diff"
)

// MaxDiffBlob is the largest blob whose lines are compared, in bytes. git shows a larger one as binary.
const MaxDiffBlob = 4 << 20

// Diff compares two commits or trees and hands the output, in the form that diff.Parse reads, to read. read may stop
// early; then git is ended. An error of git comes before that of read, which saw only a part.
//
// Neither the repository's configuration nor a .gitattributes file of any tree bears on the output, only attributes in
// the repository's own folder (.git).
func (r *Repo) Diff(ctx context.Context, info Info, from, to string, read func(io.Reader) error) error {
	inner, stop := context.WithCancel(ctx)
	defer stop()
	args := append([]string{"diff-tree", "-r", "--no-commit-id"}, diff.GitFlags()...)
	cmd := r.apart(info).Command(inner, append(args, "--end-of-options", from, to, "--")...)
	complaint := new(tail)
	cmd.Stderr = complaint
	out, err := cmd.StdoutPipe()
	if err != nil {
		return fmt.Errorf("compare %s and %s: %w", from, to, err)
	}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("compare %s and %s: %w", from, to, because(err))
	}
	readErr := read(out)
	n, _ := out.Read(make([]byte, 1)) // the end of the output, or a reader that had enough
	early := n > 0
	if early {
		stop()
	}
	err = cmd.Wait()
	var exit *exec.ExitError
	switch {
	case ctx.Err() != nil:
		err = ctx.Err()
	case errors.As(err, &exit) && !early:
		err = because(&Error{Args: args, Code: exit.ExitCode(), Stderr: complaint.String()})
	default:
		err = readErr
	}
	if err != nil {
		return fmt.Errorf("compare %s and %s: %w", from, to, err)
	}
	return nil
}

// apart is the repository without its work tree and index. Otherwise a .gitattributes that the change itself brings
// ("*.go -diff") would turn its text into "Binary files differ" and hide every line from the rules.
func (r *Repo) apart(info Info) *Repo {
	bare := *r
	bare.Dir = info.GitDir
	bare.env = append(append([]string{}, r.env...), "GIT_DIR="+info.GitDir, "GIT_WORK_TREE="+info.GitDir,
		"GIT_INDEX_FILE=/nonexistent/index")
	bare.config = append(append([]string{}, r.config...), fmt.Sprintf("core.bigFileThreshold=%d", MaxDiffBlob),
		"diff.suppressBlankEmpty=false")
	return &bare
}

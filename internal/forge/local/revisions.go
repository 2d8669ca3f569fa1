package local

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/git"
)

// originHead is the remote's default branch as this clone remembers it.
const originHead = "refs/remotes/origin/HEAD"

// open finds the repository and starts its reader.
func (r *reader) open(ctx context.Context) error {
	dir := r.options.Dir
	repo, err := git.OpenAsUser(ctx, dir)
	if err != nil {
		return err
	}
	if major, minor, err := repo.Version(ctx); errors.Is(err, git.ErrNoGit) {
		return &UsageError{What: "git is not installed, or not on the search path", Remedy: "install git 2.39 or newer", Err: err}
	} else if err != nil {
		return err
	} else if major < 2 || major == 2 && minor < 39 {
		return &UsageError{What: fmt.Sprintf("git %d.%d is too old", major, minor), Remedy: "install git 2.39 or newer"}
	}
	r.info, err = repo.Inspect(ctx)
	switch {
	case errors.Is(err, git.ErrNoRepository):
		return &UsageError{What: fmt.Sprintf("%q is not in a git repository", dir), Remedy: "run lintel check inside one, or name one with --repo", Err: err}
	case errors.Is(err, git.ErrOwner):
		return &UsageError{What: fmt.Sprintf("the repository at %q belongs to another user, so git does not trust it", dir),
			Remedy: "if you do, run 'git config --global --add safe.directory DIR' with the repository's absolute path", Err: err}
	case err != nil:
		return err
	case r.info.Shallow:
		return &UsageError{What: "the repository is a shallow clone, so the merge base and the history may be missing",
			Remedy: "run 'git fetch --unshallow'; with actions/checkout set 'fetch-depth: 0'"}
	}
	r.repo = repo.At(r.info.Root)
	r.blobs, err = r.repo.Blobs(ctx)
	return err
}

// revisions finds head, base and merge base.
func (r *reader) revisions(ctx context.Context) error {
	head, err := r.revision(ctx, r.options.Head, "--head")
	if err != nil {
		return err
	}
	r.s.Head = head
	target, err := r.repo.SymbolicRef(ctx, originHead)
	if err != nil {
		return err
	}
	r.s.Repository.DefaultBranch = strings.TrimPrefix(target, "refs/remotes/origin/")
	against := r.options.Base
	if against == "" {
		against = originHead
	}
	base, err := r.revision(ctx, against, "--base")
	if err != nil {
		return err
	}
	r.against = name(against)
	if against == originHead && target != "" {
		r.against = name(target)
	}
	bases, err := r.repo.MergeBases(ctx, base.SHA, head.SHA)
	if err != nil {
		return err
	}
	if len(bases) == 0 {
		return &UsageError{What: fmt.Sprintf("%s and %s have no common commit", name(against), r.options.Head),
			Remedy: "name the branch that the work started from with --base"}
	}
	if len(bases) > 1 {
		r.notes = append(r.notes, fmt.Sprintf("%s and %s have %d merge bases; the diff starts at %s, as git's own does", name(against), r.options.Head, len(bases), change.Short(bases[0])))
	}
	if r.options.Base == "" {
		base.SHA = bases[0]
	}
	r.s.Base, r.s.MergeBase = base, bases[0]
	return r.approvals()
}

// revision resolves what the person named, or the defaults.
func (r *reader) revision(ctx context.Context, rev, flag string) (change.Rev, error) {
	id, err := r.repo.Resolve(ctx, rev)
	switch {
	case errors.Is(err, git.ErrNoCommit) && rev == originHead:
		return change.Rev{}, &UsageError{What: "the default branch of the remote is not known here: origin/HEAD names no commit",
			Remedy: "run 'git remote set-head origin --auto', or name the branch to compare with by --base", Err: err}
	case errors.Is(err, git.ErrNoCommit) && rev == "HEAD":
		return change.Rev{}, &UsageError{What: "HEAD has no commit yet", Remedy: "commit something, or name a commit with " + flag, Err: err}
	case errors.Is(err, git.ErrNoCommit):
		return change.Rev{}, &UsageError{What: fmt.Sprintf("%s %q names no commit", flag, rev),
			Remedy: "check the spelling with 'git rev-parse', and fetch the branch if it is a remote one", Err: err}
	case err != nil:
		return change.Rev{}, err
	}
	full, err := r.repo.FullName(ctx, rev)
	if err != nil {
		return change.Rev{}, err
	}
	return change.Rev{Ref: branch(full), SHA: id}, nil
}

// branch takes the branch's name out of a full reference; "" when it is none.
func branch(full string) string {
	if name, ok := strings.CutPrefix(full, "refs/heads/"); ok {
		return name
	}
	if rest, ok := strings.CutPrefix(full, "refs/remotes/"); ok {
		_, name, _ := strings.Cut(rest, "/")
		return name
	}
	return ""
}

// name is how people write a revision.
func name(rev string) string { return strings.TrimPrefix(rev, "refs/remotes/") }

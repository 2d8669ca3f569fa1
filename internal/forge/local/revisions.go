package local

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/git"
	"github.com/lintel-review/lintel/internal/usage"
)

// open finds the repository and starts its reader.
func (r *reader) open(ctx context.Context) error {
	dir, head := r.options.Dir, r.options.Head
	if head == "" && r.options.Job == nil {
		head = "HEAD"
	}
	if l := r.options.Line; l != nil && l.repo != nil && l.repo.Dir == dir {
		r.found = l.found
	} else {
		r.found = look(ctx, dir, r.options.Base, head)
	}
	if err := checkGit(ctx, r.seen); err != nil {
		return err
	}
	r.info = r.seen.Info
	var err error
	switch err = r.found.err; {
	case errors.Is(err, git.ErrNoRepository):
		return &usage.Error{
			What:   fmt.Sprintf("%q is not in a git repository", dir),
			Remedy: "run lintel check inside one, or name one with --repo",
			Err:    err,
		}
	case errors.Is(err, git.ErrOwner):
		return &usage.Error{What: fmt.Sprintf("the repository at %q belongs to another user, so git does not trust it", dir),
			Remedy: "if you do, run 'git config --global --add safe.directory DIR' with the repository's absolute path", Err: err}
	case err != nil:
		return err
	case r.info.Shallow:
		deepen := "with actions/checkout set 'fetch-depth: 0'"
		if j := r.options.Job; j != nil && j.Deepen != "" {
			deepen = j.Deepen
		}
		return &usage.Error{
			What:   "the repository is a shallow clone, so the merge base and the history may be missing",
			Remedy: "run 'git fetch --unshallow'; " + deepen,
		}
	}
	r.repo = r.repo.At(r.info.Root)
	r.blobs, err = r.repo.Blobs(ctx)
	return err
}

// found is a repository and what git says of it at once.
type found struct {
	repo *git.Repo
	seen git.Glance
	err  error
	// origin is what the remote's default branch points at.
	origin func() (string, error)
}

func look(ctx context.Context, dir, base, head string) (f found) {
	f.repo, f.seen, f.err = git.GlanceAsUser(ctx, dir, base, head)
	f.foresee(ctx)
	return f
}

// foresee prepares what finding a base will need.
func (f *found) foresee(ctx context.Context) {
	f.origin = func() (string, error) { return "", nil }
	if f.err == nil && !f.seen.NoOriginHead {
		root := f.repo.At(f.seen.Root)
		f.origin = sync.OnceValues(func() (string, error) { return root.SymbolicRef(ctx, originHead) })
	}
}

// checkGit tells whether the git program is one that lintel knows.
func checkGit(ctx context.Context, seen git.Glance) (err error) {
	major, minor := seen.Major, seen.Minor
	if major == 0 {
		major, minor, err = git.Open(".").Version(ctx)
	}
	switch {
	case errors.Is(err, git.ErrNoGit):
		return &usage.Error{What: "git is not installed, or not on the search path", Remedy: "install git 2.39 or newer", Err: err}
	case err != nil:
		return err
	case major < 2 || major == 2 && minor < 39:
		return &usage.Error{What: fmt.Sprintf("git %d.%d is too old", major, minor), Remedy: "install git 2.39 or newer"}
	}
	return nil
}

// revisions finds head, base and merge base.
func (r *reader) revisions(ctx context.Context) error {
	r.origin = ahead(r.origin)
	var err error
	if r.s.Head, err = r.findHead(ctx); err != nil {
		return err
	}
	base, guessed, err := r.findBase(ctx)
	if err != nil {
		return err
	}
	bases, err := r.mergeBases(ctx, base.SHA, r.s.Head.SHA)
	if err != nil {
		return err
	}
	if len(bases) == 0 {
		r.s.Base = base
		return &change.Unrelated{Base: r.against, Head: r.s.Head.SHA}
	}
	if len(bases) > 1 {
		r.notes = append(r.notes,
			fmt.Sprintf("%s and %s have %d merge bases; the diff starts at %s, as git's own does", r.against, r.judged, len(bases),
				change.Short(bases[0])))
	}
	if guessed {
		base.SHA = bases[0]
	}
	r.s.Base, r.s.MergeBase = base, bases[0]
	r.applyJob()
	return r.approvals()
}

// revision resolves what the person named, or the defaults.
func (r *reader) revision(ctx context.Context, rev, flag string) (change.Rev, error) {
	id, err := r.resolve(ctx, rev)
	switch {
	case errors.Is(err, git.ErrNoCommit) && rev == "HEAD":
		return change.Rev{},
			&usage.Error{What: "HEAD has no commit yet", Remedy: "commit something, or name a commit with " + flag, Err: err}
	case errors.Is(err, git.ErrNoCommit):
		return change.Rev{}, &usage.Error{What: fmt.Sprintf("%s %q names no commit", flag, rev),
			Remedy: "check the spelling with 'git rev-parse', and fetch the branch if it is a remote one", Err: err}
	case err != nil:
		return change.Rev{}, err
	}
	full, err := r.fullName(ctx, rev)
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
func name(rev string) string {
	if git.IsID(rev) {
		return change.Short(rev)
	}
	return strings.TrimPrefix(strings.TrimPrefix(rev, "refs/remotes/"), "refs/heads/")
}

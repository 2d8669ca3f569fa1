package tree

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/lintel-review/lintel/internal/checkrun"
	"github.com/lintel-review/lintel/internal/git"
	"github.com/lintel-review/lintel/internal/sorting"
)

const (
	// maxNames is the most bytes of the names of one tree.
	maxNames = 64 << 20
	// maxPacks is how many fetches are kept apart before they are packed into one.
	maxPacks = 50
	// keptCommits is how many commits stay when that is done: what is fetched next is told apart from them.
	keptCommits = 20
)

// List gives the files of a commit that a folder of it would hold, by path and id, in git's order. It fetches what is missing.
func (s *Store) List(ctx context.Context, from Repository, of checkrun.Commit) (id string, files []git.Entry, err error) {
	r, leave, err := s.take(ctx, from.Key)
	if err != nil {
		return "", nil, err
	}
	defer leave()
	id, err = s.find(ctx, r, from, of)
	if err != nil {
		return "", nil, err
	}
	files, err = s.list(ctx, r, id)
	return id, files, err
}

// Serve calls f with the mirror of a repository that has a commit, for whoever hands its objects on. Nothing else is
// fetched or packed meanwhile.
func (s *Store) Serve(ctx context.Context, from Repository, commits []string, f func(mirror *git.Repo) error) error {
	r, leave, err := s.take(ctx, from.Key)
	if err != nil {
		return err
	}
	defer leave()
	mirror, err := s.have(ctx, r, from, commits)
	if err != nil {
		return err
	}
	return f(mirror)
}

// find gives the tree of what is asked for.
func (s *Store) find(ctx context.Context, r *repo, from Repository, of checkrun.Commit) (string, error) {
	want := []string{of.Head}
	if of.Base != "" {
		want = append(want, of.Base, of.MergeBase)
	}
	mirror, err := s.have(ctx, r, from, want)
	if err != nil {
		return "", err
	}
	if of.Base == "" {
		return mirror.TreeOf(ctx, of.Head)
	}
	id, err := mirror.MergeTrees(ctx, of.MergeBase, of.Base, of.Head)
	if errors.Is(err, git.ErrConflict) {
		return "", refuse("the head cannot be merged into the base: there are conflicts")
	}
	return id, err
}

// have makes sure that the mirror has commits.
func (s *Store) have(ctx context.Context, r *repo, from Repository, want []string) (*git.Repo, error) {
	mirror := git.Open(filepath.Join(r.dir, mirrorName))
	if err := unlock(mirror); err != nil {
		return nil, err
	}
	if _, err := os.Stat(filepath.Join(mirror.Dir, "HEAD")); err != nil {
		if err := errors.Join(os.RemoveAll(mirror.Dir), os.MkdirAll(r.dir, 0o711)); err != nil {
			return nil, fmt.Errorf("make a mirror: %w", err)
		}
		if mirror, err = git.Init(ctx, mirror.Dir); err != nil {
			return nil, err
		}
	}
	var missing []string
	for _, commit := range want {
		switch _, err := mirror.TreeOf(ctx, commit); {
		case errors.Is(err, git.ErrMissing):
			missing = append(missing, commit)
		case err != nil:
			return nil, err
		}
	}
	if len(missing) == 0 {
		return mirror, nil
	}
	remote, err := from.Remote(ctx)
	if err != nil {
		return nil, err
	}
	err = s.fetch(ctx, mirror, remote, missing)
	if _, large := errors.AsType[*checkrun.Refused](err); large && len(missing) < len(want) || large && r.packed(mirror) {
		// What many fetches brought may be too much where what is wanted now is not.
		if err = errors.Join(os.RemoveAll(mirror.Dir), s.weigh(r)); err != nil {
			return nil, err
		}
		if mirror, err = git.Init(ctx, mirror.Dir); err != nil {
			return nil, err
		}
		err = s.fetch(ctx, mirror, remote, want)
	}
	if err != nil {
		dropPartial(mirror)
		return nil, errors.Join(err, unlock(mirror), s.weigh(r))
	}
	if err := s.tidy(ctx, r, mirror, want); err != nil {
		return nil, err
	}
	return mirror, s.weigh(r)
}

// fetch brings commits, and gives up where the mirror would become too large.
func (s *Store) fetch(ctx context.Context, mirror *git.Repo, remote git.Remote, missing []string) error {
	inner, stop := context.WithCancel(ctx)
	defer stop()
	watched := make(chan int64, 1)
	go func() {
		tick := time.NewTicker(500 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-inner.Done():
				watched <- 0
				return
			case <-tick.C:
			}
			if size, err := sizeOf(mirror.Dir); err == nil && size > s.o.MaxMirror {
				stop()
				watched <- size
				return
			}
		}
	}()
	err := mirror.Fetch(inner, remote, missing)
	stop()
	if size := <-watched; size > 0 && err != nil {
		dropPartial(mirror)
		return refuse("the repository has more than %d MiB, the most that is fetched (checks.max_mirror_megabytes)", s.o.MaxMirror>>20)
	}
	return err
}

// unlock removes the locks of a git that was killed. Nobody else writes into the mirror: the folder is one process's, and
// the turn is ours.
func unlock(mirror *git.Repo) error {
	err := filepath.WalkDir(mirror.Dir, func(path string, d fs.DirEntry, err error) error {
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return nil
		case err != nil:
			return err
		case d.IsDir() && d.Name() == "objects":
			return fs.SkipDir // there are too many, and git locks none of them
		case !d.IsDir() && (strings.HasSuffix(path, ".lock") || d.Name() == "gc.pid"):
			return os.Remove(path)
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("unlock a mirror: %w", err)
	}
	return nil
}

// packed reports whether a mirror has anything.
func (r *repo) packed(mirror *git.Repo) bool {
	packs, _ := filepath.Glob(filepath.Join(mirror.Dir, "objects", "pack", "*.pack")) // the pattern is well formed
	return len(packs) > 0
}

// dropPartial removes what a fetch that was ended left. What stays is counted, and goes with the mirror.
func dropPartial(mirror *git.Repo) {
	found, _ := filepath.Glob(filepath.Join(mirror.Dir, "objects", "pack", "tmp_*")) // the pattern is well formed
	for _, f := range found {
		_ = os.Remove(f)
	}
}

// tidy packs what many fetches brought.
func (s *Store) tidy(ctx context.Context, r *repo, mirror *git.Repo, want []string) error {
	packs, _ := filepath.Glob(filepath.Join(mirror.Dir, "objects", "pack", "*.pack")) // the pattern is well formed
	if len(packs) <= maxPacks {
		return nil
	}
	refs := filepath.Join(mirror.Dir, "refs", "lintel")
	all, err := os.ReadDir(refs)
	if err != nil {
		return fmt.Errorf("list what was fetched: %w", err)
	}
	at := map[string]time.Time{}
	keep := slices.Clone(want)
	for _, ref := range all {
		if info, err := ref.Info(); err == nil {
			at[ref.Name()] = info.ModTime()
		}
	}
	newest := make([]string, 0, len(at))
	for commit := range at {
		newest = append(newest, commit)
	}
	sorting.By(newest, func(a, b string) int { return strings.Compare(a, b) })
	sorting.StableBy(newest, func(a, b string) int { return at[b].Compare(at[a]) })
	return mirror.Shrink(ctx, append(keep, newest[:min(len(newest), keptCommits)]...))
}

// list lists the files of a tree that a folder can hold.
func (s *Store) list(ctx context.Context, r *repo, id string) ([]git.Entry, error) {
	all, err := git.Open(filepath.Join(r.dir, mirrorName)).ListTree(ctx, id, maxNames)
	if errors.Is(err, git.ErrTooMuch) {
		return nil, refuse("the names of its files have more than %d MiB", maxNames>>20)
	}
	if err != nil {
		return nil, err
	}
	files := all[:0]
	for _, e := range all {
		ok, err := holds(e)
		if err != nil {
			return nil, err
		}
		if ok {
			files = append(files, e)
		}
	}
	if len(files) > s.o.MaxFiles {
		return nil, refuse("it has %d files, and at most %d are given to a check", len(files), s.o.MaxFiles)
	}
	return files, nil
}

// holds reports whether an entry becomes a file. The error says that no folder can hold such a name.
func holds(e git.Entry) (bool, error) {
	for part := range strings.SplitSeq(e.Name, "/") {
		switch {
		case part == "" || part == "." || part == ".." || len(part) > 255 || strings.ContainsRune(part, 0):
			return false, refuse("it has a file of the name %.200q, which no folder can hold", e.Name)
		case strings.EqualFold(part, ".git"):
			return false, nil
		}
	}
	if len(e.Name) > 3000 {
		return false, refuse("it has a file with a name of %d bytes", len(e.Name))
	}
	return e.IsFile(), nil
}

package tree

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"

	"github.com/lintel-review/lintel/internal/checkrun"
	"github.com/lintel-review/lintel/internal/git"
)

// Tree is a folder with files of a commit.
type Tree struct {
	// Path is the absolute folder.
	Path    string
	release func()
}

// Release says that the folder is not needed any more.
func (t *Tree) Release() { t.release() }

// Get gives a folder with the files of a commit: all of them, or with names those alone. What is missing is fetched.
func (s *Store) Get(ctx context.Context, from Repository, of checkrun.Commit, names []string) (*Tree, error) {
	r, leave, err := s.take(ctx, from.Key)
	if err != nil {
		return nil, err
	}
	defer leave()
	id, err := s.find(ctx, r, from, of)
	if err != nil {
		return nil, err
	}
	if names != nil {
		return s.some(ctx, r, id, names)
	}
	if t := s.whole(r, id); t != nil {
		return t, nil
	}
	files, err := s.list(ctx, r, id)
	if err != nil {
		return nil, err
	}
	dir, err := s.build(ctx, r, id, files, s.nearest(ctx, r))
	if err != nil {
		return nil, err
	}
	to := filepath.Join(r.dir, treesName, id)
	if err := errors.Join(os.MkdirAll(filepath.Dir(to), 0o711), os.Rename(dir, to)); err != nil {
		return nil, errors.Join(fmt.Errorf("keep the tree: %w", err), s.remove(r, dir))
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	k := &kept{id: id, dir: to}
	r.kept[id] = k
	return s.use(k), nil // in use before anybody else may remove it
}

// whole is the kept tree of an id; nil when there is none.
func (s *Store) whole(r *repo, id string) *Tree {
	s.mu.Lock()
	defer s.mu.Unlock()
	k := r.kept[id]
	if k == nil {
		return nil
	}
	return s.use(k)
}

// use counts a user of a tree. The mutex is held.
func (s *Store) use(k *kept) *Tree {
	k.users++
	k.used = s.o.Now()
	released := false
	return &Tree{k.dir, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		if !released {
			released = true
			k.users--
			k.used = s.o.Now()
		}
	}}
}

// some makes a folder with a few files, which is gone when it is released.
func (s *Store) some(ctx context.Context, r *repo, id string, names []string) (*Tree, error) {
	all, err := s.list(ctx, r, id)
	if err != nil {
		return nil, err
	}
	sorted := slices.Sorted(slices.Values(names))
	files := slices.DeleteFunc(all, func(e git.Entry) bool {
		_, wanted := slices.BinarySearch(sorted, e.Name)
		return !wanted
	})
	dir, err := s.build(ctx, r, id, files, nil)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	r.busy++
	s.mu.Unlock()
	released := false
	return &Tree{dir, func() {
		s.mu.Lock()
		twice := released
		released = true
		if !twice {
			r.busy--
		}
		s.mu.Unlock()
		if !twice {
			_ = s.remove(r, dir) // what stays is removed at the next start
		}
	}}, nil
}

// nearest is the newest kept tree, with its files, to share those that are the same. It is in use until it is released.
func (s *Store) nearest(ctx context.Context, r *repo) *base {
	s.mu.Lock()
	var newest *kept
	for _, k := range r.kept {
		if newest == nil || k.used.After(newest.used) {
			newest = k
		}
	}
	s.mu.Unlock()
	if newest == nil {
		return nil
	}
	files, err := s.list(ctx, r, newest.id)
	if err != nil {
		return nil // the mirror was made anew, and does not have it
	}
	t := s.whole(r, newest.id)
	if t == nil {
		return nil
	}
	b := &base{tree: t, ids: make(map[string]git.Entry, len(files)), paths: make(map[string]git.Entry, len(files))}
	for _, e := range files {
		b.ids[e.Mode+e.ID], b.paths[e.Name] = e, e
	}
	return b
}

// base is a kept tree that another one shares files with.
type base struct {
	tree       *Tree
	ids, paths map[string]git.Entry
}

// same is the path of a file with the same content and mode; empty when there is none.
func (b *base) same(e git.Entry) string {
	if b == nil {
		return ""
	}
	if old, ok := b.paths[e.Name]; ok && old.ID == e.ID && old.Mode == e.Mode {
		return filepath.Join(b.tree.Path, e.Name)
	}
	if old, ok := b.ids[e.Mode+e.ID]; ok {
		return filepath.Join(b.tree.Path, old.Name)
	}
	return ""
}

// build writes the files of a tree into a new folder, and shares those that a base has. It releases the base.
func (s *Store) build(ctx context.Context, r *repo, id string, files []git.Entry, from *base) (dir string, err error) {
	if from != nil {
		defer from.tree.Release()
	}
	blobs, err := git.Open(filepath.Join(r.dir, mirrorName)).Blobs(ctx)
	if err != nil {
		return "", err
	}
	defer blobs.Close()
	room, err := s.reserve(r, blobs, files, from)
	if err != nil {
		return "", err
	}
	work := filepath.Join(r.dir, workName)
	if err := os.MkdirAll(work, 0o711); err != nil {
		return "", fmt.Errorf("make a folder for a tree: %w", err)
	}
	if dir, err = os.MkdirTemp(work, id[:12]+"-"); err == nil {
		err = os.Chmod(dir, 0o755) //nolint:gosec // tools run as another user
	}
	if err != nil {
		return "", fmt.Errorf("make a folder for a tree: %w", err)
	}
	err = write(ctx, dir, files, from, blobs)
	// What was reserved is now what is there, by the same count as the removal's.
	s.mu.Lock()
	r.bytes -= room
	s.bytes -= room
	s.mu.Unlock()
	if err := errors.Join(err, s.add(r, dir)); err != nil {
		return "", errors.Join(err, s.remove(r, dir))
	}
	return dir, nil
}

// reserve makes room for a tree.
func (s *Store) reserve(r *repo, blobs *git.Blobs, files []git.Entry, from *base) (room int64, err error) {
	ids := make([]string, 0, len(files))
	for _, e := range files {
		ids = append(ids, e.ID)
	}
	sizes, err := blobs.Sizes(ids)
	if err != nil {
		return 0, err
	}
	folders, total := map[string]bool{}, int64(0)
	for _, e := range files {
		total += sizes[e.ID]
		if from.same(e) == "" {
			room += onDisk(sizes[e.ID])
		}
		folders[path.Dir(e.Name)] = true
	}
	if total > s.o.MaxBytes {
		return 0, refuse("its files have %d MiB, and at most %d are given to a check", total>>20, s.o.MaxBytes>>20)
	}
	room += int64(len(folders)) * block
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.evict(room); s.bytes+room > s.o.Quota {
		return 0, fmt.Errorf("make room for a tree of %d MiB: %w", room>>20, ErrFull)
	}
	r.bytes += room
	s.bytes += room
	return room, nil
}

// write writes files. The names were checked, and nothing but this makes anything below dir, so there is no link to follow.
func write(ctx context.Context, dir string, files []git.Entry, from *base, blobs *git.Blobs) error {
	made := map[string]bool{".": true}
	for _, e := range files {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := folder(dir, path.Dir(e.Name), made); err != nil {
			return err
		}
		to := filepath.Join(dir, e.Name)
		if same := from.same(e); same != "" && os.Link(same, to) == nil {
			continue // where the file has too many names already, or the file system has no second names, it is written
		}
		blob, err := blobs.Read(e.ID, maxFile)
		if err != nil {
			return err
		}
		if !blob.Whole() {
			return refuse("the file %.200q has more than %d MiB", e.Name, maxFile>>20)
		}
		mode := os.FileMode(0o444)
		if e.Mode == git.ModeExecutable {
			mode = 0o555
		}
		if err := put(to, blob.Data, mode); err != nil {
			return fmt.Errorf("write the tree: %w", err)
		}
	}
	return nil
}

// maxFile is the largest file, which is held in memory while it is written.
const maxFile = 256 << 20

func put(to string, data []byte, mode os.FileMode) error {
	f, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	return errors.Join(err, f.Chmod(mode), f.Close())
}

// folder makes a folder that other users may read, whatever the umask is.
func folder(dir, name string, made map[string]bool) error {
	if made[name] {
		return nil
	}
	if err := folder(dir, path.Dir(name), made); err != nil {
		return err
	}
	to := filepath.Join(dir, name)
	if err := errors.Join(os.Mkdir(to, 0o755), os.Chmod(to, 0o755)); err != nil { //nolint:gosec // tools run as another user
		return fmt.Errorf("write the tree: %w", err)
	}
	made[name] = true
	return nil
}

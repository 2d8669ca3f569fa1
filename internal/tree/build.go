package tree

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
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
	made, err := s.turned(ctx, r, id, files)
	if err == nil && made.dir == "" {
		made, err = s.build(ctx, r, id, files, s.nearest(ctx, r))
	}
	if err != nil {
		return nil, err
	}
	return s.keep(r, id, made)
}

// keep gives a folder with a whole tree its place.
func (s *Store) keep(r *repo, id string, made built) (*Tree, error) {
	to := filepath.Join(r.dir, treesName, id)
	if err := errors.Join(os.MkdirAll(filepath.Dir(to), 0o711), os.Rename(made.dir, to)); err != nil {
		return nil, errors.Join(fmt.Errorf("keep the tree: %w", err), s.remove(r, made.dir))
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	k := &kept{id: id, dir: to, content: made.content}
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
	made, err := s.build(ctx, r, id, files, nil)
	if err != nil {
		return nil, err
	}
	dir := made.dir
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

// built is a folder with files that are not in their place yet.
type built struct {
	dir string
	// content is how many bytes all its files have.
	content int64
}

// build writes the files of a tree into a new folder, and shares those that a base has. It releases the base.
func (s *Store) build(ctx context.Context, r *repo, id string, files []git.Entry, from *base) (made built, err error) {
	if from != nil {
		defer from.tree.Release()
	}
	blobs, err := git.Open(filepath.Join(r.dir, mirrorName)).Blobs(ctx)
	if err != nil {
		return made, err
	}
	defer blobs.Close()
	room, content, err := s.reserve(r, blobs, files, from)
	if err != nil {
		return made, err
	}
	dir, err := s.workFolder(r, id)
	if err != nil {
		s.count(r, -room)
		return made, err
	}
	taken, err := write(ctx, dir, files, from, blobs)
	// What was reserved is now what is there, by the same count as the removal's.
	s.count(r, taken+block-room)
	if err != nil {
		return made, errors.Join(err, s.remove(r, dir))
	}
	return built{dir, content}, nil
}

// workFolder makes an empty folder for a tree.
func (s *Store) workFolder(r *repo, id string) (dir string, err error) {
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
	return dir, nil
}

// reserve makes room for a tree. Content is how many bytes its files have.
func (s *Store) reserve(r *repo, blobs *git.Blobs, files []git.Entry, from *base) (room, content int64, err error) {
	ids := make([]string, 0, len(files))
	for _, e := range files {
		ids = append(ids, e.ID)
	}
	sizes, err := blobs.Sizes(ids)
	if err != nil {
		return 0, 0, err
	}
	folders := map[string]bool{}
	for _, e := range files {
		content += sizes[e.ID]
		if from.same(e) == "" {
			room += onDisk(sizes[e.ID])
		}
		folders[path.Dir(e.Name)] = true
	}
	if err := s.holdsContent(content); err != nil {
		return 0, 0, err
	}
	room += int64(len(folders)) * block
	return room, content, s.makeRoom(r, room)
}

func (s *Store) holdsContent(bytes int64) error {
	if bytes > s.o.MaxBytes {
		return refuse("its files have %d MiB, and at most %d are given to a check", bytes>>20, s.o.MaxBytes>>20)
	}
	return nil
}

// makeRoom counts bytes that are about to be written, where the quota has room for them.
func (s *Store) makeRoom(r *repo, room int64) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.evict(room); s.bytes+room > s.o.Quota {
		return fmt.Errorf("make room for a tree of %d MiB: %w", room>>20, ErrFull)
	}
	r.bytes += room
	s.bytes += room
	return nil
}

// write writes files, and counts the bytes that they and their folders take. The names were checked, and nothing but this
// makes anything below dir, so there is no link to follow.
func write(ctx context.Context, dir string, files []git.Entry, from *base, blobs *git.Blobs) (taken int64, err error) {
	made := map[string]bool{".": true}
	for _, e := range files {
		if err := ctx.Err(); err != nil {
			return taken, err
		}
		if err := folder(dir, path.Dir(e.Name), made, &taken); err != nil {
			return taken, err
		}
		to := filepath.Join(dir, e.Name)
		if same := from.same(e); same != "" && os.Link(same, to) == nil {
			continue // where the file has too many names already, or the file system has no second names, it is written
		}
		blob, err := blobs.Read(e.ID, maxFile)
		if err != nil {
			return taken, err
		}
		if !blob.Whole() {
			return taken, refuse("the file %.200q has more than %d MiB", e.Name, maxFile>>20)
		}
		mode := os.FileMode(0o444)
		if e.Mode == git.ModeExecutable {
			mode = 0o555
		}
		err = put(to, blob.Data, mode)
		taken += onDisk(blob.Size)
		if err != nil {
			return taken, fmt.Errorf("write the tree: %w", err)
		}
	}
	return taken, nil
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

// folder makes a folder that other users may read, whatever the umask is, unless it is there.
func folder(dir, name string, made map[string]bool, taken *int64) error {
	if made[name] {
		return nil
	}
	if err := folder(dir, path.Dir(name), made, taken); err != nil {
		return err
	}
	made[name] = true
	to := filepath.Join(dir, name)
	err := os.Mkdir(to, 0o755) //nolint:gosec // tools run as another user
	if errors.Is(err, fs.ErrExist) {
		return nil // in a folder that was turned into this tree
	}
	if err == nil {
		*taken += block
		err = os.Chmod(to, 0o755) //nolint:gosec // tools run as another user
	}
	if err != nil {
		return fmt.Errorf("write the tree: %w", err)
	}
	return nil
}

package tree

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// block is what files are rounded up to, as file systems do; a folder counts as one.
const block = 4096

func onDisk(size int64) int64 { return (size + block - 1) / block * block }

// Bytes is how many bytes everything in the folder takes, and how many it may take.
func (s *Store) Bytes() (used, quota int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.bytes, s.o.Quota
}

// sizeOf is how many bytes a folder takes. A file with several names counts in parts.
func sizeOf(dir string) (total int64, err error) {
	err = filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil // a fetch that runs renames its files
		}
		if err != nil {
			return err
		}
		if d.IsDir() {
			total += block
			return nil
		}
		info, err := d.Info()
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err == nil {
			total += onDisk(info.Size()) / names(info)
		}
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("count the bytes of a folder: %w", err)
	}
	return total, nil
}

// weigh counts the mirror of a repository anew after a fetch, and makes room where it grew.
func (s *Store) weigh(r *repo) error {
	size, err := r.weight()
	if err != nil {
		return err
	}
	s.count(r, size-r.mirror)
	s.mu.Lock()
	defer s.mu.Unlock()
	r.mirror = size
	s.evict(0)
	return nil
}

// weight is what the mirror takes, with the three folders that a repository always has.
func (r *repo) weight() (int64, error) {
	size, err := sizeOf(filepath.Join(r.dir, mirrorName))
	return size + 3*block, err
}

// count counts what came to a repository, or went.
func (s *Store) count(r *repo, bytes int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r.bytes += bytes
	s.bytes += bytes
}

// remove removes a folder of a repository and counts what that frees.
func (s *Store) remove(r *repo, dir string) error {
	s.removing.Lock()
	defer s.removing.Unlock()
	freed, err := unshared(dir, os.Remove)
	if err := errors.Join(err, os.RemoveAll(dir)); err != nil {
		return fmt.Errorf("remove a tree: %w", err)
	}
	s.count(r, -freed)
	return nil
}

// unshared counts the bytes of a folder that no other folder shares, and does something to each file.
func unshared(dir string, each func(file string) error) (total int64, err error) {
	err = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			total += block
			return nil
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		if names(info) == 1 {
			total += onDisk(info.Size())
		}
		return each(path)
	})
	return total, err
}

// evict removes what was not used for the longest time until there is room: trees first, then mirrors with nothing in
// use. The mutex is held; it is released while files go.
func (s *Store) evict(room int64) {
	for s.bytes+room > s.o.Quota {
		r, k := s.oldest()
		if r == nil {
			return
		}
		var dir string
		if k != nil {
			delete(r.kept, k.id)
			dir = filepath.Join(r.dir, workName, "gone-"+k.id)
			_ = os.MkdirAll(filepath.Dir(dir), 0o711) // the rename says so
			if os.Rename(k.dir, dir) != nil {
				dir = k.dir
			}
		} else {
			// Who begins with it while it goes begins anew.
			dir = filepath.Join(s.o.Folder, goneName+r.key)
			if os.Rename(r.dir, dir) != nil {
				return
			}
			delete(s.repos, r.key)
		}
		s.mu.Unlock()
		err := s.remove(r, dir)
		s.mu.Lock()
		if err != nil {
			return
		}
		if k == nil {
			s.bytes -= r.bytes // what rounding left
		}
	}
}

// oldest is what to remove next: a tree that nobody uses, or without one a whole repository.
func (s *Store) oldest() (*repo, *kept) {
	var at *repo
	var oldest *kept
	for _, r := range s.repos {
		for _, k := range r.kept {
			if k.users == 0 && (oldest == nil || k.used.Before(oldest.used)) {
				at, oldest = r, k
			}
		}
	}
	if at != nil {
		return at, oldest
	}
	var used time.Time
	for _, r := range s.repos {
		if r.busy == 0 && len(r.kept) == 0 && r.bytes > 0 && (at == nil || r.used.Before(used)) {
			at, used = r, r.used
		}
	}
	return at, nil
}

// Package tree gives tools the files of commits without a clone for each run: a bare mirror of each repository, and
// folders with the files of whole trees, which share what they have in common.
//
// Callers may rely on:
//   - a folder holds regular files and folders alone: no link, no submodule, no .git, and no name that leads out of it;
//   - nobody but the store writes below a folder, and it stays until everybody who got it released it;
//   - a fetch brings only what the mirror does not have; the credentials of the forge are in no file and no argument;
//   - the folder of the store stays below its quota, but for what one fetch brings before it can be counted.
package tree

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/lintel-review/lintel/internal/checkrun"
	"github.com/lintel-review/lintel/internal/git"
	"github.com/lintel-review/lintel/internal/lazyregexp"
	"github.com/lintel-review/lintel/internal/processlock"
)

// Options say where trees lie and how large they may be. Every field is needed.
type Options struct {
	// Folder is Lintel's alone. Other users must be able to pass through it where tools run as other users.
	Folder string
	// Quota is how many bytes all mirrors and trees may take.
	Quota int64
	// MaxFiles and MaxBytes bound one tree, MaxMirror the mirror of one repository.
	MaxFiles            int
	MaxBytes, MaxMirror int64
	Now                 func() time.Time
}

// Repository is where commits come from.
type Repository struct {
	// Key names its mirror: letters, digits and dashes, the same for as long as the repository lives.
	Key string
	// Remote says how it is reached. It is asked only when something must be fetched.
	Remote func(ctx context.Context) (git.Remote, error)
}

// refuse says that no retry makes a tree: it is too large, has a name that no file can have, or its merge has conflicts.
func refuse(format string, args ...any) error {
	return &checkrun.Refused{Why: fmt.Sprintf(format, args...)}
}

// ErrFull says that everything in the folder is in use, and the quota leaves no room for another tree. It passes.
var ErrFull = errors.New("the quota leaves no room for another tree until one that is in use is released")

// Store is safe for concurrent use. One process at a time may have a folder.
type Store struct {
	o    Options
	lock *processlock.Lock

	mu    sync.Mutex
	repos map[string]*repo
	bytes int64
	// removing is held while folders are removed: the bytes of a file count where its last name goes.
	removing sync.Mutex
}

// repo is what is kept of one repository. Who has turn may fetch and build.
type repo struct {
	key, dir string
	turn     chan struct{}
	// Under the store's mutex:
	used   time.Time
	busy   int   // how many have or want its turn
	bytes  int64 // mirror and folders
	mirror int64 // what weight was last
	kept   map[string]*kept
}

// kept is a folder with a whole tree.
type kept struct {
	id, dir string
	used    time.Time
	users   int
	// content is how many bytes its files have; 0 where that is not known.
	content int64
}

// The names of folders: a repository has a mirror, whole trees, and others that are being made or removed.
const (
	mirrorName = "mirror.git"
	treesName  = "trees-1" // another number where trees are made in another way
	workName   = "work"
	goneName   = "gone."  // begins the name of a repository's folder that is being removed
	closedName = "closed" // stands in the folder while no process has it, and the last one closed it
)

var (
	keyForm  = lazyregexp.New(`^[a-z0-9][a-z0-9-]{0,80}$`)
	treeForm = lazyregexp.New(`^[0-9a-f]{40,64}$`)
)

// ErrTaken says that another process has the folder.
var ErrTaken = errors.New("another process has it: give each a folder of its own")

// Open opens the folder, removes what a process that was killed left half made, and counts what is there.
func Open(o Options) (*Store, error) {
	if o.Folder == "" || o.Quota <= 0 || o.MaxFiles <= 0 || o.MaxBytes <= 0 || o.MaxMirror <= 0 || o.Now == nil {
		return nil, errors.New("open the folder of trees: the options are not complete")
	}
	abs, err := filepath.Abs(o.Folder)
	if err != nil {
		return nil, fmt.Errorf("open the folder of trees: %w", err)
	}
	if o.Folder = abs; os.MkdirAll(abs, 0o711) != nil {
		return nil, fmt.Errorf("open the folder of trees %s: it cannot be made", abs)
	}
	lock, err := processlock.Folder(abs)
	if err != nil {
		return nil, fmt.Errorf("open the folder of trees: %w", err)
	}
	if lock == nil {
		return nil, fmt.Errorf("open the folder of trees %s: %w", abs, ErrTaken)
	}
	s := &Store{o: o, lock: lock, repos: map[string]*repo{}}
	// Whole trees are a cache. After a crash of the machine their files may be empty, and would be believed.
	err = os.Remove(filepath.Join(abs, closedName))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, errors.Join(fmt.Errorf("open the folder of trees: %w", err), lock.Close())
	}
	if err := s.takeOver(err == nil); err != nil {
		return nil, errors.Join(err, lock.Close())
	}
	return s, nil
}

// Folder is where everything is kept, absolute.
func (s *Store) Folder() string { return s.o.Folder }

// Close gives the folder free for another process. What is kept stays for it.
func (s *Store) Close() error {
	err := os.WriteFile(filepath.Join(s.o.Folder, closedName), nil, 0o600)
	return errors.Join(err, s.lock.Close())
}

// takeOver counts what is in the folder: mirrors, which git checks, and whole trees where the last process closed it.
func (s *Store) takeOver(closed bool) error {
	all, err := os.ReadDir(s.o.Folder)
	if err != nil {
		return fmt.Errorf("read the folder of trees: %w", err)
	}
	for _, entry := range all {
		if strings.HasPrefix(entry.Name(), goneName) {
			if err := os.RemoveAll(filepath.Join(s.o.Folder, entry.Name())); err != nil {
				return fmt.Errorf("remove what is half gone: %w", err)
			}
		}
		if !entry.IsDir() || !keyForm.MatchString(entry.Name()) {
			continue
		}
		r := s.repo(entry.Name())
		half := []string{workName}
		if !closed {
			half = append(half, treesName)
		}
		for _, name := range half {
			if err := os.RemoveAll(filepath.Join(r.dir, name)); err != nil {
				return fmt.Errorf("remove what is half made: %w", err)
			}
		}
		trees, _ := os.ReadDir(filepath.Join(r.dir, treesName)) // none where there is no such folder
		for _, t := range trees {
			if !treeForm.MatchString(t.Name()) {
				continue
			}
			k := &kept{id: t.Name(), dir: filepath.Join(r.dir, treesName, t.Name())}
			if info, err := t.Info(); err == nil {
				k.used = info.ModTime()
				r.used = later(r.used, k.used)
			}
			r.kept[k.id] = k
		}
		if r.bytes, err = sizeOf(r.dir); err != nil {
			return err
		}
		if r.mirror, err = r.weight(); err != nil {
			return err
		}
		s.bytes += r.bytes
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.evict(0)
	return nil
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// repo is what is kept of a repository. The mutex is held, or nobody else has the store yet.
func (s *Store) repo(key string) *repo {
	r := s.repos[key]
	if r == nil {
		r = &repo{key: key, dir: filepath.Join(s.o.Folder, key), turn: make(chan struct{}, 1), kept: map[string]*kept{}}
		s.repos[key] = r
	}
	return r
}

// take waits for the turn of a repository, and returns how to give it back.
func (s *Store) take(ctx context.Context, key string) (*repo, func(), error) {
	if !keyForm.MatchString(key) {
		return nil, nil, fmt.Errorf("find the mirror of %q: the key has other characters than a-z, 0-9 and dashes", key)
	}
	s.mu.Lock()
	r := s.repo(key)
	r.busy++
	s.mu.Unlock()
	leave := func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		r.busy--
		r.used = s.o.Now()
	}
	select {
	case r.turn <- struct{}{}:
		return r, func() { <-r.turn; leave() }, nil
	case <-ctx.Done():
		leave()
		return nil, nil, ctx.Err()
	}
}

package toolrun

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/lintel-review/lintel/internal/processlock"
)

// scratch is a folder for the tree of one run. Its lock lives as long as the process does: a folder that nobody holds
// is left of a process that was killed.
type scratch struct {
	folder string
	lock   *processlock.Lock
}

// scratchName begins the names of these folders.
const scratchName = "lintel-tree-"

// openScratch makes a folder below parent and holds it.
func openScratch(parent string) (*scratch, error) {
	folder, err := os.MkdirTemp(parent, scratchName)
	if err != nil {
		return nil, fmt.Errorf("make a folder for the tree: %w", err)
	}
	lock, err := processlock.Folder(folder)
	if err == nil && lock == nil {
		err = fmt.Errorf("hold the folder for the tree %s: another process holds it", folder)
	}
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(folder))
	}
	return &scratch{folder, lock}, nil
}

// close removes the folder.
func (s *scratch) close() error { return errors.Join(s.lock.Close(), os.RemoveAll(s.folder)) }

// young is the age up to which a folder without a holder may be one that is just being made.
const young = time.Minute

// sweep removes the folders of processes that were killed.
func sweep(parent string) error {
	found, _ := filepath.Glob(filepath.Join(parent, scratchName+"*")) // the pattern is well formed
	for _, folder := range found {
		info, err := os.Lstat(folder)
		if err != nil || !info.IsDir() || time.Since(info.ModTime()) < young {
			continue
		}
		lock, err := processlock.Folder(folder)
		if err != nil || lock == nil {
			continue // it is another user's, or in use
		}
		if err := (&scratch{folder, lock}).close(); err != nil {
			return fmt.Errorf("remove what a run that was killed left: %w", err)
		}
	}
	return nil
}

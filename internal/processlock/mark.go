package processlock

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Mark shows the other processes of a SQLite database that this one lives: a file beside it that stays locked.
type Mark struct {
	lock Lock
	path string
}

const (
	markBegins = ".process-"
	markEnds   = ".lock"
)

// Leave marks this process as living, by a name that no other process has.
func Leave(database, name string) (*Mark, error) {
	path := database + markBegins + name + markEnds
	for {
		f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o640)
		if err != nil {
			return nil, fmt.Errorf("mark this process as living: %w", err)
		}
		if err := shared(f); err != nil {
			return nil, errors.Join(fmt.Errorf("mark this process as living: %w", err), f.Close())
		}
		if named(f, path) {
			return &Mark{Lock{f}, path}, nil
		}
		// Between the two, somebody took it for that of a process that is over, and removed it.
		if err := f.Close(); err != nil {
			return nil, fmt.Errorf("mark this process as living: %w", err)
		}
	}
}

// named reports whether a path still leads to an open file.
func named(f *os.File, path string) bool {
	open, err1 := f.Stat()
	there, err2 := os.Stat(path)
	return err1 == nil && err2 == nil && os.SameFile(open, there)
}

// Close lets the others see that this process is over. One that leaves nothing behind removes its mark, too.
func (m *Mark) Close(nothingLeft bool) error {
	if nothingLeft {
		_ = os.Remove(m.path) // where an open file cannot be removed, Bury finds it
	}
	return m.lock.Close()
}

// Bury calls settle with the names of the processes that left their mark at a database and are over, if there are any,
// and removes their marks when it succeeds. Meanwhile nobody else buries them. A mark that cannot be read is left alone,
// and the error says so: the others are looked at all the same.
func Bury(database string, settle func(names []string) error) (err error) {
	paths, err := marks(database)
	if err != nil {
		return err
	}
	var names, gone []string
	var unread error
	for _, path := range paths {
		f, opened := os.Open(path) // that of another user's process is not for writing
		if errors.Is(opened, fs.ErrNotExist) {
			continue
		}
		if opened != nil {
			unread = errors.Join(unread, fmt.Errorf("look whether a process lives: %w", opened))
			continue
		}
		defer func() { err = errors.Join(err, (&Lock{f}).Close()) }()
		if exclusive(f) == nil && named(f, path) {
			gone = append(gone, path)
			names = append(names, strings.TrimSuffix(strings.TrimPrefix(path, database+markBegins), markEnds))
		}
	}
	if len(names) == 0 {
		return unread
	}
	if err := settle(names); err != nil {
		return errors.Join(err, unread)
	}
	for _, path := range gone {
		_ = os.Remove(path) // where an open file cannot be removed, the next look finds it again, and nothing to settle
	}
	return unread
}

// marks lists the files of all processes.
func marks(database string) (paths []string, err error) {
	folder, base := filepath.Split(database)
	all, err := os.ReadDir(filepath.Dir(database))
	if err != nil {
		return nil, fmt.Errorf("look which processes live: %w", err)
	}
	for _, e := range all {
		if strings.HasPrefix(e.Name(), base+markBegins) && strings.HasSuffix(e.Name(), markEnds) {
			paths = append(paths, folder+e.Name())
		}
	}
	return paths, nil
}

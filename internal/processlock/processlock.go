// Package processlock keeps processes that share a SQLite database, or a folder, apart. The kernel frees each lock when its process
// ends, however it ends.
package processlock

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// Lock is held until Close, or until its process ends.
type Lock struct{ file *os.File }

// Close gives the lock back. It unlocks before it closes: a program that is being started holds a copy of every open
// file for a moment, and with it the lock.
func (l *Lock) Close() error { return errors.Join(unlock(l.file), l.file.Close()) }

// Serve takes the lock that only one serving process of a database may hold.
func Serve(path string) (*Lock, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock the database: %w", err)
	}
	if err := exclusive(f); err != nil {
		closed := f.Close()
		if isTaken(err) {
			return nil, errors.Join(
				fmt.Errorf("another lintel serve runs on this database (%s is locked): stop it first, or name another database", path),
				closed)
		}
		return nil, errors.Join(fmt.Errorf("lock the database %s: %w", path, err), closed)
	}
	return &Lock{f}, nil
}

// Askers is shared by all processes that ask models for a database. Whoever can have it alone knows that no other lives.
type Askers struct{ Lock }

// Ask takes the lock, and says whether this process is the only one that asks.
func Ask(database string) (l *Askers, alone bool, err error) {
	f, err := os.OpenFile(database+".advise.lock", os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, false, fmt.Errorf("lock the questions to the model: %w", err)
	}
	alone = exclusive(f) == nil
	if !alone {
		if err := shared(f); err != nil {
			return nil, false, errors.Join(fmt.Errorf("lock the questions to the model: %w", err), f.Close())
		}
	}
	return &Askers{Lock{f}}, alone, nil
}

// Share lets others in. It is called when the jobs that a killed process left were taken back.
func (l *Askers) Share() error {
	if err := shared(l.file); err != nil {
		return fmt.Errorf("share the lock of questions: %w", err)
	}
	return nil
}

// Folder takes the lock of a folder, which is a file in it. It is nil where another process holds it.
func Folder(path string) (*Lock, error) {
	f, err := os.OpenFile(filepath.Join(path, "lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock the folder: %w", err)
	}
	err = exclusive(f)
	if err == nil {
		return &Lock{f}, nil
	}
	if isTaken(err) {
		return nil, f.Close()
	}
	return nil, errors.Join(fmt.Errorf("lock the folder %s: %w", path, err), f.Close())
}

// Serving reports whether a process holds the lock that Serve takes.
func Serving(path string) (bool, error) {
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	f, err := os.OpenFile(path, os.O_RDWR, 0o600)
	if err != nil {
		return false, fmt.Errorf("look at the lock of the database: %w", err)
	}
	err = exclusive(f)
	if err == nil {
		return false, (&Lock{f}).Close()
	}
	if isTaken(err) {
		return true, f.Close()
	}
	return false, errors.Join(fmt.Errorf("look at the lock of the database %s: %w", path, err), f.Close())
}

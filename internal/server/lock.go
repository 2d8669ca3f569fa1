package server

import (
	"errors"
	"fmt"
	"os"
	"syscall"
)

// lockProcess takes the lock that only one serving process of a SQLite database may hold. The kernel frees it when the process ends, however it ends.
func lockProcess(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock the database: %w", err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		closed := f.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, errors.Join(fmt.Errorf("another lintel serve runs on this database (%s is locked): stop it first, or name another database", path), closed)
		}
		return nil, errors.Join(fmt.Errorf("lock the database %s: %w", path, err), closed)
	}
	return f, nil
}

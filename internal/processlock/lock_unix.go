//go:build unix

package processlock

import (
	"errors"
	"os"
	"syscall"
)

// exclusive takes a lock that nobody else may have, or fails at once.
func exclusive(f *os.File) error { return syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) }

// shared takes a lock that others may have as well, and waits for it. It replaces the exclusive one of the same file.
func shared(f *os.File) error { return syscall.Flock(int(f.Fd()), syscall.LOCK_SH) }

func unlock(f *os.File) error { return syscall.Flock(int(f.Fd()), syscall.LOCK_UN) }

// isTaken reports whether an exclusive lock failed because somebody has one.
func isTaken(err error) bool { return errors.Is(err, syscall.EWOULDBLOCK) }

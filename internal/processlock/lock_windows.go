package processlock

import (
	"errors"
	"os"

	"golang.org/x/sys/windows"
)

// exclusive takes a lock that nobody else may have, or fails at once.
func exclusive(f *os.File) error {
	return lock(f, windows.LOCKFILE_EXCLUSIVE_LOCK|windows.LOCKFILE_FAIL_IMMEDIATELY)
}

// shared takes a lock that others may have as well, and waits for it. Windows does not turn an exclusive lock into a
// shared one: it is given up first, so somebody else may come in between. No caller relies on the contrary.
func shared(f *os.File) error {
	if err := unlock(f); err != nil {
		return err
	}
	return lock(f, 0)
}

func unlock(f *os.File) error {
	err := windows.UnlockFileEx(windows.Handle(f.Fd()), 0, 1, 0, new(windows.Overlapped))
	if errors.Is(err, windows.ERROR_NOT_LOCKED) {
		return nil
	}
	return err
}

func lock(f *os.File, flags uint32) error {
	return windows.LockFileEx(windows.Handle(f.Fd()), flags, 0, 1, 0, new(windows.Overlapped))
}

// isTaken reports whether an exclusive lock failed because somebody has one.
func isTaken(err error) bool { return errors.Is(err, windows.ERROR_LOCK_VIOLATION) }

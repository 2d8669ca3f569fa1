//go:build unix

package processlock

import (
	"path/filepath"
	"syscall"
	"testing"
)

// TestCloseWhileAProgramStarts holds that a lock is free once it was closed, though a program that is just being started
// has a copy of the file.
func TestCloseWhileAProgramStarts(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lintel.db.lock")
	first, err := Serve(path)
	if err != nil {
		t.Fatal(err)
	}
	started, err := syscall.Dup(int(first.file.Fd()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = syscall.Close(started) })
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	again, err := Serve(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := again.Close(); err != nil {
		t.Fatal(err)
	}
}

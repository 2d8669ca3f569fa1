package toolrun

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

// TestSweep: what a killed process left goes, and what a living one has, or what is new, stays.
func TestSweep(t *testing.T) {
	t.Parallel()
	parent := t.TempDir()
	held, err := openScratch(parent)
	if err != nil {
		t.Fatal(err)
	}
	left, fresh := filepath.Join(parent, scratchName+"1"), filepath.Join(parent, scratchName+"2")
	for _, folder := range []string{left, fresh} {
		if err := os.MkdirAll(filepath.Join(folder, "tree", "a"), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	past := time.Now().Add(-time.Hour)
	for _, folder := range []string{held.folder, left} {
		if err := os.Chtimes(folder, past, past); err != nil {
			t.Fatal(err)
		}
	}
	if err := sweep(parent); err != nil {
		t.Fatal(err)
	}
	for folder, stays := range map[string]bool{held.folder: true, left: false, fresh: true} {
		if _, err := os.Stat(folder); (err == nil) != stays {
			t.Errorf("%s stays: %v, want %v", folder, err == nil, stays)
		}
	}
	if err := held.close(); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(held.folder); err == nil {
		t.Error("a run leaves its folder")
	}
}

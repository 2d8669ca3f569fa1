// Package sqlitetest gives each test a SQLite file of its own with the tables in it, which are made once: to make them
// costs more than most tests do with them. Only tests import it.
package sqlitetest

import (
	"os"
	"path/filepath"
	"sync"
	"testing"
)

// Copies returns a function that puts a copy of what prepare made of an empty database at a path, where no file is yet.
// A test of how tables are made does without.
func Copies(prepare func(address string) error) func(t testing.TB, path string) {
	made := sync.OnceValues(func() ([]byte, error) {
		dir, err := os.MkdirTemp("", "sqlitetest-")
		if err != nil {
			return nil, err
		}
		defer os.RemoveAll(dir)
		path := filepath.Join(dir, "made.db")
		if err := prepare("sqlite://" + path); err != nil {
			return nil, err
		}
		return os.ReadFile(path)
	})
	return func(t testing.TB, path string) {
		t.Helper()
		if _, err := os.Stat(path); err == nil {
			return
		}
		db, err := made()
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, db, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

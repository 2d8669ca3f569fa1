// Package sqldb opens the SQL database and is the ground that the rooms of the record share: SQLite's file, which only its
// owner may read, or PostgreSQL's server; a pool that writes and a pool of readers; transactions, ids, and values as
// columns hold them. It knows no table. Only this package imports the drivers of the two.
//
// Callers may rely on:
//   - a write transaction excludes every other one, of this process and of others, or those of its partition;
//   - ids grow, also over restarts and clocks that were set back;
//   - an error of the database says what an operator can do about it, and wraps the database's own;
//   - what is written after the file was deleted or replaced is refused, not lost.
package sqldb

import (
	"errors"
	"fmt"
	"net/url"
	"os"
	"strings"
)

// restrictAccess makes the database's file before SQLite does, readable by its owner alone, and takes others' rights
// from one that is there: it holds the key of page links, and what people wrote. SQLite gives the files beside it the
// same rights.
func restrictAccess(path string) error {
	// Only a new file is opened here: closing one that is open elsewhere in the process would release SQLite's locks on
	// it.
	if f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600); err == nil {
		if err := f.Close(); err != nil {
			return fmt.Errorf("make the database %s: %w", path, err)
		}
	} else if !errors.Is(err, os.ErrExist) {
		return nil // SQLite finds the same fault when it opens the file, and explain says more about it
	}
	for _, name := range []string{path, path + "-wal", path + "-shm"} {
		info, err := os.Stat(name)
		if errors.Is(err, os.ErrNotExist) {
			continue
		}
		if err == nil {
			err = restrictMode(name, info.Mode().Perm())
		}
		if err != nil {
			return fmt.Errorf("keep the database to its owner: %w: give the file to Lintel's user, or run chmod 600 on it", err)
		}
	}
	return nil
}

// restrictMode takes everybody's rights, and a group's that may only read: those are a umask's doing. A group that may
// write was let in on purpose, as the worker that asks a model is (docs/operations.md).
func restrictMode(name string, mode os.FileMode) error {
	want := mode &^ 0o007
	if mode&0o020 == 0 {
		want &^= 0o070
	}
	if want == mode {
		return nil
	}
	return os.Chmod(name, want)
}

// dsnOf is the address of a SQLite file with pairs of parameters, as the driver reads it.
func dsnOf(path string, pairs ...string) string {
	v := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		v.Add(pairs[i], pairs[i+1])
	}
	u := url.URL{Scheme: "file", Opaque: url.PathEscape(path), RawQuery: v.Encode()}
	return strings.ReplaceAll(u.String(), "%2F", "/")
}

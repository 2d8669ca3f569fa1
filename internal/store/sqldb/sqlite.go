package sqldb

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/lintel-review/lintel/internal/usage"
)

// maxReaders is how many connections SQLite's pool of readers has.
const maxReaders = 4

// openSQLite opens the writer and the readers of a file.
func (d *DB) openSQLite(path string, create bool) error {
	pairs := []string{"_pragma", busyPragma, "_pragma", "synchronous(NORMAL)", "_txlock", "immediate"}
	if create {
		if err := restrictAccess(path); err != nil {
			return err
		}
		pairs = append([]string{"_pragma", "journal_mode(WAL)"}, pairs...)
	} else {
		if _, err := os.Stat(path); err != nil {
			why := err
			if p, ok := errors.AsType[*fs.PathError](err); ok {
				why = p.Err
			}
			return &usage.Error{
				What:   fmt.Sprintf("the database %q cannot be read: %s", path, why),
				Remedy: "name the server's file with --config; where there is none yet, start lintel serve first; it makes the database",
				Err:    err,
			}
		}
		pairs = append([]string{"mode", "rw"}, pairs...)
	}
	// What writes is short; between two statements its transaction heeds the context.
	d.write = openPool(path, dsnOf(path, pairs...), true, d.seen)
	// SQLite has one writer at a time, and a queue in front of it waits better than a busy loop.
	d.write.SetMaxOpenConns(1)
	d.read = openPool(path, dsnOf(path, "mode", "ro", "_pragma", "query_only(1)", "_pragma", busyPragma), false, d.seen)
	d.read.SetMaxOpenConns(maxReaders)
	d.read.SetMaxIdleConns(maxReaders)
	return nil
}

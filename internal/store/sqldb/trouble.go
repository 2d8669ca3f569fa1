package sqldb

import (
	"database/sql/driver"
	"errors"
	"fmt"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// Trouble is an error of the database or its disk in an operator's words. SQLite's own follow them.
type Trouble struct {
	// Path is the database file.
	Path string
	// What is wrong, and Remedy what to do about it.
	What, Remedy string
	err          error
}

func (t *Trouble) Error() string { return fmt.Sprintf("%s: %s (%v)", t.What, t.Remedy, t.err) }

func (t *Trouble) Unwrap() error { return t.err }

// troubles are the kinds of SQLite's primary result codes that an operator can do something about. Others are faults of
// ours, and keep their own words. https://www.sqlite.org/rescode.html
var troubles = map[int]struct{ what, remedy string }{
	sqlite3.SQLITE_FULL: {"the disk that holds the database %s is full",
		"free space there, or move the database to a larger disk; nothing that was stored is lost"},
	sqlite3.SQLITE_BUSY: {"another program holds the database %s locked",
		"end what works on it beside lintel serve (a backup without \".backup\", a shell with an open transaction)"},
	sqlite3.SQLITE_LOCKED: {"a part of the database %s is locked", "try again; if it stays, restart Lintel"},
	sqlite3.SQLITE_READONLY: {"the database %s cannot be written",
		"give Lintel's user the file and its folder to write, and mount the disk for writing"},
	sqlite3.SQLITE_PERM: {"Lintel may not use the database %s", "give Lintel's user the file and its folder to read and write"},
	sqlite3.SQLITE_CANTOPEN: {"the database %s cannot be opened",
		"see that its folder exists and that Lintel's user may read and write there"},
	sqlite3.SQLITE_IOERR: {"the disk under the database %s failed",
		"look at the system's log for errors of the disk, then check the file with \"sqlite3 FILE 'pragma integrity_check'\""},
	sqlite3.SQLITE_CORRUPT: {"the database %s is damaged",
		"stop Lintel, keep the file, and restore the newest backup (docs/operations.md)"},
	sqlite3.SQLITE_NOTADB: {"the file %s is no SQLite database",
		"correct the key database in the server's file, or restore the newest backup (docs/operations.md)"},
	sqlite3.SQLITE_NOMEM: {"there was no memory left for the database %s", "give Lintel more memory"},
}

// replaced is the trouble of a database whose file is no longer the one that was opened. Writing on would be lost with
// the process.
func replaced(path string, err error) error {
	return &Trouble{Path: path, What: fmt.Sprintf("the database %s was deleted or replaced while Lintel runs", path),
		Remedy: "put the file back and restart Lintel, or restart it to begin anew; nothing is taken in until then", err: err}
}

// explain puts an operator's words before SQLite's.
func explain(path string, err error) error {
	var raw *sqlite.Error
	if err == nil || !errors.As(err, &raw) {
		return err
	}
	var explained *Trouble
	if errors.As(err, &explained) {
		return err
	}
	kind, ok := troubles[raw.Code()&0xff]
	if !ok {
		return err
	}
	return &Trouble{Path: path, What: fmt.Sprintf(kind.what, path), Remedy: kind.remedy, err: err}
}

// tx explains what goes wrong at the end of a transaction.
type tx struct {
	driver.Tx
	path string
}

func (t tx) Commit() error   { return explain(t.path, t.Tx.Commit()) }
func (t tx) Rollback() error { return explain(t.path, t.Tx.Rollback()) }

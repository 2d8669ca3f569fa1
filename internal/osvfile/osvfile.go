// Package osvfile keeps the file of an OSV database open and notices when it is replaced.
//
// Callers may rely on: Source never blocks on a network and costs one look at the file's name; a database that was given
// out stays readable after its file was replaced; a file that cannot be used is a Problem, and the next one that can
// ends it.
package osvfile

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"sync"

	"github.com/lintel-review/lintel/internal/osv"
)

// File is the file of a database that may be replaced at any time by a rename.
type File struct {
	path string

	mu   sync.Mutex
	info fs.FileInfo
	held osv.Source
}

// New names a file, which is opened when it is needed. Without a path there is no database.
func New(path string) *File { return &File{path: path} }

// Source is the database as the file holds it now.
func (f *File) Source() osv.Source {
	if f.path == "" {
		return osv.Source{}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	info, err := os.Stat(f.path)
	if err != nil {
		f.info, f.held = nil, osv.Source{Problem: problem(err)}
		return f.held
	}
	if f.info != nil && os.SameFile(f.info, info) && f.info.Size() == info.Size() && f.info.ModTime().Equal(info.ModTime()) {
		return f.held
	}
	f.info, f.held = info, osv.Source{}
	// The old one is closed by the garbage collector, once no look reads it any more.
	if f.held.Database, err = Open(f.path); err != nil {
		f.held.Problem = problem(err)
	}
	return f.held
}

// Open opens a database. The file is closed when the database is no longer used.
func Open(path string) (*osv.Database, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	info, err := file.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = errors.New("it is no file")
	}
	var db *osv.Database
	if err == nil {
		db, err = osv.Open(file, info.Size())
	}
	if err != nil {
		_ = file.Close()
		return nil, err
	}
	return db, nil
}

// problem leaves the path out: people who may not know the server's folders read it.
func problem(err error) string {
	var at *fs.PathError
	if errors.As(err, &at) {
		return fmt.Sprintf("its file cannot be opened (%v)", at.Err)
	}
	return err.Error()
}

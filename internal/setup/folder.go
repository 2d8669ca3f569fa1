package setup

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/lintel-review/lintel/internal/terminal"
	"github.com/lintel-review/lintel/internal/usage"
)

// Folder is a place for a server's files, held from before anything is made on the forge until the files are written.
type Folder struct {
	path string
	// made is true when it did not exist: then it is removed again if there is nothing to put into it.
	made bool
}

// Reserve makes the folder if need be, and finds out that the files can be written, are not there, and can be replaced by
// nobody else.
func Reserve(path string, names ...string) (Folder, error) {
	_, err := os.Stat(path)
	f := Folder{path: path, made: errors.Is(err, fs.ErrNotExist)}
	if err := os.MkdirAll(path, 0o700); err != nil {
		return f, terminal.Unwritable(path, err)
	}
	if info, err := os.Stat(path); err == nil && info.Mode().Perm()&0o002 != 0 && info.IsDir() && !onWindows {
		return f, &usage.Error{
			What:   path + " can be written by every user of this machine, who could replace the key",
			Remedy: fmt.Sprintf("name another folder, or take the right away with 'chmod o-w %s'", Quoted(path)),
		}
	}
	for _, name := range names {
		if _, err := os.Lstat(filepath.Join(path, name)); err == nil {
			return f, &usage.Error{
				What: filepath.Join(path, name) + " exists, and nothing is overwritten",
				Remedy: "name another folder, move the old files away if you want new ones, or start what they set up with " +
					"'lintel serve --config FILE'",
			}
		}
	}
	trial, err := os.CreateTemp(path, ".lintel-setup-*")
	if err != nil {
		return f, errors.Join(terminal.Unwritable(path, err), f.Release())
	}
	return f, errors.Join(trial.Close(), os.Remove(trial.Name()))
}

// Release removes the folder again if it was made for this and is empty.
func (f Folder) Release() error {
	if !f.made {
		return nil
	}
	return os.Remove(f.path)
}

// File is one file with its content.
type File struct {
	Name    string
	Content []byte
}

// Keep writes all files or none. Each is on disk before the next begins, none takes the place of another, and each is
// readable by its owner alone. Name what needs the others last.
func (f Folder) Keep(files ...File) (err error) {
	var written []string
	defer func() {
		if err == nil {
			return
		}
		for _, path := range written {
			err = errors.Join(err, os.Remove(path))
		}
	}()
	for _, file := range files {
		path := filepath.Join(f.path, file.Name)
		// The umask can only take rights away, and these are for the owner alone.
		out, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
		if err != nil {
			return err
		}
		written = append(written, path)
		_, err = out.Write(file.Content)
		if err := errors.Join(err, out.Sync(), out.Close()); err != nil {
			return fmt.Errorf("write %s: %w", path, err)
		}
	}
	return nil
}

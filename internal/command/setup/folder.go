package setup

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/lintel-review/lintel/internal/forge/github"
	"github.com/lintel-review/lintel/internal/terminal"
	"github.com/lintel-review/lintel/internal/usage"
)

// The files of a server.
const (
	serverFile = "server.yml"
	keyFile    = "private-key.pem"
	secretFile = "webhook-secret"
)

// folder is a place for the files, held from before the App is made until its key is written.
type folder struct {
	path string
	// made is true when it did not exist: then it is removed again if there is nothing to put into it.
	made bool
}

// reserve makes the folder if need be, and finds out that the files can be written and are not there.
func reserve(path string) (folder, error) {
	_, err := os.Stat(path)
	f := folder{path: path, made: errors.Is(err, fs.ErrNotExist)}
	if err := os.MkdirAll(path, 0o700); err != nil {
		return f, terminal.Unwritable(path, err)
	}
	for _, name := range []string{serverFile, keyFile, secretFile} {
		if _, err := os.Lstat(filepath.Join(path, name)); err == nil {
			return f, &usage.Error{
				What:   filepath.Join(path, name) + " exists, and nothing is overwritten",
				Remedy: "name another folder, or move the old files away if you want a new App",
			}
		}
	}
	trial, err := os.CreateTemp(path, ".lintel-setup-*")
	if err != nil {
		return f, errors.Join(terminal.Unwritable(path, err), f.release())
	}
	return f, errors.Join(trial.Close(), os.Remove(trial.Name()))
}

// release removes the folder again if it was made for this and is empty.
func (f folder) release() error {
	if !f.made {
		return nil
	}
	return os.Remove(f.path)
}

// file is one file with its content.
type file struct {
	name    string
	content []byte
}

// files are what a server needs, the secrets first: server.yml is there only when all else is.
func (c GitHub) files(r github.Registration) []file {
	var b strings.Builder
	fmt.Fprintf(&b, "# The server's own file, written by lintel setup github for the App %s.\n", strconv.Quote(r.Name))
	b.WriteString("# docs/server.md describes every key.\n")
	fmt.Fprintf(&b, "public_url: %s\ndatabase: %s\ngithub:\n  app_id: %d\n  private_key_file: %s\n  webhook_secret_file: %s\n",
		strconv.Quote(c.PublicURL), strconv.Quote(c.Database), r.ID, strconv.Quote(filepath.Join(c.Folder, keyFile)),
		strconv.Quote(filepath.Join(c.Folder, secretFile)))
	if c.WebURL != "https://github.com" {
		fmt.Fprintf(&b, "  api_url: %s\n  web_url: %s\n", strconv.Quote(c.APIURL), strconv.Quote(c.WebURL))
	}
	return []file{{keyFile, r.Key}, {secretFile, r.WebhookSecret}, {serverFile, []byte(b.String())}}
}

// keep writes all files or none. Each is on disk before it has its name, and none takes the place of another.
func (f folder) keep(files []file) (err error) {
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
		path := filepath.Join(f.path, file.name)
		// The umask can only take rights away, and these are for the owner alone.
		out, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
		if err != nil {
			return err
		}
		written = append(written, path)
		_, err = out.Write(file.content)
		if err := errors.Join(err, out.Sync(), out.Close()); err != nil {
			return fmt.Errorf("write %s: %w", path, err)
		}
	}
	return nil
}

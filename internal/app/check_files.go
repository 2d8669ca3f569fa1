package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"unicode/utf8"

	"github.com/lintel-review/lintel/internal/forge/local"
)

const (
	// maxTeams bounds a teams file; package local has the same limit.
	maxTeams = 1 << 20
	// maxBody bounds a description. GitHub's own are at most 65,536 characters.
	maxBody = 1 << 20
)

// readFile reads a file that the person named by a flag, up to a limit. It may be a pipe, whose other end may never come: the end of the context ends
// the wait, and leaves the reading behind for the end of the process.
func readFile(ctx context.Context, flag, name string, limit int64) ([]byte, error) {
	return waitFor(ctx, func() ([]byte, error) {
		f, err := os.Open(name)
		if err != nil {
			return nil, unreadable(flag, name, err)
		}
		defer f.Close()
		if info, err := f.Stat(); err == nil && info.IsDir() {
			return nil, unreadable(flag, name, errors.New("it is a folder"))
		}
		return readLimited(f, flag, name, limit)
	})
}

func waitFor[T any](ctx context.Context, read func() (T, error)) (T, error) {
	type result struct {
		value T
		err   error
	}
	done := make(chan result, 1)
	go func() {
		value, err := read()
		done <- result{value, err}
	}()
	select {
	case r := <-done:
		return r.value, r.err
	case <-ctx.Done():
		var none T
		return none, ctx.Err()
	}
}

func readLimited(r io.Reader, flag, name string, limit int64) ([]byte, error) {
	text, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err != nil {
		return nil, unreadable(flag, name, err)
	}
	if int64(len(text)) > limit {
		return nil, unreadable(flag, name, fmt.Errorf("it is larger than %d bytes", limit))
	}
	return text, nil
}

// readText is readFile for UTF-8 text, from the terminal's input when the name is "-".
func readText(ctx context.Context, flag, name string, limit int64, t Terminal) (string, error) {
	var text []byte
	var err error
	if name == "-" {
		text, err = waitFor(ctx, func() ([]byte, error) { return readLimited(t.In, flag, "standard input", limit) })
	} else {
		text, err = readFile(ctx, flag, name, limit)
	}
	if err == nil && !utf8.Valid(text) {
		err = unreadable(flag, name, errNotText)
	}
	return string(text), err
}

func unreadable(flag, name string, err error) error {
	if pathError, ok := errors.AsType[*fs.PathError](err); ok {
		err = pathError.Err
	}
	return &local.UsageError{What: fmt.Sprintf("%s: %q cannot be read: %s", flag, name, err), Remedy: "name a file that exists and can be read", Err: err}
}

// writeWhole writes a file so that readers see the old one or the new one and never a part: into a temporary file beside it, then renamed. A file that is
// no plain file (a pipe, /dev/stdout) is written in place, as it cannot be replaced.
func writeWhole(name string, text []byte) error {
	info, err := os.Stat(name)
	if err == nil && !info.Mode().IsRegular() {
		return unwritable(name, os.WriteFile(name, text, 0o644))
	}
	mode := fs.FileMode(0o644)
	if err == nil {
		mode = info.Mode().Perm()
	}
	// A symbolic link stays one: what it points at is replaced.
	if target, err := filepath.EvalSymlinks(name); err == nil {
		name = target
	}
	f, err := os.CreateTemp(filepath.Dir(name), "."+filepath.Base(name)+".*")
	if err != nil {
		return unwritable(name, err)
	}
	defer os.Remove(f.Name()) // it is gone after the rename
	_, err = f.Write(text)
	if err == nil {
		err = f.Chmod(mode)
	}
	err = errors.Join(err, f.Close())
	if err == nil {
		err = os.Rename(f.Name(), name)
	}
	return unwritable(name, err)
}

func unwritable(name string, err error) error {
	if err == nil {
		return nil
	}
	if pathError, ok := errors.AsType[*fs.PathError](err); ok {
		err = pathError.Err
	}
	return &local.UsageError{What: fmt.Sprintf("%q cannot be written: %s", name, err), Remedy: "name a file in a folder that exists and can be written to", Err: err}
}

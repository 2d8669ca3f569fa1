package terminal

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"unicode/utf8"

	"github.com/lintel-review/lintel/internal/usage"
)

// errNotText is for files that should hold text.
var errNotText = errors.New("it is not UTF-8 text")

// ReadFile reads a file that a flag names, up to a limit. It may be a pipe that nobody writes to: the end of the context ends the wait.
func ReadFile(ctx context.Context, flag, name string, limit int64) ([]byte, error) {
	return Await(ctx, func() ([]byte, error) {
		f, err := os.Open(name)
		if err != nil {
			return nil, Unreadable(flag, name, err)
		}
		defer f.Close()
		if info, err := f.Stat(); err == nil && info.IsDir() {
			return nil, Unreadable(flag, name, errors.New("it is a folder"))
		}
		return readLimited(f, flag, name, limit)
	})
}

// Await gives what read gives, or the context's error when that ends first; then the reading ends with the process.
func Await[T any](ctx context.Context, read func() (T, error)) (T, error) {
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
		return nil, Unreadable(flag, name, err)
	}
	if int64(len(text)) > limit {
		return nil, Unreadable(flag, name, fmt.Errorf("it is larger than %d bytes", limit))
	}
	return text, nil
}

// ReadText is ReadFile for UTF-8 text, from the terminal's input when the name is "-".
func (t Terminal) ReadText(ctx context.Context, flag, name string, limit int64) (string, error) {
	var text []byte
	var err error
	if name == "-" {
		text, err = Await(ctx, func() ([]byte, error) { return readLimited(t.In, flag, "standard input", limit) })
	} else {
		text, err = ReadFile(ctx, flag, name, limit)
	}
	if err == nil && !utf8.Valid(text) {
		err = Unreadable(flag, name, errNotText)
	}
	return string(text), err
}

// Unreadable says that the file that a flag or a key names cannot be read.
func Unreadable(flag, name string, err error) error {
	if pathError, ok := errors.AsType[*fs.PathError](err); ok {
		err = pathError.Err
	}
	return &usage.Error{
		What:   fmt.Sprintf("%s: %q cannot be read: %s", flag, name, err),
		Remedy: "name a file that exists and can be read",
		Err:    err,
	}
}

// WriteFile writes a file so that readers see the old one or the new one and never a part: into a temporary file beside
// it, then renamed. A file that is not a regular file (a pipe, /dev/stdout) is written in place, as it cannot be
// replaced.
func WriteFile(name string, text []byte) error {
	info, err := os.Stat(name)
	if err == nil && !info.Mode().IsRegular() {
		return Unwritable(name, os.WriteFile(name, text, 0o644))
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
		return Unwritable(name, err)
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
	return Unwritable(name, err)
}

// Unwritable says that a file cannot be written; nil when nothing went wrong.
func Unwritable(name string, err error) error {
	if err == nil {
		return nil
	}
	if pathError, ok := errors.AsType[*fs.PathError](err); ok {
		err = pathError.Err
	}
	return &usage.Error{
		What:   fmt.Sprintf("%q cannot be written: %s", name, err),
		Remedy: "name a file in a folder that exists and can be written to",
		Err:    err,
	}
}

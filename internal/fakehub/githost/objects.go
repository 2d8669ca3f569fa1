package githost

import (
	"bufio"
	"bytes"
	"compress/zlib"
	"context"
	"crypto/sha1"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"

	"github.com/lintel-review/lintel/internal/git"
)

// Object is one git object: its type (blob, tree, commit, tag) and its content. Data must not be changed.
type Object struct {
	Type string
	Data []byte
}

// objects is the object store of one network of repositories: loose objects are written here, everything is read through
// one long-lived `git cat-file --batch`, and what was read or written is kept up to a limit.
type objects struct {
	dir     string
	git     *git.Repo
	raw     *cache[Object]
	commits *cache[*Commit]
	trees   *cache[[]Entry]
	diffs   *cache[*Comparison]
	lists   *cache[[]string]
	merges  *cache[Merge]

	mu     sync.Mutex // guards the process
	cmd    *exec.Cmd
	in     io.WriteCloser
	out    *bufio.Reader
	closed bool
}

func newObjects(dir string, g *git.Repo) *objects {
	return &objects{dir: dir, git: g,
		raw: newCache[Object](32 << 20), commits: newCache[*Commit](8 << 20), trees: newCache[[]Entry](8 << 20),
		diffs: newCache[*Comparison](64 << 20), lists: newCache[[]string](8 << 20), merges: newCache[Merge](1 << 20)}
}

// read returns one object by its full id.
func (o *objects) read(sha string) (Object, error) {
	if !IsID(sha) {
		return Object{}, fmt.Errorf("object %q: %w", sha, ErrNotFound)
	}
	if obj, ok := o.raw.get(sha); ok {
		return obj, nil
	}
	obj, err := o.ask(sha)
	if err != nil {
		return Object{}, err
	}
	o.raw.put(sha, obj, len(obj.Data)+128)
	return obj, nil
}

func (o *objects) ask(sha string) (Object, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if err := o.start(); err != nil {
		return Object{}, err
	}
	obj, err := o.exchange(sha)
	if err != nil && !errors.Is(err, ErrNotFound) {
		o.stop() // the stream may be out of step: the next question starts afresh
	}
	return obj, err
}

func (o *objects) exchange(sha string) (Object, error) {
	if _, err := io.WriteString(o.in, sha+"\n"); err != nil {
		return Object{}, fmt.Errorf("ask git cat-file: %w", err)
	}
	line, err := o.out.ReadString('\n')
	if err != nil {
		return Object{}, fmt.Errorf("read git cat-file: %w", err)
	}
	fields := strings.Fields(line)
	if len(fields) == 2 && fields[1] == "missing" {
		return Object{}, fmt.Errorf("object %s: %w", sha, ErrNotFound)
	}
	if len(fields) != 3 {
		return Object{}, fmt.Errorf("read git cat-file: unexpected answer %q", line)
	}
	size, err := strconv.Atoi(fields[2])
	if err != nil {
		return Object{}, fmt.Errorf("read git cat-file: unexpected size %q", fields[2])
	}
	data := make([]byte, size+1)
	if _, err := io.ReadFull(o.out, data); err != nil {
		return Object{}, fmt.Errorf("read object %s: %w", sha, err)
	}
	return Object{Type: fields[1], Data: data[:size:size]}, nil
}

func (o *objects) start() error {
	if o.closed {
		return errors.New("the repository is closed")
	}
	if o.cmd != nil {
		return nil
	}
	cmd := o.git.Command(context.Background(), "cat-file", "--batch")
	in, err := cmd.StdinPipe()
	if err != nil {
		return fmt.Errorf("start git cat-file: %w", err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return fmt.Errorf("start git cat-file: %w", err)
	}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("start git cat-file: %w", err)
	}
	o.cmd, o.in, o.out = cmd, in, bufio.NewReaderSize(out, 64<<10)
	return nil
}

func (o *objects) stop() {
	if o.cmd != nil {
		o.in.Close()
		o.cmd.Process.Kill()
		o.cmd.Wait() // killed on purpose: its status says nothing
		o.cmd = nil
	}
}

func (o *objects) close() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.closed = true
	o.stop()
}

// write stores one object as a loose file and returns its id. An object that is there already is left alone.
func (o *objects) write(kind string, data []byte) (string, error) {
	header := kind + " " + strconv.Itoa(len(data)) + "\x00"
	h := sha1.New()
	io.WriteString(h, header)
	h.Write(data)
	sha := hex.EncodeToString(h.Sum(nil))
	folder := filepath.Join(o.dir, sha[:2])
	path := filepath.Join(folder, sha[2:])
	if _, err := os.Stat(path); err == nil {
		return sha, nil
	}
	var packed bytes.Buffer
	z, err := zlib.NewWriterLevel(&packed, zlib.BestSpeed)
	if err != nil {
		return "", fmt.Errorf("write object: %w", err)
	}
	io.WriteString(z, header)
	z.Write(data)
	if err := z.Close(); err != nil {
		return "", fmt.Errorf("write object: %w", err)
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return "", fmt.Errorf("write object: %w", err)
	}
	if err := writeFile(path, packed.String()); err != nil {
		return "", fmt.Errorf("write object: %w", err)
	}
	if err := os.Chmod(path, 0o444); err != nil {
		return "", fmt.Errorf("write object: %w", err)
	}
	o.raw.put(sha, Object{Type: kind, Data: bytes.Clone(data)}, len(data)+128)
	return sha, nil
}

// Object reads any object by its full id.
func (r *Repo) Object(sha string) (Object, error) { return r.pool.read(sha) }

// Blob reads a blob by its full id; another kind of object is ErrNotFound.
func (r *Repo) Blob(sha string) ([]byte, error) {
	obj, err := r.pool.read(sha)
	if err == nil && obj.Type != "blob" {
		err = fmt.Errorf("blob %s: %w", sha, ErrNotFound)
	}
	return obj.Data, err
}

// WriteBlob stores a blob and returns its id.
func (r *Repo) WriteBlob(data []byte) (string, error) { return r.pool.write("blob", data) }

package git

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strconv"
	"strings"
	"sync"
)

// Object is one git object.
type Object struct {
	ID string
	// Type is blob, tree, commit or tag.
	Type string
	// Size is the whole content's, in bytes.
	Size int64
	// Data is the content up to the reader's limit.
	Data []byte
}

// Whole reports whether Data is all of the content.
func (o Object) Whole() bool { return int64(len(o.Data)) == o.Size }

// Blobs reads objects by id through one git cat-file that lives until Close or the end of the context.
// It is safe for concurrent use; questions wait for each other.
type Blobs struct {
	ctx context.Context

	mu        sync.Mutex
	cmd       *exec.Cmd
	in        io.WriteCloser
	out       *bufio.Reader
	complaint *tail
	trees     map[string][]Entry
	kept      int
}

// Blobs starts the reader. The caller closes it.
func (r *Repo) Blobs(ctx context.Context) (*Blobs, error) {
	b := &Blobs{ctx: ctx, complaint: new(tail), trees: map[string][]Entry{}}
	b.cmd = r.Command(ctx, "cat-file", "--batch")
	b.cmd.Stderr = b.complaint
	var err error
	if b.in, err = b.cmd.StdinPipe(); err != nil {
		return nil, fmt.Errorf("start git cat-file: %w", err)
	}
	out, err := b.cmd.StdoutPipe()
	if err != nil {
		return nil, fmt.Errorf("start git cat-file: %w", err)
	}
	if err := b.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start git cat-file: %w", because(err))
	}
	b.out = bufio.NewReaderSize(out, 64<<10)
	return b, nil
}

// Read reads one object by its full id and keeps at most limit bytes of it. An object that is not there, or that a
// partial clone left out, is ErrMissing.
func (b *Blobs) Read(id string, limit int64) (Object, error) {
	if !IsID(id) {
		return Object{}, fmt.Errorf("read object %q: %w", id, ErrMissing)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.cmd == nil {
		return Object{}, fmt.Errorf("read object %s: the reader is closed", id)
	}
	obj, err := b.exchange(id, limit)
	if err != nil && !errors.Is(err, ErrMissing) {
		b.end() // the stream may be out of step
		if b.ctx.Err() != nil {
			err = b.ctx.Err()
		} else if said := strings.TrimSpace(b.complaint.String()); said != "" {
			err = because(&Error{Args: []string{"cat-file", "--batch"}, Code: -1, Stderr: said})
		}
	}
	if err != nil {
		return Object{}, fmt.Errorf("read object %s: %w", id, err)
	}
	return obj, nil
}

func (b *Blobs) exchange(id string, limit int64) (Object, error) {
	if _, err := io.WriteString(b.in, id+"\n"); err != nil {
		return Object{}, err
	}
	line, err := b.out.ReadString('\n')
	if err != nil {
		return Object{}, err
	}
	fields := strings.Fields(line)
	if len(fields) == 2 && fields[1] == "missing" {
		return Object{}, ErrMissing
	}
	if len(fields) != 3 {
		return Object{}, fmt.Errorf("unexpected answer of git cat-file %q", line)
	}
	size, err := strconv.ParseInt(fields[2], 10, 64)
	if err != nil || size < 0 {
		return Object{}, fmt.Errorf("unexpected answer of git cat-file %q", line)
	}
	obj := Object{ID: fields[0], Type: fields[1], Size: size, Data: make([]byte, min(size, max(limit, 0)))}
	if _, err := io.ReadFull(b.out, obj.Data); err != nil {
		return Object{}, err
	}
	if _, err := io.CopyN(io.Discard, b.out, size-int64(len(obj.Data))+1); err != nil {
		return Object{}, err
	}
	return obj, nil
}

// Close ends the reader. Reading afterwards is an error.
func (b *Blobs) Close() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.end()
}

func (b *Blobs) end() {
	if b.cmd == nil {
		return
	}
	// Killed on purpose: what becomes of it says nothing.
	_ = b.in.Close()
	_ = b.cmd.Cancel()
	_ = b.cmd.Wait()
	b.cmd = nil
}

// Sizes gives the sizes of many objects in one question. A missing one is not in the answer.
func (r *Repo) Sizes(ctx context.Context, ids []string) (map[string]int64, error) {
	sizes := make(map[string]int64, len(ids))
	if len(ids) == 0 {
		return sizes, nil
	}
	for _, id := range ids {
		if !IsID(id) {
			return nil, fmt.Errorf("read size of %q: not an object id", id)
		}
	}
	out, err := r.Run(ctx, strings.NewReader(strings.Join(ids, "\n")+"\n"), "cat-file", "--batch-check=%(objectname) %(objectsize)")
	if err != nil {
		return nil, fmt.Errorf("read the sizes of %d objects: %w", len(ids), because(err))
	}
	for line := range strings.Lines(string(out)) {
		id, rest, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		if n, err := strconv.ParseInt(rest, 10, 64); err == nil {
			sizes[id] = n
		}
	}
	return sizes, nil
}

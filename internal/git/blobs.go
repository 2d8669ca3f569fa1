package git

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"slices"
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

// Blobs reads objects and their sizes through one git cat-file that lives until Close or the end of the context.
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
	b.cmd = r.Command(ctx, "cat-file", "--batch-command")
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
	var obj Object
	err := b.ask(func() (err error) {
		obj, err = b.contents(id, limit)
		return err
	})
	if err != nil {
		return Object{}, fmt.Errorf("read object %s: %w", id, err)
	}
	return obj, nil
}

// ask has the stream for one exchange. An error other than ErrMissing ends the reader: the stream may be out of step.
func (b *Blobs) ask(exchange func() error) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.cmd == nil {
		return errors.New("the reader is closed")
	}
	err := exchange()
	if err == nil || errors.Is(err, ErrMissing) {
		return err
	}
	b.end()
	if b.ctx.Err() != nil {
		return b.ctx.Err()
	}
	if complaint := strings.TrimSpace(b.complaint.String()); complaint != "" {
		return because(&Error{Args: []string{"cat-file", "--batch-command"}, Code: -1, Stderr: complaint})
	}
	return err
}

func (b *Blobs) contents(id string, limit int64) (Object, error) {
	if _, err := io.WriteString(b.in, "contents "+id+"\n"); err != nil {
		return Object{}, err
	}
	obj, err := b.header()
	if err != nil {
		return Object{}, err
	}
	obj.Data = make([]byte, min(obj.Size, max(limit, 0)))
	if _, err := io.ReadFull(b.out, obj.Data); err != nil {
		return Object{}, err
	}
	if _, err := io.CopyN(io.Discard, b.out, obj.Size-int64(len(obj.Data))+1); err != nil {
		return Object{}, err
	}
	return obj, nil
}

// header reads the line that begins each answer.
func (b *Blobs) header() (Object, error) {
	line, err := b.out.ReadString('\n')
	if err != nil {
		return Object{}, err
	}
	if strings.HasSuffix(line, " missing\n") || strings.HasSuffix(line, " ambiguous\n") {
		return Object{}, ErrMissing
	}
	fields := strings.Fields(line)
	if len(fields) != 3 {
		return Object{}, fmt.Errorf("unexpected answer of git cat-file %q", line)
	}
	size, err := strconv.ParseInt(fields[2], 10, 64)
	if err != nil || size < 0 {
		return Object{}, fmt.Errorf("unexpected answer of git cat-file %q", line)
	}
	return Object{ID: fields[0], Type: fields[1], Size: size}, nil
}

// Commit gives the id of the commit that a revision names, as Repo.Resolve does; ErrMissing may also mean that no such
// commit can be told this way.
func (b *Blobs) Commit(rev string) (string, error) {
	if rev == "" || strings.ContainsAny(rev, "\x00\n") {
		return "", fmt.Errorf("resolve revision %q: %w", rev, ErrMissing)
	}
	var obj Object
	err := b.ask(func() (err error) {
		if _, err = io.WriteString(b.in, "info "+rev+"^{commit}\n"); err == nil {
			obj, err = b.header()
		}
		return err
	})
	if err == nil && obj.Type != "commit" {
		err = ErrMissing
	}
	if err != nil {
		return "", fmt.Errorf("resolve revision %q: %w", rev, err)
	}
	return obj.ID, nil
}

// sizesAtOnce is how many questions are written before their answers are read: fewer than a pipe holds.
const sizesAtOnce = 256

// Sizes gives the sizes of many objects. A missing one is not in the answer.
func (b *Blobs) Sizes(ids []string) (map[string]int64, error) {
	sizes := make(map[string]int64, len(ids))
	for _, id := range ids {
		if !IsID(id) {
			return nil, fmt.Errorf("read size of %q: not an object id", id)
		}
	}
	for some := range slices.Chunk(ids, sizesAtOnce) {
		if err := b.ask(func() error { return b.someSizes(some, sizes) }); err != nil {
			return nil, fmt.Errorf("read the sizes of %d objects: %w", len(ids), err)
		}
	}
	return sizes, nil
}

func (b *Blobs) someSizes(ids []string, sizes map[string]int64) error {
	if _, err := io.WriteString(b.in, "info "+strings.Join(ids, "\ninfo ")+"\n"); err != nil {
		return err
	}
	for range ids {
		obj, err := b.header()
		if errors.Is(err, ErrMissing) {
			continue
		}
		if err != nil {
			return err
		}
		sizes[obj.ID] = obj.Size
	}
	return nil
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

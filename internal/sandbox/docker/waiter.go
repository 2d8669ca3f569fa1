package docker

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/moby/moby/api/pkg/stdcopy"
	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/client"

	"github.com/lintel-review/lintel/internal/sandbox"
	"github.com/lintel-review/lintel/internal/sandbox/wrapper"
)

// waiter is one container that waits: a shell that reads its standard input, with an empty folder as its tree.
type waiter struct {
	backend  *Backend
	of       kind
	id       string
	folder   string // on this machine; the container sees it as the tree
	stream   client.HijackedResponse
	out, err sink
	read     chan struct{} // closed when it says no more
	taken    chan struct{} // closed when a job has it
}

// makeWaiter makes a container, starts it, and lets its shell prove that it reads what is written to it: an engine that
// cannot do that is told apart before a job depends on it.
func (b *Backend) makeWaiter(ctx context.Context, of kind, o Wait) (*waiter, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	c := &waiter{backend: b, of: of, read: make(chan struct{}), taken: make(chan struct{})}
	if err := c.start(ctx, o); err != nil {
		c.end()
		return nil, err
	}
	return c, nil
}

func (c *waiter) start(ctx context.Context, o Wait) (err error) {
	b, of := c.backend, c.of
	if c.folder, err = os.MkdirTemp(o.Folder, ""); err == nil {
		err = os.Chmod(c.folder, 0o755) //nolint:gosec // jobs run as other users
	}
	if err != nil {
		return fmt.Errorf("make a folder for a tree: %w", err)
	}
	job := sandbox.Job{Image: of.image, Tree: c.folder, Limits: of.limits}
	config := b.config(job, wrapper.Waiting(), time.Now().Add(o.Idle+of.limits.Deadline+patience))
	config.AttachStdin, config.OpenStdin, config.StdinOnce = true, true, true
	made, err := b.create(ctx, config, b.host(job))
	if err != nil {
		return err
	}
	c.id = made
	listening, err := b.engine.ContainerAttach(ctx, c.id,
		client.ContainerAttachOptions{Stream: true, Stdin: true, Stdout: true, Stderr: true})
	if err != nil {
		return fmt.Errorf("listen to the container: %w", err)
	}
	c.stream = listening.HijackedResponse
	first := &ready{reported: make(chan struct{})}
	c.out.to, c.err.to = first, io.Discard
	go func() {
		defer close(c.read)
		defer c.stream.Close()
		_, _ = stdcopy.StdCopy(&c.out, &c.err, c.stream.Reader) // a broken stream is an end
	}()
	if _, err := b.engine.ContainerStart(ctx, c.id, client.ContainerStartOptions{}); err != nil {
		return fmt.Errorf("start the container: %w", err)
	}
	if _, err := io.WriteString(c.stream.Conn, "echo\n"); err != nil {
		return fmt.Errorf("write to the container: %w", err)
	}
	select {
	case <-first.reported:
		return nil
	case <-c.read:
		return errors.New("wait for the container: it ended")
	case <-ctx.Done():
		return fmt.Errorf("wait for the container: %w", ctx.Err())
	}
}

// alive reports whether it still waits.
func (c *waiter) alive() bool {
	select {
	case <-c.read:
		return false
	default:
		return true
	}
}

// end removes the container, and then its folder.
func (c *waiter) end() {
	if c.id != "" {
		c.backend.remove(context.Background(), c.id)
	}
	if c.stream.Conn != nil {
		c.stream.Close()
		<-c.read
	}
	if c.folder != "" {
		_ = os.RemoveAll(c.folder) // what stays is removed by the next New
	}
}

// run gives the container its one job, whose time begins as its tool does. The error says why the tool has not run: the
// container died while it waited or is mute, or the tree cannot be linked, or is not seen by it.
func (c *waiter) run(ctx context.Context, job sandbox.Job) (out sandbox.Result, err error) {
	close(c.taken)
	r, whole, mark := c.backend.newRun(ctx, job)
	defer r.stop()
	defer func() {
		_ = os.RemoveAll(c.folder) // what stays is removed by the next New
	}()
	last, err := link(job.Tree, c.folder)
	text, ok := wrapper.Input(job, mark, last)
	if err != nil {
		c.end()
		return out, fmt.Errorf("link the tree of a job into its folder: %w", err)
	}
	if !ok {
		c.end()
		return out, errors.New("a waiting container takes no job of this kind")
	}
	r.id, r.read = c.id, c.read
	context.AfterFunc(whole, c.stream.Close)
	r.ended = c.backend.engine.ContainerWait(whole, c.id, client.ContainerWaitOptions{Condition: container.WaitConditionNotRunning})
	c.out.turn(r.capture.Stdout())
	c.err.turn(r.capture.Stderr())
	go func() { _, _ = io.WriteString(c.stream.Conn, text) }() // where it cannot be written, the job does not begin
	late := time.NewTimer(min(patience, job.Limits.Deadline/2))
	defer late.Stop()
	why := errors.New("it was told its job: it ended before it began")
	select {
	case <-r.capture.Began():
	case <-c.read:
	case <-late.C:
		why = errors.New("it was told its job: it is mute")
	case <-whole.Done():
	}
	if !begun(r.capture) && ctx.Err() == nil {
		c.end()
		return out, why
	}
	r.begin()
	return r.finish(ctx, whole), nil
}

func begun(c *wrapper.Capture) bool {
	select {
	case <-c.Began():
		return true
	default:
		return false
	}
}

// mostLinked is how many files and folders a tree may have that is linked for a waiting container. A larger one costs more
// than a new container.
const mostLinked = 1000

// fits reports whether a waiting container can take a job.
func fits(job sandbox.Job) bool {
	if _, ok := wrapper.Input(job, "", ""); !ok {
		return false
	}
	n := 0
	err := filepath.WalkDir(job.Tree, func(_ string, _ fs.DirEntry, err error) error {
		if n++; err == nil && n > mostLinked {
			err = errTooLarge
		}
		return err
	})
	return err == nil
}

var errTooLarge = errors.New("the tree has too many files to be linked")

// link gives every file of a tree a second name below another folder. Links stay links. It says what it made last.
func link(tree, to string) (last string, err error) {
	err = filepath.WalkDir(tree, func(path string, d fs.DirEntry, err error) error {
		if err != nil || path == tree {
			return err
		}
		last = strings.TrimPrefix(path[len(tree):], "/")
		name := filepath.Join(to, last)
		if !d.IsDir() {
			return os.Link(path, name)
		}
		info, err := d.Info()
		if err == nil {
			err = os.Mkdir(name, 0o700)
		}
		if err == nil {
			err = os.Chmod(name, info.Mode().Perm())
		}
		return err
	})
	return last, err
}

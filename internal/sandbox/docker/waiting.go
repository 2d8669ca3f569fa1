package docker

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/lintel-review/lintel/internal/sandbox"
)

// waiting are the containers that wait for a job. Each was started by an earlier job of the same image under the same
// limits, takes one job, and is thrown away.
type waiting struct {
	backend *Backend
	options Wait
	ctx     context.Context //nolint:containedctx // the life of the backend
	stop    context.CancelFunc
	works   sync.WaitGroup

	mu     sync.Mutex
	all    []*waiter // the one that has waited longest is the first
	making int
	rests  time.Time // none is made before: one failed
	told   map[string]bool
	closed bool
}

// kind is what a waiting container cannot change any more when its job comes.
type kind struct {
	image  string
	limits sandbox.Limits
}

func kindOf(job sandbox.Job) kind { return kind{job.Image, job.Limits} }

const (
	// pause is how long no container is made ahead after one failed: the engine cannot do it, or the machine is too busy.
	pause = 5 * time.Minute
	// patience is how long one may take to be ready, and to begin with its job.
	patience = 20 * time.Second
	// closing is how long the end of those that wait may take when Lintel ends.
	closing = 5 * time.Second
	// maxCauses bounds what is logged of failures.
	maxCauses = 20
)

func newWaiting(b *Backend, o Wait) (*waiting, error) {
	w := &waiting{backend: b, options: o, told: map[string]bool{}}
	w.ctx, w.stop = context.WithCancel(context.Background())
	if o.Folder == "" && o.Most <= 0 {
		return w, nil
	}
	if !filepath.IsAbs(o.Folder) {
		return nil, fmt.Errorf("let containers wait in %q: the folder is not absolute", o.Folder)
	}
	// What a Lintel left that was killed goes even where none waits any more.
	err := os.RemoveAll(o.Folder)
	if o.Most > 0 {
		err = errors.Join(err, os.MkdirAll(o.Folder, 0o711))
	}
	if err != nil {
		return nil, fmt.Errorf("make the folder of containers that wait: %w", err)
	}
	return w, nil
}

// run runs a job in a container that waits for its like. It reports false where the job has not run. It tries one alone:
// where that is mute, the others may be, and a job would wait for each.
func (w *waiting) run(ctx context.Context, job sandbox.Job) (out sandbox.Result, ran bool) {
	c := w.take(kindOf(job))
	if c == nil {
		return out, false
	}
	out, err := c.run(ctx, job)
	if err != nil {
		w.rest(err)
	}
	return out, err == nil
}

// take takes the youngest, so that those that are too many end.
func (w *waiting) take(of kind) *waiter {
	w.mu.Lock()
	defer w.mu.Unlock()
	for i, c := range slices.Backward(w.all) {
		if c.of == of && c.alive() {
			w.all = slices.Delete(w.all, i, i+1)
			return c
		}
	}
	return nil
}

// refill begins to make a container that waits, where there is room for one.
func (w *waiting) refill(of kind) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed || time.Now().Before(w.rests) {
		return
	}
	if len(w.all)+w.making >= w.options.Most {
		other := slices.IndexFunc(w.all, func(c *waiter) bool { return c.of != of })
		if other < 0 {
			return
		}
		old := w.all[other]
		w.all = slices.Delete(w.all, other, other+1)
		w.works.Go(old.end)
	}
	w.making++
	w.works.Go(func() { w.add(of) })
}

// add makes a container that waits until it is taken, or its time is over.
func (w *waiting) add(of kind) {
	c, err := w.backend.makeWaiter(w.ctx, of, w.options)
	w.mu.Lock()
	w.making--
	late := w.closed
	if err == nil && !late {
		w.all = append(w.all, c)
	}
	w.mu.Unlock()
	switch {
	case err != nil:
		w.rest(err) // jobs run in new containers
	case late:
		c.end()
	default:
		w.works.Go(func() { w.watch(c) })
	}
}

// watch ends a container that nobody took in its time, and one that died.
func (w *waiting) watch(c *waiter) {
	idle := time.NewTimer(w.options.Idle)
	defer idle.Stop()
	ended := false
	select {
	case <-c.taken:
		return
	case <-c.read:
		ended = true
	case <-idle.C:
	case <-w.ctx.Done():
	}
	w.mu.Lock()
	at := slices.Index(w.all, c)
	if at >= 0 {
		w.all = slices.Delete(w.all, at, at+1)
	}
	w.mu.Unlock()
	if at >= 0 { // else who took it ends it
		if ended {
			w.say(errors.New("wait for a check: the container ended"))
		}
		c.end()
	}
}

// rest makes none ahead for a while.
func (w *waiting) rest(why error) {
	w.say(why)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.rests = time.Now().Add(pause)
}

// say logs why checks take new containers, once for each cause: what was done when it failed.
func (w *waiting) say(why error) {
	cause, _, _ := strings.Cut(why.Error(), ": ")
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed || w.backend.options.Log == nil || w.told[cause] || len(w.told) >= maxCauses {
		return
	}
	w.told[cause] = true
	w.backend.options.Log.Warn("a container that waits for a check failed, so checks take new ones, which are slower", "error", why.Error(),
		"remedy", "lintel doctor examines the engine; checks.warm_containers: 0 lets none wait")
}

func (w *waiting) count() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.all)
}

func (w *waiting) close() error {
	w.mu.Lock()
	w.closed = true
	w.mu.Unlock()
	w.stop()
	done := make(chan struct{})
	go func() {
		defer close(done)
		w.works.Wait()
	}()
	select {
	case <-done:
		return nil
	case <-time.After(closing):
		return fmt.Errorf("end the containers that wait: the engine did not answer within %s; the next start removes them", closing)
	}
}

// ready takes what a container says before it has a job: that its shell reads its input.
type ready struct {
	once     sync.Once
	reported chan struct{}
}

func (r *ready) Write(p []byte) (int, error) {
	r.once.Do(func() { close(r.reported) })
	return len(p), nil
}

// sink hands on what a container says, to whom it was told last.
type sink struct {
	mu sync.Mutex
	to io.Writer
}

func (s *sink) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.to.Write(p)
}

func (s *sink) turn(to io.Writer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.to = to
}

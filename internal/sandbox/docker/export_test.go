package docker

import (
	"context"
	"time"

	"github.com/lintel-review/lintel/internal/sandbox"
)

// NewAt is New by another clock.
func NewAt(ctx context.Context, o Options, now func() time.Time, after func(time.Duration) <-chan time.Time) (*Backend, error) {
	return open(ctx, o, clock{now, after})
}

// LetWait makes a container that waits for the like of a job, as an earlier job would have.
func (b *Backend) LetWait(job sandbox.Job) {
	w := b.waiting
	w.mu.Lock()
	w.making++
	w.mu.Unlock()
	w.add(kindOf(job))
}

// Failed reports whether a container that should wait could not be made, or did not run its job.
func (b *Backend) Failed() bool {
	b.waiting.mu.Lock()
	defer b.waiting.mu.Unlock()
	return !b.waiting.rests.IsZero()
}

// Fits reports whether a waiting container can take a job.
func Fits(job sandbox.Job) bool { return fits(job) }

package queue

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"github.com/riverqueue/river/riverdriver"
)

// bell is rung by queue name. Rings that nobody has heard yet are one ring.
type bell struct {
	mu      sync.Mutex
	known   []string
	rung    []string
	pending chan struct{}
}

func newBell() *bell { return &bell{pending: make(chan struct{}, 1)} }

// know adds a queue to those that are rung.
func (b *bell) know(queue string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !slices.Contains(b.known, queue) {
		b.known = append(b.known, queue)
	}
}

// ringAll rings every queue that jobs of this process went into.
func (b *bell) ringAll() {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, q := range b.known {
		if !slices.Contains(b.rung, q) {
			b.rung = append(b.rung, q)
		}
	}
	select {
	case b.pending <- struct{}{}:
	default:
	}
}

// wait waits for a ring, and returns every queue that was rung until then.
func (b *bell) wait(ctx context.Context) ([]string, error) {
	for {
		b.mu.Lock()
		rung := b.rung
		b.rung = nil
		b.mu.Unlock()
		if len(rung) > 0 {
			return rung, nil
		}
		select {
		case <-b.pending:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// WaitForNotification waits for a ring.
func (b *bell) WaitForNotification(ctx context.Context) (*riverdriver.Notification, error) {
	for {
		b.mu.Lock()
		if len(b.rung) > 0 {
			queue := b.rung[0]
			b.rung = b.rung[1:]
			b.mu.Unlock()
			return &riverdriver.Notification{Topic: "river_insert", Payload: fmt.Sprintf(`{"queue": %q}`, queue)}, nil
		}
		b.mu.Unlock()
		select {
		case <-b.pending:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// The rest of River's listener: there is no connection to make or lose.

func (b *bell) Close(context.Context) error            { return nil }
func (b *bell) Connect(context.Context) error          { return nil }
func (b *bell) Listen(context.Context, string) error   { return nil }
func (b *bell) Ping(context.Context) error             { return nil }
func (b *bell) Schema() string                         { return "" }
func (b *bell) SetAfterConnectExec(string)             {}
func (b *bell) Unlisten(context.Context, string) error { return nil }

package queue

import (
	"context"
	"database/sql"
	"fmt"
	"sync"

	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	"github.com/riverqueue/river/rivertype"
)

// driver is River's SQLite driver with a listener: a bell rung in this process after a commit. Without it a job waits for the next poll, a second away.
// It rests on interfaces that River calls unstable; the version is pinned, and the suite fails when they change.
type driver struct {
	*riversqlite.Driver
	bell *bell
	// follows keeps this process from ever being the one that does the queue's upkeep and rings the clock.
	follows bool
}

func newDriver(db *sql.DB, b *bell, follows bool) *driver {
	return &driver{riversqlite.New(db), b, follows}
}

// GetExecutor returns the executor that River does everything by.
func (d *driver) GetExecutor() riverdriver.Executor {
	if d.follows {
		return follower{d.Driver.GetExecutor()}
	}
	return d.Driver.GetExecutor()
}

// follower loses every election. A worker that led would have to ring the clock for sweeps that it cannot do, and to rescue jobs that it does not know.
type follower struct{ riverdriver.Executor }

func (f follower) Begin(ctx context.Context) (riverdriver.ExecutorTx, error) {
	tx, err := f.Executor.Begin(ctx)
	return followerTx{tx}, err
}

type followerTx struct{ riverdriver.ExecutorTx }

func (followerTx) LeaderAttemptElect(context.Context, *riverdriver.LeaderElectParams) (*riverdriver.Leader, error) {
	return nil, rivertype.ErrNotFound // River's own word for "another one leads"
}

func (d *driver) SupportsListener() bool { return true }

func (d *driver) GetListener(*riverdriver.GetListenenerParams) riverdriver.Listener { return d.bell }

// bell is rung by queue name. Rings that nobody has heard yet are one ring.
type bell struct {
	mu      sync.Mutex
	rung    []string
	pending chan struct{}
}

func newBell() *bell { return &bell{pending: make(chan struct{}, 1)} }

func (b *bell) ring(queue string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, q := range b.rung {
		if q == queue {
			return
		}
	}
	b.rung = append(b.rung, queue)
	select {
	case b.pending <- struct{}{}:
	default:
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

package queue

import (
	"context"
	"database/sql"

	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	"github.com/riverqueue/river/rivertype"
)

// driver is River's SQLite driver with a listener: a bell rung in this process after a commit. Without it a job waits
// for the next poll, a second away. It rests on interfaces that River calls unstable; the version is pinned, and the
// suite fails when they change.
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

// follower loses every election. A worker that led would have to ring the clock for sweeps that it cannot do, and to
// rescue jobs that it does not know.
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

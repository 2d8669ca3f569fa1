package queue

import (
	"context"
	"database/sql"
	"time"

	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/riverdriver/riverdatabasesql"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	"github.com/riverqueue/river/rivertype"

	"github.com/lintel-review/lintel/internal/store/sqldb"
)

// driver is River's driver of the database with a listener, without which a job waits for the next poll, a second away:
// on SQLite a bell rung in this process after a commit, on PostgreSQL a connection that hears what each transaction
// notifies when it is committed, from any process. It rests on interfaces that River calls unstable; the version is
// pinned, and the suite fails when they change.
type driver struct {
	riverdriver.Driver[*sql.Tx]
	listener riverdriver.Listener
	// notes is set where the listener hears what transactions note for it.
	notes bool
	// follows keeps this process from ever being the one that does the queue's upkeep and rings the clock.
	follows bool
	done    *completed
	// left reports queues whose jobs this process leaves to others for now (nil: none).
	left func(queue string) bool
	// member names this process where several work on one database; clock is theirs.
	member string
	clock  func() time.Time
}

// newDriver is River's driver of a kind of database; db is nil for a client that only inserts.
func newDriver(engine sqldb.Engine, db *sql.DB) riverdriver.Driver[*sql.Tx] {
	if engine == sqldb.SQLite {
		return riversqlite.New(db)
	}
	return riverdatabasesql.New(db)
}

// newDriver makes the driver of a client.
func (j *Jobs) newDriver(db *sql.DB, follows bool) (*driver, error) {
	d := &driver{Driver: newDriver(j.address.Engine, db), listener: j.bell, follows: follows, done: &completed{}, clock: time.Now}
	if j.address.Engine == sqldb.SQLite {
		return d, nil
	}
	d.notes = true
	var err error
	d.listener, err = newNotified(j.address)
	return d, err
}

// GetExecutor returns the executor that River does everything by.
func (d *driver) GetExecutor() riverdriver.Executor {
	all := d.Driver.GetExecutor()
	if d.member != "" {
		all = fenced{all, d.member, d.clock}
	}
	all = once{all, d.done}
	if d.left != nil {
		all = leaving{all, d.left}
	}
	if d.follows {
		return follower{all}
	}
	return all
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

// SupportsListenNotify says that a note for listeners is written with each job. On SQLite nobody reads notes: the bell
// stands for them.
func (d *driver) SupportsListenNotify() bool { return d.notes }

func (d *driver) GetListener(*riverdriver.GetListenenerParams) riverdriver.Listener {
	return d.listener
}

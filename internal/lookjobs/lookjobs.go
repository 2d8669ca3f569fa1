// Package lookjobs runs looks at changes as background jobs: it debounces events, shares places fairly among
// connections, and loses no event that comes while a change is looked at.
//
// A change row carries a generation that every event raises. A job reads it, has the change judged, and finishes in one
// transaction that locks the row, compares the generation, completes the job and, if it was raised meanwhile, inserts a
// fresh one. So at most one job waits for a change, one runs, and the newest state is always looked at last.
package lookjobs

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/delivery"
	"github.com/lintel-review/lintel/internal/job"
	"github.com/lintel-review/lintel/internal/turns"
)

// Record is what a look's job needs of the database that it shares transactions with.
type Record interface {
	// LookRecord is what is remembered of a change, and what the forge's limits leave to its connection.
	LookRecord(ctx context.Context, key change.Key) (change.Record, change.Room, error)
	// InChange runs f in a transaction that excludes every other one about the change. f may run more than once.
	InChange(ctx context.Context, key change.Key, what string, f func(tx *sql.Tx) error) error
	GenerationTx(ctx context.Context, tx *sql.Tx, key change.Key) (int64, error)
	EvaluatedTx(ctx context.Context, tx *sql.Tx, key change.Key, gen int64) error
	Hold(ctx context.Context, forge change.Forge, connection int64, until time.Time) error
}

// Jobs is where a fresh job goes when a change was raised while it was looked at.
type Jobs interface {
	InsertTx(ctx context.Context, tx *sql.Tx, args job.Args, when job.When) error
	Ring()
}

// Run is one job while it is worked on.
type Run interface {
	Attempt() job.Attempt
	// CompleteTx is false when the job is no longer this try's.
	CompleteTx(ctx context.Context, tx *sql.Tx) (mine bool, err error)
	// GiveUpTx is false as CompleteTx is.
	GiveUpTx(ctx context.Context, tx *sql.Tx) (mine bool, err error)
}

// Handler does the work. A *change.Limited error postpones it, a *change.Refused error ends it, any other is tried
// again. Kinds count, never texts.
type Handler interface {
	Look(ctx context.Context, r change.Record, a job.Attempt) error
	Scan(ctx context.Context, s delivery.Scan) error
}

// Options configures a Worker. Every field is needed, but those that say otherwise.
type Options struct {
	Record  Record
	Jobs    Jobs
	Handler Handler
	Log     *slog.Logger
	Now     func() time.Time
	// Workers is how many looks run at once in all, PerConnection how many of one connection.
	Workers, PerConnection int
	// Debounce gathers the events that follow a look: the next look at the same change starts no sooner than this after
	// the last one started (0: at once).
	Debounce time.Duration
	// Arrived says whether all that the last look at a change waited for has come since a time, so that the next one starts
	// at once, and whether some of it is still to come (nil: nobody knows).
	Arrived func(ctx context.Context, key change.Key, since time.Time) (all, more bool, err error)
	// GroupDeadline is how long after its last event a merge group's look is postponed at most (0: no bound): a merge
	// queue does not wait for a rate limit.
	GroupDeadline time.Duration
	// Timeout bounds one look.
	Timeout time.Duration
	// LeastWait is the shortest wait for a forge that limits requests (0: one second).
	LeastWait time.Duration
	// Observe is told of each look that ended (nil: nobody). It must not block.
	Observe func(Ended)
}

func (o Options) check() error {
	switch {
	case o.Record == nil || o.Jobs == nil:
		return errors.New("make the worker of looks: no record or no jobs")
	case o.Handler == nil:
		return errors.New("make the worker of looks: nobody looks")
	case o.Log == nil || o.Now == nil:
		return errors.New("make the worker of looks: no log or no clock")
	case o.Workers < 1 || o.PerConnection < 1 || o.Timeout <= 0:
		return fmt.Errorf("make the worker of looks: %d workers, %d for a connection, %v for a look", o.Workers, o.PerConnection,
			o.Timeout)
	}
	return nil
}

// Ended is one look that ended.
type Ended struct {
	Key     change.Key
	Attempt int
	// Waited is from the commit of the job to its start, Took from there to the end.
	Waited, Took time.Duration
	// Outcome is "done", "again" (raised meanwhile), "retry", "limited", "refused" or "left" (to another process).
	Outcome string
}

// Worker works on looks and scans. It is safe for concurrent use.
type Worker struct {
	options Options
	places  *turns.Turns
	starts  *starts
}

// New makes a Worker.
func New(o Options) (*Worker, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	if o.LeastWait == 0 {
		o.LeastWait = time.Second
	}
	return &Worker{options: o, places: turns.New(o.Workers, o.PerConnection), starts: newStarts(o)}, nil
}

// Scan lists open changes.
func (w *Worker) Scan(ctx context.Context, s job.Scan) error {
	scan := delivery.Scan{Forge: change.Forge(s.Forge), Connection: s.Connection, RepoID: s.RepoID, Branch: s.Branch, Why: s.Why}
	err := w.options.Handler.Scan(ctx, scan)
	if refused, ok := errors.AsType[*change.Refused](err); ok {
		w.options.Log.ErrorContext(ctx, "scan refused", "connection", s.Connection, "repository", s.RepoID, "error",
			err.Error(),
			"refusal", string(refused.Kind), "remedy", refused.Remedy)
		return &job.GivenUp{Err: err}
	}
	return err
}

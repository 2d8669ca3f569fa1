package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"

	"github.com/lintel-review/lintel/internal/processlock"
	"github.com/lintel-review/lintel/internal/store/processes"
	"github.com/lintel-review/lintel/internal/store/sqldb"
)

// serveLock names the lock on PostgreSQL.
const serveLock = "lintel serve"

// Attendance is a serving process's place at its database, until it is closed.
type Attendance struct {
	file io.Closer
	// session is nil on SQLite, where one process serves.
	session *sqldb.Session
}

// Attend takes the place: on SQLite the only one, by the lock of a file beside it; on PostgreSQL one of any number. A
// program of a version that must be the only one keeps all others out, and they it. machine is this machine's clock (nil:
// time.Now).
func Attend(ctx context.Context, address string, machine func() time.Time) (*Attendance, error) {
	a, err := sqldb.ParseAddress(address)
	if err != nil {
		return nil, err
	}
	if a.Engine == sqldb.SQLite {
		lock, err := processlock.Serve(a.Path + ".lock")
		if err != nil {
			return nil, err // not a closer that holds nothing
		}
		return &Attendance{file: lock}, nil
	}
	session, err := sqldb.NewSession(ctx, a, machine)
	if err != nil {
		return nil, err
	}
	err = session.Share(ctx, serveLock)
	if errors.Is(err, sqldb.ErrHeld) {
		err = fmt.Errorf("the database %s is in use by a lintel that must be alone, such as database copy or an older lintel serve: "+
			"wait for it to end, or stop it", a)
	}
	if err != nil {
		return nil, errors.Join(err, session.Close())
	}
	return &Attendance{session: session}, nil
}

// AttendBeside takes a place that keeps nobody out and that nobody keeps from it, as a worker's: on SQLite it is none.
func AttendBeside(ctx context.Context, address string) (*Attendance, error) {
	a, err := sqldb.ParseAddress(address)
	if err != nil || a.Engine == sqldb.SQLite {
		return &Attendance{file: unlocked{}}, err
	}
	session, err := sqldb.NewSession(ctx, a, nil)
	return &Attendance{session: session}, err
}

// Now is the clock that all processes of the database share; nil on SQLite, where the machine's is.
func (a *Attendance) Now() func() time.Time {
	if a.session == nil {
		return nil
	}
	return a.session.Now
}

// Ahead is how far the database's clock is ahead of this machine's.
func (a *Attendance) Ahead() time.Duration {
	if a.session == nil {
		return 0
	}
	return a.session.Ahead()
}

// Enter makes the process known to the others; nil on SQLite, where there are none.
func (a *Attendance) Enter(ctx context.Context, st *Store, self processes.Process, log *slog.Logger) (*processes.Member, error) {
	if a.session == nil {
		return nil, nil
	}
	return st.Enter(ctx, a.session, self, log)
}

// Close gives the place back.
func (a *Attendance) Close() error {
	if a.session == nil {
		return a.file.Close()
	}
	return a.session.Close()
}

// Claim takes the lock that a process holds which must be alone on a database: no other serves it meanwhile.
func Claim(ctx context.Context, address string, log *slog.Logger) (io.Closer, error) {
	a, err := sqldb.ParseAddress(address)
	if err != nil {
		return nil, err
	}
	if a.Engine == sqldb.SQLite {
		lock, err := processlock.Serve(a.Path + ".lock")
		if err != nil {
			return nil, err // not a closer that holds nothing
		}
		return lock, nil
	}
	c, err := sqldb.NewClaim(ctx, address, serveLock, func(error) {
		log.ErrorContext(ctx, "another lintel took over the database while this one could not reach it", "database",
			a.String(),
			"remedy", "stop one of the two")
	})
	if errors.Is(err, sqldb.ErrHeld) {
		return nil, fmt.Errorf("a lintel serve runs on the database %s: stop it first, or name another database", a)
	}
	if err != nil {
		return nil, err
	}
	return c, nil
}

// Serving reports whether a process holds the lock that Claim takes.
func Serving(ctx context.Context, address string) (bool, error) {
	a, err := sqldb.ParseAddress(address)
	if err != nil {
		return false, err
	}
	if a.Engine == sqldb.SQLite {
		return processlock.Serving(a.Path + ".lock")
	}
	c, err := sqldb.NewClaim(ctx, address, serveLock, func(error) {})
	if errors.Is(err, sqldb.ErrHeld) {
		return true, nil
	}
	if err != nil {
		return false, err
	}
	return false, c.Close()
}

// Askers is the lock that those who ask the model share.
type Askers interface {
	Share() error
	Close() error
}

// ClaimAsking says whether this process is the only one that asks the model. On PostgreSQL nobody can know: there the
// living processes take back what a killed one left.
func ClaimAsking(database string) (lock Askers, alone bool, err error) {
	path, err := Path(database)
	if err != nil || path == "" {
		return unlocked{}, false, err
	}
	held, alone, err := processlock.Ask(path)
	if err != nil {
		return unlocked{}, false, err
	}
	return held, alone, nil
}

type unlocked struct{}

func (unlocked) Share() error { return nil }
func (unlocked) Close() error { return nil }

package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"

	"github.com/lintel-review/lintel/internal/processlock"
	"github.com/lintel-review/lintel/internal/store/sqldb"
)

// serveLock names the lock on PostgreSQL.
const serveLock = "lintel serve"

// Claim takes the lock that only one serving process of a database may hold: the lock of a file beside SQLite's, or one
// of PostgreSQL. It takes back the jobs of processes that were killed, which must not be those of a living one.
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
		log.Error("another lintel serve took over the database while this one could not reach it", "database", a.String(),
			"remedy", "stop one of the two")
	})
	if errors.Is(err, sqldb.ErrHeld) {
		return nil, fmt.Errorf("another lintel serve runs on the database %s: stop it first, or name another database", a)
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
// queue's upkeep takes back what a killed process left.
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

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

// Claim takes the lock that only one serving process of a database may hold: the lock of a file beside SQLite's, or one
// of PostgreSQL. It takes back the jobs of processes that were killed, which must not be those of a living one.
func Claim(ctx context.Context, address string, log *slog.Logger) (io.Closer, error) {
	a, err := sqldb.ParseAddress(address)
	if err != nil {
		return nil, err
	}
	if a.Engine == sqldb.SQLite {
		return processlock.Serve(a.Path + ".lock")
	}
	c, err := sqldb.NewClaim(ctx, address, "lintel serve", func(error) {
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

// Shared reports whether a database is a server's, which any number of processes reach, and not a file of this machine.
func Shared(address string) bool {
	a, err := sqldb.ParseAddress(address)
	return err == nil && a.Engine == sqldb.Postgres
}

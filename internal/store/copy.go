package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/lintel-review/lintel/internal/store/sqldb"
	"github.com/lintel-review/lintel/internal/store/transfer"
)

// Copied is one table that was copied and compared.
type Copied = transfer.Table

// Copy copies a whole database into an empty one, of either engine, and goes on with a copy that was interrupted. No
// server may run on either. The jobs of the queue are not copied: sweeps ask again for what waits.
func Copy(ctx context.Context, from, to string, now func() time.Time, progress transfer.Progress) (_ []Copied, err error) {
	steps, err := steps()
	if err != nil {
		return nil, err
	}
	source, err := sqldb.Existing(ctx, from, now, func(db *sqldb.DB) error { return same(ctx, db) })
	if err != nil {
		return nil, fmt.Errorf("open the database to copy: %w", err)
	}
	defer func() { err = errors.Join(err, source.Close()) }()
	target, err := sqldb.Create(ctx, to, now, func(db *sqldb.DB) error {
		if err := migrate(ctx, db, steps); err != nil {
			return err
		}
		return same(ctx, db)
	})
	if err != nil {
		return nil, fmt.Errorf("open the database to copy to: %w", err)
	}
	defer func() { err = errors.Join(err, target.Close()) }()
	return transfer.Copy(ctx, source, target, progress)
}

// same reports whether the schema is exactly this program's: of a newer one it does not know every column.
func same(ctx context.Context, db *sqldb.DB) error {
	if err := current(ctx, db); err != nil {
		return err
	}
	at, err := readVersion(ctx, db)
	if err != nil {
		return err
	}
	steps, err := steps()
	if err != nil {
		return err
	}
	if newest := steps[len(steps)-1].number; at.newest > newest {
		return fmt.Errorf("database %s has schema %d, this program knows %d: copy it with the newer program", db.Name(), at.newest, newest)
	}
	return nil
}

// whole reports whether the database holds half of a copy.
func whole(ctx context.Context, db *sqldb.DB) error {
	from, err := transfer.Unfinished(ctx, db)
	if err != nil {
		return fmt.Errorf("open database %s: %w", db.Name(), err)
	}
	if from != "" {
		return fmt.Errorf("database %s holds half of a copy of %s: run lintel database copy again, which goes on where it stopped",
			db.Name(), from)
	}
	return nil
}

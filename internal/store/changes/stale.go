package changes

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/lintel-review/lintel/internal/delivery"
	"github.com/lintel-review/lintel/internal/store/sqldb"
)

// ForgetTx notes that what all processes keep about a subject is stale. On SQLite one process serves, and knows. The
// transaction excludes all others, so that ids are in the order of commits.
func (s *Store) ForgetTx(ctx context.Context, tx *sql.Tx, stale delivery.Stale) error {
	if s.db.Engine() != sqldb.Postgres {
		return nil
	}
	id, err := s.db.NextID(ctx, tx)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO forgotten (id, forge, connection, subject, at) VALUES ($1, $2, $3, $4, $5)`,
		id, stale.Forge, stale.Connection, stale.Subject, sqldb.Millis(s.db.Now()))
	if err != nil {
		return fmt.Errorf("note what is stale: %w", err)
	}
	return nil
}

// Forgotten lists what became stale after an id, in order.
func (s *Store) Forgotten(ctx context.Context, after int64) ([]delivery.Stale, error) {
	rows, err := s.db.Reader().QueryContext(ctx,
		`SELECT id, forge, connection, subject FROM forgotten WHERE id > $1 ORDER BY id`, after)
	if err != nil {
		return nil, fmt.Errorf("list what is stale: %w", err)
	}
	defer rows.Close()
	var all []delivery.Stale
	for rows.Next() {
		var f delivery.Stale
		if err := rows.Scan(&f.ID, &f.Forge, &f.Connection, &f.Subject); err != nil {
			return nil, fmt.Errorf("list what is stale: %w", err)
		}
		all = append(all, f)
	}
	return all, rows.Err()
}

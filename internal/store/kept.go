package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/lintel-review/lintel/internal/store/sqldb"
)

// Kept returns what was kept under a kind and key; nil when nothing was. Only what can never change may be kept: a blob
// by its id.
func (s *Store) Kept(ctx context.Context, kind, key string) ([]byte, error) {
	var body []byte
	err := s.db.Reader().QueryRowContext(ctx, `SELECT body FROM kept WHERE kind = $1 AND key = $2`, kind, key).Scan(&body)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read kept %s %s: %w", kind, key, err)
	}
	if body == nil {
		body = []byte{}
	}
	return body, nil
}

// Keep keeps what can never change.
func (s *Store) Keep(ctx context.Context, kind, key string, body []byte) error {
	if _, err := s.db.Writer().ExecContext(ctx,
		`INSERT INTO kept (kind, key, body, used_at) VALUES ($1,$2,$3,$4) ON CONFLICT (kind, key) DO NOTHING`, kind, key, body,
		sqldb.Millis(s.db.Now())); err != nil {
		return fmt.Errorf("keep %s %s: %w", kind, key, err)
	}
	return nil
}

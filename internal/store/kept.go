package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

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

// keptAtOnce is how many keys one statement names.
const keptAtOnce = 500

// KeptAll returns what was kept under a kind and keys, by key; what was not is not in it.
func (s *Store) KeptAll(ctx context.Context, kind string, keys []string) (map[string][]byte, error) {
	out := make(map[string][]byte, len(keys))
	for some := range slices.Chunk(keys, keptAtOnce) {
		if err := s.keptSome(ctx, kind, some, out); err != nil {
			return nil, fmt.Errorf("read kept %s: %w", kind, err)
		}
	}
	return out, nil
}

func (s *Store) keptSome(ctx context.Context, kind string, keys []string, into map[string][]byte) error {
	query, args := `SELECT key, body FROM kept WHERE kind = $1 AND key IN (`, []any{kind}
	for i, key := range keys {
		query += fmt.Sprintf("$%d,", i+2)
		args = append(args, key)
	}
	rows, err := s.db.Reader().QueryContext(ctx, strings.TrimSuffix(query, ",")+`)`, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var key string
		var body []byte
		if err := rows.Scan(&key, &body); err != nil {
			return err
		}
		into[key] = body
	}
	return rows.Err()
}

// KeepAll keeps what can never change, by key.
func (s *Store) KeepAll(ctx context.Context, kind string, all map[string][]byte) error {
	for some := range slices.Chunk(slices.Sorted(maps.Keys(all)), keptAtOnce) {
		query, args := `INSERT INTO kept (kind, key, body, used_at) VALUES `, []any{kind, sqldb.Millis(s.db.Now())}
		for i, key := range some {
			query += fmt.Sprintf("($1,$%d,$%d,$2),", 2*i+3, 2*i+4)
			args = append(args, key, all[key])
		}
		if _, err := s.db.Writer().ExecContext(ctx, strings.TrimSuffix(query, ",")+` ON CONFLICT (kind, key) DO NOTHING`,
			args...); err != nil {
			return fmt.Errorf("keep %s: %w", kind, err)
		}
	}
	return nil
}

package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// Kept returns what was kept under a kind and key; nil when nothing was. Only what can never change may be kept: a blob by its id.
func (s *Store) Kept(ctx context.Context, kind, key string) ([]byte, error) {
	var body []byte
	err := s.read.QueryRowContext(ctx, `SELECT body FROM kept WHERE kind = $1 AND key = $2`, kind, key).Scan(&body)
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
	if _, err := s.write.ExecContext(ctx, `INSERT INTO kept (kind, key, body, used_at) VALUES ($1,$2,$3,$4) ON CONFLICT (kind, key) DO NOTHING`, kind, key, body, millis(s.now())); err != nil {
		return fmt.Errorf("keep %s %s: %w", kind, key, err)
	}
	return nil
}

// Retention says how long each kind of record is kept; zero keeps it for ever.
type Retention struct {
	Deliveries, History, Verdicts, Evidence, Kept time.Duration
}

// Prune deletes what is older than its retention and returns how many rows went. The newest verdict of a change and its evidence always stay,
// and so do the receipts of open changes: without them a comment would be made twice.
func (s *Store) Prune(ctx context.Context, keep Retention) (int64, error) {
	now, total := s.now(), int64(0)
	steps := []struct {
		age   time.Duration
		query string
	}{
		{keep.Deliveries, `DELETE FROM delivery WHERE id IN (SELECT id FROM delivery WHERE received_at < $1 LIMIT 5000)`},
		{keep.History, `DELETE FROM history WHERE id IN (SELECT id FROM history WHERE at < $1 LIMIT 5000)`},
		{keep.Verdicts, `DELETE FROM verdict WHERE id IN (SELECT id FROM verdict v WHERE decided_at < $1 AND id < (SELECT MAX(id) FROM verdict n WHERE n.change_id = v.change_id) LIMIT 5000)`},
		{keep.Evidence, `DELETE FROM evidence WHERE digest IN (SELECT digest FROM evidence e WHERE created_at < $1 AND NOT EXISTS
			(SELECT 1 FROM verdict v WHERE e.digest IN (v.facts, v.policy, v.settings, v.decision) AND (v.decided_at >= $1 OR v.id = (SELECT MAX(id) FROM verdict n WHERE n.change_id = v.change_id))) LIMIT 500)`},
		{keep.Verdicts, `DELETE FROM effect WHERE key IN (SELECT e.key FROM effect e JOIN change c ON c.id = e.change_id WHERE c.state <> 'open' AND e.done_at <> 0 AND e.created_at < $1 LIMIT 5000)`},
		{keep.Kept, `DELETE FROM kept WHERE used_at < $1`},
	}
	for _, step := range steps {
		if step.age <= 0 {
			continue
		}
		// Small transactions: a webhook waits for the writer no longer than one of them takes.
		for {
			res, err := s.write.ExecContext(ctx, step.query, millis(now.Add(-step.age)))
			if err != nil {
				return total, fmt.Errorf("prune: %w", err)
			}
			n, err := res.RowsAffected()
			if err != nil {
				return total, fmt.Errorf("prune: %w", err)
			}
			total += n
			if n == 0 {
				break
			}
		}
	}
	return total, nil
}

// Backup writes a consistent copy of the database to a new file while the server runs. An existing file is never overwritten.
func (s *Store) Backup(ctx context.Context, path string) error {
	if _, err := os.Lstat(path); err == nil {
		return fmt.Errorf("back up to %s: the file exists; name a new one", path)
	}
	abs, err := filepath.Abs(path)
	if err != nil {
		return fmt.Errorf("back up to %s: %w", path, err)
	}
	if _, err := s.read.ExecContext(ctx, `VACUUM INTO $1`, abs); err != nil {
		return fmt.Errorf("back up to %s: %w", path, err)
	}
	if err := os.Chmod(abs, 0o600); err != nil {
		return fmt.Errorf("back up to %s: %w", path, err)
	}
	return nil
}

package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/lintel-review/lintel/internal/change"
)

const recordColumns = `c.id, c.installation, c.state, c.head_sha, c.head_ref, c.base_sha, c.base_ref, c.merge_group, c.generation, c.evaluated, c.forced, c.raised_at, c.waiting_since, COALESCE(r.owner, ''), COALESCE(r.name, ''),
	EXISTS (SELECT 1 FROM effect said WHERE said.change_id = c.id AND said.kind = 'remark' AND said.remote_id <> 0)`

const recordTables = ` FROM change c LEFT JOIN repository r ON r.forge = c.forge AND r.id = c.repo_id `

type scanner interface{ Scan(dest ...any) error }

func scanRecord(row scanner) (change.Record, error) {
	var id, group string
	var r change.Record
	var raised, waiting int64
	err := row.Scan(&id, &r.Installation, &r.State, &r.Head.SHA, &r.Head.Ref, &r.Base.SHA, &r.Base.Ref, &group, &r.Generation,
		&r.Evaluated, &r.Forced, &raised, &waiting, &r.Owner, &r.Name, &r.HasInlineComments)
	if err != nil {
		return change.Record{}, err
	}
	r.RaisedAt = fromMillis(raised)
	if r.Generation > r.Evaluated {
		r.WaitingSince = fromMillis(waiting)
	}
	if r.Key, err = change.ParseKey(id); err != nil {
		return change.Record{}, err
	}
	if err := json.Unmarshal([]byte(group), &r.Group); err != nil {
		return change.Record{}, fmt.Errorf("read merge group of %s: %w", id, err)
	}
	return r, nil
}

// Record returns what is remembered of a change. It is change.ErrNotFound when the change was never heard of.
func (s *Store) Record(ctx context.Context, key change.Key) (change.Record, error) {
	r, err := scanRecord(s.read.QueryRowContext(ctx, `SELECT `+recordColumns+recordTables+`WHERE c.id = $1`, key.String()))
	if errors.Is(err, sql.ErrNoRows) {
		err = change.ErrNotFound
	}
	if err != nil {
		return change.Record{}, fmt.Errorf("read change %s: %w", key, err)
	}
	return r, nil
}

// GenerationTx reads a change's generation and locks its row until the transaction ends.
// (SQLite has one writer, so the transaction itself is the lock; PostgreSQL will add FOR UPDATE here.)
func (s *Store) GenerationTx(ctx context.Context, tx *sql.Tx, key change.Key) (int64, error) {
	var gen int64
	if err := tx.QueryRowContext(ctx, `SELECT generation FROM change WHERE id = $1`, key.String()).Scan(&gen); err != nil {
		return 0, fmt.Errorf("lock change %s: %w", key, err)
	}
	return gen, nil
}

// EvaluatedTx records that a change was judged at a generation. An older one never replaces a newer. What was raised
// meanwhile waits from then on.
func (s *Store) EvaluatedTx(ctx context.Context, tx *sql.Tx, key change.Key, gen int64) error {
	if _, err := tx.ExecContext(ctx, `UPDATE change SET evaluated = $1, waiting_since = raised_at WHERE id = $2 AND evaluated < $1`,
		gen, key.String()); err != nil {
		return fmt.Errorf("record evaluation of %s: %w", key, err)
	}
	return nil
}

func holdName(forge change.Forge, installation int64) string {
	return fmt.Sprintf("hold:%s:%d", forge, installation)
}

// Hold records that the forge asked us to leave an installation alone until then. A push during that time does not wake a waiting job.
func (s *Store) Hold(ctx context.Context, forge change.Forge, installation int64, until time.Time) error {
	return s.SetMark(ctx, holdName(forge, installation), strconv.FormatInt(millis(until), 10))
}

func (s *Store) heldUntil(ctx context.Context, tx *sql.Tx, forge change.Forge, installation int64) (time.Time, error) {
	var text string
	err := tx.QueryRowContext(ctx, `SELECT value FROM mark WHERE name = $1`, holdName(forge, installation)).Scan(&text)
	if errors.Is(err, sql.ErrNoRows) {
		return time.Time{}, nil
	}
	if err != nil {
		return time.Time{}, fmt.Errorf("read hold: %w", err)
	}
	ms, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return time.Time{}, fmt.Errorf("read hold: %w", err)
	}
	return fromMillis(ms), nil
}

// Mark reads a named value; it is empty when it was never set.
func (s *Store) Mark(ctx context.Context, name string) (string, error) {
	var v string
	err := s.read.QueryRowContext(ctx, `SELECT value FROM mark WHERE name = $1`, name).Scan(&v)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("read mark %s: %w", name, err)
	}
	return v, nil
}

// SetMark sets a named value.
func (s *Store) SetMark(ctx context.Context, name, value string) error {
	if _, err := s.write.ExecContext(ctx,
		`INSERT INTO mark (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value`, name, value); err != nil {
		return fmt.Errorf("set mark %s: %w", name, err)
	}
	return nil
}

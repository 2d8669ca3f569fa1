package changes

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/store/sqldb"
)

func holdName(forge change.Forge, connection int64) string {
	return fmt.Sprintf("hold:%s:%d", forge, connection)
}

// Hold records that the forge limits the rate of a connection until a time. A push before it does not wake a waiting
// job.
func (s *Store) Hold(ctx context.Context, forge change.Forge, connection int64, until time.Time) error {
	return s.SetMark(ctx, holdName(forge, connection), strconv.FormatInt(sqldb.Millis(until), 10))
}

func (s *Store) heldUntil(ctx context.Context, tx *sql.Tx, forge change.Forge, connection int64) (time.Time, error) {
	var text string
	err := tx.QueryRowContext(ctx, `SELECT value FROM mark WHERE name = $1`, holdName(forge, connection)).Scan(&text)
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
	return sqldb.Time(ms), nil
}

// Mark reads a named value; it is empty when it was never set.
func (s *Store) Mark(ctx context.Context, name string) (string, error) {
	var v string
	err := s.db.Reader().QueryRowContext(ctx, `SELECT value FROM mark WHERE name = $1`, name).Scan(&v)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("read mark %s: %w", name, err)
	}
	return v, nil
}

// SwapMarkTx sets a named value inside the caller's transaction and returns what it was.
func (s *Store) SwapMarkTx(ctx context.Context, tx *sql.Tx, name, value string) (was string, err error) {
	err = tx.QueryRowContext(ctx, `SELECT value FROM mark WHERE name = $1`, name).Scan(&was)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return "", fmt.Errorf("read mark %s: %w", name, err)
	}
	if was == value {
		return was, nil
	}
	if _, err := tx.ExecContext(ctx,
		`INSERT INTO mark (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value`, name, value); err != nil {
		return "", fmt.Errorf("set mark %s: %w", name, err)
	}
	return was, nil
}

// FirstMark sets a named value unless it was set before, and returns the one that stands: of several processes that set
// it at once, all get the same.
func (s *Store) FirstMark(ctx context.Context, name, value string) (string, error) {
	if _, err := s.db.Writer().ExecContext(ctx, `INSERT INTO mark (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING`,
		name, value); err != nil {
		return "", fmt.Errorf("set mark %s: %w", name, err)
	}
	return s.Mark(ctx, name)
}

// SetMark sets a named value.
func (s *Store) SetMark(ctx context.Context, name, value string) error {
	if _, err := s.db.Writer().ExecContext(ctx,
		`INSERT INTO mark (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value`, name, value); err != nil {
		return fmt.Errorf("set mark %s: %w", name, err)
	}
	return nil
}

// Held is a connection of which the forge answers no more until a time: its budget of requests is used up.
type Held struct {
	Connection string    `json:"connection"`
	Until      time.Time `json:"until"`
}

// Holds lists the connections whose budget of requests is used up now, in no order.
func (s *Store) Holds(ctx context.Context) ([]Held, error) {
	rows, err := s.db.Reader().QueryContext(ctx, `SELECT name, value FROM mark WHERE name >= 'hold:' AND name < 'hold;'`)
	if err != nil {
		return nil, fmt.Errorf("list budgets that are used up: %w", err)
	}
	defer rows.Close()
	all, now := []Held{}, s.db.Now()
	for rows.Next() {
		var name, text string
		if err := rows.Scan(&name, &text); err != nil {
			return nil, fmt.Errorf("list budgets that are used up: %w", err)
		}
		ms, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return nil, fmt.Errorf("list budgets that are used up: %w", err)
		}
		if until := sqldb.Time(ms); until.After(now) {
			all = append(all, Held{strings.TrimPrefix(name, "hold:"), until})
		}
	}
	return all, rows.Err()
}

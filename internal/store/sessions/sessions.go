// Package sessions keeps who signed in to the operators' listener. It alone writes the tables signin and session.
//
// Callers may rely on: what a browser holds is stored as its hash alone; a sign-in that has begun is taken once; who
// signed in, was refused or signed out is in the audit log, in the same transaction.
package sessions

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/lintel-review/lintel/internal/access"
	"github.com/lintel-review/lintel/internal/audit"
	"github.com/lintel-review/lintel/internal/change"
	auditlog "github.com/lintel-review/lintel/internal/store/audit"
	"github.com/lintel-review/lintel/internal/store/sqldb"
)

// Store is safe for concurrent use.
type Store struct {
	db  *sqldb.DB
	log *auditlog.Store
}

// New makes the room on a database whose schema is up to date.
func New(db *sqldb.DB, log *auditlog.Store) *Store { return &Store{db: db, log: log} }

const (
	// attemptTime is how long a sign-in may take.
	attemptTime = 10 * time.Minute
	// maxAttempts bounds the sign-ins that have begun at once; the oldest make room.
	maxAttempts = 1000
)

// BeginSignIn keeps a sign-in that has begun.
func (s *Store) BeginSignIn(ctx context.Context, hash string, a access.Attempt) error {
	body, err := json.Marshal(a)
	if err != nil {
		return fmt.Errorf("encode sign-in: %w", err)
	}
	return s.db.Transact(ctx, "begin sign-in", func(tx *sql.Tx) error {
		now := s.db.Now()
		if _, err := tx.ExecContext(ctx, `DELETE FROM signin WHERE began_at < $1 OR began_at > $2 OR hash IN
			(SELECT hash FROM signin ORDER BY began_at DESC LIMIT $3 OFFSET $4)`,
			sqldb.Millis(now.Add(-attemptTime)), sqldb.Millis(now), maxAttempts, maxAttempts-1); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO signin (hash, body, began_at) VALUES ($1,$2,$3)`, hash, string(body), sqldb.Millis(now))
		return err
	})
}

// TakeSignIn returns a sign-in that has begun and is not over, once; change.ErrNotFound for every other.
func (s *Store) TakeSignIn(ctx context.Context, hash string) (a access.Attempt, err error) {
	err = s.db.Transact(ctx, "take sign-in", func(tx *sql.Tx) error {
		var body string
		var began int64
		err := tx.QueryRowContext(ctx, `DELETE FROM signin WHERE hash = $1 RETURNING body, began_at`, hash).Scan(&body, &began)
		if errors.Is(err, sql.ErrNoRows) {
			return change.ErrNotFound
		}
		if err != nil {
			return err
		}
		if age := s.db.Now().Sub(sqldb.Time(began)); age < 0 || age > attemptTime {
			return change.ErrNotFound
		}
		return json.Unmarshal([]byte(body), &a)
	})
	return a, err
}

// SignIn begins a session, and ends the one that the browser had before (empty: none).
func (s *Store) SignIn(ctx context.Context, hash, before string, p access.Person, role access.Role) error {
	body, err := json.Marshal(p)
	if err != nil {
		return fmt.Errorf("encode session: %w", err)
	}
	return s.db.Transact(ctx, "sign in", func(tx *sql.Tx) error {
		now := sqldb.Millis(s.db.Now())
		if _, err := tx.ExecContext(ctx, `DELETE FROM session WHERE hash = $1`, before); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `INSERT INTO session (hash, person, began_at, seen_at) VALUES ($1,$2,$3,$3)`,
			hash, string(body), now); err != nil {
			return err
		}
		return s.note(ctx, tx, audit.SignedIn, p, map[string]string{"role": string(role)})
	})
}

func (s *Store) note(ctx context.Context, tx *sql.Tx, act audit.Act, p access.Person, detail map[string]string) error {
	return s.log.AppendTx(ctx, tx, audit.Entry{Act: act, Actor: p.Named(), Detail: detail})
}

// RefuseSignIn notes a sign-in that the provider or the server refused.
func (s *Store) RefuseSignIn(ctx context.Context, p access.Person, why string) error {
	return s.db.Transact(ctx, "refuse sign-in", func(tx *sql.Tx) error {
		return s.note(ctx, tx, audit.SignInRefused, p, map[string]string{"why": why})
	})
}

// Session returns a session; change.ErrNotFound when there is none. It may be over.
func (s *Store) Session(ctx context.Context, hash string) (x access.Session, err error) {
	var person string
	var began, seen int64
	err = s.db.Reader().QueryRowContext(ctx, `SELECT person, began_at, seen_at FROM session WHERE hash = $1`, hash).Scan(&person, &began,
		&seen)
	if errors.Is(err, sql.ErrNoRows) {
		return x, change.ErrNotFound
	}
	if err == nil {
		err = json.Unmarshal([]byte(person), &x.Person)
	}
	if err != nil {
		return x, fmt.Errorf("read session: %w", err)
	}
	x.Began, x.Seen = sqldb.Time(began), sqldb.Time(seen)
	return x, nil
}

// SeeSession notes that a session is used.
func (s *Store) SeeSession(ctx context.Context, hash string) error {
	if _, err := s.db.Writer().ExecContext(ctx, `UPDATE session SET seen_at = $1 WHERE hash = $2`, sqldb.Millis(s.db.Now()),
		hash); err != nil {
		return fmt.Errorf("note that a session is used: %w", err)
	}
	return nil
}

// SignOut ends a session.
func (s *Store) SignOut(ctx context.Context, hash string, p access.Person) error {
	return s.db.Transact(ctx, "sign out", func(tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, `DELETE FROM session WHERE hash = $1`, hash)
		if err != nil {
			return err
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return err
		}
		return s.note(ctx, tx, audit.SignedOut, p, nil)
	})
}

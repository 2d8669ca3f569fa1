// Package tokens keeps upload tokens by the hash of their secrets. It alone writes the table upload_token.
//
// Callers may rely on: no secret is stored, only its hash; a revoked token stays listed and never works again; the time
// of last use is right to the hour; whoever makes, rotates or revokes a token is in the audit log.
package tokens

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/lintel-review/lintel/internal/audit"
	"github.com/lintel-review/lintel/internal/change"
	auditlog "github.com/lintel-review/lintel/internal/store/audit"
	"github.com/lintel-review/lintel/internal/store/sqldb"
	"github.com/lintel-review/lintel/internal/upload"
)

// Store is safe for concurrent use.
type Store struct {
	db  *sqldb.DB
	log *auditlog.Store
}

// New makes the room on a database whose schema is up to date.
func New(db *sqldb.DB, log *auditlog.Store) *Store { return &Store{db: db, log: log} }

const tokenColumns = `id, forge, repo_id, name, base, created_at, expires_at, revoked_at, used_at`

func scanToken(row sqldb.Row) (upload.Token, error) {
	var t upload.Token
	var base, created, expires, revoked, used int64
	if err := row.Scan(&t.ID, &t.Forge, &t.RepoID, &t.Name, &base, &created, &expires, &revoked, &used); err != nil {
		return upload.Token{}, err
	}
	t.Base, t.CreatedAt, t.ExpiresAt, t.RevokedAt, t.UsedAt = base != 0, sqldb.Time(created), sqldb.Time(expires), sqldb.Time(revoked),
		sqldb.Time(used)
	return t, nil
}

// AddToken keeps an upload token by the hash of its secret.
func (s *Store) AddToken(ctx context.Context, t upload.Token, hash, actor string) error {
	return s.db.Transact(ctx, "keep upload token", func(tx *sql.Tx) error {
		if err := s.addToken(ctx, tx, t, hash); err != nil {
			return err
		}
		return s.audit(ctx, tx, audit.TokenCreated, t, actor, map[string]string{"base": strconv.FormatBool(t.Base)})
	})
}

// audit notes an act on a token. No secret and no hash of one is in it.
func (s *Store) audit(ctx context.Context, tx *sql.Tx, act audit.Act, t upload.Token, actor string, detail map[string]string) error {
	detail["token"] = t.ID
	if t.Name != "" {
		detail["name"] = t.Name
	}
	return s.log.AppendTx(ctx, tx, audit.Entry{Act: act, Actor: actor, Forge: string(t.Forge), RepoID: t.RepoID, Detail: detail})
}

func (s *Store) addToken(ctx context.Context, tx *sql.Tx, t upload.Token, hash string) error {
	_, err := tx.ExecContext(ctx,
		`INSERT INTO upload_token (id, forge, repo_id, hash, name, base, created_at, expires_at, revoked_at, used_at) `+
			`VALUES ($1,$2,$3,$4,$5,$6,$7,$8,0,0)`,
		t.ID, t.Forge, t.RepoID, hash, t.Name, sqldb.Flag(t.Base), sqldb.Millis(t.CreatedAt), sqldb.Millis(t.ExpiresAt))
	return err
}

// RotateToken keeps a token that takes the place of another; the other ends at a time. change.ErrNotFound means that no
// token of that repository and id is alive.
func (s *Store) RotateToken(ctx context.Context, old string, ends time.Time, t upload.Token, hash, actor string) error {
	return s.db.Transact(ctx, "rotate upload token "+old, func(tx *sql.Tx) error {
		now := sqldb.Millis(s.db.Now())
		res, err := tx.ExecContext(ctx,
			`UPDATE upload_token SET expires_at = CASE WHEN expires_at = 0 OR expires_at > $1 THEN $1 ELSE expires_at END
			WHERE id = $2 AND forge = $3 AND repo_id = $4 AND revoked_at = 0 AND (expires_at = 0 OR expires_at > $5)`, sqldb.Millis(ends),
			old, t.Forge, t.RepoID, now)
		if err != nil {
			return err
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return errors.Join(err, change.ErrNotFound)
		}
		if err := s.addToken(ctx, tx, t, hash); err != nil {
			return err
		}
		detail := map[string]string{"replaces": old, "old_ends": ends.UTC().Format(time.RFC3339)}
		return s.audit(ctx, tx, audit.TokenRotated, t, actor, detail)
	})
}

// RevokeToken ends a token at once. change.ErrNotFound means that the repository has no such token.
func (s *Store) RevokeToken(ctx context.Context, forge change.Forge, repo int64, id, actor string) error {
	return s.db.Transact(ctx, "revoke upload token "+id, func(tx *sql.Tx) error {
		var revoked int64
		err := tx.QueryRowContext(ctx, `SELECT revoked_at FROM upload_token WHERE id = $1 AND forge = $2 AND repo_id = $3`,
			id, forge, repo).Scan(&revoked)
		if errors.Is(err, sql.ErrNoRows) {
			return change.ErrNotFound
		}
		if err != nil || revoked != 0 {
			return err
		}
		_, err = tx.ExecContext(ctx, `UPDATE upload_token SET revoked_at = $1 WHERE id = $2`, sqldb.Millis(s.db.Now()), id)
		if err != nil {
			return err
		}
		return s.audit(ctx, tx, audit.TokenRevoked, upload.Token{ID: id, Forge: forge, RepoID: repo}, actor, map[string]string{})
	})
}

// Tokens lists the upload tokens of a repository, the oldest first.
func (s *Store) Tokens(ctx context.Context, forge change.Forge, repo int64) ([]upload.Token, error) {
	rows, err := s.db.Reader().QueryContext(ctx,
		`SELECT `+tokenColumns+` FROM upload_token WHERE forge = $1 AND repo_id = $2 ORDER BY created_at, id`, forge, repo)
	if err != nil {
		return nil, fmt.Errorf("list upload tokens: %w", err)
	}
	defer rows.Close()
	var all []upload.Token
	for rows.Next() {
		t, err := scanToken(rows)
		if err != nil {
			return nil, fmt.Errorf("list upload tokens: %w", err)
		}
		all = append(all, t)
	}
	return all, rows.Err()
}

// tokenNoted is how exactly the time of a token's last use is kept: a write for each upload would be too many.
const tokenNoted = time.Hour

// TokenBy finds the token whose secret has this hash, alive or not, and notes its use to the hour. It is
// change.ErrNotFound when there is none.
func (s *Store) TokenBy(ctx context.Context, hash string) (upload.Token, error) {
	t, err := scanToken(s.db.Reader().QueryRowContext(ctx, `SELECT `+tokenColumns+` FROM upload_token WHERE hash = $1`, hash))
	if errors.Is(err, sql.ErrNoRows) {
		return t, change.ErrNotFound
	}
	if err != nil {
		return t, fmt.Errorf("find upload token: %w", err)
	}
	now := s.db.Now()
	if !t.Alive(now) || now.Sub(t.UsedAt) < tokenNoted {
		return t, nil
	}
	if _, err := s.db.Writer().ExecContext(ctx, `UPDATE upload_token SET used_at = $1 WHERE id = $2`, sqldb.Millis(now), t.ID); err != nil {
		return t, fmt.Errorf("note use of upload token %s: %w", t.ID, err)
	}
	return t, nil
}

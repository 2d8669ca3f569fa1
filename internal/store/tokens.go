package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/delivery"
	"github.com/lintel-review/lintel/internal/upload"
)

const tokenColumns = `id, forge, repo_id, name, base, created_at, expires_at, revoked_at, used_at`

func scanToken(row scanner) (upload.Token, error) {
	var t upload.Token
	var base, created, expires, revoked, used int64
	if err := row.Scan(&t.ID, &t.Forge, &t.RepoID, &t.Name, &base, &created, &expires, &revoked, &used); err != nil {
		return upload.Token{}, err
	}
	t.Base, t.CreatedAt, t.ExpiresAt, t.RevokedAt, t.UsedAt = base != 0, fromMillis(created), fromMillis(expires), fromMillis(revoked),
		fromMillis(used)
	return t, nil
}

// AddToken keeps an upload token by the hash of its secret.
func (s *Store) AddToken(ctx context.Context, t upload.Token, hash string) error {
	return s.transact(ctx, "keep upload token", func(tx *sql.Tx) error { return s.addToken(ctx, tx, t, hash) })
}

func (s *Store) addToken(ctx context.Context, tx *sql.Tx, t upload.Token, hash string) error {
	_, err := tx.ExecContext(ctx,
		`INSERT INTO upload_token (id, forge, repo_id, hash, name, base, created_at, expires_at, revoked_at, used_at) `+
			`VALUES ($1,$2,$3,$4,$5,$6,$7,$8,0,0)`,
		t.ID, t.Forge, t.RepoID, hash, t.Name, flag(t.Base), millis(t.CreatedAt), millis(t.ExpiresAt))
	return err
}

// RotateToken keeps a token that takes the place of another; the other ends at a time. change.ErrNotFound means that no
// token of that repository and id is alive.
func (s *Store) RotateToken(ctx context.Context, old string, ends time.Time, t upload.Token, hash string) error {
	return s.transact(ctx, "rotate upload token "+old, func(tx *sql.Tx) error {
		now := millis(s.now())
		res, err := tx.ExecContext(ctx,
			`UPDATE upload_token SET expires_at = CASE WHEN expires_at = 0 OR expires_at > $1 THEN $1 ELSE expires_at END
			WHERE id = $2 AND forge = $3 AND repo_id = $4 AND revoked_at = 0 AND (expires_at = 0 OR expires_at > $5)`, millis(ends),
			old, t.Forge, t.RepoID, now)
		if err != nil {
			return err
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return errors.Join(err, change.ErrNotFound)
		}
		return s.addToken(ctx, tx, t, hash)
	})
}

// RevokeToken ends a token at once. change.ErrNotFound means that the repository has no such token.
func (s *Store) RevokeToken(ctx context.Context, forge change.Forge, repo int64, id string) error {
	res, err := s.write.ExecContext(ctx,
		`UPDATE upload_token SET revoked_at = CASE WHEN revoked_at = 0 THEN $1 ELSE revoked_at END WHERE id = $2 AND `+
			`forge = $3 AND repo_id = $4`, millis(s.now()), id, forge, repo)
	if err != nil {
		return fmt.Errorf("revoke upload token %s: %w", id, err)
	}
	if n, err := res.RowsAffected(); err != nil || n == 0 {
		return fmt.Errorf("revoke upload token %s: %w", id, errors.Join(err, change.ErrNotFound))
	}
	return nil
}

// Tokens lists the upload tokens of a repository, the oldest first.
func (s *Store) Tokens(ctx context.Context, forge change.Forge, repo int64) ([]upload.Token, error) {
	rows, err := s.read.QueryContext(ctx,
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
	t, err := scanToken(s.read.QueryRowContext(ctx, `SELECT `+tokenColumns+` FROM upload_token WHERE hash = $1`, hash))
	if errors.Is(err, sql.ErrNoRows) {
		return t, change.ErrNotFound
	}
	if err != nil {
		return t, fmt.Errorf("find upload token: %w", err)
	}
	now := s.now()
	if !t.Alive(now) || now.Sub(t.UsedAt) < tokenNoted {
		return t, nil
	}
	if _, err := s.write.ExecContext(ctx, `UPDATE upload_token SET used_at = $1 WHERE id = $2`, millis(now), t.ID); err != nil {
		return t, fmt.Errorf("note use of upload token %s: %w", t.ID, err)
	}
	return t, nil
}

// keepRun remembers a finished run whose artifacts are to be fetched. A newer attempt is fetched again.
func (s *Store) keepRun(ctx context.Context, tx *sql.Tx, r upload.Run) error {
	_, err := tx.ExecContext(ctx,
		`INSERT INTO ci_run (forge, repo_id, id, attempt, installation, sha, fork, collected, seen_at) VALUES ($1,$2,$3,$4,$5,$6,$7,0,$8)
		ON CONFLICT (forge, repo_id, id) DO UPDATE SET attempt = excluded.attempt, collected = 0, seen_at = excluded.seen_at WHERE ci_run.attempt < excluded.attempt`,
		r.Forge, r.RepoID, r.ID, r.Attempt, r.Installation, r.Head, flag(r.Fork), millis(s.now()))
	if err != nil {
		return fmt.Errorf("keep run %d: %w", r.ID, err)
	}
	return nil
}

// RunsOf lists the runs for a commit whose artifacts were not fetched yet, oldest first.
func (s *Store) RunsOf(ctx context.Context, forge change.Forge, repo int64, sha string) ([]upload.Run, error) {
	rows, err := s.read.QueryContext(ctx,
		`SELECT id, attempt, installation, fork FROM ci_run WHERE forge = $1 AND repo_id = $2 AND sha = $3 AND `+
			`collected = 0 ORDER BY id LIMIT 50`, forge, repo, sha)
	if err != nil {
		return nil, fmt.Errorf("list runs of %s: %w", change.Short(sha), err)
	}
	defer rows.Close()
	var all []upload.Run
	for rows.Next() {
		r := upload.Run{Forge: forge, RepoID: repo, Head: sha}
		var fork int64
		if err := rows.Scan(&r.ID, &r.Attempt, &r.Installation, &fork); err != nil {
			return nil, fmt.Errorf("list runs of %s: %w", change.Short(sha), err)
		}
		r.Fork = fork != 0
		all = append(all, r)
	}
	return all, rows.Err()
}

// Collected records that the artifacts of one attempt of a run were fetched in a look at a change, and asks for looks
// at the others with that head: theirs may have begun before the reports were there.
func (s *Store) Collected(ctx context.Context, r upload.Run, by change.Key) error {
	others := false
	err := s.transact(ctx, fmt.Sprintf("record run %d as fetched", r.ID), func(tx *sql.Tx) error {
		others = false
		if _, err := tx.ExecContext(ctx,
			`UPDATE ci_run SET collected = 1 WHERE forge = $1 AND repo_id = $2 AND id = $3 AND attempt = $4`, r.Forge, r.RepoID, r.ID,
			r.Attempt); err != nil {
			return err
		}
		keys, err := s.selected(ctx, tx, delivery.ReviewRequest{Forge: r.Forge, RepoID: r.RepoID, Commit: r.Head})
		if err != nil {
			return err
		}
		for _, key := range keys {
			if key == by {
				continue
			}
			others = true
			if _, err := s.requestLooks(ctx, tx, "",
				delivery.ReviewRequest{
					Ref:  &change.Ref{Key: key},
					Lane: delivery.Interactive,
					Why:  "reports of a run of a fork were fetched",
				}); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil && others {
		s.jobs.Ring()
	}
	return err
}

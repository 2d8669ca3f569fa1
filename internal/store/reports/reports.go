// Package reports keeps what CI hands in: parsed reports in their slots, and for a while what they were parsed from. It
// alone writes the tables report, report_raw and token_used.
//
// Callers may rely on:
//   - a report is kept together with the look that it asks for, or not at all;
//   - a report of an older attempt of the same run never replaces a newer one;
//   - a token of a CI job brings one report; bringing the same again is a repeat, another one is refused.
package reports

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/delivery"
	"github.com/lintel-review/lintel/internal/store/changes"
	"github.com/lintel-review/lintel/internal/store/deliveries"
	"github.com/lintel-review/lintel/internal/store/sqldb"
	"github.com/lintel-review/lintel/internal/upload"
)

// Store is safe for concurrent use.
type Store struct {
	db         *sqldb.DB
	jobs       changes.Jobs
	deliveries *deliveries.Store
}

// New makes the room on a database whose schema is up to date.
func New(db *sqldb.DB, jobs changes.Jobs, d *deliveries.Store) *Store {
	return &Store{db: db, jobs: jobs, deliveries: d}
}

// KeepReport keeps an upload in its slot, marks the token that brought it as used, and admits what follows of it, in
// one transaction. An error means that nothing was kept. A report of an older attempt of the same run changes nothing,
// nor does the same report by the same token.
func (s *Store) KeepReport(ctx context.Context, u upload.Upload, once *upload.Nonce, a delivery.Admission) (upload.Outcome,
	delivery.Receipt, error) {
	body, err := pack(u)
	if err != nil {
		return "", delivery.Receipt{}, err
	}
	var outcome upload.Outcome
	var receipt delivery.Receipt
	ring := false
	err = s.db.TransactIn(ctx, "keep report", changes.PartitionOf(a), func(tx *sql.Tx) error {
		outcome, receipt, ring = upload.Stored, delivery.Receipt{}, false
		repeat, err := s.useToken(ctx, tx, once, u.Digest)
		if err != nil {
			return err
		}
		if repeat {
			outcome = upload.Repeat
			return nil
		}
		kept, err := s.placeReport(ctx, tx, u, body)
		if err != nil {
			return err
		}
		if !kept {
			outcome = upload.Older
			return nil
		}
		receipt, ring, err = s.deliveries.AdmitTx(ctx, tx, a)
		return err
	})
	if err != nil {
		return "", delivery.Receipt{}, err
	}
	if ring {
		s.jobs.Ring()
	}
	return outcome, receipt, nil
}

// pack makes the blob of a report: the packed form, compressed. An announcement that nothing more comes has none.
func pack(u upload.Upload) ([]byte, error) {
	if u.Kind == upload.Final {
		return []byte{}, nil
	}
	plain, err := upload.Pack(u.Report)
	if err != nil {
		return nil, err
	}
	return sqldb.Compress(plain)
}

// useToken marks a token as used. repeat is true when it brought the same before; upload.ErrTokenUsed when it brought
// something else.
func (s *Store) useToken(ctx context.Context, tx *sql.Tx, once *upload.Nonce, digest string) (repeat bool, err error) {
	if once == nil {
		return false, nil
	}
	res, err := tx.ExecContext(ctx,
		`INSERT INTO token_used (issuer, id, digest, expires_at) VALUES ($1,$2,$3,$4) ON CONFLICT (issuer, id) DO NOTHING`, once.Issuer,
		once.ID, digest, sqldb.Millis(once.Expires))
	if err != nil {
		return false, fmt.Errorf("mark token as used: %w", err)
	}
	n, err := res.RowsAffected()
	if err != nil || n == 1 {
		return false, err
	}
	var before string
	if err := tx.QueryRowContext(ctx, `SELECT digest FROM token_used WHERE issuer = $1 AND id = $2`, once.Issuer,
		once.ID).Scan(&before); err != nil {
		return false, fmt.Errorf("read used token: %w", err)
	}
	if before != digest {
		return false, upload.ErrTokenUsed
	}
	return true, nil
}

// placeReport puts a report into its slot, unless one of a newer attempt of the same run is there.
func (s *Store) placeReport(ctx context.Context, tx *sql.Tx, u upload.Upload, body []byte) (bool, error) {
	now := sqldb.Millis(s.db.Now())
	res, err := tx.ExecContext(ctx,
		`INSERT INTO report (forge, repo_id, sha, scope, kind, flag, part, measured, run, attempt, job, sender, trust, digest, first_at, received_at, body)
		VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,$15,$15,$16)
		ON CONFLICT (forge, repo_id, sha, scope, kind, flag, part) DO UPDATE SET measured = excluded.measured, run = excluded.run, attempt = excluded.attempt, job = excluded.job,
		sender = excluded.sender, trust = excluded.trust, digest = excluded.digest, received_at = excluded.received_at, body = excluded.body
		WHERE excluded.run = '' OR report.run <> excluded.run OR report.attempt <= excluded.attempt`,
		u.Forge, u.RepoID, u.SHA, u.Scope, u.Kind, u.Flag, u.Part, u.Measured, u.Run, u.Attempt, u.Job, u.By, u.Trust, u.Digest, now, body)
	if err != nil {
		return false, fmt.Errorf("store report of %s: %w", change.Short(u.SHA), err)
	}
	n, err := res.RowsAffected()
	if err != nil || n == 0 {
		return false, err
	}
	if u.Raw == nil {
		return true, nil
	}
	_, err = tx.ExecContext(ctx,
		`INSERT INTO report_raw (digest, encoding, body, created_at) VALUES ($1,$2,$3,$4) ON CONFLICT (digest) DO `+
			`UPDATE SET created_at = excluded.created_at`, u.Digest, u.Encoding, u.Raw, now)
	if err != nil {
		return false, fmt.Errorf("store raw report: %w", err)
	}
	return true, nil
}

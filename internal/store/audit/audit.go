// Package audit keeps the audit log. It alone writes the tables audit and audit_end.
//
// Callers may rely on:
//   - a record is committed with the act that it is about, or neither is;
//   - records are never changed; only PruneAudit deletes, the oldest first, and what is left still verifies;
//   - a lost record is found also when it was the newest: the end of the chain is kept beside it.
//
// Appending reads the end of the chain and writes it. A write transaction excludes every other one, so that no two
// records follow the same one; a database with several writers needs a lock on the end of the chain.
package audit

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/lintel-review/lintel/internal/audit"
	"github.com/lintel-review/lintel/internal/store/sqldb"
)

// Store is safe for concurrent use.
type Store struct{ db *sqldb.DB }

// New makes the room on a database whose schema is up to date.
func New(db *sqldb.DB) *Store { return &Store{db: db} }

// The ends of the chain that are kept: the last record, and the last one that PruneAudit deleted.
const (
	newest = "newest"
	pruned = "pruned"
)

// AppendTx appends an entry in the transaction of the act that it is about. An entry without a time gets the database's.
func (s *Store) AppendTx(ctx context.Context, tx *sql.Tx, e audit.Entry) error {
	if e.At.IsZero() {
		e.At = s.db.Now()
	}
	if err := s.db.Lock(ctx, tx, "audit"); err != nil {
		return err
	}
	end, err := s.end(ctx, tx, newest)
	if err != nil {
		return err
	}
	r := audit.Seal(e, end)
	body, err := json.Marshal(r)
	if err != nil {
		return fmt.Errorf("encode audit record: %w", err)
	}
	if _, err := tx.ExecContext(ctx, `INSERT INTO audit (seq, at, act, forge, repo_id, change_id, body) VALUES ($1,$2,$3,$4,$5,$6,$7)`,
		r.Seq, sqldb.Millis(r.At), r.Act, r.Forge, r.RepoID, r.Change, string(body)); err != nil {
		return fmt.Errorf("keep audit record %d: %w", r.Seq, err)
	}
	return s.setEnd(ctx, tx, newest, r.Link())
}

// Audited does something and records it, in one transaction.
func (s *Store) Audited(ctx context.Context, e audit.Entry, do func(tx *sql.Tx) error) error {
	return s.db.Transact(ctx, string(e.Act), func(tx *sql.Tx) error {
		if err := do(tx); err != nil {
			return err
		}
		return s.AppendTx(ctx, tx, e)
	})
}

func (s *Store) end(ctx context.Context, q sqldb.Querier, name string) (audit.Link, error) {
	var l audit.Link
	err := q.QueryRowContext(ctx, `SELECT seq, hash FROM audit_end WHERE name = $1`, name).Scan(&l.Seq, &l.Hash)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return l, fmt.Errorf("read the %s end of the audit log: %w", name, err)
	}
	return l, nil
}

func (s *Store) setEnd(ctx context.Context, tx *sql.Tx, name string, l audit.Link) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO audit_end (name, seq, hash) VALUES ($1,$2,$3)
		ON CONFLICT (name) DO UPDATE SET seq = excluded.seq, hash = excluded.hash`, name, l.Seq, l.Hash)
	if err != nil {
		return fmt.Errorf("keep the %s end of the audit log: %w", name, err)
	}
	return nil
}

// Audit hands over the records from the first one since a time on, oldest first: a clock that was set back leaves no gap.
func (s *Store) Audit(ctx context.Context, since time.Time, use func(audit.Record) error) error {
	return s.each(ctx, s.db.Reader(), sqldb.Millis(since), use)
}

func (s *Store) each(ctx context.Context, q sqldb.Querier, since int64, use func(audit.Record) error) error {
	rows, err := q.QueryContext(ctx, `SELECT body FROM audit WHERE seq >= (SELECT MIN(seq) FROM audit WHERE at >= $1) ORDER BY seq`,
		since)
	if err != nil {
		return fmt.Errorf("read audit log: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var body string
		if err := rows.Scan(&body); err != nil {
			return fmt.Errorf("read audit log: %w", err)
		}
		var r audit.Record
		if err := json.Unmarshal([]byte(body), &r); err != nil {
			return fmt.Errorf("read audit log: a record is no JSON any more: %w", err)
		}
		if err := use(r); err != nil {
			return err
		}
	}
	return rows.Err()
}

// AuditPage returns records before one (0: the newest), newest first: those of a repository (0: all) and of acts that
// begin with a word (empty: all).
func (s *Store) AuditPage(ctx context.Context, forge string, repo int64, act string, before int64, limit int) ([]audit.Record, error) {
	if before <= 0 {
		before = 1 << 62
	}
	query, args := `SELECT body FROM audit WHERE seq < $1 AND substr(act, 1, $2) = $3`, []any{before, len(act), act}
	if repo != 0 {
		query, args = query+` AND forge = $4 AND repo_id = $5`, append(args, forge, repo)
	}
	rows, err := s.db.Reader().QueryContext(ctx, query+fmt.Sprintf(` ORDER BY seq DESC LIMIT $%d`, len(args)+1), append(args, limit)...)
	if err != nil {
		return nil, fmt.Errorf("read audit log: %w", err)
	}
	defer rows.Close()
	var all []audit.Record
	for rows.Next() {
		var body string
		if err := rows.Scan(&body); err != nil {
			return nil, fmt.Errorf("read audit log: %w", err)
		}
		var r audit.Record
		if err := json.Unmarshal([]byte(body), &r); err != nil {
			return nil, fmt.Errorf("read audit log: a record is no JSON any more: %w", err)
		}
		all = append(all, r)
	}
	return all, rows.Err()
}

// VerifyAudit reads the whole chain. It returns how many records there are, or an *audit.Broken.
func (s *Store) VerifyAudit(ctx context.Context) (n int64, err error) {
	// One transaction: what is appended meanwhile is not half of the picture.
	tx, err := s.db.Snapshot(ctx)
	if err != nil {
		return 0, fmt.Errorf("verify audit log: %w", err)
	}
	defer func() { err = errors.Join(err, tx.Rollback()) }()
	last, err := s.end(ctx, tx, pruned)
	if err != nil {
		return 0, err
	}
	err = s.each(ctx, tx, -1<<62, func(r audit.Record) error {
		if err := audit.Verify(r, last); err != nil {
			return err
		}
		last = r.Link()
		n++
		return nil
	})
	if err != nil {
		return n, err
	}
	want, err := s.end(ctx, tx, newest)
	if err != nil {
		return n, err
	}
	return n, audit.VerifyEnd(last, want)
}

// pruneBatch keeps each transaction short: a webhook waits for the writer no longer than one of them takes.
const pruneBatch = 1000

// PruneAudit deletes the records before a time and returns how many. The newest record always stays.
func (s *Store) PruneAudit(ctx context.Context, before time.Time) (int64, error) {
	total := int64(0)
	for {
		n := int64(0)
		err := s.db.Transact(ctx, "prune the audit log", func(tx *sql.Tx) (err error) {
			n, err = s.pruneTx(ctx, tx, before)
			return err
		})
		if total += n; err != nil || n < pruneBatch {
			return total, err
		}
	}
}

func (s *Store) pruneTx(ctx context.Context, tx *sql.Tx, before time.Time) (int64, error) {
	// The chain is cut at its beginning only: a record with an earlier time than one before it waits for that one.
	var seq sql.NullInt64
	err := tx.QueryRowContext(ctx, `SELECT MAX(seq) FROM (SELECT seq FROM audit WHERE seq < COALESCE(
		(SELECT MIN(seq) FROM audit WHERE at >= $1), (SELECT MAX(seq) FROM audit)) ORDER BY seq LIMIT $2) old`,
		sqldb.Millis(before), pruneBatch).Scan(&seq)
	if err != nil || !seq.Valid {
		return 0, err
	}
	var body string
	if err := tx.QueryRowContext(ctx, `SELECT body FROM audit WHERE seq = $1`, seq.Int64).Scan(&body); err != nil {
		return 0, err
	}
	var r audit.Record
	if err := json.Unmarshal([]byte(body), &r); err != nil {
		return 0, fmt.Errorf("record %d is no JSON any more: %w", seq.Int64, err)
	}
	res, err := tx.ExecContext(ctx, `DELETE FROM audit WHERE seq <= $1`, seq.Int64)
	if err != nil {
		return 0, err
	}
	n, err := res.RowsAffected()
	if err != nil {
		return 0, err
	}
	return n, s.setEnd(ctx, tx, pruned, r.Link())
}

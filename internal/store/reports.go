package store

import (
	"bytes"
	"compress/gzip"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/delivery"
	"github.com/lintel-review/lintel/internal/report"
	"github.com/lintel-review/lintel/internal/upload"
)

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
	err = s.transact(ctx, "keep report", func(tx *sql.Tx) error {
		outcome, receipt, ring = upload.Stored, delivery.Receipt{}, false
		repeat, err := s.spend(ctx, tx, once, u.Digest)
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
		receipt, ring, err = s.admitTx(ctx, tx, a)
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
	return compress(plain)
}

// writers are compressors that wait to be used again: a new one takes 800 KB of memory, and each verdict compresses its evidence.
var writers = sync.Pool{New: func() any {
	z, err := gzip.NewWriterLevel(io.Discard, gzip.BestSpeed)
	if err != nil {
		panic("store: the level of compression is one of gzip's own: " + err.Error())
	}
	return z
}}

func compress(plain []byte) ([]byte, error) {
	var b bytes.Buffer
	z := writers.Get().(*gzip.Writer)
	defer writers.Put(z)
	z.Reset(&b)
	if _, err := z.Write(plain); err != nil {
		return nil, fmt.Errorf("compress: %w", err)
	}
	if err := z.Close(); err != nil {
		return nil, fmt.Errorf("compress: %w", err)
	}
	return b.Bytes(), nil
}

// spend marks a token as used. repeat is true when it brought the same before; upload.ErrTokenUsed when it brought something else.
func (s *Store) spend(ctx context.Context, tx *sql.Tx, once *upload.Nonce, digest string) (repeat bool, err error) {
	if once == nil {
		return false, nil
	}
	res, err := tx.ExecContext(ctx,
		`INSERT INTO token_used (issuer, id, digest, expires_at) VALUES ($1,$2,$3,$4) ON CONFLICT (issuer, id) DO NOTHING`, once.Issuer,
		once.ID, digest, millis(once.Expires))
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
	now := millis(s.now())
	res, err := tx.ExecContext(ctx,
		`INSERT INTO report (forge, repo_id, sha, scope, kind, flag, part, measured, run, attempt, job, sender, trust, digest, first_at, received_at, body)
		VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,$15,$15,$16)
		ON CONFLICT (forge, repo_id, sha, scope, kind, flag, part) DO UPDATE SET measured = excluded.measured, run = excluded.run, attempt = excluded.attempt, job = excluded.job,
		sender = excluded.sender, trust = excluded.trust, digest = excluded.digest, received_at = excluded.received_at, body = excluded.body
		WHERE excluded.run = '' OR report.run <> excluded.run OR report.attempt <= excluded.attempt`,
		u.Forge, u.RepoID, u.SHA, u.Scope, u.Kind, u.Flag, u.Part, u.Measured, u.Run, u.Attempt, u.Job, u.By, u.Trust, u.Digest, now, body)
	if err != nil {
		return false, fmt.Errorf("keep report of %s: %w", change.Short(u.SHA), err)
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
		return false, fmt.Errorf("keep raw report: %w", err)
	}
	return true, nil
}

// HeadReports returns what has arrived for a change at its head. Of two reports in places that differ by their scope
// alone the one that came last counts.
func (s *Store) HeadReports(ctx context.Context, h upload.Head) (upload.Set, error) {
	scope := upload.ForPull(h.Number)
	if h.Fork {
		scope = upload.Forks
	}
	rows, err := s.read.QueryContext(ctx, `SELECT kind, flag, part, job, sender, trust, first_at, received_at, body FROM report
		WHERE forge = $1 AND repo_id = $2 AND sha = $3 AND scope IN ($4, $5, $6) ORDER BY kind, flag, part, received_at DESC, scope`,
		h.Forge, h.RepoID, h.SHA, upload.Commit, upload.ByToken, scope)
	if err != nil {
		return upload.Set{}, fmt.Errorf("read reports of %s: %w", change.Short(h.SHA), err)
	}
	defer rows.Close()
	var set upload.Set
	var last upload.Slot
	for rows.Next() {
		k, err := scanReport(rows, h.SHA)
		if err != nil {
			return upload.Set{}, err
		}
		if k.kind == upload.Final {
			if k.received.After(set.Finalised) {
				set.Finalised = k.received
			}
			continue
		}
		if set.First.IsZero() || k.first.Before(set.First) {
			set.First = k.first
		}
		if k.received.After(set.Last) {
			set.Last = k.received
		}
		slot := upload.Slot{Kind: k.kind, Flag: k.flag, Part: k.part}
		if len(set.Reports) > 0 && slot == last {
			continue
		}
		r, err := k.open()
		if err != nil {
			return upload.Set{}, fmt.Errorf("read report of %s: %w", change.Short(h.SHA), err)
		}
		set.Reports, last = append(set.Reports, r), slot
	}
	if err := rows.Err(); err != nil {
		return upload.Set{}, fmt.Errorf("read reports of %s: %w", change.Short(h.SHA), err)
	}
	return set, nil
}

// keptReport is one row of the table.
type keptReport struct {
	sha                  string
	kind                 report.Kind
	flag, part           string
	job, sender, trusted string
	first, received      time.Time
	body                 []byte
}

func scanReport(row scanner, sha string) (keptReport, error) {
	k := keptReport{sha: sha}
	var first, received int64
	if err := row.Scan(&k.kind, &k.flag, &k.part, &k.job, &k.sender, &k.trusted, &first, &received, &k.body); err != nil {
		return k, fmt.Errorf("read report: %w", err)
	}
	k.first, k.received = fromMillis(first), fromMillis(received)
	return k, nil
}

// open makes the report of the row. What the slot says wins over what was packed.
func (k keptReport) open() (report.Report, error) {
	z, err := gzip.NewReader(bytes.NewReader(k.body))
	if err != nil {
		return report.Report{}, err
	}
	plain, err := io.ReadAll(z)
	if err != nil {
		return report.Report{}, err
	}
	r, err := upload.Unpack(plain)
	if err != nil {
		return report.Report{}, err
	}
	r.Kind, r.Flag, r.SHA, r.Trust, r.Base = k.kind, k.flag, k.sha, report.Trust(k.trusted), false
	r.Source = upload.Source(k.sender, k.job, k.part)
	return r, nil
}

// BaseIndex lists the commits of a repository that have base reports, the newest uploads first.
func (s *Store) BaseIndex(ctx context.Context, forge change.Forge, repo int64, limit int) ([]upload.BaseAt, error) {
	rows, err := s.read.QueryContext(ctx,
		`SELECT sha, kind, flag FROM report WHERE forge = $1 AND repo_id = $2 AND scope = $3 AND kind <> 'final' ORDER `+
			`BY received_at DESC LIMIT $4`, forge, repo, upload.Commit, limit)
	if err != nil {
		return nil, fmt.Errorf("list base reports: %w", err)
	}
	defer rows.Close()
	var all []upload.BaseAt
	for rows.Next() {
		var b upload.BaseAt
		if err := rows.Scan(&b.SHA, &b.Kind, &b.Flag); err != nil {
			return nil, fmt.Errorf("list base reports: %w", err)
		}
		all = append(all, b)
	}
	return all, rows.Err()
}

// BaseReports returns the base reports of one commit, ordered by kind, flag and part.
func (s *Store) BaseReports(ctx context.Context, forge change.Forge, repo int64, sha string) ([]report.Report, error) {
	rows, err := s.read.QueryContext(ctx, `SELECT kind, flag, part, job, sender, trust, first_at, received_at, body FROM report
		WHERE forge = $1 AND repo_id = $2 AND sha = $3 AND scope = $4 AND kind <> 'final' ORDER BY kind, flag, part`, forge, repo, sha,
		upload.Commit)
	if err != nil {
		return nil, fmt.Errorf("read base reports of %s: %w", change.Short(sha), err)
	}
	defer rows.Close()
	var all []report.Report
	for rows.Next() {
		k, err := scanReport(rows, sha)
		if err != nil {
			return nil, err
		}
		r, err := k.open()
		if err != nil {
			return nil, fmt.Errorf("read base report of %s: %w", change.Short(sha), err)
		}
		r.Base = true
		all = append(all, r)
	}
	return all, rows.Err()
}

// RawReport returns a report as it came, with its encoding; change.ErrNotFound when it is no longer kept.
func (s *Store) RawReport(ctx context.Context, digest string) (body []byte, encoding string, err error) {
	err = s.read.QueryRowContext(ctx, `SELECT body, encoding FROM report_raw WHERE digest = $1`, digest).Scan(&body, &encoding)
	if errors.Is(err, sql.ErrNoRows) {
		err = change.ErrNotFound
	}
	if err != nil {
		return nil, "", fmt.Errorf("read raw report %s: %w", digest, err)
	}
	return body, encoding, nil
}

// Owned finds a repository that the App sees, by its id or, when that is 0, by owner/name, with its installation. Else
// it is change.ErrNotFound.
func (s *Store) Owned(ctx context.Context, forge change.Forge, id int64, name string) (change.Repository, int64, error) {
	query, args := `id = $2`, []any{forge, id}
	if id == 0 {
		owner, short, _ := strings.Cut(strings.ToLower(name), "/")
		query, args = `lower(owner) = $2 AND lower(name) = $3`, []any{forge, owner, short}
	}
	var r change.Repository
	var installation, private int64
	err := s.read.QueryRowContext(ctx,
		`SELECT id, installation, owner, owner_id, name, private, default_branch FROM repository WHERE forge = $1 AND `+query+
			` AND gone = 0 ORDER BY updated_at DESC LIMIT 1`, args...).
		Scan(&r.ID, &installation, &r.Owner, &r.OwnerID, &r.Name, &private, &r.DefaultBranch)
	if errors.Is(err, sql.ErrNoRows) {
		err = change.ErrNotFound
	}
	if err != nil {
		return change.Repository{}, 0, fmt.Errorf("find repository: %w", err)
	}
	r.Private = private != 0
	return r, installation, nil
}

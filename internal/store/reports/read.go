package reports

import (
	"bytes"
	"compress/gzip"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/report"
	"github.com/lintel-review/lintel/internal/store/sqldb"
	"github.com/lintel-review/lintel/internal/upload"
)

// HeadReports returns what has arrived for a change at its head. Of two reports in places that differ by their scope
// alone the one that came last counts.
func (s *Store) HeadReports(ctx context.Context, h upload.Head) (upload.Set, error) {
	scope := upload.ForPull(h.Number)
	if h.Fork {
		scope = upload.Forks
	}
	rows, err := s.db.Reader().QueryContext(ctx, `SELECT kind, flag, part, job, sender, trust, first_at, received_at, body FROM report
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

func scanReport(row sqldb.Row, sha string) (keptReport, error) {
	k := keptReport{sha: sha}
	var first, received int64
	if err := row.Scan(&k.kind, &k.flag, &k.part, &k.job, &k.sender, &k.trusted, &first, &received, &k.body); err != nil {
		return k, fmt.Errorf("read report: %w", err)
	}
	k.first, k.received = sqldb.Time(first), sqldb.Time(received)
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
	rows, err := s.db.Reader().QueryContext(ctx,
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
	rows, err := s.db.Reader().QueryContext(ctx, `SELECT kind, flag, part, job, sender, trust, first_at, received_at, body FROM report
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
	err = s.db.Reader().QueryRowContext(ctx, `SELECT body, encoding FROM report_raw WHERE digest = $1`, digest).Scan(&body, &encoding)
	if errors.Is(err, sql.ErrNoRows) {
		err = change.ErrNotFound
	}
	if err != nil {
		return nil, "", fmt.Errorf("read raw report %s: %w", digest, err)
	}
	return body, encoding, nil
}

package verdicts

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/store/sqldb"
	"github.com/lintel-review/lintel/internal/verdict"
)

// packed is evidence on the way into a column.
type packed struct {
	verdict.Evidence
	// body gives the compressed document, however often it is asked.
	body func() ([]byte, error)
}

// pack begins to compress what is almost always new, beside the first statements of the transaction, in which nobody
// else can write. Settings and policies are the same for most verdicts, and are compressed when they are not there yet.
func pack(evidence []verdict.Evidence) []packed {
	out := make([]packed, len(evidence))
	for i, e := range evidence {
		out[i] = packed{e, sync.OnceValues(func() ([]byte, error) { return sqldb.Compress(e.Body) })}
		if e.Kind == "facts" || e.Kind == "decision" {
			go func() { _, _ = out[i].body() }()
		}
	}
	return out
}

// storeEvidence keeps the documents that are not kept yet: settings and policies almost always are.
func (s *Store) storeEvidence(ctx context.Context, tx *sql.Tx, all []packed) error {
	known, err := digests(ctx, tx, all)
	if err != nil {
		return fmt.Errorf("look for evidence: %w", err)
	}
	args, marks := []any{sqldb.Millis(s.db.Now())}, []string{}
	for _, e := range all {
		if slices.Contains(known, e.Digest) {
			continue
		}
		known = append(known, e.Digest)
		body, err := e.body()
		if err != nil {
			return err
		}
		n := len(args)
		marks = append(marks, fmt.Sprintf("($%d,$%d,$%d,$1)", n+1, n+2, n+3))
		args = append(args, e.Digest, e.Kind, body)
	}
	if len(marks) == 0 {
		return nil
	}
	if _, err := tx.ExecContext(ctx, `INSERT INTO evidence (digest, kind, body, created_at) VALUES `+strings.Join(marks, ",")+
		` ON CONFLICT (digest) DO NOTHING`, args...); err != nil {
		return fmt.Errorf("store evidence: %w", err)
	}
	return nil
}

// digests are those of the documents that are kept.
func digests(ctx context.Context, tx *sql.Tx, all []packed) (known []string, err error) {
	args, marks := []any{}, []string{}
	for _, e := range all {
		args = append(args, e.Digest)
		marks = append(marks, fmt.Sprintf("$%d", len(args)))
	}
	if len(args) == 0 {
		return nil, nil
	}
	rows, err := tx.QueryContext(ctx, `SELECT digest FROM evidence WHERE digest IN (`+strings.Join(marks, ",")+`)`, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var digest string
		if err := rows.Scan(&digest); err != nil {
			return nil, err
		}
		known = append(known, digest)
	}
	return known, rows.Err()
}

// Evidence returns the document kept under a digest, or change.ErrNotFound when it was never kept or its retention is
// over.
func (s *Store) Evidence(ctx context.Context, digest string) ([]byte, error) {
	var packed []byte
	err := s.db.Reader().QueryRowContext(ctx, `SELECT body FROM evidence WHERE digest = $1`, digest).Scan(&packed)
	if errors.Is(err, sql.ErrNoRows) {
		err = change.ErrNotFound
	}
	if err != nil {
		return nil, fmt.Errorf("read evidence %s: %w", digest, err)
	}
	body, err := sqldb.Decompress(packed)
	if err != nil {
		return nil, fmt.Errorf("read evidence %s: %w", digest, err)
	}
	return body, nil
}

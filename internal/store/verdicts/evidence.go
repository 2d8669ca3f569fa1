package verdicts

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
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

func (s *Store) storeEvidence(ctx context.Context, tx *sql.Tx, e packed) error {
	var have int
	err := tx.QueryRowContext(ctx, `SELECT 1 FROM evidence WHERE digest = $1`, e.Digest).Scan(&have)
	if err == nil {
		return nil
	}
	if !errors.Is(err, sql.ErrNoRows) {
		return fmt.Errorf("look for evidence: %w", err)
	}
	body, err := e.body()
	if err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx,
		`INSERT INTO evidence (digest, kind, body, created_at) VALUES ($1,$2,$3,$4) ON CONFLICT (digest) DO NOTHING`, e.Digest, e.Kind,
		body, sqldb.Millis(s.db.Now())); err != nil {
		return fmt.Errorf("store evidence: %w", err)
	}
	return nil
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

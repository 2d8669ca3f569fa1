package verdicts

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/lintel-review/lintel/internal/plan"
	"github.com/lintel-review/lintel/internal/store/sqldb"
)

// noteSettings notes in the audit log that other settings took effect for a branch than those of the verdict before. The
// first settings of a branch are no change.
func (s *Store) noteSettings(ctx context.Context, tx *sql.Tx, look plan.Look) error {
	v := look.Verdict
	if look.KeepRecord || v == nil || look.Record.Group != nil || v.Settings == "" {
		return nil
	}
	name := fmt.Sprintf("settings:%s:%d:%s", look.Record.Forge, look.Record.RepoID, v.Base.Ref)
	was, err := s.changes.SwapMarkTx(ctx, tx, name, v.Settings)
	if err != nil || was == "" || was == v.Settings {
		return err
	}
	before, err := s.document(ctx, tx, was)
	if err != nil {
		return err
	}
	after, err := s.document(ctx, tx, v.Settings)
	if err != nil {
		return err
	}
	return s.control.SettingsChangedTx(ctx, tx, look.Record, v.Base.Ref, v.Controls, before, after)
}

// document reads evidence inside a transaction; nil when it is past its retention.
func (s *Store) document(ctx context.Context, tx *sql.Tx, digest string) ([]byte, error) {
	var packed []byte
	err := tx.QueryRowContext(ctx, `SELECT body FROM evidence WHERE digest = $1`, digest).Scan(&packed)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read evidence: %w", err)
	}
	return sqldb.Decompress(packed)
}

package changes

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/lintel-review/lintel/internal/change"
)

// unknownNote stands where nobody knows what the note on a change says of its gate.
const unknownNote = "?"

// GateNote is what the note on a change says of its gate; not known where no process wrote one, or one began to.
func (s *Store) GateNote(ctx context.Context, key change.Key) (says string, known bool, err error) {
	err = s.db.Reader().QueryRowContext(ctx, `SELECT gate_note FROM change WHERE id = $1`, key.String()).Scan(&says)
	if errors.Is(err, sql.ErrNoRows) || err == nil && says == unknownNote {
		return "", false, nil
	}
	if err != nil {
		return "", false, fmt.Errorf("read what the note on %s says of its gate: %w", key, err)
	}
	return says, true, nil
}

// KeepGateNote keeps what the note on a change says of its gate; with known false nobody knows from now on.
func (s *Store) KeepGateNote(ctx context.Context, key change.Key, says string, known bool) error {
	if !known {
		says = unknownNote
	}
	if _, err := s.db.Writer().ExecContext(ctx, `UPDATE change SET gate_note = $1 WHERE id = $2 AND gate_note <> $1`, says,
		key.String()); err != nil {
		return fmt.Errorf("keep what the note on %s says of its gate: %w", key, err)
	}
	return nil
}

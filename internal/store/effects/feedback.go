package effects

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/thread"
)

// recordFeedback stores what people did about inline comments. A comment that is not ours is not known by its id, and nothing is kept.
func (s *Store) RecordFeedbackTx(ctx context.Context, tx *sql.Tx, forge change.Forge, repo int64, all []change.Feedback, sha string) error {
	for _, said := range all {
		if said.Role == change.RoleBot || said.Comment == 0 {
			continue
		}
		var id, name string
		err := tx.QueryRowContext(ctx,
			`SELECT change_id, name FROM effect WHERE forge = $1 AND repo_id = $2 AND remote_id = $3 AND kind = `+
				`'remark' AND remote_id <> 0 LIMIT 1`, forge, repo, said.Comment).Scan(&id, &name)
		if errors.Is(err, sql.ErrNoRows) {
			continue
		}
		if err != nil {
			return fmt.Errorf("look for the remark %d: %w", said.Comment, err)
		}
		key, err := change.ParseKey(id)
		if err != nil {
			return err
		}
		if err := s.recordOne(ctx, tx, key, name, said, sha); err != nil {
			return err
		}
	}
	return nil
}

// recordOne stores one reaction or reply, and updates the state of the finding.
func (s *Store) recordOne(ctx context.Context, tx *sql.Tx, key change.Key, point string, said change.Feedback, sha string) error {
	var state thread.State
	err := tx.QueryRowContext(ctx, `SELECT state FROM point WHERE change_id = $1 AND point = $2`, key.String(), point).Scan(&state)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read point %s of %s: %w", point, key, err)
	}
	if said.Source == "" {
		// A state that was seen. It is news only when it says otherwise than the record, as after a delivery that was lost.
		resolved, err := s.lastResolution(ctx, tx, key, point)
		if err != nil || resolved == (said.Kind == change.FeedbackResolved) || said.Role == change.RoleUnknown &&
			said.Kind == change.FeedbackResolved {
			return err
		}
		said.Source = fmt.Sprintf("look:%d", said.At.UnixMilli())
	}
	fresh, err := s.outcome(ctx, tx,
		thread.Outcome{
			Key:         key,
			Fingerprint: point,
			Kind:        thread.OutcomeKind(said.Kind),
			Actor:       said.Actor,
			Role:        said.Role,
			At:          said.At,
			SHA:         sha,
			Source:      said.Source,
		})
	if err != nil {
		return err
	}
	if !fresh {
		// Told before. A reaction's author whose permission was not known then may be known now.
		if !said.Role.Decides() {
			return nil
		}
		res, err := tx.ExecContext(ctx,
			`UPDATE outcome SET role = $1 WHERE change_id = $2 AND point = $3 AND kind = $4 AND source = $5 AND role = 'unknown'`,
			said.Role, key.String(), point, said.Kind, said.Source)
		if err != nil {
			return fmt.Errorf("keep role of an outcome of %s: %w", key, err)
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return err
		}
	}
	if said.Kind == change.FeedbackUnresolved && state == thread.Dismissed {
		return s.setState(ctx, tx, key, point, thread.Open, "", "")
	}
	if !said.Role.Decides() || state != thread.Open {
		return nil
	}
	switch said.Kind {
	case change.FeedbackResolved, change.FeedbackThumbsDown, change.FeedbackDeleted:
		if _, err := s.outcome(ctx, tx,
			thread.Outcome{
				Key:         key,
				Fingerprint: point,
				Kind:        thread.DismissedBy,
				Actor:       said.Actor,
				Role:        said.Role,
				At:          said.At,
				SHA:         sha,
				Source:      said.Source,
			}); err != nil {
			return err
		}
		return s.setState(ctx, tx, key, point, thread.Dismissed, said.Actor, string(said.Kind))
	}
	return nil
}

// lastResolution reports whether the thread of a point is resolved as far as the record knows.
func (s *Store) lastResolution(ctx context.Context, tx *sql.Tx, key change.Key, point string) (bool, error) {
	var kind thread.OutcomeKind
	err := tx.QueryRowContext(ctx,
		`SELECT kind FROM outcome WHERE change_id = $1 AND point = $2 AND kind IN ('resolved', 'unresolved') ORDER BY id DESC LIMIT 1`,
		key.String(), point).Scan(&kind)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("read outcomes of point %s of %s: %w", point, key, err)
	}
	return kind == thread.Resolved, nil
}

package effects

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/effect"
	"github.com/lintel-review/lintel/internal/store/sqldb"
	"github.com/lintel-review/lintel/internal/thread"
)

// RecordFeedbackTx stores what people did about inline comments. A comment that is not ours is not known by its id, and
// nothing is kept.
func (s *Store) RecordFeedbackTx(ctx context.Context, tx *sql.Tx, forge change.Forge, repo int64, all []change.Feedback, sha string) error {
	for _, act := range all {
		if act.Role == change.RoleBot || act.Comment == 0 {
			continue
		}
		var id, name string
		err := tx.QueryRowContext(ctx,
			`SELECT change_id, name FROM effect WHERE forge = $1 AND repo_id = $2 AND remote = $3 AND kind = `+
				`'remark' AND remote <> '' LIMIT 1`, forge, repo, effect.NumberID(act.Comment)).Scan(&id, &name)
		if errors.Is(err, sql.ErrNoRows) {
			continue
		}
		if err != nil {
			return fmt.Errorf("look for the inline comment %d: %w", act.Comment, err)
		}
		key, err := change.ParseKey(id)
		if err != nil {
			return err
		}
		if err := s.recordOne(ctx, tx, key, name, act, sha); err != nil {
			return err
		}
	}
	return nil
}

// DismissTx takes in that a person who decides here dismissed a finding by an answer to its inline comment.
func (s *Store) DismissTx(ctx context.Context, tx *sql.Tx, key change.Key, fingerprint string, act change.Feedback, sha string) error {
	return s.recordOne(ctx, tx, key, fingerprint, act, sha)
}

// OursTx reports whether a thread of a change was begun by an inline comment of ours.
func (s *Store) OursTx(ctx context.Context, tx *sql.Tx, key change.Key, thread string) (bool, error) {
	var one int
	err := tx.QueryRowContext(ctx,
		`SELECT 1 FROM effect WHERE change_id = $1 AND kind = 'remark' AND (remote = $2 OR thread = $2) LIMIT 1`,
		key.String(), thread).Scan(&one)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("look for the thread %s: %w", thread, err)
	}
	return true, nil
}

// recordOne stores one reaction or reply, and updates the state of the finding.
func (s *Store) recordOne(ctx context.Context, tx *sql.Tx, key change.Key, fingerprint string, act change.Feedback, sha string) error {
	var state thread.State
	err := tx.QueryRowContext(ctx, `SELECT state FROM point WHERE change_id = $1 AND point = $2`, key.String(), fingerprint).Scan(&state)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read finding %s of %s: %w", fingerprint, key, err)
	}
	if act.Source == "" {
		// A look read this state. It is new only when it differs from the record, as after a lost delivery.
		resolved, err := s.lastResolution(ctx, tx, key, fingerprint)
		if err != nil || resolved == (act.Kind == change.FeedbackResolved) || act.Role == change.RoleUnknown &&
			act.Kind == change.FeedbackResolved {
			return err
		}
		act.Source = fmt.Sprintf("look:%d", act.At.UnixMilli())
	}
	fresh, err := s.outcome(ctx, tx,
		thread.Outcome{
			Key:         key,
			Fingerprint: fingerprint,
			Kind:        thread.OutcomeKind(act.Kind),
			Actor:       act.Actor,
			Role:        act.Role,
			At:          act.At,
			SHA:         sha,
			Source:      act.Source,
		})
	if err != nil {
		return err
	}
	if !fresh {
		// It is known already. A reaction's author whose permission was not known then may be known now.
		if act.Role == change.RoleUnknown {
			return nil
		}
		res, err := tx.ExecContext(ctx,
			`UPDATE outcome SET role = $1 WHERE change_id = $2 AND point = $3 AND kind = $4 AND source = $5 AND role = 'unknown'`,
			act.Role, key.String(), fingerprint, act.Kind, act.Source)
		if err != nil {
			return fmt.Errorf("keep role of an outcome of %s: %w", key, err)
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return err
		}
	}
	if act.Role.Decides() {
		if err := s.outcomes.FeedbackTx(ctx, tx, key, fingerprint, act.Kind); err != nil {
			return err
		}
	}
	if act.Kind == change.FeedbackUnresolved && state == thread.Dismissed {
		return s.setState(ctx, tx, key, fingerprint, thread.Open, "", "")
	}
	if !act.Role.Decides() || state != thread.Open {
		return nil
	}
	switch act.Kind {
	case change.FeedbackResolved, change.FeedbackThumbsDown, change.FeedbackDeleted, change.FeedbackWrong:
		if _, err := s.outcome(ctx, tx,
			thread.Outcome{
				Key:         key,
				Fingerprint: fingerprint,
				Kind:        thread.DismissedBy,
				Actor:       act.Actor,
				Role:        act.Role,
				At:          act.At,
				SHA:         sha,
				Source:      act.Source,
			}); err != nil {
			return err
		}
		return s.setState(ctx, tx, key, fingerprint, thread.Dismissed, act.Actor, string(act.Kind))
	}
	return nil
}

// Unweighed returns the thumbs-downs on a change's findings that stand, of which a delivery told without saying what the
// voter may do, oldest first.
func (s *Store) Unweighed(ctx context.Context, key change.Key) ([]change.Feedback, error) {
	rows, err := s.db.Reader().QueryContext(ctx,
		`SELECT o.actor, o.at, o.source, e.remote FROM outcome o `+
			`JOIN point p ON p.change_id = o.change_id AND p.point = o.point AND p.state = $2 `+
			`JOIN effect e ON e.change_id = o.change_id AND e.name = o.point AND e.kind = 'remark' AND e.remote <> '' `+
			`WHERE o.change_id = $1 AND o.kind = $3 AND o.role = $4 AND o.actor <> '' AND o.source LIKE 'delivery:%' ORDER BY o.id`,
		key.String(), thread.Open, thread.ThumbsDown, change.RoleUnknown)
	if err != nil {
		return nil, fmt.Errorf("read votes on %s: %w", key, err)
	}
	defer rows.Close()
	var all []change.Feedback
	for rows.Next() {
		vote := change.Feedback{Kind: change.FeedbackThumbsDown, Role: change.RoleUnknown}
		var at int64
		var remote effect.ID
		if err := rows.Scan(&vote.Actor, &at, &vote.Source, &remote); err != nil {
			return nil, fmt.Errorf("read votes on %s: %w", key, err)
		}
		vote.At, vote.Comment = sqldb.Time(at), remote.Number()
		all = append(all, vote)
	}
	return all, rows.Err()
}

// lastResolution reports whether the thread of a finding is resolved as far as the record knows.
func (s *Store) lastResolution(ctx context.Context, tx *sql.Tx, key change.Key, fingerprint string) (bool, error) {
	var kind thread.OutcomeKind
	err := tx.QueryRowContext(ctx,
		`SELECT kind FROM outcome WHERE change_id = $1 AND point = $2 AND kind IN ('resolved', 'unresolved') ORDER BY id DESC LIMIT 1`,
		key.String(), fingerprint).Scan(&kind)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("read outcomes of finding %s of %s: %w", fingerprint, key, err)
	}
	return kind == thread.Resolved, nil
}

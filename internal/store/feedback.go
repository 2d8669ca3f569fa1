package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/history"
	"github.com/lintel-review/lintel/internal/plan"
	"github.com/lintel-review/lintel/internal/thread"
)

// recordFeedback stores what people did about inline comments. A comment that is not ours is not known by its id, and nothing is kept.
func (s *Store) recordFeedback(ctx context.Context, tx *sql.Tx, forge change.Forge, repo int64, all []change.Feedback, sha string) error {
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

// keepFound follows the findings of rules: new ones become points; those that are not found any more are addressed, or
// cleared when the head is the same.
func (s *Store) keepFound(ctx context.Context, tx *sql.Tx, look plan.Look) error {
	if look.Verdict == nil {
		return nil
	}
	key, now, head := look.Record.Key, s.now(), look.Verdict.Head
	rows, err := tx.QueryContext(ctx, `SELECT point, rule, state, sha FROM point WHERE change_id = $1 AND origin = 'rule'`, key.String())
	if err != nil {
		return fmt.Errorf("read points of %s: %w", key, err)
	}
	defer rows.Close()
	type was struct {
		rule  string
		state thread.State
		sha   string
	}
	before := map[string]was{}
	for rows.Next() {
		var name string
		var w was
		if err := rows.Scan(&name, &w.rule, &w.state, &w.sha); err != nil {
			return fmt.Errorf("read points of %s: %w", key, err)
		}
		before[name] = w
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return fmt.Errorf("read points of %s: %w", key, err)
	}
	found := map[string]bool{}
	for _, p := range look.Found {
		found[p.Fingerprint] = true
		if w, ok := before[p.Fingerprint]; ok && w.state == thread.Open && w.sha == head {
			continue
		}
		p.Key, p.SHA, p.State = key, head, thread.Open
		if err := s.keepPoint(ctx, tx, p); err != nil {
			return err
		}
	}
	for name, w := range before {
		if found[name] || w.state != thread.Open || slices.Contains(look.Unjudged, w.rule) || slices.Contains(look.Unjudged, "*") {
			continue
		}
		kind := thread.AddressedBy
		if w.sha == head {
			kind = thread.Cleared
		}
		if _, err := s.outcome(ctx, tx,
			thread.Outcome{
				Key:         key,
				Fingerprint: name,
				Kind:        kind,
				At:          now,
				SHA:         head,
				Source:      fmt.Sprintf("look:%s:%d", head, look.Verdict.Generation),
			}); err != nil {
			return err
		}
		if err := s.setState(ctx, tx, key, name, thread.Addressed, "", string(kind)); err != nil {
			return err
		}
	}
	return nil
}

// Dismissals returns what people dismissed in a repository since a time, oldest first, but for what no longer counts.
func (s *Store) Dismissals(ctx context.Context, forge change.Forge, repo int64, since time.Time) ([]thread.Dismissal, error) {
	rows, err := s.read.QueryContext(ctx,
		`SELECT change_id, point, about, path, actor, reason, changed_at FROM point WHERE forge = $1 AND repo_id = $2 `+
			`AND state = 'dismissed' AND changed_at >= $3 AND counts = 1 ORDER BY changed_at, change_id, point`,
		forge, repo, millis(since))
	if err != nil {
		return nil, fmt.Errorf("read dismissals in repository %d: %w", repo, err)
	}
	defer rows.Close()
	var all []thread.Dismissal
	for rows.Next() {
		var d thread.Dismissal
		var id, about string
		var at int64
		if err := rows.Scan(&id, &d.Fingerprint, &about, &d.Path, &d.By, &d.Why, &at); err != nil {
			return nil, fmt.Errorf("read dismissals in repository %d: %w", repo, err)
		}
		if d.Key, err = change.ParseKey(id); err != nil {
			return nil, err
		}
		if err := json.Unmarshal([]byte(about), &d.About); err != nil {
			return nil, fmt.Errorf("read dismissal %s of %s: %w", d.Fingerprint, id, err)
		}
		d.At = fromMillis(at)
		all = append(all, d)
	}
	return all, rows.Err()
}

// Lift makes dismissals count no longer for what advice is kept silent, with a line of history on each change. The comments stay dismissed.
func (s *Store) Lift(ctx context.Context, all []thread.Dismissal, actor string) error {
	return s.transact(ctx, "lift dismissals", func(tx *sql.Tx) error {
		for _, d := range all {
			if _, err := tx.ExecContext(ctx, `UPDATE point SET counts = 0 WHERE change_id = $1 AND point = $2`, d.Key.String(),
				d.Fingerprint); err != nil {
				return err
			}
			line := history.Line{
				Key:    d.Key,
				At:     s.now(),
				Kind:   history.Lifted,
				Detail: "the dismissal of " + d.About.Rule + " in " + d.Path + " no longer keeps its like silent",
				Actor:  actor,
			}
			if err := s.line(ctx, tx, line); err != nil {
				return err
			}
		}
		return nil
	})
}

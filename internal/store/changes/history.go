package changes

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/delivery"
	"github.com/lintel-review/lintel/internal/history"
	"github.com/lintel-review/lintel/internal/store/sqldb"
)

func (s *Store) LineTx(ctx context.Context, tx *sql.Tx, l history.Line) error {
	id, err := s.db.NextID(ctx, tx)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx,
		`INSERT INTO history (id, change_id, at, kind, detail, delivery, sha, actor) VALUES ($1,$2,$3,$4,$5,$6,$7,$8)`,
		id, l.Key.String(), sqldb.Millis(l.At), l.Kind, l.Detail, l.Delivery, l.SHA, l.Actor)
	if err != nil {
		return fmt.Errorf("store history of %s: %w", l.Key, err)
	}
	return nil
}

// Lines returns the newest history of a change, newest first.
func (s *Store) Lines(ctx context.Context, key change.Key, limit int) ([]history.Line, error) {
	rows, err := s.db.Reader().QueryContext(ctx,
		`SELECT at, kind, detail, delivery, sha, actor FROM history WHERE change_id = $1 ORDER BY id DESC LIMIT $2`, key.String(), limit)
	if err != nil {
		return nil, fmt.Errorf("read history of %s: %w", key, err)
	}
	defer rows.Close()
	var all []history.Line
	for rows.Next() {
		l := history.Line{Key: key}
		var at int64
		if err := rows.Scan(&at, &l.Kind, &l.Detail, &l.Delivery, &l.SHA, &l.Actor); err != nil {
			return nil, fmt.Errorf("read history of %s: %w", key, err)
		}
		l.At = sqldb.Time(at)
		all = append(all, l)
	}
	return all, rows.Err()
}

// EndTx closes changes and returns requests for looks at those that shared a commit with them: the check on a commit
// speaks for every open change that has it.
func (s *Store) EndTx(ctx context.Context, tx *sql.Tx, a delivery.Admission) ([]delivery.ReviewRequest, error) {
	var requests []delivery.ReviewRequest
	for _, ref := range a.Ended {
		var target string
		err := tx.QueryRowContext(ctx,
			`UPDATE change SET state = $1, evaluated = generation, updated_at = $2 WHERE id = $3 RETURNING target`, a.EndState,
			sqldb.Millis(s.db.Now()), ref.Key.String()).Scan(&target)
		if errors.Is(err, sql.ErrNoRows) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("end %s: %w", ref, err)
		}
		if err := s.LineTx(ctx, tx,
			history.Line{
				Key:      ref.Key,
				At:       s.db.Now(),
				Kind:     history.Ended,
				Detail:   string(a.EndState),
				Delivery: a.ID,
				SHA:      target,
				Actor:    a.Sender,
			}); err != nil {
			return nil, err
		}
		if target != "" && ref.Group == "" {
			requests = append(requests,
				delivery.ReviewRequest{
					Commit: target,
					Forge:  ref.Forge,
					RepoID: ref.RepoID,
					Lane:   delivery.Interactive,
					Why:    ref.String() + ", which had the same commit, is " + string(a.EndState),
				})
		}
	}
	return requests, nil
}

// EndedAt returns when a change was merged or closed; the zero time when it was not, or when nobody told.
func (s *Store) EndedAt(ctx context.Context, key change.Key) (time.Time, error) {
	var at int64
	err := s.db.Reader().QueryRowContext(ctx,
		`SELECT at FROM history WHERE change_id = $1 AND kind = $2 ORDER BY id DESC LIMIT 1`, key.String(), history.Ended).Scan(&at)
	if errors.Is(err, sql.ErrNoRows) {
		return time.Time{}, nil
	}
	if err != nil {
		return time.Time{}, fmt.Errorf("read the end of %s: %w", key, err)
	}
	return sqldb.Time(at), nil
}

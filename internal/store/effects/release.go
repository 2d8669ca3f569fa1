package effects

import (
	"context"
	"database/sql"
	"fmt"
	"strconv"

	"github.com/lintel-review/lintel/internal/audit"
	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/delivery"
	"github.com/lintel-review/lintel/internal/effect"
	"github.com/lintel-review/lintel/internal/history"
	"github.com/lintel-review/lintel/internal/store/sqldb"
	"github.com/lintel-review/lintel/internal/thread"
)

// AskReleaseTx stores the request to release drafts for each change that it concerns.
func (s *Store) AskReleaseTx(ctx context.Context, tx *sql.Tx, keys []change.Key, ask delivery.Release) error {
	for _, key := range keys {
		id, err := s.db.NextID(ctx, tx)
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx,
			`INSERT INTO release (id, change_id, sha, actor, via, asked_at, answered_at, answer) SELECT $1, $2, $3, $4, `+
				`$5, $6, 0, '' WHERE EXISTS (SELECT 1 FROM point WHERE change_id = $2 AND state = 'waiting')`,
			id, key.String(), ask.SHA, ask.Actor, ask.Via, sqldb.Millis(s.db.Now()))
		if err != nil {
			return fmt.Errorf("keep the request to release drafts of %s: %w", key, err)
		}
	}
	return nil
}

// Asked returns the requests to release drafts of a change without an answer, oldest first.
func (s *Store) Asked(ctx context.Context, key change.Key) ([]delivery.ReleaseRequest, error) {
	rows, err := s.db.Reader().QueryContext(ctx,
		`SELECT id, sha, actor, via, asked_at FROM release WHERE change_id = $1 AND answered_at = 0 ORDER BY id`, key.String())
	if err != nil {
		return nil, fmt.Errorf("read requests to release drafts of %s: %w", key, err)
	}
	defer rows.Close()
	var all []delivery.ReleaseRequest
	for rows.Next() {
		a := delivery.ReleaseRequest{Key: key}
		var at int64
		if err := rows.Scan(&a.ID, &a.SHA, &a.Actor, &a.Via, &at); err != nil {
			return nil, fmt.Errorf("read requests to release drafts of %s: %w", key, err)
		}
		a.At = sqldb.Time(at)
		all = append(all, a)
	}
	return all, rows.Err()
}

// Refuse denies a request to release drafts, and says why in a line of history.
func (s *Store) Refuse(ctx context.Context, a delivery.ReleaseRequest, why string) error {
	return s.db.Transact(ctx, "refuse to release drafts of "+a.Key.String(), func(tx *sql.Tx) error {
		if err := s.answer(ctx, tx, a, "refused: "+why); err != nil {
			return err
		}
		if err := s.auditRelease(ctx, tx, a, audit.DraftsRefused, map[string]string{"reason": why}); err != nil {
			return err
		}
		return s.changes.LineTx(ctx, tx,
			history.Line{
				Key:    a.Key,
				At:     s.db.Now(),
				Kind:   history.Released,
				Detail: "drafts of comments were not released: " + why,
				SHA:    a.SHA,
				Actor:  a.Actor,
			})
	})
}

func (s *Store) auditRelease(ctx context.Context, tx *sql.Tx, a delivery.ReleaseRequest, act audit.Act, detail map[string]string) error {
	detail["via"] = a.Via
	return s.log.AppendTx(ctx, tx, audit.Entry{
		Act:    act,
		Actor:  a.Actor,
		Forge:  string(a.Key.Forge),
		RepoID: a.Key.RepoID,
		Change: a.Key.String(),
		SHA:    a.SHA,
		Detail: detail,
	})
}

func (s *Store) answer(ctx context.Context, tx *sql.Tx, a delivery.ReleaseRequest, text string) error {
	if a.ID == 0 {
		return nil
	}
	if _, err := tx.ExecContext(ctx, `UPDATE release SET answered_at = $1, answer = $2 WHERE id = $3 AND answered_at = 0`,
		sqldb.Millis(s.db.Now()), text, a.ID); err != nil {
		return fmt.Errorf("keep the answer to a request to release drafts: %w", err)
	}
	return nil
}

// Release lets the drafts of a change be posted that wait now, and answers the request (ID 0: there is none in the
// record). It returns how many. The caller has made sure that the actor may. What is released is audited: a line of
// history, and an outcome of each finding.
func (s *Store) Release(ctx context.Context, a delivery.ReleaseRequest) (int, error) {
	released := 0
	err := s.db.Transact(ctx, "release drafts of "+a.Key.String(), func(tx *sql.Tx) error {
		released = 0
		all, err := findings(ctx, tx, a.Key)
		if err != nil {
			return err
		}
		for _, p := range all {
			if p.State != thread.Waiting || p.Posted == nil || !p.Posted.Effect.Inline.Draft {
				continue
			}
			if err := s.releaseOne(ctx, tx, a, p.Posted.Effect); err != nil {
				return err
			}
			released++
		}
		if err := s.answer(ctx, tx, a, fmt.Sprintf("released %d", released)); err != nil || released == 0 {
			return err
		}
		if err := s.auditRelease(ctx, tx, a, audit.DraftsReleased, map[string]string{"comments": strconv.Itoa(released)}); err != nil {
			return err
		}
		comments := "1 comment"
		if released != 1 {
			comments = fmt.Sprintf("%d comments", released)
		}
		return s.changes.LineTx(ctx, tx,
			history.Line{
				Key:    a.Key,
				At:     s.db.Now(),
				Kind:   history.Released,
				Detail: comments + " released by " + a.Via,
				SHA:    a.SHA,
				Actor:  a.Actor,
			})
	})
	if err != nil {
		return 0, err
	}
	return released, nil
}

// releaseOne replaces the draft by the same inline comment under the same key, in the state that Pending hands out.
func (s *Store) releaseOne(ctx context.Context, tx *sql.Tx, a delivery.ReleaseRequest, e effect.Effect) error {
	m := *e.Inline
	m.Draft = false
	e.Inline = &m
	if _, err := tx.ExecContext(ctx, `DELETE FROM effect WHERE key = $1 AND status = 'draft'`, e.Key); err != nil {
		return fmt.Errorf("release %s: %w", e.Key, err)
	}
	if err := s.setState(ctx, tx, a.Key, m.Fingerprint, thread.Open, a.Actor, "released"); err != nil {
		return err
	}
	id, err := s.db.NextID(ctx, tx)
	if err != nil {
		return err
	}
	if err := s.storeEffect(ctx, tx, e, id); err != nil {
		return err
	}
	_, err = s.outcome(ctx, tx,
		thread.Outcome{
			Key:         a.Key,
			Fingerprint: m.Fingerprint,
			Kind:        thread.ReleasedBy,
			Actor:       a.Actor,
			Role:        change.RoleWriter,
			At:          s.db.Now(),
			SHA:         m.SHA,
			Source:      fmt.Sprintf("release:%d", id),
		})
	return err
}

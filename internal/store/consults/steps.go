package consults

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/lintel-review/lintel/internal/advice/consult"
	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/delivery"
	"github.com/lintel-review/lintel/internal/effect"
	"github.com/lintel-review/lintel/internal/history"
	"github.com/lintel-review/lintel/internal/job"
	"github.com/lintel-review/lintel/internal/plan"
	"github.com/lintel-review/lintel/internal/store/sqldb"
)

// RequestAdvice asks for advice on a change at c.Head, to begin when delay has passed since now but no later than
// longest after the first request that is still open: pushes in a row are one consult. What waits or runs for an
// older head becomes stale. accept sees the newest consults of the change, newest first, and says whether another is
// wanted; it must be pure.
func (s *Store) RequestAdvice(ctx context.Context, c consult.Consult, delay, longest time.Duration,
	accept func(past []consult.Consult) bool) (id int64, err error) {
	err = s.db.Transact(ctx, "request advice on "+c.Ref.String(), func(tx *sql.Tx) error {
		id = 0
		past, err := consults(ctx, tx, c.Ref.Key, 50)
		if err != nil {
			return err
		}
		if !accept(past) {
			return nil
		}
		now := s.db.Now()
		c.Since, c.DueAt = now, now.Add(delay)
		if len(past) > 0 && !past[0].State.Ended() {
			c.Since = past[0].Since
			if latest := c.Since.Add(longest); latest.Before(c.DueAt) {
				c.DueAt = latest
			}
		}
		_, err = tx.ExecContext(ctx,
			`UPDATE consult SET state = $1, reason = 'a newer head', input = $2, ended_at = $3 WHERE change_id = $4 AND ended_at = 0`,
			consult.Stale, []byte{}, sqldb.Millis(now), c.Ref.Key.String())
		if err != nil {
			return err
		}
		if id, err = s.db.NextID(ctx, tx); err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx,
			`INSERT INTO consult (id, change_id, head, merge_base, scope, state, reason, asked, attempts, input, `+
				`result, since, due_at, made_at, ended_at) VALUES ($1,$2,$3,$4,$5,$6,'',$7,0,$8,$8,$9,$10,$11,0)`,
			id, c.Ref.Key.String(), c.Head, c.MergeBase, c.Scope, consult.Wanted, sqldb.Flag(c.Asked), []byte{},
			sqldb.Millis(c.Since), sqldb.Millis(c.DueAt), sqldb.Millis(now))
		if err != nil {
			return err
		}
		return s.insertStep(ctx, tx, consult.Prepare, id, c.DueAt)
	})
	if err == nil && id != 0 {
		s.jobs.Ring()
	}
	return id, err
}

func (s *Store) insertStep(ctx context.Context, tx *sql.Tx, step consult.Step, id int64, at time.Time) error {
	err := s.jobs.InsertTx(ctx, tx, job.Advise{Step: step, ID: id}, job.When{Lane: delivery.Interactive, At: at})
	if err != nil {
		return fmt.Errorf("queue step %s of consult %d: %w", step, id, err)
	}
	return nil
}

// Prepared keeps a consult's input and asks for the model. It is false when the consult is not wanted any more.
func (s *Store) Prepared(ctx context.Context, id int64, input []byte) (bool, error) {
	return s.advance(ctx, id, consult.Wanted, consult.Prepared, input)
}

// Answered keeps what a consult came to, erases its input and asks for the posting. It is false when a newer head is
// wanted meanwhile: then nothing is kept.
func (s *Store) Answered(ctx context.Context, id int64, result []byte) (bool, error) {
	return s.advance(ctx, id, consult.Prepared, consult.Answered, result)
}

func (s *Store) advance(ctx context.Context, id int64, from, to consult.State, document []byte) (moved bool, err error) {
	packed, err := sqldb.Compress(document)
	if err != nil {
		return false, err
	}
	input, result := packed, []byte{}
	if to == consult.Answered {
		input, result = result, input
	}
	err = s.db.Transact(ctx, fmt.Sprintf("bring consult %d to %s", id, to), func(tx *sql.Tx) error {
		now := s.db.Now()
		res, err := tx.ExecContext(ctx,
			`UPDATE consult SET state = $1, reason = '', attempts = 0, input = $2, result = $3, due_at = $4 WHERE id = `+
				`$5 AND state = $6`, to, input, result, sqldb.Millis(now), id, from)
		if err != nil {
			return err
		}
		n, err := res.RowsAffected()
		if moved = n > 0; err != nil || !moved {
			return err
		}
		return s.insertStep(ctx, tx, to.Next(), id, now)
	})
	if err == nil && moved {
		s.jobs.Ring()
	}
	return moved, err
}

// PutOff records that a consult's step is tried again at a time, and why. A failed try is counted.
func (s *Store) PutOff(ctx context.Context, id int64, at time.Time, reason string, failed bool) error {
	_, err := s.db.Writer().ExecContext(ctx,
		`UPDATE consult SET due_at = $1, reason = $2, attempts = attempts + $3 WHERE id = $4 AND ended_at = 0`, sqldb.Millis(at), reason,
		sqldb.Flag(failed), id)
	if err != nil {
		return fmt.Errorf("put consult %d off: %w", id, err)
	}
	return nil
}

// EndConsult ends a consult that is not at its end, with the reason, and erases its input.
func (s *Store) EndConsult(ctx context.Context, id int64, state consult.State, reason string) error {
	_, err := s.db.Writer().ExecContext(ctx,
		`UPDATE consult SET state = $1, reason = $2, input = $3, ended_at = $4 WHERE id = $5 AND ended_at = 0`, state, reason, []byte{},
		sqldb.Millis(s.db.Now()), id)
	if err != nil {
		return fmt.Errorf("end consult %d: %w", id, err)
	}
	return nil
}

// SaveAdvice stores the effects that compose makes of what stands on the change, and ends the consult as posted, in one
// transaction. A consult that is at its end already is left alone, and so is one whose head is not the change's any
// more: then nothing is intended and posted is false. A check is refused, whoever composed it: advice cannot conclude
// anything.
func (s *Store) SaveAdvice(ctx context.Context, c consult.Consult, lines []history.Line,
	compose func(plan.Standing) ([]effect.Effect, error)) (posted bool, err error) {
	var raised []change.Key
	err = s.db.Transact(ctx, "save advice on "+c.Ref.String(), func(tx *sql.Tx) error {
		posted = false
		record, err := s.changes.RecordTx(ctx, tx, c.Ref.Key)
		if err != nil {
			return err
		}
		if record.Head.SHA != c.Head || record.State != change.Open {
			return nil
		}
		res, err := tx.ExecContext(ctx, `UPDATE consult SET state = $1, reason = '', ended_at = $2 WHERE id = $3 AND state = $4`,
			consult.Posted, sqldb.Millis(s.db.Now()), c.ID, consult.Answered)
		if err != nil {
			return err
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return err
		}
		if _, raised, err = s.verdicts.ComposeTx(ctx, tx, record, func(st plan.Standing) ([]effect.Effect, error) {
			return withoutChecks(compose(st))
		}); err != nil {
			return err
		}
		for _, l := range lines {
			if err := s.changes.LineTx(ctx, tx, l); err != nil {
				return err
			}
		}
		posted = true
		return nil
	})
	if err == nil && len(raised) > 0 {
		s.jobs.Ring()
	}
	return posted, err
}

// withoutChecks refuses checks: advice cannot conclude anything.
func withoutChecks(all []effect.Effect, err error) ([]effect.Effect, error) {
	for _, e := range all {
		if e.Check != nil {
			return nil, fmt.Errorf("effect %s of advice is a check", e.Key)
		}
	}
	return all, err
}

// Unstepped asks again for the steps of consults that should have begun before a time: their jobs were lost with the
// queue, or given up.
func (s *Store) Unstepped(ctx context.Context, before time.Time, limit int) (int, error) {
	rows, err := s.db.Reader().QueryContext(ctx,
		`SELECT `+consultColumns+consultTables+`WHERE n.ended_at = 0 AND n.due_at < $1 ORDER BY n.due_at LIMIT $2`,
		sqldb.Millis(before), limit)
	if err != nil {
		return 0, fmt.Errorf("list consults without a job: %w", err)
	}
	all, err := scanConsults(rows)
	if err != nil || len(all) == 0 {
		return 0, err
	}
	err = s.db.Transact(ctx, "ask again for steps of consults", func(tx *sql.Tx) error {
		for _, c := range all {
			if err := s.insertStep(ctx, tx, c.State.Next(), c.ID, s.db.Now()); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	s.jobs.Ring()
	return len(all), nil
}

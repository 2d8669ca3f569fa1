package store

import (
	"bytes"
	"compress/gzip"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/lintel-review/lintel/internal/advice"
	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/delivery"
	"github.com/lintel-review/lintel/internal/effect"
	"github.com/lintel-review/lintel/internal/history"
	"github.com/lintel-review/lintel/internal/job"
	"github.com/lintel-review/lintel/internal/plan"
	"github.com/lintel-review/lintel/internal/thread"
)

const consultColumns = `n.id, n.change_id, c.installation, COALESCE(r.owner, ''), COALESCE(r.name, ''), n.head, ` +
	`n.merge_base, n.scope, n.state, n.reason, n.asked <> 0, n.attempts, n.since, n.due_at, n.ended_at`

const consultTables = ` FROM consult n JOIN change c ON c.id = n.change_id LEFT JOIN repository r ON r.forge = c.forge ` +
	`AND r.id = c.repo_id `

func scanConsult(row scanner) (advice.Consult, error) {
	var c advice.Consult
	var key string
	var since, due, ended int64
	err := row.Scan(&c.ID, &key, &c.Ref.Installation, &c.Ref.Owner, &c.Ref.Name, &c.Head, &c.MergeBase, &c.Scope, &c.State, &c.Reason,
		&c.Asked, &c.Attempts, &since, &due, &ended)
	if errors.Is(err, sql.ErrNoRows) {
		err = change.ErrNotFound
	}
	if err != nil {
		return advice.Consult{}, err
	}
	c.Since, c.DueAt, c.EndedAt = fromMillis(since), fromMillis(due), fromMillis(ended)
	c.Ref.Key, err = change.ParseKey(key)
	return c, err
}

// RequestAdvice asks for advice on a change at c.Head, to begin when delay has passed since now but no later than
// longest after the first wish that was not fulfilled yet: pushes in a row are one consult. What waits or runs for an
// older head becomes stale. accept sees the newest consults of the change, newest first, and says whether another is
// wanted; it must be pure.
func (s *Store) RequestAdvice(ctx context.Context, c advice.Consult, delay, longest time.Duration,
	accept func(past []advice.Consult) bool) (id int64, err error) {
	err = s.transact(ctx, "want advice on "+c.Ref.String(), func(tx *sql.Tx) error {
		id = 0
		past, err := consults(ctx, tx, c.Ref.Key, 50)
		if err != nil {
			return err
		}
		if !accept(past) {
			return nil
		}
		now := s.now()
		c.Since, c.DueAt = now, now.Add(delay)
		if len(past) > 0 && !past[0].State.Ended() {
			c.Since = past[0].Since
			if latest := c.Since.Add(longest); latest.Before(c.DueAt) {
				c.DueAt = latest
			}
		}
		_, err = tx.ExecContext(ctx,
			`UPDATE consult SET state = $1, reason = 'a newer head', input = $2, ended_at = $3 WHERE change_id = $4 AND ended_at = 0`,
			advice.ConsultStale, []byte{}, millis(now), c.Ref.Key.String())
		if err != nil {
			return err
		}
		id = s.id()
		_, err = tx.ExecContext(ctx,
			`INSERT INTO consult (id, change_id, head, merge_base, scope, state, reason, asked, attempts, input, `+
				`result, since, due_at, made_at, ended_at) VALUES ($1,$2,$3,$4,$5,$6,'',$7,0,$8,$8,$9,$10,$11,0)`,
			id, c.Ref.Key.String(), c.Head, c.MergeBase, c.Scope, advice.ConsultWanted, flag(c.Asked), []byte{}, millis(c.Since),
			millis(c.DueAt), millis(now))
		if err != nil {
			return err
		}
		return s.insertStep(ctx, tx, advice.Prepare, id, c.DueAt)
	})
	if err == nil && id != 0 {
		s.jobs.Ring()
	}
	return id, err
}

func (s *Store) insertStep(ctx context.Context, tx *sql.Tx, step advice.Step, id int64, at time.Time) error {
	err := s.jobs.InsertTx(ctx, tx, job.Advise{Step: step, ID: id}, job.When{Lane: delivery.Interactive, At: at})
	if err != nil {
		return fmt.Errorf("queue step %s of consult %d: %w", step, id, err)
	}
	return nil
}

func consults(ctx context.Context, q querier, key change.Key, limit int) ([]advice.Consult, error) {
	rows, err := q.QueryContext(ctx, `SELECT `+consultColumns+consultTables+`WHERE n.change_id = $1 ORDER BY n.id DESC LIMIT $2`,
		key.String(), limit)
	if err != nil {
		return nil, fmt.Errorf("read consults of %s: %w", key, err)
	}
	return scanConsults(rows)
}

func scanConsults(rows *sql.Rows) ([]advice.Consult, error) {
	defer rows.Close()
	var all []advice.Consult
	for rows.Next() {
		c, err := scanConsult(rows)
		if err != nil {
			return nil, fmt.Errorf("read consult: %w", err)
		}
		all = append(all, c)
	}
	return all, rows.Err()
}

// Consults returns the consults of a change, newest first.
func (s *Store) Consults(ctx context.Context, key change.Key, limit int) ([]advice.Consult, error) {
	return consults(ctx, s.read, key, limit)
}

// Consult returns one. It is change.ErrNotFound when its retention is over.
func (s *Store) Consult(ctx context.Context, id int64) (advice.Consult, error) {
	c, err := scanConsult(s.read.QueryRowContext(ctx, `SELECT `+consultColumns+consultTables+`WHERE n.id = $1`, id))
	if err != nil {
		return c, fmt.Errorf("read consult %d: %w", id, err)
	}
	return c, nil
}

// ConsultInput returns what was prepared for the model; change.ErrNotFound when it was erased.
func (s *Store) ConsultInput(ctx context.Context, id int64) ([]byte, error) {
	return s.consultDocument(ctx, `SELECT input FROM consult WHERE id = $1`, id)
}

// ConsultResult returns what the consult came to; change.ErrNotFound when there is nothing.
func (s *Store) ConsultResult(ctx context.Context, id int64) ([]byte, error) {
	return s.consultDocument(ctx, `SELECT result FROM consult WHERE id = $1`, id)
}

func (s *Store) consultDocument(ctx context.Context, query string, id int64) ([]byte, error) {
	var packed []byte
	err := s.read.QueryRowContext(ctx, query, id).Scan(&packed)
	if errors.Is(err, sql.ErrNoRows) || err == nil && len(packed) == 0 {
		err = change.ErrNotFound
	}
	if err != nil {
		return nil, fmt.Errorf("read document of consult %d: %w", id, err)
	}
	return unpack(packed)
}

// Prepared keeps a consult's input and asks for the model. It is false when the consult is not wanted any more.
func (s *Store) Prepared(ctx context.Context, id int64, input []byte) (bool, error) {
	return s.advance(ctx, id, advice.ConsultWanted, advice.ConsultPrepared, input)
}

// Answered keeps what a consult came to, erases its input and asks for the posting. It is false when a newer head is
// wanted meanwhile: then nothing is kept.
func (s *Store) Answered(ctx context.Context, id int64, result []byte) (bool, error) {
	return s.advance(ctx, id, advice.ConsultPrepared, advice.ConsultAnswered, result)
}

func (s *Store) advance(ctx context.Context, id int64, from, to advice.ConsultState, document []byte) (moved bool, err error) {
	packed, err := compress(document)
	if err != nil {
		return false, err
	}
	input, result := packed, []byte{}
	if to == advice.ConsultAnswered {
		input, result = result, input
	}
	err = s.transact(ctx, fmt.Sprintf("bring consult %d to %s", id, to), func(tx *sql.Tx) error {
		now := s.now()
		res, err := tx.ExecContext(ctx,
			`UPDATE consult SET state = $1, reason = '', attempts = 0, input = $2, result = $3, due_at = $4 WHERE id = `+
				`$5 AND state = $6`, to, input, result, millis(now), id, from)
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
	_, err := s.write.ExecContext(ctx,
		`UPDATE consult SET due_at = $1, reason = $2, attempts = attempts + $3 WHERE id = $4 AND ended_at = 0`, millis(at), reason,
		flag(failed), id)
	if err != nil {
		return fmt.Errorf("put consult %d off: %w", id, err)
	}
	return nil
}

// EndConsult ends a consult that is not at its end, with the reason, and erases its input.
func (s *Store) EndConsult(ctx context.Context, id int64, state advice.ConsultState, reason string) error {
	_, err := s.write.ExecContext(ctx,
		`UPDATE consult SET state = $1, reason = $2, input = $3, ended_at = $4 WHERE id = $5 AND ended_at = 0`, state, reason, []byte{},
		millis(s.now()), id)
	if err != nil {
		return fmt.Errorf("end consult %d: %w", id, err)
	}
	return nil
}

// SaveAdvice stores the effects that compose makes of what stands on the change, and ends the consult as posted, in one
// transaction. A consult that is at its end already is left alone, and so is one whose head is not the change's any
// more: then nothing is intended and posted is false. A check is refused, whoever composed it: advice cannot conclude
// anything.
func (s *Store) SaveAdvice(ctx context.Context, c advice.Consult, lines []history.Line,
	compose func(plan.Standing) ([]effect.Effect, error)) (posted bool, err error) {
	var raised []change.Key
	err = s.transact(ctx, "save advice on "+c.Ref.String(), func(tx *sql.Tx) error {
		posted = false
		record, err := scanRecord(tx.QueryRowContext(ctx, `SELECT `+recordColumns+recordTables+`WHERE c.id = $1`, c.Ref.Key.String()))
		if err != nil {
			return err
		}
		if record.Head.SHA != c.Head || record.State != change.Open {
			return nil
		}
		res, err := tx.ExecContext(ctx, `UPDATE consult SET state = $1, reason = '', ended_at = $2 WHERE id = $3 AND state = $4`,
			advice.ConsultPosted, millis(s.now()), c.ID, advice.ConsultAnswered)
		if err != nil {
			return err
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return err
		}
		standing, err := s.standing(ctx, tx, record)
		if err != nil {
			return err
		}
		effects, err := compose(standing)
		if err != nil {
			return fmt.Errorf("compose: %w", err)
		}
		for _, e := range effects {
			if e.Check != nil {
				return fmt.Errorf("effect %s of advice is a check", e.Key)
			}
		}
		if raised, err = s.keepEffects(ctx, tx, record.Ref, effects, standing.Sequence); err != nil {
			return err
		}
		for _, l := range lines {
			if err := s.line(ctx, tx, l); err != nil {
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

// Past returns what the newest consult of a change came to that was posted (nil: none yet), and what people said to the
// points of the change.
func (s *Store) Past(ctx context.Context, key change.Key) (result []byte, points []thread.Finding, err error) {
	var packed []byte
	err = s.read.QueryRowContext(ctx, `SELECT result FROM consult WHERE change_id = $1 AND state = $2 ORDER BY id DESC LIMIT 1`,
		key.String(), advice.ConsultPosted).Scan(&packed)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil, nil
	}
	if err != nil {
		return nil, nil, fmt.Errorf("read past advice on %s: %w", key, err)
	}
	if result, err = unpack(packed); err != nil {
		return nil, nil, fmt.Errorf("read past advice on %s: %w", key, err)
	}
	points, err = s.Findings(ctx, key)
	return result, points, err
}

// Moved asks for a look at a change that has another head than the one on record. Without a difference nothing is
// asked: that look is under way.
func (s *Store) Moved(ctx context.Context, ref change.Ref, head string) error {
	r, err := s.Record(ctx, ref.Key)
	if err != nil || r.Head.SHA == head {
		return err
	}
	touch := delivery.ReviewRequest{
		Ref:  &ref,
		Head: change.Rev{SHA: head},
		Lane: delivery.Interactive,
		Why:  "its head moved while advice was made",
	}
	_, err = s.Admit(ctx,
		delivery.Admission{
			Delivery: delivery.Delivery{Forge: ref.Forge, ReceivedAt: s.now()},
			Outcome:  delivery.Accepted,
			Requests: []delivery.ReviewRequest{touch},
		})
	return err
}

// Unstepped asks again for the steps of consults that should have begun before a time: their jobs were lost with the queue, or given up.
func (s *Store) Unstepped(ctx context.Context, before time.Time, limit int) (int, error) {
	rows, err := s.read.QueryContext(ctx,
		`SELECT `+consultColumns+consultTables+`WHERE n.ended_at = 0 AND n.due_at < $1 ORDER BY n.due_at LIMIT $2`, millis(before), limit)
	if err != nil {
		return 0, fmt.Errorf("list consults without a job: %w", err)
	}
	all, err := scanConsults(rows)
	if err != nil || len(all) == 0 {
		return 0, err
	}
	err = s.transact(ctx, "ask again for steps of consults", func(tx *sql.Tx) error {
		for _, c := range all {
			if err := s.insertStep(ctx, tx, c.State.Next(), c.ID, s.now()); err != nil {
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

func unpack(packed []byte) ([]byte, error) {
	z, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, fmt.Errorf("unpack: %w", err)
	}
	body, err := io.ReadAll(z)
	if err != nil {
		return nil, fmt.Errorf("unpack: %w", err)
	}
	return body, nil
}

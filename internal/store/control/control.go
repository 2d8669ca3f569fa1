// Package control keeps what people ask for in comments, and the overrides that come of it. It alone writes the tables
// command, override, mute, false_alarm, gate_switch and gate_verdict.
//
// Callers may rely on: a command is kept once, whatever events tell of it and in whichever order; the first answer to it
// stands; a comment gets its reaction again until it is known to have it; no override begins or ends without an
// audit record in the same transaction.
//
// What a comment asks for, what it came to and the audit records of it are one transaction.
//
// Methods that end in Tx work inside the caller's transaction. Only other rooms of the record call them.
package control

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/chat"
	"github.com/lintel-review/lintel/internal/delivery"
	"github.com/lintel-review/lintel/internal/store/audit"
	"github.com/lintel-review/lintel/internal/store/changes"
	"github.com/lintel-review/lintel/internal/store/outcomes"
	"github.com/lintel-review/lintel/internal/store/sqldb"
	"github.com/lintel-review/lintel/internal/text"
)

// Store is safe for concurrent use.
type Store struct {
	db      *sqldb.DB
	jobs    changes.Jobs
	changes *changes.Store
	log     *audit.Store
	became  *outcomes.Store
	threads Threads
}

// Threads are the inline comments of the record.
type Threads interface {
	// DismissTx takes in that a person who decides here dismissed a finding by an answer to its inline comment.
	DismissTx(ctx context.Context, tx *sql.Tx, key change.Key, fingerprint string, act change.Feedback, sha string) error
}

// New makes the room on a database whose schema is up to date.
func New(db *sqldb.DB, jobs changes.Jobs, c *changes.Store, log *audit.Store, became *outcomes.Store,
	threads Threads,
) *Store {
	return &Store{db: db, jobs: jobs, changes: c, log: log, became: became, threads: threads}
}

// body is the part of a command that has no column of its own.
type body struct {
	Command chat.Command  `json:"command"`
	Problem *chat.Problem `json:"problem,omitempty"`
	Bot     bool          `json:"bot,omitempty"`
	Thread  string        `json:"thread,omitempty"`
	Plain   bool          `json:"plain,omitempty"`
}

// KeepCommandsTx keeps the commands of a comment that are not kept yet.
func (s *Store) KeepCommandsTx(ctx context.Context, tx *sql.Tx, key change.Key, actor string, p chat.Posted) error {
	head, err := s.writtenOn(ctx, tx, key, p)
	if err != nil {
		return err
	}
	for _, c := range p.Commands {
		b := body{Command: c, Bot: p.Bot, Thread: p.Thread, Plain: p.Plain}
		if err := s.keep(ctx, tx, key, p, c.String(), b, actor, head); err != nil {
			return err
		}
	}
	for _, problem := range p.Problems {
		line := "? " + text.DigestJSON(problem)
		if err := s.keep(ctx, tx, key, p, line, body{Problem: &problem, Bot: p.Bot, Thread: p.Thread}, actor, head); err != nil {
			return err
		}
	}
	return nil
}

func (s *Store) keep(ctx context.Context, tx *sql.Tx, key change.Key, p chat.Posted, line string, b body, actor, head string) error {
	encoded, err := json.Marshal(b)
	if err != nil {
		return fmt.Errorf("encode command: %w", err)
	}
	id, err := s.db.NextID(ctx, tx)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx,
		`INSERT INTO command (change_id, place, comment_id, line, id, body, actor, head, written_at, answered_at, good, answer, reacted_at)
		VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,0,0,'',0) ON CONFLICT (change_id, place, comment_id, line) DO NOTHING`,
		key.String(), p.Place, p.ID, line, id, string(encoded), actor, head, sqldb.Millis(p.At))
	if err != nil {
		return fmt.Errorf("keep command on %s: %w", key, err)
	}
	return nil
}

// writtenOn is the head that a comment was written on; empty when nobody knows. Both times are the forge's, since our clock
// may be behind it, and whoever wrote before a push has not read what was pushed. They are to the second: a comment of the
// very second of the push counts as written on it where its delivery came later. An event may name the head, but one that
// the forge made late names a head that came after the comment; a button names that of its check.
func (s *Store) writtenOn(ctx context.Context, tx *sql.Tx, key change.Key, p chat.Posted) (string, error) {
	if p.Place == chat.OnCheck {
		return p.Head, nil
	}
	var head string
	var since int64
	err := tx.QueryRowContext(ctx,
		`SELECT head_sha, CASE WHEN headed_sha = head_sha THEN headed_at ELSE 0 END FROM change WHERE id = $1`,
		key.String()).Scan(&head, &since)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return "", fmt.Errorf("read head of %s: %w", key, err)
	}
	switch {
	case p.Head != "" && (p.Head != head || since == 0):
		return p.Head, nil
	case since == 0 || sqldb.Time(since).Truncate(time.Second).After(p.At):
		return "", nil
	}
	return head, nil
}

const columns = `place, comment_id, line, body, actor, head, written_at`

func scan(rows *sql.Rows, key change.Key, more ...any) (delivery.Command, error) {
	c := delivery.Command{Key: key}
	var packed string
	var at int64
	targets := append([]any{&c.Place, &c.Comment, &c.Line, &packed, &c.Actor, &c.Head, &at}, more...)
	if err := rows.Scan(targets...); err != nil {
		return c, fmt.Errorf("read command on %s: %w", key, err)
	}
	var b body
	if err := json.Unmarshal([]byte(packed), &b); err != nil {
		return c, fmt.Errorf("read command on %s: %w", key, err)
	}
	c.Command, c.Problem, c.Bot, c.At = b.Command, b.Problem, b.Bot, sqldb.Time(at)
	c.Thread, c.Plain = b.Thread, b.Plain
	return c, nil
}

// Waiting returns the commands on a change without an answer, oldest first.
func (s *Store) Waiting(ctx context.Context, key change.Key) ([]delivery.Command, error) {
	rows, err := s.db.Reader().QueryContext(ctx,
		`SELECT `+columns+` FROM command WHERE change_id = $1 AND answered_at = 0 ORDER BY id`, key.String())
	if err != nil {
		return nil, fmt.Errorf("read commands on %s: %w", key, err)
	}
	defer rows.Close()
	var all []delivery.Command
	for rows.Next() {
		c, err := scan(rows, key)
		if err != nil {
			return nil, err
		}
		all = append(all, c)
	}
	return all, rows.Err()
}

// Ignore forgets a command without an answer: nobody who is heard wrote it.
func (s *Store) Ignore(ctx context.Context, c delivery.Command) error {
	_, err := s.db.Writer().ExecContext(ctx,
		`DELETE FROM command WHERE change_id = $1 AND place = $2 AND comment_id = $3 AND line = $4 AND answered_at = 0`,
		c.Key.String(), c.Place, c.Comment, c.Line)
	if err != nil {
		return fmt.Errorf("forget command on %s: %w", c.Key, err)
	}
	return nil
}

// AnswerTx keeps the answer to a command; first is false when it had one.
func (s *Store) AnswerTx(ctx context.Context, tx *sql.Tx, c delivery.Command, a delivery.Answer) (first bool, err error) {
	res, err := tx.ExecContext(ctx,
		`UPDATE command SET answered_at = $1, good = $2, answer = $3 WHERE change_id = $4 AND place = $5 AND comment_id = $6
		AND line = $7 AND answered_at = 0`,
		sqldb.Millis(s.db.Now()), sqldb.Flag(a.Good), a.Words, c.Key.String(), c.Place, c.Comment, c.Line)
	if err != nil {
		return false, fmt.Errorf("keep answer: %w", err)
	}
	n, err := res.RowsAffected()
	return n == 1, err
}

// Replies returns what is said about the commands of the newest comment that has any, in their order.
func (s *Store) Replies(ctx context.Context, key change.Key) ([]delivery.Answered, error) {
	rows, err := s.db.Reader().QueryContext(ctx,
		`SELECT `+columns+`, good, answer FROM command WHERE change_id = $1 AND answered_at > 0 AND (place, comment_id) =
		(SELECT place, comment_id FROM command WHERE change_id = $1 AND answered_at > 0 ORDER BY id DESC LIMIT 1) ORDER BY id`,
		key.String())
	if err != nil {
		return nil, fmt.Errorf("read answers on %s: %w", key, err)
	}
	defer rows.Close()
	var all []delivery.Answered
	for rows.Next() {
		var a delivery.Answered
		var good int64
		if a.Command, err = scan(rows, key, &good, &a.Words); err != nil {
			return nil, err
		}
		a.Good = good != 0
		all = append(all, a)
	}
	return all, rows.Err()
}

// Unreacted returns the comments on a change that have no reaction yet and whose commands all have answers.
func (s *Store) Unreacted(ctx context.Context, key change.Key) ([]delivery.Reaction, error) {
	rows, err := s.db.Reader().QueryContext(ctx,
		`SELECT place, comment_id, MIN(good) FROM command WHERE change_id = $1 GROUP BY place, comment_id
		HAVING MIN(answered_at) > 0 AND MIN(reacted_at) = 0 ORDER BY MIN(id)`, key.String())
	if err != nil {
		return nil, fmt.Errorf("read comments on %s: %w", key, err)
	}
	defer rows.Close()
	var all []delivery.Reaction
	for rows.Next() {
		var r delivery.Reaction
		var good int64
		if err := rows.Scan(&r.Place, &r.Comment, &good); err != nil {
			return nil, fmt.Errorf("read comments on %s: %w", key, err)
		}
		r.Good = good != 0
		all = append(all, r)
	}
	return all, rows.Err()
}

// Reacted notes that a comment has its reaction.
func (s *Store) Reacted(ctx context.Context, key change.Key, r delivery.Reaction) error {
	_, err := s.db.Writer().ExecContext(ctx,
		`UPDATE command SET reacted_at = $1 WHERE change_id = $2 AND place = $3 AND comment_id = $4 AND answered_at > 0`,
		sqldb.Millis(s.db.Now()), key.String(), r.Place, r.Comment)
	if err != nil {
		return fmt.Errorf("note reaction on %s: %w", key, err)
	}
	return nil
}

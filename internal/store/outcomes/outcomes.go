// Package outcomes keeps what became of the findings that rules posted, and counts of them. It alone writes the tables
// posted, tally and demotion.
//
// Callers may rely on:
//   - a finding has one outcome, derived anew in the transaction that brings new evidence;
//   - the counts are those of the findings at any time, also of findings that are past their retention;
//   - learning of the same thing twice changes nothing.
//
// Methods that end in Tx work inside the caller's transaction. Only other rooms of the record call them.
package outcomes

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/outcome"
	"github.com/lintel-review/lintel/internal/plan"
	"github.com/lintel-review/lintel/internal/scorecard"
	"github.com/lintel-review/lintel/internal/store/audit"
	"github.com/lintel-review/lintel/internal/store/sqldb"
)

// Store is safe for concurrent use.
type Store struct {
	db  *sqldb.DB
	log *audit.Store
}

// New makes the room on a database whose schema is up to date.
func New(db *sqldb.DB, log *audit.Store) *Store { return &Store{db: db, log: log} }

// row is one posted finding.
type row struct {
	outcome.Evidence
	fingerprint, rule, path, anchor string
	// head is the one on which it was found last.
	head         string
	blocked      bool
	posted, gone time.Time
	outcome      outcome.Outcome
	at           time.Time
}

// LookTx takes in what a look found, and what it found no longer. A look at a change that is over ends its findings.
func (s *Store) LookTx(ctx context.Context, tx *sql.Tx, look plan.Look) error {
	key := look.Record.Key
	switch {
	case look.KeepRecord:
		return nil
	case look.Record.State != change.Open:
		return s.EndTx(ctx, tx, key, look.Record.State)
	case look.Seen == nil:
		return nil
	}
	if look.Seen.Demoted != nil {
		if err := s.applyTx(ctx, tx, key, look.Seen.Head, look.Seen.Demoted); err != nil {
			return err
		}
	}
	now := s.db.Now()
	return s.revise(ctx, tx, key, func(rows map[string]*row) {
		found := map[string]bool{}
		for _, sighting := range look.Seen.Sighted {
			found[sighting.Fingerprint] = true
			r := rows[sighting.Fingerprint]
			if r == nil && sighting.Hidden {
				continue
			}
			if r == nil {
				r = &row{fingerprint: sighting.Fingerprint, rule: sighting.Rule, posted: now}
				rows[sighting.Fingerprint] = r
			}
			r.sight(sighting, look.Seen.Head)
		}
		for fingerprint, r := range rows {
			r.End = change.Open // it may have been opened again
			if found[fingerprint] || r.Fate != outcome.Found {
				continue
			}
			was := outcome.Sighting{Rule: r.rule, Path: r.path, Anchor: r.anchor}
			if fate, known := look.Seen.FateOf(was, r.head); known {
				r.Fate, r.gone = fate, now
			}
		}
	})
}

func (r *row) sight(s outcome.Sighting, head string) {
	r.path, r.anchor, r.head = s.Path, s.Anchor, head
	r.blocked = r.blocked || s.Blocking || s.Overridden
	r.Overridden = r.Overridden || s.Overridden
	r.Fate, r.gone = outcome.Found, time.Time{}
}

// EndTx takes in that a change was merged or closed.
func (s *Store) EndTx(ctx context.Context, tx *sql.Tx, key change.Key, state change.State) error {
	return s.revise(ctx, tx, key, func(rows map[string]*row) {
		for _, r := range rows {
			r.End = state
		}
	})
}

// FeedbackTx takes in what a person who decides here did about the inline comment of a finding. What is not about a
// posted finding of a rule changes nothing.
func (s *Store) FeedbackTx(ctx context.Context, tx *sql.Tx, key change.Key, fingerprint string, kind change.FeedbackKind) error {
	return s.revise(ctx, tx, key, func(rows map[string]*row) {
		r := rows[fingerprint]
		if r == nil {
			return
		}
		switch kind {
		case change.FeedbackThumbsDown, change.FeedbackDeleted, change.FeedbackWrong:
			r.FalseAlarm = true
		case change.FeedbackResolved:
			r.Resolved = true
		case change.FeedbackUnresolved:
			r.Resolved = false
		}
	})
}

// FalseAlarmTx takes in that a person who decides here called a finding a false alarm by a command, or took that back.
func (s *Store) FalseAlarmTx(ctx context.Context, tx *sql.Tx, key change.Key, fingerprint string, is bool) error {
	return s.revise(ctx, tx, key, func(rows map[string]*row) {
		if r := rows[fingerprint]; r != nil {
			r.FalseAlarm = is
		}
	})
}

// revise lets a function change the evidence about the findings of a change, derives the outcomes, and keeps what
// changed together with the counts.
func (s *Store) revise(ctx context.Context, tx *sql.Tx, key change.Key, with func(map[string]*row)) error {
	rows, err := read(ctx, tx, key)
	if err != nil {
		return err
	}
	before := make(map[string]row, len(rows))
	for fingerprint, r := range rows {
		before[fingerprint] = *r
	}
	with(rows)
	changed := false
	for fingerprint, r := range rows {
		if is := outcome.Of(r.Evidence); is != r.outcome {
			r.outcome, r.at = is, s.db.Now()
		}
		if was, known := before[fingerprint]; known && was == *r {
			continue
		}
		changed = true
		if err := s.store(ctx, tx, key, *r); err != nil {
			return err
		}
	}
	if !changed {
		return nil
	}
	after := make(map[string]row, len(rows))
	for fingerprint, r := range rows {
		after[fingerprint] = *r
	}
	return s.count(ctx, tx, key, tally(before), tally(after))
}

func tally(rows map[string]row) map[scorecard.Cell]int64 {
	all := make([]scorecard.Finding, 0, len(rows))
	for _, r := range rows {
		all = append(all, scorecard.Finding{
			Rule:       r.rule,
			PostedAt:   r.posted,
			Blocked:    r.blocked,
			Overridden: r.Overridden,
			Outcome:    r.outcome,
			OutcomeAt:  r.at,
			GoneAt:     r.gone,
		})
	}
	return scorecard.Tally(all)
}

const columns = `fingerprint, rule, path, anchor, head, blocked, false_alarm, overridden, resolved, fate, ended, posted_at, gone_at, ` +
	`outcome, outcome_at`

func read(ctx context.Context, tx *sql.Tx, key change.Key) (map[string]*row, error) {
	rows, err := tx.QueryContext(ctx, `SELECT `+columns+` FROM posted WHERE change_id = $1`, key.String())
	if err != nil {
		return nil, fmt.Errorf("read posted findings of %s: %w", key, err)
	}
	defer rows.Close()
	all := map[string]*row{}
	for rows.Next() {
		r := &row{}
		var posted, gone, at int64
		err := rows.Scan(&r.fingerprint, &r.rule, &r.path, &r.anchor, &r.head, &r.blocked, &r.FalseAlarm, &r.Overridden, &r.Resolved,
			&r.Fate, &r.End, &posted, &gone, &r.outcome, &at)
		if err != nil {
			return nil, fmt.Errorf("read posted findings of %s: %w", key, err)
		}
		r.posted, r.gone, r.at = sqldb.Time(posted), sqldb.Time(gone), sqldb.Time(at)
		all[r.fingerprint] = r
	}
	return all, errors.Join(rows.Err(), rows.Close())
}

func (s *Store) store(ctx context.Context, tx *sql.Tx, key change.Key, r row) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO posted (change_id, forge, repo_id, `+columns+`)
		VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,$15,$16,$17,$18) ON CONFLICT (change_id, fingerprint) DO UPDATE SET
		path = excluded.path, anchor = excluded.anchor, head = excluded.head, blocked = excluded.blocked,
		false_alarm = excluded.false_alarm, overridden = excluded.overridden, resolved = excluded.resolved, fate = excluded.fate,
		ended = excluded.ended, gone_at = excluded.gone_at, outcome = excluded.outcome, outcome_at = excluded.outcome_at`,
		key.String(), key.Forge, key.RepoID, r.fingerprint, r.rule, r.path, r.anchor, r.head, sqldb.Flag(r.blocked),
		sqldb.Flag(r.FalseAlarm), sqldb.Flag(r.Overridden), sqldb.Flag(r.Resolved), r.Fate, r.End, sqldb.Millis(r.posted),
		sqldb.Millis(r.gone), r.outcome, sqldb.Millis(r.at))
	if err != nil {
		return fmt.Errorf("keep posted finding %s of %s: %w", r.fingerprint, key, err)
	}
	return nil
}

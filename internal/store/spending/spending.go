// Package spending keeps what language models cost, and their answers, which may be given again. It alone writes the
// tables spend and answer.
//
// Callers may rely on:
//   - a reservation and the check of all caps are one transaction, so that two calls never share the last tokens;
//   - a reservation that nobody settles in time frees its tokens and stays counted as a call;
//   - an answer is given again to its own connection only.
package spending

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/lintel-review/lintel/internal/budget"
	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/store/sqldb"
)

// Store is safe for concurrent use.
type Store struct{ db *sqldb.DB }

// New makes the room on a database whose schema is up to date.
func New(db *sqldb.DB) *Store { return &Store{db: db} }

// AnswersKept is how long an answer of a model may be given again.
const AnswersKept = 30 * 24 * time.Hour

// totals sums calls. A reservation that nobody settled in time is over: its tokens are free again, but it stays a call,
// so that a process which dies in every call is stopped by the cap on calls. A call that was refused and cost nothing
// is none. A question is a call that is no retry and no repair. $1 is the time.
const totals = `SELECT COALESCE(SUM(CASE WHEN again = 1 OR settled_at > 0 AND tokens = 0 THEN 0 ELSE 1 END), 0), COALESCE(SUM(CASE WHEN settled_at > 0 AND tokens = 0 THEN 0 ELSE 1 END), 0), COALESCE(SUM(CASE WHEN settled_at > 0 OR expires_at > $1 THEN tokens ELSE 0 END), 0),
	COALESCE(SUM(CASE WHEN settled_at > 0 OR expires_at > $1 THEN micro ELSE 0 END), 0),
	COALESCE(SUM(tokens_in), 0), COALESCE(SUM(cached_in), 0), COALESCE(SUM(tokens_out), 0), COALESCE(SUM(reasoning), 0), COALESCE(SUM(1 - priced), 0) FROM spend `

func (s *Store) total(ctx context.Context, q sqldb.Querier, where string, args ...any) (budget.Total, error) {
	var t budget.Total
	err := q.QueryRowContext(ctx, totals+where, append([]any{sqldb.Millis(s.db.Now())}, args...)...).
		Scan(&t.Questions, &t.Calls, &t.Tokens, &t.Micro, &t.Usage.In, &t.Usage.CachedIn, &t.Usage.Out, &t.Usage.Reasoning, &t.Unpriced)
	return t, err
}

const (
	ofHead       = `WHERE change_id = $2 AND head = $3`
	ofChange     = `WHERE change_id = $2`
	ofRepository = `WHERE day = $2 AND forge = $3 AND repo_id = $4`
	ofDay        = `WHERE day = $2`
)

// Reserve sets aside what a call can cost, or says which cap has no room for it. Both happen in one transaction, so two
// calls never share the last tokens. Nothing may be sent without a reservation.
func (s *Store) Reserve(ctx context.Context, w budget.Reservation, c budget.Caps) (id int64, full *budget.Full, err error) {
	err = s.db.Transact(ctx, "reserve a call of the model", func(tx *sql.Tx) error {
		now := s.db.Now()
		key, day := w.Account.Change, budget.Day(now)
		var at budget.State
		for _, part := range []struct {
			into  *budget.Total
			where string
			args  []any
		}{
			{&at.Head, ofHead, []any{key.String(), w.Account.Head}}, {&at.Change, ofChange, []any{key.String()}},
			{&at.Repository, ofRepository, []any{day, string(key.Forge), key.RepoID}}, {&at.Server, ofDay, []any{day}},
		} {
			t, err := s.total(ctx, tx, part.where, part.args...)
			if err != nil {
				return fmt.Errorf("read what was spent: %w", err)
			}
			*part.into = t
		}
		if err := tx.QueryRowContext(ctx, `SELECT COUNT(DISTINCT head) FROM spend WHERE change_id = $1 AND head <> $2`, key.String(),
			w.Account.Head).Scan(&at.Heads); err != nil {
			return fmt.Errorf("read which heads were paid for: %w", err)
		}
		if full = budget.Check(c, w, at, now); full != nil {
			return nil
		}
		var err error
		if id, err = s.db.NextID(ctx, tx); err != nil {
			return err
		}
		priced, micro := int64(0), int64(0)
		if w.Micro != nil {
			priced, micro = 1, *w.Micro
		}
		again := 0
		if w.Again {
			again = 1
		}
		_, err = tx.ExecContext(ctx,
			`INSERT INTO spend (id, forge, repo_id, change_id, head, day, purpose, model, outcome, tokens, micro, priced, estimate_in, tokens_in, cached_in, tokens_out, reasoning,
			reserved_at, expires_at, settled_at, again) VALUES ($1,$2,$3,$4,$5,$6,$7,$8,'reserved',$9,$10,$11,$12,0,0,0,0,$13,$14,0,$15)`,
			id, string(key.Forge), key.RepoID, key.String(), w.Account.Head, day, string(w.Purpose), w.Model, w.Tokens(), micro, priced,
			w.EstimateIn, sqldb.Millis(now), sqldb.Millis(now.Add(w.For)), again)
		return err
	})
	if err != nil || full != nil {
		return 0, full, err
	}
	return id, nil, nil
}

// Settle replaces a reservation by what the call came to, also after the reservation ended. Settling twice changes
// nothing.
func (s *Store) Settle(ctx context.Context, id int64, b budget.Bill) error {
	priced, micro := int64(0), int64(0)
	if b.Micro != nil {
		priced, micro = 1, *b.Micro
	}
	_, err := s.db.Writer().ExecContext(ctx,
		`UPDATE spend SET outcome = $2, tokens = $3, micro = $4, priced = $5, tokens_in = $6, cached_in = $7, tokens_out = $8, reasoning = $9, settled_at = $10
		WHERE id = $1 AND settled_at = 0`, id, b.Outcome, b.Usage.In+b.Usage.Out, micro, priced, b.Usage.In, b.Usage.CachedIn,
		b.Usage.Out, b.Usage.Reasoning, sqldb.Millis(s.db.Now()))
	if err != nil {
		return fmt.Errorf("settle a call of the model: %w", err)
	}
	return nil
}

// SpentOn is what a change has cost over all its heads.
func (s *Store) SpentOn(ctx context.Context, key change.Key) (budget.Total, error) {
	return s.spent(ctx, ofChange, key.String())
}

// SpentIn is what a repository has cost on the UTC day of a time.
func (s *Store) SpentIn(ctx context.Context, forge change.Forge, repo int64, at time.Time) (budget.Total, error) {
	return s.spent(ctx, ofRepository, budget.Day(at), string(forge), repo)
}

// SpentAt is what everything has cost on the UTC day of a time.
func (s *Store) SpentAt(ctx context.Context, at time.Time) (budget.Total, error) {
	return s.spent(ctx, ofDay, budget.Day(at))
}

// SpentBetween is what everything has cost on the UTC days of a period, and for how many changes.
func (s *Store) SpentBetween(ctx context.Context, from, to time.Time) (t budget.Total, changes int64, err error) {
	const ofDays = `WHERE day >= $2 AND day <= $3`
	first, last := budget.Day(from), budget.Day(to.Add(-time.Nanosecond))
	if t, err = s.spent(ctx, ofDays, first, last); err != nil {
		return t, 0, err
	}
	err = s.db.Reader().QueryRowContext(ctx, `SELECT COUNT(DISTINCT change_id) FROM spend WHERE day >= $1 AND day <= $2`, first, last).
		Scan(&changes)
	if err != nil {
		return t, 0, fmt.Errorf("count the changes that were paid for: %w", err)
	}
	return t, changes, nil
}

func (s *Store) spent(ctx context.Context, where string, args ...any) (budget.Total, error) {
	t, err := s.total(ctx, s.db.Reader(), where, args...)
	if err != nil {
		return t, fmt.Errorf("read what was spent: %w", err)
	}
	return t, nil
}

// Observed is how many tokens the prompts of a model's last 200 answered calls were thought to have, and how many they
// had. Both are 0 when it never counted.
func (s *Store) Observed(ctx context.Context, model string) (estimated, counted int64, err error) {
	err = s.db.Reader().QueryRowContext(ctx, `SELECT COALESCE(SUM(estimate_in), 0), COALESCE(SUM(tokens_in), 0) FROM
		(SELECT estimate_in, tokens_in FROM spend WHERE model = $1 AND settled_at > 0 AND tokens_in > 0 AND estimate_in > 0 AND outcome = 'answered' ORDER BY settled_at DESC LIMIT 200) newest`, model).
		Scan(&estimated, &counted)
	if err != nil {
		return 0, 0, fmt.Errorf("read how %s counts tokens: %w", model, err)
	}
	return estimated, counted, nil
}

// KeptAnswer is what was answered to a question of a connection within AnswersKept; nil when there is nothing.
func (s *Store) KeptAnswer(ctx context.Context, forge change.Forge, connection int64, question string) ([]byte, error) {
	var body []byte
	err := s.db.Reader().QueryRowContext(ctx,
		`SELECT body FROM answer WHERE forge = $1 AND installation = $2 AND question = $3 AND made_at > $4`,
		string(forge), connection, question, sqldb.Millis(s.db.Now().Add(-AnswersKept))).Scan(&body)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read a kept answer: %w", err)
	}
	return body, nil
}

// KeepAnswer keeps an answer for its connection. The newest one holds.
func (s *Store) KeepAnswer(ctx context.Context, forge change.Forge, connection int64, question string, body []byte) error {
	_, err := s.db.Writer().ExecContext(ctx, `INSERT INTO answer (forge, installation, question, body, made_at) VALUES ($1,$2,$3,$4,$5)
		ON CONFLICT (forge, installation, question) DO UPDATE SET body = excluded.body, made_at = excluded.made_at`, string(forge),
		connection, question, body, sqldb.Millis(s.db.Now()))
	if err != nil {
		return fmt.Errorf("keep an answer: %w", err)
	}
	return nil
}

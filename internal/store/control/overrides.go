package control

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"github.com/lintel-review/lintel/internal/audit"
	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/delivery"
	"github.com/lintel-review/lintel/internal/history"
	"github.com/lintel-review/lintel/internal/override"
	"github.com/lintel-review/lintel/internal/store/sqldb"
)

// Overrides returns the overrides of a change that were not revoked and did not expire, oldest first.
func (s *Store) Overrides(ctx context.Context, key change.Key) ([]override.Override, error) {
	rows, err := s.db.Reader().QueryContext(ctx,
		`SELECT body FROM override WHERE change_id = $1 AND ended_at = 0 ORDER BY id`, key.String())
	if err != nil {
		return nil, fmt.Errorf("read overrides of %s: %w", key, err)
	}
	defer rows.Close()
	var all []override.Override
	for rows.Next() {
		var body string
		if err := rows.Scan(&body); err != nil {
			return nil, fmt.Errorf("read overrides of %s: %w", key, err)
		}
		var o override.Override
		if err := json.Unmarshal([]byte(body), &o); err != nil {
			return nil, fmt.Errorf("read overrides of %s: %w", key, err)
		}
		all = append(all, o)
	}
	return all, rows.Err()
}

// SettleCommand keeps what a command came to: its answer, what it made and ended, and the audit records, all or nothing. A
// command that has an answer changes nothing.
func (s *Store) SettleCommand(ctx context.Context, c delivery.Command, a delivery.Answer, d override.Deed) error {
	return s.db.Transact(ctx, "settle command on "+c.Key.String(), func(tx *sql.Tx) error {
		first, err := s.AnswerTx(ctx, tx, c, a)
		if err != nil || !first {
			return err
		}
		for _, o := range d.Revoked {
			if err := s.end(ctx, tx, c.Key, o, override.Revoked, c.Actor); err != nil {
				return err
			}
		}
		if err := s.settleRest(ctx, tx, c, d); err != nil {
			return err
		}
		switch {
		case d.Made != nil:
			return s.make(ctx, tx, c, *d.Made)
		case c.Command.Name == "override":
			return s.note(ctx, tx, c.Key, audit.OverrideRefused, c.Actor, c.Head,
				map[string]string{"rule": c.Command.Rule, "reason": c.Command.Reason, "refused": a.Words})
		}
		return nil
	})
}

func (s *Store) make(ctx context.Context, tx *sql.Tx, c delivery.Command, o override.Override) error {
	if o.ID == 0 {
		id, err := s.db.NextID(ctx, tx)
		if err != nil {
			return err
		}
		o.ID, o.At = id, s.db.Now()
	}
	body, err := json.Marshal(o)
	if err != nil {
		return fmt.Errorf("encode override: %w", err)
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO override (id, change_id, state, rule, body, until, created_at, ended_at, ended_by)
		VALUES ($1,$2,$3,$4,$5,$6,$7,0,'') ON CONFLICT (id) DO UPDATE SET state = excluded.state, body = excluded.body, until = excluded.until`,
		o.ID, c.Key.String(), o.State, o.Rule, string(body), sqldb.Millis(o.Until), sqldb.Millis(s.db.Now()))
	if err != nil {
		return fmt.Errorf("keep override of %s: %w", o.Rule, err)
	}
	act := audit.OverrideMade
	if o.State == override.Proposed {
		act = audit.OverrideProposed
	}
	return s.note(ctx, tx, c.Key, act, c.Actor, o.Head, about(o))
}

// about is what the audit log says of an override.
func about(o override.Override) map[string]string {
	detail := map[string]string{"override": strconv.FormatInt(o.ID, 10), "rule": o.Rule, "category": o.Category, "reason": o.Reason,
		"ends": o.Ends()}
	if o.Finding != "" {
		detail["finding"] = o.Finding
	}
	if o.In != "" {
		detail["in"] = o.In
	}
	if o.Second != "" {
		detail["first"], detail["second"] = o.Actor, o.Second
	}
	return detail
}

// end ends an override that has not ended, with its audit record.
func (s *Store) end(ctx context.Context, tx *sql.Tx, key change.Key, o override.Override, state override.State, by string) error {
	o.State = state
	body, err := json.Marshal(o)
	if err != nil {
		return fmt.Errorf("encode override: %w", err)
	}
	res, err := tx.ExecContext(ctx,
		`UPDATE override SET state = $1, body = $2, ended_at = $3, ended_by = $4 WHERE id = $5 AND ended_at = 0`,
		state, string(body), sqldb.Millis(s.db.Now()), by, o.ID)
	if err != nil {
		return fmt.Errorf("end override of %s: %w", o.Rule, err)
	}
	n, err := res.RowsAffected()
	if err != nil || n == 0 {
		return err
	}
	act := audit.OverrideRevoked
	if state == override.Expired {
		act = audit.OverrideExpired
	}
	return s.note(ctx, tx, key, act, by, o.Head, about(o))
}

// note appends an act to the audit log and a line to the history of the change.
func (s *Store) note(ctx context.Context, tx *sql.Tx, key change.Key, act audit.Act, actor, sha string, detail map[string]string) error {
	entry := audit.Entry{Act: act, Actor: actor, Forge: string(key.Forge), RepoID: key.RepoID, Change: key.String(), SHA: sha,
		Detail: detail}
	if err := s.log.AppendTx(ctx, tx, entry); err != nil {
		return err
	}
	what := string(act) + ": " + detail["rule"]
	line := history.Line{Key: key, At: s.db.Now(), Kind: history.Overridden, Detail: what, SHA: sha, Actor: actor}
	return s.changes.LineTx(ctx, tx, line)
}

// expiredAtOnce bounds how many overrides end in one transaction.
const expiredAtOnce = 100

// ExpireOverrides ends the overrides whose time is over, and asks for a look at each of their changes. It returns how
// many there were.
func (s *Store) ExpireOverrides(ctx context.Context, now time.Time) (int, error) {
	n := 0
	err := s.db.Transact(ctx, "end overrides whose time is over", func(tx *sql.Tx) error {
		n = 0
		now := s.latest(now) // an override that was given meanwhile was not given by a clock ahead
		if err := s.correctOverrides(ctx, tx, now); err != nil {
			return err
		}
		over, err := s.over(ctx, tx, `until > 0 AND until <= $1 ORDER BY until`, now)
		if err != nil {
			return err
		}
		for _, x := range over {
			if err := s.end(ctx, tx, x.key, x.Override, override.Expired, "clock"); err != nil {
				return err
			}
			request := delivery.ReviewRequest{Ref: &change.Ref{Key: x.key}, Lane: delivery.Interactive,
				Why: "an override of " + x.Rule + " expired"}
			if _, err := s.changes.RequestLooksTx(ctx, tx, "", request); err != nil {
				return err
			}
		}
		n = len(over)
		return nil
	})
	if err == nil {
		s.jobs.Ring()
	}
	return n, err
}

type overriding struct {
	override.Override
	key change.Key
}

// correctOverrides brings the end of overrides nearer that were given by a clock that was set back since, and asks for looks
// at their changes: the checks say when they end.
func (s *Store) correctOverrides(ctx context.Context, tx *sql.Tx, now time.Time) error {
	ahead, err := s.over(ctx, tx, `until > 0 AND until > $1 AND created_at > $1 ORDER BY until`, now)
	if err != nil {
		return err
	}
	for _, x := range ahead {
		o, _ := x.Corrected(now)
		body, err := json.Marshal(o)
		if err != nil {
			return fmt.Errorf("encode override: %w", err)
		}
		if _, err := tx.ExecContext(ctx, `UPDATE override SET body = $1, until = $2, created_at = $3 WHERE id = $4`,
			string(body), sqldb.Millis(o.Until), sqldb.Millis(now), o.ID); err != nil {
			return fmt.Errorf("correct the end of an override of %s: %w", o.Rule, err)
		}
		request := delivery.ReviewRequest{Ref: &change.Ref{Key: x.key}, Lane: delivery.Interactive,
			Why: "the clock was set back: an override of " + o.Rule + " ends sooner"}
		if _, err := s.changes.RequestLooksTx(ctx, tx, "", request); err != nil {
			return err
		}
	}
	return nil
}

// over are standing overrides by a condition on a time.
func (s *Store) over(ctx context.Context, tx *sql.Tx, where string, now time.Time) ([]overriding, error) {
	rows, err := tx.QueryContext(ctx, `SELECT change_id, body FROM override WHERE ended_at = 0 AND `+where+` LIMIT $2`,
		sqldb.Millis(now), expiredAtOnce)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var all []overriding
	for rows.Next() {
		var id, body string
		if err := rows.Scan(&id, &body); err != nil {
			return nil, err
		}
		var x overriding
		if err := json.Unmarshal([]byte(body), &x.Override); err != nil {
			return nil, err
		}
		if x.key, err = change.ParseKey(id); err != nil {
			return nil, err
		}
		all = append(all, x)
	}
	return all, rows.Err()
}

package effects

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/effect"
	"github.com/lintel-review/lintel/internal/history"
	"github.com/lintel-review/lintel/internal/store/changes"
	"github.com/lintel-review/lintel/internal/store/sqldb"
)

// Pending returns the effects of a change without a receipt, oldest first, and marks each as tried, in one transaction:
// after a crash the next call knows that the forge may already have them.
// Kinds limits them to some kinds, of which the first alone is marked. Drafts of inline comments wait for a release and
// are not pending.
func (s *Store) Pending(ctx context.Context, key change.Key, kinds ...effect.Kind) ([]effect.Pending, error) {
	var all []effect.Pending
	wanted, first := "", ""
	for _, k := range kinds {
		wanted += "," + string(k)
		first = cmp.Or(first, wanted)
	}
	err := s.db.TransactIn(ctx, "read pending effects of "+key.String(), changes.Partition(key.Forge, key.RepoID), func(tx *sql.Tx) error {
		all = nil
		tries := false
		rows, err := tx.QueryContext(ctx,
			`SELECT e.body, e.attempts, EXISTS (SELECT 1 FROM effect n WHERE n.seq > e.seq AND n.kind = e.kind AND
				((e.kind = 'check' AND n.forge = e.forge AND n.repo_id = e.repo_id AND n.sha = e.sha AND n.name = e.name) OR
				(e.kind = 'comment' AND n.change_id = e.change_id) OR
				(e.kind = 'remark' AND n.change_id = e.change_id AND n.name = e.name AND n.status <> 'draft')))
			FROM effect e WHERE e.change_id = $1 AND e.done_at = 0 AND e.status <> 'draft'
				AND ($2 = '' OR replace($2 || ',', ',' || e.kind || ',', '') <> $2 || ',')
			ORDER BY e.seq, e.key`, key.String(), wanted)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var body string
			var attempts int64
			var newer bool
			if err := rows.Scan(&body, &attempts, &newer); err != nil {
				return err
			}
			p := effect.Pending{Tried: attempts > 0, Superseded: newer}
			if err := json.Unmarshal([]byte(body), &p.Effect); err != nil {
				return err
			}
			all = append(all, p)
			tries = tries || len(kinds) == 0 || p.Effect.Kind() == kinds[0]
		}
		if err := errors.Join(rows.Err(), rows.Close()); err != nil || !tries {
			return err
		}
		_, err = tx.ExecContext(ctx,
			`UPDATE effect SET attempts = attempts + 1 WHERE change_id = $1 AND done_at = 0 AND status <> 'draft' AND `+
				`($2 = '' OR replace($2 || ',', ',' || kind || ',', '') <> $2 || ',')`, key.String(), first)
		return err
	})
	return all, err
}

// Receive stores the receipt of an effect and a line of history about it.
func (s *Store) Receive(ctx context.Context, e effect.Effect, r effect.Receipt, line history.Line) error {
	return s.db.TransactIn(ctx, "store receipt of "+e.Key, changes.Partition(e.Ref.Forge, e.Ref.RepoID), func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx,
			`UPDATE effect SET remote = $1, thread = $2, url = $3, found = $4, done_at = $5, error = '' WHERE key = $6`,
			r.RemoteID, r.Thread, r.URL, sqldb.Flag(r.Found), sqldb.Millis(r.At), e.Key); err != nil {
			return err
		}
		return s.changes.LineTx(ctx, tx, line)
	})
}

// Drop ends an effect that must not be carried out any more, with the reason.
func (s *Store) Drop(ctx context.Context, e effect.Effect, reason string) error {
	return s.db.TransactIn(ctx, "drop effect "+e.Key, changes.Partition(e.Ref.Forge, e.Ref.RepoID), func(tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, `UPDATE effect SET done_at = $1, error = $2 WHERE key = $3 AND done_at = 0`,
			sqldb.Millis(s.db.Now()), reason, e.Key)
		if err != nil {
			return err
		}
		n, err := res.RowsAffected()
		if err != nil || n == 0 || e.Inline == nil || e.Inline.Edits != "" {
			return err
		}
		// The inline comment was never posted: its finding is rejected, unless a newer comment is for it.
		_, err = tx.ExecContext(ctx,
			`UPDATE point SET state = 'unsaid', reason = $1, actor = '', changed_at = $2 WHERE change_id = $3 AND point = $4 AND state = 'open'
			AND NOT EXISTS (SELECT 1 FROM effect WHERE change_id = $3 AND kind = 'remark' AND name = $4 AND error = '')`, reason,
			sqldb.Millis(s.db.Now()), e.Ref.Key.String(), e.Inline.Fingerprint)
		return err
	})
}

// stranded are the newest checks of their name on commits that no open change has.
const stranded = ` AND NOT EXISTS (SELECT 1 FROM effect n WHERE n.forge = e.forge AND n.repo_id = e.repo_id AND n.sha = e.sha AND n.name = e.name AND n.kind = 'check' AND n.seq > e.seq)
	AND NOT EXISTS (SELECT 1 FROM change c WHERE c.forge = e.forge AND c.repo_id = e.repo_id AND c.target = e.sha AND c.state = 'open')
	AND NOT EXISTS (SELECT 1 FROM repository r WHERE r.forge = e.forge AND r.id = e.repo_id AND r.gone = 1)`

// Stranded lists checks of between two times that stand in progress, or whose conclusion has not arrived, on commits
// that no open change has any more: no look will ever conclude them.
func (s *Store) Stranded(ctx context.Context, since, before time.Time, limit int) ([]effect.Effect, error) {
	rows, err := s.db.Reader().QueryContext(ctx,
		`SELECT e.body, e.created_at FROM effect e WHERE e.kind = 'check' AND e.status = 'in_progress' AND e.created_at `+
			`>= $1 AND e.created_at < $2 AND (e.done_at = 0 OR e.remote <> '')`+stranded+`
		UNION SELECT e.body, e.created_at FROM effect e WHERE e.done_at = 0 AND e.created_at >= $1 AND e.created_at < $2 AND e.kind = 'check'`+stranded+` ORDER BY 2 LIMIT $3`, sqldb.Millis(since), sqldb.Millis(before), limit)
	if err != nil {
		return nil, fmt.Errorf("list stranded checks: %w", err)
	}
	defer rows.Close()
	var all []effect.Effect
	for rows.Next() {
		var body string
		var at int64
		var e effect.Effect
		if err := rows.Scan(&body, &at); err != nil {
			return nil, fmt.Errorf("list stranded checks: %w", err)
		}
		if err := json.Unmarshal([]byte(body), &e); err != nil {
			return nil, fmt.Errorf("read effect: %w", err)
		}
		all = append(all, e)
	}
	return all, rows.Err()
}

// Effects returns what was published or is intended for a change, newest first.
func (s *Store) Effects(ctx context.Context, key change.Key, limit int) ([]effect.Posted, error) {
	rows, err := s.db.Reader().QueryContext(ctx, `SELECT `+effectColumns+` FROM effect WHERE change_id = $1 ORDER BY seq DESC LIMIT $2`,
		key.String(), limit)
	if err != nil {
		return nil, fmt.Errorf("read effects of %s: %w", key, err)
	}
	return scanEffects(rows)
}

// Package responses keeps when Lintel heard of each head of a change, from which follows how quickly it answered.
// It alone writes the table response.
//
// Callers may rely on: a head has one time of receipt, that of the first delivery that told of it; a head that a sweep
// found counts as lost unless its delivery was under way.
package responses

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/delivery"
	"github.com/lintel-review/lintel/internal/objective"
	"github.com/lintel-review/lintel/internal/store/sqldb"
)

// Store is safe for concurrent use.
type Store struct{ db *sqldb.DB }

// New makes the room on a database whose schema is up to date.
func New(db *sqldb.DB) *Store { return &Store{db: db} }

// underWay is how long after a sweep found a head its delivery may come and still count as on time.
const underWay = time.Minute

// HeardTx takes in which heads a delivery, or a sweep, tells of. Other requests of Lintel's own are no news.
func (s *Store) HeardTx(ctx context.Context, tx *sql.Tx, a delivery.Admission) error {
	for _, t := range a.Requests {
		if t.Ref == nil || t.Ref.Group != "" || t.Head.SHA == "" || a.ID == "" && !t.Missed {
			continue
		}
		lost := a.ID == ""
		_, err := tx.ExecContext(ctx,
			`INSERT INTO response (change_id, head, forge, repo_id, told_at, received_at, stored_at, lost) VALUES ($1,$2,$3,$4,$5,$6,$7,$8)
			ON CONFLICT (change_id, head) DO UPDATE SET lost = 0, told_at = excluded.told_at
			WHERE response.lost = 1 AND excluded.lost = 0 AND excluded.received_at - response.received_at < $9`,
			t.Ref.Key.String(), t.Head.SHA, t.Ref.Forge, t.Ref.RepoID, sqldb.Millis(t.ToldAt), sqldb.Millis(a.ReceivedAt),
			sqldb.Millis(s.db.Now()), sqldb.Flag(lost), underWay.Milliseconds())
		if err != nil {
			return fmt.Errorf("keep when head %s of %s was heard of: %w", change.Short(t.Head.SHA), t.Ref, err)
		}
	}
	return nil
}

// Heads returns the heads that were heard of since a time, each with what followed.
func (s *Store) Heads(ctx context.Context, since time.Time) ([]objective.Head, error) {
	rows, err := s.db.Reader().QueryContext(ctx,
		`SELECT r.change_id, COALESCE(o.owner || '/' || o.name, ''), r.head, r.told_at, r.received_at, r.stored_at, r.lost,
		COALESCE((SELECT MIN(done_at) FROM effect e WHERE e.forge = r.forge AND e.repo_id = r.repo_id AND e.sha = r.head
			AND e.kind = 'check' AND e.done_at > 0 AND e.remote <> ''), 0),
		COALESCE((SELECT MIN(decided_at) FROM verdict v WHERE v.change_id = r.change_id AND v.head = r.head), 0),
		COALESCE((SELECT MIN(since) FROM consult c WHERE c.change_id = r.change_id AND c.head = r.head AND c.state <> 'stale'), 0),
		COALESCE((SELECT MIN(ended_at) FROM consult c WHERE c.change_id = r.change_id AND c.head = r.head
			AND c.state IN ('posted', 'skipped')), 0)
		FROM response r LEFT JOIN repository o ON o.forge = r.forge AND o.id = r.repo_id
		WHERE r.received_at >= $1 ORDER BY r.change_id, r.received_at, r.head`, sqldb.Millis(since))
	if err != nil {
		return nil, fmt.Errorf("read response times: %w", err)
	}
	defer rows.Close()
	var all []objective.Head
	last := ""
	for rows.Next() {
		id, h, err := scan(rows)
		if err != nil {
			return nil, fmt.Errorf("read response times: %w", err)
		}
		if id == last {
			all[len(all)-1].SupersededAt = h.ReceivedAt
		}
		last = id
		all = append(all, h)
	}
	return all, errors.Join(rows.Err(), rows.Close())
}

func scan(row sqldb.Row) (id string, h objective.Head, err error) {
	var repository string
	var told, received, stored, lost, status, rules, asked, advised int64
	err = row.Scan(&id, &repository, &h.SHA, &told, &received, &stored, &lost, &status, &rules, &asked, &advised)
	if err != nil {
		return id, h, err
	}
	key, err := change.ParseKey(id)
	h.Change = fmt.Sprintf("%s#%d", repository, key.Number)
	h.ToldAt, h.ReceivedAt, h.Lost, h.AdviceAskedAt = sqldb.Time(told), sqldb.Time(received), lost != 0, sqldb.Time(asked)
	h.Done = map[objective.Name]time.Time{
		objective.Ack:         sqldb.Time(stored),
		objective.FirstStatus: sqldb.Time(status),
		objective.RulesDone:   sqldb.Time(rules),
		objective.AdviceDone:  sqldb.Time(advised),
	}
	return id, h, err
}

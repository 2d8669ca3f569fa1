// Package changes keeps what is remembered of changes and of the repositories that they are in: their newest state and
// generation, history, names, what they wait for, and small named values. It alone writes the tables change,
// repository, known_name, history, report_wait and mark; it reads verdict, effect, point,
// ci_run and forge_limit beside them.
//
// Callers may rely on:
//   - a generation only grows, and each raise inserts a job in the same transaction;
//   - history is only appended to;
//   - a change that leaves a commit asks for looks at those that shared it: their check spoke for it too.
//
// Methods that end in Tx work inside the caller's transaction. The other rooms of the record and the queue call them.
package changes

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/job"
	"github.com/lintel-review/lintel/internal/store/sqldb"
)

// Jobs is the queue as the record sees it: jobs are inserted inside the record's transactions.
type Jobs interface {
	// InsertTx makes sure that a job waits or runs, for a new one no sooner than when says.
	InsertTx(ctx context.Context, tx *sql.Tx, args job.Args, when job.When) error
	// Ring tells the workers of this process that jobs were committed. It never blocks.
	Ring()
}

// Store is safe for concurrent use.
type Store struct {
	db   *sqldb.DB
	jobs Jobs
}

// New makes the room on a database whose schema is up to date.
func New(db *sqldb.DB, jobs Jobs) *Store { return &Store{db: db, jobs: jobs} }

// The column of a connection has GitHub's word, installation, in every table that has one: a name that no reader sees is
// not worth a rewrite of each database.
const recordColumns = `c.id, c.installation, c.state, c.head_sha, c.head_ref, c.base_sha, c.base_ref, c.merge_group, c.generation, c.evaluated, c.forced, c.raised_at, c.waiting_since, COALESCE(r.owner, ''), COALESCE(r.name, ''),
	(SELECT 1 FROM effect said WHERE said.change_id = c.id AND said.kind = 'remark' AND said.remote <> '' LIMIT 1) IS NOT NULL`

// unaskedColumn spares a look seven statements on almost every change: what people wrote and what was granted.
const unaskedColumn = ` NOT (EXISTS (SELECT 1 FROM command said WHERE said.change_id = c.id) OR
	EXISTS (SELECT 1 FROM override held WHERE held.change_id = c.id AND held.ended_at = 0) OR
	EXISTS (SELECT 1 FROM mute held WHERE held.change_id = c.id AND held.ended_at = 0) OR
	EXISTS (SELECT 1 FROM release asked WHERE asked.change_id = c.id AND asked.answered_at = 0))`

const recordTables = ` FROM change c LEFT JOIN repository r ON r.forge = c.forge AND r.id = c.repo_id `

func scanRecord(row sqldb.Row) (change.Record, error) {
	var id, group string
	var r change.Record
	var raised, waiting int64
	err := row.Scan(&id, &r.Connection, &r.State, &r.Head.SHA, &r.Head.Ref, &r.Base.SHA, &r.Base.Ref, &group, &r.Generation,
		&r.Evaluated, &r.Forced, &raised, &waiting, &r.Owner, &r.Name, &r.HasInlineComments)
	if err != nil {
		return change.Record{}, err
	}
	r.RaisedAt = sqldb.Time(raised)
	if r.Generation > r.Evaluated {
		r.WaitingSince = sqldb.Time(waiting)
	}
	if r.Key, err = change.ParseKey(id); err != nil {
		return change.Record{}, err
	}
	if err := json.Unmarshal([]byte(group), &r.Group); err != nil {
		return change.Record{}, fmt.Errorf("read merge group of %s: %w", id, err)
	}
	return r, nil
}

func scanRecords(rows *sql.Rows) ([]change.Record, error) {
	defer rows.Close()
	var all []change.Record
	for rows.Next() {
		r, err := scanRecord(rows)
		if err != nil {
			return nil, err
		}
		all = append(all, r)
	}
	return all, rows.Err()
}

// Record returns what is remembered of a change. It is change.ErrNotFound for an unknown change.
func (s *Store) Record(ctx context.Context, key change.Key) (change.Record, error) {
	unasked := false
	r, err := scanRecord(wide{
		s.db.Reader().QueryRowContext(ctx, `SELECT `+recordColumns+`,`+unaskedColumn+recordTables+`WHERE c.id = $1`, key.String()),
		[]any{&unasked},
	})
	r.Unasked = unasked
	if errors.Is(err, sql.ErrNoRows) {
		err = change.ErrNotFound
	}
	if err != nil {
		return change.Record{}, fmt.Errorf("read change %s: %w", key, err)
	}
	return r, nil
}

// LookRecord is Record, and what the forge's limits leave to the change's connection: a look reads both at once.
func (s *Store) LookRecord(ctx context.Context, key change.Key) (r change.Record, room change.Room, err error) {
	now := s.db.Now()
	var paused, low int64
	var unasked, fetched bool
	r, err = scanRecord(wide{s.db.Reader().QueryRowContext(ctx, lookRecord, key.String(), sqldb.Millis(now),
		sqldb.Millis(now.Add(change.LongestLimit))), []any{&unasked, &fetched, &paused, &low}})
	r.Unasked, r.Fetched = unasked, fetched
	if errors.Is(err, sql.ErrNoRows) {
		err = change.ErrNotFound
	}
	if err != nil {
		return change.Record{}, change.Room{}, fmt.Errorf("read change %s: %w", key, err)
	}
	if paused > 0 {
		room.Paused = sqldb.Time(paused)
	}
	if low > 0 {
		room.Low = sqldb.Time(low)
	}
	return r, room, nil
}

// A limit of what a look needs of which nothing is left to be handed out (see room limits) is a pause. What is further
// ahead than any limit lasts is void.
const lookRecord = `SELECT ` + recordColumns + `,` + unaskedColumn + `,
	NOT EXISTS (SELECT 1 FROM ci_run n WHERE n.forge = c.forge AND n.repo_id = c.repo_id AND n.sha = c.head_sha
		AND n.collected = 0),
	COALESCE((SELECT MAX(CASE WHEN l.paused_until > $2 THEN l.paused_until ELSE l.reset_at END) FROM forge_limit l
		WHERE l.forge = c.forge AND l.connection = c.installation AND (l.paused_until > $2 AND l.paused_until <= $3
		OR l.resource IN ('core', 'graphql') AND l.allowed > 0 AND l.remaining * 50 <= l.allowed
		AND l.reset_at > $2 AND l.reset_at <= $3)), 0),
	COALESCE((SELECT MAX(l.reset_at) FROM forge_limit l WHERE l.forge = c.forge AND l.connection = c.installation
		AND l.resource IN ('core', 'graphql') AND l.remaining * 5 < l.allowed AND l.reset_at > $2 AND l.reset_at <= $3), 0)
	` + recordTables + `WHERE c.id = $1`

// RecordTx is Record inside a transaction, for a change that is known.
func (s *Store) RecordTx(ctx context.Context, tx *sql.Tx, key change.Key) (change.Record, error) {
	return scanRecord(tx.QueryRowContext(ctx, `SELECT `+recordColumns+recordTables+`WHERE c.id = $1`, key.String()))
}

// InChange runs f in a transaction that excludes every other one about the change. f may run more than once.
func (s *Store) InChange(ctx context.Context, key change.Key, what string, f func(tx *sql.Tx) error) error {
	return s.db.TransactIn(ctx, what, Partition(key.Forge, key.RepoID), f)
}

// GenerationTx reads a change's generation in a transaction of InChange, which keeps it from growing meanwhile.
func (s *Store) GenerationTx(ctx context.Context, tx *sql.Tx, key change.Key) (int64, error) {
	var gen int64
	if err := tx.QueryRowContext(ctx, `SELECT generation FROM change WHERE id = $1`, key.String()).Scan(&gen); err != nil {
		return 0, fmt.Errorf("lock change %s: %w", key, err)
	}
	return gen, nil
}

// EvaluatedTx records that a change was judged at a generation. An older one never replaces a newer. What was raised
// meanwhile waits from then on.
func (s *Store) EvaluatedTx(ctx context.Context, tx *sql.Tx, key change.Key, gen int64) error {
	if _, err := tx.ExecContext(ctx, `UPDATE change SET evaluated = $1, waiting_since = raised_at WHERE id = $2 AND evaluated < $1`,
		gen, key.String()); err != nil {
		return fmt.Errorf("record evaluation of %s: %w", key, err)
	}
	return nil
}

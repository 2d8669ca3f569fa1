// Package verdicts keeps verdicts with the evidence that they rest on, and saves the plan that follows from a look. It
// alone writes the tables verdict and evidence.
//
// Callers may rely on:
//   - a verdict, its evidence, what the look saw and the effects that follow are saved together or not at all;
//   - plans for one commit are composed one after the other, never at once: each sees what the one before it intended;
//   - a document is kept once under its digest, as long as a verdict needs it.
package verdicts

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/store/changes"
	"github.com/lintel-review/lintel/internal/store/checkruns"
	"github.com/lintel-review/lintel/internal/store/control"
	"github.com/lintel-review/lintel/internal/store/effects"
	"github.com/lintel-review/lintel/internal/store/flow"
	"github.com/lintel-review/lintel/internal/store/outcomes"
	"github.com/lintel-review/lintel/internal/store/sqldb"
	"github.com/lintel-review/lintel/internal/verdict"
)

// Store is safe for concurrent use.
type Store struct {
	db      *sqldb.DB
	jobs    changes.Jobs
	changes *changes.Store
	effects *effects.Store
	control *control.Store
	// outcomes follow from what looks find.
	outcomes *outcomes.Store
	// flow keeps what looks read of a change's past.
	flow *flow.Store
	// checks keeps the checks that looks want.
	checks *checkruns.Store
}

// New makes the room on a database whose schema is up to date.
func New(db *sqldb.DB, jobs changes.Jobs, c *changes.Store, e *effects.Store, o *control.Store, became *outcomes.Store,
	lives *flow.Store, checks *checkruns.Store) *Store {
	return &Store{db: db, jobs: jobs, changes: c, effects: e, control: o, outcomes: became, flow: lives, checks: checks}
}

const verdictColumns = `generation, target, head, base_ref, base_sha, merge_base, conclusion, digest, facts, policy, ` +
	`settings, decision, engine, controls, control_files, title, forge_updated, taken_at, decided_at`

func scanVerdict(row sqldb.Row) (verdict.Verdict, error) {
	var v verdict.Verdict
	var updated, taken, decided int64
	err := row.Scan(&v.Generation, &v.Target, &v.Head, &v.Base.Ref, &v.Base.SHA, &v.MergeBase, &v.Conclusion, &v.Digest, &v.Facts,
		&v.Policy, &v.Settings, &v.Decision, &v.Engine, &v.Controls, &v.ControlFiles, &v.Title, &updated, &taken, &decided)
	v.UpdatedAt = sqldb.Time(updated)
	v.TakenAt, v.DecidedAt = sqldb.Time(taken), sqldb.Time(decided)
	return v, err
}

// Verdicts returns the newest verdicts of a change, newest first.
func (s *Store) Verdicts(ctx context.Context, r change.Record, limit int) ([]verdict.Verdict, error) {
	rows, err := s.db.Reader().QueryContext(ctx, `SELECT `+verdictColumns+` FROM verdict WHERE change_id = $1 ORDER BY id DESC LIMIT $2`,
		r.Key.String(), limit)
	if err != nil {
		return nil, fmt.Errorf("read verdicts of %s: %w", r.Ref, err)
	}
	defer rows.Close()
	var all []verdict.Verdict
	for rows.Next() {
		v, err := scanVerdict(rows)
		if err != nil {
			return nil, fmt.Errorf("read verdict of %s: %w", r.Ref, err)
		}
		v.Ref = r.Ref
		all = append(all, v)
	}
	return all, rows.Err()
}

// Decided returns the decision of a change's newest verdict on a commit; nil when there is none or it is no longer
// kept.
func (s *Store) Decided(ctx context.Context, key change.Key, target string) ([]byte, error) {
	var digest string
	err := s.db.Reader().QueryRowContext(ctx, `SELECT decision FROM verdict WHERE change_id = $1 AND target = $2 ORDER BY id DESC LIMIT 1`,
		key.String(), target).Scan(&digest)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read verdict of %s: %w", key, err)
	}
	body, err := s.Evidence(ctx, digest)
	if errors.Is(err, change.ErrNotFound) {
		return nil, nil
	}
	return body, err
}

// JudgedBy returns the settings of a change's newest verdict, canonical as package settings writes them; nil when there
// is none, or when a look at the change waits or runs, which may come to others.
func (s *Store) JudgedBy(ctx context.Context, key change.Key) ([]byte, error) {
	var digest string
	err := s.db.Reader().QueryRowContext(ctx,
		`SELECT v.settings FROM change c JOIN verdict v ON v.id = (SELECT MAX(id) FROM verdict WHERE change_id = c.id) `+
			`WHERE c.id = $1 AND c.generation = c.evaluated`, key.String()).Scan(&digest)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read the settings of %s: %w", key, err)
	}
	body, err := s.Evidence(ctx, digest)
	if errors.Is(err, change.ErrNotFound) {
		return nil, nil
	}
	return body, err
}

// newest is the newest verdict of a change, on a commit or, when that is empty, on any; nil when there is none.
func (s *Store) newest(ctx context.Context, r change.Record, target string) (*verdict.Verdict, error) {
	v, err := scanVerdict(
		s.db.Reader().QueryRowContext(ctx,
			`SELECT `+verdictColumns+` FROM verdict WHERE change_id = $1 AND ($2 = '' OR target = $2) ORDER BY id DESC LIMIT 1`,
			r.Key.String(), target))
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read verdict of %s: %w", r.Ref, err)
	}
	v.Ref = r.Ref
	return &v, nil
}

// SameCommit returns the other open changes whose check belongs to the same commit as r's, by number, each with
// its newest verdict on it.
func (s *Store) SameCommit(ctx context.Context, r change.Record) ([]verdict.Peer, error) {
	records, err := s.changes.Sharing(ctx, r)
	if err != nil {
		return nil, err
	}
	var all []verdict.Peer
	for _, other := range records {
		v, err := s.newest(ctx, other, r.Target())
		if err != nil {
			return nil, err
		}
		all = append(all, verdict.Peer{Record: other, Verdict: v})
	}
	return all, nil
}

// Recent returns the changes that something happened to last, newest first, each with its newest verdict.
func (s *Store) Recent(ctx context.Context, limit int) ([]verdict.Latest, error) {
	records, err := s.changes.Raised(ctx, limit)
	if err != nil {
		return nil, err
	}
	var all []verdict.Latest
	for _, r := range records {
		v, err := s.newest(ctx, r, "")
		if err != nil {
			return nil, err
		}
		all = append(all, verdict.Latest{Record: r, Verdict: v})
	}
	return all, nil
}

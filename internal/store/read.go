package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/drift"
	"github.com/lintel-review/lintel/internal/effect"
	"github.com/lintel-review/lintel/internal/history"
	"github.com/lintel-review/lintel/internal/verdict"
)

// Verdicts returns the newest verdicts of a change, newest first.
func (s *Store) Verdicts(ctx context.Context, r change.Record, limit int) ([]verdict.Verdict, error) {
	rows, err := s.read.QueryContext(ctx, `SELECT `+verdictColumns+` FROM verdict WHERE change_id = $1 ORDER BY id DESC LIMIT $2`,
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

// Decided returns the decision of a change's newest verdict on a commit; nil when there is none or it is no longer kept.
func (s *Store) Decided(ctx context.Context, key change.Key, target string) ([]byte, error) {
	var digest string
	err := s.read.QueryRowContext(ctx, `SELECT decision FROM verdict WHERE change_id = $1 AND target = $2 ORDER BY id DESC LIMIT 1`,
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
	err := s.read.QueryRowContext(ctx,
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

// Lines returns the newest history of a change, newest first.
func (s *Store) Lines(ctx context.Context, key change.Key, limit int) ([]history.Line, error) {
	rows, err := s.read.QueryContext(ctx,
		`SELECT at, kind, detail, delivery, sha, actor FROM history WHERE change_id = $1 ORDER BY id DESC LIMIT $2`, key.String(), limit)
	if err != nil {
		return nil, fmt.Errorf("read history of %s: %w", key, err)
	}
	defer rows.Close()
	var all []history.Line
	for rows.Next() {
		l := history.Line{Key: key}
		var at int64
		if err := rows.Scan(&at, &l.Kind, &l.Detail, &l.Delivery, &l.SHA, &l.Actor); err != nil {
			return nil, fmt.Errorf("read history of %s: %w", key, err)
		}
		l.At = fromMillis(at)
		all = append(all, l)
	}
	return all, rows.Err()
}

// Effects returns what was published or is intended for a change, newest first.
func (s *Store) Effects(ctx context.Context, key change.Key, limit int) ([]effect.Posted, error) {
	rows, err := s.read.QueryContext(ctx, `SELECT `+effectColumns+` FROM effect WHERE change_id = $1 ORDER BY seq DESC LIMIT $2`,
		key.String(), limit)
	if err != nil {
		return nil, fmt.Errorf("read effects of %s: %w", key, err)
	}
	return scanEffects(rows)
}

// Repository returns what is remembered of a repository, and its installation.
func (s *Store) Repository(ctx context.Context, forge change.Forge, id int64) (change.Repository, int64, error) {
	r := change.Repository{ID: id}
	var installation, private int64
	err := s.read.QueryRowContext(ctx,
		`SELECT installation, owner, owner_id, name, private, default_branch FROM repository WHERE forge = $1 AND id = $2`, forge,
		id).Scan(&installation, &r.Owner, &r.OwnerID, &r.Name, &private, &r.DefaultBranch)
	if errors.Is(err, sql.ErrNoRows) {
		err = change.ErrNotFound
	}
	if err != nil {
		return change.Repository{}, 0, fmt.Errorf("read repository %s:%d: %w", forge, id, err)
	}
	r.Private = private != 0
	return r, installation, nil
}

// RepositoryNamed returns the repository that people call owner/name. It is change.ErrNotFound when it was never heard of.
func (s *Store) RepositoryNamed(ctx context.Context, forge change.Forge, owner, name string) (change.Repository, error) {
	var r change.Repository
	var private int64
	err := s.read.QueryRowContext(ctx,
		`SELECT id, owner, name, private, default_branch FROM repository WHERE forge = $1 AND lower(owner) = $2 AND `+
			`lower(name) = $3 ORDER BY gone, updated_at DESC LIMIT 1`,
		forge, strings.ToLower(owner), strings.ToLower(name)).Scan(&r.ID, &r.Owner, &r.Name, &private, &r.DefaultBranch)
	if errors.Is(err, sql.ErrNoRows) {
		err = change.ErrNotFound
	}
	if err != nil {
		return change.Repository{}, fmt.Errorf("find repository %s/%s: %w", owner, name, err)
	}
	r.Private = private != 0
	return r, nil
}

// Watched lists the repositories the App can see, the longest unscanned first.
func (s *Store) Watched(ctx context.Context, forge change.Forge, limit int) ([]drift.Repository, error) {
	rows, err := s.read.QueryContext(ctx,
		`SELECT id, installation, owner, name, private, default_branch, scanned_at FROM repository WHERE forge = $1 AND `+
			`gone = 0 ORDER BY scanned_at, id LIMIT $2`, forge, limit)
	if err != nil {
		return nil, fmt.Errorf("list repositories: %w", err)
	}
	defer rows.Close()
	var all []drift.Repository
	for rows.Next() {
		var w drift.Repository
		var private, scanned int64
		if err := rows.Scan(&w.ID, &w.Installation, &w.Owner, &w.Name, &private, &w.DefaultBranch, &scanned); err != nil {
			return nil, fmt.Errorf("list repositories: %w", err)
		}
		w.Private, w.ScannedAt = private != 0, fromMillis(scanned)
		all = append(all, w)
	}
	return all, rows.Err()
}

// Scanned records that a repository's open changes were listed.
func (s *Store) Scanned(ctx context.Context, forge change.Forge, id int64, at time.Time) error {
	if _, err := s.write.ExecContext(ctx, `UPDATE repository SET scanned_at = $1 WHERE forge = $2 AND id = $3`, millis(at), forge,
		id); err != nil {
		return fmt.Errorf("record scan of repository %d: %w", id, err)
	}
	return nil
}

// OpenChanges lists the open pull requests of a repository with when they were last looked at.
func (s *Store) OpenChanges(ctx context.Context, forge change.Forge, repo int64) ([]drift.Known, error) {
	rows, err := s.read.QueryContext(ctx,
		`SELECT `+recordColumns+
			`, COALESCE(v.taken_at, 0), COALESCE(v.control_files, ''), COALESCE(v.target, ''), `+
			`COALESCE(v.forge_updated, 0), c.teams <> '', c.unsure_at`+recordTables+
			`LEFT JOIN verdict v ON v.id = (SELECT MAX(id) FROM verdict WHERE change_id = c.id) WHERE c.forge = $1 AND `+
			`c.repo_id = $2 AND c.state = 'open' ORDER BY c.number`, forge, repo)
	if err != nil {
		return nil, fmt.Errorf("list open changes: %w", err)
	}
	defer rows.Close()
	var all []drift.Known
	for rows.Next() {
		var k drift.Known
		var taken, updated, unsure int64
		r, err := scanRecord(wide{rows, []any{&taken, &k.ControlFiles, &k.Judged, &updated, &k.Teams, &unsure}})
		if err != nil {
			return nil, fmt.Errorf("list open changes: %w", err)
		}
		k.Record, k.TakenAt, k.UpdatedAt, k.UnsureAt = r, fromMillis(taken), fromMillis(updated), fromMillis(unsure)
		all = append(all, k)
	}
	return all, rows.Err()
}

// wide scans columns that follow those of a record.
type wide struct {
	row   scanner
	extra []any
}

func (w wide) Scan(dest ...any) error { return w.row.Scan(append(dest, w.extra...)...) }

// Installations lists the installations that have open changes.
func (s *Store) Installations(ctx context.Context, forge change.Forge) ([]int64, error) {
	rows, err := s.read.QueryContext(ctx,
		`SELECT DISTINCT installation FROM change WHERE forge = $1 AND state = 'open' ORDER BY installation`, forge)
	if err != nil {
		return nil, fmt.Errorf("list installations: %w", err)
	}
	defer rows.Close()
	var all []int64
	for rows.Next() {
		var id int64
		if err := rows.Scan(&id); err != nil {
			return nil, fmt.Errorf("list installations: %w", err)
		}
		all = append(all, id)
	}
	return all, rows.Err()
}

// Lag is how long the change that waits longest has waited, and how many wait.
type Lag struct {
	Waiting int
	Oldest  time.Duration
}

// Lag measures the queue from the record: changes with something newer than their last evaluation, each since it began
// to wait for the look that is not finished. Events and sweeps that come meanwhile make none younger.
func (s *Store) Lag(ctx context.Context) (Lag, error) {
	var l Lag
	var oldest int64
	if err := s.read.QueryRowContext(ctx,
		`SELECT COUNT(*), COALESCE(MIN(waiting_since), 0) FROM change WHERE generation > evaluated AND state = 'open'`).Scan(&l.Waiting,
		&oldest); err != nil {
		return Lag{}, fmt.Errorf("measure queue lag: %w", err)
	}
	if l.Waiting > 0 {
		l.Oldest = max(0, s.now().Sub(fromMillis(oldest)))
	}
	return l, nil
}

// Lost lists open changes that were raised before a time and never judged since: their jobs are lost or failed for good.
func (s *Store) Lost(ctx context.Context, before time.Time, limit int) ([]change.Record, error) {
	rows, err := s.read.QueryContext(ctx,
		`SELECT `+recordColumns+recordTables+
			`WHERE c.generation > c.evaluated AND c.state = 'open' AND c.raised_at < $1 ORDER BY c.raised_at LIMIT $2`, millis(before),
		limit)
	if err != nil {
		return nil, fmt.Errorf("list lost changes: %w", err)
	}
	defer rows.Close()
	var all []change.Record
	for rows.Next() {
		r, err := scanRecord(rows)
		if err != nil {
			return nil, fmt.Errorf("list lost changes: %w", err)
		}
		all = append(all, r)
	}
	return all, rows.Err()
}

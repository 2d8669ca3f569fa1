package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/verdict"
)

// SameCommit returns the other open pull requests whose check belongs to the same commit as r's, by number, each with
// its newest verdict on it.
func (s *Store) SameCommit(ctx context.Context, r change.Record) ([]verdict.Peer, error) {
	if r.Key.Group != "" || r.Target() == "" {
		return nil, nil
	}
	rows, err := s.read.QueryContext(ctx,
		`SELECT `+recordColumns+recordTables+
			`WHERE c.forge = $1 AND c.repo_id = $2 AND c.target = $3 AND c.state = 'open' AND c.id <> $4 AND `+
			`c.merge_group = 'null' ORDER BY c.number LIMIT 100`,
		r.Forge, r.RepoID, r.Target(), r.Key.String())
	if err != nil {
		return nil, fmt.Errorf("list changes with the commit of %s: %w", r.Ref, err)
	}
	records, err := scanRecords(rows)
	if err != nil {
		return nil, fmt.Errorf("list changes with the commit of %s: %w", r.Ref, err)
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
	rows, err := s.read.QueryContext(ctx, `SELECT `+recordColumns+recordTables+`ORDER BY c.raised_at DESC, c.id LIMIT $1`, limit)
	if err != nil {
		return nil, fmt.Errorf("list recent changes: %w", err)
	}
	records, err := scanRecords(rows)
	if err != nil {
		return nil, fmt.Errorf("list recent changes: %w", err)
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

// newest is the newest verdict of a change, on a commit or, when that is empty, on any; nil when there is none.
func (s *Store) newest(ctx context.Context, r change.Record, target string) (*verdict.Verdict, error) {
	v, err := scanVerdict(
		s.read.QueryRowContext(ctx,
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

package outcomes

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"github.com/lintel-review/lintel/internal/audit"
	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/scorecard"
	"github.com/lintel-review/lintel/internal/store/sqldb"
)

// Noisy returns the rules that should not block in a repository, by their names.
func (s *Store) Noisy(ctx context.Context, forge change.Forge, repo int64) ([]change.NoisyRule, error) {
	rows, err := s.db.Reader().QueryContext(ctx,
		`SELECT rule, decided, unwanted FROM demotion WHERE forge = $1 AND repo_id = $2 ORDER BY rule`, forge, repo)
	if err != nil {
		return nil, fmt.Errorf("read noisy rules of repository %d: %w", repo, err)
	}
	defer rows.Close()
	var all []change.NoisyRule
	for rows.Next() {
		var n change.NoisyRule
		if err := rows.Scan(&n.Rule, &n.Decided, &n.Unwanted); err != nil {
			return nil, fmt.Errorf("read noisy rules of repository %d: %w", repo, err)
		}
		all = append(all, n)
	}
	return all, rows.Err()
}

// Demotions returns the demotions of all repositories, the newest first.
func (s *Store) Demotions(ctx context.Context, limit int) ([]scorecard.Demotion, error) {
	rows, err := s.db.Reader().QueryContext(ctx,
		`SELECT COALESCE(r.owner || '/' || r.name, ''), d.rule, d.decided, d.unwanted, d.created_at, d.applied_at FROM demotion d `+
			`LEFT JOIN repository r ON r.forge = d.forge AND r.id = d.repo_id ORDER BY d.created_at DESC, 1, 2 LIMIT $1`, limit)
	if err != nil {
		return nil, fmt.Errorf("read demotions: %w", err)
	}
	defer rows.Close()
	var all []scorecard.Demotion
	for rows.Next() {
		var d scorecard.Demotion
		var created, applied int64
		if err := rows.Scan(&d.Repository, &d.Rule, &d.Decided, &d.Unwanted, &created, &applied); err != nil {
			return nil, fmt.Errorf("read demotions: %w", err)
		}
		d.Since, d.AppliedAt = sqldb.Time(created), sqldb.Time(applied)
		all = append(all, d)
	}
	return all, rows.Err()
}

// Review proposes a demotion for each rule that became noisy in a repository, unless it is exempt, and withdraws those
// that the evidence no longer supports and that no verdict rests on. An applied demotion stands until its owner undoes
// it by a setting. It returns how many were proposed.
func (s *Store) Review(ctx context.Context, exempt func(rule string) bool) (proposed int, err error) {
	repositories, err := s.counted(ctx)
	if err != nil {
		return 0, err
	}
	for _, key := range repositories {
		counts, err := s.Scores(ctx, key.Forge, key.RepoID, scorecard.Recent(s.db.Now()))
		if err != nil {
			return proposed, err
		}
		noisy := map[string]scorecard.Card{}
		for _, card := range scorecard.Cards(counts) {
			if card.Noisy() && !exempt(card.Rule) {
				noisy[card.Rule] = card
			}
		}
		n := 0
		err = s.db.Transact(ctx, "review demotions", func(tx *sql.Tx) (err error) {
			n, err = s.demote(ctx, tx, key, noisy)
			return err
		})
		if err != nil {
			return proposed, err
		}
		proposed += n
	}
	return proposed, nil
}

// counted are the repositories with counts that can bear on a demotion, or with a demotion.
func (s *Store) counted(ctx context.Context) ([]change.Key, error) {
	rows, err := s.db.Reader().QueryContext(ctx, `SELECT forge || '', repo_id FROM tally WHERE repo_id <> 0 AND day >= $1
		UNION SELECT forge, repo_id FROM demotion`, scorecard.Day(scorecard.Recent(s.db.Now())))
	if err != nil {
		return nil, fmt.Errorf("list repositories with outcomes: %w", err)
	}
	defer rows.Close()
	var all []change.Key
	for rows.Next() {
		var key change.Key
		if err := rows.Scan(&key.Forge, &key.RepoID); err != nil {
			return nil, fmt.Errorf("list repositories with outcomes: %w", err)
		}
		all = append(all, key)
	}
	return all, rows.Err()
}

func (s *Store) demote(ctx context.Context, tx *sql.Tx, key change.Key, noisy map[string]scorecard.Card) (proposed int, err error) {
	standing, err := applied(ctx, tx, key)
	if err != nil {
		return 0, err
	}
	for rule, card := range noisy {
		unwanted := card.Unwanted()
		_, err := tx.ExecContext(ctx, `INSERT INTO demotion (forge, repo_id, rule, decided, unwanted, created_at, applied_at)
			VALUES ($1,$2,$3,$4,$5,$6,0) ON CONFLICT (forge, repo_id, rule) DO UPDATE SET decided = excluded.decided,
			unwanted = excluded.unwanted WHERE demotion.applied_at = 0`,
			key.Forge, key.RepoID, rule, card.Decided, unwanted, sqldb.Millis(s.db.Now()))
		if err != nil {
			return 0, err
		}
		if _, ok := standing[rule]; ok {
			continue
		}
		proposed++
		detail := map[string]string{"rule": rule, "decided": strconv.FormatInt(card.Decided, 10),
			"unwanted": strconv.FormatInt(unwanted, 10)}
		if err := s.note(ctx, tx, audit.DemotionProposed, key, "", detail); err != nil {
			return 0, err
		}
	}
	for rule, applied := range standing {
		if _, still := noisy[rule]; still || applied > 0 {
			continue
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM demotion WHERE forge = $1 AND repo_id = $2 AND rule = $3`,
			key.Forge, key.RepoID, rule); err != nil {
			return 0, err
		}
		if err := s.note(ctx, tx, audit.DemotionWithdrawn, key, "", map[string]string{"rule": rule}); err != nil {
			return 0, err
		}
	}
	return proposed, nil
}

// applyTx keeps that a verdict rests on the demotions of these rules and no others, with an audit record of each that
// took effect or was undone by the settings.
func (s *Store) applyTx(ctx context.Context, tx *sql.Tx, key change.Key, sha string, rules []string) error {
	standing, err := applied(ctx, tx, key)
	if err != nil {
		return err
	}
	for rule, at := range standing {
		in := slices.Contains(rules, rule)
		if in == (at > 0) {
			continue
		}
		act, now := audit.RuleDemoted, sqldb.Millis(s.db.Now())
		if !in {
			act, now = audit.DemotionUndone, 0
		}
		if _, err := tx.ExecContext(ctx, `UPDATE demotion SET applied_at = $1 WHERE forge = $2 AND repo_id = $3 AND rule = $4`,
			now, key.Forge, key.RepoID, rule); err != nil {
			return fmt.Errorf("keep the demotion of %s: %w", rule, err)
		}
		if err := s.note(ctx, tx, act, key, sha, map[string]string{"rule": rule}); err != nil {
			return err
		}
	}
	return nil
}

// applied is when each demotion of a repository took effect; 0 for one that is proposed alone.
func applied(ctx context.Context, tx *sql.Tx, key change.Key) (map[string]int64, error) {
	rows, err := tx.QueryContext(ctx, `SELECT rule, applied_at FROM demotion WHERE forge = $1 AND repo_id = $2`, key.Forge, key.RepoID)
	if err != nil {
		return nil, fmt.Errorf("read demotions of repository %d: %w", key.RepoID, err)
	}
	defer rows.Close()
	all := map[string]int64{}
	for rows.Next() {
		var rule string
		var at int64
		if err := rows.Scan(&rule, &at); err != nil {
			return nil, fmt.Errorf("read demotions of repository %d: %w", key.RepoID, err)
		}
		all[rule] = at
	}
	return all, errors.Join(rows.Err(), rows.Close())
}

func (s *Store) note(ctx context.Context, tx *sql.Tx, act audit.Act, key change.Key, sha string, detail map[string]string) error {
	entry := audit.Entry{Act: act, Actor: "lintel", Forge: string(key.Forge), RepoID: key.RepoID, SHA: sha, Detail: detail}
	if key.Number != 0 {
		entry.Change = key.String()
	}
	return s.log.AppendTx(ctx, tx, entry)
}

package effects

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/effect"
	"github.com/lintel-review/lintel/internal/plan"
	"github.com/lintel-review/lintel/internal/store/sqldb"
	"github.com/lintel-review/lintel/internal/thread"
)

// Findings returns the findings of a change that were posted or wait to be, oldest first, each with its newest inline
// comment.
func (s *Store) Findings(ctx context.Context, key change.Key) ([]thread.Finding, error) {
	return findings(ctx, s.db.Reader(), key)
}

func findings(ctx context.Context, q sqldb.Querier, key change.Key) ([]thread.Finding, error) {
	rows, err := q.QueryContext(ctx,
		`SELECT point, about, path, sha, state, reason, actor, created_at, changed_at FROM point WHERE change_id = $1 `+
			`ORDER BY created_at, point`, key.String())
	if err != nil {
		return nil, fmt.Errorf("read findings of %s: %w", key, err)
	}
	defer rows.Close()
	var all []thread.Finding
	for rows.Next() {
		p := thread.Finding{Key: key}
		var about string
		var created, changed int64
		if err := rows.Scan(&p.Fingerprint, &about, &p.Path, &p.SHA, &p.State, &p.Reason, &p.Actor, &created, &changed); err != nil {
			return nil, fmt.Errorf("read findings of %s: %w", key, err)
		}
		if err := json.Unmarshal([]byte(about), &p.About); err != nil {
			return nil, fmt.Errorf("read finding %s of %s: %w", p.Fingerprint, key, err)
		}
		p.At, p.ChangedAt = sqldb.Time(created), sqldb.Time(changed)
		all = append(all, p)
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil || len(all) == 0 {
		return nil, err
	}
	return all, withComments(ctx, q, key, all)
}

// withComments adds the newest inline comment of each finding.
func withComments(ctx context.Context, q sqldb.Querier, key change.Key, all []thread.Finding) error {
	rows, err := q.QueryContext(ctx, `SELECT `+effectColumns+` FROM effect e WHERE change_id = $1 AND kind = 'remark' AND NOT EXISTS
		(SELECT 1 FROM effect n WHERE n.change_id = e.change_id AND n.kind = 'remark' AND n.name = e.name AND n.seq > e.seq)`, key.String())
	if err != nil {
		return fmt.Errorf("read inline comments of %s: %w", key, err)
	}
	comments, err := scanEffects(rows)
	if err != nil {
		return err
	}
	byFingerprint := map[string]*effect.Posted{}
	for i := range comments {
		byFingerprint[comments[i].Effect.Inline.Fingerprint] = &comments[i]
	}
	for i := range all {
		all[i].Posted = byFingerprint[all[i].Fingerprint]
	}
	return nil
}

// storeIntended stores the finding that an inline comment is about. A dismissed finding keeps its state: the record is
// the truth, whatever was composed.
func (s *Store) storeIntended(ctx context.Context, tx *sql.Tx, key change.Key, m effect.InlineComment) error {
	state := thread.Open
	switch {
	case m.AddressedIn != "":
		state = thread.Addressed
	case m.Draft:
		state = thread.Waiting
	}
	return s.storeFinding(ctx, tx, thread.Finding{
		Key:         key,
		Fingerprint: m.Fingerprint,
		About:       m.About,
		Path:        m.Path,
		SHA:         m.SHA,
		State:       state,
	})
}

func (s *Store) storeFinding(ctx context.Context, tx *sql.Tx, p thread.Finding) error {
	about, err := json.Marshal(p.About)
	if err != nil {
		return fmt.Errorf("encode finding %s: %w", p.Fingerprint, err)
	}
	now := sqldb.Millis(s.db.Now())
	_, err = tx.ExecContext(ctx,
		`INSERT INTO point (change_id, point, forge, repo_id, origin, rule, category, severity, path, symbol, about, sha, state, reason, actor, counts, created_at, changed_at)
		VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,$15,1,$16,$16)
		ON CONFLICT (change_id, point) DO UPDATE SET path = excluded.path, sha = excluded.sha, about = excluded.about, severity = excluded.severity, symbol = excluded.symbol,
		changed_at = CASE WHEN point.state = excluded.state OR point.state = 'dismissed' THEN point.changed_at ELSE excluded.changed_at END,
		reason = CASE WHEN point.state = excluded.state OR point.state = 'dismissed' THEN point.reason ELSE excluded.reason END,
		actor = CASE WHEN point.state = excluded.state OR point.state = 'dismissed' THEN point.actor ELSE excluded.actor END,
		state = CASE WHEN point.state = 'dismissed' THEN point.state ELSE excluded.state END`,
		p.Key.String(), p.Fingerprint, p.Key.Forge, p.Key.RepoID, p.About.Origin, p.About.Rule, p.About.Category, p.About.Severity, p.Path,
		p.About.Symbol, string(about), p.SHA, p.State, p.Reason, p.Actor, now)
	if err != nil {
		return fmt.Errorf("store finding %s of %s: %w", p.Fingerprint, p.Key, err)
	}
	return nil
}

// setState moves a finding to a state.
func (s *Store) setState(ctx context.Context, tx *sql.Tx, key change.Key, fingerprint string, state thread.State,
	actor, reason string) error {
	_, err := tx.ExecContext(ctx,
		`UPDATE point SET state = $1, actor = $2, reason = $3, changed_at = $4 WHERE change_id = $5 AND point = $6 AND state <> $1`,
		state, actor, reason, sqldb.Millis(s.db.Now()), key.String(), fingerprint)
	if err != nil {
		return fmt.Errorf("store state of finding %s of %s: %w", fingerprint, key, err)
	}
	return nil
}

// outcome stores an outcome and reports whether it is new.
func (s *Store) outcome(ctx context.Context, tx *sql.Tx, o thread.Outcome) (fresh bool, err error) {
	id, err := s.db.NextID(ctx, tx)
	if err != nil {
		return false, err
	}
	res, err := tx.ExecContext(ctx,
		`INSERT INTO outcome (id, change_id, point, kind, actor, role, at, sha, source) VALUES `+
			`($1,$2,$3,$4,$5,$6,$7,$8,$9) ON CONFLICT (change_id, point, kind, source) DO NOTHING`,
		id, o.Key.String(), o.Fingerprint, o.Kind, o.Actor, o.Role, sqldb.Millis(o.At), o.SHA, o.Source)
	if err != nil {
		return false, fmt.Errorf("store outcome of finding %s of %s: %w", o.Fingerprint, o.Key, err)
	}
	n, err := res.RowsAffected()
	return n > 0, err
}

// Outcomes returns what became of the findings of a change, oldest first.
func (s *Store) Outcomes(ctx context.Context, key change.Key) ([]thread.Outcome, error) {
	rows, err := s.db.Reader().QueryContext(ctx,
		`SELECT point, kind, actor, role, at, sha, source FROM outcome WHERE change_id = $1 ORDER BY id`, key.String())
	if err != nil {
		return nil, fmt.Errorf("read outcomes of %s: %w", key, err)
	}
	defer rows.Close()
	var all []thread.Outcome
	for rows.Next() {
		o := thread.Outcome{Key: key}
		var at int64
		if err := rows.Scan(&o.Fingerprint, &o.Kind, &o.Actor, &o.Role, &at, &o.SHA, &o.Source); err != nil {
			return nil, fmt.Errorf("read outcomes of %s: %w", key, err)
		}
		o.At = sqldb.Time(at)
		all = append(all, o)
	}
	return all, rows.Err()
}

// FoundTx follows the findings of rules: new ones are stored; those that are not found any more are addressed, or
// cleared when the head is the same.
func (s *Store) FoundTx(ctx context.Context, tx *sql.Tx, look plan.Look) error {
	if look.Verdict == nil {
		return nil
	}
	key, now, head := look.Record.Key, s.db.Now(), look.Verdict.Head
	rows, err := tx.QueryContext(ctx, `SELECT point, rule, state, sha FROM point WHERE change_id = $1 AND origin = 'rule'`, key.String())
	if err != nil {
		return fmt.Errorf("read findings of %s: %w", key, err)
	}
	defer rows.Close()
	type was struct {
		rule  string
		state thread.State
		sha   string
	}
	before := map[string]was{}
	for rows.Next() {
		var name string
		var w was
		if err := rows.Scan(&name, &w.rule, &w.state, &w.sha); err != nil {
			return fmt.Errorf("read findings of %s: %w", key, err)
		}
		before[name] = w
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return fmt.Errorf("read findings of %s: %w", key, err)
	}
	found := map[string]bool{}
	for _, p := range look.Found {
		found[p.Fingerprint] = true
		if w, ok := before[p.Fingerprint]; ok && w.state == thread.Open && w.sha == head {
			continue
		}
		p.Key, p.SHA, p.State = key, head, thread.Open
		if err := s.storeFinding(ctx, tx, p); err != nil {
			return err
		}
	}
	for name, w := range before {
		if found[name] || w.state != thread.Open || slices.Contains(look.Unjudged, w.rule) || slices.Contains(look.Unjudged, "*") {
			continue
		}
		kind := thread.AddressedBy
		if w.sha == head {
			kind = thread.Cleared
		}
		if _, err := s.outcome(ctx, tx,
			thread.Outcome{
				Key:         key,
				Fingerprint: name,
				Kind:        kind,
				At:          now,
				SHA:         head,
				Source:      fmt.Sprintf("look:%s:%d", head, look.Verdict.Generation),
			}); err != nil {
			return err
		}
		if err := s.setState(ctx, tx, key, name, thread.Addressed, "", string(kind)); err != nil {
			return err
		}
	}
	return nil
}

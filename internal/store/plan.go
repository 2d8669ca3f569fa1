package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/delivery"
	"github.com/lintel-review/lintel/internal/effect"
	"github.com/lintel-review/lintel/internal/plan"
	"github.com/lintel-review/lintel/internal/verdict"
)

// SavePlan stores the outcome of a look and, in the same transaction, the effects that compose makes of it and of what
// stands on the commit. Two pull requests with one commit are thereby composed one after the other, never at once.
// compose must be pure and quick; it is called at most once. When the look finds that the change left its commit, or is
// over, the others with that commit are asked for in the same transaction.
func (s *Store) SavePlan(ctx context.Context, look plan.Look, compose func(plan.Standing) ([]effect.Effect, error)) ([]effect.Effect,
	error) {
	var planned []effect.Effect
	var raised []change.Key
	err := s.transact(ctx, "save plan of "+look.Record.Ref.String(), func(tx *sql.Tx) error {
		var left *delivery.ReviewRequest
		var err error
		if !look.KeepRecord {
			if left, err = s.leftBehind(ctx, tx, look.Record.Ref, look.Record.State == change.Open, look.Record.Target()); err != nil {
				return err
			}
		}
		if err := s.saveLook(ctx, tx, look); err != nil {
			return err
		}
		if err := s.recordFeedback(ctx, tx, look.Record.Forge, look.Record.RepoID, look.Feedback, look.Record.Head.SHA); err != nil {
			return err
		}
		if left != nil {
			if raised, err = s.requestLooks(ctx, tx, "", *left); err != nil {
				return err
			}
		}
		standing, err := s.standing(ctx, tx, look.Record)
		if err != nil {
			return err
		}
		if planned, err = compose(standing); err != nil {
			return fmt.Errorf("compose: %w", err)
		}
		more, err := s.keepEffects(ctx, tx, look.Record.Ref, planned, standing.Sequence)
		raised = append(raised, more...)
		return err
	})
	if err != nil {
		return nil, err
	}
	if len(raised) > 0 {
		s.jobs.Ring()
	}
	return planned, nil
}

func (s *Store) saveLook(ctx context.Context, tx *sql.Tx, look plan.Look) error {
	r, now := look.Record, s.now()
	for _, l := range look.Lines {
		if err := s.line(ctx, tx, l); err != nil {
			return err
		}
	}
	if look.KeepRecord && !look.Unsure {
		return nil
	}
	unsure := int64(0)
	if look.Unsure {
		unsure = millis(now)
	}
	if _, err := tx.ExecContext(ctx, `UPDATE change SET unsure_at = $1 WHERE id = $2`, unsure, r.Key.String()); err != nil ||
		look.KeepRecord {
		return err
	}
	teams := ""
	if len(look.Teams) > 0 {
		teams = "," + strings.Join(look.Teams, ",") + ","
	}
	_, err := tx.ExecContext(ctx,
		`UPDATE change SET state = $1, target = $2, head_sha = $3, head_ref = $4, base_sha = $5, base_ref = $6, draft = `+
			`$7, teams = $8, updated_at = $9 WHERE id = $10`,
		r.State, r.Target(), r.Head.SHA, r.Head.Ref, r.Base.SHA, r.Base.Ref, flag(look.Draft), teams, millis(now), r.Key.String())
	if err != nil {
		return fmt.Errorf("keep change: %w", err)
	}
	for _, e := range look.Evidence {
		if err := s.keepEvidence(ctx, tx, e); err != nil {
			return err
		}
	}
	if err := s.keepWait(ctx, tx, look); err != nil {
		return err
	}
	v := look.Verdict
	if v == nil {
		return nil
	}
	if err := s.keepFound(ctx, tx, look); err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx,
		`INSERT INTO verdict (id, change_id, generation, target, head, base_ref, base_sha, merge_base, conclusion, digest, facts, policy, settings, decision, engine, controls, control_files, title, forge_updated, taken_at, decided_at)
		VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,$15,$16,$17,$18,$19,$20,$21)`,
		s.id(), r.Key.String(), v.Generation, v.Target, v.Head, v.Base.Ref, v.Base.SHA, v.MergeBase, v.Conclusion, v.Digest, v.Facts,
		v.Policy, v.Settings, v.Decision, v.Engine, v.Controls, v.ControlFiles, v.Title, millis(v.UpdatedAt), millis(v.TakenAt),
		millis(v.DecidedAt))
	if err != nil {
		return fmt.Errorf("keep verdict: %w", err)
	}
	return nil
}

func (s *Store) keepEvidence(ctx context.Context, tx *sql.Tx, e verdict.Evidence) error {
	var have int
	err := tx.QueryRowContext(ctx, `SELECT 1 FROM evidence WHERE digest = $1`, e.Digest).Scan(&have)
	if err == nil {
		return nil
	}
	if !errors.Is(err, sql.ErrNoRows) {
		return fmt.Errorf("look for evidence: %w", err)
	}
	packed, err := compress(e.Body)
	if err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx,
		`INSERT INTO evidence (digest, kind, body, created_at) VALUES ($1,$2,$3,$4) ON CONFLICT (digest) DO NOTHING`, e.Digest, e.Kind,
		packed, millis(s.now())); err != nil {
		return fmt.Errorf("keep evidence: %w", err)
	}
	return nil
}

// Evidence returns the document kept under a digest, or change.ErrNotFound when it was never kept or its retention is over.
func (s *Store) Evidence(ctx context.Context, digest string) ([]byte, error) {
	var packed []byte
	err := s.read.QueryRowContext(ctx, `SELECT body FROM evidence WHERE digest = $1`, digest).Scan(&packed)
	if errors.Is(err, sql.ErrNoRows) {
		err = change.ErrNotFound
	}
	if err != nil {
		return nil, fmt.Errorf("read evidence %s: %w", digest, err)
	}
	body, err := unpack(packed)
	if err != nil {
		return nil, fmt.Errorf("read evidence %s: %w", digest, err)
	}
	return body, nil
}

func (s *Store) standing(ctx context.Context, tx *sql.Tx, r change.Record) (plan.Standing, error) {
	st := plan.Standing{Checks: map[string]effect.Posted{}}
	if err := s.peers(ctx, tx, r, &st); err != nil {
		return st, err
	}
	rows, err := tx.QueryContext(ctx,
		`SELECT `+effectColumns+` FROM effect e WHERE forge = $1 AND repo_id = $2 AND sha = $3 AND kind = 'check' AND NOT EXISTS
		(SELECT 1 FROM effect n WHERE n.forge = e.forge AND n.repo_id = e.repo_id AND n.sha = e.sha AND n.name = e.name AND n.kind = 'check' AND n.seq > e.seq) ORDER BY seq`, r.Forge, r.RepoID, r.Target())
	if err != nil {
		return st, fmt.Errorf("read published checks: %w", err)
	}
	published, err := scanEffects(rows)
	if err != nil {
		return st, err
	}
	for _, p := range published {
		st.Checks[p.Effect.Check.Name] = p
	}
	rows, err = tx.QueryContext(ctx,
		`SELECT `+effectColumns+
			` FROM effect WHERE change_id = $1 AND kind = 'comment' AND NOT (done_at <> 0 AND remote_id = 0) ORDER BY seq DESC LIMIT 1`,
		r.Key.String())
	if err != nil {
		return st, fmt.Errorf("read published comment: %w", err)
	}
	if published, err = scanEffects(rows); err != nil {
		return st, err
	}
	if len(published) > 0 {
		st.Comment = &published[0]
	}
	if st.Findings, err = points(ctx, tx, r.Key); err != nil {
		return st, err
	}
	st.Sequence = s.id()
	return st, nil
}

func (s *Store) peers(ctx context.Context, tx *sql.Tx, r change.Record, st *plan.Standing) error {
	if r.Key.Group != "" {
		return nil
	}
	rows, err := tx.QueryContext(ctx,
		`SELECT `+recordColumns+recordTables+
			`WHERE c.forge = $1 AND c.repo_id = $2 AND c.target = $3 AND c.state = 'open' AND c.id <> $4 AND `+
			`c.merge_group = 'null' ORDER BY c.number`, r.Forge, r.RepoID, r.Target(), r.Key.String())
	if err != nil {
		return fmt.Errorf("read changes with the same commit: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		peer, err := scanRecord(rows)
		if err != nil {
			return fmt.Errorf("read change with the same commit: %w", err)
		}
		st.Peers = append(st.Peers, verdict.Peer{Record: peer})
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return fmt.Errorf("read changes with the same commit: %w", err)
	}
	for i := range st.Peers {
		p := &st.Peers[i]
		v, err := scanVerdict(
			tx.QueryRowContext(ctx,
				`SELECT `+verdictColumns+` FROM verdict WHERE change_id = $1 AND target = $2 ORDER BY id DESC LIMIT 1`,
				p.Record.Key.String(), r.Target()))
		if errors.Is(err, sql.ErrNoRows) {
			continue
		}
		if err != nil {
			return fmt.Errorf("read verdict of %s: %w", p.Record.Ref, err)
		}
		v.Ref = p.Record.Ref
		p.Verdict = &v
	}
	return nil
}

// keepEffects keeps effects. The check tells of drafts of remarks and has the button that releases them, and only a
// look writes the check: so one is asked for.
func (s *Store) keepEffects(ctx context.Context, tx *sql.Tx, ref change.Ref, all []effect.Effect, seq int64) (raised []change.Key,
	err error) {
	drafts := false
	for _, e := range all {
		if err := s.keepEffect(ctx, tx, e, seq); err != nil {
			return nil, err
		}
		drafts = drafts || e.Inline != nil && e.Inline.Draft
	}
	if !drafts {
		return nil, nil
	}
	return s.requestLooks(ctx, tx, "",
		delivery.ReviewRequest{
			Ref:          &ref,
			Forge:        ref.Forge,
			RepoID:       ref.RepoID,
			Installation: ref.Installation,
			Lane:         delivery.Interactive,
			Why:          "drafts of comments changed",
		})
}

func (s *Store) keepEffect(ctx context.Context, tx *sql.Tx, e effect.Effect, seq int64) error {
	body, err := json.Marshal(e)
	if err != nil {
		return fmt.Errorf("encode effect %s: %w", e.Key, err)
	}
	var name, sha, status, digest string
	switch {
	case e.Check != nil:
		name, sha, status, digest = e.Check.Name, e.Check.SHA, string(e.Check.Status), e.Check.Digest
	case e.Comment != nil:
		digest = e.Comment.Digest
	case e.Inline != nil:
		if err := e.Inline.Check(); err != nil {
			return fmt.Errorf("effect %s: %w", e.Key, err)
		}
		name, sha = e.Inline.Fingerprint, e.Inline.SHA
		if e.Inline.Draft {
			status = draft
		}
		if err := s.keepIntended(ctx, tx, e.Ref.Key, *e.Inline); err != nil {
			return err
		}
	default:
		return fmt.Errorf("effect %s intends nothing", e.Key)
	}
	_, err = tx.ExecContext(ctx,
		`INSERT INTO effect (key, change_id, forge, repo_id, kind, name, sha, status, digest, body, seq, attempts, error, remote_id, url, found, created_at, done_at)
		VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,0,'',0,'',0,$12,0) ON CONFLICT (key) DO NOTHING`,
		e.Key, e.Ref.Key.String(), e.Ref.Forge, e.Ref.RepoID, e.Kind(), name, sha, status, digest, string(body), seq, millis(s.now()))
	if err != nil {
		return fmt.Errorf("keep effect %s: %w", e.Key, err)
	}
	return nil
}

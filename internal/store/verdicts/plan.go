package verdicts

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/delivery"
	"github.com/lintel-review/lintel/internal/effect"
	"github.com/lintel-review/lintel/internal/plan"
	"github.com/lintel-review/lintel/internal/store/changes"
	"github.com/lintel-review/lintel/internal/store/sqldb"
	"github.com/lintel-review/lintel/internal/verdict"
)

// SavePlan stores the outcome of a look and, in the same transaction, the effects that compose makes of it and of what
// stands on the commit. Two changes with one commit are thereby composed one after the other, never at once.
// compose must be pure and quick; it is called at most once. When the look finds that the change left its commit, or is
// over, the same transaction asks for looks at the others with that commit.
func (s *Store) SavePlan(ctx context.Context, look plan.Look, compose func(plan.Standing) ([]effect.Effect, error)) ([]effect.Effect,
	error) {
	var planned []effect.Effect
	var raised []change.Key
	queued := false
	var evidence []packed
	if !look.KeepRecord {
		evidence = pack(look.Evidence)
	}
	partition := changes.Partition(look.Record.Forge, look.Record.RepoID)
	err := s.db.TransactIn(ctx, "save plan of "+look.Record.Ref.String(), partition, func(tx *sql.Tx) error {
		raised, queued = nil, false
		if err := s.current(ctx, tx, look.Record); err != nil {
			return err
		}
		var left *delivery.ReviewRequest
		var err error
		if !look.KeepRecord {
			left, err = s.changes.LeftBehindTx(ctx, tx, look.Record.Ref, look.Record.State == change.Open, look.Record.Target())
			if err != nil {
				return err
			}
		}
		if err := s.changes.SaveLookTx(ctx, tx, look); err != nil {
			return err
		}
		if err := s.saveVerdict(ctx, tx, look, evidence); err != nil {
			return err
		}
		if err := s.outcomes.LookTx(ctx, tx, look); err != nil {
			return err
		}
		if err := s.noteSettings(ctx, tx, look); err != nil {
			return err
		}
		if err := s.flow.LookTx(ctx, tx, look.Happened); err != nil {
			return err
		}
		if look.Checks != nil {
			if queued, err = s.checks.WantTx(ctx, tx, look.Record.Key, look.Record.Target(), look.Checks); err != nil {
				return err
			}
		}
		if look.Turned != nil {
			if err := s.control.TurnedTx(ctx, tx, *look.Turned); err != nil {
				return err
			}
		}
		err = s.effects.RecordFeedbackTx(ctx, tx, look.Record.Forge, look.Record.RepoID, look.Feedback, look.Record.Head.SHA)
		if err != nil {
			return err
		}
		if left != nil {
			if raised, err = s.changes.RequestLooksTx(ctx, tx, "", *left); err != nil {
				return err
			}
		}
		var more []change.Key
		planned, more, err = s.ComposeTx(ctx, tx, look.Record, compose)
		raised = append(raised, more...)
		return err
	})
	if err != nil {
		return nil, err
	}
	if queued || len(raised) > 0 {
		s.jobs.Ring()
	}
	return planned, nil
}

// current refuses a look that began before one whose verdict is kept: its process was cut off from the database for so
// long that another one did its work. What it saw is older. A record without a generation is of no look: it concludes
// what an earlier one left behind.
func (s *Store) current(ctx context.Context, tx *sql.Tx, r change.Record) error {
	if r.Generation == 0 {
		return nil
	}
	var newest int64
	err := tx.QueryRowContext(ctx, `SELECT generation FROM verdict WHERE change_id = $1 ORDER BY id DESC LIMIT 1`, r.Key.String()).
		Scan(&newest)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read the newest verdict of %s: %w", r.Ref, err)
	}
	if newest > r.Generation {
		return fmt.Errorf("%w: %s was judged at generation %d, this look began at %d", plan.ErrOutdated, r.Ref, newest, r.Generation)
	}
	return nil
}

// ComposeTx lets compose make effects of what stands for a change, and saves them. raised are the changes that are
// looked at again because of them; the caller rings the queue after the commit.
func (s *Store) ComposeTx(ctx context.Context, tx *sql.Tx, r change.Record, compose func(plan.Standing) ([]effect.Effect, error)) (
	planned []effect.Effect, raised []change.Key, err error) {
	standing, err := s.standing(ctx, tx, r)
	if err != nil {
		return nil, nil, err
	}
	if planned, err = compose(standing); err != nil {
		return nil, nil, fmt.Errorf("compose: %w", err)
	}
	raised, err = s.effects.SaveTx(ctx, tx, r.Ref, planned, standing.Sequence)
	return planned, raised, err
}

// saveVerdict stores what a look came to. A look that must not change the record came to nothing.
func (s *Store) saveVerdict(ctx context.Context, tx *sql.Tx, look plan.Look, evidence []packed) error {
	if look.KeepRecord {
		return nil
	}
	if err := s.storeEvidence(ctx, tx, evidence); err != nil {
		return err
	}
	v := look.Verdict
	if v == nil {
		return nil
	}
	if err := s.effects.FoundTx(ctx, tx, look); err != nil {
		return err
	}
	id, err := s.db.NextID(ctx, tx)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx,
		`INSERT INTO verdict (id, change_id, generation, target, head, base_ref, base_sha, merge_base, conclusion, digest, facts, policy, settings, decision, engine, controls, control_files, title, forge_updated, taken_at, decided_at)
		VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,$15,$16,$17,$18,$19,$20,$21)`,
		id, look.Record.Key.String(), v.Generation, v.Target, v.Head, v.Base.Ref, v.Base.SHA, v.MergeBase,
		v.Conclusion, v.Digest, v.Facts, v.Policy, v.Settings, v.Decision, v.Engine, v.Controls, v.ControlFiles, v.Title,
		sqldb.Millis(v.UpdatedAt), sqldb.Millis(v.TakenAt), sqldb.Millis(v.DecidedAt))
	if err != nil {
		return fmt.Errorf("store verdict: %w", err)
	}
	return nil
}

// standing is what stands for a change when its plan is composed.
func (s *Store) standing(ctx context.Context, tx *sql.Tx, r change.Record) (plan.Standing, error) {
	var st plan.Standing
	peers, err := s.changes.SharingTx(ctx, tx, r)
	if err != nil {
		return st, err
	}
	for _, other := range peers {
		peer := verdict.Peer{Record: other}
		v, err := scanVerdict(
			tx.QueryRowContext(ctx,
				`SELECT `+verdictColumns+` FROM verdict WHERE change_id = $1 AND target = $2 ORDER BY id DESC LIMIT 1`,
				other.Key.String(), r.Target()))
		switch {
		case err == nil:
			v.Ref = other.Ref
			peer.Verdict = &v
		case !errors.Is(err, sql.ErrNoRows):
			return st, fmt.Errorf("read verdict of %s: %w", other.Ref, err)
		}
		st.Peers = append(st.Peers, peer)
	}
	if err := s.effects.StandingTx(ctx, tx, r, &st); err != nil {
		return st, err
	}
	st.Sequence, err = s.db.NextID(ctx, tx)
	return st, err
}

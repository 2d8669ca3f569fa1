package effects

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/effect"
	"github.com/lintel-review/lintel/internal/plan"
)

// HoldsMerge reports whether the newest check of a name on a commit, carried out or intended, holds a merge: it ended, and
// not with success. Where there is none, nothing is held; one in progress ends soon, and then says so itself.
func (s *Store) HoldsMerge(ctx context.Context, forge change.Forge, repo int64, sha, name string) (bool, error) {
	rows, err := s.db.Reader().QueryContext(ctx,
		`SELECT `+effectColumns+` FROM effect WHERE forge = $1 AND repo_id = $2 AND sha = $3 AND name = $4 AND kind = 'check' `+
			`ORDER BY seq DESC LIMIT 1`,
		forge, repo, sha, name)
	if err != nil {
		return false, fmt.Errorf("read the check of commit %s: %w", change.Short(sha), err)
	}
	newest, err := scanEffects(rows)
	if err != nil || len(newest) == 0 {
		return false, err
	}
	c := newest[0].Effect.Check
	return c.Status == effect.Completed && c.Conclusion != effect.Success, nil
}

// StandingTx adds to what stands when a plan is composed: the newest checks on the change's commit, its comment, and
// its findings.
func (s *Store) StandingTx(ctx context.Context, tx *sql.Tx, r change.Record, st *plan.Standing) error {
	st.Checks = map[string]effect.Posted{}
	rows, err := tx.QueryContext(ctx,
		`SELECT `+effectColumns+` FROM effect e WHERE forge = $1 AND repo_id = $2 AND sha = $3 AND kind = 'check' AND NOT EXISTS
		(SELECT 1 FROM effect n WHERE n.forge = e.forge AND n.repo_id = e.repo_id AND n.sha = e.sha AND n.name = e.name AND n.kind = 'check' AND n.seq > e.seq) ORDER BY seq`, r.Forge, r.RepoID, r.Target())
	if err != nil {
		return fmt.Errorf("read published checks: %w", err)
	}
	published, err := scanEffects(rows)
	if err != nil {
		return err
	}
	for _, p := range published {
		st.Checks[p.Effect.Check.Name] = p
	}
	rows, err = tx.QueryContext(ctx,
		`SELECT `+effectColumns+
			` FROM effect WHERE change_id = $1 AND kind = 'comment' AND NOT (done_at <> 0 AND remote = '') ORDER BY seq DESC LIMIT 1`,
		r.Key.String())
	if err != nil {
		return fmt.Errorf("read published comment: %w", err)
	}
	if published, err = scanEffects(rows); err != nil {
		return err
	}
	if len(published) > 0 {
		st.Comment = &published[0]
	}
	if st.Findings, err = findings(ctx, tx, r.Key); err != nil {
		return err
	}
	return nil
}

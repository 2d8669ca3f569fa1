package flow

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/lintel-review/lintel/internal/flow"
	"github.com/lintel-review/lintel/internal/flow/dora"
	"github.com/lintel-review/lintel/internal/store/sqldb"
)

// service is whose deployments follow each other.
type service struct {
	forge  string
	repoID int64
	name   string
}

// KeepDeployments keeps deployments and incidents, and says anew what became of those of their services.
func (s *Store) KeepDeployments(ctx context.Context, deployments []dora.Deployment, incidents []dora.Incident) error {
	return s.db.Transact(ctx, "keep deployments", func(tx *sql.Tx) error {
		return s.KeepDeploymentsTx(ctx, tx, deployments, incidents)
	})
}

// KeepDeploymentsTx is KeepDeployments inside the caller's transaction.
func (s *Store) KeepDeploymentsTx(ctx context.Context, tx *sql.Tx, deployments []dora.Deployment, incidents []dora.Incident) error {
	touched := map[service]time.Time{} // since when
	note := func(v service, at time.Time) {
		if old, known := touched[v]; !known || at.Before(old) {
			touched[v] = at
		}
	}
	for _, d := range deployments {
		if err := s.keepDeployment(ctx, tx, d); err != nil {
			return err
		}
		if err := s.place(ctx, tx, d.ID); err != nil {
			return err
		}
		note(service{d.Forge, d.RepoID, d.Service}, d.FinishedAt)
	}
	for _, i := range incidents {
		changed, err := s.keepIncident(ctx, tx, i)
		if err != nil {
			return err
		}
		if changed {
			note(service{i.Forge, i.RepoID, i.Service}, i.OpenedAt)
		}
	}
	for v, at := range touched {
		if err := s.judge(ctx, tx, v, at); err != nil {
			return err
		}
	}
	return nil
}

// keepDeployment keeps a deployment. One that succeeded stays so, at its first end.
func (s *Store) keepDeployment(ctx context.Context, tx *sql.Tx, d dora.Deployment) error {
	d.FinishedAt = d.FinishedAt.Truncate(time.Second) // as all times of facts
	result := "failure"
	if d.Success {
		result = "success"
	}
	var unplanned *int64
	if d.Unplanned != nil {
		flag := sqldb.Flag(*d.Unplanned)
		unplanned = &flag
	}
	var started *time.Time
	if !d.StartedAt.IsZero() {
		started = &d.StartedAt
	}
	_, err := tx.ExecContext(ctx,
		`INSERT INTO deployment (id, forge, repo_id, service, environment, production, source, sha, result, unplanned, started_at,
		finished_at, finished_day, from_at, upto_at, counted, failed, failed_by, rework, rework_by, recovered_at, received_at)
		VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,NULL,$14,0,0,'',0,'',NULL,$15) ON CONFLICT (id) DO UPDATE SET
		result = excluded.result, finished_at = excluded.finished_at, finished_day = excluded.finished_day, unplanned = excluded.unplanned
		WHERE deployment.result <> 'success' OR excluded.result = 'success' AND excluded.finished_at < deployment.finished_at
		OR excluded.unplanned IS NOT NULL`,
		d.ID, d.Forge, d.RepoID, d.Service, d.Environment, sqldb.Flag(d.Production), d.Source, d.SHA, result, unplanned,
		millis(started), sqldb.Millis(d.FinishedAt), day(&d.FinishedAt), millis(d.Upto), sqldb.Millis(s.db.Now()))
	if err != nil {
		return fmt.Errorf("keep deployment %s: %w", d.ID, err)
	}
	return nil
}

// keepIncident keeps an incident, or that it was withdrawn. What was told later decides, whatever comes first; of the same
// second, the withdrawal does. It is false when nothing changed.
func (s *Store) keepIncident(ctx context.Context, tx *sql.Tx, i dora.Incident) (bool, error) {
	now := s.db.Now()
	if i.ToldAt.IsZero() {
		i.ToldAt = now
	}
	res, err := tx.ExecContext(ctx, `INSERT INTO incident
		(id, forge, repo_id, service, source, deployment, opened_at, resolved_at, received_at, withdrawn, told_at)
		VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11) ON CONFLICT (id) DO UPDATE SET resolved_at = excluded.resolved_at,
		deployment = CASE WHEN excluded.deployment <> '' THEN excluded.deployment ELSE incident.deployment END,
		withdrawn = excluded.withdrawn, told_at = excluded.told_at
		WHERE excluded.told_at > incident.told_at OR excluded.told_at = incident.told_at AND incident.withdrawn = 0`,
		i.ID, i.Forge, i.RepoID, i.Service, i.Source, i.Deployment, sqldb.Millis(i.OpenedAt), millis(i.ResolvedAt),
		sqldb.Millis(now), sqldb.Flag(i.Withdrawn), sqldb.Millis(i.ToldAt))
	if err != nil {
		return false, fmt.Errorf("keep incident %s: %w", i.ID, err)
	}
	n, err := res.RowsAffected()
	return n > 0, err
}

// place finds which changes a deployment brings: those that were merged after what was deployed before, up to its
// own commit. When nobody knows where on the default branch that is, it brings none for now. Their facts are derived
// anew.
func (s *Store) place(ctx context.Context, tx *sql.Tx, id string) error {
	var v service
	var sha string
	var finished int64
	var from, upto, older sql.NullInt64
	err := tx.QueryRowContext(ctx, `SELECT forge, repo_id, service, sha, finished_at, from_at, upto_at FROM deployment WHERE id = $1
		AND production = 1 AND result = 'success'`, id).Scan(&v.forge, &v.repoID, &v.name, &sha, &finished, &from, &upto)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read deployment %s: %w", id, err)
	}
	if !upto.Valid {
		if upto, err = landed(ctx, tx, v, sha); err != nil || !upto.Valid {
			return err
		}
	}
	err = tx.QueryRowContext(ctx, `SELECT MAX(upto_at) FROM deployment WHERE forge = $1 AND repo_id = $2 AND service = $3 AND production = 1
		AND result = 'success' AND finished_at < $4 AND id <> $5`, v.forge, v.repoID, v.name, finished, id).Scan(&older)
	if err != nil {
		return fmt.Errorf("read what was deployed before %s: %w", id, err)
	}
	if !older.Valid {
		older = sql.NullInt64{Int64: upto.Int64 - 1, Valid: true} // the first that is known: what came before it is not known
	}
	if _, err := tx.ExecContext(ctx, `UPDATE deployment SET from_at = $1, upto_at = $2 WHERE id = $3`, older, upto, id); err != nil {
		return fmt.Errorf("place deployment %s: %w", id, err)
	}
	// What it brings, no later one does.
	if _, err := tx.ExecContext(ctx, `UPDATE deployment SET from_at = $1 WHERE forge = $2 AND repo_id = $3 AND service = $4
		AND finished_at > $5 AND from_at < $1`, upto, v.forge, v.repoID, v.name, finished); err != nil {
		return fmt.Errorf("place the deployments after %s: %w", id, err)
	}
	ids, err := texts(ctx, tx, `SELECT change_id FROM flow_fact WHERE forge = $1 AND repo_id = $2 AND merged_day BETWEEN $3 AND $4
		AND merged_at > $5 AND merged_at <= $6 AND base_is_default = 1`,
		v.forge, v.repoID, older.Int64/dayMillis, upto.Int64/dayMillis, older, upto)
	if err != nil {
		return fmt.Errorf("find what deployment %s brings: %w", id, err)
	}
	if err := s.deriveIDs(ctx, tx, ids); err != nil {
		return err
	}
	// The next one was the first that was known, so far, and brings what came between.
	next, err := texts(ctx, tx, `SELECT id FROM deployment WHERE forge = $1 AND repo_id = $2 AND service = $3 AND production = 1
		AND result = 'success' AND finished_at > $4 AND upto_at IS NOT NULL AND from_at = upto_at - 1 AND upto_at > $5
		ORDER BY finished_at LIMIT 1`, v.forge, v.repoID, v.name, finished, upto)
	if err != nil || len(next) == 0 {
		return err
	}
	return s.place(ctx, tx, next[0])
}

const dayMillis = 24 * 60 * 60 * 1000

func (s *Store) deriveIDs(ctx context.Context, tx *sql.Tx, ids []string) error {
	var pulls []flow.Pull
	for _, id := range ids {
		p, err := flow.ParsePull(id)
		if err != nil {
			return err
		}
		pulls = append(pulls, p)
	}
	return s.derive(ctx, tx, pulls)
}

// landed is when a commit came to the default branch: as the merge of a change, or by a push.
func landed(ctx context.Context, tx *sql.Tx, v service, sha string) (at sql.NullInt64, err error) {
	if sha == "" {
		return at, nil
	}
	err = tx.QueryRowContext(ctx, `SELECT COALESCE(
		(SELECT MAX(merged_at) FROM flow_fact WHERE forge = $1 AND repo_id = $2 AND merge_sha = $3 AND merge_sha <> ''
			AND base_is_default = 1),
		(SELECT MAX(at) FROM flow_event WHERE forge = $1 AND repo_id = $2 AND sha = $3 AND sha <> '' AND kind = 'landed'))`,
		v.forge, v.repoID, sha).Scan(&at)
	if err != nil {
		return at, fmt.Errorf("find when commit %s landed: %w", sha, err)
	}
	return at, nil
}

// deployedAt is the end of the first successful deployment to production that brought a change.
func deployedAt(ctx context.Context, tx *sql.Tx, p flow.Pull, merged time.Time) (time.Time, error) {
	var at sql.NullInt64
	err := tx.QueryRowContext(ctx, `SELECT MIN(finished_at) FROM deployment WHERE forge = $1 AND repo_id = $2 AND production = 1
		AND result = 'success' AND from_at < $3 AND upto_at >= $3`, p.Forge, p.RepoID, sqldb.Millis(merged)).Scan(&at)
	if err != nil {
		return time.Time{}, fmt.Errorf("find the deployment of %s: %w", p, err)
	}
	return sqldb.Time(at.Int64), nil
}

// placeAll places the deployments of a commit that landed: a deployment may be told before its merge.
func (s *Store) placeAll(ctx context.Context, tx *sql.Tx, p flow.Pull, sha string) error {
	if sha == "" {
		return nil
	}
	ids, err := texts(ctx, tx, `SELECT id FROM deployment WHERE forge = $1 AND repo_id = $2 AND sha = $3 AND upto_at IS NULL`,
		p.Forge, p.RepoID, sha)
	if err != nil {
		return fmt.Errorf("find deployments of commit %s: %w", sha, err)
	}
	for _, id := range ids {
		if err := s.place(ctx, tx, id); err != nil {
			return err
		}
	}
	return nil
}
